using System.CommandLine;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports;
using Spectre.Console;

namespace Experience.Web.Cli;

/// <summary>import FILE: records a file's events, directly or through the server that holds the folder.</summary>
internal static class ImportCommand
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(200);

    private sealed record Request(string Data, FileInfo File, string Format, FileInfo? Map, string? Source, string? Zone, bool Json, bool Acks);

    private sealed record Summary(long Events, long Participants, long Duplicates, long Refused);

    public static Command Create(Option<string> data, Option<string?> zone, Option<bool> json)
    {
        var file = new Argument<FileInfo>("file") { Description = "The file." };
        var format = new Option<string>("--format") { Description = "cdnow, csv or ndjson.", Required = true };
        format.AcceptOnlyFromAmong("cdnow", "csv", "ndjson");
        var map = new Option<FileInfo?>("--map") { Description = "How CSV columns become events (JSON); without it they are guessed." };
        var source = new Option<string?>("--source") { Description = "Source of the events made, such as /import/registrations." };
        var acks = new Option<bool>("--acks") { Description = "Print a line with the number of events answered each time some became durable." };
        var command = new Command("import", "Import a file. Sending it again counts nothing twice.") { file, format, map, source, acks };
        command.SetAction((parsed, cancellation) => CommandLine.GuardAsync(() => RunAsync(
            new Request(parsed.GetValue(data)!, parsed.GetValue(file)!, parsed.GetValue(format)!, parsed.GetValue(map), parsed.GetValue(source), parsed.GetValue(zone), parsed.GetValue(json), parsed.GetValue(acks)),
            cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(Request request, CancellationToken cancellation)
    {
        if (!request.File.Exists) return CommandLine.WrongUse($"There is no file {request.File.FullName}.");
        if (request.Zone is not null && !WireTime.TryZone(request.Zone, out _)) return CommandLine.WrongUse($"{request.Zone} is not a time zone; use an IANA name such as America/Chicago.");
        var mapping = request.Map is null ? null : JsonSerializer.Deserialize<ImportMapping>(await File.ReadAllTextAsync(request.Map.FullName, cancellation), Json.Options);
        using var server = await ServerFile.FindAsync(request.Data, cancellation);
        var summary = await ShowAsync(request, report => server is null
            ? DirectAsync(request, mapping, report, cancellation)
            : ThroughServerAsync(server, request, mapping, report, cancellation));
        if (request.Json) Console.WriteLine(JsonSerializer.Serialize(summary, Json.Options));
        return ExitCode.Done;
    }

    private static async Task<Summary> DirectAsync(Request request, ImportMapping? mapping, Action<ImportProgress> report, CancellationToken cancellation)
    {
        var options = new ServeOptions { DataFolder = request.Data, TimeZone = request.Zone, Quiet = true, FitModels = false };
        using var logging = LoggerFactory.Create(_ => { });
        await using var engine = await EngineOpener.OpenAsync(new EngineFolder(request.Data, false), options, logging, cancellation);
        var zone = request.Zone ?? (await engine.ProgramAsync(cancellation)).TimeZone;
        var reader = Reader(request, mapping, zone);
        var started = Stopwatch.GetTimestamp();
        var runner = new ImportRunner(engine, Access.System("import"), options.Time)
        {
            Progress = totals => report(Progress(totals, request.File.Length, started, ImportPhase.Running)),
        };
        await using var file = request.File.OpenRead();
        await runner.RunAsync(reader.Read(file), cancellation);
        report(Progress(runner.Totals, request.File.Length, started, ImportPhase.Done));
        return new Summary(runner.Totals.Events, runner.Totals.Participants, runner.Totals.Duplicates, runner.Totals.Refused);
    }

    private static IImportReader Reader(Request request, ImportMapping? mapping, string zoneName)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneName);
        if (request.Format == "cdnow") return new CdnowReader(request.Source ?? CdnowReader.DefaultSource, zone);
        if (request.Format == "ndjson") return new NdjsonReader(zone, TimeProvider.System);
        if (mapping is null)
        {
            using var file = request.File.OpenRead();
            var rows = CsvFile.Rows(file).Take(CsvGuess.SampleRows + 1).Select(r => r.Columns).ToList();
            if (rows.Count < 2) throw new InvalidDataException("There is no row below the header.");
            mapping = CsvGuess.Guess(request.File.Name, rows[0], rows[1..], zoneName).Mapping;
        }

        mapping = mapping with { Source = request.Source ?? mapping.Source, TimeZone = request.Zone ?? mapping.TimeZone ?? zoneName };
        if (CsvReader.Create(mapping, TimeProvider.System, out var reader) is { } refusal) throw new InvalidDataException($"{refusal.Field} {refusal.Reason}; accepted: {refusal.Accepted}");
        return reader!;
    }

    private static async Task<Summary> ThroughServerAsync(HttpClient server, Request request, ImportMapping? mapping, Action<ImportProgress> report, CancellationToken cancellation)
    {
        await using var file = request.File.OpenRead();
        using var body = new StreamContent(file);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var uploaded = await server.PostAsync($"/v1/imports?name={Uri.EscapeDataString(request.File.Name)}&format={request.Format}", body, cancellation);
        var view = await ServerFile.ReadAsync<ImportView>(uploaded, cancellation);
        mapping ??= view.Mapping!;
        mapping = mapping with { Source = request.Source ?? mapping.Source, TimeZone = request.Zone ?? mapping.TimeZone };
        using var mapped = await server.PutAsJsonAsync($"/v1/imports/{view.Id}/mapping", mapping, Json.Options, cancellation);
        await ServerFile.ReadAsync<ImportView>(mapped, cancellation);
        using var started = await server.PostAsJsonAsync($"/v1/imports/{view.Id}/start", new { }, cancellation);
        await ServerFile.ReadAsync<ImportView>(started, cancellation);
        while (true)
        {
            using var answer = await server.GetAsync($"/v1/imports/{view.Id}", cancellation);
            var progress = (await ServerFile.ReadAsync<ImportView>(answer, cancellation)).Progress;
            report(progress);
            switch (progress.Phase)
            {
                case ImportPhase.Done:
                    return new Summary(progress.Events, progress.Participants ?? 0, progress.Duplicates, progress.Refused);
                case ImportPhase.Failed or ImportPhase.Cancelled:
                    throw new InvalidDataException(progress.Problem ?? "The import was stopped.");
            }

            await Task.Delay(PollEvery, cancellation);
        }
    }

    private static ImportProgress Progress(ImportTotals totals, long length, long started, ImportPhase phase)
    {
        var seconds = Math.Max(0.001, Stopwatch.GetElapsedTime(started).TotalSeconds);
        return new ImportProgress(phase, totals.Bytes, totals.Rows, totals.Events, totals.Duplicates, totals.Refused, totals.Participants, totals.Rows / seconds,
            totals.Bytes == 0 ? null : seconds * (length - totals.Bytes) / totals.Bytes, null, totals.Refusals);
    }

    /// <summary>A bar with rate and time left on a terminal; counts of what is durable for programs; otherwise only the end.</summary>
    private static async Task<Summary> ShowAsync(Request request, Func<Action<ImportProgress>, Task<Summary>> run)
    {
        if (request.Acks)
        {
            return await run(p =>
            {
                Console.WriteLine($"{{\"acknowledged\":{p.Events + p.Duplicates}}}");
                Console.Out.Flush();
            });
        }

        if (request.Json) return await run(_ => { });
        ImportProgress? last = null;
        var summary = await AnsiConsole.Progress().HideCompleted(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(request.File.Name), maxValue: Math.Max(1, request.File.Length));
                var done = await run(p =>
                {
                    last = p;
                    task.Value = p.Bytes;
                    task.Description = $"{Markup.Escape(request.File.Name)} {p.Rows:N0} rows, {p.Rate:N0}/s";
                });
                task.Value = task.MaxValue;
                return done;
            });
        AnsiConsole.WriteLine($"{summary.Events:N0} events of {summary.Participants:N0} participants recorded; {summary.Duplicates:N0} duplicates, {summary.Refused:N0} refused.");
        foreach (var refusal in last?.Refusals.Take(10) ?? []) AnsiConsole.WriteLine($"  line {refusal.Line}: {refusal.Field} {refusal.Reason}; accepted: {refusal.Accepted}");
        return summary;
    }
}
