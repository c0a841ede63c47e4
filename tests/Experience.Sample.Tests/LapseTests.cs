using Experience.Domain.Assessments;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Xunit.Abstractions;

namespace Experience.Sample.Tests;

/// <summary>
/// Who may not come back, by the model that the engine would choose, against what is planted: the sample knows after which term each person stays away.
/// </summary>
public sealed class LapseTests(Riverbend riverbend, ITestOutputHelper output) : IClassFixture<Riverbend>
{
    /// <summary>What is asked of the model: nine tenths of what an oracle is better than chance.</summary>
    private const double Share = .9;

    [Fact]
    public async Task Who_has_left_is_told_from_who_stays_nearly_as_well_as_an_oracle_does()
    {
        var folded = Folded.Of(riverbend.Facts);
        var model = await ModelOf(folded);
        var (left, chance) = Judge(folded, model, Riverbend.NowMicros, static (_, gone) => gone);

        var (everybody, all) = Judge(folded, model, Riverbend.NowMicros, static (_, gone) => gone, fewest: 0);
        output.WriteLine($"Of all {everybody.Count} who ever bought: AUROC {Auroc(all, everybody):0.0000}.");
        Assert.True(Auroc(all, everybody) - .5 >= Share * .5);

        // The oracle knows who has left: it is right about everybody.
        var auroc = Auroc(chance, left);
        output.WriteLine($"{left.Count} people who came back at least once, {left.Count(static l => l)} of them left: AUROC {auroc:0.0000}, oracle 1.");
        Assert.Contains((await Train(folded)).Receipt.Scores, static s => s.Model == "BG/BB");
        Assert.InRange(left.Count(static l => l), 500, left.Count - 500);
        Assert.True(auroc - .5 >= Share * .5, $"AUROC {auroc:0.0000}");
    }

    [Theory]
    [InlineData(2025, 10, 25)]
    [InlineData(2025, 11, 19)]
    [InlineData(2026, 2, 1)]
    public async Task Who_will_not_come_back_within_the_year_is_foreseen_nearly_as_well_as_by_an_oracle(int year, int month, int day)
    {
        // Everything that is known by a day of the past, the model fitted on it included; the outcome is what came after.
        var then = new DateTimeOffset(year, month, day, 18, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000;
        var folded = Folded.Of([.. riverbend.Facts.Where(f => f.Time <= then)], then);
        var later = Folded.Of(riverbend.Facts);
        var model = await ModelOf(folded);
        var returned = later.Keyed.ToDictionary(static p => p.Key, static p => p.Value.Purchases.LastDay);
        var (_, chance) = Judge(folded, model, then, static (_, gone) => gone);
        var today = folded.Program.Zone.Day(then);
        var (stayed, oracle) = Judge(folded, model, then, (key, gone) => returned[key] <= today, oracle: true);

        double byModel = Auroc(chance, stayed), byOracle = Auroc(oracle, stayed);
        output.WriteLine($"As of {year}-{month}-{day}: {stayed.Count} people, {stayed.Count(static l => l)} did not come back since: AUROC {byModel:0.0000}, oracle {byOracle:0.0000}.");
        Assert.InRange(byOracle, .7, 1);
        Assert.True(byModel - .5 >= Share * (byOracle - .5), $"AUROC {byModel:0.0000} against {byOracle:0.0000}");
    }

    [Fact]
    public async Task Flags_are_of_those_who_left_and_few_enough_to_call()
    {
        var folded = Folded.Of(riverbend.Facts);
        var gone = Gone(Riverbend.NowMicros);
        var withModel = folded.With(await Train(folded));
        int flagged = 0, right = 0;
        var assessed = new Assessed();
        foreach (var (key, state) in withModel.Keyed)
        {
            Assessor.Assess(state, withModel.Program, AsOf.Live(Riverbend.NowMicros), assessed);
            if (!assessed.Open.Exists(static i => i.Rule == RuleId.Lapse)) continue;
            flagged++;
            if (gone.TryGetValue(key, out var left) && left) right++;
        }

        output.WriteLine($"{flagged} of {folded.People.Count} flagged, {right} of them have left.");
        Assert.InRange(flagged, 1, 600);
        Assert.True(right >= .75 * flagged, "three in four of those flagged at 25 % or less have left");
    }

    [Fact]
    public async Task A_new_model_of_value_is_one_summary_of_what_it_changes()
    {
        var folded = Folded.Of(riverbend.Facts);
        var first = await Train(folded);
        Assert.DoesNotContain(first.Report!.Sections, static s => s.Title.StartsWith("What changed", StringComparison.Ordinal));
        var again = await Train(folded.With(first));
        var same = Assert.Single(again.Report!.Sections, static s => s.Title == "What changed from version 1");
        Assert.Contains("the expected value of 0 moved by more than a tenth", same.Text!, StringComparison.Ordinal);

        // A model of a year ago knows fewer terms of everybody.
        var then = Riverbend.NowMicros - 365 * CivilZone.MicrosPerDay;
        var old = await Train(Folded.Of([.. riverbend.Facts.Where(f => f.Time <= then)], then));
        var other = Assert.Single((await Train(Folded.Of(riverbend.Facts).With(old, 7))).Report!.Sections, static s => s.Title == "What changed from version 7");
        output.WriteLine(other.Text);
        Assert.DoesNotContain("of 0 moved", other.Text!, StringComparison.Ordinal);
        Assert.StartsWith(other.Title, (await Train(folded.With(old, 7))).Report!.Verdict[^(other.Title.Length + 2 + other.Text!.Length)..], StringComparison.Ordinal);
        Assert.Equal(4, Assert.Single(other.Tables).Rows.Count);
    }

    /// <summary>Adults who came back at least once: what the flag is for. The chance is that of having left.</summary>
    private (List<bool> Outcome, List<double> Chance) Judge(Folded folded, ValueModel model, long at, Func<string, bool, bool> outcome, bool oracle = false, int fewest = 1)
    {
        var gone = Gone(at);
        var day = folded.Program.Zone.Day(at);
        List<bool> outcomes = [];
        List<double> chances = [];
        foreach (var (key, state) in folded.Keyed)
        {
            if (!gone.TryGetValue(key, out var left) || model.HistoryOf(state, folded.Program, day) is not { } history || history.Count < fewest) continue;
            outcomes.Add(outcome(key, left));
            chances.Add(oracle ? left ? 1 : 0 : 1 - model.CountsOf(state, folded.Program).ProbabilityActive(history));
        }

        return (outcomes, chances);
    }

    /// <summary>Whether each had left by a moment, as planted. Children come by their age and are flagged by nothing.</summary>
    private Dictionary<string, bool> Gone(long at)
    {
        var day = DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(at / 1000).UtcDateTime);
        var lost = riverbend.Truth.LostSeniors.ToHashSet();
        return riverbend.Truth.Persons.Where(p => p.Kind != "YouthFamily" && !lost.Contains(p.Key)).ToDictionary(static p => p.Key, p => p.ActiveUntil is { } until && until < day);
    }

    private async Task<ValueModel> ModelOf(Folded folded)
    {
        var document = await Train(folded);
        foreach (var score in document.Receipt.Scores)
            output.WriteLine($"{(score.Chosen ? "*" : " ")} {score.Model}: {string.Join(", ", score.Figures.Select(static f => $"{f.Key} {f.Value:0.####}"))}");
        return ValueModel.Read(document.Parameters);
    }

    private static async Task<ModelDocument> Train(Folded folded)
    {
        var outcome = await new ValueTrainer().TrainAsync(folded, CancellationToken.None);
        return Assert.IsType<TrainedModel>(outcome).Document;
    }

    /// <summary>The chance that one with the outcome is ranked above one without; ties count half.</summary>
    private static double Auroc(List<double> chances, List<bool> outcomes)
    {
        var order = Enumerable.Range(0, chances.Count).OrderBy(i => chances[i]).ToArray();
        double below = 0, wins = 0;
        for (var i = 0; i < order.Length;)
        {
            var j = i;
            while (j < order.Length && chances[order[j]] == chances[order[i]]) j++;
            double yes = 0, no = 0;
            for (var k = i; k < j; k++)
            {
                if (outcomes[order[k]]) yes++;
                else no++;
            }

            wins += yes * (below + no / 2);
            below += no;
            i = j;
        }

        return wins / (below * (chances.Count - below));
    }
}
