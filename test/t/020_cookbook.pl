# Every query of the cookbook puts out what the cookbook says, on the data of the
# demo; the first steps of the README run.  To write the outputs anew:
#   DISTMGMT_COOKBOOK=/tmp/cookbook.md bin/test -k 020_cookbook tap
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $tree = $ENV{DISTMGMT_TREE};
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "log_statement = none\ntimezone = UTC\n");
$node->start;

# A database whose sessions find the model and the engine.
sub database
{
	my ($name) = @_;
	$node->safe_psql('postgres',
		"CREATE DATABASE $name; ALTER DATABASE $name SET search_path = channel, distmgmt, public"
	);
	$node->safe_psql($name, 'CREATE EXTENSION distmgmt');
	return;
}

database('cookbook');
chdir $tree or die "$tree: $!";
$node->command_ok(
	[
		'psql', '-X', '-q',
		'-v', "examples=$tree/examples",
		'-d', $node->connstr('cookbook'),
		'-f', 'examples/demo.sql'
	],
	'the demo runs');

my $book = slurp_file("$tree/doc/cookbook.md");
my $anew = '';
my $section = '';
my $queries = 0;
while (
	$book =~ /\G(.*?^```sql\n(.*?)^```\n)(?:\n```text\n(.*?)^```\n)?/gcms)
{
	my ($text, $query, $expected) = ($1, $2, $3 // '');
	$section = $1 while $text =~ /^## (.*)$/mg;
	my ($out, $err) = ('', '');
	IPC::Run::run(
		[
			'psql', '-X', '-q', '-P', 'null=-',
			'-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('cookbook')
		],
		'<', \$query, '>', \$out, '2>', \$err);
	$out =~ s/[ \t]+$//mg;
	$out =~ s/\n+\z/\n/;
	is($err, '', "$section: no error");
	is($out, $expected, $section);
	$anew .= "$text\n```text\n$out```\n";
	$queries++;
}
$anew .= substr($book, pos($book) // 0);
cmp_ok($queries, '>=', 14, 'the cookbook has queries');
if ($ENV{DISTMGMT_COOKBOOK})
{
	open my $file, '>', $ENV{DISTMGMT_COOKBOOK} or die "$ENV{DISTMGMT_COOKBOOK}: $!";
	print $file $anew;
	close $file;
}

# The README: its queries, in order, in a fresh database.
database('readme');
$node->safe_psql('readme', q(SELECT distmgmt.create_model('channel')));
my $readme = slurp_file("$tree/README.md");
my $steps = join '', $readme =~ /^```sql\n(.*?)^```\n/gms;
my ($out, $err) = ('', '');
IPC::Run::run(
	[
		'psql', '-X', '-q', '-A', '-t',
		'-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('readme')
	],
	'<', \$steps, '>', \$out, '2>', \$err);
is($err, '', 'the first steps of the README run');
like($out, qr/^2\|refuse\|UNRESOLVED_PRODUCT\|/m, 'say what is wrong');
like($out, qr/^8400$/m, 'and what the comments promise');
like($out, qr/^3400$/m, 'twice');

done_testing();
