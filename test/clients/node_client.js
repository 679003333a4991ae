// What a program sees through node-pg, the driver of the dashboard. How it is
// called and what it puts out: README.md in this folder.
'use strict';

const fs = require('fs');
const pg = require('pg');

const FACE = 'channel_bi';
const [url, factsFile, ...commands] = process.argv.slice(2);
const names = { 16: 'bool', 20: 'int8', 23: 'int4', 25: 'text', 1082: 'date', 1184: 'timestamptz' };

// node-pg makes a date a Date at midnight of the client's zone, which is another
// day elsewhere: keep the text.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

const views = new Map();
for (const line of fs.readFileSync(factsFile, 'utf8').trimEnd().split('\n')) {
	const [view, column, type, groups, sample] = line.split('\t');
	if (!views.has(view)) views.set(view, []);
	views.get(view).push({ column, type, groups: groups === 't', sample });
}

function put(...fields) {
	console.log(fields.map((f) => (f === null || f === undefined ? '\\N' : String(f))).join('\t'));
}

function word(field) {
	const typmod = field.dataTypeModifier - 4;
	if (field.dataTypeID !== 1700) return names[field.dataTypeID] ?? `unknown ${field.dataTypeID}`;
	return typmod < 0 ? 'numeric' : `numeric(${typmod >> 16},${typmod & 2047})`;
}

async function columns(db) {
	for (const view of views.keys()) {
		const { fields } = await db.query(`SELECT * FROM ${FACE}.${view} LIMIT 0`);
		for (const field of fields) put('column', view, field.name, word(field));
	}
}

// [digits, scale] of what stands for a value: itself, the length of a text, the day
// of a date, the second of a timestamp. Texts of digits stay exact.
function number(value, type) {
	if (typeof value === 'boolean') return [value ? 1n : 0n, 0];
	if (value instanceof Date) return [BigInt(Math.floor(value.getTime() / 1000)), 0];
	if (type === 'date') return [BigInt(Date.parse(value + 'T00:00:00Z') / 86400000), 0];
	if (type === 'text') return [BigInt([...value].length), 0];
	const text = String(value);
	const point = text.indexOf('.');
	return [BigInt(text.replace('.', '')), point < 0 ? 0 : text.length - point - 1];
}

function plain(digits, scale) {
	if (scale === 0) return String(digits);
	const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
	return `${digits < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

async function read(db) {
	for (const [view, facts] of views) {
		const { rows } = await db.query(`SELECT * FROM ${FACE}.${view}`);
		const groups = new Map();
		const by = facts.find((f) => f.groups);
		for (const row of rows) {
			const group = by && row[by.column] !== null ? row[by.column].slice(0, 7) : '-';
			if (!groups.has(group)) groups.set(group, facts.map(() => ({ count: 0, sum: 0n, scale: 0 })));
			facts.forEach((fact, i) => {
				const value = row[fact.column];
				if (value === null) return;
				const total = groups.get(group)[i];
				const [digits, scale] = number(value, fact.type);
				total.count++;
				total.sum += digits;
				total.scale = scale;
			});
		}
		put('rows', view, rows.length);
		for (const [group, sums] of groups) {
			sums.forEach((s, i) => put('read', view, group, facts[i].column, s.count, plain(s.sum, s.scale)));
		}
	}
}

async function filters(db) {
	for (const [view, facts] of views) {
		for (const { column, sample } of facts.filter((f) => f.type === 'text')) {
			const { rows } = await db.query(
				`SELECT count(*) AS n FROM ${FACE}.${view} WHERE ${column} = $1 AND ${column} LIKE $1`, [sample]);
			put('filter', view, column, rows[0].n);
		}
	}
}

async function error(db) {
	try {
		await db.query(
			'SELECT * FROM channel.purchase_price(p_distributor => $1, p_product => $2, p_quantity => $3, p_on => $4)',
			['ALPHA', 'no such product', '1.5', '2026-03-31']);
		put('error', 'none');
	} catch (e) {
		put('error', e.code, e.message, e.detail, e.hint);
	}
}

async function write(db) {
	for (const sql of ["UPDATE channel_bi.dim_product SET product_name = ''",
		'INSERT INTO channel.product DEFAULT VALUES', 'DELETE FROM channel.sell_in',
		'CREATE TABLE public.mine (product_id bigint REFERENCES channel.product)']) {
		try {
			await db.query(sql);
			put('write', 'done');
		} catch (e) {
			put('write', e.code);
		}
	}
}

(async () => {
	const db = new pg.Client({ connectionString: url });
	await db.connect();
	for (const name of commands) await { columns, read, filters, error, write }[name](db);
	await db.end();
})().catch((e) => {
	console.error(e);
	process.exit(1);
});
