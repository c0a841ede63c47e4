using Experience.Domain.Models.Needs;

namespace Experience.Domain.Models.Reports;

/// <summary>What a backtest of next offerings found, as a report.</summary>
public static class NeedsReportPage
{
    public static BacktestReport Build(NeedsReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new BacktestReport("Needs: next offering", Verdict(report), [Section(report)]);
    }

    public static string Verdict(NeedsReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var blend = report.Models.First(static m => m.Name == NeedsBacktest.Blend);
        var popular = report.Models.First(static m => m.Name == NeedsBacktest.Popularity);
        var times = popular.Hr > 0 ? $", {Figures.Fixed(blend.Hr / popular.Hr, 2)} times as many as by popularity alone" : "";
        return $"Of {Figures.Count(report.People)} people who took something new, {Figures.Share(blend.Hr)} took one of the first {report.K} that the blend named for them{times}. "
            + (report.Judged > 0
                ? $"The parts were weighed by what {Figures.Count(report.Judged)} people of the training history took later."
                : "The training history is too short to weigh the parts, so they have their defaults.");
    }

    public static ReportSection Section(NeedsReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var table = new ReportTable(
            $"At {report.K} of {Figures.Count(report.Items)} items; each person counts once" + (report.Cold > 0 ? $", {Figures.Count(report.Cold)} without a history among them" : ""),
            ["Model", $"HR@{report.K}", $"NDCG@{report.K}", $"MAP@{report.K}", $"Precision@{report.K}", $"Recall@{report.K}", "Weight"],
            [.. report.Models.Select(static m => new ReportRow(
                [m.Name, Figures.Fixed(m.Hr, 4), Figures.Fixed(m.Ndcg, 4), Figures.Fixed(m.Map, 4), Figures.Fixed(m.Precision, 4), Figures.Fixed(m.Recall, 4), m.Weight is { } w ? Figures.Fixed(w, 3) : ""],
                m.Name == NeedsBacktest.Blend))]);
        double[] at = [.. Enumerable.Range(0, report.Models.Count).Select(static i => (double)i)];
        string[] names = [.. report.Models.Select(static m => m.Name)];
        var popular = report.Models.First(static m => m.Name == NeedsBacktest.Popularity);
        var chart = new ReportChart(
            ChartKind.Lines, $"Hit rate at {report.K} by model", "Share of people of whom one of the first was taken; the dashed line is popularity.",
            new ChartAxis("Model"), new ChartAxis("People", ChartUnit.Share), names,
            [
                new ChartSeries("Hit rate", SeriesRole.Chosen, at, [.. report.Models.Select(static m => m.Hr)]),
                new ChartSeries("Popularity", SeriesRole.Reference, at, [.. at.Select(_ => popular.Hr)]),
            ]);
        return new ReportSection(
            "Next offering",
            "Full ranking over all items, those already taken left out. The blend adds its parts with the weights shown; a part without weight adds nothing that others do not say.",
            [table], [chart]);
    }
}
