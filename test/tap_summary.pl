# tap_summary.pl STATUS FILE: judges the TAP that a test put out.
#
# Prints "PASSED FAILED NOTE", then what the reader needs to see of a test that
# failed. An exit code, a broken plan or a file without tests counts as one
# failure more: silence is no success.
use strict;
use warnings;
use TAP::Parser;

my ($status, $file) = @ARGV;
open my $in, '<:encoding(UTF-8)', $file or die "$file: $!\n";
my $text = do { local $/; <$in> };
$text = "\n" if !defined $text || $text eq '';
binmode STDOUT, ':encoding(UTF-8)';

my $parser = TAP::Parser->new({ tap => $text });
my ($good, $bad, @shown) = (0, 0);
while (my $line = $parser->next)
{
	if ($line->is_test)
	{
		$line->is_ok ? $good++ : $bad++;
		push @shown, $line->as_string unless $line->is_ok;
	}
	elsif (!$line->is_plan && !$line->is_version)
	{
		push @shown, $line->raw;
	}
}

my $note = $parser->skip_all ? 'skipped: ' . $parser->skip_all : '';
my @broken = $parser->parse_errors;
push @broken, "exit status $status" if $status != 0;
push @broken, 'no tests' if $good + $bad == 0 && !$parser->skip_all && !@broken;
$bad++ if @broken && $bad == 0;

print join(' ', $good, $bad, $note), "\n";
print "$_\n" for @shown, @broken;
