using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Experience.Domain.Port;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Roster;
using Experience.Grains.Storage;

namespace Experience.Silo.Engine;

/// <summary>
/// Watches. Boards and flags: one tick asks all shards where they stand, and whoever shows what changed builds it again. Cards: shards tell this host
/// at once; what a note misses (a lost message, a shard that moved) the next pulse finds by its version, so a gap heals by itself.
/// </summary>
internal sealed partial class OrleansEngine
{
    private readonly Lock _ticks = new();
    private readonly Dictionary<UInt128, List<Action>> _cards = [];
    private readonly Dictionary<string, (long Version, Task<BoardView?> Board)> _frames = [];
    private readonly Dictionary<int, (long Epoch, long Version, long WatchedAt)> _watched = [];
    private readonly HostNotes _notes;
    private IHostObserver? _observer;
    private TaskCompletionSource _nextTick = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _ticked = Task.CompletedTask;
    private long _boardVersion;
    private long _openVersion;
    private int _ticking;

    public async IAsyncEnumerable<CardView> WatchCardAsync(string person, Access access, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ThrowUnlessReady();
        if (!Streams.TryParse(person, out var stream)) yield break;
        var changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Listener() => changed.Writer.TryWrite(true);
        var home = stream;
        AddListener(stream, Listener);
        try
        {
            // The shard knows of the watch before the first card is read, so nothing falls between them.
            await WatchShardAsync(Streams.ShardOf(stream), cancellation).ConfigureAwait(false);
            var looked = false;
            while (true)
            {
                // A person of several streams moves where it is shown; and the stream that was asked for when it is taken out.
                if (await WhereAsync(stream, cancellation).ConfigureAwait(false) is { Known: true } where && where.Home != home)
                {
                    if (home != stream) RemoveListener(home, Listener);
                    home = where.Home;
                    if (home != stream)
                    {
                        AddListener(home, Listener);
                        await WatchShardAsync(Streams.ShardOf(home), cancellation).ConfigureAwait(false);
                    }
                }

                // The first look is recorded; what then changes on the same screen is the same look.
                var card = looked ? await BuildCardAsync(stream, cancellation).ConfigureAwait(false) : await CardAsync(person, access, cancellation).ConfigureAwait(false);
                looked = true;
                if (card is not null) yield return card;
                if (!await HappenedAsync(changed.Reader.ReadAsync(_closing.Token).AsTask(), cancellation).ConfigureAwait(false)) yield break;
            }
        }
        finally
        {
            RemoveListener(stream, Listener);
            if (home != stream) RemoveListener(home, Listener);
        }
    }

    public IAsyncEnumerable<BoardView> WatchBoardAsync(string segment, Access access, CancellationToken cancellation) => WatchAsync(
        BoardVersionOf, () => Volatile.Read(ref _boardVersion), token => BoardAsync(segment, access, token).AsTask(), (version, token) => FrameAsync(segment, version, token), cancellation);

    public IAsyncEnumerable<OpenFlagsView> WatchFlagsAsync(Access access, CancellationToken cancellation) => WatchAsync(
        OpenVersionOf, () => Volatile.Read(ref _openVersion), async token => await FlagsAsync(access, token).ConfigureAwait(false), async (_, token) => await FlagsAsync(access, token).ConfigureAwait(false), cancellation);

    /// <summary>A view at once, and again whenever a tick finds that its version grew.</summary>
    /// <param name="versionOf">Of where shards stand before the first view is read: what changes later is newer.</param>
    /// <param name="newest">As of the last tick.</param>
    private async IAsyncEnumerable<T> WatchAsync<T>(
        Func<ShardPulse[], long> versionOf, Func<long> newest, Func<CancellationToken, Task<T?>> first, Func<long, CancellationToken, Task<T?>> next, [EnumeratorCancellation] CancellationToken cancellation)
        where T : class
    {
        var tick = NextTick();
        var seen = versionOf(await PulsesAsync(cancellation).ConfigureAwait(false));
        if (await first(cancellation).ConfigureAwait(false) is not { } view) yield break;
        yield return view;
        while (true)
        {
            if (!await HappenedAsync(tick, cancellation).ConfigureAwait(false)) yield break;
            tick = NextTick();
            var version = newest();
            if (version <= seen) continue;
            seen = version;
            if (await next(version, cancellation).ConfigureAwait(false) is { } changed) yield return changed;
        }
    }

    // By the time provider's timer: never overlaps.
    private void Tick()
    {
        if (Interlocked.Exchange(ref _ticking, 1) != 0) return;
        _ticked = Task.Run(TickAsync);
    }

    private async Task TickAsync()
    {
        try
        {
            var pulses = await SettleAsync(_closing.Token).ConfigureAwait(false);
            await RenewWatchesAsync(pulses).ConfigureAwait(false);
            Volatile.Write(ref _boardVersion, BoardVersionOf(pulses));
            Volatile.Write(ref _openVersion, OpenVersionOf(pulses));
            _trouble = null;
            RaiseTick();
            await WakeModelsAsync(_closing.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is EngineUnavailableException or EngineBusyException or OperationCanceledException or ObjectDisposedException or StoreException)
        {
            if (Volatile.Read(ref _disposed) != 0) return;

            // Whoever balances load sends callers elsewhere until a tick is through again.
            _trouble = "The cluster does not answer this host.";
            EngineLog.TickFailed(_log, failure);
        }
        finally
        {
            Volatile.Write(ref _ticking, 0);
        }
    }

    /// <summary>Repeats what is watched where a third of the lease is over or the shard moved; and looks again at all cards of a shard that changed unnoticed.</summary>
    private async Task RenewWatchesAsync(ShardPulse[] pulses)
    {
        foreach (var shard in WatchedShards())
        {
            var pulse = pulses[shard];
            (long Epoch, long Version, long WatchedAt) known;
            lock (_ticks) known = _watched.GetValueOrDefault(shard);
            var moved = known.Epoch != pulse.Totals.Epoch;
            if (!moved && TimeProvider.System.GetElapsedTime(known.WatchedAt) < HostWatches.Expiry / 3) continue;
            await WatchShardAsync(shard, _closing.Token).ConfigureAwait(false);
            if (moved || known.Version != pulse.Version) SignalShard(shard);
        }
    }

    private async Task WatchShardAsync(int shard, CancellationToken cancellation)
    {
        UInt128[] streams;
        lock (_ticks) streams = [.. _cards.Keys.Where(s => Streams.ShardOf(s) == shard)];
        var pulse = await TryAsync(() => _shards[shard].WatchAsync(_observer!, streams), cancellation).ConfigureAwait(false);
        lock (_ticks) _watched[shard] = (pulse.Totals.Epoch, pulse.Version, TimeProvider.System.GetTimestamp());
    }

    private void AddListener(UInt128 stream, Action listener)
    {
        lock (_ticks)
        {
            if (!_cards.TryGetValue(stream, out var listeners)) _cards[stream] = listeners = [];
            listeners.Add(listener);
        }
    }

    // The shard is told with the next renewal: until then its notes about this card find nobody.
    private void RemoveListener(UInt128 stream, Action listener)
    {
        lock (_ticks)
        {
            if (!_cards.TryGetValue(stream, out var listeners)) return;
            listeners.Remove(listener);
            if (listeners.Count == 0) _cards.Remove(stream);
        }
    }

    private int[] WatchedShards()
    {
        lock (_ticks) return [.. _cards.Keys.Select(Streams.ShardOf).Distinct()];
    }

    private void SignalShard(int shard)
    {
        UInt128[] streams;
        lock (_ticks) streams = [.. _cards.Keys.Where(s => Streams.ShardOf(s) == shard)];
        Signal(streams);
    }

    private void Signal(UInt128[] streams)
    {
        foreach (var stream in streams)
        {
            Action[] listeners;
            lock (_ticks) listeners = _cards.TryGetValue(stream, out var known) ? [.. known] : [];
            foreach (var listener in listeners) listener();
        }
    }

    /// <summary>Waits for what a watch waits for; false when the engine closes, which ends the watch.</summary>
    private async Task<bool> HappenedAsync(Task what, CancellationToken cancellation)
    {
        try
        {
            await what.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_reason is not null && !cancellation.IsCancellationRequested)
        {
            return false;
        }

        return _reason is null;
    }

    /// <summary>One board is built once a version, however many watch it.</summary>
    private async Task<BoardView?> FrameAsync(string segment, long version, CancellationToken cancellation)
    {
        Task<BoardView?> board;
        lock (_ticks)
        {
            if (_frames.TryGetValue(segment, out var frame) && frame.Version == version)
            {
                board = frame.Board;
            }
            else
            {
                board = BuildBoardAsync(segment, CancellationToken.None);
                _frames[segment] = (version, board);
            }
        }

        return await board.WaitAsync(cancellation).ConfigureAwait(false);
    }

    // Both only grow: of one activation by what changes, and a new one begins an epoch.
    private long BoardVersionOf(ShardPulse[] pulses) => VersionOf(pulses) + _program.Number + _past.Version;

    private static long OpenVersionOf(ShardPulse[] pulses) => pulses.Sum(p => (p.Totals.Epoch << 32) + p.OpenVersion);

    private Task NextTick()
    {
        lock (_ticks) return _nextTick.Task;
    }

    private void RaiseTick()
    {
        TaskCompletionSource tick;
        lock (_ticks)
        {
            tick = _nextTick;
            _nextTick = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        tick.TrySetResult();
    }

    /// <summary>What shards tell this host.</summary>
    private sealed class HostNotes(OrleansEngine engine) : IHostObserver
    {
        public Task ChangedAsync(int shard, UInt128[] streams)
        {
            engine.Signal(streams);
            return Task.CompletedTask;
        }
    }
}
