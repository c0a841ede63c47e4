using System.CommandLine;
using Experience.Domain.Models;
using Experience.Domain.Models.Backtests;
using Experience.Domain.Models.Gam;
using Experience.Domain.Models.Reports;

namespace Experience.Web.Cli.Backtests;

/// <summary>backtest risk: learns an outcome on one file's rows, and judges on another's, which must be later.</summary>
internal static class RiskBacktestCommand
{
    private sealed record Summary(
        double? Auroc, double? Auprc, double? CalibrationError, int Train, int Test, int Positives, string? Time, IReadOnlyList<LeftOut> LeftOut,
        IReadOnlyList<DepthCell> Depths, string? Note);

    public static Command Create(BacktestOutput output)
    {
        var train = new Option<FileInfo>("--train") { Description = "The rows to learn from: a CSV file with a header.", Required = true };
        var test = new Option<FileInfo>("--test") { Description = "Later rows to judge on, with the same columns.", Required = true };
        var target = new Option<string>("--target") { Description = "The column that says whether it happened: 1, true or yes.", Required = true };
        var drop = new Option<string[]>("--drop") { Description = "Columns that must not be learned from, with commas: keys, outcomes, what is known only later.", AllowMultipleArgumentsPerToken = true };
        var time = new Option<string?>("--time") { Description = "The column that tells when a row is from; without it the one whose values in the test file are all later." };
        var command = new Command("risk", "At risk: an outcome learned from a table, with chances and reasons.") { train, test, target, drop, time };
        command.SetAction(output.Action((parsed, _) => Task.FromResult(
            Run(parsed.GetValue(train)!, parsed.GetValue(test)!, parsed.GetValue(target)!, parsed.GetValue(drop) ?? [], parsed.GetValue(time)))));
        return command;
    }

    private static BacktestResult Run(FileInfo trainFile, FileInfo testFile, string target, string[] dropped, string? time)
    {
        var (train, test) = (RiskTableFile.Read("--train", trainFile), RiskTableFile.Read("--test", testFile));
        string[] drop = [.. dropped.SelectMany(static d => d.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()];
        Known("--target", target, train, trainFile);
        Known("--target", target, test, testFile);
        foreach (var column in drop) Known("--drop", column, train, trainFile);
        if (time is not null) Known("--time", time, train, trainFile);
        var columns = RiskColumns.Of(train, test, target, drop);
        time ??= columns.Time;
        var left = columns.Left.Where(l => l.Column != time).ToArray();
        var options = new RiskOptions(target) { Time = time, Drop = [.. left.Select(static l => l.Column)] };
        var scored = $"Learned from {trainFile.Name}, judged on {testFile.Name}."
            + (time is null ? " No column tells the time: the last fifth of the rows chose the rounds and the calibration." : $" The latest {time} chose the rounds and the calibration.")
            + (left.Length == 0 ? "" : $" Left out: {string.Join(", ", left.Select(static l => $"{l.Column} ({l.Why})"))}.");
        switch (RiskBacktest.Run(train, test, options))
        {
            case Fitted<RiskBacktestResult> { Model.Report: var report }:
                return new BacktestResult(
                    RiskReportPage.Build(target, scored, report, null, 0, null),
                    new Summary(report.Auroc, report.Auprc, report.CalibrationError, report.Train, report.Test, report.Positives, time, left, report.Depths, null));
            case NotEnoughHistory<RiskBacktestResult> none:
                return new BacktestResult(
                    new BacktestReport($"At risk: {target}", none.Reason, [new ReportSection("What was read", scored, [], [])]),
                    new Summary(null, null, null, train.Rows.Count, test.Rows.Count, 0, time, left, [], none.Reason));
            default:
                throw new InvalidOperationException("A fit has two outcomes.");
        }
    }

    private static void Known(string option, string column, RiskTable table, FileInfo file)
    {
        if (!table.Has(column)) throw new BacktestInputException($"{option} is \"{column}\", which {file.Name} does not have; accepted: {string.Join(", ", table.Columns)}.");
    }
}
