// An application that calls stored functions through node-pg: a report is tried,
// handed in, accepted; a price is asked for. Called with where to connect, a
// document, and the name of its file; puts out what came back, a line for each call.
'use strict';

const pg = require('pg');

const [connectionString, text, fileName] = process.argv.slice(2);

function put(...fields) {
	console.log(fields.map((f) => (f === null || f === undefined ? '\\N' : String(f))).join('\t'));
}

function report(name, row) {
	put(name, row.distributor_code, row.submission_id === null ? 'NoneType' : typeof row.submission_id,
		row.submission_state, row.lines_read, row.lines_ready, row.lines_refused, row.is_repeat,
		Array.isArray(row.findings_list) ? row.findings_list.length : row.findings_list);
}

(async () => {
	const db = new pg.Client({ connectionString });
	await db.connect();
	const call = async (query, ...values) => (await db.query(query, values)).rows[0];
	const submit = `SELECT * FROM channel.submit_report(p_document => $1, p_distributor_code => $2,
		p_file_name => $3, p_dry_run => $4)`;
	report('tried', await call(submit, text, 'GAMMA', fileName, true));
	const row = await call(submit, text, 'GAMMA', fileName, false);
	report('submitted', row);
	report('accepted', await call('SELECT * FROM channel.accept_submission(p_submission_id => $1)', row.submission_id));
	report('again', await call(submit, text, 'GAMMA', fileName, false));
	for (const quantity of ['10', '0.333', '99999999999999.999']) {
		const price = await call(`SELECT * FROM channel.purchase_price(p_distributor => $1, p_product => $2,
			p_quantity => $3, p_on => $4)`, 'ALPHA', 'NW-SW8', quantity, '2026-03-31');
		put('price', price.unit_price, price.amount, price.currency_code, price.rule_kind);
	}
	await db.end();
})().catch((e) => {
	console.error(e);
	process.exit(1);
});
