using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>The past of a figure is what was seen then, however it came in, and is gathered again from the facts.</summary>
public abstract class PastContract(IEngineLab lab) : ContractBase(lab)
{
    private const int Weeks = 12;

    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    /// <summary>The last moment of the day: what a point of the past is of.</summary>
    private static readonly TimeSpan Late = new(0, 8, 59, 59, 999);

    private static async Task<Tile> RiskAsync(IExperienceEngine engine, string segment = "everyone") => (await BoardAsync(engine, segment)).Tiles.Single(t => t.Id == "risk");

    [Fact]
    public async Task A_point_of_the_past_is_what_the_board_showed_at_the_end_of_that_day()
    {
        var engine = await OpenAsync();
        Time.Advance(Late);
        var seen = new List<double?>();
        for (var week = 0; week < Weeks + 2; week++)
        {
            // Each week more people complain and nobody answers; every other week one is answered; ratings are low now and then.
            var now = Time.GetUtcNow();
            for (var i = 0; i <= week % 3; i++) await AcceptAsync(engine, [Given.Complaint($"p-{week}-{i}", $"c-{week}-{i}", now.AddDays(-3))]);
            if (week % 2 == 1)
                await AcceptAsync(engine, [Given.Of(EventTypes.ComplaintResolved, $"p-{week - 1}-0", $"r-{week}", now.AddHours(-1), live: true).Set(Fields.Complaint, $"c-c-{week - 1}-0").Build()]);
            if (week % 4 == 0) await AcceptAsync(engine, [Given.Rating($"p-{week}-9", $"a-{week}", now.AddDays(-1), 100)]);
            seen.Add((await RiskAsync(engine)).Value);
            if (week <= Weeks) Time.Advance(Week);
        }

        Assert.True(seen.Distinct().Count() > Weeks / 2, string.Join(' ', seen));
        var risk = await RiskAsync(engine);
        Assert.Equal(seen.TakeLast(Weeks), risk.Trend!.Points);
        Assert.StartsWith("12 weeks, ", risk.Trend.Caption, StringComparison.Ordinal);
        Assert.Null((await RiskAsync(engine, "youth-families")).Trend);

        // Nothing of it was kept anywhere but in the facts.
        engine = await ReopenAsync(engine);
        Assert.Equal(seen.TakeLast(Weeks), (await RiskAsync(engine)).Trend!.Points);
    }

    [Fact]
    public async Task What_comes_late_or_is_voided_changes_the_past_to_what_was_true_then()
    {
        var engine = await OpenAsync();
        Time.Advance(Late);
        var now = Time.GetUtcNow();
        await AcceptAsync(engine, [Given.Complaint("p-1", "one", now.AddDays(-30)), Given.Complaint("p-2", "two", now.AddDays(-30)), Given.Complaint("p-3", "three", now.AddDays(-10))]);
        Assert.Equal([2, 2, 2, 3, 3], (await RiskAsync(engine)).Trend!.Points.TakeLast(5));
        await AcceptAsync(engine,
        [
            Given.Of(EventTypes.ComplaintResolved, "p-1", "late", now.AddDays(-20), live: true).Set(Fields.Complaint, "c-one").Build(),
            Given.Void("p-3", "void", now.AddDays(-1), "three"),
        ]);
        Assert.Equal([2, 2, 1, 1, 1], (await RiskAsync(engine)).Trend!.Points.TakeLast(5));
    }
}
