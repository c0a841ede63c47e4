using System.Runtime.InteropServices;
using Experience.Embedded.Journal;
using Experience.Embedded.Memory;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Loops;

/// <summary>
/// Records of some neighbouring blocks, folded again together: one person's records next to each other, in the order in which they were written, so that a state is
/// decoded and stored once, and memory is asked for before it is needed, as for a <see cref="Take"/>. Shards do not see
/// the order of different people.
/// </summary>
internal sealed class ReplayGroup(EventLoop loop)
{
    /// <summary>Blocks held at a time: 8 MiB.</summary>
    private const int MaxBlocks = 8 * 1024 * 1024 / Block.PageBytes;

    /// <summary>Records of a group: what 20 bits tell apart. A block of a page holds at most 128.</summary>
    private const int PlaceBits = 20;

    private const int RecordsAhead = 12;
    private const int IndexAhead = 8;
    private const int RowsAhead = 5;
    private const int StatesAhead = 2;

    private readonly List<Held> _blocks = [];
    private readonly List<Entry> _entries = [];
    private readonly List<ulong> _order = [];
    private int _used;

    public bool Full => _used == MaxBlocks;

    public int Count => _entries.Count;

    /// <summary>Keeps a copy of a block, whose records are then <see cref="Add"/>ed.</summary>
    public void Begin(in BlockView block)
    {
        if (_used == _blocks.Count) _blocks.Add(new Held());
        var held = _blocks[_used++];
        if (held.Bytes.Length < block.Bytes.Length) held.Bytes = GC.AllocateUninitializedArray<byte>(Math.Max(block.Bytes.Length, Block.PageBytes));
        block.Bytes.CopyTo(held.Bytes);
        (held.Id, held.NonceBase, held.Length) = (block.Id, block.NonceBase, block.Bytes.Length);
    }

    /// <summary>A record of the block that was begun last.</summary>
    public void Add(in RecordView record)
    {
        ref readonly var header = ref record.Header;
        _order.Add(((ulong)header.Stream << PlaceBits) | (uint)_entries.Count);
        _entries.Add(new Entry(header.Stream, header.Id, _used - 1, Position.Offset(record.Position)));
    }

    /// <summary>Folds them, and holds nothing any more.</summary>
    public void Replay(LoopContext cx)
    {
        var order = CollectionsMarshal.AsSpan(_order);
        order.Sort();
        for (var i = 0; i < order.Length; i++)
        {
            Expect(cx, order, i);
            var entry = At(order[i]);
            var held = _blocks[entry.Block];
            ShardOf(entry.Stream).Replay(cx, new RecordView(held.Id, held.NonceBase, entry.Offset, held.Bytes.AsSpan(0, held.Length)));
        }

        _entries.Clear();
        _order.Clear();
        _used = 0;
    }

    private void Expect(LoopContext cx, ReadOnlySpan<ulong> order, int i)
    {
        if (i + RecordsAhead < order.Length && At(order[i + RecordsAhead]) is var record) Prefetch.Read(ref _blocks[record.Block].Bytes[record.Offset]);
        if (i + IndexAhead < order.Length && At(order[i + IndexAhead]) is var first) ShardOf(first.Stream).ExpectIndex(first.Stream, first.Id);
        if (i + RowsAhead < order.Length && At(order[i + RowsAhead]) is var second) ShardOf(second.Stream).ExpectRow(second.Stream);
        if (i + StatesAhead < order.Length && At(order[i + StatesAhead]) is var third) Expect(cx, ShardOf(third.Stream), third.Stream);
    }

    private static void Expect(LoopContext cx, Shard shard, UInt128 stream)
    {
        shard.ExpectState(stream);
        shard.ExpectKey(cx, stream);
    }

    private Entry At(ulong place) => _entries[(int)(place & ((1UL << PlaceBits) - 1))];

    private Shard ShardOf(UInt128 stream) => loop.Shards[loop.ShardSlot(Shard.Of(stream))];

    private sealed class Held
    {
        public byte[] Bytes { get; set; } = [];

        public long Id { get; set; }

        public long NonceBase { get; set; }

        public int Length { get; set; }
    }

    private readonly record struct Entry(UInt128 Stream, UInt128 Id, int Block, int Offset);
}
