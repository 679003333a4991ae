# Reports and orders that others wrote, from ../shared/data; skipped where they
# are not there.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = ($ENV{DISTMGMT_SHARED} // '') . '/data';
plan skip_all => 'no ../shared/data' if !-d "$data/edi";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "log_statement = none\ntimezone = UTC\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE channel');
$node->safe_psql('channel',
	q(CREATE EXTENSION distmgmt;
SELECT distmgmt.create_model('channel');
ALTER DATABASE channel SET search_path = channel, distmgmt, public;
CREATE TABLE report (name text, document text);));

# Each report is handed over byte for byte, in a dollar-quoted literal.
for my $file (glob "$data/edi/*.edi")
{
	my $text = slurp_file($file);
	my ($name) = $file =~ m,([^/]+)$,;
	$node->safe_psql('channel',
		"INSERT INTO report VALUES ('$name', \$report\$$text\$report\$)");
}

# rows QUERY: over the report of one name.
sub rows
{
	my ($name, $what) = @_;
	return $node->safe_psql('channel',
		"SELECT $what FROM report WHERE name = '$name'");
}

# 867 of x12-types: one line, said twice (SII and QTY), counted once.
my $full = '867_x12types_005010_full.edi';
is( rows(
		$full,
		q((SELECT string_agg(concat_ws(',', report_id, transfer_type, ship_to_id, vendor_part,
			quantity, unit_of_measure, unit_price, amount, currency_code, segment_no), ';')
		   FROM x12_867(document)))),
	'RPT123,PT,STO01,ITEM001,100,EA,5.00,500,USD,36',
	'the 867: QTY wins over SII, one line of 100 at 5.00');
is( rows(
		$full,
		q((SELECT string_agg(severity || ' ' || code, ',') FROM x12_findings(document)))
	),
	'warn BAD_CODE',
	'whose transfer type is not one of the standard');
is( $node->safe_psql(
		'channel',
		qq(INSERT INTO distributor (distributor_code, distributor_name) VALUES ('X', 'X');
INSERT INTO warehouse (distributor_id, warehouse_code, warehouse_name, is_default) SELECT distributor_id, 'W', 'W', true FROM distributor;
SELECT lines_read, lines_ready, lines_refused FROM submit_report((SELECT document FROM report WHERE name = '$full'), 'X')
)),
	'1|0|1',
	'so that it is read, kept and not booked');

# The others are not what we book; they are read without a complaint that would
# refuse them, or refused as what they are.
is( $node->safe_psql(
		'channel', q(
SELECT name, count(f.code) FILTER (WHERE f.severity = 'refuse')
FROM report LEFT JOIN LATERAL x12_findings(document) AS f ON true
WHERE name ~ '^(846|997)' GROUP BY name ORDER BY name)),
	"846_coedition_ingram_ent.edi|0\n846_x12types_005010.edi|0\n997_staedi_simple.edi|0",
	'846 and 997: envelopes, counts and control numbers are right');
is( rows(
		'slsrpt_d96a_eancom_retail.edi',
		q((SELECT string_agg(code, ',') FROM x12_findings(document)))),
	'NOT_EDI',
	'an EDIFACT report is no X12 document');

# Every file through every reader, as bytes: what it holds, and nothing else. The
# numbers are those of grep and a hand calculation over the file.
#   832: 21 CTP, their prices come to 527.05; two dates of all zeros
#   846 of Ingram: 7 products by 7 warehouses, 1 + 8 + 0 + 0 + 233 + 9 + 4
#   SLSRPT: 12 pieces, 5 x 39.95 + 64.95 + 2 x 11.95 + 4 x 12.95 = 340.40
is( $node->safe_psql(
		'channel', q(
CREATE TABLE raw (name text, bytes bytea);
CREATE VIEW read AS SELECT name, bytes, document_text(bytes) AS d FROM raw;))
	  . join('', map {
		my ($name) = m,([^/]+)$,;
		$node->safe_psql('channel',
			"INSERT INTO raw VALUES ('$name', '\\x" . unpack('H*', slurp_file($_)) . "')");
	  } glob "$data/edi/*.edi")
	  . $node->safe_psql(
		'channel', q(
SELECT left(name, 12), x.*, (SELECT count(*) FROM document_findings(bytes)) AS bytes
FROM read, LATERAL (VALUES
	((SELECT count(*) || ' ' || coalesce(sum(quantity), 0) FROM x12_867(d)),
	(SELECT count(*) FROM x12_852(d)),
	(SELECT count(*) || ' ' || coalesce(sum(quantity), 0) FROM x12_846(d)),
	(SELECT count(*) FROM x12_844(d)) + (SELECT count(*) FROM x12_849(d)) + (SELECT count(*) FROM x12_845(d)),
	(SELECT count(*) || ' ' || coalesce(sum(unit_price), 0) FROM x12_832(d)),
	(SELECT count(*) || ' ' || coalesce(sum(quantity), 0) || ' ' || coalesce(sum(quantity * unit_price), 0) FROM edifact_slsrpt(d)),
	(SELECT count(*) FROM edifact_invrpt(d)))) AS x
ORDER BY name)),
	q(832_coeditio|0 0|0|0 0|0|21 527.05|0 0 0|0|0
846_coeditio|0 0|0|49 255|0|0 0|0 0 0|0|0
846_x12types|0 0|0|1 100|0|0 0|0 0 0|0|0
867_x12types|1 100|0|0 0|0|0 0|0 0 0|0|0
997_staedi_s|0 0|0|0 0|0|0 0|0 0 0|0|0
slsrpt_d96a_|0 0|0|0 0|0|0 0|12 12 340.40|0|0),
	'each file is read by its reader, and by no other');
is( $node->safe_psql(
		'channel', q(
SELECT left(name, 12), CASE WHEN name ~ '^slsrpt' THEN (SELECT string_agg(severity || ' ' || code, ',') FROM edifact_findings(d))
	ELSE (SELECT string_agg(severity || ' ' || code || ' ' || value, ',' ORDER BY byte_offset) FROM x12_findings(d)) END,
	(SELECT count(*) FROM x12_findings(x12_997(d))) + (SELECT count(*) FROM x12_findings(x12_999(d))) + (SELECT count(*) FROM edifact_findings(edifact_contrl(d)))
FROM read ORDER BY name)),
	q(832_coeditio|warn BAD_DATE 00000000,warn BAD_DATE 00000000|0
846_coeditio||0
846_x12types||0
867_x12types|warn BAD_CODE PT|0
997_staedi_s||0
slsrpt_d96a_||0),
	'what is wrong with them is known, and their answers are right');

# Northwind's orders as the point-of-sale report of a distributor: net sales are
# known to be 1,265,793.04.
SKIP:
{
	skip 'no northwind', 4 if !-e "$data/northwind/northwind.sql";
	$node->safe_psql('postgres', 'CREATE DATABASE northwind');
	$node->command_ok(
		[
			'psql', '-X', '-q', '-d', $node->connstr('northwind'),
			'-f', "$data/northwind/northwind.sql"
		],
		'northwind loads');
	my $csv = $node->safe_psql(
		'northwind', q(
SELECT string_agg(concat_ws(',', o.order_id, d.product_id, o.order_date, 'NW-' || d.product_id, d.quantity,
	trim_scale(d.unit_price::numeric(18,4) * (1 - d.discount::numeric(4,2))), o.customer_id), E'\n'
	ORDER BY o.order_id, d.product_id)
FROM orders AS o JOIN order_details AS d USING (order_id)));
	$node->safe_psql(
		'channel', q(
INSERT INTO distributor (distributor_code, distributor_name) VALUES ('NORTHWIND', 'Northwind Traders');
INSERT INTO report_profile SELECT distributor_id, 'USD' FROM distributor WHERE distributor_code = 'NORTHWIND';
INSERT INTO warehouse (distributor_id, warehouse_code, warehouse_name, is_default)
	SELECT distributor_id, 'W', 'W', true FROM distributor WHERE distributor_code = 'NORTHWIND';
INSERT INTO product (product_code, product_name, product_line) SELECT 'NW-' || g, 'Product ' || g, 'food' FROM generate_series(1, 77) AS g;
));
	is( $node->safe_psql(
			'channel', qq(
SELECT lines_read, lines_ready, lines_refused FROM submit_report(
	E'Invoice,Line,Invoice Date,Part No,Qty,Unit Price,Customer ID\\n' || \$csv\$$csv\$csv\$, 'NORTHWIND', 'orders.csv'))
		),
		'2155|2155|0',
		'2,155 lines of 830 orders are read');
	$node->safe_psql('channel',
		q(SELECT accept_submission(max(submission_id)) FROM submission));
	is( $node->safe_psql(
			'channel', q(
SELECT round(sum(amount), 2), count(DISTINCT invoice_no), sum(quantity)::integer FROM sell_through)),
		'1265793.04|830|51317',
		'net sales come to 1,265,793.04');
	is( $node->safe_psql(
			'channel', q(
SELECT sum(deficit_qty)::integer, sum(on_hand_qty)::integer FROM inventory_as_of('1998-12-31'))),
		'51317|-51317',
		'sold without a purchase, it stands as a deficit')
	  or diag(
		$node->safe_psql(
			'channel',
			q(SELECT * FROM inventory_as_of('1998-12-31') LIMIT 3)));
}

done_testing();
