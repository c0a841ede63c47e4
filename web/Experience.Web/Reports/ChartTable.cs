using System.Globalization;
using Experience.Domain.Models.Reports;

namespace Experience.Web.Reports;

/// <summary>A chart's data as a table, for those who do not see it and those who want the digits.</summary>
internal static class ChartTable
{
    public static ReportTable Of(ReportChart chart)
    {
        var (digitsX, digitsY) = (Digits(chart.Series.SelectMany(static s => s.X)), Digits(chart.Series.SelectMany(static s => s.Y)));
        // Series that share their x values stand side by side; reliability has its own x for each series.
        if (chart.Kind == ChartKind.Reliability)
        {
            return new ReportTable(chart.Title, ["Series", chart.X.Title, chart.Y.Title],
                [.. chart.Series.SelectMany(series => series.X.Zip(series.Y, (x, y) => new ReportRow([series.Name, Number(x, chart.X.Unit, digitsX), Number(y, chart.Y.Unit, digitsY)])))]);
        }

        var series = chart.Series.Where(static s => s.Role != SeriesRole.Reference).ToArray();
        var xs = series.SelectMany(static s => s.X).Distinct().Order().ToArray();
        return new ReportTable(chart.Title, [chart.X.Title, .. series.Select(static s => s.Name)],
            [.. xs.Select(x => new ReportRow([Name(chart, x), .. series.Select(s => At(s, x) is { } y ? Number(y, chart.Y.Unit, digitsY) : "–")]))]);
    }

    /// <summary>The same for a whole column: enough for three significant digits of its largest value.</summary>
    private static int Digits(IEnumerable<double> values) =>
        values.Select(Math.Abs).DefaultIfEmpty(0).Max() switch { >= 1000 => 0, >= 100 => 1, >= 10 => 2, _ => 3 };

    private static string Number(double value, ChartUnit unit, int digits) =>
        unit == ChartUnit.Share ? Figures.Share(value) : digits == 0 ? Figures.Count(value) : Figures.Fixed(value, digits);

    private static string Name(ReportChart chart, double x) =>
        chart.Categories.Count > 0 ? chart.Categories[(int)x]
        : chart.X.Unit == ChartUnit.Share ? Figures.Share(x) : x.ToString("0.###", CultureInfo.InvariantCulture);

    private static double? At(ChartSeries series, double x)
    {
        for (var i = 0; i < series.X.Count; i++)
        {
            if (series.X[i] == x) return series.Y[i];
        }

        return null;
    }
}
