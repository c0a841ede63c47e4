using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Spectre.Console;

namespace Experience.Web.Cli;

/// <summary>verify: recomputes every state from the journal and compares; exit code 3 when something differs.</summary>
internal static class VerifyCommand
{
    private sealed record Summary(long Events, long Participants, long Differences, string StateHash, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? AssessmentHash);

    public static Command Create(Option<string> data, Option<bool> json)
    {
        var asOf = new Option<string?>("--as-of") { Description = "Recompute assessments for this moment as well, such as 2026-11-23T17:00:00Z." };
        var sample = new Option<bool>("--sample") { Description = "Verify the sample's folder; without it what a running server shows, else the program's own." };
        var command = new Command("verify", "Recompute every state from the journal and compare.") { asOf, sample };
        command.SetAction((parsed, cancellation) => CommandLine.GuardAsync(async () =>
        {
            var moment = parsed.GetValue(asOf);
            if (moment is not null && !WireTime.TryParse(System.Text.Encoding.UTF8.GetBytes(moment), TimeZoneInfo.Utc, out _)) return CommandLine.WrongUse($"{moment} is not a time; use RFC 3339 such as 2026-11-23T17:00:00Z.");
            var report = await VerifyAsync(parsed.GetValue(data)!, parsed.GetValue(sample), moment, parsed.GetValue(json), cancellation);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(new Summary(report.Events, report.Participants, report.Differences, report.StateHash, report.AssessmentHash), Json.Options));
            else
            {
                AnsiConsole.WriteLine($"{report.Events:N0} events of {report.Participants:N0} participants: {report.Differences:N0} differences.");
                AnsiConsole.WriteLine($"State hash {report.StateHash}");
                if (report.AssessmentHash is { } assessed) AnsiConsole.WriteLine($"Assessments as of {moment}: {assessed}");
                foreach (var example in report.Examples) AnsiConsole.WriteLine("  " + example);
            }

            return report.Differences == 0 ? ExitCode.Done : ExitCode.Differences;
        }));
        return command;
    }

    private static async Task<VerifyReport> VerifyAsync(string data, bool sample, string? asOf, bool quiet, CancellationToken cancellation)
    {
        using var server = await ServerFile.FindAsync(data, cancellation);
        if (server is not null)
        {
            var query = asOf is null ? "" : "?asOf=" + Uri.EscapeDataString(asOf);
            using var response = await server.PostAsync("/v1/verify" + query, new StringContent("{}", System.Text.Encoding.UTF8, "application/json"), cancellation);
            return await ServerFile.ReadAsync<VerifyReport>(response, cancellation);
        }

        var folder = sample || File.Exists(Path.Combine(data, "sample.active")) ? Path.Combine(data, "sample") : data;
        if (!Directory.Exists(folder)) throw new IOException($"There is no data folder {Path.GetFullPath(folder)}.");
        using var logging = LoggerFactory.Create(_ => { });
        await using var engine = await EngineOpener.OpenAsync(new EngineFolder(folder, folder != data), new ServeOptions { DataFolder = data, Quiet = true, FitModels = false }, logging, cancellation);
        var zone = TimeZoneInfo.FindSystemTimeZoneById((await engine.ProgramAsync(cancellation)).TimeZone);
        long? moment = asOf is not null && WireTime.TryParse(System.Text.Encoding.UTF8.GetBytes(asOf), zone, out var at) ? at : null;
        if (quiet) return await engine.VerifyAsync(new VerifyOptions(moment), null, cancellation);
        return await AnsiConsole.Progress().StartAsync(async context =>
        {
            var task = context.AddTask("Verifying", maxValue: 1);
            var report = await engine.VerifyAsync(new VerifyOptions(moment), new Progress<double>(p => task.Value = p), cancellation);
            task.Value = 1;
            return report;
        });
    }
}
