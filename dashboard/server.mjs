/*
 * server.mjs: serves the page and answers its questions from the BI views, live, on
 * every load. It connects with the usual PG* variables, as a role that can read and
 * nothing else, and refuses to start as one that can write.
 * (DASHBOARD_CONNECT takes the place of PG* where it is set.)
 *
 *   node server.mjs          PORT (8420), HOST (127.0.0.1), BI_SCHEMA (channel_bi)
 */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { panels, tiles } from './panels.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const echarts = join(dirname(createRequire(import.meta.url).resolve('echarts/package.json')), 'dist', 'echarts.min.js');
const schema = process.env.BI_SCHEMA ?? 'channel_bi';

// Dates stay what they are in SQL; node would make a moment in its own zone of them.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => text);
const pool = new pg.Pool({
    max: 4,
    ...(process.env.DASHBOARD_CONNECT ? { connectionString: process.env.DASHBOARD_CONNECT } : {}),
    options: `-c search_path=${schema.replaceAll(/[\\ ]/g, '\\$&')} -c default_transaction_read_only=on -c statement_timeout=15s -c jit=off`,
});
pool.on('error', (error) => console.error(error.message));

const files = {
    '/': ['public/index.html', 'text/html; charset=utf-8'],
    '/app.js': ['public/app.js', 'text/javascript; charset=utf-8'],
    '/charts.js': ['public/charts.js', 'text/javascript; charset=utf-8'],
    '/style.css': ['public/style.css', 'text/css; charset=utf-8'],
};

const day = (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text ?? '') && !Number.isNaN(Date.parse(text)) ? text : null);

// parameters URL: distributor, first and last day; throws what the caller sees.
function parameters(query) {
    const from = day(query.get('from'));
    const to = day(query.get('to'));
    if (!from || !to || from > to)
        throw Object.assign(new Error('A first and a last day are needed, the first not after the last.'), { status: 400 });
    return [query.get('distributor') || null, from, to];
}

async function rows(text, values) {
    return (await pool.query(values ? { text, values } : text)).rows;
}

const csv = (value) => (value === null ? '' : /[",\n\r]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

async function answer(url, response) {
    const query = url.searchParams;
    if (url.pathname === '/api/page') {
        const [distributors, comments, span] = await Promise.all([
            rows("SELECT distributor_code AS code, distributor_name AS name FROM dim_distributor WHERE distributor_id > 0 ORDER BY 1"),
            rows(`SELECT c.relname AS view, a.attname AS column, coalesce(col_description(c.oid, a.attnum), '') AS text, obj_description(c.oid, 'pg_class') AS about
                  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
                  WHERE c.relnamespace = $1::regnamespace AND c.relname = ANY ($2)`, [schema, panels.map((p) => p.view)]),
            rows("SELECT min(month_on) AS first, (max(month_on) + interval '1 month - 1 day')::date AS last FROM channel_balances"),
        ]);
        const means = (panel) => ({
            about: comments.find((c) => c.view === panel.view)?.about ?? '',
            columns: panel.columns.map((name) => ({ name, text: comments.find((c) => c.view === panel.view && c.column === name)?.text ?? '' })),
        });
        return {
            schema,
            distributors,
            span: span[0],
            panels: panels.map(({ id, title, view, chart, wide, empty, ignores }) => ({ id, title, view, chart, wide, empty, ignores, means: means(panels.find((p) => p.id === id)) })),
        };
    }
    if (url.pathname === '/api/tiles')
        return rows(tiles, parameters(query));
    const panel = panels.find((p) => url.pathname === `/api/panel/${p.id}` || url.pathname === `/api/panel/${p.id}.csv`);
    if (!panel)
        throw Object.assign(new Error('There is nothing here.'), { status: 404 });
    const found = await rows(panel.sql, parameters(query));
    if (!url.pathname.endsWith('.csv'))
        return found;
    const names = Object.keys(found[0] ?? {}).filter((name) => !name.startsWith('_'));
    response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="${panel.id}.csv"` });
    response.end([names.join(','), ...found.map((row) => names.map((name) => csv(row[name])).join(','))].join('\r\n') + '\r\n');
    return undefined;
}

const server = createServer(async (request, response) => {
    response.setHeader('content-security-policy', "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    try {
        const url = new URL(request.url, 'http://localhost');
        if (request.method !== 'GET')
            throw Object.assign(new Error('This page only reads.'), { status: 405 });
        if (url.pathname === '/echarts.js' || files[url.pathname]) {
            const [file, type] = files[url.pathname] ?? [null, 'text/javascript; charset=utf-8'];
            const body = await readFile(file ? join(here, file) : echarts);
            response.writeHead(200, { 'content-type': type });
            response.end(body);
            return;
        }
        const body = await answer(url, response);
        if (body !== undefined) {
            response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
            response.end(JSON.stringify(body));
        }
    } catch (error) {
        if (!error.status)
            console.error(error.message);
        response.writeHead(error.status ?? 500, { 'content-type': 'application/json; charset=utf-8' });
        response.end(JSON.stringify({ error: error.message, code: error.code ?? null, detail: error.detail ?? null, hint: error.hint ?? null }));
    }
});

const [role] = await rows(`SELECT rolsuper AS super, current_user AS name, EXISTS (
    SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text || '_bi' = $1 AND has_table_privilege(oid, 'INSERT')) AS writes
    FROM pg_roles WHERE rolname = current_user`, [schema]);
if (role.super || role.writes) {
    console.error(`The role ${role.name} can write: connect as one that has grant_access(role, 'bi') and nothing else.`);
    process.exit(1);
}
server.listen(Number(process.env.PORT ?? 8420), process.env.HOST ?? '127.0.0.1', () =>
    console.log(`The dashboard of ${schema}: http://${process.env.HOST ?? '127.0.0.1'}:${server.address().port}/`));
for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => { server.close(); server.closeAllConnections(); pool.end().finally(() => process.exit(0)); });
