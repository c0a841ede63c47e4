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
        var loop = LoopOf(stream);
        var shard = loop.Shards[loop.ShardSlot(Shard.Of(stream))];
        if (erasedAt != 0)
        {
            try
            {
                await Task.Run(() => _checkpointer.Renew(loop, shard), cancellation).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is IOException or Journal.JournalException)
            {
                throw new EngineUnavailableException("The image from before the erasure could not be replaced yet.", failure);
            }
        }

        await _looks.RecordAsync(access, person, Now(), cancellation).ConfigureAwait(false);
        var (records, withSealed, readable) = await Task.Run(() => _readers.Use(reader => reader.CountSealed(stream, copy.Last, copy.KeySlot)), cancellation).ConfigureAwait(false);
        return new ErasureView(
            person, erasedAt == 0 ? null : erasedAt / 1000, _keys.IsErased(copy.KeySlot), ImagesRenewed: erasedAt != 0 && !shard.ImageOwed, _search.Knows(stream), records, withSealed, readable);
    }
}
