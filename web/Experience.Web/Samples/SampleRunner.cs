using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;

namespace Experience.Web.Samples;

/// <summary>The sample program as the runner needs it: three years of facts, then facts as they happen.</summary>
internal interface ISampleFeed
{
    /// <summary>History in time order, and how many facts it has, or an estimate.</summary>
    (IEnumerable<Fact> Facts, int Count) History();

    IAsyncEnumerable<Fact> ContinueAsync(double speed, CancellationToken cancellation);
}

internal delegate ISampleFeed CreateSample(SamplePlanFile plan, TimeProvider time);

/// <summary>
/// Fills the sample's own folder and goes on streaming into it. One at a time; it starts again by itself after a restart while the
/// sample is what is shown.
/// </summary>
internal sealed partial class SampleRunner(EngineHost host, CreateSample create, ServeOptions options, ILogger<SampleRunner> logger) : BackgroundService
{
    public const double DefaultSpeed = 1;
    public const int ChunkSize = 2000;

    /// <summary>Events of the live stream are recorded together when they come this close.</summary>
    private const int MaxLiveBatch = 50;

    private readonly SemaphoreSlim _starting = new(1, 1);
    private volatile SampleView _view = new(SamplePhase.None, 0, 0, null);
    private CancellationTokenSource? _running;
    private Task _task = Task.CompletedTask;
    private CancellationToken _stopping;

    public SampleView View => _view;

    /// <summary>Switches to the sample and starts filling it; returns when the filling has begun.</summary>
    public async Task StartSampleAsync(SampleRequest request, CancellationToken cancellation)
    {
        await _starting.WaitAsync(cancellation);
        try
        {
            if (_view.Phase is SamplePhase.Filling or SamplePhase.Streaming) return;
            var engine = await host.SwitchAsync(sample: true, cancellation);
            _running = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
            _view = new SampleView(SamplePhase.Filling, 0, 0, null);
            _task = Task.Run(() => RunAsync(engine, request, _running.Token), CancellationToken.None);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Stops streaming and goes back to the program's own data. The sample's folder stays.</summary>
    public async Task StopSampleAsync(CancellationToken cancellation)
    {
        await _starting.WaitAsync(cancellation);
        try
        {
            if (_running is not null) await _running.CancelAsync();
            await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _view = new SampleView(SamplePhase.None, 0, 0, null);
            await host.SwitchAsync(sample: false, cancellation);
        }
        finally
        {
            _starting.Release();
        }
    }

    public override void Dispose()
    {
        _starting.Dispose();
        _running?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        await host.Opening.WaitAsync(stoppingToken);
        if (host.Failure is null && host.IsSample) await StartSampleAsync(new SampleRequest(null, null, null, null), stoppingToken);
        await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync(IExperienceEngine engine, SampleRequest request, CancellationToken cancellation)
    {
        try
        {
            var plan = SamplePlanFile.ReadOrMake(host.SampleFolder, request, options.Time);
            // A restart finds the college complete: nobody is shown a fill that is none.
            if (plan.Filled) _view = new SampleView(SamplePhase.Streaming, engine.Status.People, engine.Status.People, null);
            var feed = create(plan, options.Time);
            if (!plan.Filled)
            {
                await FillAsync(engine, feed, cancellation);
                (plan with { Filled = true }).Write(host.SampleFolder);
            }

            var people = engine.Status.People;
            _view = new SampleView(SamplePhase.Streaming, people, people, null);
            await StreamAsync(engine, feed, request.Speed ?? DefaultSpeed, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped, or the server ends.
        }
        catch (Exception e) when (e is EngineUnavailableException or EngineBusyException or ObjectDisposedException or IOException)
        {
            _view = _view with { Phase = SamplePhase.Failed, Problem = e.Message };
            LogFailed(logger, e);
        }
    }

    /// <summary>Records the history in chunks, a few under way: building facts overlaps with committing them.</summary>
    private async Task FillAsync(IExperienceEngine engine, ISampleFeed feed, CancellationToken cancellation)
    {
        var (facts, total) = feed.History();
        var underWay = new Queue<(Task Task, int Count)>();
        long done = 0;
        foreach (var chunk in facts.Chunk(ChunkSize))
        {
            underWay.Enqueue((EventRecorder.RecordAsync(engine, chunk, Access.System("sample"), options.Time, cancellation), chunk.Length));
            if (underWay.Count >= EventStream.MaxUnderWay) await FinishOneAsync();
        }

        while (underWay.Count > 0) await FinishOneAsync();

        async Task FinishOneAsync()
        {
            var (task, count) = underWay.Dequeue();
            await task;
            done += count;
            _view = new SampleView(SamplePhase.Filling, done, Math.Max(total, done), null);
        }
    }

    private async Task StreamAsync(IExperienceEngine engine, ISampleFeed feed, double speed, CancellationToken cancellation)
    {
        var batch = new List<Fact>();
        await using var facts = feed.ContinueAsync(speed, cancellation).GetAsyncEnumerator(cancellation);
        var next = facts.MoveNextAsync().AsTask();
        while (await next)
        {
            batch.Clear();
            do
            {
                batch.Add(facts.Current);
                next = facts.MoveNextAsync().AsTask();
            }
            while (batch.Count < MaxLiveBatch && next.IsCompletedSuccessfully && next.Result);

            await EventRecorder.RecordAsync(engine, batch.ToArray(), Access.System("sample"), options.Time, cancellation);
        }
    }

    [LoggerMessage(20, LogLevel.Error, "The sample program stopped.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
