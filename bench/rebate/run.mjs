// The rebate benchmark: PERFORMANCE.md sections 1 and 2, and the candidates.
//
// Forms of one section run one after the other, round by round, so that a
// noisy machine disturbs them alike; the table gives medians. Ratios are to
// the section's floor, wall and CPU of the server process apart (CPU is the
// steadier one; it leaves out parallel workers). Forms of one section must
// give the same result, which is compared. DuckDB gets the same rows as CSV.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const rows = Number(process.env.ROWS ?? 10_000_000);
const rounds = Number(process.env.ROUNDS ?? 5);
const schedule = 'marginal: 1% from 0, 2% from 1000000, 3% from 5000000, 4% from 10000000, 5% from 20000000';

function psql(commands, variables = {}) {
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];
    for (const [name, value] of Object.entries(variables)) args.push('-v', `${name}=${value}`);
    return execFileSync('psql', args, { input: commands, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'], maxBuffer: 1 << 26 });
}

// One statement: its result, wall milliseconds and CPU seconds. The CPU is
// what the backend itself reads from the kernel before and after.
function postgres(form, workers) {
    const cpu = `SELECT sum(w::numeric) FROM regexp_split_to_table(pg_read_file('/proc/self/stat'), ' ') WITH ORDINALITY AS f(w, n) WHERE n IN (14, 15);`;
    const out = psql(`SET search_path = bench, distmgmt; SET jit = off; SET work_mem = '256MB';
SET max_parallel_workers_per_gather = ${workers}; ${form.set ?? ''}
\\echo @cpu
${cpu}
\\timing on
${form.sql};
\\timing off
\\echo @cpu
${cpu}`);
    const [, first, rest] = out.split('@cpu\n');
    const second = first.split('\n');
    const wall = Number(/Time: ([0-9.]+)/.exec(first)[1]);
    return { result: second[1], wall, cpu: (Number(rest) - Number(second[0])) / 100 };
}

const grouped = (inner, source = 'sell_through') => `SELECT round(sum(x), 4) FROM (SELECT ${inner} AS x FROM ${source} GROUP BY distributor_id, period) AS g`;
const accrual = (inner) => `SELECT round(sum(x), 4) FROM (SELECT ${inner} AS x FROM ledger) AS l`;
const window = 'OVER (PARTITION BY distributor_id ORDER BY sold_on, line_id)';
const duck_tiers = (v) => `CASE WHEN ${v} > 20000000 THEN 640000 + (${v} - 20000000) * 0.05 WHEN ${v} > 10000000 THEN 240000 + (${v} - 10000000) * 0.04
 WHEN ${v} > 5000000 THEN 90000 + (${v} - 5000000) * 0.03 WHEN ${v} > 1000000 THEN 10000 + (${v} - 1000000) * 0.02 WHEN ${v} > 0 THEN ${v} * 0.01 ELSE 0 END`;
const running = `sum(amount) ${window}`;
const lateral = `LATERAL (SELECT sum((least(s, coalesce(upto, s)) - threshold) * rate) AS x FROM tier WHERE threshold < s) AS t`;

// check: forms with the same letter must agree. slow: first round only.
const sections = [
    { title: `tiered rebate, ${rows.toLocaleString('en')} lines by distributor and quarter, one core`, workers: 0, forms: [
        { name: 'sum(amount), grouped', sql: grouped('sum(amount)'), check: 's' },
        { name: 'count(*), grouped', sql: grouped('count(*)') },
        { name: 'floor: count(amount), grouped: a transition that does nothing', sql: grouped('count(amount)') },
        { name: 'sum and lateral join to tiers', sql: `SELECT round(sum(x), 4) FROM (SELECT sum(amount) AS s FROM sell_through GROUP BY distributor_id, period) AS g, ${lateral}`, check: 'r' },
        { name: 'PL/pgSQL function of the sum', sql: grouped('plpgsql_rebate(sum(amount))'), check: 'r' },
        { name: 'PL/pgSQL aggregate', sql: grouped('plpgsql_tiered_rebate(amount)'), check: 'r', slow: true },
        { name: 'tiered_rebate, constant schedule', sql: grouped(`tiered_rebate(amount, '${schedule}')`), check: 'r', budget: 0.80 },
        { name: 'floor: count(amount), count(schedule) over the same join', sql: grouped('count(amount) + count(schedule)', 'sell_through JOIN distributor USING (distributor_id)') },
        { name: 'tiered_rebate, schedule joined per row', sql: grouped('tiered_rebate(amount, schedule)', 'sell_through JOIN distributor USING (distributor_id)'), check: 'r', budget: 1.25 },
        { name: 'floor: three counts that read the same columns, no groups', sql: 'SELECT count(amount), count(distributor_id), count(period) FROM sell_through' },
        { name: 'tier_groups_agg: all groups in one state', sql: `SELECT round(sum(r.rebate), 4) FROM (SELECT tier_groups_agg(amount, '${schedule}', distributor_id, period) AS s FROM sell_through) AS g, tier_groups_rebates(s) AS r`, check: 'r', budget: 0.45 },
        { name: 'sum by an integer expression (period + 0)', sql: `SELECT round(sum(x), 4) FROM (SELECT sum(amount) AS x FROM sell_through GROUP BY distributor_id, period + 0) AS g`, check: 's' },
        { name: "sum by period_key(sold_on, 'quarter')", sql: `SELECT round(sum(x), 4) FROM (SELECT sum(amount) AS x FROM sell_through GROUP BY distributor_id, period_key(sold_on, 'quarter')) AS g`, check: 's', budget: 1.05 },
        { name: "sum by date_trunc('quarter', sold_on)", sql: `SELECT round(sum(x), 4) FROM (SELECT sum(amount) AS x FROM sell_through GROUP BY distributor_id, date_trunc('quarter', sold_on)) AS g`, check: 's' },
        { name: '1,000 candidate schedules over the group totals', set: 'CREATE TEMP TABLE total AS SELECT distributor_id, period, sum(amount) AS amount FROM sell_through GROUP BY 1, 2; ANALYZE total;',
            sql: 'SELECT sum(x) FROM (SELECT max(rebate(amount, schedule)) AS x FROM candidate, total GROUP BY candidate_id) AS c', budget: 1.00 },
        { name: 'DuckDB: sum', duck: `SELECT round(sum(x), 4) FROM (SELECT sum(amount) AS x FROM sell_through GROUP BY distributor_id, period)` },
        { name: 'DuckDB: rebate', duck: `SELECT round(sum(${duck_tiers('s')}), 4) FROM (SELECT sum(amount) AS s FROM sell_through GROUP BY distributor_id, period)` },
    ] },
    { title: 'the same with two workers', workers: 2, forms: [
        { name: 'sum(amount), grouped', sql: grouped('sum(amount)'), check: 's' },
        { name: 'floor: count(amount), grouped', sql: grouped('count(amount)') },
        { name: 'tiered_rebate, constant schedule', sql: grouped(`tiered_rebate(amount, '${schedule}')`), check: 'r', budget: 0.85 },
        { name: 'floor: count(amount), count(schedule) over the same join', sql: grouped('count(amount) + count(schedule)', 'sell_through JOIN distributor USING (distributor_id)') },
        { name: 'tiered_rebate, schedule joined per row', sql: grouped('tiered_rebate(amount, schedule)', 'sell_through JOIN distributor USING (distributor_id)'), check: 'r', budget: 1.25 },
        { name: 'floor: three counts that read the same columns, no groups', sql: 'SELECT count(amount), count(distributor_id), count(period) FROM sell_through' },
        { name: 'tier_groups_agg: all groups in one state', sql: `SELECT round(sum(r.rebate), 4) FROM (SELECT tier_groups_agg(amount, '${schedule}', distributor_id, period) AS s FROM sell_through) AS g, tier_groups_rebates(s) AS r`, check: 'r', budget: 0.45 },
    ] },
    { title: 'accrual line by line, 1,000,000 lines, 200 distributors, one core', workers: 0, forms: [
        { name: 'sum(amount) OVER', sql: accrual(running) },
        { name: 'running sum, CASE tiers, lag', sql: `SELECT round(sum(y), 4) FROM (SELECT x - coalesce(lag(x) ${window}, 0) AS y FROM (SELECT distributor_id, sold_on, line_id, ${duck_tiers('s')} AS x FROM (SELECT *, ${running} AS s FROM ledger) AS a) AS b) AS c`, check: 'a' },
        { name: 'running sum, lateral tiers, lag', sql: `SELECT round(sum(y), 4) FROM (SELECT coalesce(x, 0) - coalesce(lag(x) ${window}, 0) AS y FROM (SELECT *, ${running} AS s FROM ledger) AS a, ${lateral}) AS c`, check: 'a', slow: true },
        { name: 'PL/pgSQL loop', sql: 'SELECT round(sum(x), 4) FROM plpgsql_accrual() AS x', check: 'a', slow: true },
        { name: 'tiered_rebate OVER: the running rebate', sql: accrual(`tiered_rebate(amount, '${schedule}') ${window}`) },
        { name: 'rebate_accrual OVER', sql: accrual(`rebate_accrual(amount, '${schedule}') ${window}`), check: 'a', budget: 0.90 },
        { name: 'rebate_accrual_keyed OVER ()', sql: accrual(`rebate_accrual_keyed(amount, '${schedule}', distributor_id) OVER ()`), check: 'a', budget: 0.35 },
        { name: 'DuckDB: sum OVER', duck: `SELECT round(sum(x), 4) FROM (SELECT ${running} AS x FROM ledger)` },
        { name: 'DuckDB: running sum, CASE tiers, lag', duck: `SELECT round(sum(y), 4) FROM (SELECT x - coalesce(lag(x) ${window}, 0) AS y FROM (SELECT distributor_id, sold_on, line_id, ${duck_tiers('s')} AS x FROM (SELECT *, ${running} AS s FROM ledger) AS a) AS b) AS c`, check: 'a' },
    ] },
];

if (psql("SELECT to_regnamespace('bench') IS NULL;").trim() === 't') {
    console.error('making the data ...');
    psql("CREATE SCHEMA bench; SET search_path = bench;\n\\i data.sql\n", { rows, schedule });
}
for (const table of ['sell_through', 'ledger'])
    if (!existsSync(`${table}.csv`))
        psql(`\\copy (SELECT line_id, distributor_id, period, sold_on, amount FROM bench.${table}) TO '${table}.csv' (FORMAT csv)\n`);
const duck = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
for (const table of ['sell_through', 'ledger'])
    await duck.run(`CREATE TABLE ${table} AS SELECT * FROM read_csv('${table}.csv', header = false, columns = {'line_id': 'BIGINT', 'distributor_id': 'INTEGER', 'period': 'INTEGER', 'sold_on': 'DATE', 'amount': 'DECIMAL(14,4)'})`);

async function duckdb(form, workers) {
    await duck.run(`SET threads = ${Math.max(workers, 1)}`);
    const usage = process.cpuUsage();
    const start = performance.now();
    const answer = await duck.runAndReadAll(form.duck);
    const wall = performance.now() - start;
    const spent = process.cpuUsage(usage);
    return { result: String(answer.getRows()[0][0]), wall, cpu: (spent.user + spent.system) / 1e6 };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const fixed = (number, digits, width) => number.toFixed(digits).padStart(width);
let missed = 0;
for (const section of sections) {
    for (const form of section.forms) form.runs = [];
    for (let round = 0; round < rounds; round++)
        for (const form of section.forms)
            if (!form.slow || round === 0)
                form.runs.push(form.duck ? await duckdb(form, section.workers) : postgres(form, section.workers));
    const floor = section.forms[0];
    const results = {};
    console.log(`\n${section.title}; ${rounds} rounds, medians\n`);
    console.log(`| ${'form'.padEnd(56)} |      ms | ratio |  CPU s | ratio | budget |`);
    console.log(`|${'-'.repeat(58)}|--------:|------:|-------:|------:|-------:|`);
    for (const form of section.forms) {
        const wall = median(form.runs.map((run) => run.wall));
        const cpu = median(form.runs.map((run) => run.cpu));
        form.wall = wall;
        form.cpu = cpu;
        const ratio = wall / floor.wall;
        const held = form.budget === undefined ? '' : `${form.budget.toFixed(2)}${ratio <= form.budget ? ' ok' : ''}`;
        console.log(`| ${form.name.padEnd(56)} | ${fixed(wall, 0, 7)} | ${fixed(ratio, 2, 5)} | ${fixed(cpu, 2, 6)} | ${fixed(cpu / floor.cpu, 2, 5)} | ${held.padStart(6)} |`);
        if (form.check !== undefined) (results[form.check] ??= []).push([form.name, Number(form.runs[0].result)]);
    }
    for (const same of Object.values(results))
        for (const [name, result] of same)
            if (result !== same[0][1]) {
                console.error(`${name} gives ${result}, ${same[0][0]} gives ${same[0][1]}`);
                missed++;
            }
}
process.exit(missed === 0 ? 0 : 1);
