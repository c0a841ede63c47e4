namespace Experience.Embedded.Journal;

internal delegate bool RecordVisitor(in RecordView record);

/// <summary>
/// Reads the chain of one stream, newest first: from the blocks that its loop wrote last, committed or not, from a few blocks read last, else from the
/// journal. One a loop.
/// </summary>
internal sealed class History(IJournal journal, int cachedBlocks) : IDisposable
{
    /// <summary>Bytes of blocks that a loop wrote and keeps, some 170,000 of the newest records: what is late is seldom later than that.</summary>
    public const long KeptBytes = 24 * 1024 * 1024;

    /// <summary>Blocks read by a loop: 8 MiB.</summary>
    public const int BlocksOfLoop = 8 * 1024 * 1024 / Block.PageBytes;

    /// <summary>Of a reader of one person: 1 MiB.</summary>
    public const int BlocksOfReader = 1024 * 1024 / Block.PageBytes;

    private readonly IJournalReader _reader = journal.OpenReader();
    private readonly Dictionary<long, Block> _written = [];
    private readonly Queue<Block> _kept = [];
    private long _keptBytes;
    private readonly (long Id, byte[] Data, int Length)[] _cache = new (long, byte[], int)[cachedBlocks];

    /// <summary>Takes a block that its loop is about to fill.</summary>
    public void Begin(Block block) => _written[block.Id] = block;

    /// <summary>The block is durable, and kept for a while.</summary>
    public void Committed(Block block)
    {
        _kept.Enqueue(block);
        _keptBytes += block.Data.Length;
    }

    /// <summary>Gives a block back that is not kept any longer; null when there is none.</summary>
    public Block? Release()
    {
        if (_keptBytes <= KeptBytes) return null;
        var oldest = _kept.Dequeue();
        _keptBytes -= oldest.Data.Length;
        _written.Remove(oldest.Id);
        return oldest;
    }

    public IJournalReader Reader => _reader;

    /// <summary>
    /// Visits the records from <paramref name="position"/> back, those at or before <paramref name="until"/> left out,
    /// until the visitor answers false. Gives the position to go on from, or 0 at the end.
    /// </summary>
    /// <param name="dense">Neighbouring records are likely to stand in one block: blocks are kept. Otherwise each is looked at where SQLite has it.</param>
    public long Walk(UInt128 stream, long position, long until, bool dense, RecordVisitor visit)
    {
        var more = true;
        BlockVisitor inPlace = (id, bytes) =>
        {
            more = Visit(stream, id, bytes[..^4], ref position, visit);
            return true;
        };
        try
        {
            while (more && position > until && position > 0)
            {
                var id = Position.Block(position);
                if (_written.TryGetValue(id, out var written)) more = Visit(stream, id, written.Data.AsSpan(0, written.Length), ref position, visit);
                else if (dense || _cache[id % cachedBlocks].Id == id) more = Visit(stream, id, Cached(id), ref position, visit);
                else if (!Read(id, inPlace)) throw new InvalidDataException($"Block {id} is missing from the journal.");
            }
        }
        finally
        {
            // The journal cannot tidy its log up while it is read.
            _reader.Release();
        }

        return Math.Max(0, position);
    }

    public void Forget()
    {
        Array.Clear(_cache);
        _written.Clear();
        _kept.Clear();
        _keptBytes = 0;
    }

    public void Dispose() => _reader.Dispose();

    private bool Read(long id, BlockVisitor visit)
    {
        if (_reader.Read(id, visit)) return true;
        // It may be newer than what the reader holds.
        _reader.Release();
        return _reader.Read(id, visit);
    }

    private static bool Visit(UInt128 stream, long id, ReadOnlySpan<byte> bytes, ref long position, RecordVisitor visit)
    {
        var record = new RecordView(id, BitConverter.ToInt64(bytes[24..]), Position.Offset(position), bytes);
        if (record.Header.Stream != stream) throw new InvalidDataException($"The record at {position} belongs to another stream.");
        position = record.Header.Previous;
        return visit(record);
    }

    private ReadOnlySpan<byte> Cached(long id)
    {
        ref var entry = ref _cache[id % cachedBlocks];
        if (entry.Id != id)
        {
            var data = entry.Data;
            var length = 0;
            var found = Read(id, (_, bytes) =>
            {
                // The last four bytes are the checksum of the block.
                length = bytes.Length - 4;
                if (data is null || data.Length < length) data = new byte[Math.Max(length, Block.PageBytes)];
                bytes[..length].CopyTo(data);
                return true;
            });
            if (!found || length < Block.HeaderSize) throw new InvalidDataException($"Block {id} is missing from the journal.");
            entry = (id, data!, length);
        }

        return entry.Data.AsSpan(0, entry.Length);
    }
}
