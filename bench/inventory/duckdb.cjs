// inventory_duckdb.cjs FOLDER CSV ROUNDS: the peer of inventory.sh. Loads the movements into DuckDB from the npm package
// @duckdb/node-api in FOLDER, one thread, and prints "round|duckdb|name|wall ms|CPU ms". FIFO by range join and by ASOF
// join over running sums: first the easier one that has receipts and issues only, then with counts (their variance is
// found from the last count, a window before the flows) and returns (at the last cost that came in); on hand and cost
// moved, but no value, no average, no age, no deficit.
const { createRequire } = require('module');
const [folder, csv, rounds] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(folder + '/')('@duckdb/node-api');

const key = 'distributor_id, warehouse_id, product_id';
const over = `OVER (PARTITION BY ${key} ORDER BY occurred_on, id ROWS UNBOUNDED PRECEDING)`;
const flows = `arrival AS (SELECT ${key}, unit_cost, sum(quantity) ${over} AS upto, sum(quantity) ${over} - quantity AS since,
        sum(quantity * unit_cost) ${over} - quantity * unit_cost AS worth FROM movement WHERE kind = 'receipt'),
    departure AS (SELECT id, occurred_on, ${key}, sum(quantity) ${over} AS upto, sum(quantity) ${over} - quantity AS since
        FROM movement WHERE kind = 'issue')`;
const queries = {
    'DuckDB: running sum': `SELECT count(s) FROM (SELECT sum(quantity) ${over} AS s FROM movement)`,
    'DuckDB: FIFO by range join (receipts and issues only)': `WITH ${flows} SELECT count(cost) FROM (
        SELECT d.id, sum((least(d.upto, a.upto) - greatest(d.since, a.since)) * a.unit_cost) AS cost
        FROM departure d JOIN arrival a USING (${key}) WHERE a.since < d.upto AND a.upto > d.since GROUP BY d.id)`,
    'DuckDB: FIFO by ASOF join (receipts and issues only)': `WITH ${flows}, reached AS (
        SELECT d.*, a.worth + (least(d.upto, a.upto) - a.since) * a.unit_cost AS cost
        FROM departure d ASOF JOIN arrival a
        ON d.distributor_id = a.distributor_id AND d.warehouse_id = a.warehouse_id AND d.product_id = a.product_id
            AND d.upto >= a.since)
        SELECT count(c) FROM (SELECT cost - lag(cost, 1, 0) OVER (PARTITION BY ${key} ORDER BY occurred_on, id) AS c FROM reached)`,
    'DuckDB: FIFO by ASOF join, counts and returns': `WITH signed AS (SELECT *, CASE kind WHEN 'issue' THEN -quantity
            WHEN 'count' THEN 0 ELSE quantity END AS delta FROM movement),
        running AS (SELECT *, sum(delta) ${over} AS run FROM signed),
        based AS (SELECT *, coalesce(lag(CASE WHEN kind = 'count' THEN quantity - run END IGNORE NULLS)
            OVER (PARTITION BY ${key} ORDER BY occurred_on, id), 0) AS base FROM running),
        flow AS (SELECT id, occurred_on, ${key}, CASE WHEN kind = 'count' THEN quantity - run - base ELSE delta END AS flow,
            CASE WHEN kind = 'count' THEN quantity ELSE run + base END AS on_hand,
            last_value(unit_cost IGNORE NULLS) ${over} AS unit_cost FROM based),
        arrival AS (SELECT ${key}, unit_cost, sum(flow) ${over} - flow AS since, sum(flow) ${over} AS upto,
            sum(flow * unit_cost) ${over} - flow * unit_cost AS worth FROM flow WHERE flow > 0),
        departure AS (SELECT id, occurred_on, ${key}, on_hand, sum(-flow) ${over} AS upto FROM flow WHERE flow < 0),
        reached AS (SELECT d.*, a.worth + (least(d.upto, a.upto) - a.since) * a.unit_cost AS cost
            FROM departure d ASOF JOIN arrival a
            ON d.distributor_id = a.distributor_id AND d.warehouse_id = a.warehouse_id AND d.product_id = a.product_id
                AND d.upto >= a.since)
        SELECT count(c), count(on_hand) FROM (
            SELECT on_hand, cost - lag(cost, 1, 0) OVER (PARTITION BY ${key} ORDER BY occurred_on, id) AS c FROM reached
            UNION ALL SELECT on_hand, flow * unit_cost FROM flow WHERE flow >= 0)`,
};

(async () => {
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    await connection.run(`CREATE TABLE movement AS SELECT id, distributor_id, warehouse_id, product_id, kind,
        quantity::DECIMAL(18,3) AS quantity, unit_cost::DECIMAL(18,4) AS unit_cost, occurred_on FROM read_csv('${csv}')`);
    for (let round = 0; round <= Number(rounds); round++) {
        for (const [name, query] of Object.entries(queries)) {
            const begin = process.hrtime.bigint();
            const before = process.cpuUsage();
            await connection.runAndReadAll(query);
            const { user, system } = process.cpuUsage(before);
            const wall = Number(process.hrtime.bigint() - begin) / 1e6;
            console.log(`${round}|duckdb|${name}|${wall}|${(user + system) / 1000}`);
        }
    }
})();
