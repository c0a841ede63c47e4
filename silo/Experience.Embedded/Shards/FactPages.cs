using Experience.Domain.Events;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Shards;

/// <summary>One person's facts, copied out of the journal to be sorted and folded. Reused.</summary>
internal sealed class FactPages
{
    private readonly FixedBuffer _bytes = new(16 * 1024);
    private readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    public FactView this[int index]
    {
        get
        {
            var e = _entries[index];
            var bytes = _bytes.Written.Slice(e.Offset, e.Clear + e.Personal);
            return new FactView(EventTypes.Of(e.Type), e.Time, e.Id, bytes[..e.Clear], bytes[e.Clear..]);
        }
    }

    public void Clear()
    {
        _bytes.Clear();
        _entries.Clear();
    }

    public void Add(byte type, long time, UInt128 id, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> personal)
    {
        _entries.Add(new Entry(type, time, id, _bytes.Length, clear.Length, personal.Length));
        _bytes.Write(clear);
        _bytes.Write(personal);
    }

    public void Sort() => _entries.Sort(static (a, b) => new Stamp(a.Time, (ulong)(a.Id >> 64)).CompareTo(new Stamp(b.Time, (ulong)(b.Id >> 64))));

    private readonly record struct Entry(byte Type, long Time, UInt128 Id, int Offset, int Clear, int Personal);
}
