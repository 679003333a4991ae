# Real data through the model's inventory: AdventureWorks' purchases as sell-in
# with what was rejected as returns, Northwind's orders as a distributor's sales.
# The data lies beside the project; without it there is nothing to test.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = ($ENV{DISTMGMT_SHARED} // '') . '/data';
plan skip_all => 'no real data: ../shared/data is absent'
  unless -d "$data/adventureworks" && -d "$data/northwind";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "timezone = UTC\n");
$node->start;

# value SQL, EXPECTED, NAME: what the statement gives, in the model.
sub value
{
	my ($sql, $expected, $name) = @_;
	is( $node->safe_psql(
			'postgres', "SET search_path = channel, distmgmt, public; $sql"),
		$expected,
		$name);
	return;
}

$node->safe_psql('postgres',
	q(CREATE EXTENSION distmgmt CASCADE; SELECT distmgmt.create_model()));
$node->safe_psql(
	'postgres', qq[
SET search_path = channel, distmgmt, public;
CREATE TABLE public.detail (order_id int, detail_id int, due timestamp, ordered numeric, product int,
	price numeric, total numeric, received numeric, rejected numeric, stocked numeric, modified timestamp);
COPY public.detail FROM '$data/adventureworks/PurchaseOrderDetail.csv';
CREATE TABLE public.header (order_id int, revision int, status int, employee int, vendor int, method int,
	ordered timestamp, shipped timestamp, subtotal numeric, tax numeric, freight numeric, due numeric, modified timestamp);
COPY public.header FROM '$data/adventureworks/PurchaseOrderHeader.csv';
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'AW', 'AdventureWorks'), (2, 'NW', 'Northwind');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name) VALUES (1, 1, 'W', 'W'), (2, 2, 'W', 'W');
INSERT INTO product (product_id, product_code, product_name, product_line)
SELECT product, 'AW' || product, 'AW', 'aw' FROM public.detail GROUP BY 1;
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, invoice_line, quantity, unit_price, amount, currency_code)
SELECT 1, h.shipped, 1, d.product, greatest(d.due, h.shipped), d.order_id, d.detail_id, d.received, round(d.price, 4), d.received * round(d.price, 4), 'USD'
FROM public.detail AS d JOIN public.header AS h USING (order_id) WHERE d.received > 0;
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, invoice_line, quantity, unit_price, amount, currency_code)
SELECT 1, greatest(d.due, h.shipped), 1, d.product, greatest(d.due, h.shipped), 'R' || d.order_id, d.detail_id, -d.rejected, round(d.price, 4), -d.rejected * round(d.price, 4), 'USD'
FROM public.detail AS d JOIN public.header AS h USING (order_id) WHERE d.rejected > 0;
]);

value('SELECT count(*) FROM verify_rollups()', '0', 'AdventureWorks: the rollups agree with the facts');
value('SELECT bool_and((fold_rollups()).stock_rows > 0)', 't', 'they fold');
value(
	'SELECT (SELECT sum(stocked) FROM public.detail) = (SELECT sum(on_hand_qty) FROM inventory_as_of((SELECT max(arrives_on) FROM sell_in)))',
	't', 'what is on hand is what was received and not rejected');
value(
	q{SELECT count(*) FROM (
		SELECT product, sum(stocked) FROM public.detail GROUP BY 1
		EXCEPT
		SELECT product_id, sum(on_hand_qty) FROM inventory_stock GROUP BY 1) AS s},
	'0', 'of each product');
value(
	q{SELECT round(sum(value_amount), 2) = (SELECT round(sum(received * round(price, 4)), 2) FROM public.detail)
			- (SELECT coalesce(round(sum((p).moved_cost), 2), 0)
				FROM (SELECT m.kind, inventory_position(m.kind, m.quantity, m.unit_cost, m.tranche_on)
						OVER (PARTITION BY m.product_id ORDER BY m.occurred_on, m.day_step, m.unit_cost, m.quantity, m.tranche_on, m.fact_id) AS p
					FROM inventory_movement AS m) AS l WHERE l.kind = 'vendor_return')
			- (SELECT coalesce(round(sum((p).cost_adjustment), 2), 0)
				FROM (SELECT inventory_position(m.kind, m.quantity, m.unit_cost, m.tranche_on)
						OVER (PARTITION BY m.product_id ORDER BY m.occurred_on, m.day_step, m.unit_cost, m.quantity, m.tranche_on, m.fact_id) AS p
					FROM inventory_movement AS m) AS l)
		FROM inventory_as_of((SELECT max(arrives_on) FROM sell_in))},
	't', 'its value is what was received less what went back, at FIFO cost');
my $middle = q{(SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY shipped_on) FROM sell_in)};
my $positions = qq{SELECT md5(string_agg(i::text, ',' ORDER BY i.product_id)) FROM inventory_as_of($middle + 100) AS i};
my $before = $node->safe_psql('postgres', "SET search_path = channel, distmgmt, public; $positions");
value("SELECT (close_inventory($middle)).checkpoints > 200", 't', 'closed in the middle');
value($positions, $before, 'positions after the close are the same from the checkpoints');

# Northwind: its own tables, then its lines as sales. It never reported what it
# bought, so that all of it is negative stock.
$node->command_ok(
	[ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-f', "$data/northwind/northwind.sql" ],
	'Northwind loads');
$node->safe_psql(
	'postgres', q[
SET search_path = channel, distmgmt, public;
INSERT INTO product (product_id, product_code, product_name, product_line)
SELECT 100000 + product_id, 'NW' || product_id, 'NW', 'nw' FROM public.order_details GROUP BY product_id;
INSERT INTO sell_through (distributor_id, sold_on, warehouse_id, product_id, transfer_type, invoice_no, quantity, unit_price, amount, currency_code)
SELECT 2, o.order_date, 2, 100000 + d.product_id, 'SS', d.order_id, d.quantity,
	round(d.unit_price::numeric, 4), round(d.unit_price::numeric * d.quantity * (1 - d.discount::numeric), 4), 'USD'
FROM public.order_details AS d JOIN public.orders AS o USING (order_id);
]);
value(q{SELECT round(sum(sell_through_amount), 2) FROM channel_balance WHERE distributor_id = 2},
	'1265793.04', 'Northwind: net sales as published');
value('SELECT count(*), sum(on_hand_qty) = -(SELECT sum(quantity) FROM public.order_details) FROM negative_stock',
	'77|t', 'sold without purchases: 77 products below nothing');
value('SELECT count(*) FROM verify_rollups()', '0', 'the rollups agree with the facts');

$node->stop;
done_testing();
