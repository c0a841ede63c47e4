using System.CommandLine;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Cli;

/// <summary>erase SOURCE KEY: erases a person's data for good, and says what is left. Through a running server, or on its folder.</summary>
internal static class EraseCommand
{
    public static Command Create(Option<string> data, Option<bool> json)
    {
        var source = new Argument<string>("source") { Description = "Source that the person's key belongs to, such as /registrations." };
        var key = new Argument<string>("key") { Description = "The person's key there." };
        var reason = new Option<string?>("--reason") { Description = "Why, in a few words; kept." };
        var yes = new Option<bool>("--yes") { Description = "Yes: nothing can bring the data back." };
        var command = new Command("erase", "Erase a person's data for good; measures stay without a name.") { source, key, reason, yes };
        command.SetAction((parsed, cancellation) => CommandLine.GuardAsync(async () =>
        {
            if (!parsed.GetValue(yes)) return CommandLine.WrongUse("Nothing can bring the data back: say --yes.");
            var left = await EraseAsync(parsed.GetValue(data)!, parsed.GetValue(source)!, parsed.GetValue(key)!, parsed.GetValue(reason), cancellation);
            if (left is null)
            {
                Console.Error.WriteLine("Nothing was ever recorded for this source and key.");
                return ExitCode.Failed;
            }

            Console.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(left, Json.Options)
                : left.Complete
                    ? $"Erased: {left.Records:N0} records stay as measures, {left.Sealed:N0} sealed parts can be opened by nobody."
                    : $"Recorded, and not complete: {left.Readable:N0} of {left.Sealed:N0} sealed parts can still be opened.");
            return left.Complete ? ExitCode.Done : ExitCode.Failed;
        }));
        return command;
    }

    private static async Task<ErasureView?> EraseAsync(string data, string source, string key, string? reason, CancellationToken cancellation)
    {
        using var server = await ServerFile.FindAsync(data, cancellation);
        if (server is not null)
        {
            using var found = await server.GetAsync($"/v1/participants?source={Uri.EscapeDataString(source)}&key={Uri.EscapeDataString(key)}", cancellation);
            if (found.StatusCode == System.Net.HttpStatusCode.NotFound) return null;
            var id = (await ServerFile.ReadAsync<PersonRef>(found, cancellation)).Id;
            using var response = await server.PostAsJsonAsync($"/v1/participants/{id}/erasure", new EraseRequest(id, reason), Json.Options, cancellation);
            return await ServerFile.ReadAsync<ErasureView>(response, cancellation);
        }

        if (!Directory.Exists(data)) throw new IOException($"There is no data folder {Path.GetFullPath(data)}.");
        using var logging = LoggerFactory.Create(_ => { });
        var options = new ServeOptions { DataFolder = data, Quiet = true };
        await using var engine = await EngineOpener.OpenAsync(new EngineFolder(data, false), options, logging, cancellation);
        if (await engine.FindAsync(source, key, cancellation) is not { } person) return null;
        var access = Access.System("erasure");
        var fact = new FactBuilder(EventTypes.ParticipantErased, source, $"erased-{person}", key, (TimeProvider.System.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond)
            .Set(Fields.Reason, string.IsNullOrWhiteSpace(reason) ? null : reason.Trim()).Build();
        await using var sources = new LocalSources(options, engine, logging);
        await sources.Erasure.ReachAsync(engine, [fact], cancellation);
        await engine.RecordAsync([fact], access, cancellation);
        return await engine.ErasureAsync(person, access, cancellation);
    }
}
