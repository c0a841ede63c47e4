using Experience.Domain.Models.Backtests;
using Experience.Domain.Models.Risk;

namespace Experience.Domain.Models.Reports;

/// <summary>What a backtest of a risk found, as a report: is the chance true, does the order help, and what decides.</summary>
public static class RiskReportPage
{
    private const int MostTerms = 20;

    /// <param name="risk">The model in force, for the depth that staff can reach; null where a file was judged.</param>
    /// <param name="calls">People that staff can call a day.</param>
    public static BacktestReport Build(string title, string scored, RiskReport report, LearnedRisk? risk, int calls, DriftFinding? drift)
    {
        ArgumentNullException.ThrowIfNull(report);
        var sections = new List<ReportSection> { Quality(scored, report), Reliability(report), Depth(report, risk, calls), Terms(report) };
        if (drift is not null) sections.Add(new ReportSection("The model before", drift.Words, [], []));
        return new BacktestReport($"At risk: {title}", Verdict(report), sections);
    }

    private static string Verdict(RiskReport report)
    {
        var held = $"{Figures.Count(report.Positives)} of {Figures.Count(report.Test)} had the outcome.";
        return report.Auroc is { } auroc
            ? $"Of somebody with the outcome and somebody without, the first is ranked higher in {Figures.Share(auroc)} of cases; stated chances are {Figures.Share(report.CalibrationError)} from what happened on average. {held}"
            : $"All that was judged on is alike, so nothing can be said about the order. {held}";
    }

    private static ReportSection Quality(string scored, RiskReport report) => new(
        "How good it is", scored,
        [
            new ReportTable("Judged on what it had not seen", ["Figure", "Value"],
            [
                new ReportRow(["Learned from, rows", Figures.Count(report.Train)]),
                new ReportRow(["Judged on, rows", Figures.Count(report.Test)]),
                new ReportRow(["With the outcome", Figures.Count(report.Positives)]),
                new ReportRow(["AUROC", report.Auroc is { } auroc ? Figures.Fixed(auroc, 4) : "–"]),
                new ReportRow(["AUPRC", report.Auprc is { } auprc ? Figures.Fixed(auprc, 4) : "–"]),
                new ReportRow(["Expected calibration error", Figures.Fixed(report.CalibrationError, 4)]),
            ]),
        ],
        []);

    private static ReportSection Reliability(RiskReport report) => new(
        "Are the chances true",
        "Rows by the chance that was stated, in tenths: on the diagonal as many had the outcome as was said.",
        [
            new ReportTable("Stated and seen", ["Stated, from – to", "Rows", "Stated", "Seen"],
                [.. report.Reliability.Select(static bin => new ReportRow([$"{Figures.Share(bin.From)} – {Figures.Share(bin.To)}", Figures.Count(bin.Rows), Figures.Share(bin.Stated), Figures.Share(bin.Seen)]))]),
        ],
        [
            new ReportChart(ChartKind.Reliability, "Reliability", "Points below the diagonal: fewer had the outcome than was said.",
                new ChartAxis("Chance stated", ChartUnit.Share), new ChartAxis("Share with the outcome", ChartUnit.Share), [],
                [new ChartSeries("The model", SeriesRole.Chosen, [.. report.Reliability.Select(static bin => bin.Stated)], [.. report.Reliability.Select(static bin => bin.Seen)])]),
        ]);

    private static ReportSection Depth(RiskReport report, LearnedRisk? risk, int calls)
    {
        var tables = new List<ReportTable>
        {
            new("The highest chances first", ["People", "With the outcome", "Of all with it", "Times better than calling anybody"],
                [.. report.Depths.Select(static depth => new ReportRow([Figures.Count(depth.People), Figures.Share(depth.Precision), Figures.Share(depth.Recall), Figures.Fixed(depth.Lift, 2)]))]),
        };
        var text = "How many of those at the top of the list have the outcome: what a call reaches.";
        if (risk?.PrecisionAt(calls) is { } precision)
            text += $" Of the {calls} people that staff can call a day, {Figures.Share(precision)} would have the outcome without a call; of anybody, {Figures.Share(risk.Share)}.";
        var lift = report.Lift;
        return new ReportSection(
            "The top of the list", text, tables,
            lift.Count == 0 ? [] :
            [
                new ReportChart(ChartKind.Lines, "Reached by depth", "The further above the straight line, the more a call is worth than calling anybody.",
                    new ChartAxis("Called, of all", ChartUnit.Share), new ChartAxis("Reached, of all with the outcome", ChartUnit.Share), [],
                    [
                        new ChartSeries("The model", SeriesRole.Chosen, [.. lift.Select(static point => point.Called)], [.. lift.Select(static point => point.Reached)]),
                        new ChartSeries("Calling anybody", SeriesRole.Reference, [0, 1], [0, 1]),
                    ]),
            ]);
    }

    private static ReportSection Terms(RiskReport report) => new(
        "What decides",
        "Mean share of each term in the log-odds, whatever its direction. The model is their sum, and nothing else.",
        [
            new ReportTable("Terms", ["Term", "Weight"],
                [.. report.Terms.Take(MostTerms).Select(static term => new ReportRow([term.Term, Figures.Fixed(term.Weight, 3)]))]),
        ],
        []);
}
