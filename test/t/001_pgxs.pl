# The zip that "make dist" packs builds, installs and passes its own tests the
# way a PGXS user expects, and leaves nothing behind when asked to go.
#
# It installs into a copy of PostgreSQL of its own, where no distmgmt has been.
use strict;
use warnings;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $zip = $ENV{DISTMGMT_ZIP};
plan skip_all => 'no git history to pack' if !$zip;

# run_ok COMMAND, NAME: runs a shell command, shows its output when it fails.
sub run_ok
{
	my ($command, $name) = @_;
	my $output = `($command) 2>&1`;
	ok($? == 0, $name) or diag($output);
	return $output;
}

# files DIRECTORY: every file under it, relative, sorted; not PostgreSQL's own
# bitcode, which is most of an installation.
sub files
{
	my ($directory) = @_;
	return `cd '$directory' && find . -path '*/bitcode/postgres*' -prune \\
		-o '(' -type f -o -type l ')' -print | LC_ALL=C sort`;
}

# A copy of the private installation, without us: /…/usr/lib/postgresql/MAJOR.
my $installed = dirname(dirname($ENV{PG_CONFIG}));
my $major = basename($installed);
my $from = $installed =~ s,/lib/postgresql/\d+$,,r;
my $usr = PostgreSQL::Test::Utils::tempdir . '/usr';
system("mkdir -p '$usr/lib/postgresql' '$usr/share/postgresql' '$usr/include'"
	  . " && cp -a '$from/lib/postgresql/$major' '$usr/lib/postgresql/'"
	  . " && cp -a '$from/share/postgresql/$major' '$usr/share/postgresql/'"
	  . " && ln -s /usr/include/postgresql '$usr/include/postgresql'"
	  . " && find '$usr' -depth -name 'distmgmt*' -exec rm -r {} +") == 0
  or die 'could not copy the installation';
my $inst = "$usr/lib/postgresql/$major";
unlike(files($usr), qr/distmgmt/, 'the copy has no distmgmt yet');
my $clean = files($usr);

my $unpacked = PostgreSQL::Test::Utils::tempdir;
run_ok("unzip -q '$zip' -d '$unpacked'", 'the zip unpacks');
my ($source) = glob("$unpacked/*");
like(basename($source), qr/^distmgmt-\d+\.\d+\.\d+$/,
	'into one directory that names the version');
ok(!-e "$source/.ci", 'what only CI needs is not packed');
unlike(files($source), qr/\.(o|so|bc)$/m, 'no build product is packed');
my $packed = files($source);

my $make = "make -C '$source' PG_CONFIG='$inst/bin/pg_config'";
run_ok($make, 'make');
run_ok("$make install", 'make install');
like(files($usr), qr/extension\/distmgmt--\d+\.\d+\.\d+\.sql$/m,
	'the script of the extension is installed');

my $node = PostgreSQL::Test::Cluster->new('main', install_path => $inst);
$node->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->start;
{
	local %ENV = (
		%ENV,
		PGHOST => $node->host,
		PGPORT => $node->port,
		PATH => "$inst/bin:$ENV{PATH}");
	my $output = run_ok("$make installcheck", 'make installcheck');
	like($output, qr/[Aa]ll \d+ tests passed/, 'which ran tests')
	  or diag(
		-e "$source/regression.diffs"
		? slurp_file("$source/regression.diffs")
		: $output);
}
$node->stop;

run_ok("$make uninstall", 'make uninstall');
is(files($usr), $clean, 'nothing is left of it in the installation');
run_ok("$make clean", 'make clean');
is(files($source), $packed, 'nothing is left of it in the source');

done_testing();
