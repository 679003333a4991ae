# kill -9 at any moment leaves a consistent state: a submission is accepted with
# all of its lines or not at all, an accrual is posted with all of its entries
# or not at all, and doing it again gets the same result as if nothing had
# happened.
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
INSERT INTO distributor (distributor_id, distributor_code, distributor_name) VALUES (1, 'D', 'D');
INSERT INTO report_profile VALUES (1, 'EUR');
INSERT INTO warehouse (distributor_id, warehouse_id, warehouse_code, warehouse_name, is_default) VALUES (1, 1, 'W', 'W', true);
INSERT INTO product (product_id, product_code, product_name, product_line) VALUES (1, 'P', 'P', 'a');
INSERT INTO price_floor (applies_to, product_id, currency_code, floor_price, valid_from) VALUES ('resale_price', 1, 'EUR', 2, '2026-01-01');
INSERT INTO agreement (agreement_id, agreement_no, agreement_name, distributor_id) VALUES (1, 'A', 'A', 1);
INSERT INTO agreement_version (agreement_id, version_no, valid_from, settlement_currency) VALUES (1, 1, '2026-01-01', 'EUR');
SELECT (activate_agreement('A')).version_state;
INSERT INTO rebate_program (rebate_program_id, program_code, program_name, agreement_id) VALUES (1, 'R', 'R', 1);
INSERT INTO program_line (rebate_program_id, line_no, line_name, measure_fact, fiscal_calendar_id, span_kind, valid_from, schedule)
    SELECT 1, g, 'L', 'sell_through', fiscal_calendar_id, 'month', '2026-01-01', 'marginal: 10% from 0, 20% from 500'
    FROM fiscal_calendar, generate_series(1, 20) AS g;
UPDATE rebate_program SET program_state = 'active';
SELECT lines_ready FROM submit_report(
    E'Invoice,Date,Part No,Qty,Unit Price\\n' || (
        SELECT string_agg(format('I-%s,%s,P,1,%s', g, date '2026-01-01' + g % 180, 1 + g % 7), E'\\n' ORDER BY g)
        FROM generate_series(1, $lines) AS g),
    'D');
));

# crash_in SQL, MICROSECONDS: starts a statement, kills its server process with
# signal 9 in the middle, and waits until the server has recovered.
sub crash_in
{
	my ($sql, $delay) = @_;
	my ($out, $err) = ('', '');
	my $starts = starts();
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
	return if $err eq '';    # it had ended before
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

# state: booked lines, violations and state of the submission, in one look.
sub state
{
	return $node->safe_psql('channel',
		q(SELECT (SELECT count(*) FROM sell_through), (SELECT count(*) FROM price_violation),
			(SELECT string_agg(submission_state, ',') FROM submission),
			(SELECT count(*) FROM submission_line JOIN submission USING (distributor_id, submission_id)
				WHERE line_state = 'ready' AND submission_state = 'accepted')));
}

my $violations = $node->safe_psql('channel',
	q(SELECT count(*) FROM submission_line WHERE unit_price < 2));
my $nothing = '0|0|validated|0';
my $all = "$lines|$violations|accepted|$lines";
cmp_ok($violations, '>', 0, 'some lines are below the floor');
is(state(), $nothing, 'a submission is waiting');

# The delays walk through the acceptance; where the machine is fast the later
# ones find it ended, which is a consistent state too.
for my $delay (20_000, 60_001, 120_000, 200_001)
{
	crash_in('SELECT accept_submission(submission_id) FROM submission',
		$delay);
	my $found = state();
	ok($found eq $nothing || $found eq $all,
		"killed after $delay us of an acceptance: all or nothing")
	  or diag($found);
	last if $found eq $all;
}
$node->psql('channel',
	q(SELECT accept_submission(submission_id) FROM submission WHERE submission_state = 'validated')
);
is(state(), $all, 'done again, everything is booked once');

my $owed = $node->safe_psql('channel',
	q(SELECT sum(earned_amount) FROM rebate_as_of('2026-06-30')));
for my $delay (20_000, 100_001, 300_000)
{
	crash_in(q(SELECT accrue_rebates('2026-06-30')), $delay);
	my $posted = $node->safe_psql('channel',
		q(SELECT coalesce(sum(delta_amount), 0) FROM accrual_entry));
	my $runs = $node->safe_psql('channel', q(SELECT count(*) FROM accrual_run));
	ok(($runs == 0 && $posted == 0) || $posted eq $owed,
		"killed after $delay us of an accrual: all or nothing")
	  or diag("$posted of $owed, $runs runs");
}
$node->safe_psql('channel', q(SELECT accrue_rebates('2026-06-30')));
is( $node->safe_psql(
		'channel', q(SELECT sum(delta_amount) FROM accrual_entry)),
	$owed, 'done again, what is owed is posted once');
is_deeply(
	[ $node->safe_psql('channel', q(SELECT * FROM distmgmt.check_model())) ],
	[''], 'the model is as laid out');

done_testing();
