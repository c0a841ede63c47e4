using System.CommandLine;
using System.Text.Json;
using Experience.Web.Contracts;
using Experience.Web.Imports;
using Experience.Web.Pull;
using Experience.Web.Sources;

namespace Experience.Web.Cli;

/// <summary>pull list, set, delete: the systems that the server polls. A running server takes a change up within seconds.</summary>
internal static class PullCommand
{
    public static Command Create(Option<string> data, Option<bool> json)
    {
        var command = new Command("pull", "Systems that cannot send and are polled by the server.");
        var list = new Command("list", "List them, with their last success, their next poll and their last problem.");
        list.SetAction((parsed, _) => CommandLine.GuardAsync(() => Task.FromResult(List(Store(parsed.GetValue(data)!), parsed.GetValue(json)))));

        var name = new Argument<string>("name") { Description = MappingStore.AcceptedName };
        var file = new Argument<FileInfo>("file") { Description = "The settings (JSON)." };
        var secret = new Option<string?>("--secret-from") { Description = "Name of the environment variable that holds the secret: a command line can be seen by others." };
        var set = new Command("set", "Set how a system is polled.") { name, file, secret };
        set.SetAction((parsed, cancellation) => CommandLine.GuardAsync(() => SetAsync(parsed.GetValue(data)!, parsed.GetValue(name)!, parsed.GetValue(file)!, parsed.GetValue(secret), cancellation)));

        var delete = new Command("delete", "Poll it no more; what was recorded stays.") { name };
        delete.SetAction((parsed, _) => CommandLine.GuardAsync(() => Task.FromResult(Store(parsed.GetValue(data)!).Delete(parsed.GetValue(name)!) ? ExitCode.Done : NotThere(parsed.GetValue(name)!))));
        foreach (var sub in (Command[])[list, set, delete]) command.Subcommands.Add(sub);
        return command;
    }

    private static PullStore Store(string data) => new(data, new WaysKeys(data));

    private static int List(PullStore store, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(store.List().Select(p => new { p.Name, p.Settings, hasSecret = p.Secret is not null, p.Track }), Json.Options));
            return ExitCode.Done;
        }

        foreach (var (pull, track) in store.List().Select(p => (p, p.Track)))
        {
            Console.WriteLine($"{pull.Name}  {pull.Settings.Address}  last success {When(track.SucceededAt)}, next {(pull.Settings.Paused ? "paused" : When(track.NextAt))}{(track.Problem is null ? "" : $"  {track.Problem}")}");
        }

        return ExitCode.Done;
    }

    private static async Task<int> SetAsync(string data, string name, FileInfo file, string? secretFrom, CancellationToken cancellation)
    {
        if (!file.Exists) return CommandLine.WrongUse($"There is no file {file.FullName}.");
        var secret = secretFrom is null ? null : Environment.GetEnvironmentVariable(secretFrom);
        if (secretFrom is not null && string.IsNullOrEmpty(secret)) return CommandLine.WrongUse($"The environment variable {secretFrom} is empty.");
        if (JsonSerializer.Deserialize<PullSettings>(await File.ReadAllTextAsync(file.FullName, cancellation), Json.Options) is not { } settings) return CommandLine.WrongUse("The file holds no settings.");
        var (_, refusal) = PullService.Put(Store(data), new MappingStore(data, TimeProvider.System), name, new PullPut(settings, secret));
        if (refusal is not null) throw new InvalidDataException($"{refusal.Field} {refusal.Reason}; accepted: {refusal.Accepted}");
        Console.WriteLine($"{name} is polled every {settings.EveryMinutes} minutes while the server runs.");
        return ExitCode.Done;
    }

    private static string When(long? at) => at is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd HH:mm'Z'") : "not yet";

    private static int NotThere(string name)
    {
        Console.Error.WriteLine($"There is no polled system {name}.");
        return ExitCode.Failed;
    }
}
