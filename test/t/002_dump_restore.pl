# The data belongs to the user: dump, restore, dump again gives the same text, and
# what the user changed in a model survives.  Two models, one of them with a name
# that only quoting holds together; the demo's data where there is a demo.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $tree = $ENV{DISTMGMT_TREE};
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(
	allows_streaming => 'logical',
	extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "log_statement = none\ntimezone = UTC\n");
$node->start;

# plain_dump DATABASE: its text, without the key that newer releases draw by lot.
sub plain_dump
{
	my ($database) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir . "/$database.sql";
	$node->command_ok([ 'pg_dump', '-d', $database, '-f', $file ],
		"pg_dump of $database");
	my $text = slurp_file($file);
	$text =~ s/^\\(un)?restrict .*\n//mg;
	return $text;
}

# rows DATABASE, QUERY: its rows as text.
sub rows
{
	my ($database, $query) = @_;
	return $node->safe_psql($database, $query);
}

$node->safe_psql('postgres', 'CREATE DATABASE before');
$node->safe_psql('before', 'CREATE EXTENSION distmgmt CASCADE');
if (-e "$tree/examples/demo.sql")
{
	chdir $tree or die "$tree: $!";
	my $demo = `psql -X -q -v ON_ERROR_STOP=1 -v VERBOSITY=terse -v examples='$tree/examples' \\
		-d '@{[ $node->connstr('before') ]}' -f examples/demo.sql 2>&1`;
	ok($? == 0, 'the demo runs') or diag($demo);
}
$node->safe_psql('before', q(SELECT distmgmt.create_model('channel')))
  if rows('before', q(SELECT to_regclass('channel.model_version') IS NULL)) eq 't';
$node->safe_psql('before', q{SELECT distmgmt.create_model('Vendor''s "model"; --')});
my $tables = q(SELECT count(*) FROM pg_tables WHERE schemaname = 'channel');
cmp_ok(rows('before', $tables), '>', 10, 'there is a model to lose');

# What users do to their tables, and how to see that it is still there.
$node->safe_psql(
	'before', q[
CREATE ROLE auditor;
CREATE INDEX distributor_name_lower_idx ON channel.distributor (lower(distributor_name));
CREATE FUNCTION public.shout() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN NEW.distributor_name := upper(NEW.distributor_name); RETURN NEW; END';
CREATE TRIGGER distributor_shout BEFORE INSERT ON channel.distributor
    FOR EACH ROW EXECUTE FUNCTION public.shout();
ALTER TABLE channel.distributor ENABLE ROW LEVEL SECURITY;
CREATE POLICY home_only ON channel.distributor FOR SELECT TO auditor
    USING (country_code = 'DE');
ALTER TABLE channel.distributor ADD COLUMN key_account text DEFAULT 'nobody';
COMMENT ON COLUMN channel.distributor.distributor_code IS 'our customer number';
GRANT SELECT (distributor_id, distributor_name) ON channel.distributor TO auditor;
CREATE PUBLICATION distributors FOR TABLE channel.distributor;
INSERT INTO channel.distributor (distributor_code, distributor_name, country_code, key_account)
VALUES ('user-1', 'Loud', 'DE', 'Ann');
]);
my @changes = (
	[
		'index',
		q(SELECT pg_get_indexdef('channel.distributor_name_lower_idx'::regclass)),
		qr/lower\(distributor_name\)/
	],
	[
		'trigger',
		q(SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'distributor_shout'),
		qr/BEFORE INSERT ON channel\.distributor/
	],
	[
		'policy',
		q(SELECT roles, qual, (SELECT relrowsecurity FROM pg_class
		      WHERE oid = 'channel.distributor'::regclass)
		  FROM pg_policies WHERE policyname = 'home_only'),
		qr/^\{auditor\}\|.*DE.*\|t$/
	],
	[
		'column',
		q(SELECT key_account, distributor_name FROM channel.distributor WHERE distributor_code = 'user-1'),
		qr/^Ann\|LOUD$/
	],
	[
		'comment',
		q(SELECT col_description(attrelid, attnum) FROM pg_attribute
		  WHERE attrelid = 'channel.distributor'::regclass AND attname = 'distributor_code'),
		qr/^our customer number$/
	],
	[
		'grant',
		q(SELECT has_column_privilege('auditor', 'channel.distributor', 'distributor_name', 'SELECT'),
		         has_column_privilege('auditor', 'channel.distributor', 'country_code', 'SELECT')),
		qr/^t\|f$/
	],
	[
		'publication',
		q(SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = 'distributors'),
		qr/^channel\|distributor$/
	],);
like(rows('before', $_->[1]), $_->[2], "$_->[0] is there before") for @changes;

my $archive = PostgreSQL::Test::Utils::tempdir . '/before.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-d', 'before', '-f', $archive ], 'pg_dump -Fc');
$node->safe_psql('postgres', 'CREATE DATABASE after');
$node->command_ok([ 'pg_restore', '-e', '-j2', '-d', 'after', $archive ],
	'pg_restore -j2 without an error');

my ($before, $after) = (plain_dump('before'), plain_dump('after'));
ok($before eq $after, 'dump, restore, dump: the same text');
if ($before ne $after)
{
	my $directory = PostgreSQL::Test::Utils::tempdir;
	append_to_file("$directory/before", $before);
	append_to_file("$directory/after", $after);
	diag(`diff -U2 '$directory/before' '$directory/after' | head -n 100`);
}
like(rows('after', $_->[1]), $_->[2], "$_->[0] survives") for @changes;
is(rows('after', $tables), rows('before', $tables), 'as many tables');

# The restored model is a model: it is what its engine would lay out, but for the
# changes above.
is( rows(
		'after', q(
SELECT string_agg(DISTINCT object_name, ', ' ORDER BY object_name)
FROM distmgmt.check_model('channel'))),
	'distributor.distributor_code, distributor.key_account, '
	  . 'distributor_name_lower_idx, distributor_shout on distributor',
	'check_model tells the changes of the user from what create_model made');
is(rows('after', q{SELECT count(*) FROM distmgmt.check_model('Vendor''s "model"; --')}),
	'0', 'the other model is as it was laid out');

# The engine does not go while a model needs it.
my ($status, $stdout, $stderr) =
  $node->psql('after', "\\set VERBOSITY verbose\nDROP EXTENSION distmgmt");
isnt($status, 0, 'DROP EXTENSION is refused');
like($stderr, qr/2BP01/, 'because a model depends on it');
is(rows('after', $tables), rows('before', $tables), 'and nothing is gone');

$node->stop;
done_testing();
