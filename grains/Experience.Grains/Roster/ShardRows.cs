using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Domain.Voice;
using Experience.Embedded.Memory;
using Experience.Embedded.Search;
using Experience.Grains.Contracts;
using Experience.Grains.Kin;

namespace Experience.Grains.Roster;

/// <summary>
/// A sixty-fourth of all people in memory: rows, exact sums by segment, sections, search. Of one owner; nothing in here waits for
/// anything, and all of it can be built again from the store. No object a person: the collector neither scans nor moves any of it.
/// </summary>
internal sealed partial class ShardRows : IDisposable
{
    private static readonly int EntrySize = Marshal.SizeOf<OpenEntry>();

    private readonly NativeHeap _heap = new(ByteArena.ChunkBytes);
    private readonly NativeRows<Row> _rows = new();
    private readonly NativeRows<RowMeasures> _measures = new();
    private readonly NativeRows<ValueMeasures> _values = new();
    private readonly SipHash _key;
    private readonly ByteArena _arena;
    private readonly StreamTable _table;
    private readonly List<string> _sources = [];
    private readonly SegmentSums?[] _sums = new SegmentSums?[64];
    private readonly ValueSums[] _valueSums = new ValueSums[64];
    private readonly List<SectionContribution> _before = [];
    private readonly List<SectionContribution> _after = [];
    private readonly List<Transition> _transitions = [];
    private readonly PersonState _state = new();
    private readonly Assessed _assessed = new();

    public ShardRows(SipHash key)
    {
        _key = key;
        _arena = new ByteArena(_heap);
        _table = new StreamTable(row => _rows[row].Stream);
    }

    /// <summary>Rows: one for each stream.</summary>
    public int Count => _rows.Count;

    public SectionSums Sections { get; } = new();

    public SearchIndex Search { get; } = new();

    public long Events { get; private set; }

    public long FirstAt { get; private set; } = long.MaxValue;

    public long LastAt { get; private set; } = long.MinValue;

    /// <summary>Grows with anything that boards show.</summary>
    public long Version { get; private set; }

    /// <summary>Grows with the open flags and needs.</summary>
    public long OpenVersion { get; private set; }

    /// <summary>No row's deadline is before this.</summary>
    public long NextDeadline { get; set; } = long.MaxValue;

    public Clocks Clocks { get; } = new();

    /// <summary>Native bytes taken from the system for rows, states, keys and flags.</summary>
    public long Bytes => _arena.ReservedBytes + ((long)_rows.Count * (Marshal.SizeOf<Row>() + Marshal.SizeOf<RowMeasures>() + Marshal.SizeOf<ValueMeasures>() + 12));

    /// <summary>−1 when nobody is there.</summary>
    public int Find(UInt128 stream) => _table.Find(stream);

    public ref readonly Row this[int row] => ref _rows[row];

    public ref readonly RowMeasures Measures(int row) => ref _measures[row];

    /// <summary>Of the row's person. Until the next change.</summary>
    public ReadOnlySpan<byte> State(int row) => UnionOf(row) is { } union ? union.State : OwnState(row);

    /// <summary>Of the row's own stream. Until the next change.</summary>
    public ReadOnlySpan<byte> OwnState(int row)
    {
        ref var r = ref _rows[row];
        return _arena.Span(r.State, r.StateLength);
    }

    /// <summary>The key at the source; empty for somebody who was erased.</summary>
    public string Key(int row)
    {
        ref var r = ref _rows[row];
        return r.KeyLength == 0 ? "" : Encoding.UTF8.GetString(_arena.Span(r.Key, r.KeyLength));
    }

    public string Source(int row) => _sources[_rows[row].Source];

    /// <summary>Until the next change.</summary>
    public ReadOnlySpan<OpenEntry> Open(int row)
    {
        ref var r = ref _rows[row];
        return r.OpenCount == 0 ? default : MemoryMarshal.Cast<byte, OpenEntry>(_arena.Span(r.Open, r.OpenCount * EntrySize));
    }

    /// <summary>Sums of the people of a segment; null when nobody ever was in it.</summary>
    public SegmentSums? Sums(int segment) => _sums[segment];

    /// <summary>What the value model says of a segment's people, exact.</summary>
    public ValueSums Values(int segment) => _valueSums[segment];

    /// <summary>What a row would be after an append at this moment.</summary>
    /// <param name="observe">False while the clocks of others are not known: what is shown as raised or cleared waits until they are.</param>
    public Change Assess(AppendCommand command, int row, ProgramSnapshot program, long now, bool observe) => Assess(
        row, command.Stream, command, command.State, Clocks.AsOf(command.Source, command.LiveSince, now), row < 0 ? default : Open(row), merged: false, program, observe);

    /// <summary>What a row would be by this program at this moment.</summary>
    public Change Assess(int row, ProgramSnapshot program, long now, bool observe)
    {
        return Assess(row, _rows[row].Stream, null, State(row), AsOf(row, now), Open(row), merged: false, program, observe);
    }

    /// <summary>What a state would measure at a moment.</summary>
    public RowMeasures MeasuresOf(ReadOnlySpan<byte> state, AsOf asOf, ProgramSnapshot program)
    {
        _state.Read(state);
        Assessor.Assess(_state, program, asOf, _assessed);
        return _assessed.Row;
    }

    /// <summary>Makes a change what is, and gives its row.</summary>
    public int Apply(Change change)
    {
        var row = change.Row >= 0 ? change.Row : Create(change.Stream, change.Command!.Source, change.Command.Key);
        ref var r = ref _rows[row];
        ref var measures = ref _measures[row];
        Turn++;
        var look = change.Command is { NameChanged: true } && change.Row >= 0 ? LookOf(row) : null;
        if (change.Only)
        {
            Record(ref r, change.Command!);
            if (change.Row < 0) SetRole(row, KinRole.Alone(change.Stream) ?? new KinRole(UInt128.Zero, null));
            if (change.Erased) Forget(ref r);
            if (change.Command!.NameChanged) Say(row, look);
            return row;
        }

        if (change.Command is { } command)
        {
            if (r.Sections != change.Sections) MoveSections(measures.Segments != 0 ? State(row) : default, command.State);
            Record(ref r, command);
        }
        else if (change.Turns)
        {
            var before = measures.Segments != 0 ? State(row).ToArray() : [];
            SetRole(row, change.Role);
            MoveSections(before, IsElsewhere(row) ? default : State(row));
        }
        else if (measures.Segments == 0)
        {
            // A row that was never assessed has added nothing to sections yet.
            MoveSections(default, State(row));
        }

        r.Sections = change.Sections;
        r.Shown = change.Shown;
        r.Deadline = change.Deadline;
        NextDeadline = Math.Min(NextDeadline, change.Deadline);
        if (change.Open is { } open)
        {
            SetOpen(ref r, open);
            OpenVersion++;
        }

        Move(row, change.Measures, change.Value);
        if (change.Erased && change.Role is null) Forget(ref r);
        else if (change.Turns || change.Command is { NameChanged: true }) Index(row);

        // Whose keys became one, or two, is compared with others anew.
        if (change.Turns || change.Command is { NameChanged: true }) Say(row, look);
        return row;
    }

    // What the stream's own records make of the row.
    private void Record(ref Row row, AppendCommand command)
    {
        SetState(ref row, command.State);
        var version = (int)command.Expected + command.Records.Length;
        Events += version - row.Version;
        row.Version = version;
        row.LiveSince = command.LiveSince;
    }

    private void Forget(ref Row row)
    {
        _arena.Free(row.Key, row.KeyLength);
        (row.Key, row.KeyLength) = (0, 0);
        Search.Remove(row.Stream);
    }

    /// <summary>Somebody as the store has it, not assessed yet.</summary>
    public void Load(UInt128 stream, string source, string key, long version, ReadOnlySpan<byte> state, long liveSince, ReadOnlySpan<OpenEntry> open, ShownSegments shown)
    {
        var row = Create(stream, source, key);
        if (KinRole.Alone(stream) is { } voice) SetRole(row, voice);
        ref var r = ref _rows[row];
        SetState(ref r, state);
        SetOpen(ref r, open);
        r.Version = (int)version;
        r.LiveSince = liveSince;
        r.Shown = shown;
        Events += version;
        Index(row);
        Say(row, null);
    }

    public void See(string source, long first, long last, bool live)
    {
        // Nothing but links so far.
        if (first > last) return;
        FirstAt = Math.Min(FirstAt, first);
        LastAt = Math.Max(LastAt, last);
        Clocks.See(source, last, live);
    }

    /// <summary>The earliest overdue complaint of a segment, µs; 0 when there is none.</summary>
    public long OldestOverdue(int segment)
    {
        if (_sums[segment] is not { } sums || sums[Domain.Boards.Sum.ComplaintsPast] == 0) return 0;
        long oldest = 0;
        for (var row = 0; row < _measures.Count; row++)
        {
            ref var measures = ref _measures[row];
            var due = measures.OldestOverdue;
            if (due != 0 && (measures.Segments >> segment & 1) != 0 && (oldest == 0 || due < oldest)) oldest = due;
        }

        return oldest;
    }

    /// <summary>Whether the kept sums of each segment are the sums of the rows.</summary>
    public int VerifySums(int shard, List<string> examples)
    {
        var differences = 0;
        var expected = new SegmentSums();
        for (var segment = 0; segment < _sums.Length; segment++)
        {
            expected.Clear();
            ValueSums values = default;
            for (var row = 0; row < _rows.Count; row++)
            {
                ref var measures = ref _measures[row];
                if ((measures.Segments >> segment & 1) == 0) continue;
                expected.Add(measures, 1);
                values = values.Plus(Of(_values[row], 1));
            }

            if (expected.Equals(_sums[segment] ?? new SegmentSums()) && values == _valueSums[segment]) continue;
            differences++;
            examples.Add($"shard {shard}: the sums of segment {segment} are not those of its rows");
        }

        return differences;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _measures.Dispose();
        _values.Dispose();
        _arena.Dispose();
        _heap.Dispose();
        Search.Dispose();
    }

    // `merged`: of what stood something was shown of another row, so that it has to be kept here.
    private Change Assess(
        int row, UInt128 stream, AppendCommand? command, ReadOnlySpan<byte> state, AsOf asOf, ReadOnlySpan<OpenEntry> stood, bool merged, ProgramSnapshot program, bool observe)
    {
        _state.Read(state);
        Assessor.Assess(_state, program, asOf, _assessed);
        _transitions.Clear();
        var shown = row < 0 ? default : _rows[row].Shown;
        var open = (observe ? OpenItems.Compare(stood, _assessed, _transitions) : null) ?? (merged ? stood.ToArray() : null);
        var live = !asOf.History && asOf.LiveSince != long.MaxValue && _state.ErasedAt == 0;
        var shows = observe ? OpenItems.Compare(shown, _assessed.Row.Segments, live, program, _transitions) : shown;

        // What was shown to nobody needs no place in the store: the next pass finds it again.
        var moved = shows != shown || (open is not null && (Recorded(open) || Recorded(stood)));

        // Time stands still for an imported history; its rows are looked at again when its end moves.
        return new Change(
            row, stream, command, _assessed.Row, open, moved, asOf.History ? long.MaxValue : _assessed.NextDeadline, _transitions.Count == 0 ? [] : [.. _transitions], _state.ErasedAt != 0,
            program.Models.Of<ValueModel>(ModelKinds.Value)?.Measure(_state, program, asOf) ?? ValueMeasures.None, shows, _state.Last.Tie, SectionsHash());
    }

    // Of the state that was assessed just now.
    private ulong SectionsHash()
    {
        _after.Clear();
        Assessor.Sections(_state, _after);
        return SipHash.Public.Hash64(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_after))) | 1;
    }

    private static bool Recorded(ReadOnlySpan<OpenEntry> entries)
    {
        foreach (ref readonly var entry in entries)
        {
            if (entry.Recorded == 1) return true;
        }

        return false;
    }

    private int Create(UInt128 stream, string source, string key)
    {
        var row = _rows.Add();
        _measures.Add();
        _values.Add();
        _values[row] = ValueMeasures.None;
        ref var r = ref _rows[row];
        r.Stream = stream;
        r.Deadline = long.MaxValue;
        r.Source = SourceOf(source);
        var length = Encoding.UTF8.GetByteCount(key);
        if (length > 0)
        {
            r.Key = _arena.Allocate(length);
            r.KeyLength = (ushort)length;
            Encoding.UTF8.GetBytes(key, _arena.Span(r.Key, length));
        }

        _table.Add(stream, row);
        if (Voices.IsVoice(stream)) _voices.Add(row);
        return row;
    }

    // Sources are few: systems, not people.
    private ushort SourceOf(string source)
    {
        var at = _sources.IndexOf(source);
        if (at >= 0) return (ushort)at;
        if (_sources.Count == ushort.MaxValue) throw new InvalidOperationException("A shard has more sources than it can name.");
        _sources.Add(source);
        return (ushort)(_sources.Count - 1);
    }

    private void SetState(ref Row row, ReadOnlySpan<byte> state)
    {
        row.State = _arena.Replace(row.State, row.StateLength, state);
        row.StateLength = state.Length;
    }

    private void SetOpen(ref Row row, ReadOnlySpan<OpenEntry> open)
    {
        if (open.IsEmpty)
        {
            _arena.Free(row.Open, row.OpenCount * EntrySize);
            row.Open = 0;
        }
        else
        {
            row.Open = _arena.Replace(row.Open, row.OpenCount * EntrySize, MemoryMarshal.AsBytes(open));
        }

        row.OpenCount = (ushort)open.Length;
    }

    // Sums lose what the row was and gain what it is; a row that measures the same moves nothing.
    private void Move(int row, in RowMeasures after, in ValueMeasures value)
    {
        ref var measures = ref _measures[row];
        ref var valued = ref _values[row];
        if (measures.Segments != after.Segments || valued != value)
        {
            Sum(measures.Segments, Of(valued, -1));
            Sum(after.Segments, Of(value, 1));
            if (valued != value) Version++;
            valued = value;
        }

        if (AsBytes(measures).SequenceEqual(AsBytes(after))) return;
        Sum(measures, -1);
        Sum(after, 1);
        measures = after;
        Version++;
    }

    private void Index(int row)
    {
        _state.Read(State(row));
        if (IsElsewhere(row) || _state.ErasedAt != 0) Search.Remove(_rows[row].Stream);
        else Search.Changed(_rows[row].Stream, _state.Profile, SearchKeys(row));
    }

    private void MoveSections(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        _before.Clear();
        _after.Clear();
        if (!before.IsEmpty)
        {
            _state.Read(before);
            Assessor.Sections(_state, _before);
        }

        if (!after.IsEmpty)
        {
            _state.Read(after);
            Assessor.Sections(_state, _after);
        }

        if (CollectionsMarshal.AsSpan(_before).SequenceEqual(CollectionsMarshal.AsSpan(_after))) return;
        foreach (ref readonly var contribution in CollectionsMarshal.AsSpan(_before)) Sections.Add(contribution, -1);
        foreach (ref readonly var contribution in CollectionsMarshal.AsSpan(_after)) Sections.Add(contribution, 1);
        Version++;
    }

    private void Sum(in RowMeasures measures, int sign)
    {
        for (var left = measures.Segments; left != 0; left &= left - 1) (_sums[BitOperations.TrailingZeroCount(left)] ??= new SegmentSums()).Add(measures, sign);
    }

    private void Sum(ulong segments, in ValueSums part)
    {
        if (part == default) return;
        for (var left = segments; left != 0; left &= left - 1)
        {
            ref var sums = ref _valueSums[BitOperations.TrailingZeroCount(left)];
            sums = sums.Plus(part);
        }
    }

    private static ValueSums Of(in ValueMeasures v, int sign) => v == ValueMeasures.None
        ? default
        : new ValueSums(v.Forecast ? sign : 0, sign * v.Expected, sign * v.Costs, v.Active >= 0 ? sign : 0, v.Active >= 0 ? sign * v.Active : 0);

    private static ReadOnlySpan<byte> AsBytes(in RowMeasures measures) => MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in measures));
}
