// duckdb.cjs FOLDER ROUNDS MOVEMENTS FACTS: the peer, DuckDB of the npm package @duckdb/node-api in FOLDER, one thread.
// Prints "round|duckdb|name|wall ms|CPU ms". MOVEMENTS: FIFO by range join and by ASOF join over running sums: first the
// easier one that has receipts and issues only, then with counts (their variance is found from the last count, a window
// before the flows) and returns (at the last cost that came in): on hand and cost moved of each line, but no value, no
// average, no age, no deficit; and the latter from tables of facts, as a model has them. FACTS: positions.
const { createRequire } = require('module');
const [folder, rounds, movements, facts] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(folder + '/')('@duckdb/node-api');

const key = 'distributor_id, warehouse_id, product_id';
const over = `OVER (PARTITION BY ${key} ORDER BY occurred_on, id ROWS UNBOUNDED PRECEDING)`;
const flows = `arrival AS (SELECT ${key}, unit_cost, sum(quantity) ${over} AS upto, sum(quantity) ${over} - quantity AS since,
        sum(quantity * unit_cost) ${over} - quantity * unit_cost AS worth FROM movement WHERE kind = 'receipt'),
    departure AS (SELECT id, occurred_on, ${key}, sum(quantity) ${over} AS upto, sum(quantity) ${over} - quantity AS since
        FROM movement WHERE kind = 'issue')`;
const fifo = (source) => `WITH signed AS (SELECT *, CASE kind WHEN 'issue' THEN -quantity
            WHEN 'count' THEN 0 ELSE quantity END AS delta FROM ${source}),
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
            UNION ALL SELECT on_hand, flow * unit_cost FROM flow WHERE flow >= 0)`;
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
    'DuckDB: FIFO by ASOF join, counts and returns': fifo('movement'),
    'DuckDB: the same from the facts': fifo(`(SELECT sell_in_id AS id, distributor_id, warehouse_id, product_id, 'receipt' AS kind,
            quantity, unit_cost, shipped_on AS occurred_on FROM sell_in AS s WHERE NOT EXISTS (
                SELECT 1 FROM sell_in AS r WHERE r.distributor_id = s.distributor_id AND r.corrects_line_id = s.sell_in_id)
        UNION ALL SELECT sell_through_id, distributor_id, warehouse_id, product_id, CASE WHEN quantity < 0 THEN 'customer_return' ELSE 'issue' END,
            abs(quantity), NULL, sold_on FROM sell_through AS s WHERE NOT EXISTS (
                SELECT 1 FROM sell_through AS r WHERE r.distributor_id = s.distributor_id AND r.corrects_line_id = s.sell_through_id)
        UNION ALL SELECT count_id, distributor_id, warehouse_id, product_id, 'count', quantity, NULL, counted_on FROM inventory_count) AS facts`),
    'DuckDB: whole channel, position': `SELECT count(*), sum(owned) FROM (SELECT distributor_id, warehouse_id, product_id,
        sum(CASE kind WHEN 'in' THEN quantity ELSE -quantity END) AS owned FROM fact GROUP BY ALL)`,
    'DuckDB: one distributor, position': `SELECT count(*), sum(owned) FROM (SELECT distributor_id, warehouse_id, product_id,
        sum(CASE kind WHEN 'in' THEN quantity ELSE -quantity END) AS owned FROM fact WHERE distributor_id = 30 GROUP BY ALL)`,
};

(async () => {
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    await connection.run(`CREATE TABLE movement AS SELECT id, distributor_id, warehouse_id, product_id, kind,
        quantity::DECIMAL(18,3) AS quantity, unit_cost::DECIMAL(18,4) AS unit_cost, occurred_on FROM read_csv('${movements}')`);
    await connection.run(`CREATE TABLE sell_in AS SELECT id AS sell_in_id, * EXCLUDE (id, kind, occurred_on),
        occurred_on AS shipped_on, NULL::BIGINT AS corrects_line_id FROM movement WHERE kind = 'receipt'`);
    await connection.run(`CREATE TABLE sell_through AS SELECT id AS sell_through_id, distributor_id, warehouse_id, product_id,
        CASE kind WHEN 'issue' THEN quantity ELSE -quantity END AS quantity, occurred_on AS sold_on, NULL::BIGINT AS corrects_line_id
        FROM movement WHERE kind IN ('issue', 'customer_return')`);
    await connection.run(`CREATE TABLE inventory_count AS SELECT id AS count_id, distributor_id, warehouse_id, product_id,
        quantity, occurred_on AS counted_on FROM movement WHERE kind = 'count'`);
    await connection.run(`CREATE TABLE fact AS SELECT column0 AS kind, column1 AS distributor_id, column2 AS warehouse_id,
        column3 AS product_id, column4 AS activity_on, column5::DECIMAL(18,3) AS quantity FROM read_csv('${facts}', header = false)`);
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
