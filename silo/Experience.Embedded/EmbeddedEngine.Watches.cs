using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>
/// Watches: the subscription stands before the first view is read, so nothing falls between them; a signal says only "something
/// changed", so a slow reader reads the newest view and never a queue.
/// </summary>
public sealed partial class EmbeddedEngine
{
    private readonly Lock _ticks = new();
    private readonly Dictionary<string, (long Version, Task<BoardView?> Board)> _frames = [];
    private TaskCompletionSource _nextTick = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async IAsyncEnumerable<CardView> WatchCardAsync(string person, Access access, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ThrowUnlessReady();
        if (!TryParseId(person, out var stream)) yield break;
        var changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Listener() => changed.Writer.TryWrite(true);
        var at = await ListenAsync(_parts.People.HomeOf(stream), Listener, cancellation).ConfigureAwait(false);
        try
        {
            var looked = false;
            while (true)
            {
                // After a merge or an unmerge another row holds the person.
                if (_parts.People.HomeOf(stream) is var home && home != at)
                {
                    StopListening(at, Listener);
                    at = await ListenAsync(home, Listener, cancellation).ConfigureAwait(false);
                }

                // The first look is recorded; what then changes on the same screen is the same look.
                var card = looked ? await CardUnseenAsync(stream, cancellation).ConfigureAwait(false) : await CardAsync(person, access, cancellation).ConfigureAwait(false);
                looked = true;
                if (card is not null) yield return card;
                if (!await HappenedAsync(changed.Reader.ReadAsync(_closing.Token).AsTask(), cancellation).ConfigureAwait(false)) yield break;
            }
        }
        finally
        {
            StopListening(at, Listener);
        }
    }

    private Task<UInt128> ListenAsync(UInt128 stream, Action listener, CancellationToken cancellation) => AskAsync(stream, (_, shard) =>
    {
        if (!shard.Watched.TryGetValue(stream, out var signal)) shard.Watched[stream] = signal = new CardSignal();
        signal.Add(listener);
        return stream;
    }, cancellation);

    private void StopListening(UInt128 stream, Action listener)
    {
        var loop = LoopOf(stream);
        loop.Post(() =>
        {
            var shard = loop.Shards[loop.ShardSlot(Shard.Of(stream))];
            if (!shard.Watched.TryGetValue(stream, out var signal)) return;
            signal.Remove(listener);
            if (signal.Listeners == 0) shard.Watched.Remove(stream);
        });
    }

    public async IAsyncEnumerable<BoardView> WatchBoardAsync(string segment, Access access, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var tick = NextTick();
        var seen = BoardVersion;
        if (await BoardAsync(segment, access, cancellation).ConfigureAwait(false) is not { } first) yield break;
        yield return first;
        while (true)
        {
            if (!await HappenedAsync(tick, cancellation).ConfigureAwait(false)) yield break;
            tick = NextTick();
            var version = BoardVersion;
            if (version == seen) continue;
            seen = version;
            if (await FrameAsync(segment, version, cancellation).ConfigureAwait(false) is { } board) yield return board;
        }
    }

    public async IAsyncEnumerable<OpenFlagsView> WatchFlagsAsync(Access access, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var tick = NextTick();
        var seen = OpenVersion;
        yield return await FlagsAsync(access, cancellation).ConfigureAwait(false);
        while (true)
        {
            if (!await HappenedAsync(tick, cancellation).ConfigureAwait(false)) yield break;
            tick = NextTick();
            var version = OpenVersion;
            if (version == seen) continue;
            seen = version;
            yield return await FlagsAsync(folded: false, cancellation).ConfigureAwait(false);
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

    private async Task<CardView?> CardUnseenAsync(UInt128 stream, CancellationToken cancellation)
    {
        ThrowUnlessReady();
        await RefreshProgramAsync(force: false).ConfigureAwait(false);

        // Each waits for a commit: one after the other would be two.
        var gathering = SectionsAsync(cancellation);
        var copy = await CopyAsync(stream, cancellation).ConfigureAwait(false);
        var sections = await gathering.ConfigureAwait(false);
        if (copy is null) return null;
        var household = await HouseholdAsync(copy, cancellation).ConfigureAwait(false);
        return _readers.Use(reader => Card(reader, copy, sections, household));
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
                // Scopes are many: frames of those that nobody watches any more are dropped.
                if (_frames.Count > MaxScopes + SegmentSet.Max) _frames.Clear();
                board = BuildBoardAsync(segment, CancellationToken.None);
                _frames[segment] = (version, board);
            }
        }

        return await board.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private long BoardVersion => Version + Volatile.Read(ref _program).Number + _past.Version;

    private long OpenVersion
    {
        get
        {
            long version = 0;
            foreach (var loop in _loops) version += loop.OpenVersion;
            return version;
        }
    }

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
}
