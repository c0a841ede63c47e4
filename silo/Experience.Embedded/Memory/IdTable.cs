namespace Experience.Embedded.Memory;

/// <summary>
/// A set of ids, 64 bits of each, in parts that are told apart by the first bits of the id: a part that is full is parted in two, and nothing else moves (extendible hashing, Fagin,
/// Nievergelt, Pippenger and Strong 1979). So adding one of a million ids takes no longer than adding one of a thousand; a single table would hold its loop for a quarter of a second each time that it doubles.
/// </summary>
internal sealed class IdTable
{
    private const int FewestSlots = 256;

    /// <summary>Slots of a part at most: 32 KiB.</summary>
    private const int MostSlots = 4_096;

    private const int MaxDepth = 12;

    /// <summary>Ids of a table of several parts that wait to be put into it together: each goes to a line of memory of its own, and those are waited for at once.</summary>
    private const int MaxWaiting = 32;

    // A part that has fewer bits in common than the table tells apart stands in several places, one after the other.
    private Part[] _places = [new Part(new ulong[FewestSlots], 0, 0)];
    private int _depth;
    private ulong[] _waiting = [];
    private int _waits;

    /// <param name="depth">First bits that its ids have in common.</param>
    internal sealed class Part(ulong[] slots, int count, int depth)
    {
        public ulong[] Slots { get; set; } = slots;

        public int Count { get; set; } = count;

        public int Depth => depth;
    }

    /// <summary>In the order of their ids, for an image.</summary>
    public IEnumerable<Part> Parts
    {
        get
        {
            PutWaiting();
            for (var i = 0; i < _places.Length; i += 1 << (_depth - _places[i].Depth)) yield return _places[i];
        }
    }

    public int Count => Parts.Sum(static p => p.Count);

    /// <summary>As <see cref="Parts"/> gave them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not add up.</exception>
    public static IdTable Of(IReadOnlyList<Part> parts)
    {
        var table = new IdTable { _depth = parts.Max(static p => p.Depth) };
        ArgumentOutOfRangeException.ThrowIfGreaterThan(table._depth, MaxDepth);
        table._places = new Part[1 << table._depth];
        var at = 0;
        foreach (var part in parts)
        {
            table._places.AsSpan(at, 1 << (table._depth - part.Depth)).Fill(part);
            at += 1 << (table._depth - part.Depth);
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(at, table._places.Length);
        return table;
    }

    public bool Contains(UInt128 id)
    {
        var key = Key(id);
        var slots = PartOf(key).Slots;
        return slots[Find(slots, key)] != 0 || _waiting.AsSpan(0, _waits).Contains(key);
    }

    public void Add(UInt128 id)
    {
        var key = Key(id);
        if (_depth == 0)
        {
            Put(key);
            return;
        }

        if (_waiting.Length == 0) _waiting = new ulong[MaxWaiting];
        _waiting[_waits++] = key;
        if (_waits == MaxWaiting) PutWaiting();
    }

    private void PutWaiting()
    {
        var waiting = _waiting.AsSpan(0, _waits);
        foreach (var key in waiting)
        {
            var slots = PartOf(key).Slots;
            Prefetch.Read(ref slots[(int)key & (slots.Length - 1)]);
        }

        foreach (var key in waiting) Put(key);
        _waits = 0;
    }

    private void Put(ulong key)
    {
        var part = PartOf(key);
        while ((part.Count + 1) * 3 > part.Slots.Length * 2)
        {
            Grow(part, key);
            part = PartOf(key);
        }

        var at = Find(part.Slots, key);
        if (part.Slots[at] != 0) return;
        part.Slots[at] = key;
        part.Count++;
    }

    private Part PartOf(ulong key) => _places[PlaceOf(key, _depth)];

    private static int PlaceOf(ulong key, int depth) => depth == 0 ? 0 : (int)(key >> (64 - depth));

    // Where the key stands, or belongs.
    private static int Find(ulong[] slots, ulong key)
    {
        var mask = slots.Length - 1;
        var i = (int)key & mask;
        while (slots[i] != 0 && slots[i] != key) i = (i + 1) & mask;
        return i;
    }

    private void Grow(Part part, ulong key)
    {
        if (part.Slots.Length < MostSlots || part.Depth == MaxDepth)
        {
            var larger = new ulong[part.Slots.Length * 2];
            foreach (var entry in part.Slots)
            {
                if (entry != 0) larger[Find(larger, entry)] = entry;
            }

            part.Slots = larger;
            return;
        }

        if (part.Depth == _depth)
        {
            _places = [.. _places.SelectMany(static p => new[] { p, p })];
            _depth++;
        }

        var depth = part.Depth + 1;
        Part[] halves = [new Part(new ulong[MostSlots], 0, depth), new Part(new ulong[MostSlots], 0, depth)];
        foreach (var entry in part.Slots)
        {
            if (entry == 0) continue;
            var half = halves[PlaceOf(entry, depth) & 1];
            half.Slots[Find(half.Slots, entry)] = entry;
            half.Count++;
        }

        var wide = 1 << (_depth - depth);
        var first = PlaceOf(key, part.Depth) * 2 * wide;
        _places.AsSpan(first, wide).Fill(halves[0]);
        _places.AsSpan(first + wide, wide).Fill(halves[1]);
    }

    // Zero is an empty slot.
    private static ulong Key(UInt128 id) => (ulong)id == 0 ? 1 : (ulong)id;
}
