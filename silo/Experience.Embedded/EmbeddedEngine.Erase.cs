using Experience.Domain.Port;
using Experience.Embedded.Shards;

namespace Experience.Embedded;

/// <summary>What an erasure left: docs/architecture.md, "Erasure".</summary>
public sealed partial class EmbeddedEngine
{
    public async ValueTask<ErasureView?> ErasureAsync(string person, Access access, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(access);
        ThrowUnlessReady();
        if (!TryParseId(person, out var stream)) return null;
        var copy = await CopyAsync(stream, cancellation).ConfigureAwait(false);
        if (copy is null) return null;
        var erasedAt = _readers.Use(reader =>
        {
            reader.State.Read(copy.State);
            return reader.State.ErasedAt;
        });
        var shards = copy.Chains.Select(static c => Shard.Of(c.Stream)).Distinct().ToArray();
        if (erasedAt != 0)
        {
            try
            {
                foreach (var index in shards) await Task.Run(() => _checkpointer.Renew(_loops[index % _loops.Length], ShardAt(index)), cancellation).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is IOException or Journal.JournalException)
            {
                throw new EngineUnavailableException("The image from before the erasure could not be replaced yet.", failure);
            }
        }

        await _looks.RecordAsync(access, person, Now(), cancellation).ConfigureAwait(false);
        var (records, withSealed, readable) = await Task.Run(() => _readers.Use(reader => reader.CountSealed(copy.Chains)), cancellation).ConfigureAwait(false);
        return new ErasureView(
            IdOf(copy.Stream), erasedAt == 0 ? null : erasedAt / 1000, Array.TrueForAll(copy.Chains, c => _keys.IsErased(c.KeySlot)),
            ImagesRenewed: erasedAt != 0 && !Array.Exists(shards, s => ShardAt(s).ImageOwed), Array.Exists(copy.Chains, c => _search.Knows(c.Stream)), records, withSealed, readable);
    }

    private Shard ShardAt(int index) => _loops[index % _loops.Length].Shards[_loops[index % _loops.Length].ShardSlot(index)];
}
