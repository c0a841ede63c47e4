using System.Numerics;
using System.Text;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;
using Experience.Domain.Tests.People;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Programs;

public sealed class SegmentTests
{
    private static SegmentRule? Parse(string json, out DocumentError? error) => SegmentRule.Parse(Encoding.UTF8.GetBytes(json), out error);

    [Theory]
    [InlineData("""{"field":"agee","is":">","value":3}""", "rule.field")]
    [InlineData("""{"all":[{"field":"age","is":"~","value":3}]}""", "rule.all[0].is")]
    [InlineData("""{"all":[]}""", "rule.all")]
    [InlineData("""{"any":[{"field":"age","value":3},{"not":{"field":"audience","value":"grown-ups"}}]}""", "rule.any[1].not.value")]
    [InlineData("""{"field":"age","value":3,"days":30}""", "rule.days")]
    [InlineData("""{"field":"kept","value":3,"days":0}""", "rule.days")]
    [InlineData("""{"field":"minor","value":"yes"}""", "rule.value")]
    [InlineData("""{"field":"age"}""", "rule.value")]
    [InlineData("""{"field":"age","value":3,"extra":1}""", "rule.extra")]
    [InlineData("""{}""", "rule")]
    [InlineData("""nonsense""", "rule")]
    public void A_refusal_names_the_path(string json, string path)
    {
        Assert.Null(Parse(json, out var error));
        Assert.Equal(path, error!.Field);
        Assert.NotEmpty(error.Accepted);
    }

    [Theory]
    [InlineData("""{"field":"age","is":">=","value":60}""", true)]
    [InlineData("""{"field":"age","is":">=","value":72}""", false)]
    [InlineData("""{"not":{"field":"age","is":">=","value":72}}""", true)]
    [InlineData("""{"all":[{"field":"kept","is":">","value":0,"days":365},{"field":"netPaid","is":">=","value":19000}]}""", true)]
    [InlineData("""{"field":"kept","is":">","value":0,"days":30}""", false)]
    [InlineData("""{"any":[{"field":"minor"},{"field":"course","value":"excel"}]}""", true)]
    [InlineData("""{"field":"course","is":"in","value":["yoga","excel"],"days":365}""", true)]
    [InlineData("""{"field":"course","is":"!=","value":"excel"}""", false)]
    [InlineData("""{"field":"service","is":"<","value":3.5}""", false)]
    [InlineData("""{"field":"lifecycle","is":"=","value":"new"}""", true)]
    public void Rules_read_the_person(string json, bool expected)
    {
        var key = "mine";
        var person = new Case().Program(EventTypes.SegmentDefined, At(2026, 1, 1), f => f.Set(Fields.Segment, key).Set(Fields.Document, json))
            .Tell(EventTypes.ParticipantIdentified, At(2026, 1, 1), f => f.Set(Fields.BirthDate, (long)CivilZone.DayOf(1955, 1, 1)))
            .Kept("a", At(2026, 1, 5), "2026-spring", f => f.Set(Fields.Course, "excel"))
            .Tell(EventTypes.PaymentReceived, At(2026, 1, 5, 13), f => f.Set(Fields.Section, "a").Set(Fields.Amount, 19_000L));
        var assessed = person.Assess(At(2026, 3, 1));
        var bit = person.Snapshot().Segments.Find(key)!.Bit;
        Assert.Equal(expected, (assessed.Row.Segments >> bit & 1) != 0);
    }

    /// <summary>A loop assesses everybody with one state and one result: what was looked up for somebody else, or by another program, must not be seen.</summary>
    [Fact]
    public void Whoever_was_assessed_before_with_the_same_memory_changes_nothing()
    {
        ProgramSnapshot[] programs = [.. new[] { "leisure", "professional" }.Select(audience =>
        {
            var program = new Case().Program(EventTypes.SegmentDefined, At(2026, 1, 1), f => f.Set(Fields.Segment, "ever").Set(Fields.Document, """{"field":"audience","value":"leisure"}"""));
            for (var i = 0; i < 3; i++) program.Section($"s-{i}", 19_000 + (100 * i), more: f => f.Set(Fields.Audience, i == 0 ? "leisure" : audience));
            return program.Snapshot();
        })];
        var (state, result) = (new PersonState(), new Assessed());
        var seen = 0;
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var program = programs[random.Next(2)];
            var fresh = new PersonState();
            state.Clear();
            foreach (var fact in Histories.Of(random, random.Next(0, 30), Spread.Years, voids: 0).OrderBy(f => f.Stamp))
            {
                PersonFold.Apply(fresh, fact.View(), Zone);
                PersonFold.Apply(state, fact.View(), Zone);
            }

            var at = AsOf.Live(At(2023, 6, 1) + random.NextInt64(400) * CivilZone.MicrosPerDay);
            var alone = new Assessed();
            Assessor.Assess(fresh, program, at, alone);
            Assessor.Assess(state, program, at, result);
            Assert.Equal((alone.Row.Segments, alone.Row.Score, alone.NextDeadline), (result.Row.Segments, result.Row.Score, result.NextDeadline));
            Assert.Equal(alone.Open.Select(static o => (o.Rule, o.Cause, o.Since)), result.Open.Select(static o => (o.Rule, o.Cause, o.Since)));
            if ((alone.Row.Segments >> program.Segments.Find("ever")!.Bit & 1) != 0) seen++;
        }

        Assert.InRange(seen, 20, 380);
    }

    [Fact]
    public void Market_segments_partition_everyone_and_stages_too()
    {
        const ulong market = ((1UL << SegmentSet.MarketCount) - 1) << SegmentSet.MarketFirst;
        const ulong stages = ((1UL << SegmentSet.LifecycleCount) - 1) << SegmentSet.LifecycleFirst;
        var program = new Case().Section("s-0", 19_000, more: f => f.Set(Fields.Audience, "leisure")).Section("s-1", 19_100, more: f => f.Set(Fields.Audience, "professional"))
            .Section("s-2", 19_200, more: f => f.Set(Fields.Audience, "senior")).Snapshot();
        var seen = 0UL;
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var state = new PersonState();
            foreach (var fact in Histories.Of(random, random.Next(1, 60), Spread.Years, voids: 0).OrderBy(f => f.Stamp)) PersonFold.Apply(state, fact.View(), Zone);
            var result = new Assessed();
            Assessor.Assess(state, program, AsOf.Live(At(2023, 6, 1) + random.NextInt64(400) * CivilZone.MicrosPerDay), result);
            var mask = result.Row.Segments;
            Assert.True((mask & 1) == 1 && BitOperations.PopCount(mask & market) == 1 && BitOperations.PopCount(mask & stages) == 1, $"seed {seed}: {mask:x}");
            seen |= mask;
        }

        Assert.True(BitOperations.PopCount(seen & market) >= 5, $"the histories reach few segments: {seen:x}");
    }

    [Fact]
    public void The_first_market_segment_that_matches_wins()
    {
        // A senior with an open certificate whose employer pays: employer-sponsored stands first.
        var person = new Case().Tell(EventTypes.ParticipantIdentified, At(2026, 1, 1), f => f.Set(Fields.BirthDate, (long)CivilZone.DayOf(1950, 1, 1)))
            .Tell(EventTypes.CertificateProgressed, At(2026, 1, 2), f => f.Set(Fields.Certificate, "c").Set(Fields.Completed, 1L).Set(Fields.Required, 4L));
        Assert.True(Has(person, "certificate") && !Has(person, "seniors"));
        person.Kept("a", At(2026, 1, 5), "2026-spring", f => f.Set(Fields.PayerOrganisation, "Harlan"));
        Assert.True(Has(person, "employer-sponsored") && !Has(person, "certificate"));

        static bool Has(Case person, string key) => (person.Assess(At(2026, 2, 1)).Row.Segments >> person.Snapshot().Segments.Find(key)!.Bit & 1) != 0;
    }

    [Fact]
    public void Beyond_48_segments_the_newest_are_not_in_force_and_a_retired_one_leaves_its_place()
    {
        var person = new Case();
        for (var i = 0; i < 40; i++) person.Program(EventTypes.SegmentDefined, At(2026, 1, 1 + i % 28) + i, f => f.Set(Fields.Segment, $"g-{i:00}").Set(Fields.Document, """{"field":"minor"}"""));
        var segments = person.Snapshot().Segments;
        Assert.Equal(SegmentSet.Max, segments.All.Count);
        Assert.Equal(40 - (SegmentSet.Max - SegmentSet.OwnFirst), segments.LeftOut);
        Assert.Equal(Enumerable.Range(0, SegmentSet.Max), segments.All.Select(s => s.Bit));
        person.Program(EventTypes.SegmentDefined, At(2026, 3, 1), f => f.Set(Fields.Segment, "g-00").Set(Fields.Document, """{"retired":true}"""));
        Assert.Equal(segments.LeftOut - 1, person.Snapshot().Segments.LeftOut);
        Assert.Null(person.Snapshot().Segments.Find("g-00"));
    }

    [Fact]
    public void Stages_of_the_lifecycle_follow_the_definitions()
    {
        var person = new Case().Tell(EventTypes.InquiryReceived, At(2022, 12, 1), f => f.Set(Fields.Topic, "x"));
        Assert.Equal("prospect", Stage(person, At(2023, 1, 1)));
        person.Kept("a", At(2023, 9, 1), "2023-fall");
        var first = CivilZone.DayOf(2023, 9, 1);
        Assert.Equal("new", Stage(person, At(first + 364)));
        Assert.Equal("lapsing", Stage(person, At(first + 365)));
        Assert.Equal("lapsing", Stage(person, At(first + 729)));
        Assert.Equal("lapsed", Stage(person, At(first + 730)));
        person.Kept("b", At(2026, 9, 1), "2026-fall");
        Assert.Equal("won-back", Stage(person, At(2026, 9, 2)));

        var loyal = new Case().Kept("a", At(2023, 9, 1), "2023-fall").Kept("b", At(2024, 9, 1), "2024-fall").Kept("c", At(2025, 9, 1), "2025-fall").Kept("d", At(2026, 9, 1), "2026-fall");
        Assert.Equal("loyal", Stage(loyal, At(2026, 10, 1)));

        static string Stage(Case person, long at) => SegmentSet.LifecycleKeys[person.Assess(at).Row.Lifecycle];
    }
}
