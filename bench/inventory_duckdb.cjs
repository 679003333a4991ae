// inventory_duckdb.cjs FOLDER CSV ROUNDS: the peer of inventory.sh. Loads the movements into DuckDB from the npm package
// @duckdb/node-api in FOLDER, one thread, and prints "round|duckdb|name|milliseconds". FIFO is an easier one than
// ours: receipts and issues only, no count, no return, no deficit; by range join and by ASOF join over running sums.
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
};

(async () => {
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    await connection.run(`CREATE TABLE movement AS SELECT id, distributor_id, warehouse_id, product_id, kind,
        quantity::DECIMAL(18,3) AS quantity, unit_cost::DECIMAL(18,4) AS unit_cost, occurred_on FROM read_csv('${csv}')`);
    for (let round = 0; round <= Number(rounds); round++) {
        for (const [name, query] of Object.entries(queries)) {
            const begin = process.hrtime.bigint();
            await connection.runAndReadAll(query);
            console.log(`${round}|duckdb|${name}|${Number(process.hrtime.bigint() - begin) / 1e6}`);
        }
    }
})();
