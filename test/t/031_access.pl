# Who sees and does what: every kind of access against every table, view and
# function of the model, on the data of the demo.  The objects come from the
# catalog, so that a new one is in the test on the day it is made.
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
$node->safe_psql('postgres', 'CREATE DATABASE access');
$node->safe_psql('access', 'CREATE EXTENSION distmgmt');
chdir $tree or die "$tree: $!";
$node->command_ok(
	[
		'psql', '-X', '-q',
		'-v', "examples=$tree/examples",
		'-d', $node->connstr('access'),
		'-f', 'examples/demo.sql'
	],
	'the demo runs');

my @vendor = qw(analyst bi app finance approver auditor admin);

# as ROLE, QUERY: (what came out, the error or '').
sub as
{
	my ($role, $query) = @_;
	my ($status, $out, $err) = $node->psql('access',
		"\\set VERBOSITY verbose\nSET SESSION AUTHORIZATION $role; SET search_path = channel, distmgmt; SET statement_timeout = '60s';\n$query"
	);
	return ($out, $err // '');
}

sub owner
{
	my ($query) = @_;
	return $node->safe_psql('access', "SET search_path = channel, distmgmt; $query");
}

# answers ROLE, QUERY with %s, OBJECT...: what each query gives that role, as JSON
# lines or the SQLSTATE of its error; all in one session.
sub answers
{
	my ($role, $query, @objects) = @_;
	my $list = join ', ', map { (my $o = $_) =~ s/'/''/g; "'$o'" } @objects;
	my ($out, $err) = as($role,
		"SELECT encode(convert_to(o || E'\\x01' || public.probe(replace(\$q\$$query\$q\$, '%s', o)), 'UTF8'), 'hex') FROM unnest(ARRAY[$list]) AS o");
	is($err, '', "$role: asked of " . scalar(@objects) . ' objects');
	return map { my ($o, $a) = split /\x01/, pack('H*', $_), 2; ($o => $a) } split /\n/, $out;
}

$node->safe_psql('access', q[
CREATE FUNCTION public.probe(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE q INTO answer;
    RETURN coalesce(answer, '');
EXCEPTION WHEN OTHERS THEN
    RETURN 'error ' || SQLSTATE;
END
$$]);

my @distributors = split /\n/, owner('SELECT distributor_code FROM distributor ORDER BY 1');
cmp_ok(scalar @distributors, '>=', 2, 'there are distributors to keep apart');
my ($own, $other) = @distributors;
my %id = map { $_ => owner("SELECT distributor_id FROM distributor WHERE distributor_code = '$_'") } @distributors;

owner("CREATE ROLE as_$_; SELECT grant_access('as_$_', '$_')") for @vendor;
owner("CREATE ROLE dist_one; CREATE ROLE dist_two; CREATE ROLE nobody_yet;");
owner("SELECT grant_access('dist_one', 'distributor', '$own'); SELECT grant_access('dist_two', 'distributor', '$other')");

my @tables = split /\n/, owner(
	q(SELECT relname FROM pg_class WHERE relnamespace = 'channel'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1)
);
my @views = split /\n/, owner(
	q(SELECT format('%s.%s', relnamespace::regnamespace, relname) FROM pg_class
	  WHERE relnamespace IN ('channel'::regnamespace, 'channel_bi'::regnamespace) AND relkind = 'v' ORDER BY 1)
);
# Functions that return rows and can be called without an argument of ours.
my @functions = split /\n/, owner(
	q(SELECT p.proname || '(' || CASE WHEN p.pronargs > p.pronargdefaults THEN 'date ''2026-12-31''' ELSE '' END || ')' FROM pg_proc AS p
	  WHERE p.pronamespace = 'channel'::regnamespace AND p.proretset AND p.provolatile <> 'v'
	    AND (p.pronargs = p.pronargdefaults OR p.pronargs - p.pronargdefaults = 1 AND p.proargtypes[0] = 'date'::regtype) ORDER BY 1)
);
cmp_ok(scalar @functions, '>', 15, 'there are functions to try');

# A distributor: its own rows, in every table, view and function.  What belongs to
# the other shows by its key, its code or its name.
my $name = owner("SELECT distributor_name FROM distributor WHERE distributor_code = '$other'");
my ($seen, $refused) = (0, 0);
my %answer = answers('dist_one', q{SELECT string_agg(row_to_json(t)::text, E'\n') FROM %s AS t}, @tables, @views, @functions);
for my $object (@tables, @views, @functions)
{
	my $out = $answer{$object};
	if ($out =~ /^error (.*)/)
	{
		is($1, '42501', "$object: refused to a distributor as a matter of rights");
		$refused++;
		next;
	}
	my @leaks = grep {
		/"distributor_id":(\d+)/ && $1 != $id{$own} && $1 != 0
		  || /"\Q$other\E"/
		  || /\Q$name\E/
	} split /\n/, $out;
	is(scalar @leaks, 0, "$object: nothing of another distributor") or diag($leaks[0]);
	$seen++ if $out ne '';
}
cmp_ok($seen, '>', 40, "a distributor sees its own rows ($seen objects with rows, $refused refused)");
for my $table (qw(sell_in sell_through submission submission_line accrual_entry inventory_count))
{
	my ($out) = as('dist_one', "SELECT count(*) FROM $table");
	is($out, owner("SELECT count(*) FROM $table WHERE distributor_id = $id{$own}"), "$table: all that is its own");
}
%answer = answers('dist_one', 'INSERT INTO %s DEFAULT VALUES', @tables);
is_deeply([ grep { $answer{$_} ne 'error 42501' } @tables ], [], 'a distributor writes into no table');
{
	my ($out, $err) = as('dist_one', "SET ROLE dist_two; SELECT 1");
	like($err, qr/42501/, 'nor does it become another');
	($out, $err) = as('dist_one', "SELECT my_distributors()");
	is($out, "{$id{$own}}", 'it acts for itself');
	($out, $err) = as('dist_one', "SELECT submission_state FROM submit_own_report(E'Part Number,Quantity,Ship Date\\nX-1,1,2026-01-05\\n', 'mine.csv')");
	like($out, qr/validated|rejected/, 'it hands in its own report') or diag($err);
	is(owner("SELECT distributor_id FROM submission WHERE file_name = 'mine.csv'"), $id{$own}, 'which is kept under its own name');
	($out, $err) = as('dist_one', "SELECT * FROM submit_own_report('x', 'not-mine.csv', '$other')");
	like($err, qr/42501/, 'not one for another');
	is(owner("SELECT count(*) FROM submission WHERE file_name = 'not-mine.csv'"), 0, 'of which nothing is kept');
	($out, $err) = as('dist_one', "SELECT * FROM submit_report('x')");
	like($err, qr/42501/, 'nor by the way of the vendor');
	($out, $err) = as('as_analyst', "SELECT * FROM submit_own_report('x')");
	like($err, qr/42501/, 'the vendor has no report of its own');
}

# The vendor's kinds.
my %rule = map { my ($t, @r) = split /\|/; ($t => \@r) } split /\n/, owner('SELECT table_name, is_audit, written_by FROM access_rule');
my %count = map { split /\|/ } split /\n/, owner(join ' UNION ALL ', map { "SELECT '$_', count(*) FROM $_" } @tables);
for my $kind (@vendor)
{
	my %rows = answers("as_$kind", 'SELECT count(*) FROM %s', @tables);
	my %may = answers("as_$kind", q{SELECT has_table_privilege('%s', 'INSERT')}, @tables);
	for my $table (@tables)
	{
		my ($audit, $writers) = @{ $rule{$table} };
		my $writes = $kind eq 'admin' || $writers =~ /\b$kind\b/;
		my $reads = $writes || $audit eq 'f' || $kind =~ /^(approver|auditor|admin)$/;
		is("$rows{$table} $may{$table}",
			($reads ? $count{$table} : 'error 42501') . ($writes ? ' true' : ' false'),
			"$table: what $kind reads and writes");
	}
}
my @face = grep { /^channel_bi\./ } @views;
%answer = answers('as_bi', 'SELECT count(*) FROM %s', @face);
is_deeply([ grep { $answer{$_} !~ /^\d+$/ } @face ], [], 'a BI role reads every view that is made for it');
{
	my ($out, $err) = as('as_bi', q(SELECT count(*) FROM information_schema.table_constraints WHERE constraint_schema = 'channel' AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')));
	cmp_ok($out, '>', 100, 'a BI role sees the keys');
	($out, $err) = as('as_bi', 'DELETE FROM channel_bi.dim_product');
	like($err, qr/42501|55000/, 'and changes nothing');
	($out, $err) = as('as_analyst', q(INSERT INTO product (product_code, product_name, product_line, base_uom) VALUES ('x', 'x', 'x', 'EA')));
	like($err, qr/42501/, 'nor does an analyst');
	($out, $err) = as('as_app', q(INSERT INTO product (product_code, product_name, product_line, base_uom) VALUES ('x', 'x', 'x', 'EA'); SELECT count(*) FROM product WHERE product_code = 'x'));
	is($out, '1', 'an application does') or diag($err);
	($out, $err) = as('as_app', q(SELECT count(*) FROM accrue_rebates(date '2026-12-31')));
	is($err, '', 'it accrues');
	($out, $err) = as('as_app', q(SELECT * FROM settle_statements(date '2026-12-31')));
	like($err, qr/42501/, 'it does not settle');
	($out, $err) = as('as_finance', q(SELECT count(*) FROM issue_statements(date '2026-12-31'); SELECT count(*) FROM settle_statements(date '2026-12-31')));
	is($err, '', 'finance states and settles');
	($out, $err) = as('nobody_yet', 'SELECT * FROM product');
	like($err, qr/42501|42P01/, 'who has no access has none');
}

# What does not fit is refused.
for (
	[ q(SELECT grant_access('no_such_role', 'bi')), qr/42704/, 'a role that is not there' ],
	[ q(SELECT grant_access('nobody_yet', 'king')), qr/ZD180/, 'a kind that is not there' ],
	[ q(SELECT grant_access('nobody_yet', 'distributor')), qr/ZD180/, 'a distributor without its name' ],
	[ qq(SELECT grant_access('as_bi', 'distributor', '$own')), qr/ZD180/, 'the vendor as a distributor' ],
	[ qq(SELECT grant_access('postgres', 'distributor', '$own')), qr/ZD180/, 'a superuser as a distributor' ],
	[ q(SELECT revoke_access('nobody_yet')), qr/P0002/, 'taking what was not given' ],
  )
{
	my ($query, $error, $what) = @$_;
	my ($status, $out, $err) = $node->psql('access', "\\set VERBOSITY verbose\nSET search_path = channel, distmgmt; $query");
	like($err, $error, "refused: $what");
}
owner("SELECT revoke_access('as_$_')") for @vendor;
owner("SELECT revoke_access('dist_one'); SELECT revoke_access('dist_two')");
is( owner(
		q(SELECT count(*) FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS x JOIN pg_roles AS r ON r.oid = x.grantee
		  WHERE r.rolname ~ '^(as|dist)_' AND c.relnamespace IN ('channel'::regnamespace, 'channel_bi'::regnamespace))
	),
	0,
	'what is revoked is gone');
owner("DROP ROLE as_$_") for @vendor;
owner('DROP ROLE dist_one; DROP ROLE dist_two');
is(owner(q(SELECT count(*) FROM pg_policies WHERE schemaname = 'channel')), 0, 'and the roles can be dropped');

$node->stop;
done_testing();
