using System.Collections.Concurrent;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Voice;
using Experience.Embedded.Journal;
using Experience.Embedded.Keys;
using Experience.Embedded.Memory;
using Experience.Embedded.Persons;
using Experience.Embedded.Search;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Loops;

/// <summary>
/// What the shards of one loop share: the person being worked on, scratch memory, the block writer, the reader of
/// histories. Neighbouring facts of one person are folded into one decoded state, and assessed once.
/// </summary>
internal sealed class LoopContext : IDisposable
{
    private readonly FixedBuffer _encoded = new(16 * 1024);
    private readonly PersonState _cold = new();
    private readonly Sealer _otherSealer;
    private byte[] _plain = new byte[8 * 1024];
    private Shard? _shard;
    private int _row;

    public LoopContext(int loop, EngineParts parts, NativeHeap heap)
    {
        Waiting = new WaitingFacts(heap);
        Snapshots = new ByteArena(heap);
        State = _cold;
        Keys = parts.Keys;
        Sources = parts.Sources;
        Names = parts.Names;
        Clocks = parts.Clocks;
        Parts = parts;
        History = new History(parts.Journal, History.BlocksOfLoop);
        Sealer = new Sealer(parts.Keys, remember: true);
        _otherSealer = new Sealer(parts.Keys);
        Writer = new BlockWriter(loop, parts.BlockIds, parts.Journal.LastBlock, History, Sealer);
    }

    public EngineParts Parts { get; }

    public KeyStore Keys { get; }

    public SourceTable Sources { get; }

    public NameTable Names { get; }

    public SourceClocks Clocks { get; }

    public History History { get; }

    public Sealer Sealer { get; }

    public BlockWriter Writer { get; }

    public HashSet<ulong> KnownNames { get; } = [];

    public List<int> NewSlots { get; } = [];

    /// <summary>People whose erasure was recorded since the last hand-over: their secrets go when it is durable.</summary>
    public List<ErasedPerson> Erased { get; } = [];

    /// <summary>The person being worked on; valid between <see cref="Begin"/> and <see cref="Flush"/>.</summary>
    public PersonState State { get; private set; }

    /// <summary>Whether <see cref="State"/> is one of those that stay decoded.</summary>
    public bool IsHot => !ReferenceEquals(State, _cold);

    public HotStates Hot { get; } = new();

    /// <summary>States of snapshots: they come and go by the thousand a second, and would have the collector copy each of them.</summary>
    public ByteArena Snapshots { get; }

    /// <summary>What is recorded and not folded yet.</summary>
    public WaitingFacts Waiting { get; }

    /// <summary>The facts of one person that waited, to be sorted.</summary>
    public List<(Domain.Events.Stamp Stamp, UInt128 Id, uint At)> Waited { get; } = [];

    public PersonState Scratch { get; } = new();

    public Assessed Assessed { get; } = new();

    /// <summary>Whether facts of people whom nobody watches are folded later, once for many takes: see <see cref="EventLoop"/>.</summary>
    public bool Defers { get; set; }

    /// <summary>When the take at hand was begun, as <see cref="System.Diagnostics.Stopwatch"/> reads.</summary>
    public long TakenAt { get; set; }

    /// <summary>Whether the facts at hand may have changed what the person adds to sections.</summary>
    public bool SectionsTouched { get; private set; }

    /// <summary>What the person added to sections before the facts at hand, and adds after them.</summary>
    public List<SectionContribution> SectionsBefore { get; } = [];

    public List<SectionContribution> SectionsAfter { get; } = [];

    public FactPages Pages { get; } = new();

    /// <summary>Pages of long refolds, to be used again.</summary>
    public Stack<FactPages> Spare { get; } = new();

    public CivilZone Zone { get; set; } = CivilZone.Utc;

    /// <summary>The program that rows are assessed by; changes between batches only.</summary>
    public required Domain.Programs.ProgramSnapshot Program { get; set; }

    /// <summary>Now, µs since 1970, taken once a batch.</summary>
    public long Now { get; set; }

    /// <summary>Folding what is in the journal already: nothing is written.</summary>
    public bool Replaying { get; set; }

    /// <summary>Who the person is may have changed: the search index is told when the person is stored.</summary>
    public bool ProfileChanged { get; set; }

    /// <summary>A fact was recorded for a stream that is linked: its batch waits until who belongs together is settled.</summary>
    public bool Unsettled { get; set; }

    public FixedBuffer ObservationFields { get; } = new(256);

    public ulong DirtyShards { get; set; }

    public Counts Counts { get; set; } = Counts.None;

    public long Refolds { get; set; }

    /// <summary>Steps of long refolds.</summary>
    public long RefoldSteps { get; set; }

    /// <summary>Most facts that were folded anew while the loop was held for them.</summary>
    public int LongestHold { get; set; }

    /// <summary>People who wait to be folded anew, the one who waits longest first; an entry of somebody who is right already is passed over.</summary>
    public Queue<(Shard Shard, int Row, long Since)> Stale { get; } = [];

    /// <summary>Notes that a shard has records in the open segment.</summary>
    public void Wrote(Shard shard) => DirtyShards |= 1UL << shard.Index;

    /// <summary>Makes a person the one being worked on.</summary>
    public void Begin(Shard shard, int row)
    {
        if (IsAtWork(shard, row)) return;
        Flush();
        _shard = shard;
        _row = row;
        Decode(shard, row, Hot.Visit(shard, row));
        SectionsBefore.Clear();
        SectionsTouched = false;
        if (shard.IsWaiting(row)) shard.TakeWaiting(this, row);
    }

    public bool IsAtWork(Shard shard, int row) => _row == row && ReferenceEquals(_shard, shard);

    /// <summary>To be called before a change of what the person at work adds to sections.</summary>
    public void TouchSections()
    {
        if (SectionsTouched) return;
        SectionsTouched = true;
        if (_shard!.Measures(_row).Segments != 0) Assessor.Sections(State, SectionsBefore);
    }

    /// <summary>Folds what waits of a person, stores and assesses; nothing when nothing waits.</summary>
    public void FoldWaiting(Shard shard, int row)
    {
        if (!shard.IsWaiting(row)) return;
        Flush();
        Now = Parts.Now();
        Begin(shard, row);
        Flush();
    }

    /// <summary>Stores the person being worked on, and assesses.</summary>
    public void Flush()
    {
        if (_shard is not { } shard) return;
        _shard = null;
        shard.Store(this, _row);
    }

    /// <summary>Makes <see cref="State"/> that of a person who is only looked at.</summary>
    public void Look(Shard shard, int row)
    {
        Flush();
        Decode(shard, row, Hot.Find(shard, row));
    }

    /// <summary>Forgets the person being worked on without storing. The shard is loaded again.</summary>
    public void Abandon() => _shard = null;

    private void Decode(Shard shard, int row, PersonState? hot)
    {
        State = hot ?? _cold;
        if (hot is null) _cold.Read(shard.FoldedBytes(row));
    }

    /// <summary>The stored form of a state, valid until the next call.</summary>
    public ReadOnlySpan<byte> Encode(PersonState state)
    {
        _encoded.Clear();
        state.Write(_encoded);
        return _encoded.Written;
    }

    /// <summary>The whole unsealed part of a record, valid until the next call; empty when there is none, or the person was erased.</summary>
    public ReadOnlySpan<byte> Open(in RecordView record, int slot) => Open(record, slot, Sealer);

    private ReadOnlySpan<byte> Open(in RecordView record, int slot, Sealer sealer)
    {
        ref readonly var header = ref record.Header;
        if (header.SealedLength == 0) return default;
        var length = header.SealedLength - Sealer.TagSize;
        if (_plain.Length < length) _plain = new byte[length * 2];
        var plain = _plain.AsSpan(0, length);
        return sealer.Open(slot, header.Stream, header.Id, record.NonceBase, Position.Offset(record.Position), record.Sealed, plain) ? plain : default;
    }

    /// <summary>The personal fields of a record; where the person was erased, what folds alike and names nobody.</summary>
    public ReadOnlySpan<byte> Personal(in RecordView record, int slot) => Personal(record, slot, Sealer);

    /// <summary>The same of a stream that another loop may own: nothing is kept beside its secret, which only its owner does.</summary>
    public ReadOnlySpan<byte> PersonalOfOther(in RecordView record, int slot) => Personal(record, slot, _otherSealer);

    private ReadOnlySpan<byte> Personal(in RecordView record, int slot, Sealer sealer)
    {
        if (Keys.Secret(slot) == UInt128.Zero) return PersonalTraces.FieldsOf(RecordFlagBits.TracesOf(record.Header.Flags));
        ReadOnlySpan<byte> plain = Open(record, slot, sealer);
        if ((record.Header.Flags & RecordFlags.Opening) == 0 || plain.IsEmpty) return plain;
        var length = (int)Varint.Read(ref plain);
        return plain[length..];
    }

    public void Dispose()
    {
        History.Dispose();
        Snapshots.Dispose();
        Sealer.Dispose();
        _otherSealer.Dispose();
    }
}

/// <summary>Somebody whose data were erased, and the slot of the secret that has to go.</summary>
internal readonly record struct ErasedPerson(UInt128 Stream, int KeySlot);

/// <summary>What all loops share; each part says itself who may touch it.</summary>
internal sealed record EngineParts(
    IJournal Journal,
    KeyStore Keys,
    SourceTable Sources,
    NameTable Names,
    SourceClocks Clocks,
    BlockIds BlockIds,
    SearchIndex Search,
    TimeProvider Time,
    SipHash Streams)
{
    /// <summary>People of several streams.</summary>
    public PersonTable People { get; } = new();

    /// <summary>Who shares an e-mail address, a phone, a number.</summary>
    public IdentityIndex Identities { get; } = new(Streams);

    /// <summary>Streams of people whose data were erased, durably. Written by committer and loader, read by any thread.</summary>
    public ConcurrentDictionary<UInt128, bool> Erased { get; } = [];

    /// <summary>The stream of a (source, key): a keyed hash, so that it says nothing of them and no look-up creates it.</summary>
    public UInt128 StreamOf(string source, string key)
    {
        if (key.Length == 0) return ProgramOwner.Stream;
        return Voices.StreamOf(Streams.Pair(source, key), key);
    }

    /// <summary>µs since 1970 UTC.</summary>
    public long Now() => (Time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>What changes of segments' rules moved.</summary>
    public SegmentSwitches Switches { get; } = new();
}
