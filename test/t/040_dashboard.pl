# The dashboard: a sample channel, the page's server as a role that only reads, and
# a browser that compares what it shows with the model.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $tree = $ENV{DISTMGMT_TREE};
my $modules = $ENV{DISTMGMT_NODE_MODULES};
BAIL_OUT('DISTMGMT_NODE_MODULES is not set: bin/test installs what the page is made of') if !$modules;
my ($browser) = grep { -x } map { "/usr/bin/$_" } qw(chromium-headless-shell chromium);
ok(defined $browser, 'there is a browser') or BAIL_OUT('no browser');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "log_statement = none\ntimezone = UTC\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE dashboard');
$node->safe_psql('dashboard', 'CREATE EXTENSION distmgmt');
$node->command_ok(
	[
		'psql', '-X', '-q', '-d', $node->connstr('dashboard'),
		'-v', 'lines=4000', '-v', 'distributors=6', '-v', 'products=40', '-v', 'today=2026-07-01',
		'-f', "$tree/dashboard/sample.sql"
	],
	'the sample channel');
$node->safe_psql('dashboard', q(CREATE ROLE page LOGIN; SELECT channel.grant_access('page', 'bi')));

# A copy beside its modules: node looks for them from where a file lies.
my $place = PostgreSQL::Test::Utils::tempdir;
system("cp -R $tree/dashboard $tree/test/dashboard/page.test.mjs $place/ && ln -s $modules $place/node_modules") == 0 or die;
my %server = (PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'dashboard', PORT => 0);

# As one that can write it does not even start.
{
	local @ENV{ keys %server, 'PGUSER' } = (values %server, $ENV{USER} // getpwuid($>));
	my ($out, $err) = ('', '');
	my $started = IPC::Run::run([ 'node', "$place/dashboard/server.mjs" ], '>', \$out, '2>', \$err, IPC::Run::timeout(30));
	ok(!$started && $err =~ /can write/, 'the page does not run as a role that can write') or diag("$out$err");
}

my ($out, $err) = ('', '');
my $page;
{
	local @ENV{ keys %server, 'PGUSER' } = (values %server, 'page');
	$page = IPC::Run::start([ 'node', "$place/dashboard/server.mjs" ], '>', \$out, '2>', \$err);
	IPC::Run::pump($page) until $out =~ m{(http://\S+)} || !$page->pumpable;
}
my ($url) = $out =~ m{(http://\S+)};
ok($url, 'the page is served') or diag($err);

my ($told, $trouble) = ('', '');
{
	local $ENV{URL} = $url;
	local $ENV{BROWSER} = $browser;
	local $ENV{READER} = 'page';
	local @ENV{qw(PGHOST PGPORT PGDATABASE)} = @server{qw(PGHOST PGPORT PGDATABASE)};
	IPC::Run::run([ 'node', '--test', '--test-reporter=tap', "$place/page.test.mjs" ], '>', \$told, '2>', \$trouble, IPC::Run::timeout(300));
}
my $tests = 0;
for my $line (split /\n/, $told)
{
	next unless $line =~ /^ *(not )?ok \d+ - (.+?)(?: # .*)?$/ && $2 !~ /page\.test\.mjs$/;
	ok(!$1, $2);
	$tests++;
}
cmp_ok($tests, '>=', 14, 'all of it was tested') or diag($trouble);
diag($told) if $told =~ /^ *not ok/m;
$page->kill_kill;
$node->stop;
done_testing();
