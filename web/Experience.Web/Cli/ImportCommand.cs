using System.CommandLine;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports;
using Experience.Web.Imports.Tables;
using Spectre.Console;

namespace Experience.Web.Cli;

/// <summary>import FILE: records a file's events, directly or through the server that holds the folder.</summary>
internal static class ImportCommand
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(200);

    private sealed record Request(string Data, FileInfo File, string Format, string? Map, string? Save, string? Source, string? Zone, bool DryRun, bool Json, bool Acks)
    {
        /// <summary>Where rows that are refused go: beside the file.</summary>
        public string RefusedFile => Path.Combine(File.DirectoryName!, Path.GetFileNameWithoutExtension(File.Name) + ".refused" + File.Extension);
    }

    /// <param name="Refusals">File of the refused rows, when there are any.</param>
    private sealed record Summary(long Events, long Participants, long Duplicates, long Refused, long Skipped, bool DryRun, string? Refusals);

    public static Command Create(Option<string> data, Option<string?> zone, Option<bool> json)
    {
        var file = new Argument<FileInfo>("file") { Description = "The file." };
        var format = new Option<string>("--format") { Description = "cdnow, csv or ndjson.", Required = true };
        format.AcceptOnlyFromAmong("cdnow", "csv", "ndjson");
        var map = new Option<string?>("--map") { Description = "How CSV columns become events: a saved mapping's name, or a file (JSON). Without it, the saved mapping that fits, or a guess." };
        var save = new Option<string?>("--save") { Description = "Save the mapping that was used under this name." };
        var source = new Option<string?>("--source") { Description = "Source of the events made, such as /import/registrations." };
        var dry = new Option<bool>("--dry-run") { Description = "Read everything, count, say what is wrong, and record nothing." };
        var acks = new Option<bool>("--acks") { Description = "Print a line with the number of events answered each time some became durable." };
        var command = new Command("import", "Import a file. Sending it again counts nothing twice.") { file, format, map, save, source, dry, acks };
        command.SetAction((parsed, cancellation) => CommandLine.GuardAsync(() => RunAsync(
            new Request(parsed.GetValue(data)!, parsed.GetValue(file)!, parsed.GetValue(format)!, parsed.GetValue(map), parsed.GetValue(save), parsed.GetValue(source), parsed.GetValue(zone), parsed.GetValue(dry), parsed.GetValue(json), parsed.GetValue(acks)),
            cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(Request request, CancellationToken cancellation)
    {
        if (!request.File.Exists) return CommandLine.WrongUse($"There is no file {request.File.FullName}.");
        if (request.Zone is not null && !WireTime.TryZone(request.Zone, out _)) return CommandLine.WrongUse($"{request.Zone} is not a time zone; use an IANA name such as America/Chicago.");
        if (request.Save is not null && (!MappingStore.IsName(request.Save) || request.Format != "csv")) return CommandLine.WrongUse($"--save needs {MappingStore.AcceptedName}, and a CSV file.");
        ImportMapping? mapping = null;
        if (request.Map is not null && (mapping = await MappingAsync(request, cancellation)) is null) return CommandLine.WrongUse($"There is neither a file nor a saved mapping {request.Map}.");
        using var server = await ServerFile.FindAsync(request.Data, cancellation);
        var summary = await ShowAsync(request, report => server is null
            ? DirectAsync(request, mapping, report, cancellation)
            : ThroughServerAsync(server, request, mapping, report, cancellation));
        if (request.Json) Console.WriteLine(JsonSerializer.Serialize(summary, Json.Options));
        return ExitCode.Done;
    }

    private static async Task<ImportMapping?> MappingAsync(Request request, CancellationToken cancellation) =>
        File.Exists(request.Map)
            ? JsonSerializer.Deserialize<ImportMapping>(await File.ReadAllTextAsync(request.Map, cancellation), Json.Options)
            : new MappingStore(request.Data, TimeProvider.System).Find(request.Map!)?.Mapping;

    private static async Task<Summary> DirectAsync(Request request, ImportMapping? mapping, Action<ImportProgress> report, CancellationToken cancellation)
    {
        var options = new ServeOptions { DataFolder = request.Data, TimeZone = request.Zone, Quiet = true, FitModels = false };
        using var logging = LoggerFactory.Create(_ => { });
        // A dry run on a folder that is not there makes none.
        var engine = request.DryRun && !Directory.Exists(request.Data) ? null : await EngineOpener.OpenAsync(new EngineFolder(request.Data, false), options, logging, cancellation);
        await using var closing = engine;
        var store = new MappingStore(request.Data, options.Time);
        var zone = request.Zone ?? (engine is null ? TimeZoneInfo.Local.Id : (await engine.ProgramAsync(cancellation)).TimeZone);
        var look = mapping is null ? FileImport.Look(request.File.FullName, request.File.Name, request.Format, zone, store) : null;
        mapping ??= look!.Mapping;
        mapping = mapping with { Source = request.Source ?? mapping.Source, TimeZone = request.Zone ?? mapping.TimeZone ?? zone };
        if (FileImport.Reader(request.Format, mapping, options.Time, out var reader) is { } refusal) throw new InvalidDataException($"{refusal.Field} {refusal.Reason}; accepted: {refusal.Accepted}");
        if (request.Save is not null && store.Save(request.Save, mapping, null).Refusal is { } unsaved) throw new InvalidDataException($"{unsaved.Field} {unsaved.Reason}; accepted: {unsaved.Accepted}");

        var started = Stopwatch.GetTimestamp();
        var phase = request.DryRun ? ImportPhase.Checking : ImportPhase.Running;
        await using var file = request.File.OpenRead();
        using var refused = new RefusedFile(request.RefusedFile, request.Format == "csv" ? CsvForm.Detect(file, mapping).Delimiter : null);
        File.Delete(refused.Path);
        await using var sources = new LocalSources(options, engine, logging);
        var runner = new ImportRunner(request.DryRun ? null : engine, Access.System("import"), options.Time, FileImport.Intake(sources.Desk, request.Format, mapping, request.File.Name, request.DryRun))
        {
            Progress = totals => report(totals.Progress(phase, Stopwatch.GetElapsedTime(started), request.File.Length)),
            Refused = (item, why) => refused.Write(reader!.Header, item, why),
        };
        await runner.RunAsync(reader!.Read(file), cancellation);
        report(runner.Totals.Progress(ImportPhase.Done, Stopwatch.GetElapsedTime(started), request.File.Length));
        var totals = runner.Totals;
        return new Summary(totals.Events, totals.Participants, totals.Duplicates, totals.Refused, totals.Skipped, request.DryRun, totals.Refused > 0 ? refused.Path : null);
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
        if (request.Save is not null)
        {
            using var saved = await server.PostAsJsonAsync($"/v1/imports/{view.Id}/save", new SaveMapping(request.Save), Json.Options, cancellation);
            await ServerFile.ReadAsync<ImportView>(saved, cancellation);
        }

        using var started = await server.PostAsJsonAsync($"/v1/imports/{view.Id}/{(request.DryRun ? "check" : "start")}", new { }, cancellation);
        await ServerFile.ReadAsync<ImportView>(started, cancellation);
        while (true)
        {
            using var answer = await server.GetAsync($"/v1/imports/{view.Id}", cancellation);
            view = await ServerFile.ReadAsync<ImportView>(answer, cancellation);
            var progress = view.Progress;
            if (progress.Phase is ImportPhase.Failed or ImportPhase.Cancelled) throw new InvalidDataException(progress.Problem ?? "The import was stopped.");
            if (progress.Phase == ImportPhase.Waiting && view.Check is not null) progress = view.Check;
            report(progress);
            if (progress.Phase == ImportPhase.Done || ReferenceEquals(progress, view.Check))
            {
                if (progress.Refused > 0) await FetchRefusedAsync(server, view.Id, request.RefusedFile, cancellation);
                if (request.DryRun) await server.DeleteAsync($"/v1/imports/{view.Id}", cancellation);
                return new Summary(progress.Events, progress.Participants ?? 0, progress.Duplicates, progress.Refused, progress.Skipped, request.DryRun, progress.Refused > 0 ? request.RefusedFile : null);
            }

            await Task.Delay(PollEvery, cancellation);
        }
    }

    private static async Task FetchRefusedAsync(HttpClient server, string id, string path, CancellationToken cancellation)
    {
        await using var rows = await server.GetStreamAsync($"/v1/imports/{id}/refused", cancellation);
        await using var file = SafeFile.Create(path);
        await rows.CopyToAsync(file, cancellation);
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
        AnsiConsole.WriteLine(summary.DryRun
            ? $"Dry run, nothing recorded: {summary.Events:N0} events of {summary.Participants:N0} participants; {summary.Refused:N0} refused{Skipped(summary)}."
            : $"{summary.Events:N0} events of {summary.Participants:N0} participants recorded; {summary.Duplicates:N0} duplicates, {summary.Refused:N0} refused{Skipped(summary)}.");
        foreach (var type in last?.Types ?? []) AnsiConsole.WriteLine($"  {type.Events:N0} {type.Type}");
        foreach (var refusal in last?.Refusals.Take(10) ?? []) AnsiConsole.WriteLine($"  line {refusal.Line}: {refusal.Field} {refusal.Reason}{(refusal.Column is null ? "" : $" (column \"{refusal.Column}\")")}; accepted: {refusal.Accepted}");
        if (summary.Refusals is not null) AnsiConsole.WriteLine($"Refused rows, with reasons: {summary.Refusals}");
        return summary;
    }

    private static string Skipped(Summary summary) => summary.Skipped == 0 ? "" : $", {summary.Skipped:N0} left out as the mapping says";
}
