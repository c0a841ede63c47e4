using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Embedded.Journal;
using Experience.Embedded.Loops;

namespace Experience.Embedded.Shards;

/// <summary>What a count of facts adds up to, whoever counts: how many, and the sum of their ids, so that none can stand for another.</summary>
internal record struct FactDigest(long Count, UInt128 Ids)
{
    public void Add(UInt128 id)
    {
        Count++;
        Ids += id;
    }
}

internal sealed partial class Shard
{
    private readonly Domain.People.PersonState _verified = new();
    private readonly Assessed _verifiedAt = new();

    /// <summary>
    /// Folds some people anew from the journal, all of their facts, without snapshots, and compares with what is kept.
    /// </summary>
    /// <param name="digest">What their chains hold.</param>
    public int Verify(LoopContext cx, int from, int count, long? asOf, ref FactDigest digest, List<string> examples)
    {
        var differences = 0;
        var facts = digest;
        for (var row = from; row < Math.Min(_rows.Count, from + count); row++)
        {
            Settle(cx, row);
            ref var r = ref _rows[row];
            var before = facts.Count;
            cx.History.Walk(r.Stream, r.Last, 0, Dense(r), (in RecordView record) =>
            {
                if ((record.Header.Flags & RecordFlags.Observation) == 0) facts.Add(record.Header.Id);
                return true;
            });
            Refold(cx, row, _verified, null);
            if (facts.Count - before != r.Events) Differ(r.Stream, $"{facts.Count - before} facts in the journal, {r.Events} counted");
            else if (!cx.Encode(_verified).SequenceEqual(StateBytes(row))) Differ(r.Stream, "the kept state is not the fold of the journal");
            else if (asOf is { } moment && !SameAssessment(cx, row, moment)) Differ(r.Stream, "the assessment differs");
        }

        digest = facts;
        return differences;

        void Differ(UInt128 stream, string what)
        {
            differences++;
            if (examples.Count < 20) examples.Add($"{EmbeddedEngine.IdOf(stream)}: {what}");
        }
    }

    /// <summary>Whether the kept sums of each segment are the sums of the rows.</summary>
    public int VerifySums(List<string> examples)
    {
        var differences = 0;
        var expected = new SegmentSums();
        for (var bit = 0; bit < _sums.Length; bit++)
        {
            expected.Clear();
            for (var row = 0; row < _rows.Count; row++)
            {
                ref var measures = ref _measures[row];
                if ((measures.Segments >> bit & 1) != 0) expected.Add(measures, 1);
            }

            if (expected.Equals(_sums[bit] ?? Nothing) && _value.Adds(bit, row => _measures[row].Segments)) continue;
            differences++;
            if (examples.Count < 20) examples.Add($"shard {Index}: the sums of segment {bit} are not those of its rows");
        }

        return differences;
    }

    private static readonly SegmentSums Nothing = new();

    private bool SameAssessment(LoopContext cx, int row, long moment)
    {
        var asOf = AsOfRow(cx, row) with { Instant = moment };
        cx.Scratch.Read(StateBytes(row));
        Assessor.Assess(cx.Scratch, cx.Program, asOf, cx.Assessed);
        Assessor.Assess(_verified, cx.Program, asOf, _verifiedAt);
        return MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in cx.Assessed.Row))
            .SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in _verifiedAt.Row)));
    }
}
