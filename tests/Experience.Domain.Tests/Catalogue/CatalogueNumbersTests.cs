using System.Buffers;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Catalogue;

/// <summary>
/// Cost per participant, margin, cancellation rate and places, each against a count that knows nothing of states, snapshots or shards: it reads the list of
/// events as the product's definitions are written.
/// </summary>
public sealed class CatalogueNumbersTests
{
    [Fact]
    public void Every_number_is_that_of_its_definition()
    {
        var reached = (Costless: 0, Costed: 0, Negative: 0, Voided: 0);
        for (var seed = 1; seed <= 120; seed++)
        {
            var story = new CatalogueStory(seed);
            var (program, states) = story.Fold();
            foreach (var key in (string[])[.. CatalogueStory.Terms, ""])
            {
                var term = key.Length == 0 ? null : program.Terms.Find(SipHash.Name(key));
                var pass = Pass(program, key, states, shards: seed % 4 + 1);
                var sums = new SectionSums();
                var contributions = new List<SectionContribution>();
                foreach (var state in states)
                {
                    Assessor.Sections(state, contributions);
                    foreach (var c in contributions) sums.Add(c, 1);
                }

                var view = CatalogueBuilder.Build(program, term, pass, sums, CatalogueStory.Now);
                var expected = story.Count(key);
                var because = $"seed {seed}, term {key}";
                Assert.True(expected.Participants == view.Totals.Participants, $"{because}: {expected.Participants} participants, not {view.Totals.Participants}");
                Assert.True(expected.Income == view.Totals.Income, $"{because}: income {expected.Income}, not {view.Totals.Income}");
                Assert.True((expected.Offered, expected.Cancelled) == (view.Totals.Offerings, view.Totals.Cancelled), because);
                Assert.Equal(expected.Offered == 0, view.Totals.CancellationRate is null);
                if (view.Totals.CancellationRate is { } rate) Assert.Equal(100.0 * expected.Cancelled / expected.Offered, rate, 9);
                Assert.Equal(expected.Costs, view.Totals.Costs?.Total);
                Assert.Equal(expected.Costs is { } costs && expected.Participants > 0 ? (double)costs / expected.Participants : null, view.Totals.CostPerParticipant);
                Assert.Equal(expected.Costs is { } spent ? expected.Income - spent : null, view.Totals.Margin);
                foreach (var course in view.Courses)
                {
                    var of = expected.Courses[course.Id];
                    Assert.True(of.Participants == course.Participants, $"{because}, {course.Id}: {of.Participants} participants, not {course.Participants}");
                    Assert.True(of.Income == course.Income, $"{because}, {course.Id}: income {of.Income}, not {course.Income}");
                    Assert.Equal((of.Offered, of.Cancelled, of.Costs), (course.Offerings, course.Cancelled, course.Costs));
                    Assert.Equal(of.Costs is null ? null : of.CostedIncome - of.Costs, course.Margin);
                }

                if (expected.Costs is null) reached.Costless++;
                else reached.Costed++;
                if (view.Totals.Margin < 0) reached.Negative++;
            }

            reached.Voided += story.Voided;
        }

        Assert.True(reached is { Costless: > 20, Costed: > 100, Negative: > 10, Voided: > 100 }, $"the stories reach too little: {reached}");
    }

    [Fact]
    public void A_catalogue_without_costs_says_so_and_never_nought()
    {
        var story = new CatalogueStory(3, costs: false);
        var (program, states) = story.Fold();
        var view = CatalogueBuilder.Build(program, null, Pass(program, "", states, 1), new SectionSums(), CatalogueStory.Now);
        Assert.Null(view.Totals.Costs);
        Assert.Null(view.Totals.CostPerParticipant);
        Assert.Null(view.Totals.Margin);
        Assert.All(view.Courses, c => Assert.True(c.Costs is null && c.Margin is null));
    }

    [Fact]
    public void A_cost_belongs_to_the_term_it_names_else_to_its_sections_else_to_that_of_its_day()
    {
        var fall = CivilZone.DayOf(2026, 9, 14);
        var program = new Case()
            // The cost comes before the section that it is for.
            .Program(EventTypes.CostRecorded, At(2026, 2, 1), f => f.Set(Fields.Amount, 100L).Set(Fields.CostKind, "production").Set(Fields.Section, "s-1"))
            .Section("s-1", fall)
            .Program(EventTypes.CostRecorded, At(2026, 2, 2), f => f.Set(Fields.Amount, 40L).Set(Fields.CostKind, "promotion"))
            .Program(EventTypes.CostRecorded, At(2026, 10, 2), f => f.Set(Fields.Amount, 7L).Set(Fields.CostKind, "service").Set(Fields.Term, "2026-spring").Set(Fields.Section, "s-1"))
            .Snapshot();
        Assert.Equal(100, program.Costs[SipHash.Name("2026-fall")].Production);
        var spring = program.Costs[SipHash.Name("2026-spring")];
        Assert.Equal((40L, 7L), (spring.Promotion, spring.Service));
        Assert.Equal(107, program.SectionCosts[SipHash.Name("s-1")].Total);
    }

    private static CataloguePass Pass(ProgramSnapshot program, string term, IReadOnlyList<PersonState> states, int shards)
    {
        var parts = Enumerable.Range(0, shards).Select(_ => new CataloguePass(program, term)).ToArray();
        for (var i = 0; i < states.Count; i++) parts[i % shards].Add((UInt128)(uint)i, states[i], default);
        var all = new CataloguePass(program, term);
        foreach (var part in parts)
        {
            var written = new ArrayBufferWriter<byte>();
            part.Write(written);
            all.Add(written.WrittenSpan);
        }

        return all;
    }
}
