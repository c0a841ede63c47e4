using Experience.Web.Sources;

namespace Experience.Web.Tests.Sources;

/// <summary>What a source's own rhythm says about its silence.</summary>
public sealed class RhythmTests
{
    // 1970-01-05 was a Monday.
    private const long Monday = 4 * 24;

    [Fact]
    public void Nothing_is_judged_before_two_weeks_were_seen()
    {
        Assert.False(Taught(weeks: 1, _ => true).IsLearned);
        Assert.True(Taught(weeks: 3, OfficeHours).IsLearned);
    }

    [Fact]
    public void Silence_in_hours_in_which_it_never_spoke_is_normal_however_long()
    {
        var rhythm = Taught(weeks: 6, OfficeHours);
        var friday = rhythm.Hour + (4 * 24) + 17;
        Assert.Equal(1, rhythm.ChanceOfSilence(friday, friday + 64), 6);
    }

    [Fact]
    public void Silence_in_hours_in_which_it_always_spoke_is_raised_within_the_morning()
    {
        var rhythm = Taught(weeks: 6, OfficeHours);
        var nine = rhythm.Hour + 9;
        Assert.True(rhythm.ChanceOfSilence(nine, nine + 1) > Rhythm.Chance);
        Assert.True(rhythm.ChanceOfSilence(nine, nine + 4) < Rhythm.Chance);
    }

    [Fact]
    public void A_source_that_speaks_now_and_then_is_never_raised()
    {
        var random = new Random(7);
        var rhythm = Taught(weeks: 8, _ => random.Next(3) == 0);
        Assert.True(rhythm.ChanceOfSilence(rhythm.Hour, rhythm.Hour + 48) > Rhythm.Chance);
    }

    [Fact]
    public void A_silence_does_not_teach_itself()
    {
        var rhythm = Taught(weeks: 4, _ => true);
        var share = rhythm.Share(rhythm.Hour + 5);
        for (var hour = 0; hour < 100; hour++) rhythm.Advance(rhythm.Hour + 1, learn: true);
        Assert.Equal(share, rhythm.Share(rhythm.Hour + 5 + (3 * Rhythm.Hours) - 100));
    }

    [Fact]
    public void Silence_that_is_raised_is_not_learned()
    {
        var rhythm = Taught(weeks: 4, _ => true);
        var share = rhythm.Share(rhythm.Hour);
        rhythm.Advance(rhythm.Hour + (3 * Rhythm.Hours), learn: false);
        Assert.Equal(share, rhythm.Share(rhythm.Hour));
    }

    [Fact]
    public void A_habit_that_ended_is_forgotten()
    {
        var rhythm = Taught(weeks: 8, OfficeHours);
        for (var week = 0; week < 16; week++)
        {
            rhythm.Advance(rhythm.Hour + Rhythm.Hours, learn: true);
            rhythm.Speak();
        }

        Assert.True(rhythm.Share(rhythm.Hour) > Rhythm.Usual);
        Assert.True(rhythm.Share(rhythm.Hour + 10) < 0.5);
    }

    private static bool OfficeHours(long hour) => (hour - Monday) % Rhythm.Hours / 24 < 5 && hour % 24 is >= 9 and < 17;

    private static Rhythm Taught(int weeks, Func<long, bool> speaks)
    {
        var rhythm = new Rhythm();
        for (var hour = Monday; hour <= Monday + (weeks * Rhythm.Hours); hour++)
        {
            rhythm.Advance(hour, learn: true);
            if (speaks(hour)) rhythm.Speak();
        }

        return rhythm;
    }
}
