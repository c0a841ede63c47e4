using System.Buffers;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Sample;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Keys;
using Microsoft.AspNetCore.Hosting.Server;

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
/// Fills the sample's own folder and goes on streaming into it, through the public API of this very server, as a registration system
/// would. One at a time; it starts again by itself after a restart while the sample is what is shown.
/// </summary>
internal sealed partial class SampleRunner(EngineHost host, CreateSample create, ServeOptions options, IServer server, KeyRing keys, IHostApplicationLifetime lifetime, ILogger<SampleRunner> logger)
    : BackgroundService
{
    public const double DefaultSpeed = 1;

    /// <summary>Facts of one request: large enough that a request costs little of each, small enough that progress is seen to move.</summary>
    public const int ChunkSize = 4000;

    /// <summary>Events of the live stream are sent together when they come this close.</summary>
    private const int MaxLiveBatch = 50;

    private readonly SemaphoreSlim _starting = new(1, 1);
    private volatile SampleView _view = new(SamplePhase.None, 0, 0, null);
    private CancellationTokenSource? _running;
    private Task _task = Task.CompletedTask;
    private CancellationToken _stopping;

    public SampleView View => _view;

    /// <summary>
    /// Switches to the sample and starts filling it; returns when the filling has begun. A sample that streams goes on, at the speed that is
    /// asked for.
    /// </summary>
    /// <returns>Why not: the folder holds another college.</returns>
    public async Task<string?> StartSampleAsync(SampleRequest request, CancellationToken cancellation)
    {
        await _starting.WaitAsync(cancellation);
        try
        {
            if (SamplePlanFile.Read(host.SampleFolder) is { } plan && !plan.Is(request))
            {
                return $"The sample's folder holds {plan.People} people, {plan.Years} years, seed {plan.Seed}. Stop the server and delete {Path.GetFullPath(host.SampleFolder)} to make another.";
            }

            if (_view.Phase == SamplePhase.Filling || (_view.Phase == SamplePhase.Streaming && request.Speed is null)) return null;
            await StopRunningAsync();
            var engine = await host.SwitchAsync(sample: true, cancellation);
            _running = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
            if (_view.Phase != SamplePhase.Streaming) _view = new SampleView(SamplePhase.Filling, 0, 0, null);
            _task = Task.Run(() => RunAsync(engine, request, _running.Token), CancellationToken.None);
            return null;
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
            await StopRunningAsync();
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
        await StartedAsync(stoppingToken);
        if (host.Failure is null && host.IsSample) await StartSampleAsync(new SampleRequest(null, null, options.SampleSpeed, null), stoppingToken);
        await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task StopRunningAsync()
    {
        if (_running is null) return;
        await _running.CancelAsync();
        await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _running.Dispose();
        _running = null;
    }

    /// <summary>Hosted services start before the server listens, and the sample calls it.</summary>
    private async Task StartedAsync(CancellationToken cancellation)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellation);
    }

    private async Task RunAsync(IExperienceEngine engine, SampleRequest request, CancellationToken cancellation)
    {
        try
        {
            var plan = SamplePlanFile.ReadOrMake(host.SampleFolder, request, options.Time);
            // A restart finds the college complete: nobody is shown a fill that is none.
            if (plan.Filled) _view = new SampleView(SamplePhase.Streaming, engine.Status.People, engine.Status.People, null);
            using var sender = new SampleSender(OwnAddress.Of(server), keys.CreateOwn(SampleOptions.Source, TimeZoneInfo.Utc), options.Time);
            var feed = create(plan, options.Time);
            if (!plan.Filled)
            {
                await FillAsync(sender, feed, cancellation);
                (plan with { Filled = true }).Write(host.SampleFolder);
            }

            var people = engine.Status.People;
            _view = new SampleView(SamplePhase.Streaming, people, people, null);
            await StreamAsync(sender, feed, request.Speed ?? DefaultSpeed, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped, or the server ends.
        }
        catch (Exception e)
        {
            // The end of a background task: whatever it was, the page says that the sample stopped, and the log says why.
            _view = _view with { Phase = SamplePhase.Failed, Problem = e is IOException or InvalidOperationException ? e.Message : "A mistake of ours. It was logged." };
            LogFailed(logger, e);
        }
    }

    /// <summary>Sends the history in chunks; the next one is made while one is under way.</summary>
    private async Task FillAsync(SampleSender sender, ISampleFeed feed, CancellationToken cancellation)
    {
        var (facts, total) = feed.History();
        var underWay = Task.CompletedTask;
        long sent = 0;
        // One is filled while the other is read.
        var (filling, sending) = (new ArrayBufferWriter<byte>(1 << 20), new ArrayBufferWriter<byte>(1 << 20));
        foreach (var chunk in facts.Chunk(ChunkSize))
        {
            SampleSender.Lines(chunk, filling);
            await underWay;
            Done();
            sent += chunk.Length;
            (filling, sending) = (sending, filling);
            underWay = sender.SendAsync(sending.WrittenMemory, cancellation);
        }

        await underWay;
        Done();

        void Done()
        {
            _view = new SampleView(SamplePhase.Filling, sent, Math.Max(total, sent), null);
        }
    }

    private static async Task StreamAsync(SampleSender sender, ISampleFeed feed, double speed, CancellationToken cancellation)
    {
        var batch = new List<Fact>();
        var lines = new ArrayBufferWriter<byte>();
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

            SampleSender.Lines(batch, lines);
            await sender.SendAsync(lines.WrittenMemory, cancellation);
        }
    }

    [LoggerMessage(20, LogLevel.Error, "The sample program stopped.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
