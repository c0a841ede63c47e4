namespace Experience.Embedded.Loops;

/// <summary>
/// The batches that a loop works on together. Facts of one person stand next to each other, in the order in which they came: they are then folded into one
/// decoded state and assessed once, however many batches they came in. One a loop, reused.
/// </summary>
internal sealed class Take
{
    /// <summary>Places in a take: a batch has at most 2^20 facts, and is then the only one.</summary>
    private const int PlaceBits = 20;

    private readonly List<BatchPart> _parts = [];
    private (Batch Batch, int Index)[] _facts = new (Batch, int)[1024];
    private ulong[] _keys = new ulong[1024];
    private int[] _order = new int[1024];

    public int Count { get; private set; }

    public bool Empty => _parts.Count == 0;

    public List<BatchPart> Parts => _parts;

    /// <summary>The fact at a place, by its batch and its index there.</summary>
    public (Batch Batch, int Index) this[int place] => _facts[place];

    public void Add(BatchPart part)
    {
        _parts.Add(part);
        Count += part.Facts.Length;
    }

    /// <summary>Places in the order of working. The key is 44 bits of the stream above the place; two people who share them only lose the neighbourhood.</summary>
    public ReadOnlySpan<int> Ordered()
    {
        if (_keys.Length < Count)
        {
            var size = Math.Max(Count, _keys.Length * 2);
            (_facts, _keys, _order) = (new (Batch, int)[size], new ulong[size], new int[size]);
        }

        var place = 0;
        foreach (var part in _parts)
        {
            var batch = part.Batch;
            foreach (var index in part.Facts)
            {
                _facts[place] = (batch, index);
                _keys[place] = ((ulong)batch.Streams[index] << PlaceBits) | (uint)place;
                place++;
            }
        }

        Array.Sort(_keys, 0, place);
        for (var i = 0; i < place; i++) _order[i] = (int)(_keys[i] & ((1UL << PlaceBits) - 1));
        return _order.AsSpan(0, place);
    }

    /// <summary>Lets go of what was done.</summary>
    public void Clear()
    {
        _parts.Clear();
        Array.Clear(_facts, 0, Math.Min(Count, _facts.Length));
        Count = 0;
    }
}
