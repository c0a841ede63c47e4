using Experience.Domain.Port;
using Experience.Embedded.Walks;
using Experience.Embedded.Journal;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>Histories for models and backtests: see <see cref="HistoryWalker"/>.</summary>
public sealed partial class EmbeddedEngine : IHistories
{
    public async Task<HistoryWalk> WalkAsync(IHistoryVisitor visitor, long maxFacts, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        ThrowUnlessReady();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
        var shards = new long[Shard.Count];
        await Task.WhenAll(_loops.Select(loop => loop.AskAsync(l =>
        {
            foreach (var shard in l.Shards) shards[shard.Index] = shard.Events;
            return true;
        }))).WaitAsync(stop.Token).ConfigureAwait(false);
        var walker = new HistoryWalker(_parts, () => Array.Exists(_loops, static loop => loop.Busy));
        try
        {
            return await Task.Factory.StartNew(
                () => walker.Walk(shards, visitor, maxFacts, stop.Token), stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is JournalException or InvalidDataException or IOException)
        {
            throw new EngineUnavailableException("The journal could not be read.", failure);
        }
    }

    /// <summary>The kept state of a stream. For tests.</summary>
    internal Task<byte[]> StateOfAsync(UInt128 stream) =>
        AskAsync(stream, (_, shard) => shard.StateBytes(shard.Find(stream)).ToArray(), CancellationToken.None);
}
