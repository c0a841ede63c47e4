using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports;
using Experience.Web.Imports.Mapping;
using Experience.Web.Imports.Tables;
using Experience.Web.Ingest;
using Experience.Web.Sources;

namespace Experience.Web.Pull;

/// <summary>One poll of one system, from the question to what is durable.</summary>
internal sealed class Puller(EngineHost host, PullStore store, MappingStore mappings, SourceDesk desk, ServeOptions options) : IDisposable
{
    private const int Chunk = EventChunk.Size;
    private const int PreviewRows = 8;

    /// <summary>A file that was written a moment ago may still be being written.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _http = new(PublicAddress.Handler(options.AllowPrivatePull));

    public string Inbox => options.Inbox ?? Path.Combine(options.DataFolder, "inbox");

    /// <exception cref="PullException">It failed for a reason that is said.</exception>
    public async Task<PullResult> RunAsync(StoredPull pull, bool confirmed, CancellationToken cancellation)
    {
        using var hold = await store.HoldAsync(pull.Name, cancellation);
        var settings = pull.Settings;
        var mapping = PullCheck.Mapping(settings, mappings) ?? throw new PullException($"There is no saved mapping \"{settings.Saved}\" any more.");
        var state = store.State(pull.Name);
        var hash = PullDiff.HashOf(settings, mapping);
        var again = state.Settings != hash;
        var total = new PullResult(Now(), true, 0, 0, 0, 0, 0, 0, 0, 0, 0, []);
        if (settings.Kind == "folder")
        {
            foreach (var file in Files(settings.Address, state))
            {
                var body = await File.ReadAllBytesAsync(file.FullName, cancellation);
                total = Add(total, await TakeAsync(pull, state, Table(settings, [body], file.Extension.Equals(".json", StringComparison.OrdinalIgnoreCase), mapping), mapping, hash, again, confirmed, cancellation), body.Length);
                state.Files[file.Name] = Mark(file);
                store.Keep(pull.Name, state);
                again = false;
            }

            return total;
        }

        var fetched = await new HttpPull(_http, options.Time).GetAsync(settings, store.Secret(pull), again || confirmed ? null : state.ETag, again || confirmed ? null : state.LastModified, cancellation);
        if (fetched.Unchanged) return total with { Refused = state.Rows.Values.Count(r => r.Refused && !r.Gone) };
        total = Add(total, await TakeAsync(pull, state, Table(settings, fetched.Pages, settings.Kind == "json", mapping), mapping, hash, again, confirmed, cancellation), fetched.Bytes);
        // What was held back must be asked for again.
        (state.ETag, state.LastModified) = total.Held > 0 ? (null, null) : (fetched.ETag, fetched.LastModified);
        store.Keep(pull.Name, state);
        return total;
    }

    /// <summary>A look that records nothing: what columns there are, what is guessed, what rows would become.</summary>
    public async Task<PullLook> LookAsync(PullSettings settings, string? secret, CancellationToken cancellation)
    {
        IReadOnlyList<byte[]> pages;
        var json = settings.Kind == "json";
        if (settings.Kind == "folder")
        {
            if (Files(settings.Address, new PullState()) is not [.., var file]) throw new PullException("There is no file in the folder that was written more than five seconds ago.");
            pages = [await File.ReadAllBytesAsync(file.FullName, cancellation)];
            json = file.Extension.Equals(".json", StringComparison.OrdinalIgnoreCase);
        }
        else
        {
            pages = (await new HttpPull(_http, options.Time).GetAsync(settings, secret, null, null, cancellation)).Pages;
        }

        var own = PullCheck.Mapping(settings, mappings);
        var table = Table(settings, pages, json, own);
        if (table.Rows.Count == 0) throw new PullException("The table has no rows.");
        var profile = TableProfile.Read(table.Rows.Prepend((0L, table.Header.ToArray())))!;
        var zone = (await host.Engine.ProgramAsync(cancellation)).TimeZone;
        var (guess, notes) = CsvGuess.Guess(settings.Kind == "folder" ? settings.Address : new Uri(settings.Address).Host, profile, new CsvForm(System.Text.Encoding.UTF8, ',', 0), zone);
        var mapping = own ?? guess with { Source = "/pull/" + CsvGuess.Slug(settings.Kind == "folder" ? settings.Address : new Uri(settings.Address).Host) };
        IReadOnlyList<ImportPreview> preview;
        if (RowMapper.Create(PullDiff.WithoutIds(mapping), table.Header, options.Time, history: true, whoOnce: false, out var mapper) is { } wrong)
        {
            preview = [new ImportPreview(0, null, wrong.Field, wrong.Reason, wrong.Accepted)];
        }
        else
        {
            preview = [.. table.Rows.Take(PreviewRows).SelectMany(row =>
            {
                var said = mapper!.Map(row.Cells, () => $"row-{row.Line}");
                return said.Refusal is { } refusal
                    ? [new ImportPreview(row.Line, null, refusal.Field, refusal.Reason, refusal.Accepted, said.Column)]
                    : said.Events.Select(e => new ImportPreview(row.Line, Json.Parse(System.Text.Encoding.UTF8.GetString(e.Json.Span)), null, null, null));
            })];
        }

        return new PullLook(table.Rows.Count, CsvGuess.Describe(profile, mapping, own is null ? "by its name" : "chosen"), mapping, own is null ? notes : [], preview);
    }

    public void Dispose() => _http.Dispose();

    private async Task<PullResult> TakeAsync(StoredPull pull, PullState state, PulledTable table, ImportMapping mapping, string hash, bool again, bool confirmed, CancellationToken cancellation)
    {
        var diff = new PullDiff(pull.Settings, mapping, options.Time);
        diff.Run(state, table, again, confirmed);
        var zone = WireTime.TryZone(mapping.TimeZone, out var stated) ? stated : TimeZoneInfo.Utc;
        var intake = desk.Open(WayNames.Poll, new SenderRules(null, zone, diff.First), pull.Name);
        var (accepted, duplicates) = (0L, 0L);
        for (var i = 0; i < diff.Events.Count; i += Chunk)
        {
            var events = diff.Events[i..Math.Min(i + Chunk, diff.Events.Count)];
            var facts = events.SelectMany(e => e).ToList();
            var outcomes = (await EventRecorder.RecordAsync(host.Engine, facts, new Access(mapping.Source, null, "pull"), options.Time, cancellation)).Outcomes;
            for (int e = 0, at = 0; e < events.Count; at += events[e++].Count)
            {
                var outcome = EventRecorder.Combine(outcomes, at, events[e].Count);
                intake.Answered(facts[at], outcome);
                if (outcome == RecordOutcome.Duplicate) duplicates++;
                else accepted++;
            }

            await intake.FlushAsync();
        }

        foreach (var id in diff.Mended) intake.Mended(Fact.IdOf(mapping.Source, id));
        foreach (var (row, why) in diff.Letters)
        {
            intake.Refused(why, row.ToBytes(), mapping.Source, row.Id, row.Mapping?.Type ?? mapping.Type, row.Subject);
            if (intake.IsFull) await intake.FlushAsync();
        }

        await intake.FlushAsync();

        // Only now: what is durable is known, and a crash before this line asks for the same again.
        foreach (var (name, row) in diff.Changes) state.Rows[name] = row;
        state.Forget(PullDiff.MaxKnown);
        state.Told = diff.Told;
        state.Settings = hash;
        state.VanishColumns = PullDiff.VanishColumns(pull.Settings, mapping);
        return new PullResult(Now(), false, table.Rows.Count, diff.Appeared, diff.Changed, diff.Vanished, diff.Refused, diff.Held, accepted, duplicates, 0, diff.Refusals);
    }

    private static PulledTable Table(PullSettings settings, IReadOnlyList<byte[]> pages, bool json, ImportMapping? mapping)
    {
        try
        {
            return json ? JsonRows.Read(pages, settings.Rows) : PulledTable.Csv(pages, mapping);
        }
        catch (InvalidDataException e)
        {
            throw new PullException("The table could not be read: " + e.Message);
        }
    }

    /// <summary>Files that were not read yet, in the order of their names. A link may lead anywhere, and is not followed.</summary>
    private List<FileInfo> Files(string name, PullState state)
    {
        var folder = new DirectoryInfo(Path.Combine(Inbox, name));
        if (!folder.Exists || folder.LinkTarget is not null) throw new PullException($"There is no folder {name} in the inbox.");
        var files = folder.EnumerateFiles().Where(f => f.Extension.ToLowerInvariant() is ".csv" or ".txt" or ".tsv" or ".json" && f.LinkTarget is null).OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        foreach (var gone in state.Files.Keys.Where(k => files.TrueForAll(f => f.Name != k)).ToList()) state.Files.Remove(gone);
        if (files.Find(f => f.Length > HttpPull.MaxBytes) is { } large) throw new PullException($"{large.Name} is larger than {HttpPull.MaxBytes >> 20} MiB.");
        return [.. files.Where(f => state.Files.GetValueOrDefault(f.Name) != Mark(f) && options.Time.GetUtcNow() - f.LastWriteTimeUtc >= Settled)];
    }

    private static string Mark(FileInfo file) => $"{file.Length}/{file.LastWriteTimeUtc.Ticks}";

    private static PullResult Add(PullResult a, PullResult b, long bytes) =>
        new(b.At, false, b.Rows, a.Appeared + b.Appeared, a.Changed + b.Changed, a.Vanished + b.Vanished, b.Refused, b.Held, a.Events + b.Events, a.Duplicates + b.Duplicates, a.Bytes + bytes, b.Refusals);

    private long Now() => options.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
