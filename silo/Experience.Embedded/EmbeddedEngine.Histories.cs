using Experience.Domain.Port;
using Experience.Embedded.Journal;
using Experience.Embedded.Memory;
using Experience.Embedded.Shards;
using Experience.Embedded.Walks;

namespace Experience.Embedded;

/// <summary>Histories for models and backtests: see <see cref="HistoryWalker"/>.</summary>
public sealed partial class EmbeddedEngine : IHistories
{
    /// <summary>Events a second from which the loops are under load: a walk then takes what little they leave.</summary>
    private const long LoadedRate = 5_000;

    /// <summary>A walk holds the facts of some shards: two at a time would hold twice as many.</summary>
    private readonly SemaphoreSlim _walkTurn = new(1, 1);
    private (long At, long Events) _loadSeen;
    private volatile bool _loaded;

    public async Task<HistoryWalk> WalkAsync(IHistoryVisitor visitor, long maxFacts, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        ThrowUnlessReady();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
        await _walkTurn.WaitAsync(stop.Token).ConfigureAwait(false);
        try
        {
            return await WalkInTurnAsync(visitor, maxFacts, stop).ConfigureAwait(false);
        }
        finally
        {
            _walkTurn.Release();
        }
    }

    // From the tick: how many events came in the last second or so.
    private void NoteLoad()
    {
        var (at, events) = _loadSeen;
        var seconds = _time.GetElapsedTime(at).TotalSeconds;
        if (seconds < 1) return;
        var now = Status.Events;
        _loaded = now - events > LoadedRate * seconds;
        _loadSeen = (_time.GetTimestamp(), now);
    }

    private async Task<HistoryWalk> WalkInTurnAsync(IHistoryVisitor visitor, long maxFacts, CancellationTokenSource stop)
    {
        var shards = new long[Shard.Count];
        await Task.WhenAll(_loops.Select(loop => loop.AskAsync(l =>
        {
            foreach (var shard in l.Shards) shards[shard.Index] = shard.Events;
            return true;
        }))).WaitAsync(stop.Token).ConfigureAwait(false);
        var through = _journal.LastBlock;
        var walker = new HistoryWalker(_parts, () => _loaded || Array.Exists(_loops, static loop => loop.Busy));
        try
        {
            return await Task.Factory.StartNew(
                () =>
                {
                    Niceness.Take(Niceness.Last);
                    return walker.Walk(shards, through, visitor, maxFacts, stop.Token);
                },
                stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is JournalException or InvalidDataException or IOException)
        {
            throw new EngineUnavailableException("The journal could not be read.", failure);
        }
    }

    public async Task<IReadOnlyList<string?>> SubjectsAsync(IReadOnlyList<UInt128> events, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(events);
        ThrowUnlessReady();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
        var streams = await Task.Factory.StartNew(
            () => StreamsOf(events.ToHashSet(), stop.Token), stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        var subjects = new string?[events.Count];
        for (var i = 0; i < subjects.Length; i++)
        {
            if (streams.TryGetValue(events[i], out var stream)) subjects[i] = await AskAsync(stream, (_, shard) => shard.Find(stream) is var row and >= 0 ? shard.Key(row) : null, stop.Token).ConfigureAwait(false);
        }

        return subjects;
    }

    private Dictionary<UInt128, UInt128> StreamsOf(HashSet<UInt128> events, CancellationToken cancellation)
    {
        var streams = new Dictionary<UInt128, UInt128>(events.Count);
        try
        {
            using var reader = _parts.Journal.OpenReader();
            reader.Scan(0, (id, bytes) =>
            {
                cancellation.ThrowIfCancellationRequested();
                var block = Block.Read(id, bytes);
                var offset = Block.HeaderSize;
                while (block.TryNext(ref offset, out var record))
                {
                    ref readonly var header = ref record.Header;
                    if ((header.Flags & (RecordFlags.Program | RecordFlags.Observation)) == 0 && events.Contains(header.Id)) streams[header.Id] = header.Stream;
                }

                return streams.Count < events.Count;
            });
        }
        catch (Exception failure) when (failure is JournalException or InvalidDataException or IOException)
        {
            throw new EngineUnavailableException("The journal could not be read.", failure);
        }

        return streams;
    }

    /// <summary>The kept state of a stream. For tests.</summary>
    internal Task<byte[]> StateOfAsync(UInt128 stream) =>
        AskAsync(
            stream,
            (loop, shard) =>
            {
                var row = shard.Find(stream);
                shard.Settle(loop.Context, row, whole: true);
                return shard.StateBytes(row).ToArray();
            },
            CancellationToken.None);
}
