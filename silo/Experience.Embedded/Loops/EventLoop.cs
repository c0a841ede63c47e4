using System.Diagnostics;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Embedded.Journal;
using Experience.Embedded.Memory;
using Experience.Embedded.Shards;
using Microsoft.Extensions.Logging;

namespace Experience.Embedded.Loops;

/// <summary>
/// One thread that owns whole shards: people, rows and sweeps of a shard share it, so nothing of theirs is locked. It takes
/// questions first, then facts, then housekeeping, and hands what it wrote to the committer whenever that is free.
/// </summary>
/// <remarks>
/// Applies speculatively: memory is ahead of the journal by the segments under way. Whatever leaves the loop (acknowledgements, answers,
/// frames) waits for the commit of all that the loop had written by then, so nobody sees what a crash could take back.
/// </remarks>
internal sealed partial class EventLoop : IDisposable
{
    /// <summary>Facts waiting for a loop; beyond it callers are told that the engine is busy.</summary>
    public const int MaxQueuedFacts = 65_536;

    /// <summary>Questions and tasks waiting for a loop; beyond it callers are told that the engine is busy.</summary>
    public const int MaxQueuedTasks = 65_536;

    /// <summary>A segment of this size is handed over even while the committer works; two of them wait at most.</summary>
    private const long MaxSegmentBytes = 4 * 1024 * 1024;

    private const int MaxSegmentsUnderWay = 3;

    /// <summary>Facts of waiting batches that are taken together at most, and at least one batch; 2^20 of one batch, as the engine allows.</summary>
    private const int MaxTakenFacts = 16_384;

    /// <summary>Between so many facts the loop looks whether the committer is free.</summary>
    private const int FactsBetweenOffers = 2_048;

    /// <summary>The same where callers already wait for what was recorded before.</summary>
    private const int FactsBetweenOffersOfWaiting = 64;

    private const int QuestionsBetweenFacts = 16;

    /// <summary>
    /// Facts of a take from which they are folded later: see <see cref="WaitingFacts"/>. A question about somebody, or one that asks for it, has them folded first, whoever is watched
    /// is folded at once, and nobody waits for much longer than <see cref="FoldingPace.FoldedWithin"/> while the loop keeps up with what comes.
    /// </summary>
    private const int DeferringTake = 64;

    /// <summary>So many facts that somebody waits for are folded before the loop looks at the clock.</summary>
    private const int FactsBetweenLooks = 16;

    private static readonly TimeSpan IdleWait = TimeSpan.FromSeconds(1);

    /// <summary>Folding what waits goes on for so long at a time, then traffic.</summary>
    private static readonly TimeSpan FoldingStep = TimeSpan.FromMilliseconds(0.5);

    private const int ObjectsAhead = 12;
    private const int IndexAhead = 8;
    private const int RowsAhead = 5;
    private const int StatesAhead = 2;

    private readonly object _gate = new();
    private readonly Queue<BatchPart> _parts = [];
    private readonly Queue<Action> _tasks = [];
    private readonly Queue<Action> _internal = [];
    private readonly Queue<(long End, Action Answer)> _patient = [];
    private readonly Committer _committer;
    private readonly ILogger _log;
    private readonly Func<long> _now;
    private readonly int _loops;
    private readonly FoldingPace _pace;
    private readonly Thread _thread;
    private readonly Take _take = new();
    private Segment _segment;
    private long _lastFacts;
    private long _tail;
    private long _version;
    private long _openVersion;
    private int _queuedFacts;
    private int _underWay;
    private bool _wake;
    private bool _stopping;
    private int _epoch;
    private ulong _uncommitted;
    private ulong _lostShards;
    private bool _lostProgram;
    private bool _discarding;

    public EventLoop(int index, int loops, Shard[] shards, LoopContext context, Committer committer, ProgramOwner? program, Func<long> now, ILogger log)
    {
        Index = index;
        _loops = loops;
        _pace = new FoldingPace(loops);
        Shards = shards;
        Context = context;
        _committer = committer;
        Program = program;
        _now = now;
        _log = log;
        _segment = new Segment(this, 0);
        Sweeper = new Sweeper(this);
        _thread = new Thread(Run) { IsBackground = true, Name = $"loop {index}" };
    }

    public int Index { get; }

    /// <summary>The shards of this loop, in ascending order.</summary>
    public Shard[] Shards { get; }

    public LoopContext Context { get; }

    public Sweeper Sweeper { get; }

    /// <summary>Records since the checkpoints of this loop's shards, as of the last batch.</summary>
    public long Tail => Volatile.Read(ref _tail);

    /// <summary>The program's own stream, on the first loop.</summary>
    public ProgramOwner? Program { get; }

    /// <summary>Reloads shards after a failed commit; set by the engine.</summary>
    public Action<EventLoop, ulong, bool>? Reload { get; set; }

    /// <summary>Facts wait.</summary>
    public bool Busy => Volatile.Read(ref _queuedFacts) > 0;

    public long Now() => _now();

    public void Start() => _thread.Start();

    /// <summary>Takes a part that <see cref="HasRoom"/> allowed; callers at the same moment may pass the limit by a batch each.</summary>
    public bool TryEnqueue(BatchPart part)
    {
        lock (_gate)
        {
            if (_stopping) return false;
            _queuedFacts += part.Facts.Length;
            _parts.Enqueue(part);
            Signal();
            return true;
        }
    }

    /// <summary>Whether a part of this length may be queued now. One always fits into an empty queue, however long it is.</summary>
    public bool HasRoom(int facts)
    {
        lock (_gate) return !_stopping && (_queuedFacts == 0 || _queuedFacts + facts <= MaxQueuedFacts);
    }

    /// <summary>Runs on the loop's thread, before facts that wait. False when the loop takes no more.</summary>
    public bool Post(Action task)
    {
        lock (_gate)
        {
            if (_stopping || _tasks.Count >= MaxQueuedTasks) return false;
            _tasks.Enqueue(task);
            Signal();
            return true;
        }
    }

    /// <summary>Asks the loop; the answer comes when everything that it may show is durable.</summary>
    /// <param name="folded">Whether all that waits to be folded by then comes first. What a board shows each tick does without: it follows with the next one.</param>
    public Task<T> AskAsync<T>(Func<EventLoop, T> question, bool folded = false)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = Post(() =>
        {
            if (!folded)
            {
                Answer();
                return;
            }

            if (_patient.Count == MaxQueuedTasks) FoldWaiting(all: true);
            _patient.Enqueue((Context.Waiting.End, Answer));
        });
        if (!posted) answer.SetException(new EngineUnavailableException("The engine is closing, or too many questions wait."));
        return answer.Task;

        void Answer()
        {
            T result;
            try
            {
                Context.Flush();
                result = question(this);
            }
            catch (Exception failure) when (failure is InvalidDataException or JournalException or IOException)
            {
                answer.SetException(new EngineUnavailableException("The engine could not read its journal.", failure));
                return;
            }
            catch (Exception failure)
            {
                // A fault in a question is the asker's to see; the loop goes on.
                answer.SetException(failure);
                return;
            }

            ReleaseDurable(new Release(failure =>
            {
                if (failure is null) answer.SetResult(result);
                else answer.SetException(new EngineUnavailableException("The journal failed while the answer waited for it.", failure));
            }));
        }
    }

    /// <summary>Releases at once when nothing is under way, else with the commit of all that was written so far. On the loop's thread.</summary>
    public void ReleaseDurable(IReleasable release)
    {
        if (_underWay == 0 && !HasOpenRecords) release.Release(null);
        else _segment.Releases.Add(release);
    }

    public void CommitterFree() => Wake();

    /// <summary>From the committer: the segment is durable.</summary>
    public void Committed(Segment segment) => PostInternal(() =>
    {
        _underWay--;
        foreach (var block in segment.Blocks) Context.Writer.Return(block);
        if (_underWay == 0 && !HasOpenRecords) _uncommitted = 0;
    });

    /// <summary>From the committer: the segment is lost, and so is everything that the loop built on it.</summary>
    public void Discard(Segment segment, int epoch) => PostInternal(() =>
    {
        _underWay--;
        _epoch = epoch;
        _lostProgram |= segment.Program;
        BeginDiscard(segment.Shards);
    });

    public void Wake()
    {
        lock (_gate) Signal();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Signal();
        }

        if (_thread.IsAlive) _thread.Join();
        Context.Dispose();
    }

    private bool HasOpenRecords => Context.Writer.Bytes > 0 || _segment.Blocks.Count > 0;

    private void Signal()
    {
        _wake = true;
        Monitor.Pulse(_gate);
    }

    private void PostInternal(Action task)
    {
        lock (_gate)
        {
            _internal.Enqueue(task);
            Signal();
        }
    }

    private void Run()
    {
        while (true)
        {
            Action? task = null;
            var stop = false;
            lock (_gate)
            {
                _wake = false;
                if (!_internal.TryDequeue(out task) && !_discarding && !_tasks.TryDequeue(out task) && _underWay < MaxSegmentsUnderWay) TakeParts();
                stop = _stopping && task is null && _take.Empty && _parts.Count == 0;
            }

            var worked = task is not null || !_take.Empty;
            var more = false;
            try
            {
                if (task is not null) task();
                else if (!_take.Empty) Process();
                if (!_discarding)
                {
                    // Before anything that nobody waits for.
                    if (worked) Offer(force: false);
                    more = FoldWaiting(all: stop);
                }
            }
            catch (Exception failure)
            {
                // A fault while folding leaves a shard half changed: it is loaded again, and the callers are told.
                LogFault(_log, Index, failure);
                foreach (var part in _take.Parts) ((IReleasable)part).Release(failure);
                _take.Clear();
                BeginDiscard(ulong.MaxValue);
            }

            if (_discarding) FinishDiscard();
            else
            {
                if (task is null && !stop) more |= Sweeper.Step();
                Offer(stop);
            }

            if (stop && !_discarding && _underWay == 0 && _segment.Empty && !HasOpenRecords && Drained()) return;
            if (worked || more) continue;
            lock (_gate)
            {
                var idle = Sweeper.HasStale ? RefoldBudget.QuietAfter : IdleWait;
                if (!_wake && FoldedIn() is { Ticks: > 0 } wait) Monitor.Wait(_gate, wait < idle ? wait : idle);
            }
        }
    }

    // Nobody may be left waiting for an answer: nothing comes in any more once the loop is stopping.
    private bool Drained()
    {
        lock (_gate) return _tasks.Count == 0 && _patient.Count == 0 && _parts.Count == 0 && _internal.Count == 0;
    }

    private void TakeParts()
    {
        while (_parts.TryPeek(out var part) && (_take.Empty || _take.Count + part.Facts.Length <= MaxTakenFacts))
        {
            _parts.Dequeue();
            _queuedFacts -= part.Facts.Length;
            _take.Add(part);
        }
    }

    private void Process()
    {
        var cx = Context;
        cx.Now = _now();
        cx.Defers = _take.Count >= DeferringTake;
        cx.TakenAt = Stopwatch.GetTimestamp();
        var sinceOffer = 0;
        _take.Sort();
        for (var i = 0; i < _take.Count; i++)
        {
            Expect(i);
            ref readonly var entry = ref _take[i];
            var outcome = entry.Fact.Type.Family == EventFamily.Observation ? RecordOutcome.Refused
                : entry.Stream == UInt128.Zero ? Program!.Record(cx, entry.Fact)
                : ShardOf(entry.Stream).Record(cx, entry.Fact, entry.Stream);
            entry.Batch.Set(entry.Index, outcome);
            if (cx.Unsettled) entry.Batch.Unsettled = !(cx.Unsettled = false);
            if (i % FactsBetweenOffersOfWaiting == 0) OfferWaiting();
            if (++sinceOffer < FactsBetweenOffers) continue;
            sinceOffer = 0;
            cx.Flush();
            Offer(force: false);
            AnswerQuestions();
        }

        cx.Flush();
        cx.Defers = false;
        PublishTail();

        // Duplicates too are only answered when what they repeat is durable.
        foreach (var part in _take.Parts) ReleaseDurable(part);
        _take.Clear();
        _lastFacts = Stopwatch.GetTimestamp();
    }

    // Some of what waits to be folded: who is asked for, who has waited for long enough, and what is too much; true when there is more to do at once.
    private bool FoldWaiting(bool all)
    {
        var waiting = Context.Waiting;
        if (Due())
        {
            Context.Flush();
            Context.Now = _now();
            var begun = Stopwatch.GetTimestamp();
            while (Due())
            {
                // Whoever reads requests, commits and answers goes before what nobody waits for: between two people, each time.
                var first = all || GoesFirst();
                var urgent = first || _patient.Count > 0;
                if (!first && Stopwatch.GetElapsedTime(begun) >= FoldingStep) break;
                for (var left = waiting.Count - (urgent ? FactsBetweenLooks : 1); waiting.Count > left && waiting.TryTake(out var shard, out var row);)
                {
                    Context.Begin(shard, row);
                    Context.Flush();
                }

                OfferWaiting();
                if (!urgent) Thread.Yield();
            }

            PublishTail();
        }

        while (_patient.TryPeek(out var first) && (first.End <= waiting.Next || waiting.Since == long.MaxValue))
        {
            _patient.Dequeue();
            first.Answer();
        }

        return Due();

        bool Due() => waiting.Since != long.MaxValue && (all || _patient.Count > 0 || FoldedIn() <= TimeSpan.Zero || GoesFirst());

        bool GoesFirst() => _pace.GoesFirst(waiting.Since, Stopwatch.GetTimestamp(), waiting.Bytes);
    }

    // How long it is until somebody's facts have waited for long enough; negative once they have.
    private TimeSpan FoldedIn() => FoldingPace.DueIn(Context.Waiting.Since, Stopwatch.GetTimestamp());

    // Questions do not wait for the rest of a long take: nobody is half folded here. What they are told waits for its commit as ever.
    private void AnswerQuestions()
    {
        for (var n = 0; n < QuestionsBetweenFacts; n++)
        {
            Action? task;
            lock (_gate)
            {
                if (!_tasks.TryDequeue(out task)) return;
            }

            task();
            Context.Flush();
        }

        Context.Now = _now();
    }

    // Memory of the facts to come, each step some facts ahead of the one that needs its address.
    private void Expect(int i)
    {
        if (i + ObjectsAhead < _take.Count) Prefetch.Read(_take[i + ObjectsAhead].Fact);
        if (i + IndexAhead < _take.Count && _take[i + IndexAhead] is { Stream: var first } known)
        {
            Prefetch.Read(known.Fact.Clear.Span);
            Prefetch.Read(known.Fact.Personal.Span);
            if (first != UInt128.Zero) ShardOf(first).ExpectIndex(first, known.Fact.Id);
        }

        if (i + RowsAhead < _take.Count && _take[i + RowsAhead].Stream is var second && second != UInt128.Zero) ShardOf(second).ExpectRow(second, recording: Context.Defers);
        if (i + StatesAhead >= _take.Count) return;
        ref readonly var third = ref _take[i + StatesAhead];
        if (third.Stream == UInt128.Zero) return;
        if (Context.Defers) ShardOf(third.Stream).ExpectWaiting(third.Stream);
        else ShardOf(third.Stream).ExpectState(third.Stream);
        if (!third.Fact.Personal.IsEmpty) ShardOf(third.Stream).ExpectKey(Context, third.Stream);
    }

    private Shard ShardOf(UInt128 stream) => Shards[ShardSlot(Shard.Of(stream))];

    /// <summary>Where a shard of this loop stands in <see cref="Shards"/>.</summary>
    public int ShardSlot(int shard) => shard / _loops;

    public bool Owns(int shard) => shard % _loops == Index;

    /// <summary>Lets other threads see how far this loop is, without asking it.</summary>
    public void PublishTail()
    {
        long tail = 0, version = 0, open = 0;
        foreach (var shard in Shards)
        {
            tail += shard.Tail;
            version += shard.Version;
            open += shard.OpenVersion;
        }

        Volatile.Write(ref _tail, tail);
        Volatile.Write(ref _version, version);
        Volatile.Write(ref _openVersion, open);
    }

    /// <summary>On the loop's thread: when facts were last at hand, by <see cref="Stopwatch"/>.</summary>
    public long LastFacts => Busy ? Stopwatch.GetTimestamp() : _lastFacts;

    /// <summary>Changes with anything that boards show of this loop's people.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Changes with the open flags and needs of this loop's people.</summary>
    public long OpenVersion => Volatile.Read(ref _openVersion);

    /// <summary>On the loop's thread: what callers wait for goes to the committer as soon as it is free, whatever else is at hand.</summary>
    public void OfferWaiting()
    {
        if (_segment.Releases.Count > 0) Offer(force: false);
    }

    private void Offer(bool force)
    {
        if (_segment.Empty && !HasOpenRecords) return;
        var insist = force || Context.Writer.Bytes >= MaxSegmentBytes;
        if (!_committer.TryOfferWouldTake(insist)) return;
        Seal();
        var segment = _segment;
        _segment = new Segment(this, _epoch);
        _underWay++;
        if (!_committer.TryOffer(segment, insist: true))
        {
            // Closing: nobody will commit it.
            _underWay--;
            foreach (var release in segment.Releases) release.Release(new EngineLostException("The engine is closing."));
        }
    }

    private void Seal()
    {
        var cx = Context;
        cx.Flush();
        cx.Writer.TakeInto(_segment.Blocks);
        _segment.KeySlots.AddRange(cx.NewSlots);
        cx.NewSlots.Clear();
        _segment.Erased.AddRange(cx.Erased);
        cx.Erased.Clear();
        _segment.Counts = cx.Counts;
        cx.Counts = Counts.None;
        _segment.Shards = cx.DirtyShards;
        _segment.Program = Program?.TakeDirty() ?? false;
        _uncommitted |= cx.DirtyShards;
        cx.DirtyShards = 0;
    }

    // What the loop holds beyond the journal is dropped; when nothing of it is under way any more, its shards are loaded again.
    // Until then it takes neither facts nor questions.
    private void BeginDiscard(ulong shards)
    {
        var cx = Context;
        cx.Abandon();
        cx.Defers = false;
        _lostShards |= shards | _uncommitted | cx.DirtyShards;
        _lostProgram |= Program?.TakeDirty() == true || _segment.Program;
        foreach (var release in _segment.Releases) release.Release(new EngineLostException("The journal failed before."));
        _segment = new Segment(this, _epoch);
        cx.Writer.Discard();
        cx.NewSlots.Clear();
        cx.Erased.Clear();
        cx.Counts = Counts.None;
        cx.DirtyShards = 0;
        _discarding = true;
    }

    private void FinishDiscard()
    {
        if (!_discarding || _underWay > 0) return;
        Context.History.Forget();
        Reload?.Invoke(this, _lostShards, _lostProgram);
        _segment = new Segment(this, _epoch);
        _lostShards = _uncommitted = 0;
        _lostProgram = false;
        _discarding = false;
    }

    [LoggerMessage(EventId = 10, Level = LogLevel.Error, Message = "Loop {Loop} failed while working; its shards are loaded again")]
    private static partial void LogFault(ILogger log, int loop, Exception failure);
}
