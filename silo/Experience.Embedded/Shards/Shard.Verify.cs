using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
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
    /// <param name="settled">Everybody was assessed by the program and the clocks as they are: then rows must be what the journal's fold gives now.</param>
    /// <param name="digest">What their chains hold.</param>
    /// <param name="assessed">Takes the hash of each row as of the moment that is asked for.</param>
    public int Verify(LoopContext cx, int from, int count, long? asOf, bool settled, ref FactDigest digest, List<UInt128> assessed, List<string> examples)
    {
        var differences = 0;
        var facts = digest;
        for (var row = from; row < Math.Min(_rows.Count, from + count); row++)
        {
            Settle(cx, row, whole: true);
            ref var r = ref _rows[row];
            var before = facts.Count;
            cx.History.Walk(r.Stream, r.Last, 0, Dense(r), (in RecordView record) =>
            {
                if ((record.Header.Flags & RecordFlags.Observation) == 0) facts.Add(record.Header.Id);
                return true;
            });
            var elsewhere = IsElsewhere(row);
            if (_unions.TryGetValue(row, out var union)) FoldAll(cx, new Union(union.Streams), _verified);
            else if (!elsewhere) Refold(cx, row, _verified, null);
            if (facts.Count - before != r.Events) Differ(r.Stream, $"{facts.Count - before} facts in the journal, {r.Events} counted");
            else if (elsewhere) Expect(r.StateLength == 0 && _measures[row].Segments == 0, r.Stream);
            else if (!cx.Encode(_verified).SequenceEqual(StateBytes(row))) Differ(r.Stream, "the kept state is not the fold of the journal");
            else if (settled && !RowStands(cx, row)) Differ(r.Stream, "the row is not the assessment of the journal's fold");
            else if (asOf is { } moment && !SameAssessment(cx, row, moment)) Differ(r.Stream, "the assessment differs");
            if (asOf is not null) assessed.Add(SipHash.Public.Hash128(MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in _verifiedAt.Row))));
        }

        digest = facts;
        return differences;

        void Expect(bool nothing, UInt128 stream)
        {
            if (!nothing) Differ(stream, "the stream is part of another person, and is counted on its own too");
        }

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

    /// <summary>Whether the kept sums of sections are what everybody adds to them.</summary>
    public int VerifySections(LoopContext cx, List<string> examples)
    {
        cx.Flush();
        var expected = new SectionSums();
        var added = new List<SectionContribution>();
        for (var row = 0; row < _rows.Count; row++)
        {
            cx.Scratch.Read(StateBytes(row));
            Assessor.Sections(cx.Scratch, added);
            foreach (ref readonly var contribution in CollectionsMarshal.AsSpan(added)) expected.Add(contribution, 1);
        }

        if (expected.Equals(_sections)) return 0;
        if (examples.Count < 20) examples.Add($"shard {Index}: the sums of sections are not what its people add");
        return 1;
    }

    /// <summary>Whether the last pass began with the program as it is, and is through.</summary>
    public bool SettledFor(LoopContext cx, long target) => Passed >= target && _passRow < 0 && _passProgram == cx.Program.Number;

    // What boards sum of the person, against the fold of the journal at this moment. A clock that ran out since the last tick is no difference.
    private bool RowStands(LoopContext cx, int row)
    {
        cx.Now = cx.Parts.Now();
        if (_deadlines[row] <= cx.Now) Reassess(cx, row);
        Assessor.Assess(_verified, cx.Program, AsOfRow(cx, row), _verifiedAt);
        if (Same()) return true;

        // Forecasts are computed beside: one that came since the row was assessed is taken up now.
        if (ActiveOf(cx, row) is null) return false;
        Reassess(cx, row);
        return Same();

        bool Same() => MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in _measures[row])).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in _verifiedAt.Row)));
    }

    private static readonly SegmentSums Nothing = new();

    private bool SameAssessment(LoopContext cx, int row, long moment)
    {
        var asOf = AsOfRow(cx, row) with { Instant = moment, Active = null };
        cx.Scratch.Read(StateBytes(row));
        Assessor.Assess(cx.Scratch, cx.Program, asOf, cx.Assessed);
        Assessor.Assess(_verified, cx.Program, asOf, _verifiedAt);
        return MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in cx.Assessed.Row))
            .SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<RowMeasures>(in _verifiedAt.Row)));
    }
}
