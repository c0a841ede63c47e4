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
/// Who shares an identity with whom: 42 bits of the keyed 128-bit hash of each identity, with the row that stated it, 8 bytes a place. Only a guide: whoever asks
/// compares what the rows say now, so an identity that was changed, a row that went and two that hash alike do no harm. In memory only, filled after the
/// start like the search index.
/// </summary>
internal sealed class IdentityIndex(SipHash key)
{
    /// <summary>An identity that more people share names nobody: the phone of a school office.</summary>
    public const int MostShared = 8;

    /// <summary>Pairs that wait to be looked at; beyond it new ones are left out until some were.</summary>
    private const int MaxFresh = 100_000;

    /// <summary>Parts that grow by themselves: a million people state some four million identities, and while a part grows only that part is there twice.</summary>
    private const int PartBits = 10;

    private readonly Lock _lock = new();
    private readonly HashSet<(RowRef, RowRef)> _fresh = [];
    private readonly Part[] _parts = new Part[1 << PartBits];

    /// <summary>Takes what a person says to be; pairs with others who say the same wait to be looked at.</summary>
    public void Add(RowRef row, Profile profile)
    {
        foreach (var (kind, text) in IdentityText.Of(profile)) Add(row, TagOf(key, kind, text));
    }

    /// <summary>The same for one identity, by its tag.</summary>
    public void Add(RowRef row, ulong tag)
    {
        Span<uint> met = stackalloc uint[MostShared + 1];
        lock (_lock)
        {
            var others = PartOf(tag).Put(Short(tag), row.Value, met);
            if (others > MostShared) return;
            foreach (var other in met[..others])
            {
                if (_fresh.Count < MaxFresh) _fresh.Add(other < row.Value ? (new RowRef(other), row) : (row, new RowRef(other)));
            }
        }
    }

    /// <summary>Rows that stated an identity, at most some more than share one in a household.</summary>
    public RowRef[] Find(IdentityKind kind, string text) => Find(TagOf(key, kind, text));

    public RowRef[] Find(ulong tag)
    {
        lock (_lock) return PartOf(tag).Find(Short(tag), 4 * MostShared);
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
            var tag = TagOf(key, kind, text);
            lock (_lock) PartOf(tag).Remove(Short(tag), row.Value);
        }
    }

    /// <summary>What an identity is known by here: says nothing without the key.</summary>
    public static ulong TagOf(SipHash key, IdentityKind kind, string text) =>
        (ulong)(key.Pair(((int)kind).ToString(System.Globalization.CultureInfo.InvariantCulture), text) >> 64);

    private ref Part PartOf(ulong tag) => ref _parts[(int)(tag & ((1 << PartBits) - 1))];

    // Never 0, which marks places without an identity.
    private static uint Short(ulong tag) => Math.Max(1, (uint)(tag >> 32));

    /// <summary>Open addressing: a place holds a tag above the row that stated it.</summary>
    private struct Part
    {
        private const int FirstPlaces = 16;

        private const ulong Free = 0;

        /// <summary>The place stays taken, so that others behind it are found.</summary>
        private const ulong Removed = 1;

        private ulong[]? _places;
        private int _taken;

        /// <summary>Answers how many others stated it, the first of them in <paramref name="met"/>; one more than fit means "too many".</summary>
        public int Put(uint tag, uint row, Span<uint> met)
        {
            if (_places is null || (_taken + 1) * 5 > _places.Length * 4) Grow();
            var places = _places!;
            var others = 0;
            var known = false;
            var i = First(tag, places.Length);
            for (; places[i] != Free; i = Next(i, places.Length))
            {
                if (TagAt(places[i]) != tag) continue;
                var other = (uint)places[i];
                if (other == row)
                {
                    // The pairs are looked at again, since something of the person changed.
                    known = true;
                    continue;
                }

                if (others < met.Length) met[others] = other;
                others = Math.Min(others + 1, met.Length);
            }

            if (known) return others;
            places[i] = ((ulong)tag << 32) | row;
            _taken++;
            return others;
        }

        public readonly RowRef[] Find(uint tag, int most)
        {
            if (_places is not { } places) return [];
            var found = new List<RowRef>();
            for (var i = First(tag, places.Length); places[i] != Free && found.Count < most; i = Next(i, places.Length))
            {
                if (TagAt(places[i]) == tag) found.Add(new RowRef((uint)places[i]));
            }

            return [.. found];
        }

        public readonly void Remove(uint tag, uint row)
        {
            if (_places is not { } places) return;
            for (var i = First(tag, places.Length); places[i] != Free; i = Next(i, places.Length))
            {
                if (places[i] == (((ulong)tag << 32) | row)) places[i] = Removed;
            }
        }

        private void Grow()
        {
            var old = _places ?? [];
            var places = new ulong[Math.Max(FirstPlaces, old.Length + (old.Length / 2))];
            _taken = 0;
            foreach (var place in old)
            {
                if (place is Free or Removed) continue;
                var i = First(TagAt(place), places.Length);
                while (places[i] != Free) i = Next(i, places.Length);
                places[i] = place;
                _taken++;
            }

            _places = places;
        }

        private static uint TagAt(ulong place) => (uint)(place >> 32);

        private static int First(uint tag, int places) => (int)(((ulong)tag * (uint)places) >> 32);

        private static int Next(int i, int places) => i + 1 == places ? 0 : i + 1;
    }
}
