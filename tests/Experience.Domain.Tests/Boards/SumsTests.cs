using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;
using Experience.Domain.Tests.People;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Boards;

/// <summary>Sums that are kept by adding and taking away equal those of a pass over everybody.</summary>
public sealed class SumsTests
{
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Every_sum_equals_brute_force_after_any_changes_and_over_any_shards(int seed)
    {
        var random = new Random(seed);
        var program = new Case().Section("s-0", 19_000).Snapshot();
        const int people = 120;
        const int shards = 3;
        var states = Enumerable.Range(0, people).Select(_ => new PersonState()).ToArray();
        var facts = Enumerable.Range(0, people).Select(_ => Histories.Of(random, random.Next(1, 50), Spread.Years, voids: 0).OrderBy(f => f.Stamp).ToList()).ToArray();
        var rows = new RowMeasures[people];
        var known = new List<SectionContribution>[people];
        var sums = Enumerable.Range(0, shards).Select(_ => Enumerable.Range(0, SegmentSet.Max).Select(_ => new SegmentSums()).ToArray()).ToArray();
        var sections = Enumerable.Range(0, shards).Select(_ => new SectionSums()).ToArray();
        var assessed = new Assessed();
        var contributions = new List<SectionContribution>();
        var at = AsOf.Live(At(2023, 8, 1));
        for (var i = 0; i < people; i++) known[i] = [];

        for (var step = 0; step < 2_400; step++)
        {
            var i = random.Next(people);
            if (facts[i].Count == 0) continue;
            PersonFold.Apply(states[i], facts[i][0].View(), Zone);
            facts[i].RemoveAt(0);
            Assessor.Assess(states[i], program, at, assessed);
            Change(sums[i % shards], rows[i], assessed.Row);
            rows[i] = assessed.Row;
            Assessor.Sections(states[i], contributions);
            foreach (var c in known[i]) sections[i % shards].Add(c, -1);
            foreach (var c in contributions) sections[i % shards].Add(c, 1);
            known[i] = [.. contributions];
        }

        var merged = Enumerable.Range(0, SegmentSet.Max).Select(_ => new SegmentSums()).ToArray();
        var brute = Enumerable.Range(0, SegmentSet.Max).Select(_ => new SegmentSums()).ToArray();
        var mergedSections = new SectionSums();
        var bruteSections = new SectionSums();
        for (var shard = 0; shard < shards; shard++)
        {
            for (var s = 0; s < SegmentSet.Max; s++) merged[s].Merge(sums[shard][s]);
            mergedSections.Merge(sections[shard]);
        }

        for (var i = 0; i < people; i++)
        {
            for (var s = 0; s < SegmentSet.Max; s++)
            {
                if ((rows[i].Segments >> s & 1) != 0) brute[s].Add(rows[i], 1);
            }

            foreach (var c in known[i]) bruteSections.Add(c, 1);
        }

        for (var s = 0; s < SegmentSet.Max; s++) Assert.True(brute[s].Equals(merged[s]), $"segment {s}, seed {seed}");
        Assert.Equal(bruteSections, mergedSections);
        Assert.Equal(rows.Count(r => r.Segments != 0), merged[0][Sum.People]);
        Assert.Equal(rows.Sum(r => r.NetPaid), merged[0][Sum.NetPaid]);
        Assert.Equal(rows.Count(r => r.Risks > 0), merged[0][Sum.AtRisk]);
        Assert.Equal(rows.Sum(r => (long)r.ComplaintsPast), merged[0][Sum.ComplaintsPast]);
        Assert.True(merged[0][Sum.AtRisk] > 0 && merged[0].Desks.Count > 0, "the histories reach too little");
    }

    [Fact]
    public void Adding_and_taking_away_leaves_nothing()
    {
        var random = new Random(3);
        var sums = new SegmentSums();
        var rows = new RowMeasures[50];
        foreach (ref var row in rows.AsSpan())
        {
            // Any bits at all: sums wrap around and back.
            random.NextBytes(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref row, 1)));
            row.NetPaid = random.NextInt64(-1_000_000, 1_000_000);
            row.RecentNetPaid = 0;
            sums.Add(row, 1);
        }

        Assert.False(sums.Equals(new SegmentSums()));
        foreach (ref var row in rows.AsSpan()) sums.Add(row, -1);
        Assert.True(sums.Equals(new SegmentSums()));
    }

    private static void Change(SegmentSums[] sums, in RowMeasures before, in RowMeasures after)
    {
        for (var s = 0; s < SegmentSet.Max; s++)
        {
            if ((before.Segments >> s & 1) != 0) sums[s].Add(before, -1);
            if ((after.Segments >> s & 1) != 0) sums[s].Add(after, 1);
        }
    }
}
