using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Testing;

namespace Experience.Contract;

/// <summary>Learned value: fitted by command, the same everywhere, kept, and summed exactly.</summary>
public abstract class ValueContract(IEngineLab lab) : ContractBase(lab)
{
    private const string Expected = "Expected, five years";

    [Fact]
    public async Task What_is_expected_of_each_person_sums_to_the_board_and_survives_a_restart()
    {
        var facts = Cdnow.Read(Repository.CdnowSample);
        var engine = await OpenAsync();
        await AcceptAsync(engine, facts, 1_000);
        var before = await VerifyAsync(engine);
        var value = Value(await engine.FitAsync("value", Desk, None));
        Assert.Equal(1, value.Version);
        Assert.Equal(2_357, value.People);
        Assert.Equal("1997-01-01", value.From);
        Assert.Equal("1998-06-30", value.To);

        // Four candidates were asked, and none that gave what happened a higher likelihood forecast it better.
        Assert.Equal(4, value.Scores.Count);
        var chosen = Assert.Single(value.Scores, s => s.Chosen);
        Assert.All(value.Scores, s => Assert.True(Figure(s, "heldOutLogLikelihood") <= Figure(chosen, "heldOutLogLikelihood") || Figure(s, "maeOfThreeOrigins") >= Figure(chosen, "maeOfThreeOrigins")));

        var board = await BoardAsync(engine);
        var (sum, active) = (0L, 0.0);
        var customers = facts.Select(f => f.Subject).Distinct().ToArray();
        foreach (var customer in customers)
        {
            var card = (await engine.CardAsync(await PersonAsync(engine, customer, Cdnow.Source), Desk, None))!.Value!;
            Assert.Equal(card.NetPaid + card.Expected, card.Lifetime);
            Assert.InRange(card.Activity!.Active, 0, 1);
            sum += card.Expected!.Value;
            active += card.Activity.Active;
        }

        Assert.Equal(sum, Row(board, Expected));
        Assert.True(sum > 0);
        Assert.Contains($"{Math.Round(active):N0} active", Tile(board).Detail, StringComparison.Ordinal);

        // What the engine fitted is its own: not an event, not a part of the state.
        var after = await VerifyAsync(engine);
        Assert.Equal(before with { }, after with { Examples = before.Examples });
        Assert.Equal(facts.Count, engine.Status.Events);

        var reopened = await ReopenAsync(engine);
        Assert.Equivalent(value, Value(await reopened.ModelsAsync(Desk, None)));
        Assert.Equal(sum, Row(await BoardAsync(reopened), Expected));

        // The same purchases in another order and another folder teach the same.
        var shuffled = await OpenAsync("shuffled");
        await AcceptAsync(shuffled, Histories.Shuffle(facts, 1997), 1_000);
        var again = Value(await shuffled.FitAsync("value", Desk, None));
        Assert.Equal(value.Name, again.Name);
        Assert.Equivalent(value.Scores, again.Scores);
        Assert.Equal(sum, Row(await BoardAsync(shuffled), Expected));
    }

    [Fact]
    public async Task Too_little_history_says_so_and_forecasts_nothing()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Enumerable.Range(0, 20).Select(i => Given.Payment($"p{i}", $"pay-{i}", Start.AddDays(-i - 1), 10_000))]);
        var value = Value(await engine.FitAsync("value", Desk, None));
        Assert.Null(value.Name);
        Assert.StartsWith("Not enough history: 20 people", value.Note, StringComparison.Ordinal);
        var card = await CardAsync(engine, "p1");
        Assert.Equal(10_000, card.Value!.NetPaid);
        Assert.Null(card.Value.Expected);
        Assert.Null(card.Value.Lifetime);
        Assert.Null(card.More.ActiveProbability);
    }

    [Fact]
    public async Task A_purchase_moves_its_persons_forecast_and_the_board_at_once()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Regulars(150));
        var value = Value(await engine.FitAsync("value", Desk, None));
        Assert.NotNull(value.Name);
        var (cardBefore, boardBefore) = (await CardAsync(engine, "p0"), Row(await BoardAsync(engine), Expected));
        await AcceptAsync(engine, [Given.Payment("p0", "more", Start.AddMinutes(-1), 50_000, live: true)]);
        var (cardAfter, boardAfter) = (await CardAsync(engine, "p0"), Row(await BoardAsync(engine), Expected));
        Assert.Equal(boardAfter - boardBefore, cardAfter.Value!.Expected - cardBefore.Value!.Expected);
        Assert.True(cardAfter.Value.Expected > cardBefore.Value.Expected);
        Assert.Equal(0, cardAfter.Value.Activity!.SilentDays);
        Assert.True(cardAfter.Value.Low <= cardAfter.Value.Expected && cardAfter.Value.Expected <= cardAfter.Value.High);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task Silence_lowers_what_is_expected_day_by_day_and_a_new_fit_is_a_new_version()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Regulars(150));
        Assert.Equal(1, Value(await engine.FitAsync("value", Desk, None)).Version);
        var before = await CardAsync(engine, "p0");
        Time.Advance(TimeSpan.FromDays(90));
        var later = await UntilAsync(async () => await BoardAsync(engine), b => Row(b, Expected) != 0);
        var after = await CardAsync(engine, "p0");
        Assert.True(after.Value!.Expected < before.Value!.Expected);
        Assert.True(after.Value.Activity!.Active < before.Value.Activity!.Active);
        long sum = 0;
        for (var i = 0; i < 150; i++) sum += (await CardAsync(engine, $"p{i}")).Value!.Expected!.Value;
        Assert.Equal(sum, Row(later, Expected));
        Assert.True(Value(await engine.FitAsync(null, Desk, None)).Version >= 2);

        // What a switch changes is told once, with the model, and not person by person.
        var report = (await engine.ModelReportAsync("value", Desk, None))!.Report;
        Assert.Matches("What changed from version [0-9]+: Of 150 people, the expected value of ", report.Verdict);
    }

    [Fact]
    public async Task Whose_own_rhythm_has_broken_is_flagged_by_the_model_and_says_so()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Regulars(150));
        await UntilAsync(async () => await BoardAsync(engine), static b => Risk(b).Value == 0);
        await engine.FitAsync("value", Desk, None);

        // Nobody is heard of any more: silence alone raises flags, day by day.
        Time.Advance(TimeSpan.FromDays(60));
        await UntilAsync(async () => await BoardAsync(engine), static b => Risk(b).Value > 0);
        var model = Value(await engine.FitAsync("value", Desk, None));
        var flagged = new List<FlagView>();
        for (var i = 0; i < 150; i++) flagged.AddRange((await CardAsync(engine, $"p{i}")).Flags);
        Assert.All(flagged, f => Assert.Equal("lapse", f.Rule));
        Assert.All(flagged, f => Assert.StartsWith($"{model.Name}, version {model.Version}, fitted to ", f.By, StringComparison.Ordinal));
        Assert.InRange(flagged.Count, 1, 149);
        await UntilAsync(async () => await BoardAsync(engine), b => Risk(b).Value == flagged.Count);
        await VerifyAsync(engine);
    }

    private static Tile Risk(BoardView board) => Assert.Single(board.Tiles, static t => t.Id == "risk");

    /// <summary>People who bought some times at gaps of their own, at prices of their own, up to yesterday.</summary>
    private static Fact[] Regulars(int people)
    {
        var random = new Random(20_26);
        var facts = new List<Fact>();
        for (var person = 0; person < people; person++)
        {
            var gap = 20 + random.Next(60);
            var price = 5_000 + random.Next(20_000);
            var day = -700 + random.Next(300);
            for (var n = 0; day < -1; n++)
            {
                facts.Add(Given.Payment($"p{person}", $"p{person}-{n}", Start.AddDays(day), price + random.Next(2_000), live: true));
                if (random.Next(8) == 0 && person > 0) break;
                day += 1 + (int)(-gap * Math.Log(1 - random.NextDouble()));
            }
        }

        return [.. facts];
    }

    private static ModelView Value(ModelsView models) => Assert.Single(models.Models, m => m.Kind == "value");

    private static double Figure(ModelScoreView score, string name) => Assert.Single(score.Figures, f => f.Name == name).Value;

    private static Tile Tile(BoardView board) => Assert.Single(board.Tiles, t => t.Id == "value");

    private static long Row(BoardView board, string name) => Tile(board).Rows.FirstOrDefault(r => r.Name == name) is { Value: { } value } ? (long)value : 0;
}
