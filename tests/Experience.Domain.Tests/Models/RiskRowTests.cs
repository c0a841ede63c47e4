using Experience.Domain.Events;
using Experience.Domain.Models.Risk;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;
using Experience.Domain.Tests.People;
using Xunit.Abstractions;

namespace Experience.Domain.Tests.Models;

/// <summary>What risk is learned from: what was known then, and what came of it.</summary>
public sealed class RiskRowTests(ITestOutputHelper output)
{
    private static readonly int Starts = CivilZone.DayOf(2025, 9, 8);

    private static long Now => Case.At(2026, 11, 1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_fact_at_or_after_a_moment_never_changes_what_was_known_then(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var compared = 0;
        for (var round = 0; round < 40; round++)
        {
            var facts = Histories.Of(random, 150, Spread.Years, voids: 0);
            var program = ProgramOf(facts);
            var until = facts.Max(static f => f.Time) + 200 * CivilZone.MicrosPerDay;
            var cut = facts[random.Next(facts.Count)].Time;
            // The future is another one, except for where the person is registered: otherwise there is no outcome to have a row of.
            var others = Histories.Of(random, 150, Spread.Years, voids: 0).Where(f => f.Time >= cut);
            List<Fact> changed = [.. facts.Where(f => f.Time < cut), .. others.Select((f, i) => Renamed(f, i))];
            foreach (var make in new Func<RiskRows>[] { () => new WithdrawalRows(program, until), () => new DissatisfactionRows(program, until) })
            {
                var before = Single(RowsOf(make(), facts), cut);
                foreach (var (about, row) in Single(RowsOf(make(), changed), cut))
                {
                    if (!before.TryGetValue(about, out var same)) continue;
                    Assert.Equal(same.Values, row.Values);
                    compared++;
                }
            }
        }

        output.WriteLine($"{compared} rows compared");
        Assert.True(compared > 100);
    }

    [Fact]
    public void What_came_before_the_moment_is_what_is_known()
    {
        var row = Rows(Registered().Tell(EventTypes.AttendanceRecorded, Case.At(Starts, 18), static f => f.Set(Fields.Section, "s").Set(Fields.Presence, "absent"))
            .Tell(EventTypes.AttendanceRecorded, Case.At(Starts + 7, 18), static f => f.Set(Fields.Section, "s").Set(Fields.Presence, "absent"))).ToDictionary(row => Day(row.AsOf) - Starts);
        var running = Place("absences running", WithdrawalFeatures.All);
        Assert.Equal([0.0, 1, 2, 2], new[] { 0, 7, 14, 28 }.Select(day => row[day].Values[running]));
    }

    [Theory]
    [InlineData("withdrawn", true)]
    [InlineData("dropped", true)]
    [InlineData("refund", true)]
    [InlineData("completed", false)]
    [InlineData("failed", true)]
    [InlineData("nothing", true)]
    public void Leaving_not_passing_and_not_completing_are_the_outcome(string end, bool outcome)
    {
        var person = Registered();
        var at = Case.At(Starts + 20);
        switch (end)
        {
            case "withdrawn": person.Tell(EventTypes.RegistrationWithdrawn, at, static f => f.Set(Fields.Section, "s")); break;
            case "dropped": person.Tell(EventTypes.RegistrationDropped, at, static f => f.Set(Fields.Section, "s")); break;
            case "refund": person.Tell(EventTypes.RefundRequested, at, static f => f.Set(Fields.Section, "s").Set(Fields.Amount, 100L)); break;
            case "completed": person.Tell(EventTypes.SectionCompleted, Case.At(Starts + 50), static f => f.Set(Fields.Section, "s")); break;
            case "failed": person.Tell(EventTypes.SectionCompleted, Case.At(Starts + 50), static f => f.Set(Fields.Section, "s").Set(Fields.Passed, false)); break;
        }

        // Somebody else completed it, so completions are recorded.
        var other = Registered().Tell(EventTypes.SectionCompleted, Case.At(Starts + 50), static f => f.Set(Fields.Section, "s"));
        var rows = new WithdrawalRows(person.Snapshot(), Now);
        rows.Visit(new History(1, [.. person.Facts()]));
        rows.Visit(new History(2, [.. other.Facts()]));
        var made = rows.Rows();
        Assert.All(made.Where(static row => row.Person == 1), row => Assert.Equal(outcome, row.Outcome));
        Assert.All(made.Where(static row => row.Person == 2), static row => Assert.False(row.Outcome));
        Assert.Equal(end switch { "completed" or "failed" => 5, "nothing" => 6, _ => 3 }, made.Count(static row => row.Person == 1));
    }

    [Fact]
    public void Places_that_we_cancelled_or_moved_have_no_outcome_and_open_ones_none_yet()
    {
        Assert.Empty(Rows(Registered().Tell(EventTypes.RegistrationCancelled, Case.At(Starts + 10), static f => f.Set(Fields.Section, "s"))));
        Assert.Empty(Rows(Registered().Tell(EventTypes.RegistrationTransferred, Case.At(Starts + 10), static f => f.Set(Fields.Section, "s").Set(Fields.ToSection, "elsewhere"))));
        var early = new WithdrawalRows(Registered().Snapshot(), Case.At(Starts + 30));
        Assert.Empty(RowsOf(early, [.. Registered().Facts()]));
    }

    [Fact]
    public void Where_nobody_completes_on_record_staying_to_the_end_is_no_failure() =>
        Assert.All(Rows(Registered()), static row => Assert.False(row.Outcome));

    [Fact]
    public void Being_unhappy_is_an_outcome_of_its_own_sixty_days_only()
    {
        var person = Registered().Tell(EventTypes.ComplaintOpened, Case.At(Starts + 70), static f => f.Set(Fields.Complaint, "c").Set(Fields.Category, "Log-in"))
            .Tell(EventTypes.FeedbackSubmitted, Case.At(Starts + 71), static f => f.Set(Fields.CourseRating, 300L).Set(Fields.Section, "s"));
        var rows = RowsOf(new DissatisfactionRows(person.Snapshot(), Now), [.. person.Facts()]);
        var hit = Assert.Single(rows, static row => row.Outcome);
        Assert.InRange(Case.At(Starts + 70), hit.AsOf, hit.KnownAt - 1);
        Assert.True(rows.Count > 3);
        Assert.All(rows.Zip(rows.Skip(1)), static pair => Assert.Equal(pair.First.KnownAt, pair.Second.AsOf));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(60)]
    public void Rows_do_not_depend_on_the_order_of_people(int most)
    {
        var random = new Random(8);
        var people = Enumerable.Range(0, 40).Select(_ => Histories.Of(random, 120, Spread.Years, voids: 0)).ToArray();
        var program = ProgramOf(people.SelectMany(static f => f));
        var until = people.SelectMany(static f => f).Max(static f => f.Time) + 200 * CivilZone.MicrosPerDay;
        List<string> Told(IEnumerable<int> order)
        {
            var rows = new DissatisfactionRows(program, until) { MostKept = most };
            foreach (var person in order) rows.Visit(new History((UInt128)person, people[person]));
            return [.. rows.Rows().Select(static row => $"{row.AsOf} {string.Join(' ', row.Values)} {row.Outcome}")];
        }

        var told = Told(Enumerable.Range(0, 40));
        Assert.Equal(told, Told(Enumerable.Range(0, 40).Reverse()));
        Assert.InRange(told.Count, 20, most);
        if (most == int.MaxValue) Assert.InRange(told.Count, 121, most);
    }

    private static Case Registered() => new Case().Section("s", Starts, meetings: 10).Kept("s", Case.At(Starts - 20));

    private static IReadOnlyList<RiskRow> Rows(Case person) => RowsOf(new WithdrawalRows(person.Snapshot(), Now), [.. person.Facts()]);

    private static IReadOnlyList<RiskRow> RowsOf(RiskRows rows, List<Fact> facts)
    {
        rows.Visit(new History(1, facts));
        return rows.Rows();
    }

    /// <summary>Rows up to the cut; places of one section that a person holds twice cannot be told apart, and are left out.</summary>
    private static Dictionary<(ulong, long), RiskRow> Single(IReadOnlyList<RiskRow> rows, long cut) => rows
        .Where(row => row.AsOf <= cut).GroupBy(static row => (row.About, row.AsOf)).Where(static g => g.Count() == 1).ToDictionary(static g => g.Key, static g => g.Single());

    private static int Day(long at) => Case.Zone.Day(at);

    private static int Place(string feature, IReadOnlyList<RiskFeature> features) => features.Select(static (f, i) => (f.Name, i)).First(pair => pair.Name == feature).i;

    private static Fact Renamed(Fact fact, int number) => new()
    {
        Type = fact.Type,
        Time = fact.Time,
        Source = fact.Source,
        Subject = fact.Subject,
        Id = Fact.IdOf(fact.Source, $"other-{number}"),
        Clear = fact.Clear,
        Personal = fact.Personal,
    };

    /// <summary>Every section that a history names, on for ten weeks from one of its days.</summary>
    private static ProgramSnapshot ProgramOf(IEnumerable<Fact> facts)
    {
        var all = facts.ToArray();
        var first = Case.Zone.Day(all.Min(static f => f.Time));
        var last = Case.Zone.Day(all.Max(static f => f.Time));
        var program = new Case();
        var names = all.SelectMany(static f => Sections(f)).Distinct().Order(StringComparer.Ordinal).ToArray();
        for (var i = 0; i < names.Length; i++) program.Section(names[i], first + (int)((last - first) * (i + 1L) / (names.Length + 1)), meetings: 20);
        return program.Snapshot();
    }

    private static List<string> Sections(Fact fact)
    {
        var names = new List<string>();
        var fields = fact.Fields();
        while (fields.Next())
        {
            if (fields.Number == Fields.Section.Number || fields.Number == Fields.ToSection.Number) names.Add(fields.Text);
        }

        return names;
    }

    internal sealed class History : IPersonHistory
    {
        private readonly List<Fact> _facts;

        public History(UInt128 person, IEnumerable<Fact> facts)
        {
            Person = person;
            _facts = [.. facts.OrderBy(static f => f.Stamp)];
        }

        public UInt128 Person { get; }

        public long LiveSince => long.MaxValue;

        public int Count => _facts.Count;

        public FactView this[int index] => _facts[index].View();
    }
}
