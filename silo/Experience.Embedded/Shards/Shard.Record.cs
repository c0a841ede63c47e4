using System.Diagnostics;
using System.Text;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Voice;
using Experience.Embedded.Journal;
using Experience.Embedded.Loops;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Shards;

internal sealed partial class Shard
{
    /// <summary>
    /// A person with fewer facts is folded anew at once when a fact comes late. Longer histories wait for their turn (<see cref="LoopContext.Stale"/>), so that a busy person
    /// with many late facts is folded once for all of them; until then the state is that of before. Who asks for the person has it folded first.
    /// </summary>
    private const int RefoldAtOnce = 32;

    /// <summary>
    /// Bytes of snapshots a shard, 128 MiB a folder; beyond it everybody but the one at hand keeps one, and where that is not enough only those whose histories are twice as long as
    /// before keep any (<see cref="_snapshotsFrom"/>): many histories are short, and quick to fold without.
    /// </summary>
    private const long MaxSnapshotBytes = 2 * 1024 * 1024;

    private const long MostSnapshotsFrom = 1 << 20;

    private const long MicrosARecord = 5;

    /// <summary>µs that a refold may hold its loop, some 500 records: a longer one is done in steps.</summary>
    private const long LongRefoldCost = 2_500;

    private long _snapshotBytes;

    /// <summary>Facts from which a person has snapshots.</summary>
    private long _snapshotsFrom = RefoldAtOnce;

    /// <summary>
    /// Records one fact: known already? then a duplicate; else appended to the loop's block and folded. What it changes is
    /// seen by nobody before the block is committed.
    /// </summary>
    public RecordOutcome Record(LoopContext cx, Fact fact, UInt128 stream)
    {
        var row = _table.Find(stream);
        if (row >= 0 && Known(cx, row, fact.Id)) return RecordOutcome.Duplicate;
        var source = cx.Sources.Number(fact.Source);
        if (source == 0) return RecordOutcome.Refused;
        if (PersonFold.Links(fact.Type) && HasTooManyLinks(cx, stream)) return RecordOutcome.Refused;
        var traces = PersonalTraces.Of(fact.Type, fact.Personal.Span);
        var personal = fact.Personal.Span;
        var clear = PersonFold.Links(fact.Type) ? LinkBytes.Append(fact.Clear.Span, LinkBytes.Other(cx.Parts, fact.Source, fact.Clear.Span, personal)) : fact.Clear.Span;
        var header = new RecordHeader
        {
            Type = fact.Type.Code,
            Flags = (fact.Live ? RecordFlags.Live : RecordFlags.None) | RecordFlagBits.Of(traces),
            Source = (ushort)source,
            Time = fact.Time,
            Id = fact.Id,
            Stream = stream,
        };
        cx.Counts = cx.Counts.Fact(fact.Time, newPerson: row < 0 && !Voices.IsVoice(stream));
        long position;
        if (row < 0)
        {
            var slot = cx.Keys.Create();
            cx.NewSlots.Add(slot);
            header.Flags |= RecordFlags.Opening;
            header.Previous = -slot;
            Span<byte> opening = stackalloc byte[EventLimits.MaxKeyLength * 4 + Varint.MaxBytes];
            var keyLength = Encoding.UTF8.GetByteCount(fact.Subject);
            var prefix = Varint.Write(opening, (ulong)keyLength);
            Encoding.UTF8.GetBytes(fact.Subject, opening[prefix..]);
            row = Create(stream, source, opening.Slice(prefix, keyLength), slot);
            if (cx.Parts.People.Expects(stream)) NoteUnsettled(cx, stream);
            position = cx.Writer.Append(header, clear, opening[..(prefix + keyLength)], fact.Personal.Span, slot);
        }
        else
        {
            header.Previous = _rows[row].Last;

            // Of somebody who was erased nothing personal is taken any more, whatever a source goes on sending.
            var erased = (_rows[row].Flags & StreamFlags.Erased) != 0;
            if (erased) personal = PersonalTraces.FieldsOf(traces);
            position = cx.Writer.Append(header, clear, default, erased ? default : personal, _rows[row].KeySlot);
        }

        cx.Names.Learn(fact.Clear.Span, cx.KnownNames);
        cx.Wrote(this);
        Fold(cx, row, new FactView(fact.Type, fact.Time, fact.Id, clear, personal), source, fact.Live, position);
        return RecordOutcome.Accepted;
    }

    /// <summary>Folds a committed record again, at a start or after a failed commit: one person's in the order of their positions, different people's in any.</summary>
    public void Replay(LoopContext cx, in RecordView record)
    {
        ref readonly var header = ref record.Header;
        var stream = header.Stream;
        var row = _table.Find(stream);
        var type = EventTypes.Of(header.Type);
        if (row < 0)
        {
            if ((header.Flags & RecordFlags.Opening) == 0) throw new InvalidDataException($"The record at {record.Position} continues a stream that never began.");
            var slot = (int)-header.Previous;
            var opened = cx.Open(record, slot);
            var key = opened;
            var length = opened.IsEmpty ? 0 : (int)Varint.Read(ref key);
            row = Create(stream, header.Source, key[..length], slot);
        }

        if ((header.Flags & RecordFlags.Observation) != 0)
        {
            _rows[row].Last = record.Position;
            LastPosition = Math.Max(LastPosition, record.Position);
            Tail++;
            ReplayObservation(row, type, header.Time, record.Clear);
            return;
        }

        // Unsealing costs more than all the rest.
        var personal = PersonFold.ReadsPersonal(type) ? cx.Personal(record, SlotOf(_rows[row])) : default;
        Fold(cx, row, new FactView(type, header.Time, header.Id, record.Clear, personal), header.Source, (header.Flags & RecordFlags.Live) != 0, record.Position);
    }

    private void Fold(LoopContext cx, int row, in FactView view, int source, bool live, long position)
    {
        ref var r = ref _rows[row];
        var united = IsApart(row);
        var waits = !united && MayWait(cx, row, view);
        if (!united && !waits)
        {
            cx.Begin(this, row);
            if (Assessor.TouchesSections(view.Type)) cx.TouchSections();
        }

        r.Events++;
        // Before the record is the last one: ids that are kept from now on begin with it.
        if (r.Events >= HeavyPerson.Threshold) IdsOf(row, HeavyOf(row)).Add(view.Id);
        r.Last = position;
        LastPosition = Math.Max(LastPosition, position);
        Events++;
        Tail++;
        _bloom.Add(view.Id);
        _recent.Add(view.Id ^ r.Stream);
        if (PersonFold.Links(view.Type))
        {
            // It says whose facts are folded. No clock runs by it, so a merge by rule leaves an imported history what it is.
            NoteLink(cx, r.Stream, view, source);
            if (!united && r.Events == 1) cx.ProfileChanged = true;
            return;
        }

        if (live && (r.LiveSince == 0 || view.Time < r.LiveSince))
        {
            r.LiveSince = view.Time;
            cx.Clocks.SeeLive(r.Source);
        }

        if (view.Time < FirstAt) FirstAt = view.Time;
        SeeSource(cx, r.Source, view.Time);
        if (united)
        {
            RecordOnly(cx, row, view, source);
            return;
        }

        if (waits)
        {
            Wait(cx, row, view, position);
            return;
        }

        // Somebody without a name is found by the key.
        if (view.Type == EventTypes.ParticipantIdentified || r.Events == 1) cx.ProfileChanged = true;
        if (view.Type == EventTypes.ParticipantErased)
        {
            Erase(cx, row);
            return;
        }

        var refold = false;
        var from = view.Stamp;
        if (view.Type == EventTypes.EventVoided)
        {
            var target = Voids.TargetOf(view, cx.Sources.Name(source));
            r.Flags |= StreamFlags.HasVoids;
            // A target that is not here yet is left out when it comes.
            if (_voids.Add(target) && _bloom.MayContain(target) && StampOf(cx, row, target) is { } stamp)
            {
                refold = cx.ProfileChanged = true;
                if (stamp < from) from = stamp;
            }
        }
        else if ((r.Flags & StreamFlags.HasVoids) != 0 && _voids.Contains(view.Id))
        {
            return;
        }

        var state = cx.State;
        if ((r.Flags & StreamFlags.Stale) != 0)
        {
            // It is folded with all others when the person's turn comes.
            if (!refold) return;
            DropSnapshots(row, from);
            Spoils++;
            return;
        }

        if (!refold && (state.Facts == 0 || view.Stamp > state.Last))
        {
            PersonFold.Apply(state, view, cx.Zone);
            if (r.Events >= _snapshotsFrom) KeepSome(cx, row, position, 1);
            return;
        }

        if (refold || !PersonFold.TryApplyLate(state, view, cx.Zone)) FoldAnew(cx, row, from);
    }

    // A snapshot that is newer than a late fact takes it up, or is dropped, when it is used.
    private void FoldAnew(LoopContext cx, int row, Stamp from)
    {
        DropSnapshots(row, from);
        if (_rows[row].Events >= RefoldAtOnce)
        {
            SetStale(cx, row);
            return;
        }

        cx.TouchSections();
        Refold(cx, row, cx.State, null);
        cx.Refolds++;
    }

    // The row that is the person's home is folded when this is durable; what the stream needs to stand alone again is kept.
    private void RecordOnly(LoopContext cx, int row, in FactView view, int source)
    {
        ref var r = ref _rows[row];
        if ((r.Flags & StreamFlags.United) != 0) NoteUnsettled(cx, r.Stream);
        if (view.Type == EventTypes.ParticipantErased)
        {
            ForgetKey(cx, row);
        }
        else if (view.Type == EventTypes.EventVoided)
        {
            r.Flags |= StreamFlags.HasVoids;
            _voids.Add(Voids.TargetOf(view, cx.Sources.Name(source)));
        }
    }

    /// <summary>What folding a person anew may cost, in µs, from the newest snapshot or from nothing: records of one person are spread over blocks.</summary>
    public long RefoldCost(int row) => MicrosARecord * Math.Max(1, _rows[row].Events - (NewestSnapshot(row)?.Records ?? 0));

    public bool IsStale(int row) => row < _rows.Count && (_rows[row].Flags & StreamFlags.Stale) != 0;

    /// <summary>Whether folding a person anew would hold the loop for too long: then it is done in steps, see <see cref="LongRefold"/>.</summary>
    /// <param name="patience">Doublings of what is too long.</param>
    public bool IsLong(int row, int patience = 0) => RefoldCost(row) >= LongRefoldCost << patience;

    /// <summary>Counts voids of somebody who waits to be folded anew.</summary>
    public long Spoils { get; private set; }

    /// <summary>Folds a person anew whose turn has come; nothing when the person is right already.</summary>
    /// <param name="whole">However long it takes: where nobody is served meanwhile.</param>
    /// <returns>False when it would take too long: the person waits on.</returns>
    public bool Settle(LoopContext cx, int row, bool whole = false, int patience = 0)
    {
        cx.FoldWaiting(this, row);
        if (!IsStale(row)) return true;
        if (!whole && IsLong(row, patience)) return false;
        cx.Begin(this, row);
        cx.TouchSections();
        var heavy = _rows[row].Events >= _snapshotsFrom || NewestSnapshot(row) is not null ? HeavyOf(row) : null;
        var before = whole || _rows[row].Events * MicrosARecord < LongRefoldCost ? null : cx.Encode(cx.State).ToArray();
        if (!Refold(cx, row, cx.State, heavy, whole, patience))
        {
            cx.State.Read(before);
            cx.Flush();
            return false;
        }

        _rows[row].Flags &= ~StreamFlags.Stale;
        cx.Refolds++;
        cx.ProfileChanged = true;
        cx.Flush();
        return true;
    }

    /// <summary>The fold of most facts that is kept of a person; null where none is.</summary>
    public HeavyPerson.Snapshot? NewestSnapshot(int row) => _heavy.TryGetValue(row, out var heavy) && heavy.Snapshots.Count > 0 ? heavy.Snapshots[^1] : null;

    /// <summary>Drops the newest snapshot, if it still is this one.</summary>
    public void DropSnapshot(int row, HeavyPerson.Snapshot snapshot)
    {
        if (ReferenceEquals(NewestSnapshot(row), snapshot)) Drop(_heavy[row], _heavy[row].Snapshots.Count - 1);
    }

    /// <summary>Keeps what a long refold came to, to be settled from.</summary>
    public void KeepBase(int row, HeavyPerson.Snapshot snapshot)
    {
        var heavy = HeavyOf(row);
        // Where only late facts were taken up, it takes the place of the one that it began with.
        if (heavy.Snapshots.Count > 0 && heavy.Snapshots[^1].Stamp == snapshot.Stamp) Drop(heavy, heavy.Snapshots.Count - 1);
        if (heavy.Snapshots.Count == 0 || heavy.Snapshots[^1].Stamp < snapshot.Stamp) Keep(heavy, snapshot);
        else Forget(snapshot);
    }

    /// <summary>Takes up a record of the person to be folded, unless it was voided, or is none of those that are folded.</summary>
    public void Gather(LoopContext cx, int row, int slot, in RecordView record, FactPages pages)
    {
        ref readonly var header = ref record.Header;
        if ((header.Flags & RecordFlags.Observation) != 0) return;
        var type = EventTypes.Of(header.Type);
        if ((_rows[row].Flags & StreamFlags.HasVoids) != 0 && PersonFold.CanBeVoided(type) && _voids.Contains(header.Id)) return;
        pages.Add(record.Position, header.Type, header.Time, header.Id, record.Clear, PersonFold.ReadsPersonal(type) ? cx.Personal(record, slot) : default);
    }

    /// <summary>
    /// Whether this person's history has the id: the Bloom filter, and where that says "perhaps" the ids seen last, then the history itself.
    /// </summary>
    private bool Known(LoopContext cx, int row, UInt128 id)
    {
        if (!_bloom.MayContain(id)) return false;
        if (_recent.Contains(id ^ _rows[row].Stream)) return true;
        if (_rows[row].Events >= HeavyPerson.Threshold) return HasId(cx, row, id);
        return StampOf(cx, row, id) is not null;
    }

    private Stamp? StampOf(LoopContext cx, int row, UInt128 id)
    {
        Stamp? found = null;
        ref var r = ref _rows[row];
        cx.History.Walk(r.Stream, r.Last, 0, Dense(r), (in RecordView record) =>
        {
            ref readonly var header = ref record.Header;
            if (header.Id != id || (header.Flags & RecordFlags.Observation) != 0) return true;
            found = header.Stamp;
            return false;
        });
        return found;
    }

    /// <summary>
    /// Folds the person's history into a state that is given, in the order of the stamps, voided facts left out: from the newest snapshot of a heavy person
    /// that still stands, else from nothing. Keeps snapshots on the way for a heavy person.
    /// </summary>
    /// <param name="whole">However many facts that means.</param>
    /// <returns>False, and a state that means nothing, when it would mean too many.</returns>
    public bool Refold(LoopContext cx, int row, PersonState into, HeavyPerson? heavy, bool whole = true, int patience = 0)
    {
        ref var r = ref _rows[row];
        var pages = cx.Pages;
        pages.Clear();
        var slot = SlotOf(r);
        var position = r.Last;
        HeavyPerson.Snapshot? start = null;
        do
        {
            // One that a late fact cannot be folded into does not stand any more.
            if (start is not null) Drop(heavy!, heavy!.Snapshots.Count - 1);
            if (!whole && IsLong(row, patience)) return false;
            start = heavy is { Snapshots.Count: > 0 } ? heavy.Snapshots[^1] : null;
            position = cx.History.Walk(r.Stream, position, start?.After ?? 0, Dense(r), (in RecordView record) =>
            {
                Gather(cx, row, slot, record, pages);
                return true;
            });
            if (start is null) into.Clear();
            else into.Read(StateOf(start));
        }
        while (start is not null && !TakeLate(cx, pages, into, start));

        pages.Sort();
        var first = 0;
        if (start is not null)
        {
            while (first < pages.Count && pages.StampOf(first) <= start.Stamp) first++;
        }

        var places = heavy is null ? [] : PlacesIn(pages, first);
        for (int i = first, next = 0; i < pages.Count; i++)
        {
            PersonFold.Apply(into, pages[i], cx.Zone);
            if (next == places.Count || places[next].Index != i) continue;
            Keep(heavy!, new HeavyPerson.Snapshot(places[next].After, r.Last, into.Facts, r.Events - (pages.Count - 1 - i), into.Last, Kept(cx.Encode(into), out var length), length));
            next++;
        }

        if (!whole) cx.LongestHold = Math.Max(cx.LongestHold, pages.Count);
        if (heavy is not null) heavy.SinceSnapshot = places.Count == 0 ? pages.Count - first : pages.Count - 1 - places[^1].Index;
        return true;
    }

    // What is older than the snapshot and came after it, in the order in which it came; false when one of them means folding from further back.
    private static bool TakeLate(LoopContext cx, FactPages pages, PersonState into, HeavyPerson.Snapshot start)
    {
        for (var i = pages.Count - 1; i >= 0; i--)
        {
            if (pages.PositionOf(i) > start.Taken && pages.StampOf(i) <= start.Stamp && !PersonFold.TryApplyLate(into, pages[i], cx.Zone)) return false;
        }

        return true;
    }

    private static List<(int Index, long After)> PlacesIn(FactPages pages, int first)
    {
        var places = new SnapshotPlaces(8);
        for (var i = pages.Count - 2; i >= first; i--) places.Look(i, pages.Count - 1 - i, pages.StampOf(i) == pages.StampOf(i + 1), pages.PositionOf(i + 1));
        return places.Found();
    }

    // Records of a person with a long history often stand in the same block.
    private static bool Dense(in Row row) => row.Events >= 256;

    // Asked for several times a fact, and facts of one person come together.
    private HeavyPerson HeavyOf(int row)
    {
        if (_heavyAt.Row == row) return _heavyAt.Heavy;
        if (!_heavy.TryGetValue(row, out var heavy)) _heavy[row] = heavy = new HeavyPerson();
        _heavyAt = (row, heavy);
        return heavy;
    }

    // Begun where none are kept: those of the records so far are still to be read then.
    private IdTable IdsOf(int row, HeavyPerson heavy)
    {
        if (heavy.Ids is { } kept) return kept;
        heavy.IdsAfter = _rows[row].Last;
        return heavy.Ids = new IdTable();
    }

    /// <summary>Whether one of the person's ids is this one: those that were not kept so far are read from the history.</summary>
    private bool HasId(LoopContext cx, int row, UInt128 id)
    {
        var heavy = HeavyOf(row);
        var ids = IdsOf(row, heavy);
        if (ids.Contains(id)) return true;
        if (heavy.IdsAfter == 0) return false;
        ref var r = ref _rows[row];
        cx.History.Walk(r.Stream, heavy.IdsAfter, 0, Dense(r), (in RecordView record) =>
        {
            if ((record.Header.Flags & RecordFlags.Observation) == 0) ids.Add(record.Header.Id);
            return true;
        });
        heavy.IdsAfter = 0;
        return ids.Contains(id);
    }

    private void SetStale(LoopContext cx, int row)
    {
        _rows[row].Flags |= StreamFlags.Stale;
        cx.Stale.Enqueue((this, row, Stopwatch.GetTimestamp()));
    }

    // Now and then, so that nobody's first late fact walks the whole history.
    private void KeepSome(LoopContext cx, int row, long position, int facts)
    {
        var heavy = HeavyOf(row);
        if ((heavy.SinceSnapshot += facts) < HeavyPerson.Spacing) return;
        var state = cx.State;
        Keep(heavy, new HeavyPerson.Snapshot(position, position, state.Facts, _rows[row].Events, state.Last, Kept(cx.Encode(state), out var length), length));
    }

    private void Keep(HeavyPerson heavy, HeavyPerson.Snapshot snapshot)
    {
        if (heavy.Push(snapshot) is { } left) Forget(left);
        if (_snapshotBytes <= MaxSnapshotBytes) return;

        // The newest one of each is what most late facts need; whoever needs an older one walks further, and gets new ones.
        foreach (var other in _heavy.Values)
        {
            if (other != heavy) Thin(other, keep: 1);
        }

        while (_snapshotBytes > MaxSnapshotBytes / 2 && _snapshotsFrom < MostSnapshotsFrom)
        {
            _snapshotsFrom *= 2;
            foreach (var (at, other) in _heavy)
            {
                if (other != heavy && _rows[at].Events < _snapshotsFrom) Thin(other, keep: 0);
            }
        }
    }

    private void Thin(HeavyPerson heavy, int keep)
    {
        while (heavy.Snapshots.Count > keep) Drop(heavy, 0);
    }

    private void Drop(HeavyPerson heavy, int index)
    {
        var snapshot = heavy.Snapshots[index];
        heavy.Snapshots.RemoveAt(index);
        Forget(snapshot);
    }

    /// <summary>Keeps the state of a snapshot.</summary>
    public uint Kept(ReadOnlySpan<byte> state, out int length)
    {
        length = state.Length;
        _snapshotBytes += length;
        return _context.Snapshots.Replace(0, 0, state);
    }

    public ReadOnlySpan<byte> StateOf(HeavyPerson.Snapshot snapshot) => _context.Snapshots.Span(snapshot.State, snapshot.Length);

    private void Forget(HeavyPerson.Snapshot snapshot)
    {
        _snapshotBytes -= snapshot.Length;
        snapshot.Dropped = true;
        _context.Snapshots.Free(snapshot.State, snapshot.Length);
    }

    private void ForgetSnapshots()
    {
        foreach (var heavy in _heavy.Values) Thin(heavy, keep: 0);
    }

    /// <summary>Drops the snapshots that have, or should have, a fact of this stamp in them.</summary>
    private void DropSnapshots(int row, Stamp from)
    {
        if (!_heavy.TryGetValue(row, out var heavy)) return;
        while (heavy.Snapshots.Count > 0 && heavy.Snapshots[^1].Stamp >= from) Drop(heavy, heavy.Snapshots.Count - 1);
    }
}

internal static class Voids
{
    /// <summary>The id of the event that a void undoes: (target source or the void's own source, target id).</summary>
    public static UInt128 TargetOf(in FactView view, string source)
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
