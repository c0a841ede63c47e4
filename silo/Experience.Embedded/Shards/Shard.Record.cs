using System.Text;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Embedded.Journal;
using Experience.Embedded.Loops;

namespace Experience.Embedded.Shards;

internal sealed partial class Shard
{
    /// <summary>
    /// A person with fewer facts is folded anew at once when a fact comes late. Longer histories wait for their turn (<see cref="LoopContext.Stale"/>), so that a busy person
    /// with many late facts is folded once for all of them; until then the state is that of before. Who asks for the person has it folded first.
    /// </summary>
    private const int RefoldAtOnce = 32;

    private readonly HashSet<int> _stale = [];

    /// <summary>
    /// Records one fact: known already? then a duplicate; else appended to the loop's block and folded. What it changes is
    /// seen by nobody before the block is committed.
    /// </summary>
    public RecordOutcome Record(LoopContext cx, Fact fact, UInt128 stream)
    {
        var row = _table.Find(stream);
        if (row >= 0)
        {
            if (Known(cx, row, fact.Id)) return RecordOutcome.Duplicate;
            if (cx.Keys.Secret(_rows[row].KeySlot) == UInt128.Zero) return RecordOutcome.Refused;
        }

        var source = cx.Sources.Number(fact.Source);
        if (source == 0) return RecordOutcome.Refused;
        var header = new RecordHeader
        {
            Type = fact.Type.Code,
            Flags = fact.Live ? RecordFlags.Live : RecordFlags.None,
            Source = (ushort)source,
            Time = fact.Time,
            Id = fact.Id,
            Stream = stream,
        };
        cx.Counts = cx.Counts.Fact(fact.Time, newPerson: row < 0);
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
            position = cx.Writer.Append(header, fact.Clear.Span, opening[..(prefix + keyLength)], fact.Personal.Span, slot);
        }
        else
        {
            header.Previous = _rows[row].Last;
            position = cx.Writer.Append(header, fact.Clear.Span, default, fact.Personal.Span, _rows[row].KeySlot);
        }

        cx.Names.Learn(fact.Clear.Span, cx.KnownNames);
        cx.Wrote(this);
        Fold(cx, row, new FactView(fact.Type, fact.Time, fact.Id, fact.Clear.Span, fact.Personal.Span), source, fact.Live, position);
        return RecordOutcome.Accepted;
    }

    /// <summary>Folds a committed record again, at a start or after a failed commit.</summary>
    public void Replay(LoopContext cx, in RecordView record)
    {
        ref readonly var header = ref record.Header;
        var stream = header.Stream;
        var row = _table.Find(stream);
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
            _rows[row].Last = LastPosition = record.Position;
            Tail++;
            ReplayObservation(row, EventTypes.Of(header.Type), header.Time, record.Clear);
            return;
        }

        var personal = cx.Personal(record, _rows[row].KeySlot);
        Fold(cx, row, new FactView(EventTypes.Of(header.Type), header.Time, header.Id, record.Clear, personal), header.Source, (header.Flags & RecordFlags.Live) != 0, record.Position);
    }

    private void Fold(LoopContext cx, int row, in FactView view, int source, bool live, long position)
    {
        cx.Begin(this, row);
        ref var r = ref _rows[row];
        r.Last = LastPosition = position;
        r.Events++;
        Events++;
        Tail++;
        if (live && (r.LiveSince == 0 || view.Time < r.LiveSince))
        {
            r.LiveSince = view.Time;
            cx.Clocks.SeeLive(r.Source);
        }

        if (view.Time < FirstAt) FirstAt = view.Time;
        SeeSource(cx, r.Source, view.Time);
        HeavyPerson? heavy = null;
        if (r.Events >= HeavyPerson.Threshold)
        {
            heavy = Heavy(cx, row);
            heavy.Add(view.Id);
        }

        _bloom.Add(view.Id);
        _recent.Add(view.Id);

        // Somebody without a name is found by the key.
        if (view.Type == EventTypes.ParticipantIdentified || r.Events == 1) cx.ProfileChanged = true;
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
        if (_stale.Contains(row))
        {
            // It is folded with all others when the person's turn comes.
            if (refold) heavy?.Snapshots.RemoveAll(s => s.Stamp >= from);
            else if (heavy is not null) ApplyToSnapshots(cx, heavy, view);
            return;
        }

        if (!refold && (state.Facts == 0 || view.Stamp > state.Last))
        {
            PersonFold.Apply(state, view, cx.Zone);
        }
        else if (!refold && PersonFold.TryApplyLate(state, view, cx.Zone))
        {
            if (heavy is not null) ApplyToSnapshots(cx, heavy, view);
        }
        else
        {
            heavy?.Snapshots.RemoveAll(s => s.Stamp >= from);
            if (r.Events < RefoldAtOnce)
            {
                Refold(cx, row, heavy);
                cx.Refolds++;
            }
            else
            {
                _stale.Add(row);
                cx.Stale.Enqueue((this, row));
            }

            return;
        }

        if (heavy is not null && ++heavy.SinceSnapshot >= HeavyPerson.Spacing)
            heavy.Push(new HeavyPerson.Snapshot(position, state.Last, cx.Encode(state).ToArray()));
    }

    /// <summary>What folding a person anew may cost, in µs: some 3 a record, since records of one person are spread over blocks.</summary>
    public long RefoldCost(int row) => _rows[row].Events * 3L;

    public bool IsStale(int row) => _stale.Contains(row);

    /// <summary>Folds a person anew whose turn has come; nothing when the person is right already.</summary>
    public void Settle(LoopContext cx, int row)
    {
        if (!_stale.Remove(row)) return;
        cx.Begin(this, row);
        Refold(cx, row, _heavy.GetValueOrDefault(row));
        cx.Refolds++;
        cx.ProfileChanged = true;
        cx.Flush();
    }

    /// <summary>
    /// Whether this person's history has the id: the ids seen last, then the Bloom filter, and where that says "perhaps" the history itself.
    /// </summary>
    private bool Known(LoopContext cx, int row, UInt128 id)
    {
        if (_recent.Contains(id)) return true;
        if (!_bloom.MayContain(id)) return false;
        if (_heavy.TryGetValue(row, out var heavy)) return heavy.Contains(id);
        if (_rows[row].Events >= HeavyPerson.Threshold) return Heavy(cx, row).Contains(id);
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
            found = new Stamp(header.Time, (ulong)(header.Id >> 64));
            return false;
        });
        return found;
    }

    /// <summary>
    /// Folds the person anew: all facts, or those after the newest snapshot that still stands, in the order of their stamps, voided ones left out.
    /// </summary>
    private void Refold(LoopContext cx, int row, HeavyPerson? heavy) =>
        Refold(cx, row, cx.State, heavy is { Snapshots.Count: > 0 } ? heavy.Snapshots[^1] : null, heavy);

    /// <summary>Folds the person's history into a state that is given, from a snapshot or from nothing, and keeps snapshots on the way for a heavy person.</summary>
    public void Refold(LoopContext cx, int row, PersonState into, HeavyPerson.Snapshot? start, HeavyPerson? heavy = null)
    {
        ref var r = ref _rows[row];
        var voids = (r.Flags & StreamFlags.HasVoids) != 0 ? _voids : null;
        var pages = cx.Pages;
        pages.Clear();
        var slot = r.KeySlot;
        cx.History.Walk(r.Stream, r.Last, start?.After ?? 0, Dense(r), (in RecordView record) =>
        {
            ref readonly var header = ref record.Header;
            if ((header.Flags & RecordFlags.Observation) != 0) return true;
            if (voids is not null && header.Type != EventTypes.EventVoided.Code && voids.Contains(header.Id)) return true;

            // The snapshot has it: it was folded into it, or applied to it when it came late.
            if (start is not null && new Stamp(header.Time, (ulong)(header.Id >> 64)) <= start.Stamp) return true;
            var type = EventTypes.Of(header.Type);
            pages.Add(record.Position, header.Type, header.Time, header.Id, record.Clear, PersonFold.ReadsPersonal(type) ? cx.Personal(record, slot) : default);
            return true;
        });
        pages.Sort();
        if (start is null) into.Clear();
        else into.Read(start.State);
        var kept = heavy is null ? [] : SnapshotPlaces(pages);
        for (int i = 0, next = 0; i < pages.Count; i++)
        {
            PersonFold.Apply(into, pages[i], cx.Zone);
            if (next == kept.Count || kept[next].Index != i) continue;
            heavy!.Push(new HeavyPerson.Snapshot(kept[next].After, into.Last, cx.Encode(into).ToArray()));
            next++;
        }

        if (heavy is not null) heavy.SinceSnapshot = kept.Count == 0 ? pages.Count : pages.Count - 1 - kept[^1].Index;
    }

    /// <summary>
    /// Where a refold keeps snapshots: every <see cref="HeavyPerson.Spacing"/> facts, so that the next late fact finds one that is older than itself. What
    /// is newer than such a snapshot may have come before it, so it carries the position after which all of that stands.
    /// </summary>
    private static List<(int Index, long After)> SnapshotPlaces(FactPages pages)
    {
        var places = new List<(int, long)>();
        var after = long.MaxValue;
        for (var i = pages.Count - 2; i >= 0; i--)
        {
            after = Math.Min(after, pages.PositionOf(i + 1) - 1);
            // Two facts of one stamp are folded on the same side of a snapshot.
            if ((i + 1) % HeavyPerson.Spacing == 0 && pages[i].Stamp < pages[i + 1].Stamp) places.Add((i, after));
        }

        places.Reverse();
        return places;
    }

    // Records of a person with a long history often stand in the same block.
    private static bool Dense(in Row row) => row.Events >= 256;

    private HeavyPerson Heavy(LoopContext cx, int row)
    {
        if (_heavy.TryGetValue(row, out var heavy)) return heavy;
        _heavy[row] = heavy = new HeavyPerson();
        ref var r = ref _rows[row];
        r.Flags |= StreamFlags.Heavy;
        cx.History.Walk(r.Stream, r.Last, 0, Dense(r), (in RecordView record) =>
        {
            if ((record.Header.Flags & RecordFlags.Observation) == 0) heavy.Add(record.Header.Id);
            return true;
        });
        return heavy;
    }

    private static void ApplyToSnapshots(LoopContext cx, HeavyPerson heavy, in FactView view)
    {
        var scratch = cx.Scratch;
        for (var i = heavy.Snapshots.Count - 1; i >= 0; i--)
        {
            var snapshot = heavy.Snapshots[i];
            if (snapshot.Stamp < view.Stamp) continue;
            scratch.Read(snapshot.State);
            if (PersonFold.TryApplyLate(scratch, view, cx.Zone)) heavy.Snapshots[i] = snapshot with { State = cx.Encode(scratch).ToArray() };
            else heavy.Snapshots.RemoveAt(i);
        }
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
