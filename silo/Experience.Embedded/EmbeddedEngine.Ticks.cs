namespace Experience.Embedded;

/// <summary>What time alone causes: deadlines, midnight, new snapshots of the program, board frames.</summary>
public sealed partial class EmbeddedEngine
{
    /// <summary>How long a question waits for a pass before it is answered with what there is.</summary>
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _programTurn = new(1, 1);
    private long _passTarget;
    private long _passClocks;
    private int _passDay = int.MinValue;
    private int _ticking;

    private async Task StartServicesAsync(CancellationToken cancellation)
    {
        await RefreshProgramAsync(force: true).ConfigureAwait(false);
        _passClocks = _parts.Clocks.Version;
        _passDay = _zone.Day(Now());
        await PassAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
    }

    private void StopServices() => _programTurn.Wait(TimeSpan.FromSeconds(1));

    // By the time provider's timer: does nothing long itself, and never overlaps.
    private void Tick()
    {
        foreach (var loop in _loops)
        {
            loop.Sweeper.RequestTick();
            loop.Wake();
        }

        if (Interlocked.Exchange(ref _ticking, 1) != 0) return;
        _ = TickAsync();
    }

    private async Task TickAsync()
    {
        try
        {
            await RefreshProgramAsync(force: false).ConfigureAwait(false);
            NoteTime();
            RaiseTick();
        }
        catch (Exception failure) when (failure is Domain.Port.EngineUnavailableException or ObjectDisposedException)
        {
            if (Volatile.Read(ref _disposed) == 0) EngineLog.TickFailed(_log, failure);
        }
        finally
        {
            Volatile.Write(ref _ticking, 0);
        }
    }

    /// <summary>Begins a pass when the civil day, or the end of an imported history, is another one than at the last pass.</summary>
    private void NoteTime()
    {
        var day = _zone.Day(Now());
        var clocks = _parts.Clocks.Version;
        if (day == Volatile.Read(ref _passDay))
        {
            // An import moves its end with every batch: a pass waits until the queues are empty.
            if (clocks == Interlocked.Read(ref _passClocks) || Array.Exists(_loops, static loop => loop.Busy)) return;
        }

        Volatile.Write(ref _passDay, day);
        Interlocked.Exchange(ref _passClocks, clocks);
        RequestPass();
    }

    private long RequestPass()
    {
        var target = Interlocked.Increment(ref _passTarget);
        foreach (var loop in _loops) loop.Post(() => loop.Sweeper.RequestPass(target));
        return target;
    }

    /// <summary>Waits until every row has been assessed by the program and the clocks as they are now.</summary>
    private async Task SettleAsync(CancellationToken cancellation)
    {
        await RefreshProgramAsync(force: false).ConfigureAwait(false);
        NoteTime();
        await PassAsync(SettlePatience, cancellation).ConfigureAwait(false);
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
        if (!force && !first.Program!.Changed) return;
        await _programTurn.WaitAsync().ConfigureAwait(false);
        try
        {
            var snapshot = await first.AskAsync(loop => force || loop.Program!.Changed ? loop.Program!.Snapshot() : null).ConfigureAwait(false);
            if (snapshot is null) return;
            Volatile.Write(ref _program, snapshot);
            var target = Interlocked.Increment(ref _passTarget);
            foreach (var loop in _loops)
            {
                loop.Post(() =>
                {
                    loop.Context.Flush();
                    loop.Context.Program = snapshot;
                    loop.Sweeper.RequestPass(target);
                });
            }
        }
        finally
        {
            _programTurn.Release();
        }
    }
}
