using System.Text;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports.Mapping;
using Experience.Web.Sources;

namespace Experience.Web.Imports;

/// <summary>
/// Files that were uploaded: guessed, looked at, checked, confirmed, recorded. One runs at a time. What runs is written down, and a server that was stopped
/// or killed in the middle goes on with it at its next start: rows that were recorded are duplicates then.
/// </summary>
internal sealed partial class ImportService(EngineHost host, MappingStore mappings, SourceDesk desk, ImportFolder folder, ServeOptions options, ILogger<ImportService> logger) : IHostedService, IAsyncDisposable
{
    public const long MaxFileBytes = 4L << 30;
    private const int PreviewRows = 8;

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _resuming = Task.CompletedTask;
    private bool _disposed;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _resuming = ResumeAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _resuming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var job in folder.List()) await job.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Keeps an upload and guesses what it is.</summary>
    public async Task<(ImportView? View, Refusal? Refusal)> UploadAsync(string name, string? format, Stream body, CancellationToken cancellation)
    {
        format ??= FileImport.FormatOf(name);
        if (!FileImport.Formats.Contains(format)) return (null, new Refusal("format", "is not a format", "csv, ndjson or cdnow"));
        Directory.CreateDirectory(folder.Path);
        var id = Guid.NewGuid().ToString("n")[..12];
        var path = Path.Combine(folder.Path, id + ".upload");
        try
        {
            var (bytes, lines) = await ReceiveAsync(path, body, cancellation);
            if (bytes == 0)
            {
                File.Delete(path);
                return (null, new Refusal("file", "is empty", "a file with rows"));
            }

            var program = await host.Engine.ProgramAsync(cancellation);
            var look = FileImport.Look(path, name, format, program.TimeZone, mappings);
            var job = new ImportJob(folder.Path, new StoredImport(id, Path.GetFileName(name), format, host.IsSample, bytes, lines, look.Delimiter, look.Mapping, look.Saved, look.Columns, look.Notes, ImportJob.Waiting, null));
            if (Look(job) is { } refusal && format == "csv") job.Change(s => s with { Notes = [.. s.Notes, $"{refusal.Field} {refusal.Reason}."] }, keep: false);
            job.Change(s => s, keep: true);
            folder.Add(job);
            return (View(job), null);
        }
        catch (InvalidDataException e)
        {
            File.Delete(path);
            return (null, new Refusal("file", "could not be read: " + e.Message, "a table with a header, CloudEvents as NDJSON, or CDNOW"));
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    public ImportView? Find(string id) => folder.Find(id) is { } job ? View(job) : null;

    public IReadOnlyList<ImportView> List() => [.. folder.List().Select(View)];

    /// <summary>The file of refused rows, and what it is called; null when none was refused.</summary>
    public (string Path, string Name)? Refused(string id) =>
        folder.Find(id) is { } job && File.Exists(job.Refused) ? (job.Refused, Path.GetFileNameWithoutExtension(job.Stored.File) + ".refused" + Path.GetExtension(job.Stored.File)) : null;

    /// <summary>Takes another mapping and shows what rows become with it.</summary>
    public (ImportView? View, Refusal? Refusal) Map(string id, ImportMapping mapping)
    {
        if (folder.Find(id) is not { } job) return (null, null);
        lock (job)
        {
            if (job.IsBusy) return (null, Busy);
            if (FileImport.Reader(job.Stored.Format, mapping, options.Time, out _) is { } refusal) return (null, refusal);
            job.Change(s => s with
            {
                Mapping = mapping,
                Check = null,
                Columns = [.. s.Columns.Select(c => c with { Field = mapping.Columns.GetValueOrDefault(c.Name), Why = mapping.Columns.ContainsKey(c.Name) ? "chosen" : "kept as it is" })],
            }, keep: true);
            return Look(job) is { } problem ? (null, problem) : (View(job), null);
        }
    }

    /// <summary>Saves the mapping of an import under a name.</summary>
    public (ImportView? View, Refusal? Refusal) Save(string id, string name, string? by)
    {
        if (folder.Find(id) is not { } job) return (null, null);
        if (mappings.Save(name, job.Stored.Mapping, by).Refusal is { } refusal) return (null, refusal);
        job.Change(s => s with { Saved = name }, keep: true);
        return (View(job), null);
    }

    /// <summary>Begins a dry run: everything is read, nothing is recorded.</summary>
    public (ImportView? View, Refusal? Refusal) Check(string id) => Begin(id, ImportPhase.Checking);

    /// <summary>Begins recording; progress is in the view.</summary>
    public (ImportView? View, Refusal? Refusal) Start(string id) => Begin(id, ImportPhase.Running);

    public bool Cancel(string id) => folder.Cancel(id);

    public async ValueTask DisposeAsync()
    {
        // The container owns it twice: as itself and as a hosted service.
        if (_disposed) return;
        _disposed = true;
        await StopAsync(CancellationToken.None);
        _stopping.Dispose();
        _one.Dispose();
    }

    private static Refusal Busy { get; } = new("import", "runs already", "a mapping before the start, or after the end");

    private (ImportView? View, Refusal? Refusal) Begin(string id, ImportPhase phase)
    {
        if (folder.Find(id) is not { } job) return (null, null);
        lock (job)
        {
            if (job.Stored.Progress.Phase == phase) return (View(job), null);
            if (job.IsBusy) return (null, Busy);
            if (!File.Exists(job.Upload)) return (null, new Refusal("import", "is over", "a new upload"));
            if (FileImport.Reader(job.Stored.Format, job.Stored.Mapping, options.Time, out var reader) is { } refusal) return (null, refusal);
            job.Cancel = new CancellationTokenSource();
            // A check that is interrupted is asked for again; a recording goes on by itself.
            job.Change(s => s with { Progress = ImportJob.Waiting with { Phase = phase }, Sample = host.IsSample }, keep: phase == ImportPhase.Running);
            job.Task = Task.Run(() => RunAsync(job, reader!, phase), CancellationToken.None);
            return (View(job), null);
        }
    }

    private async Task ResumeAsync()
    {
        await host.Opening.WaitAsync(_stopping.Token);
        if (host.Failure is not null) return;
        foreach (var job in folder.List().Where(j => j.Stored.Progress.Phase == ImportPhase.Running && j.Stored.Sample == host.IsSample && File.Exists(j.Upload)))
        {
            LogResumed(logger, job.Id);
            if (FileImport.Reader(job.Stored.Format, job.Stored.Mapping, options.Time, out var reader) is not null) continue;
            job.Task = Task.Run(() => RunAsync(job, reader!, ImportPhase.Running), CancellationToken.None);
        }
    }

    private static async Task<(long Bytes, long Lines)> ReceiveAsync(string path, Stream body, CancellationToken cancellation)
    {
        await using var file = SafeFile.Create(path);
        var buffer = new byte[1 << 16];
        byte last = (byte)'\n';
        var (bytes, lines) = (0L, 0L);
        int n;
        while ((n = await body.ReadAsync(buffer, cancellation)) > 0)
        {
            bytes += n;
            if (bytes > MaxFileBytes) throw new InvalidDataException($"it is larger than {MaxFileBytes} bytes; use `import` on the command line.");
            lines += buffer.AsSpan(0, n).Count((byte)'\n');
            last = buffer[n - 1];
            await file.WriteAsync(buffer.AsMemory(0, n), cancellation);
        }

        return (bytes, last == '\n' ? lines : lines + 1);
    }

    /// <summary>What the first rows become.</summary>
    private Refusal? Look(ImportJob job)
    {
        if (FileImport.Reader(job.Stored.Format, job.Stored.Mapping, options.Time, out var reader) is { } refusal) return refusal;
        using var file = File.OpenRead(job.Upload);
        try
        {
            job.Preview = [.. reader!.Read(file).Take(PreviewRows).Select(i => new ImportPreview(
                i.Line, i.Json.IsEmpty ? null : Json.Parse(Encoding.UTF8.GetString(i.Json.Span)), i.Refusal?.Field, i.Refusal?.Reason, i.Refusal?.Accepted, i.Column))];
            return null;
        }
        catch (InvalidDataException e)
        {
            return new Refusal("mapping", "does not fit the file: " + e.Message.TrimEnd('.'), "the file's own columns");
        }
    }

    private async Task RunAsync(ImportJob job, IImportReader reader, ImportPhase phase)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, job.Cancel.Token);
        try
        {
            await _one.WaitAsync(both.Token);
        }
        catch (OperationCanceledException)
        {
            End(job, phase, ImportPhase.Cancelled, null);
            return;
        }

        try
        {
            await ReadAsync(job, reader, phase, both.Token);
            ImportFolder.Ended(job);
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            End(job, phase, ImportPhase.Cancelled, "It was stopped; what was recorded stays, and starting again counts nothing twice.");
        }
        catch (Exception e) when (e is EngineUnavailableException or EngineBusyException or InvalidDataException or IOException or ObjectDisposedException)
        {
            End(job, phase, ImportPhase.Failed, e.Message);
            LogFailed(logger, job.Id, e.GetType().Name);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task ReadAsync(ImportJob job, IImportReader reader, ImportPhase phase, CancellationToken cancellation)
    {
        var started = options.Time.GetTimestamp();
        var recording = phase == ImportPhase.Running;
        File.Delete(job.Refused);
        ImportRunner runner;
        // The file of refused rows is whole and closed before anybody is told that the import is over.
        using (var refused = new RefusedFile(job.Refused, job.Stored.Delimiter))
        {
            runner = new ImportRunner(recording ? host.Engine : null, Access.System("import"), options.Time, FileImport.Intake(desk, job.Stored.Format, job.Stored.Mapping, job.Stored.File, !recording))
            {
                Progress = totals => job.Change(s => s with { Progress = totals.Progress(phase, options.Time.GetElapsedTime(started), s.Bytes) }, keep: false),
                Refused = (item, refusal) => refused.Write(reader.Header, item, refusal),
            };
            await using var file = File.OpenRead(job.Upload);
            await runner.RunAsync(reader.Read(file), cancellation);
        }

        var result = runner.Totals.Progress(recording ? ImportPhase.Done : ImportPhase.Waiting, options.Time.GetElapsedTime(started), job.Stored.Bytes);
        job.Change(s => recording ? s with { Progress = result } : s with { Progress = ImportJob.Waiting, Check = result }, keep: true);
        if (recording) File.Delete(job.Upload);
    }

    private void End(ImportJob job, ImportPhase was, ImportPhase phase, string? problem)
    {
        // A server that stops leaves what it was recording as it is: the next one goes on with it.
        if (_stopping.IsCancellationRequested && was == ImportPhase.Running) return;
        job.Change(s => s with { Progress = s.Progress with { Phase = was == ImportPhase.Checking && phase == ImportPhase.Cancelled ? ImportPhase.Waiting : phase, Problem = problem } }, keep: true);
        ImportFolder.Ended(job);
    }

    private static ImportView View(ImportJob job)
    {
        var s = job.Stored;
        var type = s.Mapping.Type.Length > 0 ? EventTypes.Find(s.Mapping.Type) : null;
        var rows = s.Format == "csv" ? Math.Max(0, s.Lines - 1) : s.Lines;
        return new ImportView(s.Id, s.File, s.Bytes, s.Format, rows, s.Mapping, s.Saved, s.Columns, type is null ? [] : ImportTargets.For(type),
            s.Format == "csv" ? FileImport.Types : [], job.Preview, s.Notes, s.Progress, s.Check);
    }

    [LoggerMessage(30, LogLevel.Warning, "Import {Id} failed: {Problem}.")]
    private static partial void LogFailed(ILogger logger, string id, string problem);

    [LoggerMessage(31, LogLevel.Information, "Import {Id} goes on where the server was stopped.")]
    private static partial void LogResumed(ILogger logger, string id);
}
