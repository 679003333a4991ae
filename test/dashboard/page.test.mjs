/*
 * page.test.mjs: the dashboard in a browser without a head, against the server that
 * test/t/040_dashboard.pl started. What the page says is compared with what the
 * model says in SQL of its own, not with the page's queries.
 *
 * URL, BROWSER, and PG* for the owner of the model.
 */
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import pg from 'pg';

const url = process.env.URL;
const db = new pg.Client();
let browser;
let page;
const said = [];
const outside = [];

const one = async (sql, values) => Object.values((await db.query({ text: sql, values })).rows[0])[0];
const ready = () => page.waitForSelector('body[data-ready]');
const digits = (text) => text.replaceAll(/[^\d.-]/g, '');
async function open(query = '') {
    await page.goto(url + query);
    await ready();
}
async function table(id) {
    const toggle = page.locator(`#${id}-toggle`);
    if (await toggle.getAttribute('aria-pressed') === 'false') await toggle.click();
    return page.locator(`#${id}-table tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
}

before(async () => {
    await db.connect();
    await db.query("SET search_path = channel, distmgmt; SET timezone = 'UTC'");
    browser = await chromium.launch({ executablePath: process.env.BROWSER, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => { if (message.type() === 'error') said.push(message.text()); });
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => { if (!request.url().startsWith(url) && !request.url().startsWith('data:')) outside.push(request.url()); });
    await open();
});
after(async () => {
    await browser?.close();
    await db.end();
});

test('the tiles are the numbers of the model', async () => {
    const from = await page.inputValue('#from');
    const to = await page.inputValue('#to');
    const tile = async (code) => digits(await page.locator(`#tile-${code} dd`).textContent());
    assert.equal(await tile('bought'), await one('SELECT trunc(sum(quantity))::text FROM sell_in WHERE shipped_on BETWEEN $1 AND $2', [from, to]));
    assert.equal(await tile('sold'), await one('SELECT trunc(sum(quantity))::text FROM sell_through WHERE sold_on BETWEEN $1 AND $2', [from, to]));
    assert.equal(await tile('leakage'), await one('SELECT round(sum(leakage_amount), 2)::text FROM price_violation WHERE occurred_on BETWEEN $1 AND $2', [from, to]));
    assert.equal(await tile('on_hand'), await one('SELECT round(sum(on_hand_qty))::text FROM inventory_as_of((SELECT max(snapshot_on) FROM inventory_snapshot))'));
});

test('every panel draws, and none complains', async () => {
    const panels = await page.locator('.panel').count();
    assert.equal(panels, 9);
    assert.deepEqual(await page.locator('.message:not([hidden])').allTextContents(), []);
    const drawn = await page.locator('.chart:not([hidden]) canvas').evaluateAll((all) => all.map((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let inked = 0;
        for (let i = 3; i < data.length; i += 4) if (data[i] > 0) inked++;
        return inked / (data.length / 4);
    }));
    assert.equal(drawn.length, panels);
    assert.ok(drawn.every((part) => part > 0.01), `ink: ${drawn}`);
});

test('no two words of a chart lie on each other', async () => {
    // The head of a panel and its tools stand beside each other, not on top.
    const overlaps = await page.locator('.panel > .head').evaluateAll((heads) => heads.filter((head) => {
        const [a, b] = [...head.children].map((node) => node.getBoundingClientRect());
        return a.right > b.left && a.left < b.right && a.bottom > b.top && a.top < b.bottom;
    }).length);
    assert.equal(overlaps, 0);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    assert.equal(wider, false);
});

test('the table says what the chart draws, and SQL the same', async () => {
    const rows = await table('balance');
    const from = await page.inputValue('#from');
    const to = await page.inputValue('#to');
    const model = (await db.query({ rowMode: 'array', text: `
        SELECT to_char(m, 'YYYY-MM'), round(sum(b))::text, round(sum(s))::text, round(sum(b) - sum(s))::text FROM (
            SELECT date_trunc('month', shipped_on::timestamp) AS m, quantity AS b, 0 AS s FROM sell_in WHERE shipped_on BETWEEN $1 AND $2
            UNION ALL SELECT date_trunc('month', sold_on::timestamp), 0, quantity FROM sell_through WHERE sold_on BETWEEN $1 AND $2) AS x
        GROUP BY m ORDER BY m`, values: [from, to] })).rows;
    assert.deepEqual(rows.map((row) => row.slice(0, 4)), model);
    const funnel = await table('funnel');
    assert.equal(funnel.reduce((total, row) => total + Number(row[1]), 0), Number(await one('SELECT count(*) FROM reseller WHERE merged_into_id IS NULL')));
    const calendar = await table('calendar');
    assert.equal(calendar.filter((row) => row[4] === 'missing').length,
        Number(await one("SELECT count(*) FROM compliance_calendar WHERE obligation_state = 'missing' AND due_on BETWEEN $1 AND $2", [from, to])));
});

test('the filter reads anew', async () => {
    await page.selectOption('#distributor', 'BIRCH');
    await page.waitForFunction(() => document.querySelector('#status').textContent.startsWith('BIRCH'));
    await ready();
    const sold = digits(await page.locator('#tile-sold dd').textContent());
    const from = await page.inputValue('#from');
    const to = await page.inputValue('#to');
    assert.equal(sold, await one("SELECT trunc(sum(quantity))::text FROM sell_through JOIN distributor USING (distributor_id) WHERE distributor_code = 'BIRCH' AND sold_on BETWEEN $1 AND $2", [from, to]));
    assert.match(page.url(), /distributor=BIRCH/);
});

test('what SQL writes is there after a reload', async () => {
    await open('?distributor=BIRCH');
    const before = Number(digits(await page.locator('#tile-bought dd').textContent()));
    await db.query(`INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
        SELECT distributor_id, (SELECT max(shipped_on) FROM sell_in), warehouse_id, 1, (SELECT max(shipped_on) FROM sell_in), 'LIVE', 1000, 100, 100000, 'USD'
        FROM distributor JOIN warehouse USING (distributor_id) WHERE distributor_code = 'BIRCH' AND is_default`);
    await page.reload();
    await ready();
    assert.equal(Number(digits(await page.locator('#tile-bought dd').textContent())), before + 1000);
});

test('a time without rows says what would fill each panel', async () => {
    await open('?from=2001-01-01&to=2001-02-01');
    const messages = await page.locator('.message:not([hidden])').allTextContents();
    assert.ok(messages.length >= 6, messages.join('\n'));
    assert.ok(messages.some((text) => text.includes('SELECT snapshot_inventory()')));
    assert.equal(await page.locator('#tile-bought dd').textContent(), '–');
});

test('an error is said on its panel, the others stand', async () => {
    await page.route('**/api/panel/aging?*', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":"canceling statement due to statement timeout","hint":"Choose a shorter time."}' }));
    const noise = said.length;
    await open();
    await page.unroute('**/api/panel/aging?*');
    assert.match(await page.locator('#aging-message').textContent(), /statement timeout Choose a shorter time\./);
    assert.equal(await page.locator('.message.error').count(), 1);
    assert.equal(await page.locator('.chart:not([hidden])').count() + await page.locator('.scroll:not([hidden])').count(), 8);
    said.length = noise;
    for (const bad of ['/api/panel/balance?from=2026-02-30x&to=2026-03-01', '/api/panel/balance?from=2026-03-02&to=2026-03-01', '/api/tiles'])
        assert.equal((await fetch(url.slice(0, -1) + bad)).status, 400, bad);
    assert.equal((await fetch(`${url}api/panel/nothing?from=2026-01-01&to=2026-02-01`)).status, 404);
    assert.equal((await fetch(`${url}../server.mjs`)).status, 404);
    assert.equal((await fetch(url, { method: 'POST' })).status, 405);
    const quoted = await fetch(`${url}api/panel/balance?from=2026-01-01&to=2026-02-01&distributor=${encodeURIComponent("'; DROP TABLE x; --")}`);
    assert.deepEqual(await quoted.json(), []);
});

test('it is used without a mouse', async () => {
    await open();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.locator('#position-toggle').focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#position-toggle').getAttribute('aria-pressed'), 'true');
    assert.equal(await page.locator('#position-table').isVisible(), true);
    assert.ok(await page.locator('#position-table th[scope=col]').count() > 3);
    assert.ok((await page.locator('#position-table caption').textContent()).startsWith('Stock and weeks of supply: '));
    await page.keyboard.press('Enter');
    assert.match(await page.locator('#position-chart').getAttribute('aria-label'), /distributors hold [\d,]+ units/);
    for (const control of await page.locator('form select, form input, button, a').all())
        assert.ok(await control.evaluate((node) => node.labels?.length || node.textContent.trim() || node.getAttribute('aria-label')), await control.evaluate((node) => node.outerHTML));
});

test('the views explain themselves', async () => {
    await page.locator('#balance summary').click();
    const text = await page.locator('#balance details').textContent();
    assert.match(text, /One row = what a distributor bought and sold in a calendar month/);
    assert.match(text, /above 0 the channel builds stock/);
});

test('dark is dark, and stays', async () => {
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.locator('#theme').click();
    const dark = await paper();
    assert.notEqual(dark, light);
    await page.reload();
    await ready();
    assert.equal(await paper(), dark);
    await page.locator('#theme').click();
});

test('what is shown can be taken along', async () => {
    await open();
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#scorecard-csv').click()]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    assert.equal(lines[0], 'distributor,card,until,score,change,place,share_pct');
    const rows = await table('scorecard');
    assert.deepEqual(lines.slice(1), rows.map((row) => row.map((cell) => (cell === '–' ? '' : cell)).join(',')));
});

test('its role reads and nothing else', async () => {
    const reader = new pg.Client({ user: process.env.READER });
    await reader.connect();
    for (const write of ['INSERT INTO channel.product DEFAULT VALUES', 'DELETE FROM channel_bi.dim_product', "SELECT channel.accrue_rebates(current_date)"])
        await assert.rejects(reader.query(write), (error) => ['42501', '55000'].includes(error.code), write);
    await reader.end();
});

test('nothing was said on the console, nothing asked of the outside', () => {
    assert.deepEqual(said, []);
    assert.deepEqual(outside, []);
});
