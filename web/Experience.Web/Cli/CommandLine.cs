using System.CommandLine;
using System.Text.Json;
using Experience.Domain.Port;
using Experience.Web.Cli.Backtests;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Cli;

/// <summary>Exit codes of every command.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUse = 2;
    public const int Differences = 3;
}

/// <summary>The program's commands: serve (the default), import, mappings, pull, verify, keys, erase, occupations, sample, backtest.</summary>
internal static class CommandLine
{
    public static Task<int> RunAsync(string[] args)
    {
        var data = new Option<string>("--data") { Description = "The folder that everything is kept in.", DefaultValueFactory = _ => "data", Recursive = true };
        var json = new Option<bool>("--json") { Description = "Print one machine-readable line at the end, and nothing else.", Recursive = true };
        var zone = new Option<string?>("--zone") { Description = "Time zone, such as America/Chicago.", Recursive = true };
        var root = new RootCommand("Experience: live cards and boards for continuing-education programs.") { data, json, zone };

        var port = new Option<int?>("--port") { Description = $"Port on this computer; without it the first free one from {ServeOptions.DefaultPort}." };
        var urls = new Option<string[]>("--urls") { Description = "Addresses to listen on instead; people are still answered on this computer only.", AllowMultipleArgumentsPerToken = true };
        var currency = new Option<string?>("--currency") { Description = "Currency of a new folder, such as USD." };
        var allowPrivate = new Option<bool>("--allow-private-pull") { Description = "Polls may reach this computer and its network." };
        var inbox = new Option<string?>("--inbox") { Description = "Where watched folders lie; the data folder's inbox when left out." };
        var serve = new Command("serve", "Run the server (the default).");
        foreach (var command in (Command[])[root, serve])
        {
            command.Options.Add(port);
            command.Options.Add(urls);
            command.Options.Add(currency);
            command.Options.Add(allowPrivate);
            command.Options.Add(inbox);
            command.SetAction((parsed, cancellation) => GuardAsync(() => ServeCommand.RunAsync(
                new ServeOptions { DataFolder = parsed.GetValue(data)!, Port = parsed.GetValue(port), Urls = parsed.GetValue(urls) ?? [], TimeZone = parsed.GetValue(zone), Currency = parsed.GetValue(currency), AllowPrivatePull = parsed.GetValue(allowPrivate), Inbox = parsed.GetValue(inbox) },
                cancellation)));
        }

        root.Subcommands.Add(serve);
        root.Subcommands.Add(ImportCommand.Create(data, zone, json));
        root.Subcommands.Add(MappingsCommand.Create(data, json));
        root.Subcommands.Add(PullCommand.Create(data, json));
        root.Subcommands.Add(VerifyCommand.Create(data, json));
        root.Subcommands.Add(KeysCommand.Create(data, zone, json));
        root.Subcommands.Add(EraseCommand.Create(data, json));
        root.Subcommands.Add(OccupationsCommand.Create(data, json));
        root.Subcommands.Add(SampleCommand.Create(data, json));
        root.Subcommands.Add(BacktestCommand.Create(data, json));
        root.Subcommands.Add(ContractsCommand());
        return InvokeAsync(root.Parse(args));
    }

    /// <summary>What cannot be parsed is explained by the parser, and is wrong use.</summary>
    private static async Task<int> InvokeAsync(ParseResult parsed)
    {
        var code = await parsed.InvokeAsync();
        return parsed.Errors.Count > 0 ? ExitCode.WrongUse : code;
    }

    /// <summary>Expected failures are one plain line and an exit code; anything else is a bug and shows itself.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped.");
            return ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or EngineUnavailableException or EngineBusyException or HttpRequestException or JsonException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.Failed;
        }
    }

    public static int WrongUse(string message)
    {
        Console.Error.WriteLine(message);
        return ExitCode.WrongUse;
    }

    private static Command ContractsCommand()
    {
        var output = new Option<FileInfo>("--out") { Required = true };
        var command = new Command("contracts", "Write the client's TypeScript types.") { output };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            File.WriteAllText(parsed.GetValue(output)!.FullName, ContractWriter.Write());
            return ExitCode.Done;
        });
        return command;
    }
}
