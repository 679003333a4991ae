# What real clients see of the BI schema and of stored functions: pgjdbc, psqlODBC,
# SQLAlchemy, node-pg and psycopg, connected over TCP with a password as doc/bi.md
# says, on the data of the demo.  What is expected comes from the catalog and from
# SQL; what the programs put out is explained in test/clients/README.md.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $tree = $ENV{DISTMGMT_TREE};
my $clients = "$tree/test/clients";
my $modules = "$ENV{DISTMGMT_CLIENTS}/node_modules";
my $jar = '/usr/share/java/postgresql.jar';
my $python = '/usr/bin/python3';

# What it talks through.
my $missing = 0;
for my $package (split ' ', slurp_file("$clients/debian"))
{
	my $status = `dpkg-query -W -f='\${db:Status-Status}' $package 2>/dev/null`;
	is($status, 'installed', "Debian's $package is here") or $missing++;
}
for my $package (split ' ', slurp_file("$clients/npm"))
{
	(my $name = $package) =~ s/\@[^\@]*$//;
	ok(-e "$modules/$name/package.json", "npm's $package is here") or $missing++;
}
BAIL_OUT("$missing packages that it needs are missing") if $missing;

# The recipes of doc/bi.md: {language: [block, …]}, and its table of types:
# {type: [word of JDBC, of ODBC, of SQLAlchemy, of node-pg]}.
my $doc = slurp_file("$tree/doc/bi.md");
my (%recipe, %words);
while ($doc =~ /^```(\w+)\n(.*?)^```\n/gms)
{
	push @{ $recipe{$1} }, $2;
}
while ($doc =~ /^\| ([a-z ()\w,]+) \| (.*) \|$/gm)
{
	my ($type, @cells) = ($1, split / \| /, $2);
	$words{$type} = \@cells if @cells == 4;
}
delete $words{PostgreSQL};
is(scalar keys %words, 7, 'the table of types is read');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf',
	"listen_addresses = '127.0.0.1'\nlog_statement = none\ntimezone = UTC\njit = off\n");
unlink $node->data_dir . '/pg_hba.conf';
$node->append_conf('pg_hba.conf',
	"local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE sales');
$node->safe_psql('sales', 'CREATE EXTENSION distmgmt');
chdir $tree or die "$tree: $!";
$node->command_ok(
	[
		'psql', '-X', '-q',
		'-v', "examples=$tree/examples",
		'-d', $node->connstr('sales'),
		'-f', 'examples/demo.sql'
	],
	'the demo runs');

# Beyond the demo: a month's last day, an amount that no float holds, letters
# beyond ASCII, a text longer than 255.
my $long = 'Müller & Söhne, 東京 ' . 'x' x 400;
$node->safe_psql('sales', qq[
	SET search_path = channel, distmgmt;
	INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on,
		invoice_no, invoice_line, quantity, unit_price, amount, currency_code)
	SELECT s.distributor_id, date '2026-03-31', s.warehouse_id, s.product_id, date '2026-03-31',
		'EXACT-1', '1', 1, 12345678901234.5678, 12345678901234.5678, s.currency_code
	FROM sell_in AS s ORDER BY s.sell_in_id LIMIT 1;
	UPDATE reseller SET reseller_name = '$long'
	WHERE reseller_id = (SELECT min(reseller_id) FROM reseller);
	SELECT count(*) FROM issue_statements(date '2026-03-31')]);

# The recipe of the roles, as it stands.
$node->safe_psql('sales', $recipe{sql}[0]);

# rows_as ROLE, SQL: lines of fields, NULL as \N, as the clients put them out.
sub rows_as
{
	my ($role, $sql) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run(
		[
			'psql', '-X', '-q', '-A', '-t',
			'-F', "\t", '-P', 'null=\N',
			'-v', 'ON_ERROR_STOP=1',
			'-d', $node->connstr('sales') . " user=$role"
		],
		'<', \$sql, '>', \$out, '2>', \$err) or die "$role: $err";
	return split /\n/, $out;
}

sub owner { return rows_as($node->basic_user, @_) }

# made FACTS: one query for the catalog; its columns: view, column, type, precision,
# scale, comment.
sub made
{
	my ($sql) = @_;
	return join "\n", owner($sql);
}

done_testing();
