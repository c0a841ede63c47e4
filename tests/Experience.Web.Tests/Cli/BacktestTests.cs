using System.Text.Json;
using System.Text.RegularExpressions;
using Experience.Domain.Models.Reports;
using Experience.Testing;
using Experience.Web.Reports;

namespace Experience.Web.Tests.Cli;

/// <summary>The backtest command as a user runs it.</summary>
public sealed partial class BacktestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_last_line_is_one_object_with_the_published_figures_and_the_choice()
    {
        var page = _folder["report.html"];
        var (code, output) = await ServerProcess.CommandAsync(
            "backtest", "value", "--file", Repository.CdnowSample, "--format", "cdnow", "--calibration-end", "1997-09-30", "--json", "--report", page);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        var models = json.RootElement.GetProperty("models").EnumerateArray().ToDictionary(static m => m.GetProperty("name").GetString()!);
        Assert.Equal(.2426, models["BG/NBD"].GetProperty("parameters").GetProperty("r").GetDouble(), 4);
        Assert.Equal(-9582.429, models["BG/NBD"].GetProperty("logLikelihood").GetDouble(), .01);
        Assert.Equal(.785, models["BG/NBD"].GetProperty("mae").GetDouble(), .001);
        Assert.Equal(1.603, models["Pareto/NBD"].GetProperty("rmse").GetDouble(), .001);
        Assert.Equal(-4055.918, models["Gamma-Gamma"].GetProperty("logLikelihood").GetDouble(), .01);
        Assert.Contains(json.RootElement.GetProperty("chosen").GetString()!, models.Keys);

        var html = await File.ReadAllTextAsync(page);
        Assert.Equal(5, Regex.Count(html, "<svg viewBox=\"0 0 720 360\" role=\"img\""));
        Assert.DoesNotMatch(Elsewhere(), html);
    }

    [Fact]
    public async Task Next_offerings_are_ranked_from_one_file_and_judged_by_another()
    {
        // Three of four who took a go on to b; c is what most people take.
        var train = Enumerable.Range(0, 120).SelectMany(static i => new[] { $"u{i}\t{(i % 3 == 0 ? "c" : "a")}\t2024-01-{1 + i % 28:00}", $"u{i}\t{(i % 3 == 0 ? "d" : i % 6 == 5 ? "c" : "b")}\t2024-03-{1 + i % 28:00}" })
            .Concat(Enumerable.Range(0, 60).Select(static i => $"w{i}\tc\t2024-02-{1 + i % 28:00}"))
            .Concat(Enumerable.Range(0, 30).Select(static i => $"v{i}\ta\t2024-04-{1 + i % 28:00}"));
        await File.WriteAllLinesAsync(_folder["train.tsv"], train);
        await File.WriteAllLinesAsync(_folder["test.tsv"], Enumerable.Range(0, 30).Select(static i => $"v{i}\tb\t2024-05-{1 + i % 28:00}"));
        var (code, output) = await ServerProcess.CommandAsync("backtest", "needs", "--train", _folder["train.tsv"], "--test", _folder["test.tsv"], "--k", "1", "--json");
        Assert.True(code == 0, output);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(30, json.RootElement.GetProperty("people").GetInt32());
        var models = json.RootElement.GetProperty("models").EnumerateArray().ToDictionary(static m => m.GetProperty("name").GetString()!);
        foreach (var figure in (string[])["hr", "ndcg", "map", "precision", "recall"])
        {
            Assert.Equal(1, models["sequence"].GetProperty(figure).GetDouble());
            Assert.Equal(0, models["popularity"].GetProperty(figure).GetDouble());
        }

        (code, output) = await ServerProcess.CommandAsync("backtest", "needs", "--train", _folder["train.tsv"], "--test", _folder["absent.tsv"]);
        Assert.NotEqual(0, code);
        Assert.Contains("absent.tsv", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_json_tables_are_printed_with_the_choice_and_the_rule_of_thumb()
    {
        var (code, output) = await ServerProcess.CommandAsync(
            "backtest", "value", "--file", Repository.CdnowSample, "--format", "cdnow", "--calibration-end", "1997-09-30", "--model", "bg/nbd,MBG/NBD");
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^\* MBG/NBD .* chosen$", output);
        Assert.Matches(@"(?m)^  BG/NBD .*−9,582\.43", output);
        Assert.DoesNotContain("Pareto", output, StringComparison.Ordinal);
        Assert.Contains("LERN's rule: lifetime revenue", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Columns_of_a_csv_are_known_by_their_names_and_give_the_same_figures()
    {
        var rows = (await File.ReadAllLinesAsync(Repository.CdnowSample)).Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        await File.WriteAllLinesAsync(_folder["sales.csv"], rows.Select(static c => $"{c[2][4..6]}/{c[2][6..]}/{c[2][..4]};\"{c[4]}\";web;{c[0]}").Prepend("Order Date;Amount;Channel;Customer ID"));
        var (code, output) = await ServerProcess.CommandAsync(
            "backtest", "value", "--file", _folder["sales.csv"], "--format", "csv", "--calibration-end", "1997-09-30", "--model", "BG/NBD", "--json");
        Assert.True(code == 0, output);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(-9582.429, json.RootElement.GetProperty("models")[0].GetProperty("logLikelihood").GetDouble(), .01);
        Assert.Equal(1882, json.RootElement.GetProperty("holdoutTransactions").GetInt32());
    }

    [Fact]
    public async Task Histories_that_are_counted_already_are_fitted_by_bg_bb()
    {
        var (code, output) = await ServerProcess.CommandAsync("backtest", "value", "--file", Repository.Donations, "--format", "csv", "--json");
        Assert.True(code == 0, output);
        using var json = JsonDocument.Parse(output);
        var model = json.RootElement.GetProperty("models")[0];
        Assert.Equal("BG/BB", model.GetProperty("name").GetString());
        Assert.Equal(-33225.58, model.GetProperty("logLikelihood").GetDouble(), .01);
        Assert.Equal(1.2035, model.GetProperty("parameters").GetProperty("alpha").GetDouble(), .001);
    }

    [Theory]
    [InlineData("customer,date,amount\na,2025-01-01,10\nb,yesterday,10\n", "2025-02-01", "Line 3: date is not a day: \"yesterday\"")]
    [InlineData("customer,date,amount\na,2025-01-01,ten\n", "2025-02-01", "Line 2: amount is not an amount: \"ten\"")]
    [InlineData("customer,date,amount\n,2025-01-01,10\n", "2025-02-01", "Line 2: customer is empty")]
    [InlineData("who,when,amount\na,2025-01-01,10\n", "2025-02-01", "No column for the customer is known by its name among who, when, amount")]
    [InlineData("customer,date,amount\na,2025-01-01,10\nb,2025-03-01,10\n", "2025-03-01", "accepted is a day after 2025-01-01 and before 2025-03-01")]
    [InlineData("customer,date,amount\na,2025-01-01,10\nb,2025-03-01,10\n", "in May", "--calibration-end is \"in May\"")]
    [InlineData("customer,date,amount\n", "2025-02-01", "has no transactions")]
    [InlineData("frequency,recency,periods\n7,7,6\n", null, "Line 2: frequency is \"7\"; accepted: a whole number from 0 to 6")]
    public async Task What_cannot_be_read_is_refused_with_its_line_and_field(string csv, string? calibrationEnd, string message)
    {
        await File.WriteAllTextAsync(_folder["input.csv"], csv);
        string[] end = calibrationEnd is null ? [] : ["--calibration-end", calibrationEnd];
        var (code, output) = await ServerProcess.CommandAsync(["backtest", "value", "--file", _folder["input.csv"], "--format", "csv", .. end]);
        Assert.Equal(2, code);
        Assert.Contains(message, output, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_a_report_cannot_become_markup()
    {
        var evil = "</text><script>alert(1)</script>\"'&";
        var chart = new ReportChart(ChartKind.Bars, evil, evil, new ChartAxis(evil), new ChartAxis(evil), [evil], [new ChartSeries(evil, SeriesRole.Actual, [0], [1])], new ChartMark(0, evil));
        var table = new ReportTable(evil, [evil, evil], [new ReportRow([evil, evil], true)]);
        var html = ReportHtml.Write(new BacktestReport(evil, evil, [new ReportSection(evil, evil, [table], [chart])]));
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\"'&\"", html, StringComparison.Ordinal);
    }

    [GeneratedRegex("https?:|<script|<link|<img|url\\(|@import| src=", RegexOptions.IgnoreCase)]
    private static partial Regex Elsewhere();
}
