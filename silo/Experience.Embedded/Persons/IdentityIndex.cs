using Experience.Domain.Events;
using Experience.Domain.Identity;
using Experience.Domain.People;

namespace Experience.Embedded.Persons;

/// <summary>A row of a shard, as a number: shard × 2^26 + row.</summary>
internal readonly record struct RowRef(uint Value)
{
    private const int RowBits = 26;

    public RowRef(int shard, int row)
        : this(((uint)shard << RowBits) | (uint)row)
    {
    }

    public int Shard => (int)(Value >> RowBits);

    public int Row => (int)(Value & ((1 << RowBits) - 1));
}

/// <summary>
/// Who shares an identity with whom: 64 bits of the keyed 128-bit hash of each identity, with the row that stated it, 12 bytes a slot. Only a guide: whoever asks
/// compares what the rows say now, so an identity that was changed, a row that went and two that hash alike do no harm. In memory only, filled after the
/// start like the search index.
/// </summary>
internal sealed class IdentityIndex(SipHash key)
{
    /// <summary>An identity that more people share names nobody: the phone of a school office.</summary>
    public const int MostShared = 8;

    /// <summary>Pairs that wait to be looked at; beyond it new ones are left out until some were.</summary>
    private const int MaxFresh = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<(RowRef, RowRef)> _fresh = [];
    private ulong[] _tags = new ulong[1024];
    private uint[] _rows = new uint[1024];
    private int _count;

    /// <summary>Takes what a person says to be; pairs with others who say the same wait to be looked at.</summary>
    public void Add(RowRef row, Profile profile)
    {
        foreach (var (kind, text) in IdentityText.Of(profile)) Add(row, TagOf(kind, text));
    }

    /// <summary>The same for one identity, by its tag.</summary>
    public void Add(RowRef row, ulong tag)
    {
        Span<uint> met = stackalloc uint[MostShared + 1];
        lock (_lock)
        {
            if ((_count + 1) * 3 > _tags.Length * 2) Grow();
            var others = Put(tag, row.Value, met);
            if (others > MostShared) return;
            foreach (var other in met[..others])
            {
                if (_fresh.Count < MaxFresh) _fresh.Add(other < row.Value ? (new RowRef(other), row) : (row, new RowRef(other)));
            }
        }
    }

    /// <summary>Rows that stated an identity, at most some more than share one in a household.</summary>
    public RowRef[] Find(IdentityKind kind, string text) => Find(TagOf(kind, text));

    public RowRef[] Find(ulong tag)
    {
        var found = new List<RowRef>();
        lock (_lock)
        {
            for (var i = Place(tag, _tags.Length); _tags[i] != 0 && found.Count < 4 * MostShared; i = (i + 1) & (_tags.Length - 1))
            {
                if (_tags[i] == tag) found.Add(new RowRef(_rows[i]));
            }
        }

        return [.. found];
    }

    public bool HasFresh
    {
        get
        {
            lock (_lock) return _fresh.Count > 0;
        }
    }

    /// <summary>Takes pairs that wait to be looked at.</summary>
    public (RowRef First, RowRef Second)[] TakeFresh(int most)
    {
        lock (_lock)
        {
            (RowRef, RowRef)[] taken = [.. _fresh.Take(most)];
            _fresh.ExceptWith(taken);
            return taken;
        }
    }

    /// <summary>Forgets what an erased person said to be.</summary>
    public void Remove(RowRef row, Profile profile)
    {
        foreach (var (kind, text) in IdentityText.Of(profile))
        {
            var tag = TagOf(kind, text);
            lock (_lock)
            {
                // The place stays taken, so that others behind it are found; it names a row that no shard has.
                for (var i = Place(tag, _tags.Length); _tags[i] != 0; i = (i + 1) & (_tags.Length - 1))
                {
                    if (_tags[i] == tag && _rows[i] == row.Value) (_tags[i], _rows[i]) = (Removed, uint.MaxValue);
                }
            }
        }
    }

    private const ulong Removed = 1;

    private ulong TagOf(IdentityKind kind, string text) => TagOf(key, kind, text);

    /// <summary>What an identity is known by here: says nothing without the key.</summary>
    public static ulong TagOf(SipHash key, IdentityKind kind, string text)
    {
        var tag = (ulong)(key.Pair(((int)kind).ToString(System.Globalization.CultureInfo.InvariantCulture), text) >> 64);
        return tag <= Removed ? Removed + 1 : tag;
    }

    // Answers how many others stated it, the first of them in `met`; one more than fit means "too many".
    private int Put(ulong tag, uint row, Span<uint> met)
    {
        var others = 0;
        var i = Place(tag, _tags.Length);
        for (; _tags[i] != 0; i = (i + 1) & (_tags.Length - 1))
        {
            if (_tags[i] != tag) continue;
            if (_rows[i] == row)
            {
                // Known: the pairs are looked at again, since something of the person changed.
                row = uint.MaxValue;
                continue;
            }

            if (others < met.Length) met[others] = _rows[i];
            others = Math.Min(others + 1, met.Length);
        }

        if (row == uint.MaxValue) return others;
        (_tags[i], _rows[i]) = (tag, row);
        _count++;
        return others;
    }

    private void Grow()
    {
        var (tags, rows) = (_tags, _rows);
        _tags = new ulong[tags.Length * 2];
        _rows = new uint[rows.Length * 2];
        _count = 0;
        for (var n = 0; n < tags.Length; n++)
        {
            if (tags[n] <= Removed) continue;
            var i = Place(tags[n], _tags.Length);
            while (_tags[i] != 0) i = (i + 1) & (_tags.Length - 1);
            (_tags[i], _rows[i]) = (tags[n], rows[n]);
            _count++;
        }
    }

    private static int Place(ulong tag, int slots) => (int)(tag >> 20) & (slots - 1);
}
