using System.Diagnostics;
using System.Security.Cryptography;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Voice;
using Experience.Embedded.Journal;
using Experience.Embedded.Keys;
using Experience.Embedded.Loops;
using Experience.Embedded.Memory;
using Experience.Embedded.Models;
using Experience.Embedded.Search;
using Experience.Embedded.Shards;
using Microsoft.Extensions.Logging;

namespace Experience.Embedded;

/// <summary>
/// The domain on one process: event loops over 64 shards, a SQLite journal, one data folder. See docs/architecture.md, "The embedded engine".
/// </summary>
public sealed partial class EmbeddedEngine : IExperienceEngine
{
    /// <summary>How often boards move and clocks are looked at.</summary>
    internal static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);

    private const int MaxBatch = 1 << 20;

    private readonly DataFolder _folder;
    private readonly NativeHeap _heap = new();
    private readonly KeyStore _keys;
    private readonly IJournal _journal;
    private readonly EngineParts _parts;
    private readonly Committer _committer;
    private readonly EventLoop[] _loops;
    private readonly Checkpoints _checkpoints;
    private readonly Checkpointer _checkpointer;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _counting = new();
    private readonly CivilZone _zone;
    private readonly int _maxReplay;
    private readonly bool _fitModels;
    private readonly CancellationTokenSource _closing = new();
    private ITimer? _tick;
    private Counts _counts = Counts.None;
    private ProgramSnapshot _program;
    private volatile string? _reason = "starting";
    private int _disposed;

    private EmbeddedEngine(EmbeddedOptions options, DataFolder folder, Func<string, IJournal> openJournal, TimeProvider time, ILoggerFactory loggers)
    {
        _folder = folder;
        _time = time;
        _log = loggers.CreateLogger<EmbeddedEngine>();
        _maxReplay = options.MaxReplayFacts;
        _keys = new KeyStore(folder.KeysFile, folder.OpenMasterKey());
        _journal = openJournal(folder.JournalFile);
        _zone = new CivilZone(TimeZoneInfo.FindSystemTimeZoneById(folder.Facts.TimeZone));
        var names = new NameTable(_journal.Names());
        _search = new SearchIndex();
        _parts = new EngineParts(
            _journal, _keys, new SourceTable(_journal.Sources()), names, new SourceClocks(), new BlockIds(_journal.LastBlock), _search, time, SipHash.FromKey(StreamKey(_keys)));
        _readers = new PersonReaders(_parts);
        _looks = new Looks(folder.LooksFile, _log);
        var owner = new ProgramOwner(new ProgramState(_zone, folder.Facts.Name, folder.Facts.Currency, names.Find));
        if (LoadFrozen() is { } frozen) owner.Freeze(frozen);
        _program = owner.Snapshot();
        _checkpoints = new Checkpoints(folder, _keys);
        _loader = new Loader(_checkpoints, _log);
        var count = options.Loops == 0 ? Math.Clamp(Environment.ProcessorCount, 1, 8) : options.Loops;
        _committer = new Committer(_journal, _keys, _parts.Sources, names, count, Committed, CommitFailed, Forgotten);
        _loops = new EventLoop[count];
        for (var i = 0; i < count; i++)
        {
            var context = new LoopContext(i, _parts, _heap) { Zone = _zone, Program = _program };
            var shards = Enumerable.Range(0, Shard.Count).Where(s => s % count == i).Select(s => new Shard(s, context, _heap)).ToArray();
            _loops[i] = new EventLoop(i, count, shards, context, _committer, i == 0 ? owner : null, Now, _log) { Reload = Reload };
        }

        _checkpointer = new Checkpointer(_loops, _checkpoints, _journal, _maxReplay, _log);
        _keeper = new ModelKeeper(options.Trainers, new ModelHost(this), time, _log);
        _fitModels = options.FitModels;
        _past = new PastKeeper(this, time);
    }

    private readonly Loader _loader;
    private readonly SearchIndex _search;
    private readonly Looks _looks;

    public EngineStatus Status
    {
        get
        {
            Counts counts;
            lock (_counting) counts = _counts;
            return new EngineStatus(
                _reason is null,
                _search.Ready,
                _reason,
                counts.Facts,
                counts.People - _parts.People.Joined,
                counts.Facts == 0 ? null : counts.FirstAt / 1000,
                counts.Facts == 0 ? null : counts.LastAt / 1000,
                _folder.Facts.Sample);
        }
    }

    /// <summary>Opens the folder, makes it where it is missing, and folds what the journal has beyond the checkpoints.</summary>
    /// <exception cref="FolderInUseException">Another process has it.</exception>
    public static Task<EmbeddedEngine> OpenAsync(EmbeddedOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellation) =>
        OpenAsync(options, static path => new SqliteJournal(path), time, loggers, cancellation);

    internal static async Task<EmbeddedEngine> OpenAsync(
        EmbeddedOptions options, Func<string, IJournal> openJournal, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var folder = DataFolder.Open(options);
        EmbeddedEngine? engine = null;
        try
        {
            engine = await Task.Run(() => new EmbeddedEngine(options, folder, openJournal, time, loggers), cancellation).ConfigureAwait(false);
            await engine.StartAsync(cancellation).ConfigureAwait(false);
            return engine;
        }
        catch
        {
            if (engine is not null) await engine.DisposeAsync().ConfigureAwait(false);
            else folder.Dispose();
            throw;
        }
    }

    public async ValueTask<BatchReceipt> RecordAsync(IReadOnlyList<Fact> batch, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ThrowUnlessReady();
        cancellation.ThrowIfCancellationRequested();
        if (batch.Count == 0) return new BatchReceipt([]);
        if (batch.Count > MaxBatch) throw new ArgumentException($"A batch has at most {MaxBatch:N0} facts.", nameof(batch));
        if (Tail > _maxReplay) throw new EngineBusyException("Checkpoints are behind.", TimeSpan.FromMilliseconds(100));
        var asked = batch.Count;
        batch = WithErasures(batch);
        var split = Split(batch);
        for (var loop = 0; loop < _loops.Length; loop++)
        {
            var facts = split.Starts[loop + 1] - split.Starts[loop];
            if (facts > 0 && !_loops[loop].HasRoom(facts)) throw new EngineBusyException("The event queues are full.", TimeSpan.FromMilliseconds(50));
        }

        var parts = 0;
        for (var loop = 0; loop < _loops.Length; loop++) parts += split.Starts[loop + 1] > split.Starts[loop] ? 1 : 0;
        split.Expect(parts);
        for (var loop = 0; loop < _loops.Length; loop++)
        {
            if (split.Starts[loop + 1] == split.Starts[loop]) continue;
            if (!_loops[loop].TryEnqueue(new BatchPart(split, loop))) split.Finish(new EngineLostException("The engine is closing."));
        }

        // Once queued it runs to its end: an answer that is not waited for does not undo an event.
        var receipt = await split.Done.WaitAsync(cancellation).ConfigureAwait(false);
        if (split.Unsettled) await SettlePeopleAsync(cancellation).ConfigureAwait(false);
        return batch.Count == asked ? receipt : new BatchReceipt([.. receipt.Outcomes.Take(asked)]);
    }

    public async ValueTask<string?> FindAsync(string source, string key, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        if (string.IsNullOrEmpty(key) || _parts.Sources.Find(source) == 0) return null;
        var stream = StreamOf(source, key);
        var found = await AskAsync(stream, (_, shard) => shard.Find(stream) >= 0, cancellation).ConfigureAwait(false);
        return found && _parts.People.HomeOf(stream) is var home && !Voices.IsVoice(home) ? IdOf(home) : null;
    }

    public ValueTask<bool> AnyErasedAsync(IReadOnlyList<SourceKey> keys, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ThrowUnlessReady();
        return new(!_parts.Erased.IsEmpty && keys.Any(k => k.Key.Length > 0 && _parts.Erased.ContainsKey(StreamOf(k.Source, k.Key))));
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _reason = "closing";
        await _closing.CancelAsync().ConfigureAwait(false);
        RaiseTick();
        if (_tick is not null) await _tick.DisposeAsync().ConfigureAwait(false);
        await _keeper.DisposeAsync().ConfigureAwait(false);
        await _past.DisposeAsync().ConfigureAwait(false);
        await _valuing.ConfigureAwait(false);
        _valueTurn.Dispose();
        await Task.Run(() =>
        {
            _checkpointer.Dispose();
            _filling.Wait();
            foreach (var loop in _loops) loop.Dispose();
            _committer.Dispose();
            _readers.Dispose();
            _looks.Dispose();
            _search.Dispose();
            _closing.Dispose();
            foreach (var loop in _loops)
            {
                foreach (var shard in loop.Shards) shard.Dispose();
            }

            _heap.Dispose();
            _journal.Dispose();
            _keys.Dispose();
            _folder.Dispose();
        }).ConfigureAwait(false);
    }

    /// <summary>Inner counters, for benchmarks.</summary>
    internal EngineCounters Diagnose()
    {
        long refolds = 0, memory = 0, steps = 0, hold = 0, waited = 0;
        foreach (var loop in _loops)
        {
            refolds += loop.Context.Refolds;
            steps += loop.Context.RefoldSteps;
            hold = Math.Max(hold, loop.Context.LongestHold);
            waited += loop.Context.Waiting.Added;
            foreach (var shard in loop.Shards) memory += shard.MemoryBytes;
        }

        return new EngineCounters(_committer.Commits, _checkpointer.Written, Tail, refolds, steps, hold, waited, memory, _journal.StoredBytes);
    }

    /// <summary>Writes a checkpoint of every shard now. For tests and benchmarks.</summary>
    internal void WriteCheckpoints() => _checkpointer.WriteAll();

    internal static string IdOf(UInt128 stream) => stream.ToString("x32", null);

    internal static bool TryParseId(string id, out UInt128 stream)
    {
        stream = UInt128.Zero;
        return id.Length == 32 && UInt128.TryParse(id, System.Globalization.NumberStyles.AllowHexSpecifier, null, out stream) && stream != UInt128.Zero;
    }

    internal UInt128 StreamOf(string source, string key) => _parts.StreamOf(source, key);

    private long Tail
    {
        get
        {
            long tail = 0;
            foreach (var loop in _loops) tail += loop.Tail;
            return tail;
        }
    }

    private long Now() => (_time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private EventLoop LoopOf(UInt128 stream) => _loops[Shard.Of(stream) % _loops.Length];

    private Task<T> AskAsync<T>(UInt128 stream, Func<EventLoop, Shard, T> question, CancellationToken cancellation) =>
        LoopOf(stream).AskAsync(
            loop =>
            {
                var shard = loop.Shards[loop.ShardSlot(Shard.Of(stream))];
                if (shard.Find(stream) is var row and >= 0) loop.Context.FoldWaiting(shard, row);
                return question(loop, shard);
            }).WaitAsync(cancellation);

    private Batch Split(IReadOnlyList<Fact> facts)
    {
        var count = facts.Count;
        var streams = new UInt128[count];
        var batch = new Batch(facts, streams, _loops.Length);
        var starts = batch.Starts;
        string? source = null, subject = null;
        UInt128 last = default;
        for (var i = 0; i < count; i++)
        {
            var fact = facts[i];
            // Neighbouring facts are often of one person.
            if (!ReferenceEquals(fact.Subject, subject) || !ReferenceEquals(fact.Source, source))
                last = fact.Type.Target == EventTarget.Program ? ProgramOwner.Stream : StreamOf(fact.Source, fact.Subject);
            (source, subject) = fact.Type.Target == EventTarget.Program ? (null, null) : (fact.Source, fact.Subject);
            streams[i] = last;
            starts[LoopIndex(last) + 1]++;
        }

        for (var loop = 0; loop < _loops.Length; loop++) starts[loop + 1] += starts[loop];

        Span<int> next = stackalloc int[_loops.Length];
        starts.AsSpan(0, _loops.Length).CopyTo(next);
        for (var i = 0; i < count; i++) batch.Order[next[LoopIndex(streams[i])]++] = i;
        return batch;
    }

    private int LoopIndex(UInt128 stream) => stream == ProgramOwner.Stream ? 0 : Shard.Of(stream) % _loops.Length;

    private async Task StartAsync(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var replayed = await Task.WhenAll(_loops.Select(loop => Task.Factory.StartNew(
            () => _loader.Load(loop, ulong.MaxValue, program: true), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default))).ConfigureAwait(false);
        foreach (var loop in _loops)
        {
            foreach (var shard in loop.Shards)
            {
                var last = shard.SourceEnds.Count == 0 ? long.MinValue : shard.SourceEnds.Values.Max();
                _counts = _counts.Plus(new Counts(shard.Events, shard.People - shard.VoiceRows.Count, shard.FirstAt, last));
            }
        }

        _counts = _counts.Plus(_loops[0].Program!.Totals);

        // Images and replayed blocks leave large holes in the collector's heap, which nothing fills later.
        Holes.Close(_counts.Facts);
        _committer.Start(_loops);
        foreach (var loop in _loops) loop.Start();
        await StartServicesAsync(cancellation).ConfigureAwait(false);
        _tick = _time.CreateTimer(static engine => ((EmbeddedEngine)engine!).Tick(), this, TickEvery, TickEvery);
        _checkpointer.Start();
        _filling = FillSearchAsync(_closing.Token);
        _reason = null;
        var total = replayed.Sum();
        EngineLog.Opened(_log, _counts.Facts, _counts.People, total, clock.ElapsedMilliseconds);
    }

    private void Committed(Counts counts)
    {
        lock (_counting) _counts = _counts.Plus(counts);
    }

    // On the committer's thread, before the erasure is acknowledged.
    private void Forgotten(ErasedPerson person)
    {
        _search.Remove(person.Stream);
        _parts.Erased[person.Stream] = true;
        _checkpointer.Wake();
    }

    private void CommitFailed(Exception failure)
    {
        EngineLog.CommitFailed(_log, failure);
        _checkpointer.Wake();
    }

    // On the loop's thread. Nothing else happens on its shards until they are whole again.
    private void Reload(EventLoop loop, ulong shards, bool program)
    {
        loop.Context.KnownNames.Clear();
        for (var wait = 50; ; wait = Math.Min(wait * 2, 5_000))
        {
            try
            {
                _loader.Load(loop, shards, program);
                HoldPeople(loop, shards);
                loop.PublishTail();
                loop.Sweeper.RequestPass(Interlocked.Increment(ref _passTarget));
                return;
            }
            catch (Exception failure) when (failure is IOException or JournalException or InvalidDataException && Volatile.Read(ref _disposed) == 0)
            {
                EngineLog.ReloadFailed(_log, loop.Index, failure);
                _reason = "the journal cannot be read";
                Thread.Sleep(wait);
                if (Volatile.Read(ref _disposed) == 0) _reason = null;
            }
            catch (Exception failure) when (Volatile.Read(ref _disposed) != 0)
            {
                EngineLog.ReloadFailed(_log, loop.Index, failure);
                return;
            }
        }
    }

    private void ThrowUnlessReady()
    {
        if (_reason is { } reason) throw new EngineUnavailableException($"The engine does not answer: {reason}.");
    }

    private static byte[] StreamKey(KeyStore keys)
    {
        if (keys.GetMeta("streams") is { } known) return known;
        var key = RandomNumberGenerator.GetBytes(16);
        keys.PutMeta("streams", key);
        return key;
    }
}

/// <param name="Tail">Records that a start would fold again.</param>
/// <param name="Refolds">People folded anew because a fact came late or was voided.</param>
/// <param name="RefoldSteps">Steps in which long histories were folded anew.</param>
/// <param name="LongestHold">Most facts that a loop folded anew without a pause while it served.</param>
/// <param name="Waited">Facts that were not folded as they were recorded.</param>
internal sealed record EngineCounters(long Commits, long Checkpoints, long Tail, long Refolds, long RefoldSteps, long LongestHold, long Waited, long MemoryBytes, long StoredBytes);
