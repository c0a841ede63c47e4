using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Models.Needs;
using Experience.Domain.People;
using Experience.Domain.Tests.Assessments;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Catalogue;

/// <summary>What may be named as a next course, against its definition read off the events.</summary>
public sealed class NextOfferingFilterTests
{
    private static readonly string[] Names = ["art", "drawing", "excel", "pottery", "spanish-1", "spanish-2"];
    private static readonly ulong[] Courses = [.. Names.Select(n => SipHash.Name(n)).Order()];
    private static readonly long Now = At(2026, 8, 1);

    [Fact]
    public void Exactly_what_is_open_and_suits_can_be_named()
    {
        var (named, notNamed) = (0, 0);
        for (var seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var born = random.Next(3) == 0 ? 0 : CivilZone.DayOf(random.Next(1950, 2020), 5, 5);
            var person = new Case();
            var sums = new SectionSums();
            var expected = new HashSet<string>();
            if (born != 0) person.Tell(EventTypes.ParticipantIdentified, At(2026, 1, 1), f => f.Set(Fields.BirthDate, (long)born));
            var age = born == 0 ? -1 : 2026 - CivilZone.Civil(born).Year;
            var history = new Dictionary<string, string>();
            foreach (var course in Names.Where(_ => random.Next(3) == 0))
            {
                // Taken in spring, over in March; what became of it decides whether it is a prerequisite met.
                var end = ((string[])["kept", "completed", "dropped", "withdrawn", "refunded"])[random.Next(5)];
                history[course] = end;
                person.Section("past-" + course, CivilZone.DayOf(2026, 1, 19), course: course, more: f => f.Set(Fields.Term, "2026-spring"))
                    .Kept("past-" + course, At(2026, 1, 5), "2026-spring", f => f.Set(Fields.Amount, 100L));
                if (end == "completed") person.Tell(EventTypes.SectionCompleted, At(2026, 4, 1), f => f.Set(Fields.Section, "past-" + course));
                else if (end == "dropped") person.Tell(EventTypes.RegistrationDropped, At(2026, 1, 8), f => f.Set(Fields.Section, "past-" + course));
                else if (end == "withdrawn") person.Tell(EventTypes.RegistrationWithdrawn, At(2026, 2, 8), f => f.Set(Fields.Section, "past-" + course));
                else if (end == "refunded") person.Tell(EventTypes.RefundIssued, At(2026, 2, 8), f => f.Set(Fields.Section, "past-" + course).Set(Fields.Amount, 100L));
            }

            foreach (var course in Names)
            {
                var prerequisite = random.Next(3) == 0 ? Names[random.Next(Names.Length)] : null;
                var youngest = random.Next(4) == 0 ? random.Next(10, 70) : 0;
                var term = random.Next(4) == 0 ? "2027-spring" : "2026-fall";
                var cancelled = random.Next(5) == 0;
                var full = random.Next(5) == 0;
                var key = "next-" + course;
                person.Section(key, CivilZone.DayOf(2026, 9, 14), course: course, more: f =>
                {
                    f.Set(Fields.Term, term).Set(Fields.Prerequisite, prerequisite);
                    if (youngest > 0) f.Set(Fields.MinimumAge, (long)youngest);
                });
                if (cancelled) person.Program(EventTypes.SectionCancelled, At(2026, 7, 1), f => f.Set(Fields.Section, key));
                if (full) sums.Add(new SectionContribution(SipHash.Name(key), 16, 16, 0, 0, 0, 0, 0), 1);
                var met = prerequisite is null || history.GetValueOrDefault(prerequisite) is "kept" or "completed";
                var suits = age < 0 ? youngest <= 18 : age >= youngest && age >= 18;
                // Registration for Spring 2027 opens in November.
                if (!cancelled && !full && term == "2026-fall" && met && suits && !history.ContainsKey(course)) expected.Add(course);
            }

            var offered = Rank(person, sums);
            // The ranking names the five likeliest of what may be named.
            Assert.True(offered.IsSubsetOf(expected), $"seed {seed}: {string.Join(", ", offered.Except(expected))} may not be named");
            Assert.True(offered.Count == Math.Min(NextOfferings.Considered, expected.Count), $"seed {seed}: {string.Join(", ", expected.Except(offered))} may be named");
            named += offered.Count;
            notNamed += Names.Length - offered.Count;
        }

        Assert.True(named > 200 && notNamed > 200, $"the stories reach too little: {named}, {notNamed}");
    }

    private static HashSet<string> Rank(Case person, SectionSums sums)
    {
        var takings = new TakingData(Courses.Length, NeedsModel.Segments, 3, [[new Taking(0, 1), new Taking(1, 90)]]) { Certificates = [.. Courses.Select(_ => -1)] };
        double[] weights = [1, .. new double[Enum.GetValues<OfferingPart>().Length - 1]];
        Benefit[][] benefits = [.. Courses.Select(_ => Enumerable.Repeat(new Benefit(20, 16), NeedsModel.Segments).ToArray())];
        Benefit[][] modes = [[.. Enumerable.Repeat(new Benefit(100, 90), NeedsModel.Segments)], [.. Enumerable.Repeat(new Benefit(100, 90), NeedsModel.Segments)]];
        var model = new NeedsModel(Courses, new OfferingModel(OfferingTables.Of(takings, 4), weights, weights), benefits, modes, NeedAnswers.None);
        var program = person.Snapshot();
        var ranked = NextOfferings.Rank(person.State(Now), program, person.Assess(Now), sums, model, 1, _ => false);
        return [.. ranked.Select(r => program.NameOf(r.Section.Course))];
    }
}
