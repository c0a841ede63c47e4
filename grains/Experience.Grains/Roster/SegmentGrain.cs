using System.Buffers;
using Experience.Domain.Boards;
using Experience.Grains.Contracts;
using Experience.Grains.People;

namespace Experience.Grains.Roster;

/// <summary>
/// One segment's sums over all shards. It pulls, so no event ever reaches it: a shard that did not change since the last pull answers
/// with nothing, and asking twice costs 64 short calls.
/// </summary>
internal sealed class SegmentGrain : Grain, ISegmentGrain
{
    private readonly ShardSums?[] _parts = new ShardSums?[Streams.Shards];

    public async Task<SegmentReply> SumsAsync()
    {
        var segment = (int)this.GetPrimaryKeyLong();
        var replies = await Task.WhenAll(_parts.Select((part, shard) =>
            GrainFactory.GetGrain<IRosterShardGrain>(shard).SumsAsync(segment, part?.Epoch ?? 0, part?.Version ?? -1)));
        for (var shard = 0; shard < replies.Length; shard++) _parts[shard] = replies[shard] ?? _parts[shard];
        var sums = new SegmentSums();
        var sections = new SectionSums();
        long oldest = 0;
        var versions = new long[2 * _parts.Length];
        for (var shard = 0; shard < _parts.Length; shard++)
        {
            var part = _parts[shard]!;
            sums.Add(part.Segment);
            sections.Add(part.Sections);
            if (part.OldestOverdue != 0 && (oldest == 0 || part.OldestOverdue < oldest)) oldest = part.OldestOverdue;
            versions[2 * shard] = part.Epoch;
            versions[(2 * shard) + 1] = part.Version;
        }

        return new SegmentReply(Bytes(sums.Write), Bytes(sections.Write), oldest, versions);
    }

    private static byte[] Bytes(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        write(output);
        return output.WrittenSpan.ToArray();
    }
}
