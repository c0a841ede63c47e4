using System.Buffers;
using System.Buffers.Binary;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Grains.Contracts;
using Experience.Grains.Storage;

namespace Experience.Grains.People;

/// <summary>
/// What an active participant holds: the folded state, the ids that were counted, the ids that were voided. Pure: it is told what is new and
/// says what the state would be; nothing changes before <see cref="Commit"/>.
/// </summary>
/// <remarks>
/// State is the fold of the set of facts, so a snapshot of any version stands for ever: what comes later is folded on top, or everything
/// anew. Ids are kept as 64 bits: a stranger passes for a known one with probability n / 2^64 in a history of n.
/// </remarks>
internal sealed class Ledger
{
    /// <summary>Records after which a snapshot is due; longer histories are snapshotted when they grew by an eighth.</summary>
    public const int SnapshotEvery = 32;

    /// <summary>Facts from which on a person is busy: what came lately is kept besides, so that a late fact does not mean the whole history.</summary>
    private const int BusyFrom = 256;

    /// <summary>Facts that are kept of a busy person, at least half of them.</summary>
    private const int Recent = 64;

    private readonly IdSet _ids = new();
    private List<FactMessage>? _recent;
    private byte[] _base = [];
    private byte[]? _middle;
    private int _middleAt;
    private HashSet<UInt128>? _voids;
    private long _snapshotAt;

    /// <summary>Records of the stream.</summary>
    public long Version { get; private set; }

    /// <summary>Canonical state; empty for somebody of whom nothing is known.</summary>
    public byte[] State { get; private set; } = [];

    /// <summary>Earliest live fact, µs; 0 when none was live.</summary>
    public long LiveSince { get; private set; }

    /// <summary>Smallest time of a fact, µs; <see cref="long.MaxValue"/> when there is none.</summary>
    public long FirstAt { get; private set; } = long.MaxValue;

    public long LastAt { get; private set; } = long.MinValue;

    /// <summary>The person was erased: nothing personal is taken any more, whatever a source goes on sending.</summary>
    public bool Erased { get; private set; }

    public bool Knows(UInt128 id) => _ids.Contains((ulong)id);

    public bool SnapshotDue(long version) => version - _snapshotAt >= Math.Max(SnapshotEvery, _snapshotAt / 8);

    /// <summary>
    /// Folds new facts on top of the state; null when one is late or voids what was folded, so that everything has to be folded anew.
    /// </summary>
    public byte[]? TryFold(string source, IReadOnlyList<FactMessage> added, CivilZone zone)
    {
        var voided = Targets(source, added);
        if (voided is not null && (voided.Any(Knows) || added.Any(f => voided.Contains(f.Event)))) return null;
        var scratch = Scratch.Of();
        Read(scratch.State, State);
        if (TryFold(scratch.State, added, zone)) return scratch.Encode(scratch.State);

        // Late, and does not commute: from before what came lately, with that and the new ones in their order.
        if (_recent is null || voided is not null) return null;
        Read(scratch.State, _base);
        return TryFold(scratch.State, [.. _recent, .. added], zone) ? scratch.Encode(scratch.State) : null;
    }

    /// <summary>Folds all facts anew: the whole history with the new ones, in the order of their stamps, voided ones left out.</summary>
    public byte[] Refold(string source, IEnumerable<FactMessage> history, IReadOnlyList<FactMessage> added, CivilZone zone)
    {
        var voided = Targets(source, added);
        var scratch = Scratch.Of();
        var state = scratch.State;
        state.Clear();
        foreach (var fact in Ordered(history.Concat(added).Where(f => !Skips(f, voided)))) PersonFold.Apply(state, View(fact), zone);
        return scratch.Encode(state);
    }

    /// <summary>What was planned is durable.</summary>
    public void Commit(string source, IReadOnlyList<FactMessage> added, byte[] state)
    {
        Remember(added);
        foreach (var fact in added) Note(source, fact);
        Version += added.Count;
        State = state;
    }

    // The base is the fold of everything before the facts that are kept; a void may reach behind it, and an erasure changes all of it.
    private void Remember(IReadOnlyList<FactMessage> added)
    {
        if (Version < BusyFrom) return;
        if (added.Any(static f => f.Type == EventTypes.EventVoided.Code || f.Type == EventTypes.ParticipantErased.Code))
        {
            (_recent, _middle) = (null, null);
            return;
        }

        if (_recent is null)
        {
            (_recent, _base) = ([], State);
        }
        else if (_middle is null && _recent.Count >= Recent / 2)
        {
            (_middle, _middleAt) = (State, _recent.Count);
        }
        else if (_middle is not null && _recent.Count >= Recent)
        {
            _base = _middle;
            _recent.RemoveRange(0, _middleAt);
            (_middle, _middleAt) = (State, _recent.Count);
        }

        _recent.AddRange(added);
    }

    public void SnapshotTaken() => _snapshotAt = Version;

    /// <summary>The earliest live fact if these were added.</summary>
    public long LiveSinceWith(IReadOnlyList<FactMessage> added)
    {
        var since = LiveSince;
        foreach (var fact in added)
        {
            if (fact.Live && RunsClocks(fact) && (since == 0 || fact.Time < since)) since = fact.Time;
        }

        return since;
    }

    /// <summary>The ledger of one stream as the store has it.</summary>
    public static Ledger Load(StoredPerson person, string source, Sealer? sealer, CivilZone zone)
    {
        var ledger = new Ledger();
        if (sealer is null && person.Snapshot is not null) throw new InvalidDataException("A snapshot stands without its key.");
        if (person.Snapshot is { } snapshot && sealer is not null) ledger.Take(sealer.Open(person.Stream, Snapshots.About, Snapshots.Body(snapshot)));
        ledger._snapshotAt = ledger.Version = person.Snapshot is null ? 0 : Snapshots.Version(person.Snapshot);

        // A snapshot may be from when the newest guardian only was kept. Children with a history that is long enough for one are few: theirs is folded anew.
        ledger.Incomplete = ledger._snapshotAt > 0 && ledger.HasGuardian();
        if (person.Tail.Length == 0) return ledger;
        var tail = Array.ConvertAll(person.Tail, r => Read(person.Stream, r, sealer));
        foreach (var fact in tail) ledger.Note(source, fact);

        // With all ids and voids noted the tail folds on top of the snapshot, unless it is late or voids what the snapshot holds.
        var state = ledger._snapshotAt == 0 ? ledger.Refold(source, tail, [], zone) : ledger.FoldTail(source, tail, zone);
        ledger.Version += tail.Length;
        ledger.State = state ?? [];
        ledger.Incomplete |= state is null;
        return ledger;
    }

    /// <summary>The tail could not be folded on the snapshot: <see cref="Complete"/> needs the whole history.</summary>
    public bool Incomplete { get; private set; }

    public void Complete(string source, IEnumerable<FactMessage> history, CivilZone zone)
    {
        State = Refold(source, history, [], zone);
        Incomplete = false;
    }

    /// <summary>What merges and unmerges says whose facts are folded: no clock runs by it, so a merge by rule leaves an imported history what it is.</summary>
    public static bool RunsClocks(FactMessage fact) => !PersonFold.Links(EventTypes.Of(fact.Type));

    /// <summary>Whether stored records hold an erasure: to be known before anything of them is opened.</summary>
    public static bool HoldsErasure(byte[][] records) => Array.Exists(records, r => new RecordReader(r).Type == EventTypes.ParticipantErased);

    /// <summary>The fact as it is folded and kept for somebody who was erased.</summary>
    public static FactMessage Strip(FactMessage fact) =>
        fact with { Personal = PersonalTraces.FieldsOf(PersonalTraces.Of(EventTypes.Of(fact.Type), fact.Personal)).ToArray() };

    public static FactMessage Read(UInt128 stream, ReadOnlySpan<byte> stored, Sealer? sealer)
    {
        var record = new RecordReader(stored);
        return new FactMessage(record.Type.Code, record.Time, record.Event, record.Clear.ToArray(), record.Personal(stream, sealer), record.Live);
    }

    /// <summary>A sealed snapshot of the ledger if these facts were added.</summary>
    public byte[] Snapshot(UInt128 stream, string source, IReadOnlyList<FactMessage> added, byte[] state, Sealer sealer)
    {
        var ids = new List<ulong>(_ids.Count + added.Count);
        _ids.CopyTo(ids);
        foreach (var fact in added) ids.Add((ulong)fact.Event);
        HashSet<UInt128> voids = [.. _voids ?? []];
        if (Targets(source, added) is { } targets) voids.UnionWith(targets);
        var body = new byte[24 + 4 + (ids.Count * 8) + 4 + (voids.Count * 16) + state.Length];
        var rest = body.AsSpan();
        BinaryPrimitives.WriteInt64LittleEndian(rest, LiveSinceWith(added));
        BinaryPrimitives.WriteInt64LittleEndian(rest[8..], added.Where(RunsClocks).Aggregate(FirstAt, static (first, f) => Math.Min(first, f.Time)));
        BinaryPrimitives.WriteInt64LittleEndian(rest[16..], added.Where(RunsClocks).Aggregate(LastAt, static (last, f) => Math.Max(last, f.Time)));
        BinaryPrimitives.WriteInt32LittleEndian(rest[24..], ids.Count);
        rest = rest[28..];
        foreach (var id in ids)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, id);
            rest = rest[8..];
        }

        BinaryPrimitives.WriteInt32LittleEndian(rest, voids.Count);
        rest = rest[4..];
        foreach (var id in voids)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(rest, id);
            rest = rest[16..];
        }

        state.CopyTo(rest);
        return Snapshots.Write(Version + added.Count, sealer.Seal(stream, Snapshots.About, body));
    }

    private void Take(ReadOnlySpan<byte> body)
    {
        LiveSince = BinaryPrimitives.ReadInt64LittleEndian(body);
        FirstAt = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
        LastAt = BinaryPrimitives.ReadInt64LittleEndian(body[16..]);
        var ids = BinaryPrimitives.ReadInt32LittleEndian(body[24..]);
        body = body[28..];
        _ids.EnsureCapacity(ids);
        for (; ids > 0; ids--, body = body[8..]) _ids.Add(BinaryPrimitives.ReadUInt64LittleEndian(body));
        var voids = BinaryPrimitives.ReadInt32LittleEndian(body);
        body = body[4..];
        for (; voids > 0; voids--, body = body[16..]) (_voids ??= []).Add(BinaryPrimitives.ReadUInt128LittleEndian(body));
        State = body.ToArray();
    }

    private bool HasGuardian()
    {
        var scratch = Scratch.Of();
        Read(scratch.State, State);
        return scratch.State.Profile.HasGuardian;
    }

    private byte[]? FoldTail(string source, FactMessage[] tail, CivilZone zone)
    {
        // Whether a target stands in the snapshot cannot be told from the tail's own: then everything is folded anew.
        if (Targets(source, tail) is not null) return null;
        var scratch = Scratch.Of();
        Read(scratch.State, State);
        return TryFold(scratch.State, tail, zone) ? scratch.Encode(scratch.State) : null;
    }

    // In the order of the stamps; false when one is late and cannot be folded on top.
    private bool TryFold(PersonState state, IReadOnlyList<FactMessage> added, CivilZone zone)
    {
        foreach (var fact in InOrder(added) ? added : [.. Ordered(added)])
        {
            if (Skips(fact, null)) continue;
            var view = View(fact);
            if (state.Facts == 0 || view.Stamp > state.Last) PersonFold.Apply(state, view, zone);
            else if (!PersonFold.TryApplyLate(state, view, zone)) return false;
        }

        return true;
    }

    private static bool InOrder(IReadOnlyList<FactMessage> facts)
    {
        for (var i = 1; i < facts.Count; i++)
        {
            var (one, next) = (facts[i - 1], facts[i]);
            if (one.Time > next.Time || (one.Time == next.Time && one.Event > next.Event)) return false;
        }

        return true;
    }

    private void Note(string source, FactMessage fact)
    {
        _ids.Add((ulong)fact.Event);
        if (RunsClocks(fact))
        {
            FirstAt = Math.Min(FirstAt, fact.Time);
            LastAt = Math.Max(LastAt, fact.Time);
            if (fact.Live && (LiveSince == 0 || fact.Time < LiveSince)) LiveSince = fact.Time;
        }

        if (fact.Type == EventTypes.EventVoided.Code) (_voids ??= []).Add(VoidTarget.Of(View(fact), source));
        Erased |= fact.Type == EventTypes.ParticipantErased.Code;
    }

    private bool Skips(FactMessage fact, HashSet<UInt128>? voided) =>
        (_voids is not null || voided is not null) && PersonFold.CanBeVoided(EventTypes.Of(fact.Type)) && (_voids?.Contains(fact.Event) == true || voided?.Contains(fact.Event) == true);

    private static HashSet<UInt128>? Targets(string source, IReadOnlyList<FactMessage> facts)
    {
        HashSet<UInt128>? targets = null;
        foreach (var fact in facts)
        {
            if (fact.Type == EventTypes.EventVoided.Code) (targets ??= []).Add(VoidTarget.Of(View(fact), source));
        }

        return targets;
    }

    private static IEnumerable<FactMessage> Ordered(IEnumerable<FactMessage> facts) => facts.OrderBy(f => f.Time).ThenBy(f => f.Event);

    public static FactView View(FactMessage fact) => new(EventTypes.Of(fact.Type), fact.Time, fact.Event, fact.Clear, fact.Personal);

    private static void Read(PersonState state, byte[] stored)
    {
        if (stored.Length == 0) state.Clear();
        else state.Read(stored);
    }
}

/// <summary>The stored form of a snapshot. Layout 1: version byte, records it covers (8), sealed body.</summary>
internal static class Snapshots
{
    public static readonly UInt128 About = UInt128.MaxValue - 1;

    /// <summary>In the place of a snapshot: the one that stands is deleted.</summary>
    public static readonly byte[] Drop = "x"u8.ToArray();

    public static byte[] Write(long version, byte[] hidden)
    {
        var stored = new byte[9 + hidden.Length];
        stored[0] = 1;
        BinaryPrimitives.WriteInt64LittleEndian(stored.AsSpan(1), version);
        hidden.CopyTo(stored, 9);
        return stored;
    }

    public static long Version(ReadOnlySpan<byte> stored) =>
        stored[0] == 1 ? BinaryPrimitives.ReadInt64LittleEndian(stored[1..]) : throw new InvalidDataException("A snapshot of another version.");

    public static ReadOnlySpan<byte> Body(ReadOnlySpan<byte> stored) => stored[9..];
}

/// <summary>The id of the event that a void undoes: (target source, or the void's own source; target id).</summary>
internal static class VoidTarget
{
    public static UInt128 Of(in FactView view, string source)
    {
        string? target = null;
        var fields = new FieldReader(view.Clear);
        while (fields.Next())
        {
            if (fields.Number == Fields.TargetSource.Number) source = fields.Text;
            else if (fields.Number == Fields.TargetId.Number) target = fields.Text;
        }

        return target is null ? UInt128.Zero : Fact.IdOf(source, target);
    }
}

/// <summary>A state to fold in and bytes to encode to, one a thread: folding never awaits, so nobody else can be in between.</summary>
internal sealed class Scratch
{
    [ThreadStatic]
    private static Scratch? _mine;

    private readonly ArrayBufferWriter<byte> _bytes = new(16 * 1024);

    public PersonState State { get; } = new();

    public static Scratch Of() => _mine ??= new Scratch();

    public byte[] Encode(PersonState state)
    {
        _bytes.ResetWrittenCount();
        state.Write(_bytes);
        return _bytes.WrittenSpan.ToArray();
    }
}
