using Experience.Domain.Boards;
using Experience.Domain.Cards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Catalogue;

/// <summary>What any plan keeps to, whatever the catalogue and the person.</summary>
public sealed class PlannerTests
{
    private static readonly long Now = At(2026, 7, 20);

    [Fact]
    public void Every_chosen_section_can_be_taken_and_no_earlier_one_could()
    {
        var (chosen, conflicts, none, closed) = (0, 0, 0, 0);
        for (var seed = 1; seed <= 250; seed++)
        {
            var random = new Random(seed);
            var person = new Case();
            var sums = new SectionSums();
            var courses = Enumerable.Range(0, 6).Select(i => $"c-{i}").ToList();
            var first = new Dictionary<string, string>();
            foreach (var course in courses)
            {
                // A course needs one of those before it, so there is no circle.
                var index = courses.IndexOf(course);
                if (index > 0 && random.Next(2) == 0) first[course] = courses[random.Next(index)];
                person.Program(EventTypes.CoursePublished, At(2026, 1, 1), f => f.Set(Fields.Course, course).Set(Fields.Title, course).Set(Fields.Fee, 10_000L).Set(Fields.Prerequisite, first.GetValueOrDefault(course)));
                for (var i = 0; i < random.Next(4); i++)
                {
                    var key = $"{course}-{i}";
                    person.Section(key, CivilZone.DayOf(2026, 7, 1) + random.Next(20) * 7 + random.Next(2), random.Next(1, 5), course);
                    if (random.Next(5) == 0) sums.Add(new Experience.Domain.Assessments.SectionContribution(SipHash.Name(key), 16, 16, 0, 0, 0, 0, 0), 1);
                }

                if (random.Next(4) == 0) person.Section("done-" + course, CivilZone.DayOf(2026, 1, 19), 4, course).Kept("done-" + course, At(2026, 1, 5)).Tell(EventTypes.SectionCompleted, At(2026, 4, 1), f => f.Set(Fields.Section, "done-" + course));
            }

            var asked = courses.Where(_ => random.Next(4) != 0).ToArray();
            random.Shuffle(asked);
            var program = person.Snapshot();
            var state = person.State();
            var plan = CertificatePlanner.Build("p", state, program, sums, new PlanQuery(asked, null), Now);
            Assert.Equal(asked.Where(c => program.Details.Courses.ContainsKey(SipHash.Name(c))).Order(), plan.Courses.Select(c => c.Id).Order());
            var taken = new List<SectionInfo>();
            var ends = new Dictionary<string, long>();
            foreach (var course in plan.Courses)
            {
                var because = $"seed {seed}, {course.Id}";
                if (first.TryGetValue(course.Id, out var before) && plan.Courses.Any(c => c.Id == before))
                    Assert.True(plan.Courses.ToList().FindIndex(c => c.Id == before) < plan.Courses.ToList().FindIndex(c => c.Id == course.Id), because);
                if (course.Next is null)
                {
                    if (course.Status == "wanted") none++;
                    continue;
                }

                var section = program.Section(SipHash.Name(course.Next.Section))!;
                var from = first.TryGetValue(course.Id, out var needed) && plan.Courses.FirstOrDefault(c => c.Id == needed) is { Status: not "completed" } ? ends[needed] : Now;
                Assert.True(Fits(section, from), because);
                closed += program.SectionsOfCourse(section.Course).Count(s => Closed(s) && s.BeginsAt(Zone) > Now);
                var clash = taken.Exists(t => Clash(t, section));
                // An earlier one that fits and does not clash would have been chosen; a clash is told.
                Assert.DoesNotContain(program.SectionsOfCourse(section.Course), s => s.Starts < section.Starts && Fits(s, from) && !taken.Exists(t => Clash(t, s)));
                if (clash)
                {
                    Assert.Contains(plan.Conflicts, c => c.Section == section.Title);
                    Assert.DoesNotContain(program.SectionsOfCourse(section.Course), s => Fits(s, from) && !taken.Exists(t => Clash(t, s)));
                    conflicts++;
                }

                taken.Add(section);
                ends[course.Id] = section.OverAt(Zone);
                chosen++;
            }

            Assert.Equal(plan.Courses.Count(c => c.Status == "wanted") * 10_000, plan.Cost);

            bool Fits(SectionInfo s, long from) => s.BeginsAt(Zone) > Now && s.BeginsAt(Zone) >= from && sums[s.Hash].Seats < s.Capacity && !Closed(s);

            bool Closed(SectionInfo s) => program.Terms.Of(s) is { } term && term.Closes < Zone.Day(Now);
        }

        Assert.True(chosen > 250 && conflicts > 10 && none > 50 && closed > 10, $"the plans reach too little: {chosen}, {conflicts}, {none}, {closed}");

        static bool Clash(SectionInfo a, SectionInfo b) => a.Meetings.Any(x => b.Meetings.Any(y => Math.Abs(x - y) < 2L * 3_600_000_000));
    }

    [Fact]
    public void A_prerequisite_that_is_missing_is_named()
    {
        var person = new Case().Section("s2", CivilZone.DayOf(2026, 9, 14), course: "spanish-2", more: f => f.Set(Fields.Prerequisite, "spanish-1")).Section("s1", CivilZone.DayOf(2026, 9, 14), course: "spanish-1");
        var plan = CertificatePlanner.Build("p", person.State(), person.Snapshot(), new SectionSums(), new PlanQuery(["spanish-2"], null), Now);
        Assert.Equal("spanish-1", Assert.Single(plan.Courses).Missing!.Id);
        Assert.Null(plan.Courses[0].Next);
    }

    [Theory]
    [InlineData("""{"courses":["a","b"]}""", true)]
    [InlineData("{}", true)]
    [InlineData("""{"courses":["a","a"]}""", false)]
    [InlineData("""{"courses":[1]}""", false)]
    [InlineData("""{"courses":"a"}""", false)]
    [InlineData("[]", false)]
    [InlineData("{", false)]
    public void A_plan_document_is_read_strictly(string json, bool good) => Assert.Equal(good, PlanDocument.TryRead(System.Text.Encoding.UTF8.GetBytes(json), out _, out _));
}
