using Experience.Domain.Port;

namespace Experience.Web.Hosting;

/// <summary>Opens an engine on a folder.</summary>
/// <param name="Folder">The engine's own folder.</param>
/// <param name="Sample">A folder of the sample program, labelled as such for good.</param>
internal sealed record EngineFolder(string Folder, bool Sample);

internal delegate Task<IExperienceEngine> OpenEngine(EngineFolder folder, CancellationToken cancellation);

/// <summary>
/// Owns the engine that runs now: the program's own, or the sample's, which lives in a folder of its own. Switching is opening the
/// other one, pointing everybody to it, and closing the old one when its last call has had time to end. Which of the two runs is kept
/// in the data folder, so that a restart comes back to what was on screen.
/// </summary>
internal sealed partial class EngineHost(ServeOptions options, OpenEngine open, ILogger<EngineHost> logger) : IHostedService, IAsyncDisposable
{
    /// <summary>How long calls that began before a switch may still use the old engine.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _switching = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private volatile Opened? _current;
    private volatile string _reason = "The data folder is being opened.";
    private Task _opening = Task.CompletedTask;
    private Task _closing = Task.CompletedTask;
    private bool _disposed;

    private sealed record Opened(IExperienceEngine Engine, bool Sample, CancellationTokenSource Switched);

    public string DataFolder => options.DataFolder;

    public string SampleFolder => Path.Combine(options.DataFolder, "sample");

    private string SampleMark => Path.Combine(options.DataFolder, "sample.active");

    /// <summary>The engine, for one call.</summary>
    public IExperienceEngine Engine => _current?.Engine ?? throw new EngineUnavailableException(_reason);

    public EngineStatus Status => _current?.Engine.Status ?? new EngineStatus(false, false, _reason, 0, 0, null, null, IsSample);

    public bool IsSample => _current?.Sample ?? File.Exists(SampleMark);

    /// <summary>Why the folder could not be opened, when it could not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Completes when the engine is open, or could not be opened.</summary>
    public Task Opening => _opening;

    /// <summary>The engine for something that lasts, with a token that is cancelled when another one takes its place.</summary>
    public (IExperienceEngine Engine, CancellationToken Switched) Hold()
    {
        var current = _current ?? throw new EngineUnavailableException(_reason);
        return (current.Engine, current.Switched.Token);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Opening replays a journal and may take seconds; meanwhile the server answers that it is not ready.
        _opening = Task.Run(() => OpenFirstAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _closing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Interlocked.Exchange(ref _current, null) is not { } current) return;
        _reason = "The server is stopping.";
        await current.Switched.CancelAsync();
        await current.Engine.DisposeAsync();
        current.Switched.Dispose();
    }

    /// <summary>Switches to the sample's folder, or back to the program's own.</summary>
    public async Task<IExperienceEngine> SwitchAsync(bool sample, CancellationToken cancellation)
    {
        await _switching.WaitAsync(cancellation);
        try
        {
            await _opening.WaitAsync(cancellation);
            await _closing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var before = _current;
            if (before is not null && before.Sample == sample) return before.Engine;
            var engine = await open(new EngineFolder(sample ? SampleFolder : DataFolder, sample), cancellation);
            if (sample) await File.WriteAllTextAsync(SampleMark, "The sample program is shown. Delete this file to show your own data at the next start.\n", cancellation);
            else File.Delete(SampleMark);
            _current = new Opened(engine, sample, new CancellationTokenSource());
            LogSwitched(logger, sample);
            if (before is not null)
            {
                await before.Switched.CancelAsync();
                _closing = CloseAsync(before);
            }

            return engine;
        }
        finally
        {
            _switching.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The container owns it twice: as itself and as a hosted service.
        if (_disposed) return;
        _disposed = true;
        await StopAsync(CancellationToken.None);
        _switching.Dispose();
        _stopping.Dispose();
    }

    private async Task OpenFirstAsync(CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(DataFolder);
            var sample = File.Exists(SampleMark);
            var engine = await open(new EngineFolder(sample ? SampleFolder : DataFolder, sample), cancellation);
            _current = new Opened(engine, sample, new CancellationTokenSource());
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // Not swallowed: the server goes on only to say why it is not ready; the command line ends with this failure.
            Failure = e.Message;
            // A folder that is held or broken is no bug: one line says it, and a stack would only hide it.
            var plain = e is IOException or InvalidDataException or UnauthorizedAccessException;
            _reason = plain ? "The data folder could not be opened: the server's own output says why." : "The data folder could not be opened: a mistake of ours, which was logged.";
            if (!plain) LogNotOpened(logger, e);
        }
    }

    private async Task CloseAsync(Opened old)
    {
        await Task.Delay(Grace, options.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await old.Engine.DisposeAsync();
        old.Switched.Dispose();
    }

    [LoggerMessage(1, LogLevel.Error, "The data folder could not be opened.")]
    private static partial void LogNotOpened(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Information, "Another folder is shown: sample {Sample}.")]
    private static partial void LogSwitched(ILogger logger, bool sample);
}
