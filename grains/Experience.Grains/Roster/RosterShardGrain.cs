using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Programs;
using Experience.Grains.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Experience.Grains.Roster;

/// <summary>
/// A sixty-fourth of all people: rows and sums in memory, built from the store when the activation starts. Calls interleave; everything
/// that writes goes through one pump, which takes all that waits, makes it durable with one call to the store, and then applies it.
/// So a row is only ever seen as it is durable, and a flush grows with the load.
/// </summary>
/// <remarks>
/// Two activations of a shard may exist for a moment. The later one began an epoch, so the earlier one's next flush is refused as a
/// whole and it goes. A flush whose outcome is not known ends the activation too: the next one reads what is true.
/// </remarks>
[Reentrant, RosterPlacement]
internal sealed partial class RosterShardGrain(SiloParts parts, RosterOwners owners, ILogger<RosterShardGrain> log) : Grain, IRosterShardGrain, IDisposable
{
    /// <summary>People of one flush; the rest waits for the next.</summary>
    private const int MaxFlushed = 256;

    /// <summary>Appends that wait; beyond it callers are told that the shard is busy.</summary>
    private const int MaxQueued = 16_384;

    /// <summary>Rows of one step of a pass or a sweep: about half a millisecond, then traffic.</summary>
    private const int StepRows = 256;

    /// <summary>Ticks between looks at whether the shard belongs here, and looks that must agree before it goes: six seconds in all.</summary>
    private const int TicksBetweenLooks = 8;
    private const int LooksBeforeGoing = 3;

    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);

    private readonly ShardRows _rows = new(SipHash.FromKey(parts.Facts.StreamKey));
    private readonly HostWatches _watches = new();
    private readonly LinkedList<Waiting> _queue = [];
    private Task _pump = Task.CompletedTask;
    private ProgramCache.Known _program = null!;
    private SourceClock[]? _settled;
    private int _shard;
    private long _epoch;
    private bool _ended;
    private bool _noted;
    private int _ticks;
    private int _strange;

    private sealed record Waiting(AppendCommand Command, TaskCompletionSource<AppendReply> Done);

    /// <summary>What one flush takes along.</summary>
    private sealed record Taken(List<(Waiting Waiting, Change Change)> Appends, List<(Turning Turning, Change[] Changes)> Turns, List<Change> Swept);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _shard = (int)this.GetPrimaryKeyLong();
        _epoch = await parts.Store.TakeOverAsync(_shard);
        _program = await parts.Programs.AtLeastAsync(ProgramMark.None);
        await LoadAsync(cancellationToken);
        await BeginKinAsync();
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickEvery, TickEvery) { Interleave = true, KeepAlive = true });
        owners.Note(_shard, began: true);
        _noted = true;
        LogActivated(log, _shard, _epoch, _rows.Count, _rows.Events);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_noted) owners.Note(_shard, began: false);
        _noted = false;
        GiveBack(Moved());
        await _pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public void Dispose() => _rows.Dispose();

    public Task ReleaseAsync()
    {
        Go();
        return Task.CompletedTask;
    }

    public Task<AppendReply> AppendAsync(AppendCommand command)
    {
        if (_ended) throw Moved();
        if (_queue.Count >= MaxQueued) throw new EngineBusyException("The shard's queue is full.", TimeSpan.FromMilliseconds(100));
        var waiting = new Waiting(command, new TaskCompletionSource<AppendReply>(TaskCreationOptions.RunContinuationsAsynchronously));
        _queue.AddLast(waiting);
        Wake();
        return waiting.Done.Task;
    }

    public Task<ShardPulse> WatchAsync(IHostObserver host, UInt128[] streams)
    {
        _watches.Set(host, streams, DateNow());
        return PulseAsync();
    }

    public Task<bool> ContainsAsync(UInt128 stream) => Task.FromResult(_rows.Find(stream) >= 0);

    // Leases between processes run by the machine's clock, whatever moment the program is judged as of.
    private static DateTime DateNow() => TimeProvider.System.GetUtcNow().UtcDateTime;

    private ShardTotals Totals() => new(_shard, _epoch, _rows.Events, _rows.People, _rows.FirstAt, _rows.LastAt, _rows.Turn);

    private async Task LoadAsync(CancellationToken cancellation)
    {
        var secrets = await parts.Store.SecretsAsync(_shard);
        await foreach (var person in parts.Store.PeopleAsync(_shard).WithCancellation(cancellation))
        {
            if (person.Identity is null) continue;

            // Somebody whose erasure is recorded is read without the secret, even where that is still to be destroyed.
            var secret = Ledger.HoldsErasure(person.Tail) ? [] : secrets.GetValueOrDefault(person.Stream, []);
            using var sealer = secret.Length > 0 ? new Sealer(Sealer.DataKey(parts.MasterKey, secret, person.Stream)) : null;
            var (source, key) = Identity.Read(person.Stream, person.Identity, sealer);
            var ledger = Ledger.Load(person, source, sealer, parts.Zone);
            if (ledger.Incomplete)
            {
                var history = await parts.Store.RecordsAsync(person.Stream, 0);
                ledger.Complete(source, history.Select(r => Ledger.Read(person.Stream, r, sealer)), parts.Zone);
            }

            (OpenEntry[] open, ShownSegments shown) = person.Open is null ? ([], default) : OpenItems.Read(person.Open);
            _rows.Load(person.Stream, source, key, ledger.Version, ledger.State, ledger.LiveSince, open, shown);
            _rows.See(source, ledger.FirstAt, ledger.LastAt, ledger.LiveSince != 0);
        }
    }

    private Task TickAsync(CancellationToken cancellation)
    {
        if (!_ended && ++_ticks % TicksBetweenLooks == 0) LookWhetherMine();
        if (_ended) return Task.CompletedTask;

        // What could not be told is told again.
        if (HasNews) _ = CarriedAsync();
        if (_settled is null) return Task.CompletedTask;
        if (!OfToday) RequestPass();
        if (_rows.NextDeadline <= parts.Now() && _dueRow < 0)
        {
            _dueRow = 0;
            _rows.NextDeadline = long.MaxValue;
        }

        Wake();
        return Task.CompletedTask;
    }

    // A silo came or went: the shard goes where all silos agree that it belongs. What was asked of it in between is asked again.
    private void LookWhetherMine()
    {
        _strange = owners.IsHere(_shard) ? 0 : _strange + 1;
        if (_strange < LooksBeforeGoing) return;
        LogMoving(log, _shard);
        Go();
    }

    // An activation is gone when nobody waits for it any more, and answers nobody until then. Two that go, each waiting to tell the other, would wait until their calls time out: so
    // whoever waits is given back now, and asks the next activation, which tells everything anew.
    private void Go()
    {
        if (_ended) return;
        GiveBack(Moved());
        MigrateOnIdle();
    }

    private void Wake()
    {
        if (_pump.IsCompleted) _pump = PumpAsync();
    }

    private async Task PumpAsync()
    {
        while (!_ended && (_queue.Count > 0 || _turning.Count > 0 || _passRow >= 0 || _dueRow >= 0))
        {
            var taken = new Taken([], [], []);
            try
            {
                var touched = new HashSet<UInt128>();
                TakeTurns(taken.Turns, touched);
                TakeAppends(taken.Appends, touched);
                if (_passRow >= 0 || _dueRow >= 0) Sweep(taken.Swept, touched);
                await FlushAsync(taken);
            }
            catch (Exception failure)
            {
                // Whatever it was: what stands in memory may not be what stands in the store.
                LogFlushFailed(log, failure, _shard, taken.Appends.Count);
                foreach (var (waiting, _) in taken.Appends) waiting.Done.TrySetException(Outward(failure));
                foreach (var (turning, _) in taken.Turns) turning.Done.TrySetException(Outward(failure));
                End(failure);
            }
        }
    }

    private void TakeAppends(List<(Waiting Waiting, Change Change)> appends, HashSet<UInt128> touched)
    {
        var now = parts.Now();
        for (var node = _queue.First; node is not null && appends.Count < MaxFlushed;)
        {
            var next = node.Next;
            var command = node.Value.Command;
            if (touched.Add(command.Stream))
            {
                var row = _rows.Find(command.Stream);
                if ((row < 0 ? 0 : _rows[row].Version) != command.Expected)
                {
                    node.Value.Done.SetResult(new AppendReply(false, null));
                }
                else
                {
                    // Seen before it is assessed: a person's own live fact makes the source live for the person.
                    _rows.See(command.Source, command.FirstAt, command.LastAt, command.LiveSince != 0);
                    appends.Add((node.Value, IsUnited(command.Stream, row) ? _rows.RecordOnly(command, row) : _rows.Assess(command, row, _program.Snapshot, now, observe: _settled is not null)));
                }

                _queue.Remove(node);
            }

            node = next;
        }
    }

    private async Task FlushAsync(Taken taken)
    {
        var (appends, turns, swept) = taken;
        var writes = new List<StreamWrite>(appends.Count);
        foreach (var (_, change) in appends) writes.Add(Write(change));
        foreach (var change in swept.Concat(turns.SelectMany(static t => t.Changes)))
        {
            if (change.Transitions.Length > 0 || change.OpenMoved) writes.Add(Write(change));
        }

        // Whoever was told of others' records has to be the shard still: an empty flush asks just that.
        var done = writes.Count == 0 && turns.Count == 0 ? [] : await parts.Store.FlushAsync(_shard, _epoch, writes);

        // Rows were at the versions that the store is not at: somebody else writes this shard.
        if (Array.Exists(done, static d => !d)) throw new ShardFencedException(_shard);
        var changed = new List<UInt128>();
        foreach (var change in swept) Apply(change, changed);
        foreach (var (turning, changes) in turns)
        {
            foreach (var change in changes) Apply(change, changed);
            turning.Done.SetResult();
        }

        foreach (var (waiting, change) in appends)
        {
            Apply(change, changed);
            if (NewsOf(waiting.Command, change) is { } told) _ = AnswerAfterAsync(waiting, told);
            else waiting.Done.SetResult(new AppendReply(true, Totals()));
        }

        AdvancePass();
        if (changed.Count > 0 && _watches.Any) await _watches.NotifyAsync(_shard, changed, DateNow());
    }

    private void Apply(Change change, List<UInt128> changed)
    {
        _rows.Apply(change);
        changed.Add(change.Stream);
    }

    private StreamWrite Write(Change change)
    {
        var now = parts.Now();
        var observations = Array.ConvertAll(change.Transitions, t => OpenItems.Record(t, change.Stream, now, _program.Snapshot.Policy.Version, parts.Zone.Day(now), change.Newest));
        var open = change.Open is { } entries ? entries : change.Row < 0 ? default : _rows.Open(change.Row);
        return new StreamWrite(
            change.Stream, change.Command?.Expected ?? _rows[change.Row].Version, change.Command?.Identity, change.Command?.Records ?? [], change.Command?.Snapshot, observations,
            change.OpenMoved ? OpenItems.Write(open, change.Shown) : null, change.Command?.Kin);
    }

    private void End(Exception failure)
    {
        if (_ended) return;
        GiveBack(Outward(failure));
        DeactivateOnIdle();
    }

    private static EngineBusyException Moved() => new("The shard is being moved.", TimeSpan.FromMilliseconds(200));

    private static Exception Outward(Exception failure) => failure is ShardFencedException
        ? Moved()
        : new EngineUnavailableException("The store did not answer; whether the events were recorded is not known. Send them again.", failure);

    private void GiveBack(Exception failure)
    {
        _ended = true;
        FailTold(failure);
        foreach (var waiting in _queue) waiting.Done.SetException(failure);
        _queue.Clear();
        foreach (var turning in _turning) turning.Done.TrySetException(failure);
        _turning.Clear();
        foreach (var (_, done) in _passWaits) done.TrySetException(failure);
        _passWaits.Clear();
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Roster shard {Shard} is here: epoch {Epoch}, {People} people, {Events} events")]
    private static partial void LogActivated(ILogger logger, int shard, long epoch, int people, long events);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "Roster shard {Shard} goes to the silo that it belongs to")]
    private static partial void LogMoving(ILogger logger, int shard);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "Roster shard {Shard} could not flush {Appends} appends and lets go")]
    private static partial void LogFlushFailed(ILogger logger, Exception failure, int shard, int appends);
}
