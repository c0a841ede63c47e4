using System.Numerics;
using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Embedded.Loops;

namespace Experience.Embedded.Shards;

internal sealed partial class Shard
{
    /// <summary>By segment bit; made when the first person is in it.</summary>
    private readonly SegmentSums?[] _sums = new SegmentSums?[64];

    private readonly SectionSums _sections = new();
    private OpenSummary? _openSummary;

    /// <summary>The earliest overdue complaint by segment bit, where <see cref="_overdueKnown"/> has the bit: it is kept as rows change, and looked for anew only when the one who had it has it no more.</summary>
    private readonly long[] _overdue = new long[64];

    private ulong _overdueKnown;

    /// <summary>Adds this shard's people of a segment to a board's sums.</summary>
    public void MergeInto(SegmentSums total, int bit)
    {
        if (_sums[bit] is { } sums) total.Merge(sums);
        _value.AddTo(total, bit);
    }

    /// <summary>Whether a person is in a scope; leaves the person's state in the context's scratch, and the row narrowed to the scope.</summary>
    public bool Takes(LoopContext cx, int row, ScopeFilter scope, ref RowMeasures measures)
    {
        cx.Scratch.Read(StateBytes(row));
        return scope.Takes(cx.Scratch, cx.Program, cx.Program.Zone.Day(AsOfRow(cx, row).Instant), ref measures);
    }

    public long PeopleIn(int bit) => _sums[bit]?[Domain.Boards.Sum.People] ?? 0;

    /// <summary>Adds this shard's part of what people add to sections.</summary>
    public void MergeInto(SectionSums total) => total.Merge(_sections);

    /// <summary>The earliest overdue complaint of a segment, µs, 0 when there is none; false when everybody has to be looked at for it.</summary>
    public bool TryOldestOverdue(int bit, out long oldest)
    {
        var none = _sums[bit] is not { } sums || sums[Domain.Boards.Sum.ComplaintsPast] == 0;
        oldest = none ? 0 : _overdue[bit];
        return none || (_overdueKnown >> bit & 1) != 0;
    }

    /// <summary>The same, whatever it takes.</summary>
    public long OldestOverdue(int bit)
    {
        if (TryOldestOverdue(bit, out var oldest)) return oldest;
        oldest = 0;
        for (var row = 0; row < _rows.Count; row++)
        {
            ref var measures = ref _measures[row];
            if (measures.OldestOverdue == 0 || (measures.Segments >> bit & 1) == 0) continue;
            if (oldest == 0 || measures.OldestOverdue < oldest) oldest = measures.OldestOverdue;
        }

        _overdueKnown |= 1UL << bit;
        return _overdue[bit] = oldest;
    }

    /// <summary>
    /// The flags and needs that stand and were recorded: how many, how many high, and the newest ones. Looked for again only after something changed.
    /// </summary>
    public OpenSummary OpenFlags(int newest)
    {
        if (_openSummary is { } known && known.Version == OpenVersion && known.Limit == newest) return known;
        long total = 0, high = 0;
        var queue = new PriorityQueue<(int Row, OpenEntry Entry), long>();
        for (var row = 0; row < _rows.Count; row++)
        {
            foreach (ref readonly var entry in Open(row))
            {
                if (entry.Standing == 0 || entry.Recorded == 0) continue;
                total++;
                if (entry.Severity == 1) high++;
                queue.Enqueue((row, entry), entry.Since);
                if (queue.Count > newest) queue.Dequeue();
            }
        }

        return _openSummary = new OpenSummary(OpenVersion, newest, total, high, [.. queue.UnorderedItems.Select(i => i.Element)]);
    }

    private void SumSections(LoopContext cx)
    {
        var before = cx.SectionsBefore;
        var after = cx.SectionsAfter;
        after.Clear();
        Assessor.Sections(cx.State, after);
        if (CollectionsMarshal.AsSpan(before).SequenceEqual(CollectionsMarshal.AsSpan(after))) return;
        foreach (ref readonly var contribution in CollectionsMarshal.AsSpan(before)) _sections.Add(contribution, -1);
        foreach (ref readonly var contribution in CollectionsMarshal.AsSpan(after)) _sections.Add(contribution, 1);
        Version++;
    }

    private void Sum(in RowMeasures before, in RowMeasures after)
    {
        for (var left = before.Segments; left != 0; left &= left - 1) Of(BitOperations.TrailingZeroCount(left)).Add(before, -1);
        for (var left = after.Segments; left != 0; left &= left - 1) Of(BitOperations.TrailingZeroCount(left)).Add(after, 1);
        if ((before.OldestOverdue | after.OldestOverdue) != 0) NoteOverdue(before, after);
    }

    private void NoteOverdue(in RowMeasures before, in RowMeasures after)
    {
        var had = before.OldestOverdue == 0 ? 0 : before.Segments;
        var has = after.OldestOverdue == 0 ? 0 : after.Segments;
        var stays = before.OldestOverdue == after.OldestOverdue ? has : 0;
        for (var left = had & ~stays; left != 0; left &= left - 1)
        {
            var bit = BitOperations.TrailingZeroCount(left);
            if (_overdue[bit] == before.OldestOverdue) _overdueKnown &= ~(1UL << bit);
        }

        for (var left = has; left != 0; left &= left - 1)
        {
            ref var oldest = ref _overdue[BitOperations.TrailingZeroCount(left)];
            if (oldest == 0 || after.OldestOverdue < oldest) oldest = after.OldestOverdue;
        }
    }

    private SegmentSums Of(int bit) => _sums[bit] ??= new SegmentSums();

    private void ClearSums()
    {
        foreach (var sums in _sums) sums?.Clear();
        _sections.Clear();
        _overdueKnown = 0;
    }
}

/// <summary>Open flags and needs of one shard, as of a version.</summary>
internal sealed record OpenSummary(long Version, int Limit, long Total, long High, IReadOnlyList<(int Row, OpenEntry Entry)> Newest);
