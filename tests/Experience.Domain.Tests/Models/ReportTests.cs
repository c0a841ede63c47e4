using System.Buffers;
using System.Text.Json;
using Experience.Domain.Models.Backtests;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Reports;

namespace Experience.Domain.Tests.Models;

public class ReportTests
{
    private static readonly Lazy<BacktestReport> Cdnow = new(static () => ValueReportPage.Build(Purchases.SampleReport));

    [Fact]
    public void The_verdict_names_the_chosen_model_and_its_row_is_the_one_marked()
    {
        var report = Cdnow.Value;
        Assert.StartsWith(Purchases.SampleReport.Chosen + " is chosen", report.Verdict, StringComparison.Ordinal);
        var rows = report.Sections[0].Tables[0].Rows;
        Assert.Equal(Purchases.SampleReport.Models.Count, rows.Count);
        Assert.Equal(Purchases.SampleReport.Chosen, Assert.Single(rows, static row => row.Chosen).Cells[0]);
    }

    [Fact]
    public void Every_table_is_rectangular_and_every_series_has_as_many_x_as_y()
    {
        foreach (var section in Cdnow.Value.Sections)
        {
            Assert.All(section.Tables, static table => Assert.All(table.Rows, row => Assert.Equal(table.Columns.Count, row.Cells.Count)));
            Assert.All(section.Charts.SelectMany(static chart => chart.Series), static series =>
            {
                Assert.Equal(series.X.Count, series.Y.Count);
                Assert.Equal(series.X.Order(), series.X);
            });
        }
    }

    [Fact]
    public void There_are_pictures_of_calibration_holdout_tracking_lift_and_reliability()
    {
        var charts = Cdnow.Value.Sections.SelectMany(static section => section.Charts).ToArray();
        Assert.Equal([ChartKind.Bars, ChartKind.Bars, ChartKind.Lines, ChartKind.Lines, ChartKind.Reliability], charts.Select(static chart => chart.Kind));
        // The last drawn lies on top.
        Assert.All(charts.Where(static chart => chart.Kind == ChartKind.Reliability), static chart => Assert.Equal(SeriesRole.Chosen, chart.Series[^1].Role));
    }

    [Fact]
    public void Gains_end_at_everything_and_people_with_equal_forecasts_count_as_their_mean()
    {
        var gains = ForecastCurves.Gains([1, 1, 1, 1], [4, 0, 0, 0]);
        Assert.Equal((0, 0), (gains[0].People, gains[0].Found));
        Assert.Equal((.5, .5), (gains[10].People, gains[10].Found));
        Assert.Equal((1, 1), (gains[^1].People, gains[^1].Found));
        Assert.Equal(1, ForecastCurves.Gains([0, 3, 1, 2], [0, 4, 0, 0])[5].Found);
        Assert.Empty(ForecastCurves.Gains([1, 2], [0, 0]));
    }

    [Fact]
    public void A_kept_report_reads_as_it_was_written_but_for_thinned_series()
    {
        var read = RoundTrip(Cdnow.Value);
        Assert.Equal(Cdnow.Value.Verdict, read.Verdict);
        Assert.Equal(Cdnow.Value.Sections[0].Tables[0].Rows[1].Cells, read.Sections[0].Tables[0].Rows[1].Cells);
        var (tracking, kept) = (Cdnow.Value.Sections[4].Charts[1], read.Sections[4].Charts[1]);
        Assert.True(tracking.Series[0].X.Count > ReportJson.MaxPoints);
        Assert.All(tracking.Series.Zip(kept.Series), static pair =>
        {
            Assert.Equal(ReportJson.MaxPoints, pair.Second.X.Count);
            Assert.Equal((pair.First.X[0], pair.First.X[^1]), (pair.Second.X[0], pair.Second.X[^1]));
            Assert.InRange(pair.Second.Y[^1] / pair.First.Y[^1], .99999, 1.00001);
        });
    }

    [Fact]
    public void A_report_fits_beside_its_model()
    {
        var receipt = new ModelReceipt("value", "MBG/NBD", new DateOnly(1997, 1, 1), new DateOnly(1998, 6, 30), 2357, "log-likelihood", []);
        var document = new ModelDocument(receipt, JsonSerializer.SerializeToElement(new { r = 1 })) { Report = Cdnow.Value };
        var text = document.Write();
        Assert.InRange(text.Length, 1_000, ModelDocument.MaxBytes / 3);
        var parsed = ModelDocument.Parse(System.Text.Encoding.UTF8.GetBytes(text), out var error);
        Assert.Null(error);
        Assert.Equal(Cdnow.Value.Verdict, parsed!.Report!.Verdict);
        Assert.Equal(text, parsed.Write());
    }

    [Fact]
    public void A_history_too_small_for_a_model_says_so_instead()
    {
        var few = Enumerable.Range(0, 40).Select(static i => new Transaction($"c{i}", new DateOnly(2025, 1, 1 + i % 28), 1000));
        var report = ValueReportPage.Build(ValueBacktest.Run(few, new DateOnly(2025, 1, 14), new DateOnly(2025, 3, 1)));
        Assert.StartsWith("No model: Not enough history", report.Verdict, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Sections, static section => section.Charts.Count > 0);
    }

    private static BacktestReport RoundTrip(BacktestReport report)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output)) ReportJson.Write(writer, report);
        return ReportJson.Read(JsonDocument.Parse(output.WrittenMemory).RootElement);
    }
}
