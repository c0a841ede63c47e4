using System.CommandLine;
using Experience.Domain.Models.Needs;
using Experience.Domain.Models.Reports;

namespace Experience.Web.Cli.Backtests;

/// <summary>backtest needs: which next offerings people took, against what was ranked for them before.</summary>
internal static class NeedsBacktestCommand
{
    private const int MostRanks = 1_000;

    private sealed record Summary(IReadOnlyList<NeedsModelResult> Models, int K, int Items, int People, int Cold, int Judged);

    public static Command Create(BacktestOutput output)
    {
        var train = new Option<FileInfo>("--train") { Description = "What was taken before: user, item and time, separated by tabs.", Required = true };
        var test = new Option<FileInfo>("--test") { Description = "What was taken after, in the same form.", Required = true };
        var k = new Option<int>("--k") { Description = "How many items of the ranking count.", DefaultValueFactory = _ => 10 };
        var command = new Command("needs", "Next offerings: full ranking over all items, those already taken left out.") { train, test, k };
        command.SetAction(output.Action((parsed, _) => Task.FromResult(Run(parsed.GetValue(train)!, parsed.GetValue(test)!, parsed.GetValue(k)))));
        return command;
    }

    private static BacktestResult Run(FileInfo train, FileInfo test, int k)
    {
        if (k is < 1 or > MostRanks) throw new BacktestInputException($"--k is {k}; accepted is 1 to {MostRanks}.");
        foreach (var file in (FileInfo[])[train, test])
        {
            if (!file.Exists) throw new BacktestInputException($"There is no file {file.FullName}.");
        }

        try
        {
            var files = TakingFiles.Read(File.ReadLines(train.FullName), File.ReadLines(test.FullName));
            var report = NeedsBacktest.Run(files.Train, files.Test, k);
            return new BacktestResult(NeedsReportPage.Build(report), new Summary(report.Models, report.K, report.Items, report.People, report.Cold, report.Judged));
        }
        catch (Exception refused) when (refused is FormatException or ArgumentException)
        {
            throw new BacktestInputException(refused.Message);
        }
    }
}
