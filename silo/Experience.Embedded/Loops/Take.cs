using Experience.Domain.Events;

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
    private Entry[] _came = new Entry[1024];
    private Entry[] _entries = new Entry[1024];
    private ulong[] _keys = new ulong[1024];

    public int Count { get; private set; }

    public bool Empty => _parts.Count == 0;

    public List<BatchPart> Parts => _parts;

    /// <summary>The nth fact in the order of working, after <see cref="Sort"/>.</summary>
    public ref Entry this[int n] => ref _entries[n];

    public void Add(BatchPart part)
    {
        _parts.Add(part);
        Count += part.Facts.Length;
    }

    /// <summary>Brings them into the order of working: by 44 bits of the stream, then as they came. Two people who share the bits only lose the neighbourhood.</summary>
    public void Sort()
    {
        if (_keys.Length < Count)
        {
            var size = Math.Max(Count, _keys.Length * 2);
            (_came, _entries, _keys) = (new Entry[size], new Entry[size], new ulong[size]);
        }

        var place = 0;
        foreach (var part in _parts)
        {
            var batch = part.Batch;
            foreach (var index in part.Facts)
            {
                var fact = batch.Facts[index];
                _came[place] = new Entry(fact, batch.Streams[index], batch, index);
                _keys[place] = ((ulong)batch.Streams[index] << PlaceBits) | (uint)place;
                place++;
            }
        }

        Array.Sort(_keys, 0, place);

        // Each is looked at again and again while memory is asked for ahead of it: they are to stand side by side.
        for (var n = 0; n < place; n++) _entries[n] = _came[(int)(_keys[n] & ((1UL << PlaceBits) - 1))];
    }

    /// <summary>Lets go of what was done.</summary>
    public void Clear()
    {
        _parts.Clear();
        Array.Clear(_came, 0, Math.Min(Count, _came.Length));
        Array.Clear(_entries, 0, Math.Min(Count, _entries.Length));
        Count = 0;
    }

    internal readonly record struct Entry(Fact Fact, UInt128 Stream, Batch Batch, int Index);
}
