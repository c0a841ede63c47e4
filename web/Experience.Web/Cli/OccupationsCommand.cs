using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Experience.Domain.Port;
using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Cli;

/// <summary>occupations FILE: reads a table of occupations, and of the courses that lead to them. Through a running server, or on its folder.</summary>
internal static class OccupationsCommand
{
    public static Command Create(Option<string> data, Option<bool> json)
    {
        var file = new Argument<FileInfo>("file") { Description = "CSV with a header: code, title, median wage, annual openings, growth, region; or code and course." };
        var source = new Option<string?>("--source") { Description = "Where the figures come from, such as \"BLS OEWS\"; shown with them." };
        var asOf = new Option<string?>("--as-of") { Description = "The day that the figures are of, such as 2025-05-31." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only check." };
        var command = new Command("occupations", "Read occupation data (wage, openings, growth) and which courses lead to which occupation.") { file, source, asOf, dryRun };
        command.SetAction((parsed, cancellation) => CommandLine.GuardAsync(async () =>
        {
            DateOnly? day = null;
            if (parsed.GetValue(asOf) is { } text)
            {
                if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var stated)) return CommandLine.WrongUse("--as-of is not a date, such as 2025-05-31.");
                day = stated;
            }

            await using var table = parsed.GetValue(file)!.OpenRead();
            var result = await ImportAsync(parsed.GetValue(data)!, table, parsed.GetValue(source), day, parsed.GetValue(dryRun), cancellation);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(result, Json.Options));
            else
            {
                Console.WriteLine($"{Counted(result.Occupations, "occupation")} and {Counted(result.Links, "link")} of courses {(parsed.GetValue(dryRun) ? "would be read" : "read")}, {Counted(result.Refused, "row")} refused.");
                if (result.Unknown.Count > 0) Console.Error.WriteLine($"Not in the catalogue, so shown nowhere yet: {string.Join(", ", result.Unknown)}.");
                foreach (var refusal in result.Refusals) Console.Error.WriteLine($"line {refusal.Line}: {refusal.Field} {refusal.Reason}; accepted: {refusal.Accepted}");
            }

            return result.Refused == 0 ? ExitCode.Done : ExitCode.Failed;
        }));
        return command;
    }

    private static string Counted(int count, string one) => $"{count:N0} {one}{(count == 1 ? "" : "s")}";

    private static async Task<OccupationImport> ImportAsync(string data, Stream table, string? source, DateOnly? asOf, bool dryRun, CancellationToken cancellation)
    {
        using var server = await ServerFile.FindAsync(data, cancellation);
        if (server is not null)
        {
            using var content = new StreamContent(table) { Headers = { { "Content-Type", "application/octet-stream" } } };
            var query = $"dryRun={(dryRun ? "true" : "false")}{(source is null ? "" : "&source=" + Uri.EscapeDataString(source))}{(asOf is { } day ? $"&asOf={day:yyyy-MM-dd}" : "")}";
            using var response = await server.PostAsync($"/v1/catalogue/occupations?{query}", content, cancellation);
            return await ServerFile.ReadAsync<OccupationImport>(response, cancellation);
        }

        using var logging = LoggerFactory.Create(_ => { });
        await using var engine = await EngineOpener.OpenAsync(new EngineFolder(data, false), new ServeOptions { DataFolder = data, Quiet = true }, logging, cancellation);
        return await PlansApi.ImportAsync(engine, table, source, asOf, dryRun, Access.System("catalogue"), TimeProvider.System, cancellation);
    }
}
