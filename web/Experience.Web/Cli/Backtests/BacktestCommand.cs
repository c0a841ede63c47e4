using System.CommandLine;
using System.Text;
using System.Text.Json;
using Experience.Domain.Models.Reports;
using Experience.Web.Contracts;
using Experience.Web.Reports;

namespace Experience.Web.Cli.Backtests;

/// <summary>backtest: fits models on the past and judges them on what came after. One sub-command a kind of model.</summary>
internal static class BacktestCommand
{
    public static Command Create(Option<string> data, Option<bool> json)
    {
        var page = new Option<FileInfo?>("--report") { Description = "Write a page with the pictures to this file.", Recursive = true };
        var command = new Command("backtest", "Fit models on the past, and judge them on what came after.") { page };
        var output = new BacktestOutput(json, page);
        command.Subcommands.Add(ValueBacktestCommand.Create(output));
        command.Subcommands.Add(RiskBacktestCommand.Create(output));
        command.Subcommands.Add(NeedsBacktestCommand.Create(output));
        command.Subcommands.Add(ProgramBacktestCommand.Create(data, output));
        return command;
    }
}

/// <summary>What a sub-command found.</summary>
/// <param name="Summary">The object of the one machine-readable line.</param>
internal sealed record BacktestResult(BacktestReport Report, object Summary);

/// <summary>The one way in which every backtest says what it found: tables, or with --json one line; with --report a page as well.</summary>
internal sealed class BacktestOutput(Option<bool> json, Option<FileInfo?> page)
{
    /// <summary>The action of a sub-command: refusals of input are one line, anything found is shown.</summary>
    public Func<ParseResult, CancellationToken, Task<int>> Action(Func<ParseResult, CancellationToken, Task<BacktestResult>> run) =>
        (parsed, cancellation) => CommandLine.GuardAsync(async () =>
        {
            try
            {
                var file = parsed.GetValue(page);
                if (file is { Directory.Exists: false }) throw new BacktestInputException($"There is no folder {file.DirectoryName} for the page.");
                await ShowAsync(await run(parsed, cancellation), file, parsed.GetValue(json), cancellation);
                return ExitCode.Done;
            }
            catch (BacktestInputException refused)
            {
                return CommandLine.WrongUse(refused.Message);
            }
        });

    private static async Task ShowAsync(BacktestResult result, FileInfo? file, bool json, CancellationToken cancellation)
    {
        if (file is not null) await File.WriteAllTextAsync(file.FullName, ReportHtml.Write(result.Report), new UTF8Encoding(false), cancellation);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(result.Summary, result.Summary.GetType(), Json.Options));
            return;
        }

        Console.Write(ReportText.Write(result.Report));
        if (file is not null) Console.WriteLine($"Page with pictures: {file.FullName}");
    }
}

/// <summary>What was asked for cannot be done as it was asked: which file, line or field, and what is accepted.</summary>
internal sealed class BacktestInputException(string message) : Exception(message);
