namespace Experience.Embedded.Memory;

/// <summary>
/// Stream to row, open addressing with linear probing: 8 bytes a slot, at most two thirds full. A slot has 32 bits of the stream beside the
/// row, so that no other row is looked at. Streams are keyed hashes already: their low bits are the hash, shard bits are taken from the other end.
/// </summary>
internal sealed class StreamTable(Func<int, UInt128> streamOf)
{
    private ulong[] _slots = new ulong[64];
    private int _count;

    public int Find(UInt128 stream)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        var tag = (ulong)stream >> 32;
        for (var i = (int)(ulong)stream & mask; ; i = (i + 1) & mask)
        {
            var slot = slots[i];
            if (slot == 0) return -1;
            if (slot >> 32 == tag && streamOf((int)(uint)slot - 1) == stream) return (int)(uint)slot - 1;
        }
    }

    /// <summary>Asks for the slot of a stream that is looked for soon.</summary>
    public void Expect(UInt128 stream) => Prefetch.Read(ref _slots[(int)(ulong)stream & (_slots.Length - 1)]);

    /// <summary>The row that <see cref="Find"/> is about to look at, without looking at it; −1 when there is none.</summary>
    public int Guess(UInt128 stream)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        var tag = (ulong)stream >> 32;
        for (var i = (int)(ulong)stream & mask; ; i = (i + 1) & mask)
        {
            var slot = slots[i];
            if (slot == 0 || slot >> 32 == tag) return (int)(uint)slot - 1;
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
        _slots = new ulong[size];
        _count = 0;
    }

    private static void Put(ulong[] slots, UInt128 stream, int row)
    {
        var mask = slots.Length - 1;
        var i = (int)(ulong)stream & mask;
        while (slots[i] != 0) i = (i + 1) & mask;
        slots[i] = ((ulong)stream >> 32 << 32) | (uint)(row + 1);
    }

    private void Grow()
    {
        var old = _slots;
        var slots = new ulong[old.Length * 2];
        foreach (var entry in old)
        {
            if (entry != 0) Put(slots, streamOf((int)(uint)entry - 1), (int)(uint)entry - 1);
        }

        _slots = slots;
    }
}

/// <summary>
/// Ids seen lately, each mixed with its person's stream, for an id may be sent of two people: most real duplicates are retries and are answered here, without
/// touching history. Each has one place; who comes to it later takes it, and the id of before is then looked for in history.
/// </summary>
internal sealed class RecentIds
{
    /// <summary>Places a shard: 64 × 2,048 × 16 bytes = 2 MB, half a second of full load.</summary>
    public const int Capacity = 2048;

    // No id is zero: zero is a place that nobody took.
    private readonly UInt128[] _ids = new UInt128[Capacity];

    public bool Contains(UInt128 id) => _ids[Place(id)] == id && id != UInt128.Zero;

    public void Add(UInt128 id) => _ids[Place(id)] = id;

    /// <summary>Asks for the place of an id that is looked for soon.</summary>
    public void Expect(UInt128 id) => Prefetch.Read(ref _ids[Place(id)]);

    public void Clear() => Array.Clear(_ids);

    private static int Place(UInt128 id) => (int)(ulong)(id >> 20) & (Capacity - 1);
}

/// <summary>
/// A blocked Bloom filter that grows by generations (Putze, Sanders, Singler, "Cache-, hash- and space-efficient Bloom filters", 2007): each id sets eight bits of one 64-byte line, 26 bits
/// an id, about one stranger in five thousand looks known to a full generation: for each the person's history is read. A new generation is twice the last, so at most half of the bits wait for ids.
/// </summary>
internal sealed class GrowingBloom
{
    private const int WordsPerLine = 8;
    private const int IdsPerLine = 20;
    private const int FirstLines = 1024;

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

    /// <summary>Asks for the lines of an id that is looked for soon; those of the oldest generations are few, and near anyway.</summary>
    public void Expect(UInt128 id)
    {
        var hash = (ulong)(id >> 64);
        for (var g = _generations.Count - 1; g >= 0 && g >= _generations.Count - 4; g--)
        {
            var words = _generations[g].Words;
            Prefetch.Read(ref words[Line(hash, words.Length)]);
        }
    }

    public void Add(UInt128 id)
    {
        if (_generations.Count == 0 || _used >= _generations[^1].Capacity)
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
