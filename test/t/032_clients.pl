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
my $long = 'Übersee & Söhne, 東京 ' . 'x' x 400;
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

# The database that is asked; the name is that of the recipes.
my $database = 'sales';

# rows_as ROLE, SQL: lines of fields, NULL as \N, as the clients put them out.
# ROLE '' is the owner.
sub rows_as
{
	my ($role, $sql) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run(
		[
			'psql', '-X', '-q', '-A', '-t',
			'-F', "\t",
			'-P', 'null=\N',
			'-v', 'ON_ERROR_STOP=1',
			'-d', $node->connstr($database) . ($role ? " user=$role" : '')
		],
		'<', \$sql, '>', \$out, '2>', \$err)
	  or BAIL_OUT(($role || 'the owner') . ": $err");
	return split /\n/, $out;
}

# same GOT, EXPECTED, NAME: two sets of lines are the same, and not empty.
sub same
{
	my ($got, $expected, $name) = @_;
	my (%got, %expected);
	$got{$_}++ for @$got;
	$expected{$_}++ for @$expected;
	my @more = grep { !$expected{$_} } sort keys %got;
	my @less = grep { !$got{$_} } sort keys %expected;
	splice @more, 5 if @more > 5;
	splice @less, 5 if @less > 5;
	ok(@$expected > 0 && @$got == @$expected && !@more && !@less,
		"$name (" . scalar(@$expected) . ' lines)')
	  or diag(map({ "got       $_\n" } @more), map({ "expected  $_\n" } @less));
	return;
}

# What the catalog says: view, column, type, precision, scale, comment, and whether
# "read" groups by its month: the first date of a fact.
my @facts = map { [ split /\t/ ] } rows_as('', q{
	SELECT c.relname, a.attname, format_type(a.atttypid, NULL),
		information_schema._pg_numeric_precision(a.atttypid, a.atttypmod),
		information_schema._pg_numeric_scale(a.atttypid, a.atttypmod),
		col_description(c.oid, a.attnum),
		c.relname ~ '^fact_' AND a.attnum = (
			SELECT min(d.attnum) FROM pg_attribute AS d WHERE d.attrelid = c.oid AND d.atttypid = 'date'::regtype)
	FROM pg_class AS c
	JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE c.relnamespace = 'channel_bi'::regnamespace AND c.relkind = 'v'
	ORDER BY c.relname, a.attnum});
my %columns;
push @{ $columns{ $_->[0] } }, $_ for @facts;
my @views = sort keys %columns;
cmp_ok(scalar @views, '>=', 27, 'there are views');
is_deeply([ map { "$_->[0].$_->[1] $_->[2]" } grep { !$words{ $_->[2] =~ s/^numeric$/numeric(p,s)/r } } @facts ],
	[], 'each has a type that doc/bi.md explains');
is_deeply([ map { "$_->[0].$_->[1]" } grep { $_->[2] eq 'numeric' && $_->[3] !~ /^[1-9]/ } @facts ],
	[], 'each numeric has a precision');

# A value to look for in each text: the last, where letters beyond ASCII sort.
my %sample;
for (rows_as('', join ' UNION ALL ', map { "SELECT '$_->[0]', '$_->[1]', coalesce((SELECT max($_->[1]) FROM channel_bi.$_->[0]), '-')" }
	grep { $_->[2] eq 'text' } @facts))
{
	my ($view, $column, $value) = split /\t/;
	$sample{"$view.$column"} = $value;
}
my $facts_file = PostgreSQL::Test::Utils::tempdir() . '/facts';
append_to_file($facts_file, facts_of(@facts));

sub facts_of
{
	return join '', map { join("\t", @$_[ 0, 1, 2, 6 ], $sample{"$_->[0].$_->[1]"} // '-') . "\n" } @_;
}

# The same questions, asked in SQL.
my %number = (
	text => 'length(t.%s)',
	boolean => 't.%s::integer',
	date => "t.%s - date '1970-01-01'",
	'timestamp with time zone' => 'floor(extract(epoch FROM t.%s))');
my %read_sql = map
{
	my $view = $_;
	my @c = @{ $columns{$view} };
	my ($by) = map { $_->[1] } grep { $_->[6] eq 't' } @c;
	my $group = $by ? "coalesce(to_char(t.$by, 'YYYY-MM'), '-')" : "'-'";
	my $values = join ', ', map { sprintf("('%s', (" . ($number{ $_->[2] } // 't.%s') . ')::numeric)', $_->[1], $_->[1]) } @c;
	$view => "SELECT 'rows', '$view', count(*) FROM channel_bi.$view;
	SELECT 'read', '$view', $group, x.c, count(x.n), coalesce(sum(x.n), 0)
	FROM channel_bi.$view AS t CROSS JOIN LATERAL (VALUES $values) AS x (c, n) GROUP BY 3, 4;"
} @views;
my $filters_sql = join "\n", map
{
	my ($view, $column) = @$_;
	(my $value = $sample{"$view.$column"}) =~ s/'/''/g;
	"SELECT 'filter', '$view', '$column', count(*) FROM channel_bi.$view WHERE $column = '$value' AND $column LIKE '$value';"
} grep { $_->[2] eq 'text' } @facts;
my $infinite = join ' UNION ALL ', map { "SELECT '$_->[0].$_->[1]' FROM channel_bi.$_->[0] WHERE $_->[1]::text ~* 'infinity|nan'" }
  grep { $_->[2] =~ /^(date|timestamp|numeric)/ } @facts;
is_deeply([ rows_as('bi_reader', $infinite) ], [], 'no infinity and no NaN in the demo');

my @keys = rows_as('', q{
	SELECT v.line
	FROM pg_constraint AS k
	JOIN pg_class AS c ON c.oid = k.conrelid AND NOT c.relispartition
	CROSS JOIN LATERAL (
		SELECT concat_ws(E'\t', CASE k.contype WHEN 'p' THEN 'primary' ELSE 'foreign' END, c.relname,
			(SELECT string_agg(a.attname, ',' ORDER BY x.n) FROM unnest(k.conkey) WITH ORDINALITY AS x (attnum, n)
			 JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = x.attnum),
			(SELECT f.relname FROM pg_class AS f WHERE f.oid = k.confrelid),
			(SELECT string_agg(a.attname, ',' ORDER BY x.n) FROM unnest(k.confkey) WITH ORDINALITY AS x (attnum, n)
			 JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = x.attnum))) AS v (line)
	WHERE k.connamespace = 'channel'::regnamespace AND k.contype IN ('p', 'f') AND k.conparentid = 0});

# information_schema shows a key to those who have more than SELECT on its table.
same(
	[ rows_as('bi_reader', q{
		SELECT t.constraint_type, t.table_name, t.constraint_name, string_agg(u.column_name, ',' ORDER BY u.ordinal_position)
		FROM information_schema.table_constraints AS t
		JOIN information_schema.key_column_usage AS u USING (constraint_schema, constraint_name, table_name)
		WHERE t.table_schema = 'channel' AND t.constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')
		GROUP BY 1, 2, 3}) ],
	[ rows_as('', q{
		SELECT CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'FOREIGN KEY' END, c.relname, k.conname,
			(SELECT string_agg(a.attname, ',' ORDER BY x.n) FROM unnest(k.conkey) WITH ORDINALITY AS x (attnum, n)
			 JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = x.attnum)
		FROM pg_constraint AS k
		JOIN pg_class AS c ON c.oid = k.conrelid
		JOIN channel.access_rule AS r ON r.table_name = c.relname AND NOT r.is_audit
		WHERE k.connamespace = 'channel'::regnamespace AND k.contype IN ('p', 'f')}) ],
	'a BI role finds the keys of what it reads in information_schema');

# Clients.
my $port = $node->port;
my $classes = PostgreSQL::Test::Utils::tempdir();
system('javac', '-d', $classes, '-cp', $jar, "$clients/JdbcClient.java") == 0
  or BAIL_OUT('the client in Java does not compile');

# here RECIPE, ROLE: with our address and the role in it.
sub here
{
	my ($text, $role) = @_;
	chomp $text;
	$text =~ s/db\.example\.com/127.0.0.1/;
	$text =~ s/\b5432\b/$port/;
	$text =~ s/\bsales\b/$database/;
	$text =~ s/\bbi_reader\b/$role/;
	return $text;
}
my $ini = PostgreSQL::Test::Utils::tempdir() . '/odbc.ini';
append_to_file($ini, here($recipe{ini}[0], 'bi_reader') . "\n");
like($recipe{ini}[0], qr/^\[channel\]$/m, 'a data source is in the recipe');
$ENV{ODBCINI} = $ini;
$ENV{NODE_PATH} = $modules;
$ENV{PYTHONDONTWRITEBYTECODE} = 1;
$ENV{PYTHONIOENCODING} = 'UTF-8';
my %start = (
	jdbc => sub {
		my ($role, $zone, @rest) = @_;
		('java', "-Duser.timezone=$zone", '-Xshare:auto', '-XX:TieredStopAtLevel=1', '-Dstdout.encoding=UTF-8', '-Dfile.encoding=UTF-8',
			'-cp', "$jar:$classes", 'JdbcClient', here($recipe{jdbc}[0], $role) . "&user=$role&password=secret", @rest);
	},
	odbc => sub {
		my ($role, $zone, @rest) = @_;
		('env', "TZ=$zone", $python, "$clients/odbc_client.py",
			$role eq 'bi_reader' ? 'DSN=channel;PWD=secret' : here($recipe{odbc}[0], $role) . ";UID=$role;PWD=secret", @rest);
	},
	sqlalchemy => sub {
		my ($role, $zone, @rest) = @_;
		('env', "TZ=$zone", $python, "$clients/sqlalchemy_client.py", here($recipe{sqlalchemy}[0], $role), @rest);
	},
	node => sub {
		my ($role, $zone, @rest) = @_;
		('env', "TZ=$zone", 'node', "$clients/node_client.js", here($recipe{node}[0], $role), @rest);
	});

# start CLIENT, ROLE, ZONE, FACTS, COMMAND…: runs one beside us.
sub start
{
	my ($client, $role, $zone, $facts, @commands) = @_;
	my $run = { name => "$client runs as $role in $zone", out => '', err => '' };
	$run->{handle} = IPC::Run::start([ $start{$client}->($role, $zone, $facts, @commands) ],
		'<', \undef, '>', \$run->{out}, '2>', \$run->{err}, IPC::Run::timeout(300));
	return $run;
}

# finished RUN: what it put out, {first field: [line, …]}.
sub finished
{
	my ($run) = @_;
	ok(IPC::Run::finish($run->{handle}), $run->{name}) or diag($run->{err});
	my %lines;
	for (split /\n/, $run->{out})
	{
		my ($kind) = split /\t/;
		push @{ $lines{$kind} }, $_;
	}
	return \%lines;
}

my @names = qw(jdbc odbc sqlalchemy node);
my %run;
for my $client (@names)
{
	$run{$client} = start($client, 'bi_reader',
		$client eq 'jdbc' ? 'UTC' : 'America/Los_Angeles', $facts_file,
		'columns', ($client eq 'node' ? () : 'keys'), 'read', 'filters', 'error', 'write');
}
my @read = rows_as('bi_reader', join "\n", @read_sql{@views});
my @filters = rows_as('bi_reader', $filters_sql);
like($sample{'dim_reseller.reseller_name'}, qr/^Übersee .*x{400}$/, 'there is a long text to look for, in letters beyond ASCII');
cmp_ok(scalar(grep { /\tfact_sell_in\t2026-03\tsell_in_amount\t/ } @read), '==', 1, 'there is March');
my %seen = map { $_ => finished($run{$_}) } @names;

my @error = $doc =~ /^\| (?:SQLSTATE|message|detail|hint) \| (.*) \|$/gm;
is(scalar @error, 4, 'the fields of an error are in doc/bi.md');
my %comment = map { my ($v, $c) = split /\t/; ($v => $c) }
  rows_as('', q{SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE relnamespace = 'channel_bi'::regnamespace AND relkind = 'v'});
for my $place (0 .. $#names)
{
	my $client = $names[$place];
	my $lines = $seen{$client};
	my $comments = $client =~ /jdbc|sqlalchemy/;
	my @expected = map
	{
		my ($view, $column, $type, $precision, $scale, $comment) = @$_;
		my $word = $words{ $type =~ s/^numeric$/numeric(p,s)/r }[$place] =~ s/\(p,s\)/($precision,$scale)/r;
		[ $view, $column, $word, $comment ]
	} @facts;
	same($lines->{column},
		[ map { join "\t", 'column', @$_[ 0 .. 2 ], $client eq 'node' ? () : $comments ? $_->[3] : '\N' } @expected ],
		"$client: types" . ($comments ? ' and comments' : '') . ' of columns');
	same($lines->{view}, [ map { join "\t", 'view', $_, 'VIEW', $comments ? $comment{$_} : '\N' } @views ], "$client: views")
	  if $client ne 'node';
	same($lines->{result}, [ map { join "\t", 'result', @$_[ 0 .. 2 ] } @expected ], "$client: types of a result without rows")
	  if $client eq 'jdbc';
	same([ map { @{ $lines->{$_} // [] } } 'primary', 'foreign' ], \@keys, "$client: keys of the model")
	  if $client ne 'node';
	same([ map { @{ $lines->{$_} // [] } } 'rows', 'read' ], \@read, "$client: every value of every view");
	same($lines->{filter}, \@filters, "$client: a filter on every text");
	same($lines->{error}, [ join "\t", 'error', @error[ 0 .. 2 ], $client eq 'odbc' ? '\N' : $error[3] ],
		"$client: what an error says");
	is_deeply($lines->{write}, [ "write\t55000", ("write\t42501") x 3 ], "$client: a BI role changes nothing");
}

# Other time zones.
%run = map { ("jdbc in $_" => start('jdbc', 'bi_reader', $_, $facts_file, 'read')) } 'Asia/Tokyo', 'America/Los_Angeles';
my %wanted = map { ($_ => \@read) } keys %run;

# Distributors: all of it but what doc/bi.md excepts, and there no row of another.
my %hidden = map { $_ => 1 } (($doc =~ /^Refused to distributors.*?:(.*?)\./m)[0] // '') =~ /`(\w+)`/g;
my @open = grep { !$hidden{$_} } @views;
my $open_file = "$facts_file.open";
append_to_file($open_file, facts_of(grep { !$hidden{ $_->[0] } } @facts));
for ([ 'alpha_reader', 'ALPHA' ], [ 'beta_reader', 'BETA' ])
{
	my ($role, $code) = @$_;
	my ($id) = rows_as('', "SELECT distributor_id FROM channel.distributor WHERE distributor_code = '$code'");
	my (undef, $states) = $node->psql('sales',
		join("\n", map { "SELECT FROM channel_bi.$_ LIMIT 0;\n\\echo $_ :SQLSTATE" } @views),
		extra_params => [ '-U', $role ], on_error_stop => 0);
	is("@{[ $states =~ /^(\w+) 42501$/mg ]}", "@{[ grep { $hidden{$_} } @views ]}", "$code: what is refused is what doc/bi.md says");
	my @own = rows_as($role, join "\n", @read_sql{@open});
	my %rows = map { /^rows\t(\w+)\t(\d+)$/ ? ($1 => $2) : () } @own;
	my @with_id = grep { my $view = $_; grep { $_->[1] eq 'distributor_id' } @{ $columns{$view} } } @open;
	my %all = map { split /\t/ } rows_as('',
		join ' UNION ALL ', map { "SELECT '$_', count(*) FROM channel_bi.$_ WHERE distributor_id IN (0, $id)" } @with_id);
	is_deeply({ map { $_ => $rows{$_} } @with_id }, \%all, "$code: all of its rows and no other's, in " . @with_id . ' views');
	for my $client (@names)
	{
		$run{"$client for $code"} = start($client, $role, 'Asia/Tokyo', $open_file, 'read');
		$wanted{"$client for $code"} = \@own;
	}
}
for my $name (sort keys %run)
{
	my $lines = finished($run{$name});
	same([ map { @{ $lines->{$_} // [] } } 'rows', 'read' ], $wanted{$name}, "$name: every value as in SQL");
}

# Applications. 75.0000 = 100.0000 less 25 %; 75 x 0.333 = 24.975, to the cent
# 24.98; 75 x 99999999999999.999 = 7499999999999999.925.
for (['node', 'string', 'node', "$clients/app_node.js"], ['psycopg', 'int', $python, "$clients/app_psycopg.py"])
{
	my ($client, $number, @program) = @$_;
	my $file = "$client.csv";
	my ($quantity, $day) = $client eq 'node' ? (7, '2026-03-30') : (11, '2026-03-31');
	my $document = slurp_file("$tree/examples/gamma_pos_2026-q1.csv");
	$document =~ s/\n.*/\n/s;
	$document .= "$client-1;$_\n" for "1;sale;$day;NW-CAM1;$quantity;72.25;GBP;C-7;Müller & Söhne, 東京;SE1 9TG;GB",
	  "2;sale;$day;NW-NONE;$quantity;72.25;GBP;C-7;Müller & Söhne, 東京;SE1 9TG;GB";
	my ($out, $err) = ('', '');
	ok( IPC::Run::run([ @program, "postgresql://portal:secret\@127.0.0.1:$port/sales", $document, $file ], '>', \$out, '2>', \$err),
		"$client: an application") or diag($err);
	is($out, <<"OUT", "$client: tries, submits, accepts, asks for prices");
tried	GAMMA	NoneType	validated	2	1	1	false	1
submitted	GAMMA	$number	validated	2	1	1	false	\\N
accepted	GAMMA	$number	accepted	2	1	1	false	\\N
again	GAMMA	$number	accepted	2	1	1	true	\\N
price	75.0000	750.00	EUR	discount_level
price	75.0000	24.98	EUR	discount_level
price	75.0000	7499999999999999.93	EUR	discount_level
OUT
	is_deeply([ rows_as('bi_reader', "SELECT f.sold_on, f.sell_through_qty FROM fact_sell_through AS f JOIN fact_submission AS s USING (submission_id) WHERE s.file_name = '$file'") ],
		[ "$day\t$quantity.000" ], "$client: a BI tool sees the sale that it booked");
}
like(($node->psql('sales', "SET search_path = channel_bi; $recipe{sql}[1]"))[1],
	qr/^75\.0000\|750\.00\|EUR\|/, 'the call of doc/bi.md');

# What the demo leaves empty: the same questions of the sample that the dashboard
# shows.
$node->safe_psql('postgres', 'CREATE DATABASE sample');
$node->safe_psql('sample', 'CREATE EXTENSION distmgmt');
$database = 'sample';
$node->command_ok(
	[
		'psql', '-X', '-q',
		(map { ('-v', $_) } 'lines=2000', 'distributors=4', 'products=12', 'today=2026-07-01'),
		'-d', $node->connstr('sample'),
		'-f', 'dashboard/sample.sql'
	],
	'the sample runs');
rows_as('', q(CREATE ROLE sample_reader LOGIN PASSWORD 'secret'; SELECT channel.grant_access('sample_reader', 'bi')));
is_deeply([ rows_as('sample_reader', $infinite) ], [], 'no infinity and no NaN in the sample');
%run = map { ($_ => start($_, 'sample_reader', 'Asia/Tokyo', $facts_file, 'read')) } @names;
@read = rows_as('sample_reader', join "\n", @read_sql{@views});
note('without rows: ' . join ' ', map { /^rows\t(\w+)\t0$/ ? $1 : () } @read);
for my $client (@names)
{
	my $lines = finished($run{$client});
	same([ map { @{ $lines->{$_} // [] } } 'rows', 'read' ], \@read, "$client: every value of the sample as in SQL");
}

$node->stop;
done_testing();
