using System.CommandLine;
using System.Text.Json;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Keys;
using Spectre.Console;

namespace Experience.Web.Cli;

/// <summary>keys create | list | revoke. Works beside a running server: it reads the file again.</summary>
internal static class KeysCommand
{
    public static Command Create(Option<string> data, Option<string?> zone, Option<bool> json)
    {
        var command = new Command("keys", "API keys: one for each source that sends events.");
        var source = new Argument<string>("source") { Description = "Source that the key may send as, such as /registrations; * for every source." };
        var erase = new Option<bool>("--erase") { Description = "The key may also erase people (participant.erased), for good." };
        var create = new Command("create", "Make a key; it is shown once.") { source, erase };
        create.SetAction((parsed, _) => CommandLine.GuardAsync(() => Task.FromResult(Make(Ring(parsed.GetValue(data)!), parsed.GetValue(source)!, parsed.GetValue(zone), parsed.GetValue(erase), parsed.GetValue(json)))));
        var list = new Command("list", "List the keys.");
        list.SetAction((parsed, _) => CommandLine.GuardAsync(() => Task.FromResult(List(Ring(parsed.GetValue(data)!), parsed.GetValue(json)))));
        var id = new Argument<string>("id") { Description = "Id of the key, as the list shows it." };
        var revoke = new Command("revoke", "Revoke a key: events with it are refused within a second.") { id };
        revoke.SetAction((parsed, _) => CommandLine.GuardAsync(() => Task.FromResult(Revoke(Ring(parsed.GetValue(data)!), parsed.GetValue(id)!, parsed.GetValue(json)))));
        command.Subcommands.Add(create);
        command.Subcommands.Add(list);
        command.Subcommands.Add(revoke);
        return command;
    }

    private static KeyRing Ring(string data) => new(data, TimeProvider.System);

    private static int Make(KeyRing ring, string source, string? zoneName, bool mayErase, bool json)
    {
        if (string.IsNullOrWhiteSpace(source) || source.Length > 200) return CommandLine.WrongUse("A source has 1 to 200 characters.");
        var zone = TimeZoneInfo.Local;
        if (zoneName is not null && !WireTime.TryZone(zoneName, out zone)) return CommandLine.WrongUse($"{zoneName} is not a time zone; use an IANA name such as America/Chicago.");
        var key = ring.Create(source, zone!, mayErase);
        if (json) Console.WriteLine(JsonSerializer.Serialize(key, Json.Options));
        else
        {
            Console.WriteLine(key.Key);
            Console.WriteLine($"Key {key.Id} sends as {key.Source}; times without a zone are read in {key.TimeZone}.{(key.MayErase ? " It may erase people." : "")} It is not shown again.");
        }

        return ExitCode.Done;
    }

    private static int List(KeyRing ring, bool json)
    {
        var keys = ring.List();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(keys, Json.Options));
            return ExitCode.Done;
        }

        var table = new Table().AddColumns("Id", "Source", "Time zone", "Created", "Revoked");
        foreach (var key in keys) table.AddRow(key.Id, Markup.Escape(key.Source), key.TimeZone, Time(key.CreatedAt), key.RevokedAt is { } at ? Time(at) : "");
        AnsiConsole.Write(table);
        return ExitCode.Done;
    }

    private static int Revoke(KeyRing ring, string id, bool json)
    {
        var revoked = ring.Revoke(id);
        if (json) Console.WriteLine(JsonSerializer.Serialize(new { revoked }, Json.Options));
        else Console.WriteLine(revoked ? $"Key {id} is revoked." : $"There is no key {id} that is in force.");
        return revoked ? ExitCode.Done : ExitCode.Failed;
    }

    private static string Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd HH:mm 'UTC'");
}
