using System.Diagnostics;
using Experience.Embedded.Loops;

namespace Experience.Embedded.Tests;

/// <summary>How long facts wait to be folded, and how much of the time folding anew takes.</summary>
public sealed class PaceTests
{
    private const long Start = 1_000_000_000_000;

    [Xunit.Fact]
    public void Facts_are_due_once_they_have_waited_for_long_enough()
    {
        Assert.Equal(FoldingPace.FoldedWithin, FoldingPace.DueIn(Start, Start));
        Assert.True(FoldingPace.DueIn(Start, After(Start, 0.249)) > TimeSpan.Zero);
        Assert.True(FoldingPace.DueIn(Start, After(Start, 0.25)) <= TimeSpan.Zero);
        Assert.Equal(TimeSpan.MaxValue, FoldingPace.DueIn(long.MaxValue, Start));
    }

    [Xunit.Fact]
    public void Folding_goes_before_what_comes_when_it_is_far_behind()
    {
        var pace = new FoldingPace(loops: 2);
        Assert.False(pace.GoesFirst(Start, After(Start, 1.499), 0));
        Assert.True(pace.GoesFirst(Start, After(Start, 1.5), 0));
    }

    [Xunit.Fact]
    public void Folding_goes_before_what_comes_when_too_much_waits_in_a_loop()
    {
        var pace = new FoldingPace(loops: 2);
        Assert.False(pace.GoesFirst(Start, Start, FoldingPace.MaxBytes / 2));
        Assert.True(pace.GoesFirst(Start, Start, (FoldingPace.MaxBytes / 2) + 1));
        Assert.True(new FoldingPace(loops: 8).GoesFirst(Start, Start, FoldingPace.MaxBytes / 4));
        Assert.False(pace.GoesFirst(long.MaxValue, Start, long.MaxValue));
    }

    // Refolds of two milliseconds, asked for every 50 µs, while facts come without end.
    [Theory]
    [InlineData(0, RefoldBudget.PatientShare)]
    [InlineData(6, RefoldBudget.PressedShare)]
    public void Folding_anew_takes_its_share_of_a_busy_loop(double waited, int share)
    {
        var budget = new RefoldBudget(Start);
        const double seconds = 60;
        var cost = TimeSpan.FromMilliseconds(2);
        var spent = TimeSpan.Zero;
        for (var now = Start; now < After(Start, seconds); now = After(now, 0.000_05))
        {
            if (!budget.Affords(now, since: After(now, -waited), last: now, cost)) continue;
            budget.Charge(cost);
            spent += cost;
            now = After(now, cost.TotalSeconds);
        }

        // What was saved up before is spent too; the share of each 50 µs is rounded to 100 ns.
        var expected = RefoldBudget.MaxCredit + TimeSpan.FromSeconds(seconds / share);
        Assert.InRange(spent / expected, 0.98, 1.02);
    }

    [Xunit.Fact]
    public void Folding_anew_takes_all_the_time_of_a_quiet_loop()
    {
        var budget = new RefoldBudget(Start);
        var cost = TimeSpan.FromSeconds(1);
        budget.Charge(cost);
        Assert.False(budget.Affords(After(Start, 1.099), Start, last: After(Start, 1), cost));
        for (var now = After(Start, 1.1); now < After(Start, 60); now = After(now, cost.TotalSeconds))
        {
            Assert.True(budget.Affords(now, Start, last: After(Start, 1), cost));
            budget.Charge(cost);
        }
    }

    [Xunit.Fact]
    public void What_would_take_more_than_can_be_saved_up_begins_with_all_that_can()
    {
        var budget = new RefoldBudget(Start);
        var cost = RefoldBudget.MaxCredit * 10;
        Assert.True(budget.Affords(Start, Start, last: Start, cost));
        budget.Charge(cost);

        // No more is owed than can be saved up: after twice that time's share it begins again.
        var again = 2 * RefoldBudget.MaxCredit.TotalSeconds * RefoldBudget.PatientShare;
        Assert.False(budget.Affords(After(Start, again - 0.1), After(Start, again - 0.1), last: After(Start, again - 0.1), cost));
        Assert.True(budget.Affords(After(Start, again + 0.1), After(Start, again + 0.1), last: After(Start, again + 0.1), cost));
    }

    private static long After(long time, double seconds) => time + (long)(seconds * Stopwatch.Frequency);
}
