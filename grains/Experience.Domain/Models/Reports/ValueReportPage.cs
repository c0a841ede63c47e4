using Experience.Domain.Models.Backtests;
using Experience.Domain.Models.Learning;

namespace Experience.Domain.Models.Reports;

/// <summary>The value models' backtest as a report.</summary>
public static class ValueReportPage
{
    /// <summary>A share of fewer says more about chance than about the model.</summary>
    private const int FewPeople = 30;

    private static readonly double[] LiftDepths = [0.05, 0.1, 0.2, 0.5];

    /// <param name="chosen">What the engine chose, by a table of its own; null when the backtest itself chooses.</param>
    public static BacktestReport Build(ValueReport report, ModelReceipt? chosen = null)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (chosen is not null)
        {
            var name = chosen.Scores.FirstOrDefault(static score => score.Chosen)?.Model ?? chosen.Name;
            report = report with { Chosen = report.Models.FirstOrDefault(model => model.Name == name)?.Name };
        }

        var sections = new List<ReportSection> { Choice(report), Parameters(report), Value(report) };
        if (report.Models.Count > 0)
        {
            sections.Add(new ReportSection(
                "Calibration", null, [],
                [ByFrequency(report, "People by transactions after the first", "Bars are people, marks what each model says: a good model stands on the bars' ends.",
                    "Transactions after the first, to the calibration's end", "People", static model => model.CalibrationByFrequency)]));
            sections.Add(new ReportSection(
                "Holdout", null, [],
                [
                    ByFrequency(report, "Holdout transactions a person, by calibration frequency", "Mean number in the holdout of people who had come back so often before.",
                        "Transactions after the first, to the calibration's end", "Mean transactions in the holdout", static model => model.HoldoutByFrequency),
                    Tracking(report),
                ]));
            sections.Add(Order(report));
        }

        return new BacktestReport($"Value: {Figures.Day(report.Start)} to {Figures.Day(report.End)}", chosen is null ? Verdict(report) : Verdict(report, chosen), sections);
    }

    private static string Verdict(ValueReport report)
    {
        var held = $"{Figures.Count(report.Customers)} people, {Figures.Count(report.HoldoutTransactions)} transactions held out after {Figures.Day(report.CalibrationEnd)}.";
        if (report.Chosen is null) return $"No model: {string.Join(" ", report.Unfitted.Select(static model => model.Reason).Distinct())} {held}";
        var chosen = report.Models.First(model => model.Name == report.Chosen);
        if (report.Models.Count == 1) return $"{chosen.Name} is the only model that was asked for or fitted. {held}";
        return chosen.SelectionLogLikelihood is { } selection
            ? $"{chosen.Name} is chosen: fitted on the first two thirds of the calibration period, no model gave the last third's counts a clearly higher log-likelihood than its {Figures.LogLikelihood(selection)} (Vuong's test, 5 %), and of such models it forecast counts with the smallest error at three origins ({Figures.Fixed(chosen.SelectionMae ?? 0, 4)}). The holdout had no part in the choice. {held}"
            : $"{chosen.Name} is chosen: its log-likelihood on the calibration period is the highest ({Figures.LogLikelihood(chosen.LogLikelihood)}); the period is too short to be divided. {held}";
    }

    private static string Verdict(ValueReport report, ModelReceipt chosen) =>
        $"{chosen.Name} was chosen, and learned from {Figures.Count(chosen.People)} people. The pictures show how each model does when it is fitted on what was known on {Figures.Day(report.CalibrationEnd)} and held against the {Figures.Count(report.HoldoutTransactions)} purchases since.";

    private static ReportSection Choice(ValueReport report)
    {
        var rows = report.Models.Select(model => new ReportRow(
        [
            model.Name, Figures.LogLikelihood(model.SelectionLogLikelihood), model.SelectionMae is { } error ? Figures.Fixed(error, 4) : "–", Figures.LogLikelihood(model.LogLikelihood), Figures.LogLikelihood(model.HoldoutLogLikelihood),
            Figures.Fixed(model.Mae, 4), Figures.Fixed(model.Rmse, 4), Figures.Count(model.ExpectedHoldoutTransactions), model.Name == report.Chosen ? "chosen" : "",
        ], model.Name == report.Chosen));
        var tables = new List<ReportTable>
        {
            new($"Held out {Figures.Fixed((report.End.DayNumber - report.CalibrationEnd.DayNumber) / 7.0, 1)} weeks; {Figures.Count(report.HoldoutTransactions)} transactions happened in them",
                ["Model", "Selection", "Selection MAE", "Log-likelihood", "Holdout log-likelihood", "MAE", "RMSE", "Expected in holdout", "Choice"], [.. rows]),
        };
        if (report.Unfitted.Count > 0) tables.Add(new ReportTable("Without a model", ["Model", "Why"], [.. report.Unfitted.Select(static model => new ReportRow([model.Name, model.Reason]))]));
        return new ReportSection(
            "Backtest",
            "\"Selection\" is the log-likelihood of the counts in the last third of the calibration period, forecast from its first two thirds; \"Selection MAE\" is the error of one person's count, forecast from its first half, two thirds and five sixths. MAE and RMSE are errors of one person's count in the holdout.",
            tables, []);
    }

    private static ReportSection Parameters(ValueReport report)
    {
        var fits = report.Models.Select(static model => (model.Name, model.Parameters));
        if (report.Spend is { } spend) fits = fits.Append((spend.Name, spend.Parameters));
        return new ReportSection(
            "Parameters", "Time is in weeks. ± is one standard error.",
            [new ReportTable("Maximum likelihood", ["Model", "Parameters"], [.. fits.Select(fit => new ReportRow([fit.Name, Written(fit.Parameters)], fit.Name == report.Chosen))])], []);
    }

    private static string Written(IReadOnlyList<FittedParameter> parameters) =>
        string.Join(", ", parameters.Select(Parameter)) + (parameters.Any(static parameter => parameter.StandardError is not null) ? "" : " (the data do not determine them)");

    private static string Parameter(FittedParameter parameter) =>
        $"{parameter.Name} {Figures.Parameter(parameter.Value)}" + (parameter.StandardError is { } error ? $" ± {Figures.Parameter(error)}" : "");

    private static ReportSection Value(ValueReport report)
    {
        var rows = new List<ReportRow>();
        if (report.Spend is { } spend)
        {
            rows.Add(new ReportRow([$"{spend.Name}, log-likelihood", Figures.LogLikelihood(spend.LogLikelihood)]));
            rows.Add(new ReportRow([$"{spend.Name}, people who came back and paid", Figures.Count(spend.Customers)]));
            rows.Add(new ReportRow(["Spent in the holdout", Figures.Money(spend.HoldoutAmount)]));
            rows.Add(new ReportRow([$"Expected by {report.Chosen ?? "the chosen model"} and {spend.Name}", spend.ExpectedHoldoutAmount is { } expected ? Figures.Money(expected) : "–"]));
            if (spend is { Mae: { } mae, Rmse: { } rmse })
                rows.Add(new ReportRow(["Error of a person's mean holdout transaction, MAE and RMSE", $"{Figures.Fixed(mae, 2)} and {Figures.Fixed(rmse, 2)}"]));
        }

        rows.Add(new ReportRow(["LERN's rule: average fee", Figures.Money(report.Lern.AverageAmount)]));
        rows.Add(new ReportRow(["LERN's rule: repeat rate, first half of the calibration to its second", Figures.Share(report.Lern.RepeatRate)]));
        rows.Add(new ReportRow(["LERN's rule: lifetime revenue = average fee ÷ (1 − repeat rate)", report.Lern.LifetimeRevenue is { } revenue ? Figures.Money(revenue) : "–"]));
        return new ReportSection(
            "Spend, and the rule of thumb",
            "LERN's rule is revenue, not margin, and knows no time: it stands beside the models and is added to nothing.",
            [new ReportTable("In the currency of the data", ["What", "Figure"], rows)], []);
    }

    private static ReportChart ByFrequency(
        ValueReport report, string title, string caption, string x, string y, Func<ValueModelResult, IReadOnlyList<FrequencyCell>> cells)
    {
        var first = cells(report.Models[0]);
        double[] at = [.. Enumerable.Range(0, first.Count).Select(static i => (double)i)];
        return new ReportChart(
            ChartKind.Bars, title, caption, new ChartAxis(x), new ChartAxis(y), [.. first.Select(static cell => cell.Frequency)],
            [
                new ChartSeries("Happened", SeriesRole.Actual, at, [.. first.Select(static cell => cell.Actual)]),
                .. Ordered(report).Select(model => new ChartSeries(model.Name, Role(report, model), at, [.. cells(model).Select(static cell => cell.Expected)])),
            ]);
    }

    private static ReportChart Tracking(ValueReport report)
    {
        double[] weeks = [.. Enumerable.Range(1, report.ActualTracking.Count).Select(static week => (double)week)];
        return new ReportChart(
            ChartKind.Lines, "Transactions after the first, summed up week by week", "Right of the line nothing was known when the models were fitted.",
            new ChartAxis("Week"), new ChartAxis("Transactions so far"), [],
            [
                new ChartSeries("Happened", SeriesRole.Actual, weeks, report.ActualTracking),
                .. Ordered(report).Select(model => new ChartSeries(model.Name, Role(report, model), weeks, model.Tracking)),
            ],
            new ChartMark((report.CalibrationEnd.DayNumber - report.Start.DayNumber) / 7.0, "Calibration ends"));
    }

    private static ReportSection Order(ValueReport report)
    {
        var tables = new List<ReportTable>();
        var charts = new List<ReportChart>();
        if (report.Models.All(static model => model.Gains.Count > 0))
        {
            double[] people = [.. report.Models[0].Gains.Select(static point => point.People)];
            tables.Add(new ReportTable(
                "Lift: transactions of the people with the highest forecasts, against as many people taken by chance",
                ["Model", .. LiftDepths.Select(static depth => $"First {depth * 100:0} %")],
                [.. report.Models.Select(model => new ReportRow([model.Name, .. LiftDepths.Select(depth => "× " + Figures.Fixed(Found(model, depth) / depth, 2))], model.Name == report.Chosen))]));
            charts.Add(new ReportChart(
                ChartKind.Lines, "Gains: who accounts for the holdout's transactions", "People with the highest forecasts first; the further above chance, the better the order.",
                new ChartAxis("Share of people", ChartUnit.Share), new ChartAxis("Share of transactions", ChartUnit.Share), [],
                [
                    .. Ordered(report).Select(model => new ChartSeries(model.Name, Role(report, model), people, [.. model.Gains.Select(static point => point.Found)])),
                    new ChartSeries("Chance", SeriesRole.Reference, [0, 1], [0, 1]),
                ]));
        }

        charts.Add(new ReportChart(
            ChartKind.Reliability, "Stated against seen: any transaction in the holdout", $"On the diagonal a stated probability is the share that came true. Points of fewer than {FewPeople} people are left out.",
            new ChartAxis("Stated probability", ChartUnit.Share), new ChartAxis("Share seen", ChartUnit.Share), [],
            [.. Ordered(report).Select(model => (model, Bins: model.Reliability.Where(static bin => bin.Rows >= FewPeople).ToArray())).Select(pair => new ChartSeries(
                pair.model.Name, Role(report, pair.model), [.. pair.Bins.Select(static bin => bin.Stated)], [.. pair.Bins.Select(static bin => bin.Seen)]))]));
        return new ReportSection("Lift and reliability", null, tables, charts);
    }

    private static double Found(ValueModelResult model, double depth) =>
        model.Gains.MinBy(point => Math.Abs(point.People - depth))!.Found;

    /// <summary>The chosen model last, so that it is drawn above the others.</summary>
    private static IEnumerable<ValueModelResult> Ordered(ValueReport report) =>
        report.Models.OrderBy(model => model.Name == report.Chosen);

    private static SeriesRole Role(ValueReport report, ValueModelResult model) =>
        model.Name == report.Chosen ? SeriesRole.Chosen : SeriesRole.Other;
}
