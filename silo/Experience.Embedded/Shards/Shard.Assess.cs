using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.Programs;
using Experience.Embedded.Journal;
using Experience.Embedded.Loops;
using Experience.Embedded.Persons;

namespace Experience.Embedded.Shards;

internal sealed partial class Shard
{
    /// <summary>Rows of one step of a sweep or a pass: about half a millisecond, then traffic.</summary>
    public const int StepRows = 256;

    private int _passRow = -1;
    private long _passTarget;
    private int _passProgram;

    /// <summary>The pass that every row of this shard has been through: see <see cref="Sweeper"/>.</summary>
    public long Passed { get; private set; }

    /// <summary>Counts changes of anything that boards show of this shard.</summary>
    public long Version { get; private set; }

    /// <summary>Counts changes of open flags and needs.</summary>
    public long OpenVersion { get; private set; }

    /// <summary>Rows that somebody watches, and those of them that changed.</summary>
    public Dictionary<UInt128, CardSignal> Watched { get; } = [];

    /// <summary>Stores the person that the loop worked on, and assesses: called once for neighbouring facts of one person.</summary>
    public void Store(LoopContext cx, int row)
    {
        ref var r = ref _rows[row];
        if (cx.IsHot) r.Flags |= StreamFlags.Decoded;
        else PutState(row, cx.Encode(cx.State));
        if (cx.Replaying || IsElsewhere(row)) return;
        Version++;
        var known = _measures[row].Segments != 0;
        if (cx.SectionsTouched || !known) SumSections(cx);
        CardSignal? signal = null;
        if (Watched.Count > 0) Watched.TryGetValue(r.Stream, out signal);
        Assess(cx, row);
        signal?.Raise();
        if (!cx.ProfileChanged) return;
        cx.ProfileChanged = false;
        if ((r.Flags & StreamFlags.Erased) != 0) return;
        cx.Parts.Search.Changed(r.Stream, cx.State.Profile, SearchKeys(row));
        cx.Parts.Identities.Add(new RowRef(Index, row), cx.State.Profile);
    }

    /// <summary>Assesses one row as it stands.</summary>
    public void Reassess(LoopContext cx, int row)
    {
        if (IsElsewhere(row)) return;
        if (IsWaiting(row))
        {
            cx.FoldWaiting(this, row);
            return;
        }

        cx.Look(this, row);
        if (_measures[row].Segments == 0)
        {
            cx.SectionsBefore.Clear();
            SumSections(cx);
        }

        Assess(cx, row);
        if (Watched.Count > 0 && Watched.TryGetValue(_rows[row].Stream, out var signal)) signal.Raise();
    }

    /// <summary>The moment that a row is judged as of.</summary>
    public AsOf AsOfRow(LoopContext cx, int row)
    {
        ref var r = ref _rows[row];
        if ((r.Flags & StreamFlags.Home) != 0) return _unions[row].AsOf(cx, ActiveOf(cx, row));
        var live = cx.Clocks.Live(r.Source);
        return new AsOf(cx.Clocks.Instant(r.Source, cx.Now), !live, r.LiveSince == 0 ? long.MaxValue : r.LiveSince) { Active = ActiveOf(cx, row) };
    }

    /// <summary>One step of a pass over all rows; true while there is more.</summary>
    public bool PassStep(LoopContext cx, long target)
    {
        if (Passed >= target) return false;
        if (_passRow < 0)
        {
            _passRow = 0;
            _passTarget = target;
            _passRules = cx.Program.SegmentRules;
            _passProgram = cx.Program.Number;
        }

        var end = Math.Min(_rows.Count, _passRow + StepRows);
        for (; _passRow < end; _passRow++) Reassess(cx, _passRow);
        if (_passRow < _rows.Count) return true;
        _passRow = -1;
        Passed = _passTarget;
        EndSwitch(cx);
        return Passed < target;
    }

    /// <summary>Assesses rows whose deadline has come, at most <see cref="StepRows"/>; true while there are more.</summary>
    public bool DeadlineStep(LoopContext cx, ref int from)
    {
        var done = 0;
        while (from < _rows.Count)
        {
            var chunk = MemoryMarshal.Cast<byte, long>(_deadlines.ChunkBytes(from / Memory.NativeRows<long>.ChunkRows));
            for (var i = from % Memory.NativeRows<long>.ChunkRows; i < chunk.Length; i++, from++)
            {
                if (chunk[i] > cx.Now) continue;
                Reassess(cx, from);
                if (++done < StepRows) continue;
                from++;
                return true;
            }
        }

        return false;
    }

    private void Assess(LoopContext cx, int row)
    {
        Value(cx, row);
        var asOf = AsOfRow(cx, row);
        var assessed = cx.Assessed;
        Assessor.Assess(cx.State, cx.Program, asOf, assessed);

        // Time stands still for an imported history; its rows are looked at again when its end moves.
        _deadlines[row] = asOf.History ? long.MaxValue : assessed.NextDeadline;
        ref var measures = ref _measures[row];
        var segments = measures.Segments;
        var before = MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in measures));
        var after = MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in assessed.Row));
        if (!before.SequenceEqual(after))
        {
            Sum(measures, assessed.Row);
            if (measures.Segments != assessed.Row.Segments) MoveValue(row, measures.Segments, assessed.Row.Segments);
            measures = assessed.Row;
            Version++;
        }

        Observe(cx, row, assessed);
        ObserveSegments(cx, row, segments, assessed.Row.Segments, asOf.History);
    }

    /// <summary>
    /// Compares what is open with what stood open before, and writes the transitions that people are shown. One cause raises once: a
    /// cleared entry stays, and the same cause opens it again without a new record.
    /// </summary>
    [SkipLocalsInit]
    private void Observe(LoopContext cx, int row, Assessed assessed)
    {
        var known = Open(row);
        if (assessed.Open.Count == 0 && known.Length == 0) return;
        Span<OpenEntry> entries = stackalloc OpenEntry[OpenEntry.MaxKept];
        var count = Math.Min(known.Length, OpenEntry.MaxKept);
        known[..count].CopyTo(entries);
        Span<bool> seen = stackalloc bool[OpenEntry.MaxKept];
        seen.Clear();
        var changed = false;
        var next = 0;
        foreach (ref readonly var item in CollectionsMarshal.AsSpan(assessed.Open))
        {
            // Entries mostly stand in the order of what is open.
            var at = next < count && entries[next].Rule == (ulong)item.Rule && entries[next].Cause == item.Cause ? next : Find(entries[..count], (ulong)item.Rule, item.Cause);
            if (at < 0)
            {
                if (count == OpenEntry.MaxKept && !Drop(entries, seen, ref count)) continue;
                at = count++;
                entries[at] = new OpenEntry { Rule = (ulong)item.Rule, Cause = item.Cause, Need = item.Need ? (byte)1 : (byte)0 };
                changed = true;
            }

            seen[at] = true;
            next = at + 1;
            ref var entry = ref entries[at];
            var high = item.High ? (byte)1 : (byte)0;
            var answer = item.Answer is { } a ? (byte)(a + 1) : (byte)0;
            if (entry.Standing != 1 || entry.Since != item.Since || entry.Severity != high || entry.Answer != answer) changed = true;
            entry.Standing = 1;
            entry.Since = item.Since;
            entry.Severity = high;
            entry.Answer = answer;
            if (!item.Alert || entry.Recorded == 1) continue;
            entry.Recorded = 1;
            changed = true;
            Write(cx, row, item.Need ? EventTypes.NeedRaised : EventTypes.RiskRaised, item.Rule, item.Cause, item.High);
        }

        for (var i = 0; i < count; i++)
        {
            if (seen[i] || entries[i].Standing == 0) continue;
            entries[i].Standing = 0;
            changed = true;
            if (entries[i].Recorded == 1)
                Write(cx, row, entries[i].Need == 1 ? EventTypes.NeedCleared : EventTypes.RiskCleared, (RuleId)entries[i].Rule, entries[i].Cause, high: false);
        }

        // What was neither recorded nor stands is forgotten: nobody was shown it.
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            if (entries[i].Standing == 0 && entries[i].Recorded == 0) continue;
            entries[kept++] = entries[i];
        }

        if (!changed && kept == known.Length) return;
        SetOpen(row, entries[..kept]);
        OpenVersion++;
    }

    private void ReplayObservation(int row, EventType type, long time, ReadOnlySpan<byte> clear)
    {
        if (type == EventTypes.SegmentEntered || type == EventTypes.SegmentLeft)
        {
            ReplayTold(row, type, clear);
            return;
        }

        ulong rule = 0, cause = 0;
        var fields = new FieldReader(clear);
        while (fields.Next())
        {
            if (fields.Number == Fields.Rule.Number) rule = (ulong)(Rules.Find(fields.Text)?.Id ?? 0);
            else if (fields.Number == Fields.Cause.Number && !ulong.TryParse(fields.Bytes, System.Globalization.NumberStyles.HexNumber, null, out cause)) return;
        }

        var known = Open(row);
        Span<OpenEntry> entries = stackalloc OpenEntry[OpenEntry.MaxKept];
        var count = Math.Min(known.Length, OpenEntry.MaxKept);
        known[..count].CopyTo(entries);
        var raised = type == EventTypes.RiskRaised || type == EventTypes.NeedRaised;
        var at = Find(entries[..count], rule, cause);
        if (at < 0)
        {
            Span<bool> seen = stackalloc bool[OpenEntry.MaxKept];
            seen.Clear();
            if (count == OpenEntry.MaxKept && !Drop(entries, seen, ref count)) return;
            at = count++;
            entries[at] = new OpenEntry { Rule = rule, Cause = cause, Since = time, Need = type == EventTypes.NeedRaised ? (byte)1 : (byte)0 };
        }

        entries[at].Recorded = 1;
        entries[at].Standing = raised ? (byte)1 : (byte)0;
        SetOpen(row, entries[..count]);
    }

    // A place is made by the oldest entry that does not stand; false when all stand.
    private static bool Drop(Span<OpenEntry> entries, Span<bool> seen, ref int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (entries[i].Standing == 1) continue;
            entries[(i + 1)..count].CopyTo(entries[i..]);
            seen[(i + 1)..count].CopyTo(seen[i..]);
            count--;
            seen[count] = false;
            return true;
        }

        return false;
    }

    private static int Find(ReadOnlySpan<OpenEntry> entries, ulong rule, ulong cause)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Rule == rule && entries[i].Cause == cause) return i;
        }

        return -1;
    }

    private void Write(LoopContext cx, int row, EventType type, RuleId rule, ulong cause, bool high)
    {
        ref var r = ref _rows[row];
        Span<byte> input = stackalloc byte[33];
        BinaryPrimitives.WriteUInt128LittleEndian(input, r.Stream);
        BinaryPrimitives.WriteUInt64LittleEndian(input[16..], (ulong)rule);
        BinaryPrimitives.WriteUInt64LittleEndian(input[24..], cause);
        input[32] = type.Code;
        var output = cx.ObservationFields;
        output.Clear();
        var fields = new FieldWriter(output);
        fields.Text(Fields.Rule, Rules.Of(rule).Key);
        fields.Text(Fields.Cause, OpenItem.Text(cause));
        if (type == EventTypes.RiskRaised) fields.Number(Fields.Severity, high ? 1 : 0);
        fields.Number(Fields.Version, cx.Program.Policy.Version);
        Append(cx, row, type, SipHash.Public.Hash128(input), output.Written);
    }

    /// <summary>Appends an observation to the person's records.</summary>
    private void Append(LoopContext cx, int row, EventType type, UInt128 id, ReadOnlySpan<byte> fields)
    {
        ref var r = ref _rows[row];
        var header = new RecordHeader
        {
            Type = type.Code,
            Flags = RecordFlags.Observation | RecordFlags.Live,
            Source = r.Source,
            Time = cx.Now,
            Id = id,
            Stream = r.Stream,
            Previous = r.Last,
        };
        r.Last = LastPosition = cx.Writer.Append(header, fields, default, default, r.KeySlot);
        Tail++;
        cx.Wrote(this);
    }

    private void ClearAssessment()
    {
        _passRow = -1;
        Passed = -1;
        ClearSegments();
        Version++;
        OpenVersion++;
        ClearSums();
        ClearValue();
        foreach (var signal in Watched.Values) signal.Raise();
    }
}

/// <summary>Somebody watches a person's card: set when it changed, coalesced until it is read.</summary>
internal sealed class CardSignal
{
    private readonly List<Action> _listeners = [];

    public int Listeners => _listeners.Count;

    public void Add(Action listener) => _listeners.Add(listener);

    public void Remove(Action listener) => _listeners.Remove(listener);

    public void Raise()
    {
        foreach (var listener in _listeners) listener();
    }
}
