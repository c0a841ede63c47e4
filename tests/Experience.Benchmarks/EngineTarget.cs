using System.Diagnostics;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Experience.Benchmarks;

/// <summary>The embedded engine behind its port, with one board watched as a leader's browser would.</summary>
internal sealed class EngineTarget : IIngestTarget
{
    /// <summary>Facts of one call.</summary>
    public const int Batch = 1_000;

    /// <summary>Calls that wait for their acknowledgement at a time: enough that a commit is never waited for idly.</summary>
    private const int Outstanding = 16;

    private static readonly Access Source = new("benchmark", null, "ingest");

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watcher;

    private EngineTarget(EmbeddedEngine engine, string folder)
    {
        Engine = engine;
        Folder = folder;
        _watcher = WatchAsync(_stop.Token);
    }

    public EmbeddedEngine Engine { get; }

    public string Folder { get; }

    /// <summary>How often the engine asked to wait: its queues were full, or its checkpoints behind.</summary>
    public int BusyAnswers { get; private set; }

    public static async Task<EngineTarget> OpenAsync(string folder)
    {
        // Models are fitted when no event waits: the pauses in which a load is made would start fits that a folder under load does not.
        var engine = await EmbeddedEngine.OpenAsync(new EmbeddedOptions { DataFolder = folder, FitModels = false }, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        return new EngineTarget(engine, folder);
    }

    /// <summary>Records facts as they are made, without keeping them.</summary>
    public async Task FillAsync(IEnumerable<Fact> facts)
    {
        foreach (var chunk in facts.Chunk(Batch * Outstanding)) await RecordAsync(chunk);
    }

    /// <summary>
    /// Records all facts and waits until they are durable and stand in the boards. Answers how many were new and the time
    /// that it took.
    /// </summary>
    public async Task<(int Accepted, TimeSpan Elapsed)> RecordAsync(Fact[] facts)
    {
        var accepted = 0;
        var waiting = new Queue<Task<BatchReceipt>>(Outstanding);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < facts.Length; i += Batch)
        {
            if (waiting.Count == Outstanding) accepted += (await waiting.Dequeue()).Accepted;
            waiting.Enqueue(SendAsync(new ArraySegment<Fact>(facts, i, Math.Min(Batch, facts.Length - i))));
        }

        while (waiting.Count > 0) accepted += (await waiting.Dequeue()).Accepted;
        await Engine.BoardAsync("everyone", Source, CancellationToken.None);
        return (accepted, clock.Elapsed);
    }

    /// <summary>The load generator is in this process too, and counted with it.</summary>
    public TimeSpan Processor() => Measure.Processor(Environment.ProcessId);

    public Func<Task<(int Accepted, TimeSpan Elapsed)>> Prepare(Fact[] facts) => () => RecordAsync(facts);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watcher;
        await Engine.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>A full queue is the engine's back-pressure: wait as long as it says.</summary>
    private async Task<BatchReceipt> SendAsync(ArraySegment<Fact> facts)
    {
        while (true)
        {
            try
            {
                return await Engine.RecordAsync(facts, Source, CancellationToken.None);
            }
            catch (EngineBusyException busy)
            {
                BusyAnswers++;
                await Task.Delay(busy.RetryAfter);
            }
        }
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (var _ in Engine.WatchBoardAsync("everyone", Source, cancellation))
            {
                // Only that it is made and read counts.
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The measurement is over.
        }
    }
}
