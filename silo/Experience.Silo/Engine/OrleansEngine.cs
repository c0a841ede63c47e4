using System.Runtime.InteropServices;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Voice;
using Experience.Embedded.Models;
using Experience.Grains;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Roster;
using Experience.Grains.Storage;
using Microsoft.Extensions.Logging;

namespace Experience.Silo.Engine;

/// <summary>
/// The port over grains: splits batches by person, asks shards for partial answers and merges them, builds cards and boards where they are
/// asked for. Holds nothing that cannot be asked for again, so every web host has one, and any of them may go.
/// </summary>
internal sealed partial class OrleansEngine : IExperienceEngine
{
    /// <summary>How often boards move; and how soon a shard that moved is seen.</summary>
    internal static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a call is tried again while silos come and go, before the caller is told.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>People of one batch who are asked at the same time.</summary>
    private const int MaxAtOnce = 256;

    private readonly IGrainFactory _grains;
    private readonly IRosterShardGrain[] _shards;
    private readonly GrainReference _anybody;
    private readonly SiloParts _parts;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly string? _mayLose;
    private readonly IAsyncDisposable? _owned;
    private readonly bool _sample;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _counting = new();
    private readonly ShardTotals?[] _totals = new ShardTotals?[Streams.Shards];
    private (long Facts, long FirstAt, long LastAt) _programTotals = (0, long.MaxValue, long.MinValue);
    private volatile ProgramSnapshot _program;
    private volatile string? _reason = "starting";
    private volatile string? _trouble;
    private ITimer? _tick;
    private int _disposed;

    private OrleansEngine(IGrainFactory grains, SiloParts parts, ProgramSnapshot program, string? mayLose, IAsyncDisposable? owned, ILoggerFactory loggers, bool sample)
    {
        _grains = grains;
        _shards = [.. Enumerable.Range(0, Streams.Shards).Select(s => grains.GetGrain<IRosterShardGrain>(s))];
        _anybody = (GrainReference)grains.GetGrain<IParticipantGrain>(Streams.IdOf(UInt128.One));
        _parts = parts;
        _time = parts.Time;
        _program = program;
        _mayLose = mayLose;
        _owned = owned;
        _sample = sample;
        _log = loggers.CreateLogger<OrleansEngine>();
        _notes = new HostNotes(this);
        _keeper = new ModelKeeper(Trainers.All, new ModelHost(this), _time, _log);
        _past = new PastKeeper(new TrainingSource(this, null, program, 0), _time);
    }

    public EngineStatus Status
    {
        get
        {
            lock (_counting)
            {
                long events = _programTotals.Facts, people = 0, first = _programTotals.FirstAt, last = _programTotals.LastAt;
                foreach (var shard in _totals)
                {
                    if (shard is null) continue;
                    events += shard.Events;
                    people += shard.People;
                    first = Math.Min(first, shard.FirstAt);
                    last = Math.Max(last, shard.LastAt);
                }

                var trouble = _trouble ?? (_parts.Store.Connected ? null : "Redis does not answer this host.");
                return new EngineStatus(_reason is null && trouble is null, _reason is null, _reason ?? trouble ?? _mayLose, events, people, events == 0 ? null : first / 1000, events == 0 ? null : last / 1000, _sample);
            }
        }
    }

    /// <summary>An engine that answers: every shard has been placed, has loaded its people, and was assessed.</summary>
    /// <param name="mayLose">Why what was acknowledged may be lost, for the status; null when it may not.</param>
    /// <param name="owned">Ends with the engine.</param>
    /// <param name="ticks">False for one that nobody watches by.</param>
    /// <param name="sample">The sample program, labelled as such.</param>
    public static async Task<OrleansEngine> OpenAsync(
        IGrainFactory grains, SiloParts parts, string? mayLose, IAsyncDisposable? owned, ILoggerFactory loggers, CancellationToken cancellation, bool ticks = true, bool sample = false)
    {
        var known = await parts.Programs.AtLeastAsync(ProgramMark.None).ConfigureAwait(false);
        var engine = new OrleansEngine(grains, parts, known.Snapshot, mayLose, owned, loggers, sample);
        try
        {
            if (ticks) engine._observer = grains.CreateObjectReference<IHostObserver>(engine._notes);
            await engine.SettleAsync(cancellation).ConfigureAwait(false);
            engine._reason = null;
            if (ticks) engine._tick = parts.Time.CreateTimer(static state => ((OrleansEngine)state!).Tick(), engine, TickEvery, TickEvery);
            return engine;
        }
        catch
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<BatchReceipt> RecordAsync(IReadOnlyList<Fact> batch, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ThrowUnlessReady();
        var sent = batch.Count;
        batch = await WithErasuresAsync(batch, cancellation).ConfigureAwait(false);
        var outcomes = new RecordOutcome[batch.Count];
        var people = new Dictionary<(string Source, string Key), List<int>>();
        var program = new List<int>();
        for (var i = 0; i < batch.Count; i++)
        {
            var fact = batch[i];
            if (fact.Type.Family == EventFamily.Observation) outcomes[i] = RecordOutcome.Refused;
            else if (fact.Type.Target == EventTarget.Program || fact.Subject.Length == 0) program.Add(i);
            else if (people.TryGetValue((fact.Source, fact.Subject), out var mine)) mine.Add(i);
            else people[(fact.Source, fact.Subject)] = [i];
        }

        if (program.Count > 0) await RecordProgramAsync(batch, program, outcomes, cancellation).ConfigureAwait(false);
        foreach (var some in people.Chunk(MaxAtOnce))
            await Task.WhenAll(some.Select(p => RecordPersonAsync(batch, p.Key.Source, p.Key.Key, p.Value, outcomes, cancellation))).ConfigureAwait(false);
        return new BatchReceipt(outcomes.Length == sent ? outcomes : outcomes[..sent]);
    }

    public async ValueTask<string?> FindAsync(string source, string key, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        if (string.IsNullOrEmpty(key)) return null;
        var stream = _parts.StreamOf(source, key);
        return await WhereAsync(stream, cancellation).ConfigureAwait(false) is { Known: true } where && !Voices.IsVoice(where.Home) ? Streams.IdOf(where.Home) : null;
    }

    public async ValueTask<bool> AnyErasedAsync(IReadOnlyList<SourceKey> keys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ThrowUnlessReady();
        await _parts.Kin.RefreshAsync().ConfigureAwait(false);
        return keys.Any(k => k.Key.Length > 0 && _parts.Kin.IsErased(_parts.StreamOf(k.Source, k.Key)));
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _reason = "closing";
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_tick is not null) await _tick.DisposeAsync().ConfigureAwait(false);
        await _ticked.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        RaiseTick();
        await _keeper.DisposeAsync().ConfigureAwait(false);
        await _past.DisposeAsync().ConfigureAwait(false);
        if (_observer is not null) _grains.DeleteObjectReference<IHostObserver>(_observer);
        _settling.Dispose();
        _trendTurn.Dispose();
        _closing.Dispose();
        if (_owned is not null) await _owned.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RecordPersonAsync(IReadOnlyList<Fact> batch, string source, string key, List<int> mine, RecordOutcome[] outcomes, CancellationToken cancellation)
    {
        var command = new RecordCommand(source, key, [.. mine.Select(i => Message(batch[i]))]);
        var grain = Participant(_parts.StreamOf(source, key));
        var reply = await TryAsync(() => grain.RecordAsync(command), cancellation).ConfigureAwait(false);
        for (var i = 0; i < mine.Count; i++) outcomes[mine[i]] = (RecordOutcome)reply.Outcomes[i];
        if (reply.Shard is { } totals) Count(totals);
    }

    private async Task RecordProgramAsync(IReadOnlyList<Fact> batch, List<int> mine, RecordOutcome[] outcomes, CancellationToken cancellation)
    {
        var command = new ProgramCommand([.. mine.Select(i => batch[i].Source)], [.. mine.Select(i => Message(batch[i]))]);
        var reply = await TryAsync(() => Program.RecordAsync(command), cancellation).ConfigureAwait(false);
        for (var i = 0; i < mine.Count; i++) outcomes[mine[i]] = (RecordOutcome)reply.Outcomes[i];
        lock (_counting)
        {
            if (reply.Events >= _programTotals.Facts) _programTotals = (reply.Events, reply.FirstAt, reply.LastAt);
        }

        // What a program publishes is in force when it is acknowledged. In a large one the next tick sees to it: everybody is assessed again.
        if (Status.People <= SmallProgram && mine.Exists(i => outcomes[i] == RecordOutcome.Accepted)) await SettleAsync(cancellation).ConfigureAwait(false);
    }

    private IProgramGrain Program => _grains.GetGrain<IProgramGrain>(0);

    private IRosterShardGrain Shard(UInt128 stream) => _shards[Streams.ShardOf(stream)];

    // By the names that a first reference was given: made by its type, each would have the attributes of the interface read anew.
    private IParticipantGrain Participant(UInt128 stream) => (IParticipantGrain)_grains.GetGrain(GrainId.Create(_anybody.GrainId.Type, Streams.IdOf(stream)), _anybody.InterfaceType);

    private void Count(ShardTotals totals)
    {
        lock (_counting)
        {
            // Replies overtake each other; of one activation the counts only grow.
            if (_totals[totals.Shard] is { } known && (known.Epoch > totals.Epoch || (known.Epoch == totals.Epoch && (known.Events, known.Turn).CompareTo((totals.Events, totals.Turn)) >= 0))) return;
            _totals[totals.Shard] = totals;
        }
    }

    /// <summary>
    /// Asks again while silos and shards move. A call whose outcome is not known may be sent again: events count once by their id, and everything
    /// else changes nothing. A retried event that was recorded after all is answered as a duplicate.
    /// </summary>
    private async Task<T> TryAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var wait = 50; ; wait = Math.Min(wait * 2, 1_000))
        {
            try
            {
                // Whoever does not wait any more is not kept by a call to a silo that went.
                return await ask().WaitAsync(cancellation).ConfigureAwait(false);
            }
            catch (Exception failure) when (IsPassing(failure))
            {
                cancellation.ThrowIfCancellationRequested();
                if (TimeProvider.System.GetElapsedTime(started) > Patience || _closing.IsCancellationRequested) throw Outward(failure);
                EngineLog.AskedAgain(_log, failure, wait);
                await Task.Delay(wait, cancellation).ConfigureAwait(false);
            }
        }
    }

    // What a remote call fails with is an open list: rejections, timeouts, an activation that could not load, exceptions whose type does not travel.
    // What cannot pass by waiting is a short one: stored bytes that do not read, a wrong call, and a shard that waits to be told the moment.
    private static bool IsPassing(Exception failure) => failure is not (InvalidDataException or ArgumentException or ShardUnsettledException);

    private static Exception Outward(Exception failure) => failure is EngineBusyException or EngineUnavailableException
        ? failure
        : new EngineUnavailableException($"{ReasonOf(failure)}. Nothing of this is acknowledged: send it again, events count once by their id.", failure);

    private static string ReasonOf(Exception failure) => failure switch
    {
        TimeoutException => "A silo did not answer in time: it is busy, gone, or cut off from another silo that it has to ask",
        SiloUnavailableException or OrleansMessageRejectionException or Orleans.Runtime.Messaging.ConnectionFailedException => "A silo is gone, or cannot be reached from here",
        StoreException => "Redis does not answer this host",
        _ => "The cluster does not answer",
    };

    private static FactMessage Message(Fact fact) => new(fact.Type.Code, fact.Time, fact.Id, Whole(fact.Clear), Whole(fact.Personal), fact.Live);

    // A fact is not changed once it is made: an array that is the fact's own travels as it is.
    private static byte[] Whole(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var own) && own.Array is { } array && own.Count == array.Length ? array : bytes.ToArray();

    private void ThrowUnlessReady()
    {
        if (_reason is { } reason) throw new EngineUnavailableException($"The engine does not answer: {reason}.");
    }
}

internal static partial class EngineLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "A call failed; it is sent again in {Milliseconds} ms")]
    public static partial void AskedAgain(ILogger logger, Exception failure, int milliseconds);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "People could not be compared; the next look goes on")]
    public static partial void LookFailed(ILogger logger, Exception failure);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "A tick of the boards failed; the next one follows")]
    public static partial void TickFailed(ILogger logger, Exception failure);
}
