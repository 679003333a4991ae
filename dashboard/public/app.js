/* app.js: filters, tiles and panels; what is drawn stands in charts.js. */
import { draw, describe } from '/charts.js';

const $ = (id) => document.getElementById(id);
const page = await ask('/api/page');
const charts = new Map();
let asked = 0;

async function ask(path) {
    const response = await fetch(path);
    const body = await response.json();
    if (!response.ok)
        throw Object.assign(new Error(body.error), body);
    return body;
}

function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name === 'text') node.textContent = value;
        else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
        else if (value !== false && value !== undefined && value !== null) node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.filter(Boolean));
    return node;
}

// Filters: what the address says, else the last twelve months that there are.
function begin() {
    $('source').textContent = `Live from the views of ${page.schema}`;
    for (const { code, name } of page.distributors)
        $('distributor').append(element('option', { value: code, text: `${code} · ${name}` }));
    const address = new URLSearchParams(location.search);
    const last = page.span?.last ?? new Date().toISOString().slice(0, 10);
    const first = `${Number(last.slice(0, 4)) - 1}${last.slice(4, 8)}01`;
    $('distributor').value = address.get('distributor') ?? '';
    if ($('distributor').selectedIndex < 0) $('distributor').value = '';
    $('to').value = address.get('to') ?? last;
    $('from').value = address.get('from') ?? first;
    $('filters').addEventListener('submit', (event) => { event.preventDefault(); show(); });
    $('distributor').addEventListener('change', show);
    $('theme').addEventListener('click', () => theme(dark() ? 'light' : 'dark'));
    try { theme(localStorage.getItem('theme')); } catch { theme(null); }
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => theme(null));
    addEventListener('resize', () => charts.forEach((chart) => chart.resize()));
    for (const panel of page.panels)
        $('panels').append(frame(panel));
    show();
}

function dark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

function theme(name) {
    if (name) document.documentElement.dataset.theme = name;
    try { if (name) localStorage.setItem('theme', name); } catch { /* a private window keeps nothing */ }
    $('theme').setAttribute('aria-pressed', String(dark()));
    $('theme').textContent = dark() ? 'Light' : 'Dark';
    for (const panel of page.panels)
        if (panel.rows) picture(panel);
}

function frame(panel) {
    const head = element('div', { class: 'head' },
        element('h2', { id: `${panel.id}-title`, text: panel.title }),
        element('div', { class: 'tools' },
            element('button', { type: 'button', id: `${panel.id}-toggle`, 'aria-pressed': 'false', text: 'Table', onclick: () => toggle(panel) }),
            element('a', { id: `${panel.id}-csv`, href: '#', download: `${panel.id}.csv`, text: 'CSV', 'aria-label': `Export ${panel.title} as CSV` })));
    if (panel.ignores)
        head.firstChild.append(element('small', { text: ` (${panel.ignores})` }));
    const meaning = element('details', {},
        element('summary', { text: 'What this means' }),
        element('p', { text: panel.means.about }),
        element('dl', {}, ...panel.means.columns.flatMap(({ name, text }) => [element('dt', { text: name }), element('dd', { text })])));
    return element('section', { class: `panel${panel.wide ? ' wide' : ''}`, id: panel.id, 'aria-labelledby': `${panel.id}-title` },
        head,
        element('p', { class: 'message', id: `${panel.id}-message`, role: 'status', text: 'Reading …' }),
        element('div', { class: 'chart', id: `${panel.id}-chart`, role: 'img', hidden: true }),
        element('div', { class: 'scroll', id: `${panel.id}-table`, tabindex: '0', role: 'region', 'aria-label': `${panel.title}: table`, hidden: true }),
        meaning);
}

function toggle(panel) {
    panel.asTable = !panel.asTable;
    $(`${panel.id}-toggle`).setAttribute('aria-pressed', String(panel.asTable));
    if (panel.rows?.length) picture(panel);
}

function message(panel, text, isError = false) {
    const node = $(`${panel.id}-message`);
    node.textContent = text;
    node.classList.toggle('error', isError);
    node.hidden = !text;
}

function table(panel) {
    const names = Object.keys(panel.rows[0]).filter((name) => !name.startsWith('_'));
    const numeric = new Set(names.filter((name) => panel.rows.every((row) => row[name] === null || /^-?\d+(\.\d+)?$/.test(row[name]))));
    const cell = (tag, name, text) => element(tag, { text, class: numeric.has(name) ? 'number' : false, scope: tag === 'th' ? 'col' : false });
    return element('table', {},
        element('caption', { text: describe(panel) }),
        element('thead', {}, element('tr', {}, ...names.map((name) => cell('th', name, name.replaceAll('_', ' '))))),
        element('tbody', {}, ...panel.rows.map((row) => element('tr', {}, ...names.map((name) => cell('td', name, row[name] ?? '–'))))));
}

function picture(panel) {
    const chart = $(`${panel.id}-chart`);
    const list = $(`${panel.id}-table`);
    const empty = panel.rows.length === 0;
    message(panel, empty ? panel.empty : '');
    chart.hidden = empty || Boolean(panel.asTable);
    list.hidden = empty || !panel.asTable;
    charts.get(panel.id)?.dispose();
    charts.delete(panel.id);
    if (empty) return;
    if (panel.asTable) { list.replaceChildren(table(panel)); return; }
    chart.setAttribute('aria-label', describe(panel));
    charts.set(panel.id, draw(chart, panel, getComputedStyle(document.documentElement)));
}

async function show() {
    const mine = ++asked;
    if (!$('filters').reportValidity()) return;
    const query = new URLSearchParams({ distributor: $('distributor').value, from: $('from').value, to: $('to').value });
    history.replaceState(null, '', `?${query}`);
    $('status').textContent = 'Reading …';
    document.body.removeAttribute('data-ready');
    const tiles = ask(`/api/tiles?${query}`).then((rows) => {
        if (mine !== asked) return;
        $('tiles').replaceChildren(...rows.map((row) => element('dl', { class: 'tile', id: `tile-${row.code}` },
            element('dt', { text: row.name }), element('dd', { text: row.value ?? '–' }), element('p', { text: row.meaning }))));
    }, (error) => {
        if (mine === asked) $('tiles').replaceChildren(element('p', { class: 'message error', text: error.message }));
    });
    const each = page.panels.map(async (panel) => {
        $(`${panel.id}-csv`).href = `/api/panel/${panel.id}.csv?${query}`;
        try {
            const rows = await ask(`/api/panel/${panel.id}?${query}`);
            if (mine !== asked) return;
            panel.rows = rows;
            picture(panel);
        } catch (error) {
            if (mine !== asked) return;
            panel.rows = [];
            picture(panel);
            message(panel, [error.message, error.detail, error.hint].filter(Boolean).join(' '), true);
        }
    });
    await Promise.all([tiles, ...each]);
    if (mine !== asked) return;
    $('status').textContent = `${$('distributor').value || 'All distributors'}, ${$('from').value} to ${$('to').value}`;
    document.body.dataset.ready = String(mine);
}

begin();
