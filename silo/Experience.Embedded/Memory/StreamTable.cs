namespace Experience.Embedded.Memory;

/// <summary>
/// Stream to row, open addressing with linear probing over row indexes alone: 4 bytes a slot, at most two thirds full. Streams are keyed
/// hashes already, so their low bits are the hash; shard bits are taken from the other end.
/// </summary>
internal sealed class StreamTable(Func<int, UInt128> streamOf)
{
    private int[] _slots = new int[64];
    private int _count;

    public int Find(UInt128 stream)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        for (var i = (int)(ulong)stream & mask; ; i = (i + 1) & mask)
        {
            var row = slots[i] - 1;
            if (row < 0 || streamOf(row) == stream) return row;
        }
    }

    /// <summary>Adds a row whose stream is not in the table.</summary>
    public void Add(UInt128 stream, int row)
    {
        if ((_count + 1) * 3 > _slots.Length * 2) Grow();
        _count++;
        Put(_slots, stream, row);
    }

    public void Clear(int expected)
    {
        var size = 64;
        while (expected * 3L > size * 2L) size *= 2;
        _slots = new int[size];
        _count = 0;
    }

    private static void Put(int[] slots, UInt128 stream, int row)
    {
        var mask = slots.Length - 1;
        var i = (int)(ulong)stream & mask;
        while (slots[i] != 0) i = (i + 1) & mask;
        slots[i] = row + 1;
    }

    private void Grow()
    {
        var old = _slots;
        var slots = new int[old.Length * 2];
        foreach (var entry in old)
        {
            if (entry != 0) Put(slots, streamOf(entry - 1), entry - 1);
        }

        _slots = slots;
    }
}

/// <summary>The ids seen last, exactly: most real duplicates are retries and are answered here, without touching history.</summary>
internal sealed class RecentIds
{
    /// <summary>Ids kept a shard: 64 × 2,048 × 40 bytes = 5 MB, some seconds of full load.</summary>
    public const int Capacity = 2048;

    private readonly UInt128[] _ring = new UInt128[Capacity];
    private readonly ushort[] _slots = new ushort[Capacity * 4];
    private int _next;
    private int _count;

    public bool Contains(UInt128 id)
    {
        for (var i = Slot(id); _slots[i] != 0; i = (i + 1) & (_slots.Length - 1))
        {
            if (_ring[_slots[i] - 1] == id) return true;
        }

        return false;
    }

    public void Add(UInt128 id)
    {
        if (_count == Capacity) Remove(_ring[_next]);
        else _count++;
        _ring[_next] = id;
        var i = Slot(id);
        while (_slots[i] != 0) i = (i + 1) & (_slots.Length - 1);
        _slots[i] = (ushort)(_next + 1);
        _next = (_next + 1) % Capacity;
    }

    public void Clear()
    {
        Array.Clear(_slots);
        _next = _count = 0;
    }

    private int Slot(UInt128 id) => (int)(ulong)(id >> 20) & (_slots.Length - 1);

    // Linear probing without tombstones: what follows in the run is moved back where it may.
    private void Remove(UInt128 id)
    {
        var mask = _slots.Length - 1;
        var hole = Slot(id);
        while (_slots[hole] == 0 || _ring[_slots[hole] - 1] != id) hole = (hole + 1) & mask;
        for (var i = (hole + 1) & mask; _slots[i] != 0; i = (i + 1) & mask)
        {
            var home = Slot(_ring[_slots[i] - 1]);
            if (((i - home) & mask) < ((i - hole) & mask)) continue;
            _slots[hole] = _slots[i];
            hole = i;
        }

        _slots[hole] = 0;
    }
}

/// <summary>
/// A blocked Bloom filter that grows by generations (Putze, Sanders, Singler, "Cache-, hash- and space-efficient Bloom filters", 2007): each id sets eight bits of one 64-byte line, 16 bits
/// an id, about 0.3 % of strangers look known. A new generation is twice the last, so at most half of the bits wait for ids.
/// </summary>
internal sealed class GrowingBloom
{
    private const int WordsPerLine = 8;
    private const int IdsPerLine = 32;
    private const int FirstLines = 16;

    private readonly List<(ulong[] Words, int Capacity)> _generations = [];
    private int _used;

    public long Bytes => _generations.Sum(g => (long)g.Words.Length * 8);

    public int Used => _used;

    public IReadOnlyList<ulong[]> Generations => [.. _generations.Select(g => g.Words)];

    public bool MayContain(UInt128 id)
    {
        var (hash, bits) = ((ulong)(id >> 64), (ulong)id);
        for (var g = _generations.Count - 1; g >= 0; g--)
        {
            var words = _generations[g].Words;
            var line = Line(hash, words.Length);
            var all = true;
            for (var i = 0; i < WordsPerLine; i++)
            {
                if ((words[line + i] >> (int)((bits >> (i * 6)) & 63) & 1) != 0) continue;
                all = false;
                break;
            }

            if (all) return true;
        }

        return false;
    }

    public void Add(UInt128 id)
    {
        if (_generations.Count == 0 || _used == _generations[^1].Capacity)
        {
            var lines = _generations.Count == 0 ? FirstLines : _generations[^1].Words.Length / WordsPerLine * 2;
            _generations.Add((new ulong[lines * WordsPerLine], lines * IdsPerLine));
            _used = 0;
        }

        _used++;
        var words = _generations[^1].Words;
        var (hash, bits) = ((ulong)(id >> 64), (ulong)id);
        var line = Line(hash, words.Length);
        for (var i = 0; i < WordsPerLine; i++) words[line + i] |= 1UL << (int)((bits >> (i * 6)) & 63);
    }

    public void Clear()
    {
        _generations.Clear();
        _used = 0;
    }

    /// <summary>Takes over a saved filter: the bytes of each generation, in order.</summary>
    public void Load(IEnumerable<ulong[]> generations, int used)
    {
        Clear();
        foreach (var words in generations) _generations.Add((words, words.Length / WordsPerLine * IdsPerLine));
        _used = used;
    }

    // Lines are a power of two; the low bits of the high half choose one.
    private static int Line(ulong hash, int words) => (int)(hash & (ulong)((words / WordsPerLine) - 1)) * WordsPerLine;
}
