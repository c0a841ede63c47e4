using System.Globalization;
using Experience.Domain.Models;
using Experience.Domain.Models.Backtests;
using Experience.Domain.Models.Gam;
using Experience.Testing;
using Xunit.Abstractions;

namespace Experience.Domain.Tests.Models;

/// <summary>The at-risk learner: exact reasons, directions kept, published results beaten on a later presentation.</summary>
public class RiskTests(ITestOutputHelper output)
{
    private static readonly RiskOptions Simple = new("y") { Directions = new Dictionary<string, Monotone> { ["up"] = Monotone.Rising, ["down"] = Monotone.Falling } };

    [SharedDataFact("oulad/test_temporal.csv")]
    public void A_later_presentation_is_foretold_from_the_published_columns()
    {
        var (train, test) = (Oulad.Published("train_temporal.csv"), Oulad.Published("test_temporal.csv"));
        Assert.Equal(18_983, train.Rows.Count);
        var result = Assert.IsType<Fitted<RiskBacktestResult>>(RiskBacktest.Run(train, test, Oulad.Options)).Model;
        Report("all", result.Report);
        Assert.Equal(10_100, result.Report.Test);
        Assert.True(result.Report.Auroc >= .81);
        Assert.True(result.Report.CalibrationError <= .03);
        var registered = RiskBacktest.Judge(result.Model, train, Oulad.StillRegistered(Oulad.AtWeekEight("test_temporal.csv")), Oulad.Options);
        Report("still registered", registered);
        Assert.Equal(8_725, registered.Test);
        Assert.True(registered.Auroc >= .77);
        Assert.True(registered.CalibrationError <= .03);
    }

    [SharedDataFact("oulad/test_temporal.csv")]
    public void Hand_ins_and_standing_in_the_course_foretell_better()
    {
        var (train, test) = (Oulad.AtWeekEight("train_temporal.csv"), Oulad.AtWeekEight("test_temporal.csv"));
        var registered = Oulad.StillRegistered(test);
        var all = Assert.IsType<Fitted<RiskBacktestResult>>(RiskBacktest.Run(train, test, Oulad.Options)).Model;
        Report("all", all.Report);
        Assert.True(all.Report.Auroc >= .84);
        Assert.True(all.Report.CalibrationError <= .03);
        Assert.All(all.Report.Depths.Where(static depth => depth.People <= 100), static depth => Assert.True(depth.Precision > .95));

        // Learned from those still registered, who are the ones that a flag can help.
        var helped = Assert.IsType<Fitted<RiskBacktestResult>>(RiskBacktest.Run(Oulad.StillRegistered(train), registered, Oulad.Options)).Model;
        Report("still registered", helped.Report);
        Assert.True(helped.Report.Auroc >= .785);
        Assert.True(helped.Report.CalibrationError <= .03);
    }

    [SharedDataFact("oulad/test_temporal.csv")]
    public void Earlier_weeks_are_foretold_from_what_was_due_and_handed_in()
    {
        // The shared data hold no clicks for these days. LightGBM was published to reach .7132, .7522 and .7731 with them: by week 2 little is handed in,
        // and that figure is reached only with who had left by then; the other two are without.
        foreach (var (day, atLeast, published) in new[] { (14, .67, .7132), (28, .7522, .7522), (42, .7731, .7731) }) Foretold(day, atLeast, published);
    }

    private void Foretold(int day, double atLeast, double published)
    {
        var (train, test) = (Oulad.BeforeWeekEight("train_temporal.csv", day), Oulad.BeforeWeekEight("test_temporal.csv", day));
        var all = Assert.IsType<Fitted<RiskBacktestResult>>(RiskBacktest.Run(train, test, Oulad.Options)).Model;
        Report($"day {day}, all", all.Report);
        Report($"day {day}, still registered", RiskBacktest.Judge(all.Model, train, Oulad.StillRegistered(test), Oulad.Options));
        Assert.True(all.Report.Auroc >= atLeast);

        // Who has left by that day is known on that day. It is no forecast of theirs, so it stands beside.
        var options = Oulad.Options with { Drop = [.. Oulad.Options.Drop.Where(static column => column != Oulad.Withdrawn)] };
        var known = Assert.IsType<Fitted<RiskBacktestResult>>(RiskBacktest.Run(train, test, options)).Model.Report;
        Report($"day {day}, all, with who had left by then", known);
        Assert.True(known.Auroc >= published);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Reasons_sum_to_the_answer(int seed)
    {
        var table = Random(seed, 1_500);
        var model = Fit(table);
        var probabilities = model.Probabilities(table);
        for (var row = 0; row < table.Rows.Count; row += 37)
        {
            var answer = model.Explain(table, row);
            Assert.Equal(answer.LogOdds, answer.Base + answer.Reasons.Sum(static reason => reason.Share), 12);
            Assert.Equal(1 / (1 + Math.Exp(-answer.LogOdds)), probabilities[row], 12);
            Assert.Equal(answer.Reasons.Select(static reason => Math.Abs(reason.Share)).OrderDescending(), answer.Reasons.Select(static reason => Math.Abs(reason.Share)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_demanded_direction_is_never_broken(int seed)
    {
        // Noise tempts the learner: the direction must hold for every person and every change of the one value, pairs included.
        var table = Random(seed, 900);
        var model = Fit(table);
        Assert.NotEmpty(model.Pairs);
        foreach (var (column, sign) in new[] { ("up", 1), ("down", -1) })
        {
            var index = table.IndexOf(column);
            for (var row = 0; row < 40; row++)
            {
                var varied = Enumerable.Range(0, 60).Select(step =>
                {
                    var cells = table.Rows[row].ToArray();
                    cells[index] = Text(step / 59.0 * 1.2 - .1);
                    return (IReadOnlyList<string>)cells;
                }).ToArray();
                var odds = model.LogOdds(new RiskTable(table.Columns, varied));
                for (var step = 1; step < odds.Length; step++) Assert.True((odds[step] - odds[step - 1]) * sign >= -1e-12);
            }
        }
    }

    [Fact]
    public void What_only_two_columns_together_say_is_found()
    {
        var random = new Random(11);
        var rows = Enumerable.Range(0, 4_000).Select(_ =>
        {
            double a = random.NextDouble(), b = random.NextDouble();
            var p = a > .5 == b > .5 ? .9 : .1;
            return (IReadOnlyList<string>)[Text(a), Text(b), Text(random.NextDouble()), random.NextDouble() < p ? "1" : "0"];
        }).ToArray();
        var table = new RiskTable(["a", "b", "noise", "y"], rows);
        var model = Assert.IsType<Fitted<AdditiveModel>>(RiskLearner.Fit(table, new RiskOptions("y"))).Model;
        Assert.Equal(("a", "b"), model.Pairs.First());
        Assert.True(RiskBacktest.Auroc(model.Probabilities(table), RiskLearner.Outcomes(table, "y")) > .85);
    }

    [Fact]
    public void Chance_is_not_mistaken_for_knowledge()
    {
        var random = new Random(5);
        RiskTable Noise(int n) => new(
            ["a", "b", "c", "y"],
            [.. Enumerable.Range(0, n).Select(_ => (IReadOnlyList<string>)[Text(random.NextDouble()), Text(random.NextDouble()), "x" + random.Next(4), random.Next(10) < 3 ? "1" : "0"])]);
        var report = Assert.IsType<Fitted<RiskBacktestResult>>(RiskBacktest.Run(Noise(3_000), Noise(3_000), new RiskOptions("y"))).Model.Report;
        Report("noise", report);
        Assert.InRange(report.Auroc!.Value, .45, .55);
        Assert.True(report.CalibrationError < .04);
    }

    [Fact]
    public void Dropped_columns_the_time_and_the_target_are_not_learned_from()
    {
        var table = Random(3, 1_200);
        var y = table.IndexOf("y");
        var leaking = new RiskTable(
            [.. table.Columns, "outcome", "term"],
            [.. table.Rows.Select((row, i) => (IReadOnlyList<string>)[.. row, row[y], $"Fall {2020 + i / 400}"])]);
        var model = Assert.IsType<Fitted<AdditiveModel>>(RiskLearner.Fit(leaking, Simple with { Drop = ["outcome"], Time = "term" })).Model;
        Assert.DoesNotContain(model.Columns, static column => column.Column is "outcome" or "term" or "y");
    }

    [Fact]
    public void The_season_of_a_term_is_its_name_without_the_year()
    {
        var table = new RiskTable(["term"], [["2014J"], ["Fall 2024"], [""]]).WithSeason("term");
        Assert.Equal(["J", "Fall", ""], table.Rows.Select(row => row[table.IndexOf(RiskTable.SeasonOf("term"))]));
    }

    [Fact]
    public void Learning_twice_gives_the_same_and_unknown_values_give_an_answer()
    {
        var table = Random(4, 1_000);
        Assert.Equal(Fit(table).Probabilities(table), Fit(table).Probabilities(table));
        var odd = new RiskTable(table.Columns, [[.. table.Columns.Select(static _ => "")], [.. table.Columns.Select(static _ => "never seen")]]);
        Assert.All(Fit(table).Probabilities(odd), static p => Assert.InRange(p, 0, 1));
    }

    [Fact]
    public void Too_little_history_is_said_plainly()
    {
        Assert.Contains("Not enough history", Assert.IsType<NotEnoughHistory<AdditiveModel>>(RiskLearner.Fit(Random(1, 300), Simple)).Reason);
        var table = Random(1, 900);
        var y = table.IndexOf("y");
        var never = new RiskTable(table.Columns, [.. table.Rows.Select(row => (IReadOnlyList<string>)[.. row.Select((cell, i) => i == y ? "0" : cell)])]);
        Assert.IsType<NotEnoughHistory<AdditiveModel>>(RiskLearner.Fit(never, Simple));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Ranking_figures_are_those_of_their_definitions(int seed)
    {
        var random = new Random(seed);
        var probabilities = Enumerable.Range(0, 200).Select(_ => random.Next(12) / 12.0).ToArray();
        var positive = probabilities.Select(p => random.NextDouble() < p).ToArray();
        double wins = 0, pairs = 0;
        for (var i = 0; i < 200; i++)
        {
            for (var j = 0; j < 200; j++)
            {
                if (!positive[i] || positive[j]) continue;
                pairs++;
                wins += probabilities[i] > probabilities[j] ? 1 : probabilities[i] == probabilities[j] ? .5 : 0;
            }
        }

        Assert.Equal(wins / pairs, RiskBacktest.Auroc(probabilities, positive)!.Value, 12);
        Assert.Equal(1, RiskBacktest.Auprc([.9, .8, .2], [true, true, false])!.Value, 12);
        Assert.Equal((1 + 2.0 / 3) / 2, RiskBacktest.Auprc([.9, .8, .2], [true, false, true])!.Value, 12);
        Assert.Null(RiskBacktest.Auroc([.1, .2], [true, true]));
    }

    private static AdditiveModel Fit(RiskTable table) => Assert.IsType<Fitted<AdditiveModel>>(RiskLearner.Fit(table, Simple)).Model;

    /// <summary>Two directed columns, a free one, a category and gaps; the outcome depends on all, and on two together.</summary>
    private static RiskTable Random(int seed, int rows)
    {
        var random = new Random(seed);
        return new RiskTable(["up", "down", "free", "kind", "y"], [.. Enumerable.Range(0, rows).Select(_ =>
        {
            double up = random.NextDouble(), down = random.NextDouble(), free = random.NextDouble();
            var kind = random.Next(5);
            var odds = 2 * up - 2 * down + Math.Sin(6 * free) + (kind == 2 ? 1 : -.3) + (up > .5 && free > .5 ? 1 : 0);
            return (IReadOnlyList<string>)
            [
                random.Next(12) == 0 ? "" : Text(up), Text(down), Text(free), "k" + kind,
                random.NextDouble() < 1 / (1 + Math.Exp(-odds)) ? "1" : "0",
            ];
        })]);
    }

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private void Report(string name, RiskReport report) => output.WriteLine(
        $"{name}: {report.Test} rows, AUROC {report.Auroc:0.0000}, AUPRC {report.Auprc:0.0000}, calibration error {report.CalibrationError:0.0000}");
}
