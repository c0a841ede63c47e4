using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Imports;

/// <summary>Files that were uploaded: guessed, looked at, confirmed, recorded. One runs at a time.</summary>
internal sealed partial class ImportService(EngineHost host, ServeOptions options, ILogger<ImportService> logger) : IAsyncDisposable
{
    public const long MaxFileBytes = 4L << 30;
    public const int MaxKept = 8;
    private const int PreviewRows = 8;

    private readonly Lock _gate = new();
    private readonly List<Job> _jobs = [];
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();

    private sealed class Job(string id, string file, string path, string format)
    {
        public string Id => id;

        public string File => file;

        public string Path => path;

        public string Format => format;

        public long Bytes { get; set; }

        public long Lines { get; set; }

        public ImportMapping? Mapping { get; set; }

        public IReadOnlyList<ImportColumn> Columns { get; set; } = [];

        public IReadOnlyList<string> Notes { get; set; } = [];

        public IReadOnlyList<ImportPreview> Preview { get; set; } = [];

        public ImportProgress Progress { get; set; } = new(ImportPhase.Waiting, 0, 0, 0, 0, 0, null, 0, null, null, []);

        public CancellationTokenSource Cancel { get; } = new();

        public Task Task { get; set; } = Task.CompletedTask;
    }

    private string Folder => Path.Combine(options.DataFolder, "imports");

    /// <summary>Keeps an upload and guesses what it is.</summary>
    public async Task<(ImportView? View, Refusal? Refusal)> UploadAsync(string name, string? format, Stream body, CancellationToken cancellation)
    {
        format ??= Path.GetExtension(name).ToLowerInvariant() is ".ndjson" or ".jsonl" ? "ndjson" : name.Contains("cdnow", StringComparison.OrdinalIgnoreCase) ? "cdnow" : "csv";
        if (format is not ("csv" or "ndjson" or "cdnow")) return (null, new Refusal("format", "is not a format", "csv, ndjson or cdnow"));
        Directory.CreateDirectory(Folder);
        var id = Guid.NewGuid().ToString("n")[..12];
        var job = new Job(id, Path.GetFileName(name), Path.Combine(Folder, id + ".upload"), format);
        try
        {
            await ReceiveAsync(job, body, cancellation);
            if (job.Bytes == 0) return (null, new Refusal("file", "is empty", "a file with rows"));
            var program = await host.Engine.ProgramAsync(cancellation);
            if (format == "csv") GuessCsv(job, program.TimeZone);
            else job.Mapping = new ImportMapping(format == "cdnow" ? CdnowReader.DefaultSource : "", "", program.TimeZone, null, true, new Dictionary<string, string>(), null);
            if (Look(job) is { } refusal && format == "csv") job.Notes = [.. job.Notes, $"{refusal.Field} {refusal.Reason}."];
        }
        catch (Exception e) when (e is InvalidDataException)
        {
            File.Delete(job.Path);
            return (null, new Refusal("file", "could not be read: " + e.Message, "a table with a header, CloudEvents as NDJSON, or CDNOW"));
        }
        catch
        {
            File.Delete(job.Path);
            throw;
        }

        lock (_gate)
        {
            // The oldest that does not run makes place.
            if (_jobs.Count >= MaxKept && _jobs.Find(j => j.Progress.Phase != ImportPhase.Running) is { } old) Forget(old);
            _jobs.Add(job);
        }

        return (View(job), null);
    }

    public ImportView? Find(string id) => JobOf(id) is { } job ? View(job) : null;

    public IReadOnlyList<ImportView> List()
    {
        lock (_gate) return [.. _jobs.Select(View)];
    }

    /// <summary>Takes another mapping and shows what rows become with it.</summary>
    public (ImportView? View, Refusal? Refusal) Map(string id, ImportMapping mapping)
    {
        if (JobOf(id) is not { } job) return (null, null);
        lock (job)
        {
            if (job.Progress.Phase is ImportPhase.Running) return (null, new Refusal("import", "runs already", "a mapping before the start"));
            if (Reader(job, mapping, out _) is { } refusal) return (null, refusal);
            job.Mapping = mapping;
            job.Columns = [.. job.Columns.Select(c => c with { Field = mapping.Columns.GetValueOrDefault(c.Name), Why = mapping.Columns.ContainsKey(c.Name) ? "chosen" : "kept as it is" })];
            return Look(job) is { } problem ? (null, problem) : (View(job), null);
        }
    }

    /// <summary>Begins recording; progress is in the view.</summary>
    public (ImportView? View, Refusal? Refusal) Start(string id)
    {
        if (JobOf(id) is not { } job) return (null, null);
        lock (job)
        {
            if (job.Progress.Phase == ImportPhase.Running) return (View(job), null);
            if (!File.Exists(job.Path)) return (null, new Refusal("import", "is over", "a new upload"));
            if (Reader(job, job.Mapping!, out var reader) is { } refusal) return (null, refusal);
            job.Progress = job.Progress with { Phase = ImportPhase.Running, Problem = null };
            job.Task = Task.Run(() => RunAsync(job, reader!), CancellationToken.None);
            return (View(job), null);
        }
    }

    public bool Cancel(string id)
    {
        lock (_gate)
        {
            if (_jobs.Find(j => j.Id == id) is not { } job) return false;
            if (job.Progress.Phase == ImportPhase.Running) job.Cancel.Cancel();
            else Forget(job);
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        List<Job> jobs;
        lock (_gate) jobs = [.. _jobs];
        foreach (var job in jobs)
        {
            await job.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            File.Delete(job.Path);
        }

        _stopping.Dispose();
        _one.Dispose();
    }

    private Job? JobOf(string id)
    {
        lock (_gate) return _jobs.Find(j => j.Id == id);
    }

    private void Forget(Job job)
    {
        _jobs.Remove(job);
        File.Delete(job.Path);
    }

    private static async Task ReceiveAsync(Job job, Stream body, CancellationToken cancellation)
    {
        await using var file = new FileStream(job.Path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, useAsync: true);
        var buffer = new byte[1 << 16];
        byte last = (byte)'\n';
        int n;
        while ((n = await body.ReadAsync(buffer, cancellation)) > 0)
        {
            job.Bytes += n;
            if (job.Bytes > MaxFileBytes) throw new InvalidDataException($"it is larger than {MaxFileBytes} bytes; use `import` on the command line.");
            job.Lines += buffer.AsSpan(0, n).Count((byte)'\n');
            last = buffer[n - 1];
            await file.WriteAsync(buffer.AsMemory(0, n), cancellation);
        }

        if (last != '\n') job.Lines++;
    }

    private static void GuessCsv(Job job, string zone)
    {
        using var file = File.OpenRead(job.Path);
        var rows = CsvFile.Rows(file).Take(CsvGuess.SampleRows + 1).Select(r => r.Columns).ToList();
        if (rows.Count < 2) throw new InvalidDataException("there is no row below the header.");
        (job.Mapping, job.Columns, job.Notes) = CsvGuess.Guess(job.File, rows[0], rows[1..], zone);
    }

    private Refusal? Reader(Job job, ImportMapping mapping, out IImportReader? reader)
    {
        reader = null;
        if (job.Format == "csv")
        {
            var refusal = CsvReader.Create(mapping, options.Time, out var csv);
            reader = csv;
            return refusal;
        }

        if (!WireTime.TryZone(mapping.TimeZone, out var zone)) return new Refusal("timeZone", "is not a time zone", "an IANA name such as America/Chicago");
        reader = job.Format == "cdnow"
            ? new CdnowReader(string.IsNullOrWhiteSpace(mapping.Source) ? CdnowReader.DefaultSource : mapping.Source, zone)
            : new NdjsonReader(zone, options.Time);
        return null;
    }

    /// <summary>What the first rows become.</summary>
    private Refusal? Look(Job job)
    {
        if (Reader(job, job.Mapping!, out var reader) is { } refusal) return refusal;
        using var file = File.OpenRead(job.Path);
        job.Preview = [.. reader!.Read(file).Take(PreviewRows).Select(i => new ImportPreview(
            i.Line, i.Json.IsEmpty ? null : Json.Parse(System.Text.Encoding.UTF8.GetString(i.Json.Span)), i.Refusal?.Field, i.Refusal?.Reason, i.Refusal?.Accepted))];
        return null;
    }

    private async Task RunAsync(Job job, IImportReader reader)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, job.Cancel.Token);
        try
        {
            await _one.WaitAsync(both.Token);
        }
        catch (OperationCanceledException)
        {
            job.Progress = job.Progress with { Phase = ImportPhase.Cancelled };
            return;
        }

        var started = options.Time.GetTimestamp();
        ImportRunner? runner = null;
        try
        {
            runner = new ImportRunner(host.Engine, Access.System("import"), options.Time) { Progress = totals => job.Progress = Progress(job, totals, started, ImportPhase.Running) };
            await using var file = File.OpenRead(job.Path);
            await runner.RunAsync(reader.Read(file), both.Token);
            job.Progress = Progress(job, runner.Totals, started, ImportPhase.Done) with { SecondsLeft = 0 };
            File.Delete(job.Path);
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            job.Progress = job.Progress with { Phase = ImportPhase.Cancelled, Problem = "It was stopped; what was recorded stays, and starting again counts nothing twice." };
        }
        catch (Exception e) when (e is EngineUnavailableException or EngineBusyException or InvalidDataException or IOException or ObjectDisposedException)
        {
            job.Progress = job.Progress with { Phase = ImportPhase.Failed, Problem = e.Message };
            LogFailed(logger, job.Id, e.GetType().Name);
        }
        finally
        {
            _one.Release();
        }
    }

    private ImportProgress Progress(Job job, ImportTotals totals, long started, ImportPhase phase)
    {
        var seconds = Math.Max(0.001, options.Time.GetElapsedTime(started).TotalSeconds);
        var left = totals.Bytes > 0 ? seconds * (job.Bytes - totals.Bytes) / totals.Bytes : (double?)null;
        return new ImportProgress(phase, totals.Bytes, totals.Rows, totals.Events, totals.Duplicates, totals.Refused, totals.Participants, totals.Rows / seconds, left, null, [.. totals.Refusals]);
    }

    private static ImportView View(Job job)
    {
        var type = job.Mapping is { Type.Length: > 0 } mapping ? EventTypes.Find(mapping.Type) : null;
        var rows = job.Format == "csv" ? Math.Max(0, job.Lines - 1) : job.Lines;
        return new ImportView(job.Id, job.File, job.Bytes, job.Format, rows, job.Mapping, job.Columns, type is null ? [] : ImportTargets.For(type),
            job.Format == "csv" ? [.. EventSchemas.FromOutside.Where(t => t.Target == EventTarget.Person).Select(t => t.Name)] : [], job.Preview, job.Notes, job.Progress);
    }

    [LoggerMessage(30, LogLevel.Warning, "Import {Id} failed: {Problem}.")]
    private static partial void LogFailed(ILogger logger, string id, string problem);
}
