using Experience.Domain.Events;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Shards;

/// <summary>One person's facts, copied out of the journal to be sorted and folded. Reused.</summary>
/// <param name="bytes">Room for fields to begin with.</param>
internal sealed class FactPages(int bytes = 16 * 1024)
{
    private readonly FixedBuffer _bytes = new(bytes);
    private readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    public FactView this[int index]
    {
        get
        {
            var e = _entries[index];
            var fields = _bytes.Written.Slice(e.Offset, e.Clear + e.Personal);
            return new FactView(EventTypes.Of(e.Type), e.Time, e.Id, fields[..e.Clear], fields[e.Clear..]);
        }
    }

    public void Clear()
    {
        _bytes.Clear();
        _entries.Clear();
    }

    /// <summary>Where the fact at this place stands in the journal.</summary>
    public long PositionOf(int index) => _entries[index].Position;

    public Stamp StampOf(int index) => new(_entries[index].Time, (ulong)(_entries[index].Id >> 64));

    /// <param name="rank">Place of the fact's stream among those of its person: which copy counts of a fact that was sent under two keys.</param>
    public void Add(long position, byte type, long time, UInt128 id, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> personal, int rank = 0)
    {
        _entries.Add(new Entry(position, type, time, id, _bytes.Length, clear.Length, personal.Length, rank));
        _bytes.Write(clear);
        _bytes.Write(personal);
    }

    /// <summary>By stamp, and where two are equal by the whole id: the order is total whatever an id hashes to.</summary>
    public void Sort() => _entries.Sort(static (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Id != b.Id ? a.Id.CompareTo(b.Id) : a.Rank.CompareTo(b.Rank));

    private readonly record struct Entry(long Position, byte Type, long Time, UInt128 Id, int Offset, int Clear, int Personal, int Rank);
}
