# kill -9 at any moment of issuing and settling statements leaves all or nothing:
# no statement without its working and the shares of its lines, no credit memo
# without its lines, nothing paid twice; doing it again gets the same result as
# if nothing had happened.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $lines = 20000;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf',
	"log_statement = none\ntimezone = UTC\nrestart_after_crash = on\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE channel');
$node->safe_psql(
	'channel', qq(
CREATE EXTENSION distmgmt;
SELECT distmgmt.create_model('channel');
ALTER DATABASE channel SET search_path = channel, distmgmt, public;
));
$node->safe_psql(
	'channel', qq(
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) SELECT g, 'D' || g, 'D' FROM generate_series(1, 20) AS g;
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) SELECT g, g, 'W', 'W', true FROM generate_series(1, 20) AS g;
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) SELECT g, 'A' || g, 'A', g FROM generate_series(1, 20) AS g;
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) SELECT g, 1, '2026-01-01', 'EUR' FROM generate_series(1, 20) AS g;
INSERT INTO commitment (agreement_id, version_no, commitment_no, span_kind, minimum_qty, shortfall_mode, shortfall_price)
    SELECT g, 1, 1, 'month', 1000, 'cash', 2 FROM generate_series(1, 20) AS g;
SELECT count(*) FROM generate_series(1, 20) AS g CROSS JOIN LATERAL activate_agreement('A' || g);
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) SELECT g, 'R' || g, 'R', g FROM generate_series(1, 20) AS g;
INSERT INTO program_line (rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, span_kind, valid_from, schedule)
    SELECT g, 1, 'L', 'sell_in', fiscal_calendar_id, 'quarter', '2026-01-01', 'marginal: 10% from 0, 20% from 500'
    FROM fiscal_calendar, generate_series(1, 20) AS g;
UPDATE rebate_program SET program_state = 'active';
INSERT INTO sell_in (distributor_id, shipped_on, warehouse_id, product_id, arrives_on, invoice_no, quantity, unit_price, amount, currency_code)
    SELECT 1 + g % 20, date '2026-01-01' + g % 180, 1 + g % 20, 1, date '2026-01-01' + g % 180, 'I', 1, 1 + g % 7, 1 + g % 7, 'EUR'
    FROM generate_series(1, $lines) AS g;
SELECT fold_rollups();
));

# crash_in SQL, MICROSECONDS: starts a statement, kills its server process with
# signal 9 in the middle, and waits until the server has recovered.
sub crash_in
{
	my ($sql, $delay) = @_;
	my ($out, $err) = ('', '');
	my ($starts, $deaths) = (starts(), deaths());
	my $run = IPC::Run::start(
		[
			'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('channel'),
			'-c', 'SELECT pg_backend_pid()', '-c', $sql
		],
		'>', \$out, '2>', \$err);
	IPC::Run::pump($run) until $out =~ /^(\d+)\n/ || !$run->pumpable;
	my ($pid) = $out =~ /^(\d+)\n/ or die "no server process: $err";
	usleep($delay);
	kill(9, $pid);
	IPC::Run::finish($run);
	# Killed in the last moment it has answered, and the server still goes down.
	for (1 .. 30)
	{
		last if $err ne '' || deaths() > $deaths;
		usleep(100_000);
	}
	return if $err eq '' && deaths() == $deaths;    # it had ended before
	for (1 .. 1800)
	{
		return if starts() > $starts;
		usleep(100_000);
	}
	die 'the server did not come back';
}

# starts: how often the server has been ready so far, as its log says.
sub starts
{
	my $log = slurp_file($node->logfile);
	return scalar(() = $log =~ /ready to accept connections/g);
}

# deaths: how many server processes a signal 9 has ended, as the log says.
sub deaths
{
	my $log = slurp_file($node->logfile);
	return scalar(() = $log =~ /was terminated by signal 9/g);
}

sub ask { return $node->safe_psql('channel', $_[0]) }

# try STEP, SQL, WHAT, ALL: kills SQL at several moments; each time WHAT says
# nothing or ALL. Then does it, and WHAT says ALL.
sub try
{
	my ($step, $sql, $what, $nothing, $all) = @_;
	is(ask($what), $nothing, "$step: nothing yet");
	for my $delay (20_000, 100_001, 300_000, 700_001)
	{
		crash_in($sql, $delay);
		my $found = ask($what);
		ok($found eq $nothing || $found eq $all,
			"killed after $delay us of $step: all or nothing")
		  or diag($found);
		last if $found eq $all;
	}
	ask($sql);
	is(ask($what), $all, "$step: done again, it is there once");
}

my $owed =
  ask(q(SELECT trim_scale(sum(round(earned_amount, 2))) FROM rebate_as_of('2026-06-30')));
try(
	'issuing',
	q(SELECT count(*) FROM issue_statements('2026-06-30')),
	q(SELECT (SELECT count(*) FROM rebate_statement), (SELECT count(*) FROM statement_allocation),
		(SELECT coalesce(trim_scale(sum(allocated_amount)), 0) FROM statement_allocation), (SELECT count(DISTINCT statement_run_id) FROM rebate_statement)),
	'0|0|0|0',
	"40|$lines|$owed|1");
try(
	'settling',
	q(SELECT count(*) FROM settle_statements('2026-07-31')),
	q(SELECT (SELECT count(*) FROM settlement), (SELECT count(*) FROM settlement_line),
		(SELECT coalesce(trim_scale(sum(amount)), 0) FROM settlement), (SELECT coalesce(trim_scale(sum(amount)), 0) FROM settlement_line),
		(SELECT trim_scale(sum(due_amount)) FROM rebate_due)),
	"0|0|0|0|$owed",
	"20|40|$owed|$owed|0");
# 20 distributors, 1,000 pieces each in six months and 1,000 promised a month: 5,000
# are missing of each, at 2: 200,000 in 120 rows.
try(
	'charging',
	q(SELECT count(*) FROM charge_agreements('2026-06-30')),
	q(SELECT count(*), coalesce(trim_scale(sum(amount)), 0) FROM agreement_charge),
	'0|0',
	'120|200000');
is_deeply([ ask(q(SELECT * FROM distmgmt.check_model())) ],
	[''], 'the model is as laid out');

done_testing();
