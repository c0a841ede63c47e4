using Experience.Domain.Events;

namespace Experience.Embedded;

/// <summary>What time alone causes: deadlines, midnight, new snapshots of the program, board frames.</summary>
public sealed partial class EmbeddedEngine
{
    /// <summary>How long a question waits for a pass before it is answered with what there is.</summary>
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LargePassEvery = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _programTurn = new(1, 1);
    private long _passTarget;
    private long _passAt;
    private bool _passOwed;
    private long _passClocks;
    private int _passDay = int.MinValue;
    private int _ticking;

    private async Task StartServicesAsync(CancellationToken cancellation)
    {
        await UniteAllAsync().ConfigureAwait(false);
        await RefreshProgramAsync(force: true).ConfigureAwait(false);
        _passClocks = _parts.Clocks.Version;
        _passDay = _zone.Day(Now());
        await PassAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
    }

    // By the time provider's timer: does nothing long itself, and never overlaps.
    private void Tick()
    {
        foreach (var loop in _loops)
        {
            loop.Sweeper.RequestTick();
            loop.Wake();
        }

        if (Interlocked.Exchange(ref _ticking, 1) == 0)
        {
            _ = TickAsync();
            return;
        }

        // Its chores take longer than a tick: whoever watches a board does not wait for them.
        RaiseTick();
    }

    private async Task TickAsync()
    {
        try
        {
            await PeopleOwedAsync(_closing.Token).ConfigureAwait(false);
            await RefreshProgramAsync(force: false).ConfigureAwait(false);
            NoteTime();
            NoteLoad();
            await MergeByPolicyAsync(_closing.Token).ConfigureAwait(false);
            await TellSwitchAsync().ConfigureAwait(false);
            NoteValues();
            if (_fitModels) _keeper.Look();
            RaiseTick();
        }
        catch (Exception failure) when (failure is Domain.Port.EngineUnavailableException or ObjectDisposedException or OperationCanceledException)
        {
            if (Volatile.Read(ref _disposed) == 0) EngineLog.TickFailed(_log, failure);
        }
        finally
        {
            Volatile.Write(ref _ticking, 0);
        }
    }

    /// <summary>Writes what a change of segments' rules moved, once all shards are through: one record a segment, on the program's own stream.</summary>
    private async Task TellSwitchAsync()
    {
        if (_parts.Switches.Take() is not { } counts) return;
        long entered = counts.Entered.Sum(), left = counts.Left.Sum();
        if (entered + left == 0) return;
        var segments = Volatile.Read(ref _program).Segments.All;
        await _loops[0].AskAsync(loop =>
        {
            loop.Context.Now = loop.Now();
            foreach (var segment in segments)
            {
                if (counts.Left[segment.Bit] > 0) loop.Program!.Observe(loop.Context, EventTypes.SegmentLeft, segment.Key, counts.Left[segment.Bit]);
                if (counts.Entered[segment.Bit] > 0) loop.Program!.Observe(loop.Context, EventTypes.SegmentEntered, segment.Key, counts.Entered[segment.Bit]);
            }

            return true;
        }).ConfigureAwait(false);
        EngineLog.Switched(_log, entered, left);
    }

    /// <summary>Begins a pass when the civil day, or the end of an imported history, is another one than at the last pass.</summary>
    private void NoteTime()
    {
        var day = _zone.Day(Now());
        var clocks = _parts.Clocks.Version;
        if (day == Volatile.Read(ref _passDay))
        {
            var moved = clocks != Interlocked.Read(ref _passClocks) || Volatile.Read(ref _passOwed);

            // An import moves its end with every batch: a pass waits until the queues are empty.
            if (!moved || Array.Exists(_loops, static loop => loop.Busy) || !MayPassAgain()) return;
        }

        Volatile.Write(ref _passDay, day);
        Volatile.Write(ref _passOwed, false);
        Interlocked.Exchange(ref _passClocks, clocks);
        RequestPass();
    }

    /// <summary>
    /// In a large folder a pass takes a second of all loops, so what is merely a catalogue entry or the moving end of an import is looked
    /// at every half minute. Rows that an event touches are assessed by it at once in any case.
    /// </summary>
    private bool MayPassAgain() => Status.People <= SmallFolder || _time.GetElapsedTime(Interlocked.Read(ref _passAt)) >= LargePassEvery;

    private void RequestPass()
    {
        var target = Interlocked.Increment(ref _passTarget);
        Interlocked.Exchange(ref _passAt, _time.GetTimestamp());
        foreach (var loop in _loops) loop.Post(() => loop.Sweeper.RequestPass(target));
    }

    /// <summary>Waits until every row has been assessed by the program and the clocks as they are now.</summary>
    private async Task SettleAsync(CancellationToken cancellation)
    {
        await PeopleOwedAsync(cancellation).ConfigureAwait(false);
        await RefreshProgramAsync(force: false).ConfigureAwait(false);
        NoteTime();
        await PassAsync(SettlePatience, cancellation).ConfigureAwait(false);
        await Task.WhenAll(_loops.Select(static loop => loop.AskAsync(static _ => true, folded: true))).WaitAsync(cancellation).ConfigureAwait(false);
        if (Status.People <= SmallFolder) await ValueAsync(cancellation).ConfigureAwait(false);
    }

    private async Task PassAsync(TimeSpan patience, CancellationToken cancellation)
    {
        var target = Math.Max(1, Interlocked.Read(ref _passTarget));
        var waits = new List<Task>();
        foreach (var loop in _loops)
        {
            if (loop.Sweeper.Passed >= target) continue;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (loop.Post(() => loop.Sweeper.Await(target, done))) waits.Add(done.Task);
        }

        try
        {
            if (waits.Count > 0) await Task.WhenAll(waits).WaitAsync(patience, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Boards then show some rows as of the pass before, and move when it is through.
        }
    }

    /// <summary>
    /// Publishes a new snapshot of the program when its stream changed: only when what changed is durable, to all loops between two
    /// batches, and then everybody is assessed again.
    /// </summary>
    private async Task RefreshProgramAsync(bool force)
    {
        var first = _loops[0];

        // Nobody holds the turn, so a change that was taken up has been published too; else its taker is waited for.
        if (!force && !first.Program!.Changed && _programTurn.CurrentCount == 1) return;
        await _programTurn.WaitAsync().ConfigureAwait(false);
        try
        {
            var snapshot = await first.AskAsync(loop => force || loop.Program!.Changed ? loop.Program!.Snapshot() : null).ConfigureAwait(false);
            if (snapshot is null) return;
            Volatile.Write(ref _program, snapshot);
            foreach (var loop in _loops)
            {
                loop.Post(() =>
                {
                    loop.Context.Flush();
                    loop.Context.Program = snapshot;
                });
            }

            if (force || snapshot.Changed.Everyone || MayPassAgain()) RequestPass();
            else Volatile.Write(ref _passOwed, true);
        }
        finally
        {
            _programTurn.Release();
        }
    }
}
