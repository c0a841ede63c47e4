using System.Globalization;
using Experience.Domain.Models;
using Experience.Domain.Models.Backtests;
using Experience.Testing;

namespace Experience.Domain.Tests.Models;

/// <summary>The models fitted to the CDNOW purchases give what their authors and the field's packages published.</summary>
public class CdnowModelTests
{
    public static TheoryData<string, double[], double> Published => new()
    {
        // Fader, Hardie, Lee 2005; Batislam et al. as fitted by BTYDplus.
        { "BG/NBD", [.2425945, 4.4136019, .7929199, 2.4258881], -9582.429 },
        { "Pareto/NBD", [.553, 10.578, .606, 11.669], -9594.976 },
        { "MBG/NBD", [.525, 6.183, .891, 1.614], -9582.136 },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void The_sample_gives_the_published_parameters(string name, double[] parameters, double logLikelihood)
    {
        var model = Model(Purchases.SampleReport, name);
        AssertParameters(parameters, model.Parameters);
        Assert.InRange(model.LogLikelihood, logLikelihood - 0.01, logLikelihood + 0.01);
    }

    [Fact]
    public void The_sample_gives_the_published_spend()
    {
        var spend = Purchases.SampleReport.Spend!;
        Assert.Equal(946, spend.Customers);
        AssertParameters([6.25, 3.74, 15.44], spend.Parameters);
        Assert.InRange(spend.LogLikelihood, -4055.918 - 0.01, -4055.918 + 0.01);
        double[] published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17];
        var model = SpendModel(Purchases.SampleReport);
        var customers = Cuts().Take(10).Select(cut => model.ExpectedSpend(
            cut.History.Count, cut.History.Count == 0 ? 0 : cut.RepeatAmount / 100.0 / cut.History.Count)!.Value);
        Assert.Equal(published, customers.Select(static value => Math.Round(value, 2)));
    }

    [Fact]
    public void Holdout_errors_are_the_published_ones()
    {
        var report = Purchases.SampleReport;
        Assert.Equal(1882, report.HoldoutTransactions);
        Assert.Equal(("0.755", "1.603"), Errors(Model(report, "Pareto/NBD")));
        Assert.Equal(("0.785", "1.608"), Errors(Model(report, "BG/NBD")));
        Assert.Equal(("0.765", "1.607"), Errors(Model(report, "MBG/NBD")));
        var cells = Model(report, "Pareto/NBD").HoldoutByFrequency;
        AssertWithin([.237, .697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359], cells.Select(static cell => cell.Actual), 0.0006);
        AssertWithin([.138, .600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403], cells.Select(static cell => cell.Expected), 0.002);
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7+"], cells.Select(static cell => cell.Frequency));
    }

    [Fact]
    public void The_choice_forecasts_best_and_never_sees_the_holdout()
    {
        var report = Purchases.SampleReport;
        var chosen = Model(report, report.Chosen!);
        Assert.All(report.Models, model => Assert.True(model.SelectionMae >= chosen.SelectionMae));
        Assert.InRange(chosen.Mae, 0, .755);
        Assert.InRange(chosen.Rmse, 0, 1.603);
        // A holdout without a single transaction would make any other choice, if it had a say.
        var purchases = Purchases.Read(Repository.CdnowSample, 1);
        purchases.RemoveAll(static purchase => purchase.Day > Purchases.CalibrationEnd);
        Assert.Equal(report.Chosen, ValueBacktest.Run(purchases, Purchases.CalibrationEnd, Purchases.End).Chosen);
    }

    [Fact]
    public void Tracking_ends_at_the_totals()
    {
        var report = Purchases.SampleReport;
        var calibrated = Cuts().Sum(static cut => cut.History.Count);
        Assert.Equal(calibrated + report.HoldoutTransactions, report.ActualTracking[^1]);
        Assert.All(report.Models, model =>
        {
            Assert.Equal(report.ActualTracking.Count, model.Tracking.Count);
            Assert.Equal(model.Tracking.Order(), model.Tracking);
            Assert.InRange(model.Tracking[^1] / report.ActualTracking[^1], 0.9, 1.05);
        });
    }

    [SharedDataFact("cdnow/reference_per_customer.csv")]
    public void Each_customer_is_forecast_as_the_reference_does()
    {
        var report = Purchases.SampleReport;
        var bg = BetaGeometric(Model(report, "BG/NBD"), lostAtFirst: false);
        var pareto = Pareto(Model(report, "Pareto/NBD"));
        var spend = SpendModel(report);
        var cuts = Cuts().ToArray();
        var rows = File.ReadLines(Repository.Shared("cdnow/reference_per_customer.csv")).Skip(1)
            .Select(static line => Array.ConvertAll(line.Split(','), static cell => double.Parse(cell, CultureInfo.InvariantCulture))).ToArray();
        Assert.Equal(2357, rows.Length);
        Assert.Equal(rows.Length, cuts.Length);
        foreach (var (row, cut) in rows.Zip(cuts))
        {
            var history = cut.History;
            Assert.Equal((int)row[1], history.Count);
            Close(row[2], history.Last, 1e-9);
            Close(row[3], history.Age, 1e-9);
            Assert.Equal((int)row[4], cut.After);
            Close(row[6], bg.ExpectedAfter(history, 39), 0.005);
            Close(row[7], bg.ProbabilityActive(history), 0.005);
            Close(row[8], pareto.ExpectedAfter(history, 39), 0.005);
            Close(row[9], pareto.ProbabilityActive(history), 0.005);
            Close(row[10], pareto.DiscountedAfter(history, 0.0027, double.PositiveInfinity), 0.005);
            Close(row[11], spend.ExpectedSpend(history.Count, row[5])!.Value, 0.005);
        }
    }

    [SharedDataFact("cdnow/CDNOW_master.txt")]
    public void All_customers_give_the_published_parameters()
    {
        var report = ValueBacktest.Run(Purchases.Read(Repository.CdnowMaster, column: 0), Purchases.CalibrationEnd, Purchases.End);
        Assert.Equal(23_570, report.Customers);
        Assert.Equal(19_684, report.HoldoutTransactions);
        AssertParameters([.59741, 11.58511, .52217, 8.82598], Model(report, "Pareto/NBD").Parameters);
        AssertParameters([.25162, 4.78894, .72343, 2.16108], Model(report, "BG/NBD").Parameters);
        AssertParameters([6.27534, 3.62444, 14.98371], report.Spend!.Parameters);
        Assert.InRange(Model(report, "Pareto/NBD").LogLikelihood, -95415.119 - 0.01, -95415.119 + 0.01);
        Assert.InRange(Model(report, "BG/NBD").LogLikelihood, -95368.444 - 0.01, -95368.444 + 0.01);
        Assert.InRange(report.Spend.LogLikelihood, -40763.476 - 0.01, -40763.476 + 0.01);
    }

    [Fact]
    public void The_same_transactions_in_any_order_give_the_same_report()
    {
        var purchases = Purchases.Read(Repository.CdnowSample, column: 1);
        var shuffled = purchases.ToArray();
        new Random(7).Shuffle(shuffled);
        var report = ValueBacktest.Run(shuffled, Purchases.CalibrationEnd, Purchases.End, ["BG/NBD"]);
        Assert.Equal(Model(Purchases.SampleReport, "BG/NBD").Parameters, report.Models[0].Parameters);
    }

    internal static IEnumerable<CustomerCut> Cuts() =>
        new CustomerBase(Purchases.Read(Repository.CdnowSample, column: 1)).Cut(Purchases.CalibrationEnd.DayNumber, Purchases.End.DayNumber);

    private static ValueModelResult Model(ValueReport report, string name) => report.Models.Single(model => model.Name == name);

    private static BetaGeometricModel BetaGeometric(ValueModelResult model, bool lostAtFirst)
    {
        var p = model.Parameters;
        return new BetaGeometricModel(p[0].Value, p[1].Value, p[2].Value, p[3].Value, lostAtFirst);
    }

    private static ParetoNbdModel Pareto(ValueModelResult model)
    {
        var p = model.Parameters;
        return new ParetoNbdModel(p[0].Value, p[1].Value, p[2].Value, p[3].Value);
    }

    private static GammaGammaModel SpendModel(ValueReport report)
    {
        var p = report.Spend!.Parameters;
        return new GammaGammaModel(p[0].Value, p[1].Value, p[2].Value);
    }

    private static (string Mae, string Rmse) Errors(ValueModelResult model) => (model.Mae.ToString("0.000"), model.Rmse.ToString("0.000"));

    /// <summary>Three significant digits, and a standard error for each.</summary>
    private static void AssertParameters(double[] published, IReadOnlyList<FittedParameter> fitted)
    {
        Assert.Equal(published.Length, fitted.Count);
        Assert.All(published.Zip(fitted), static pair =>
        {
            var unit = Math.Pow(10, Math.Floor(Math.Log10(pair.First)) - 2);
            Assert.InRange(pair.Second.Value, pair.First - unit / 2, pair.First + unit / 2);
            Assert.InRange(pair.Second.StandardError!.Value, pair.First * 0.005, pair.First);
        });
    }

    private static void AssertWithin(double[] expected, IEnumerable<double> actual, double difference) =>
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second, pair.First - difference, pair.First + difference));

    private static void Close(double expected, double actual, double share) =>
        Assert.InRange(actual, expected - share * Math.Abs(expected), expected + share * Math.Abs(expected));
}
