using System.Text;
using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Cards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Tests.Assessments;

/// <summary>One program and one person, told as facts; assessed at any moment. Times are local to Chicago, which has summer time.</summary>
internal sealed class Case
{
    public static readonly CivilZone Zone = new(TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"));

    private readonly List<Fact> _person = [];
    private readonly List<Fact> _program = [];
    private readonly Dictionary<FrozenInputs, ProgramSnapshot> _snapshots = [];
    private int _id;

    public Case(string? policy = null) => Program(EventTypes.PolicyPublished, At(2020, 1, 1), f => f.Set(Fields.Document, policy ?? PolicyJson()));

    public static string PolicyJson(string more = "")
    {
        var terms = new StringBuilder();
        for (var year = 2021; year <= 2028; year++)
        {
            terms.Append($$"""
                {"key":"{{year}}-spring","name":"Spring {{year}}","season":"spring","registrationOpens":"{{year - 1}}-11-01","registrationCloses":"{{year}}-01-31","starts":"{{year}}-01-18","ends":"{{year}}-05-10"},
                {"key":"{{year}}-summer","name":"Summer {{year}}","season":"summer","registrationOpens":"{{year}}-04-01","registrationCloses":"{{year}}-06-20","starts":"{{year}}-06-08","ends":"{{year}}-08-10"},
                {"key":"{{year}}-fall","name":"Fall {{year}}","season":"fall","registrationOpens":"{{year}}-07-01","registrationCloses":"{{year}}-09-20","starts":"{{year}}-09-07","ends":"{{year}}-12-12"},
                """);
        }

        return $$"""{"program":"Test College","currency":"USD","timeZone":"America/Chicago","terms":[{{terms.ToString().TrimEnd().TrimEnd(',')}}]{{more}}}""";
    }

    public static long At(int year, int month, int day, int hour = 12, int minute = 0) =>
        Zone.StartOfDay(CivilZone.DayOf(year, month, day)) + (hour * 60L + minute) * 60_000_000;

    public static long At(int day, int hour = 12) => Zone.StartOfDay(day) + hour * 3_600_000_000L;

    public Case Tell(EventType type, long at, Action<FactBuilder>? fields = null)
    {
        _person.Add(Make(type, "p-1", at, fields));
        return this;
    }

    public Case Program(EventType type, long at, Action<FactBuilder>? fields = null)
    {
        _program.Add(Make(type, "", at, fields));
        _snapshots.Clear();
        return this;
    }

    /// <summary>A section with weekly meetings from its first day, at 18:00.</summary>
    public Case Section(string key, int starts, int meetings = 8, string? course = null, Action<FactBuilder>? more = null) =>
        Program(EventTypes.SectionPublished, At(2020, 6, 1), f =>
        {
            f.Set(Fields.Section, key).Set(Fields.Course, course ?? key + "-course").Set(Fields.Title, key + " title").Set(Fields.Starts, (long)starts)
                .Set(Fields.Ends, (long)(starts + 7 * (meetings - 1))).Set(Fields.Capacity, 16L).Set(Fields.Minimum, 8L)
                .Set(Fields.Meetings, [.. Enumerable.Range(0, meetings).Select(i => At(starts + 7 * i, 18))]);
            more?.Invoke(f);
        });

    public Case Kept(string section, long at, string? term = null, Action<FactBuilder>? more = null) => Tell(EventTypes.RegistrationConfirmed, at, f =>
    {
        f.Set(Fields.Section, section).Set(Fields.Term, term);
        more?.Invoke(f);
    });

    public ProgramSnapshot Snapshot(FrozenInputs? inputs = null)
    {
        if (_snapshots.TryGetValue(inputs ?? FrozenInputs.None, out var made)) return made;
        var state = new ProgramState(Zone, "Test", "USD");
        foreach (var fact in _program.OrderBy(f => f.Stamp)) state.Apply(fact.View());
        if (inputs is not null) state.Freeze(inputs);
        Assert.Equal(0, state.UnreadDocuments);
        return _snapshots[inputs ?? FrozenInputs.None] = state.Snapshot(1);
    }

    public IEnumerable<Fact> Facts() => _person.OrderBy(f => f.Stamp);

    /// <summary>Folds what was told up to a moment.</summary>
    public PersonState State(long until = long.MaxValue)
    {
        var state = new PersonState();
        foreach (var fact in _person.Where(f => f.Time <= until).OrderBy(f => f.Stamp)) PersonFold.Apply(state, fact.View(), Zone);
        return state;
    }

    public Assessed Assess(long at, FrozenInputs? inputs = null)
    {
        var result = new Assessed();
        Assessor.Assess(State(at), Snapshot(inputs), AsOf.Live(at), result);
        return result;
    }

    public bool Raised(RuleId rule, long at, FrozenInputs? inputs = null) => Assess(at, inputs).Open.Exists(i => i.Rule == rule);

    public OpenItem Item(RuleId rule, long at, FrozenInputs? inputs = null) => Assert.Single(Assess(at, inputs).Open, i => i.Rule == rule);

    public CardView Card(long at, SectionSums? sections = null, Func<string, HouseholdPerson?>? resolve = null, FrozenInputs? inputs = null)
    {
        var facts = _person.Where(f => f.Time <= at).OrderByDescending(f => f.Stamp)
            .Select(f => new JourneyFact(f.Id, f.Type, f.Time, f.Clear, f.Personal, f.Source, false)).ToList();
        var input = new CardInput("p", State(at), Snapshot(inputs), AsOf.Live(at), facts, [new SourceKey("/test", "p-1")], resolve ?? (_ => null), sections, []);
        return CardBuilder.Build(input, new Assessed());
    }

    private Fact Make(EventType type, string subject, long at, Action<FactBuilder>? fields)
    {
        var builder = new FactBuilder(type, "/test", $"e-{_id++}", subject, at);
        fields?.Invoke(builder);
        return builder.Build();
    }
}
