using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>Who enters and leaves a segment is told once for each time, to people who are served live, and not when rules change.</summary>
public abstract class SegmentContract(IEngineLab lab) : ContractBase(lab)
{
    private static Fact Live(string who, string given) =>
        Given.Of(EventTypes.ParticipantIdentified, who, $"{who}-live", Start.AddHours(-2), live: true).Set(Fields.GivenName, given).Build();

    [Fact]
    public async Task Each_transition_is_told_once()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Live("p-1", "Maria"), Live("p-2", "Ann")]);
        Assert.Empty(await MovesAsync(engine, "p-1"));
        await AcceptAsync(engine, [Given.Registration("p-1", "r-1", Start.AddHours(-1), "s-1", live: true)]);
        Assert.Equal(["segment.entered new", "segment.left prospect"], await MovesAsync(engine, "p-1"));
        await AcceptAsync(engine, [Given.Payment("p-1", "pay-1", Start, 100, live: true), Given.Payment("p-1", "pay-2", Start, 100, live: true)]);
        Assert.Equal(2, (await MovesAsync(engine, "p-1")).Count);
        Assert.Empty(await MovesAsync(engine, "p-2"));

        engine = await ReopenAsync(engine);
        await BoardAsync(engine);
        Assert.Equal(2, (await MovesAsync(engine, "p-1")).Count);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task Time_alone_moves_people_and_is_told()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [new FactBuilder(EventTypes.SegmentDefined, Given.Source, "seg-1", "", Start.Micros()).Set(Fields.Segment, "quiet")
            .Set(Fields.Title, "Quiet").Set(Fields.Document, """{"field":"daysSinceLast","is":">=","value":2}""").Build()]);
        await AcceptAsync(engine, [Live("p-1", "Maria"), Given.Registration("p-1", "r-1", Start.AddHours(-1), "s-1", live: true)]);

        // Everybody was assessed by the rule before time goes on: whom the rule itself moves is told of in one summary.
        await BoardAsync(engine);
        Time.Advance(TimeSpan.FromDays(2));
        await UntilAsync(async () => await MovesAsync(engine, "p-1"), moves => moves.Contains("segment.entered quiet"));
        await AcceptAsync(engine, [Given.Registration("p-1", "r-2", Start.AddDays(2), "s-2", live: true)]);
        Assert.Contains("segment.left quiet", await MovesAsync(engine, "p-1"));
    }

    [Fact]
    public async Task An_imported_history_moves_nobody()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Person("p-1", Start.AddDays(-500)), Given.Payment("p-1", "pay-1", Start.AddDays(-490), 100)]);
        await BoardAsync(engine);
        await AcceptAsync(engine, [Given.Payment("p-1", "pay-2", Start.AddDays(-5), 100)]);
        await BoardAsync(engine);
        Assert.Empty(await MovesAsync(engine, "p-1"));

        // The source turns live: what was imported of another person still moves nobody.
        await AcceptAsync(engine, [Live("p-2", "Ann"), Given.Payment("p-1", "pay-3", Start.AddDays(-4), 100)]);
        Time.Advance(TimeSpan.FromDays(1));
        await BoardAsync(engine);
        Assert.Empty(await MovesAsync(engine, "p-1"));
    }

    [Fact]
    public async Task A_change_of_rules_is_no_storm()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Enumerable.Range(0, 30).Select(i => Live($"p-{i}", "Ann"))]);
        await AcceptAsync(engine, [new FactBuilder(EventTypes.SegmentDefined, Given.Source, "seg-1", "", Start.Micros()).Set(Fields.Segment, "strangers")
            .Set(Fields.Title, "Strangers").Set(Fields.Document, """{"field":"netPaid","is":"=","value":0}""").Build()]);
        await UntilAsync(async () => await engine.BoardAsync("strangers", Desk, None), b => b?.People == 30);
        for (var i = 0; i < 8; i++) Time.Advance(TimeSpan.FromMilliseconds(250));
        for (var i = 0; i < 30; i++) Assert.Empty(await MovesAsync(engine, $"p-{i}"));

        // From then on it is a segment like any other.
        await AcceptAsync(engine, [Given.Payment("p-3", "pay-1", Start, 500, live: true)]);
        Assert.Contains("segment.left strangers", await MovesAsync(engine, "p-3"));
        Assert.Empty(await MovesAsync(engine, "p-4"));
        engine = await ReopenAsync(engine);
        await BoardAsync(engine);
        Assert.Single(await MovesAsync(engine, "p-3"), "segment.left strangers");
        await VerifyAsync(engine);
    }

    private static async Task<IReadOnlyList<string>> MovesAsync(IExperienceEngine engine, string key)
    {
        var page = await engine.JourneyAsync(await PersonAsync(engine, key), null, 200, Desk, None);
        return [.. page!.Lines.Where(l => l.Type.StartsWith("segment.", StringComparison.Ordinal)).Select(l => $"{l.Type} {l.Text.Split(' ')[^1]}").Order(StringComparer.Ordinal)];
    }
}
