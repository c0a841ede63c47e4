using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Experience.Domain.Models.Reports;

/// <summary>A report as it is kept beside its model: small enough for the journal, and exact enough to be drawn again.</summary>
public static class ReportJson
{
    /// <summary>Points of one series that are kept: more than a picture of a page's width can show apart.</summary>
    public const int MaxPoints = 60;

    /// <summary>Digits of one kept number. Tables are text and keep theirs.</summary>
    private const string Digits = "G6";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Long series are thinned at equal steps, first and last point kept; points that are no numbers are left out.</summary>
    public static void Write(Utf8JsonWriter output, BacktestReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        JsonSerializer.Serialize(output, report with { Sections = [.. report.Sections.Select(static section => section with { Charts = [.. section.Charts.Select(Thin)] })] }, Options);
    }

    /// <exception cref="JsonException">It is not a report.</exception>
    public static BacktestReport Read(JsonElement element)
    {
        var report = element.Deserialize<BacktestReport>(Options);
        return report is { Title: not null, Verdict: not null, Sections: not null } ? report : throw new JsonException("This is not a report.");
    }

    private static ReportChart Thin(ReportChart chart) => chart with { Series = [.. chart.Series.Select(Thin)] };

    private static ChartSeries Thin(ChartSeries series)
    {
        int[] finite = [.. Enumerable.Range(0, series.X.Count).Where(i => double.IsFinite(series.X[i]) && double.IsFinite(series.Y[i]))];
        var kept = Math.Min(finite.Length, MaxPoints);
        int[] at = kept < finite.Length
            ? [.. Enumerable.Range(0, kept).Select(i => finite[(int)((long)i * (finite.Length - 1) / (kept - 1))])]
            : finite;
        return series with { X = [.. at.Select(i => Round(series.X[i]))], Y = [.. at.Select(i => Round(series.Y[i]))] };
    }

    private static double Round(double value) => double.Parse(value.ToString(Digits, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
