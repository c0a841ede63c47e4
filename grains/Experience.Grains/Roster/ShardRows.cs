using System.Numerics;
using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Embedded.Search;
using Experience.Grains.Contracts;

namespace Experience.Grains.Roster;

/// <summary>What the shard holds of one person.</summary>
internal sealed class Row(UInt128 stream, string source, string key)
{
    public UInt128 Stream { get; } = stream;

    public string Source { get; } = source;

    /// <summary>The key at the source; empty for somebody who was erased.</summary>
    public string Key { get; set; } = key;

    /// <summary>Facts of the person that are durable.</summary>
    public long Version { get; set; }

    public byte[] State { get; set; } = [];

    /// <summary>Earliest live fact, µs; 0 when none was live.</summary>
    public long LiveSince { get; set; }

    public OpenEntry[] Open { get; set; } = [];

    public ShownSegments Shown { get; set; }

    /// <summary>When the mere passage of time may change the assessment, µs.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    public RowMeasures Measures;

    /// <summary>What the value model in force says; nothing while there is none.</summary>
    public ValueMeasures Value { get; set; } = ValueMeasures.None;
}

/// <summary>What becomes of a row: computed first, applied when it is durable.</summary>
/// <param name="New">The row is not among the others yet.</param>
internal sealed record Change(
    Row Row, bool New, long Version, byte[] State, long LiveSince, RowMeasures Measures, OpenEntry[] Open, long Deadline, List<Transition> Transitions, bool NameChanged, bool Erased, ValueMeasures Value, ShownSegments Shown, ulong Newest);

/// <summary>
/// A sixty-fourth of all people in memory: rows, exact sums by segment, sections, search. Of one owner; nothing in here waits for
/// anything, and all of it can be built again from the store.
/// </summary>
internal sealed class ShardRows : IDisposable
{
    private readonly Dictionary<UInt128, Row> _rows = [];
    private readonly List<Row> _all = [];
    private readonly SegmentSums?[] _sums = new SegmentSums?[64];
    private readonly List<SectionContribution> _before = [];
    private readonly List<SectionContribution> _after = [];
    private readonly PersonState _state = new();
    private readonly Assessed _assessed = new();

    public IReadOnlyList<Row> All => _all;

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

    public Row? Find(UInt128 stream) => _rows.GetValueOrDefault(stream);

    /// <summary>Sums of the people of a segment; null when nobody ever was in it.</summary>
    public SegmentSums? Sums(int segment) => _sums[segment];

    /// <summary>What a row would be with this state at this moment.</summary>
    /// <param name="observe">False while the clocks of others are not known: what is shown as raised or cleared waits until they are.</param>
    public Change Assess(Row row, bool isNew, long version, byte[] state, long liveSince, ProgramSnapshot program, long now, bool nameChanged, bool observe)
    {
        _state.Read(state);
        var asOf = Clocks.AsOf(row.Source, liveSince, now);
        Assessor.Assess(_state, program, asOf, _assessed);
        var transitions = new List<Transition>();
        var open = observe ? OpenItems.Compare(row.Open, _assessed, transitions) : row.Open;

        var live = !asOf.History && liveSince != 0 && _state.ErasedAt == 0;
        var shown = observe ? OpenItems.Compare(row.Shown, _assessed.Row.Segments, live, program, transitions) : row.Shown;

        // Time stands still for an imported history; its rows are looked at again when its end moves.
        return new Change(row, isNew, version, state, liveSince, _assessed.Row, open, asOf.History ? long.MaxValue : _assessed.NextDeadline, transitions, nameChanged, _state.ErasedAt != 0,
            program.Models.Of<ValueModel>(ModelKinds.Value)?.Measure(_state, program, asOf) ?? ValueMeasures.None, shown, _state.Last.Tie);
    }

    /// <summary>Makes a change what is.</summary>
    public void Apply(Change change)
    {
        var row = change.Row;
        if (change.New)
        {
            _rows.Add(row.Stream, row);
            _all.Add(row);
        }

        if (!ReferenceEquals(row.State, change.State) || row.Measures.Segments == 0) MoveSections(row, change.State);
        Events += change.Version - row.Version;
        row.Version = change.Version;
        row.State = change.State;
        row.LiveSince = change.LiveSince;
        row.Shown = change.Shown;
        row.Deadline = change.Deadline;
        NextDeadline = Math.Min(NextDeadline, change.Deadline);
        if (!ReferenceEquals(row.Open, change.Open))
        {
            row.Open = change.Open;
            OpenVersion++;
        }

        ref var measures = ref row.Measures;
        if (!Bytes(measures).SequenceEqual(Bytes(change.Measures)))
        {
            Sum(measures, -1);
            Sum(change.Measures, 1);
            measures = change.Measures;
            Version++;
        }

        if (row.Value != change.Value)
        {
            row.Value = change.Value;
            Version++;
        }

        if (change.Erased)
        {
            row.Key = "";
            Search.Remove(row.Stream);
        }
        else if (change.NameChanged)
        {
            Index(row);
        }
    }

    /// <summary>Somebody as the store has it, not assessed yet.</summary>
    public void Load(Row row)
    {
        _rows.Add(row.Stream, row);
        _all.Add(row);
        Events += row.Version;
        Index(row);
    }

    public void See(string source, long first, long last, bool live)
    {
        FirstAt = Math.Min(FirstAt, first);
        LastAt = Math.Max(LastAt, last);
        Clocks.See(source, last, live);
    }

    /// <summary>What the value model says of a segment's people, exact.</summary>
    public ValueSums Values(int segment)
    {
        ValueSums sums = default;
        foreach (var row in _all)
        {
            if ((row.Measures.Segments >> segment & 1) == 0 || row.Value == ValueMeasures.None) continue;
            var v = row.Value;
            sums = sums.Plus(new ValueSums(v.Forecast ? 1 : 0, v.Expected, v.Costs, v.Active >= 0 ? 1 : 0, Math.Max((short)0, v.Active)));
        }

        return sums;
    }

    /// <summary>The earliest overdue complaint of a segment, µs; 0 when there is none.</summary>
    public long OldestOverdue(int segment)
    {
        if (_sums[segment] is not { } sums || sums[Domain.Boards.Sum.ComplaintsPast] == 0) return 0;
        long oldest = 0;
        foreach (var row in _all)
        {
            var due = row.Measures.OldestOverdue;
            if (due != 0 && (row.Measures.Segments >> segment & 1) != 0 && (oldest == 0 || due < oldest)) oldest = due;
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
            foreach (var row in _all)
            {
                if ((row.Measures.Segments >> segment & 1) != 0) expected.Add(row.Measures, 1);
            }

            if (expected.Equals(_sums[segment] ?? new SegmentSums())) continue;
            differences++;
            examples.Add($"shard {shard}: the sums of segment {segment} are not those of its rows");
        }

        return differences;
    }

    public void Dispose() => Search.Dispose();

    private void Index(Row row)
    {
        _state.Read(row.State);
        if (_state.ErasedAt != 0) return;
        Search.Changed(row.Stream, _state.Profile, row.Key);
    }

    // A row that was never assessed has added nothing to sections yet.
    private void MoveSections(Row row, byte[] state)
    {
        _before.Clear();
        _after.Clear();
        if (row.Measures.Segments != 0)
        {
            _state.Read(row.State);
            Assessor.Sections(_state, _before);
        }

        _state.Read(state);
        Assessor.Sections(_state, _after);
        if (CollectionsMarshal.AsSpan(_before).SequenceEqual(CollectionsMarshal.AsSpan(_after))) return;
        foreach (ref readonly var contribution in CollectionsMarshal.AsSpan(_before)) Sections.Add(contribution, -1);
        foreach (ref readonly var contribution in CollectionsMarshal.AsSpan(_after)) Sections.Add(contribution, 1);
        Version++;
    }

    private void Sum(in RowMeasures measures, int sign)
    {
        for (var left = measures.Segments; left != 0; left &= left - 1) (_sums[BitOperations.TrailingZeroCount(left)] ??= new SegmentSums()).Add(measures, sign);
    }

    private static ReadOnlySpan<byte> Bytes(in RowMeasures measures) => MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in measures));
}

/// <summary>
/// What each source is judged as of: one that has sent live events as of now, one that was only imported as of its own last event. What this
/// shard saw, and what it was told that others saw.
/// </summary>
internal sealed class Clocks
{
    private readonly Dictionary<string, (long End, bool Live)> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long End, bool Live)> _told = new(StringComparer.Ordinal);

    /// <summary>What this shard's own people say.</summary>
    public SourceClock[] Seen => [.. _seen.Select(s => new SourceClock(s.Key, s.Value.End, s.Value.Live))];

    public void See(string source, long end, bool live) => Raise(_seen, source, end, live);

    /// <summary>Takes over what all shards together say.</summary>
    public void Tell(SourceClock[] clocks)
    {
        foreach (var clock in clocks) Raise(_told, clock.Source, clock.End, clock.Live);
    }

    public AsOf AsOf(string source, long liveSince, long now)
    {
        (long End, bool Live) mine = _seen.GetValueOrDefault(source, (long.MinValue, false));
        (long End, bool Live) others = _told.GetValueOrDefault(source, (long.MinValue, false));
        var live = mine.Live || others.Live;
        var instant = Instant(live, Math.Max(mine.End, others.End), now);
        return new AsOf(instant, !live, liveSince == 0 ? long.MaxValue : liveSince);
    }

    public static long Instant(bool live, long end, long now) => live ? now : Math.Min(now, Math.Max(end, 0));

    /// <summary>Whether two are the same for judging: the end of a live source moves all the time and means nothing.</summary>
    public static bool Same(SourceClock[] one, SourceClock[] other) =>
        one.Length == other.Length && one.Zip(other).All(p => p.First.Source == p.Second.Source && p.First.Live == p.Second.Live && (p.First.Live || p.First.End == p.Second.End));

    /// <summary>The newest of each source, by source.</summary>
    public static SourceClock[] Merge(IEnumerable<SourceClock> clocks)
    {
        var all = new SortedDictionary<string, (long End, bool Live)>(StringComparer.Ordinal);
        foreach (var clock in clocks)
        {
            all[clock.Source] = all.TryGetValue(clock.Source, out var known) ? (Math.Max(known.End, clock.End), known.Live || clock.Live) : (clock.End, clock.Live);
        }

        return [.. all.Select(c => new SourceClock(c.Key, c.Value.End, c.Value.Live))];
    }

    private static void Raise(Dictionary<string, (long End, bool Live)> clocks, string source, long end, bool live)
    {
        ref var clock = ref CollectionsMarshal.GetValueRefOrAddDefault(clocks, source, out var exists);
        clock = exists ? (Math.Max(clock.End, end), clock.Live || live) : (end, live);
    }
}
