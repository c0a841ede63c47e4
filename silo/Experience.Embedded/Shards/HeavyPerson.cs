using Experience.Domain.Events;

namespace Experience.Embedded.Shards;

/// <summary>
/// What is kept aside for a person with a long history: the ids seen (64 bits each, beside the Bloom filter's own bits: a
/// stranger passes with probability n / 2^64), and folds as of some positions, so that neither a doubtful id nor a late fact walks everything.
/// </summary>
/// <remarks>
/// A snapshot is the fold of all facts up to its stamp; everything newer stands after its position. An older fact that comes later is
/// applied to the snapshot too where that is provably the same as folding again, else the snapshot is dropped.
/// </remarks>
internal sealed class HeavyPerson
{
    /// <summary>Facts from which a person is heavy.</summary>
    public const int Threshold = 512;

    /// <summary>Facts between two snapshots.</summary>
    public const int Spacing = 256;

    /// <summary>Snapshots kept; beyond it every second of the older half leaves, so that they thin out towards the past.</summary>
    public const int MaxSnapshots = 12;

    private ulong[] _slots = new ulong[1024];
    private int _count;

    public int Count => _count;

    public List<Snapshot> Snapshots { get; } = [];

    public int SinceSnapshot { get; set; }

    public bool Contains(UInt128 id)
    {
        var key = Key(id);
        var mask = _slots.Length - 1;
        for (var i = (int)(key >> 32) & mask; _slots[i] != 0; i = (i + 1) & mask)
        {
            if (_slots[i] == key) return true;
        }

        return false;
    }

    public void Add(UInt128 id) => AddKey(Key(id));

    public void AddKey(ulong key)
    {
        if ((_count + 1) * 3 > _slots.Length * 2)
        {
            var old = _slots;
            _slots = new ulong[old.Length * 2];
            _count = 0;
            foreach (var entry in old)
            {
                if (entry != 0) AddKey(entry);
            }
        }

        var mask = _slots.Length - 1;
        var i = (int)(key >> 32) & mask;
        while (_slots[i] != 0)
        {
            if (_slots[i] == key) return;
            i = (i + 1) & mask;
        }

        _slots[i] = key;
        _count++;
    }

    public IEnumerable<ulong> Keys() => _slots.Where(k => k != 0);

    public void Push(Snapshot snapshot)
    {
        SinceSnapshot = 0;
        Snapshots.Add(snapshot);
        if (Snapshots.Count <= MaxSnapshots) return;
        for (var i = (MaxSnapshots / 2) - 1; i >= 0; i -= 2) Snapshots.RemoveAt(i);
    }

    private static ulong Key(UInt128 id) => (ulong)id == 0 ? 1 : (ulong)id;

    /// <summary>A fold of all facts up to a stamp. Every fact newer than that stands in the journal after the position.</summary>
    internal sealed record Snapshot(long After, Stamp Stamp, byte[] State);
}
