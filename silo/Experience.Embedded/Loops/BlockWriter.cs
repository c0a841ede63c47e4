using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Experience.Embedded.Journal;
using Experience.Embedded.Keys;

namespace Experience.Embedded.Loops;

/// <summary>Hands out block ids, ascending over all loops; an id of a failed commit is not used again.</summary>
internal sealed class BlockIds(long last)
{
    private long _last = last;

    public long Next() => Interlocked.Increment(ref _last);
}

/// <summary>
/// Encodes records of one loop straight into the block that will be stored. Blocks are pooled: a block comes back when its
/// commit is known to the loop.
/// </summary>
internal sealed class BlockWriter(int loop, BlockIds ids, long lastBlock, History history, Sealer sealer)
{
    /// <summary>Blocks kept for use again: beyond it, and where a record longer than a page made one large, they are left to the collector.</summary>
    private const int MaxPooled = 1_024;

    private readonly Stack<Block> _pool = [];
    private Block? _open;
    private long _lastId = lastBlock;

    public List<Block> Closed { get; private set; } = [];

    public long Bytes { get; private set; }

    /// <summary>The block opened last: whatever this loop writes from now on stands in it or after it.</summary>
    public long LastId => _lastId;

    /// <summary>Appends a record and gives its position.</summary>
    public long Append(in RecordHeader header, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> opening, ReadOnlySpan<byte> personal, int keySlot)
    {
        var plain = opening.Length + personal.Length;
        var sealedLength = plain == 0 ? 0 : plain + Sealer.TagSize;
        var length = RecordHeader.Size + clear.Length + sealedLength;
        var block = _open;
        if (block is null || !block.Fits(length))
        {
            if (block is not null) Close(block);
            _open = block = Open();
        }

        var span = block.Append(length, out var offset);
        var written = header;
        written.Length = length;
        written.ClearLength = clear.Length;
        written.SealedLength = sealedLength;
        MemoryMarshal.Write(span, in written);
        clear.CopyTo(span[RecordHeader.Size..]);
        if (plain > 0)
        {
            var output = span.Slice(RecordHeader.Size + clear.Length, sealedLength);
            if (opening.IsEmpty)
            {
                sealer.Seal(keySlot, header.Stream, header.Id, block.NonceBase, offset, personal, output);
            }
            else
            {
                // The opening record of a stream: the key at the source, then the fields.
                var joined = new byte[plain];
                opening.CopyTo(joined);
                personal.CopyTo(joined.AsSpan(opening.Length));
                sealer.Seal(keySlot, header.Stream, header.Id, block.NonceBase, offset, joined, output);
            }
        }

        Bytes += length;
        return Position.Of(block.Id, offset);
    }

    /// <summary>Closes the open block and gives all closed ones away.</summary>
    public void TakeInto(List<Block> blocks)
    {
        if (_open is { } block)
        {
            Close(block);
            _open = null;
        }

        blocks.AddRange(Closed);
        Closed.Clear();
        Bytes = 0;
    }

    /// <summary>Drops what was not given away.</summary>
    public void Discard()
    {
        _open = null;
        Closed.Clear();
        Bytes = 0;
    }

    public void Return(Block block)
    {
        history.Committed(block);
        while (history.Release() is { } free)
        {
            if (_pool.Count < MaxPooled && free.Data.Length == Block.PageBytes) _pool.Push(free);
        }
    }

    private Block Open()
    {
        var block = _pool.Count > 0 ? _pool.Pop() : new Block();
        var id = ids.Next();
        Span<byte> nonce = stackalloc byte[8];
        RandomNumberGenerator.Fill(nonce);
        block.Open(id, loop, _lastId, BinaryPrimitives.ReadInt64LittleEndian(nonce));
        _lastId = id;
        history.Begin(block);
        return block;
    }

    private void Close(Block block)
    {
        block.Close();
        Closed.Add(block);
    }
}
