# The BI schema keeps its promises on real rows: one key a view, every fact finds
# its dimensions, no infinity, the same answers in every time zone and under any
# search_path, and its sums are those of the model.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $tree = $ENV{DISTMGMT_TREE};
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "log_statement = none\ntimezone = UTC\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE bi');
$node->safe_psql('bi', 'CREATE EXTENSION distmgmt');
chdir $tree or die "$tree: $!";
$node->command_ok(
	[
		'psql', '-X', '-q',
		'-v', "examples=$tree/examples",
		'-d', $node->connstr('bi'),
		'-f', 'examples/demo.sql'
	],
	'the demo runs');

# rows QUERY: as text, under the search_path of a BI tool that was told one schema.
sub rows
{
	my ($query) = @_;
	return $node->safe_psql('bi', "SET search_path = channel_bi; $query");
}

my @views = split /\n/, rows(
	q(SELECT relname FROM pg_class WHERE relnamespace = 'channel_bi'::regnamespace AND relkind = 'v' ORDER BY 1)
);
cmp_ok(scalar @views, '>=', 27, 'there are views');
my @empty;
for my $view (@views)
{
	my ($key, @rest) = split /\n/, rows(
		"SELECT attname FROM pg_attribute WHERE attrelid = 'channel_bi.$view'::regclass AND attnum > 0 ORDER BY attnum"
	);
	my ($count, $distinct, $nulls) = split /\|/, rows(
		"SELECT count(*), count(DISTINCT $key), count(*) FILTER (WHERE $key IS NULL) FROM $view"
	);
	is("$distinct $nulls", "$count 0", "$view.$key is a key");
	push @empty, $view if $count == 0;

	my $odd = rows(
		"SELECT string_agg(format('%I::text ~* ''infinity|nan''', attname), ' OR ')
		 FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
		 WHERE attrelid = 'channel_bi.$view'::regclass AND attnum > 0 AND t.typname IN ('date', 'timestamptz', 'numeric')"
	);
	is(rows("SELECT count(*) FROM $view WHERE $odd"), 0, "$view has no infinity and no NaN")
	  if $odd ne '';

	# What a fact points at is there.
	for my $column (grep { /^(distributor|warehouse|product|reseller|territory|end_customer|program_line|submission)_id$/ } @rest)
	{
		(my $dimension = "dim_$column") =~ s/_id$//;
		$dimension =~ s/program_line/rebate_line/;
		$dimension =~ s/^dim_submission/fact_submission/;
		is( rows("SELECT count(*) FROM $view f LEFT JOIN $dimension d ON d.$column = f.$column WHERE d.$column IS NULL"),
			0,
			"$view.$column is in $dimension");
	}
}
note("without rows in the demo: @empty");
ok(!grep({ /^(dim_|fact_sell_in|fact_sell_through|fact_rebate|channel_|inventory_positions|rebate_progress)/ } @empty),
	'the views that the demo is about have rows');

# The same text in three time zones.
my $digest = join ' UNION ALL ', map {
	my $view = $_;
	my $columns = rows(
		"SELECT string_agg(CASE t.typname WHEN 'timestamptz' THEN format('%I AT TIME ZONE ''UTC''', attname) ELSE quote_ident(attname) END, ', ' ORDER BY attnum)
		 FROM pg_attribute JOIN pg_type t ON t.oid = atttypid WHERE attrelid = 'channel_bi.$view'::regclass AND attnum > 0"
	);
	"(SELECT '$view', md5(coalesce(string_agg(r::text, '' ORDER BY r::text), '')) FROM (SELECT $columns FROM $view) AS r)"
} @views;
my %answer = map { $_ => rows("SET timezone = '$_'; $digest") } ('UTC', 'Asia/Tokyo', 'America/Los_Angeles');
is($answer{'Asia/Tokyo'}, $answer{'UTC'}, 'the same answers in Tokyo');
is($answer{'America/Los_Angeles'}, $answer{'UTC'}, 'and in Los Angeles');

# Its sums are those of the model.
for (
	[ 'sum(sell_through_qty) FROM fact_sell_through', 'sum(quantity) FROM channel.sell_through' ],
	[ 'sum(sell_in_amount) FROM fact_sell_in', 'sum(amount) FROM channel.sell_in' ],
	[ 'sum(sell_in_qty) FROM channel_balances', 'sum(quantity) FROM channel.sell_in' ],
	[ 'sum(sell_through_qty) FROM channel_weeks', 'sum(quantity) FROM channel.sell_through' ],
	[ 'sum(sell_through_qty) FROM product_balances', 'sum(quantity) FROM channel.sell_through' ],
	[ 'sum(accrued_amount) FROM fact_rebate', 'sum(delta_amount) FROM channel.accrual_entry' ],
	[ 'sum(on_hand_qty) FROM inventory_positions', q{sum(on_hand_qty) FROM channel.inventory_as_of(date '2100-01-01')} ],
	[ 'sum(on_hand_qty) FROM fact_inventory_day WHERE next_stock_on IS NULL', q{sum(on_hand_qty) FROM channel.inventory_as_of(date '2100-01-01')} ],
  )
{
	my ($face, $model) = @$_;
	is(rows("SELECT (SELECT $face) = (SELECT $model)"), 't', $face);
}
is( rows('SELECT count(*) FROM liability_months WHERE opening_amount + accrued_amount - settled_amount <> closing_amount'),
	0,
	'the liability ties in every month');

$node->stop;
done_testing();
