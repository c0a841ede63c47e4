using Experience.Domain.Assessments;
using Experience.Domain.Cards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Embedded.Journal;
using Experience.Embedded.Keys;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Loops;

/// <summary>
/// Reads one person's history and builds views of it, on any thread but one at a time: loops hand out a copy of the state and the position of the newest
/// durable record, so a long history never holds a loop.
/// </summary>
internal sealed class PersonReader(EngineParts parts) : IDisposable
{
    private readonly History _history = new(parts.Journal, History.BlocksOfReader);
    private readonly Sealer _sealer = new(parts.Keys);
    private byte[] _plain = new byte[8 * 1024];

    public PersonState State { get; } = new();

    public Assessed Assessed { get; } = new();

    /// <summary>The newest facts back from a position, at most <paramref name="limit"/>, in the order of the chain.</summary>
    public List<JourneyFact> Read(IReadOnlyList<Chain> chains, int limit)
    {
        var facts = new List<JourneyFact>();
        var voids = new HashSet<UInt128>();
        foreach (var chain in chains) Read(chain, chains.Count == 1 ? limit : facts.Count + Math.Max(1, limit / chains.Count), facts, voids);
        if (voids.Count == 0) return facts;
        for (var i = 0; i < facts.Count; i++)
        {
            if (Domain.People.PersonFold.CanBeVoided(facts[i].Type) && voids.Contains(facts[i].Id)) facts[i] = facts[i] with { Voided = true };
        }

        return facts;
    }

    private void Read(Chain chain, int limit, List<JourneyFact> facts, HashSet<UInt128> voids)
    {
        _history.Walk(chain.Stream, chain.Last, 0, dense: limit > 64, (in RecordView record) =>
        {
            ref readonly var header = ref record.Header;
            if ((header.Flags & RecordFlags.Observation) != 0) return true;
            var type = EventTypes.Of(header.Type);
            var source = parts.Sources.Name(header.Source);
            var personal = Personal(record, chain.KeySlot);
            if (type == EventTypes.EventVoided) voids.Add(Voids.TargetOf(new FactView(type, header.Time, header.Id, record.Clear, personal), source));
            facts.Add(new JourneyFact(header.Id, type, header.Time, record.Clear.ToArray(), personal.ToArray(), source, false));
            return facts.Count < limit;
        });
    }

    /// <summary>What streams would fold to as one person: all of their facts in one order, each id once, voided ones left out.</summary>
    /// <param name="chains">In the order of their names: of an event that was sent under two keys the first one's counts.</param>
    public byte[] Fold(IReadOnlyList<Chain> chains, CivilZone zone, CancellationToken cancellation)
    {
        // Not kept: histories that are looked at so are few, and may be long.
        var pages = new FactPages();
        HashSet<UInt128> ids = [], voids = [];
        for (var rank = 0; rank < chains.Count; rank++)
        {
            var (chain, place) = (chains[rank], rank);
            _history.Walk(chain.Stream, chain.Last, 0, dense: true, (in RecordView record) =>
            {
                cancellation.ThrowIfCancellationRequested();
                ref readonly var header = ref record.Header;
                var type = EventTypes.Of(header.Type);
                if ((header.Flags & RecordFlags.Observation) != 0 || !PersonFold.Folds(type)) return true;
                if (type == EventTypes.EventVoided) voids.Add(Voids.TargetOf(new FactView(type, header.Time, header.Id, record.Clear, default), parts.Sources.Name(header.Source)));
                pages.Add(record.Position, header.Type, header.Time, header.Id, record.Clear, PersonFold.ReadsPersonal(type) ? Personal(record, chain.KeySlot) : default, place);
                return true;
            });
        }

        pages.Sort();
        State.Clear();
        for (var i = 0; i < pages.Count; i++)
        {
            if (ids.Add(pages[i].Id) && !(PersonFold.CanBeVoided(pages[i].Type) && voids.Contains(pages[i].Id))) PersonFold.Apply(State, pages[i], zone);
        }

        var output = new Memory.FixedBuffer(4096);
        State.Write(output);
        return output.Written.ToArray();
    }

    /// <summary>
    /// A page of the whole history in the order of time, newest first: the chain is in order of arrival, so every page looks at all headers, holds
    /// the page and no more, and opens what it shows.
    /// </summary>
    /// <param name="before">Only what stands before this place; null from the newest.</param>
    public (List<JourneyFact> Facts, JourneyPlace? Next) Page(IReadOnlyList<Chain> chains, JourneyPlace? before, int limit)
    {
        // The queue gives up its oldest.
        var newest = new PriorityQueue<(JourneyPlace Place, int Chain), JourneyPlace>();
        var voids = new HashSet<UInt128>();
        for (var c = 0; c < chains.Count; c++)
        {
            var number = c;
            _history.Walk(chains[c].Stream, chains[c].Last, 0, dense: true, (in RecordView record) =>
            {
                ref readonly var header = ref record.Header;
                if (header.Type == EventTypes.EventVoided.Code)
                    voids.Add(Voids.TargetOf(new FactView(EventTypes.EventVoided, header.Time, header.Id, record.Clear, default), parts.Sources.Name(header.Source)));
                var place = new JourneyPlace(header.Stamp, record.Position);
                if (before is { } end && place.CompareTo(end) >= 0) return true;
                newest.Enqueue((place, number), place);
                if (newest.Count > limit + 1) newest.Dequeue();
                return true;
            });
        }

        var more = newest.Count > limit;
        if (more) newest.Dequeue();
        var facts = new List<JourneyFact>(newest.Count);
        JourneyPlace? next = more ? newest.Peek().Place : null;
        while (newest.TryDequeue(out var found, out _))
        {
            var chain = chains[found.Chain];
            _history.Walk(chain.Stream, found.Place.Position, 0, dense: false, (in RecordView record) =>
            {
                ref readonly var header = ref record.Header;
                var type = EventTypes.Of(header.Type);
                facts.Add(new JourneyFact(
                    header.Id, type, header.Time, record.Clear.ToArray(), Personal(record, chain.KeySlot).ToArray(), parts.Sources.Name(header.Source), PersonFold.CanBeVoided(type) && voids.Contains(header.Id)));
                return false;
            });
        }

        facts.Reverse();
        return (facts, next);
    }

    /// <summary>Counts a person's records, those with a sealed part, and those whose sealed part can be opened.</summary>
    public (long Records, long Sealed, long Readable) CountSealed(IReadOnlyList<Chain> chains)
    {
        long records = 0, withSealed = 0, readable = 0;
        foreach (var chain in chains)
        {
            _history.Walk(chain.Stream, chain.Last, 0, dense: true, (in RecordView record) =>
            {
                records++;
                if (record.Header.SealedLength == 0) return true;
                withSealed++;
                if (parts.Keys.Secret(chain.KeySlot) != UInt128.Zero && !Personal(record, chain.KeySlot).IsEmpty) readable++;
                return true;
            });
        }

        return (records, withSealed, readable);
    }

    public void Dispose()
    {
        _history.Dispose();
        _sealer.Dispose();
    }

    private ReadOnlySpan<byte> Personal(in RecordView record, int slot)
    {
        ref readonly var header = ref record.Header;
        if (header.SealedLength == 0) return default;
        var length = header.SealedLength - Sealer.TagSize;
        if (_plain.Length < length) _plain = new byte[length * 2];
        var plain = _plain.AsSpan(0, length);
        if (!_sealer.Open(slot, header.Stream, header.Id, record.NonceBase, Position.Offset(record.Position), record.Sealed, plain)) return default;
        ReadOnlySpan<byte> fields = plain;
        if ((header.Flags & RecordFlags.Opening) == 0) return fields;
        var key = (int)Varint.Read(ref fields);
        return fields[key..];
    }
}

/// <summary>The records of one stream, from its newest one back.</summary>
internal readonly record struct Chain(UInt128 Stream, long Last, int KeySlot);

/// <summary>A record's place in a journey: by time, and where two are of one stamp by arrival.</summary>
internal readonly record struct JourneyPlace(Stamp Stamp, long Position) : IComparable<JourneyPlace>
{
    public int CompareTo(JourneyPlace other) => Stamp != other.Stamp ? Stamp.CompareTo(other.Stamp) : Position.CompareTo(other.Position);

    public static JourneyPlace? Parse(string? text)
    {
        const System.Globalization.NumberStyles hex = System.Globalization.NumberStyles.AllowHexSpecifier;
        var parts = text?.Split('.') ?? [];
        if (parts.Length != 3 || !long.TryParse(parts[0], out var time)) return null;
        return ulong.TryParse(parts[1], hex, null, out var tie) && long.TryParse(parts[2], hex, null, out var position) ? new JourneyPlace(new Stamp(time, tie), position) : null;
    }

    public override string ToString() => $"{Stamp.Time}.{Stamp.Tie:x}.{Position:x}";
}

/// <summary>Readers that wait for the next question.</summary>
internal sealed class PersonReaders(EngineParts parts) : IDisposable
{
    /// <summary>Readers kept; each holds a connection and a megabyte of blocks.</summary>
    private const int MaxKept = 4;

    private readonly Stack<PersonReader> _free = [];
    private bool _closed;

    public T Use<T>(Func<PersonReader, T> use)
    {
        PersonReader? reader;
        lock (_free) _free.TryPop(out reader);
        reader ??= new PersonReader(parts);
        var keep = false;
        try
        {
            var result = use(reader);
            keep = true;
            return result;
        }
        finally
        {
            lock (_free)
            {
                if (keep && !_closed && _free.Count < MaxKept) _free.Push(reader);
                else reader.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_free)
        {
            _closed = true;
            foreach (var reader in _free) reader.Dispose();
            _free.Clear();
        }
    }
}
