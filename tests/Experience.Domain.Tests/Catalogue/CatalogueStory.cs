using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Domain.Tests.People;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Catalogue;

/// <summary>A made-up program as events, by seed, and the count of its numbers by reading those events, one definition after the other.</summary>
internal sealed class CatalogueStory
{
    public static readonly string[] Terms = ["2025-fall", "2026-spring"];
    public static readonly long Now = At(2026, 4, 1);

    private static readonly string[] Courses = ["excel", "pottery", "spanish-1"];

    private readonly List<(string Key, string Course, string Term)> _sections = [];
    private readonly List<(string Section, bool Cancelled)> _fates = [];
    private readonly List<(string? Term, string? Section, int Year, long Amount)> _costs = [];
    private readonly List<Fact> _program = [];
    private readonly List<List<Fact>> _people = [];
    private readonly List<Seat> _seats = [];
    private readonly Random _random;
    private int _id;

    public CatalogueStory(int seed, bool costs = true)
    {
        _random = new Random(seed);
        for (var i = 0; i < _random.Next(2, 9); i++)
        {
            var section = ($"s-{i}", Courses[_random.Next(Courses.Length)], Terms[_random.Next(Terms.Length)]);
            _sections.Add(section);
            Tell(_program, EventTypes.SectionPublished, "", At(2025, 5, 1), f => f.Set(Fields.Section, section.Item1).Set(Fields.Course, section.Item2).Set(Fields.Term, section.Item3));
            var cancelled = _random.Next(4) == 0;
            _fates.Add((section.Item1, cancelled));
            if (cancelled) Tell(_program, EventTypes.SectionCancelled, "", At(2025, 6, 1), f => f.Set(Fields.Section, section.Item1));
        }

        if (costs) Costs();
        for (var p = 0; p < _random.Next(1, 14); p++)
        {
            _people.Add([]);
            foreach (var section in _sections.Where(_ => _random.Next(3) == 0).ToList()) Register(p, section.Key);
        }
    }

    public int Voided { get; private set; }

    /// <summary>What the engine's fold makes of it, each person's facts in an order of their own.</summary>
    public (ProgramSnapshot Program, IReadOnlyList<PersonState> States) Fold()
    {
        var state = new ProgramState(Zone, "Test", "USD");
        Tell(_program, EventTypes.PolicyPublished, "", At(2020, 1, 1), f => f.Set(Fields.Document, PolicyJson()));
        foreach (var fact in _program.OrderBy(f => f.Stamp)) state.Apply(fact.View());
        var states = new List<PersonState>();
        foreach (var facts in _people)
        {
            var shuffled = facts.ToArray();
            _random.Shuffle(shuffled);
            var folder = new ReferenceFolder(Zone);
            foreach (var fact in shuffled) folder.Add(fact);
            var person = new PersonState();
            person.Read(folder.Bytes);
            states.Add(person);
        }

        return (state.Snapshot(1), states);
    }

    /// <summary>Every number of a term (empty: of all), counted from the events.</summary>
    public Expected Count(string term)
    {
        var sections = _sections.Where(s => term.Length == 0 || s.Term == term).ToList();
        var seats = _seats.Where(seat => sections.Any(s => s.Key == seat.Section)).ToList();
        return new Expected(
            seats.Where(s => s.Kept).Select(s => s.Person).Distinct().Count(),
            seats.Sum(s => s.Paid - s.Refunded),
            sections.Count, sections.Count(Cancelled), CostsOf(c => term.Length == 0 || TermOf(c) == term),
            Courses.ToDictionary(course => course, course =>
            {
                var offered = sections.Where(s => s.Course == course).ToList();
                var own = seats.Where(seat => offered.Any(s => s.Key == seat.Section)).ToList();
                var costed = offered.Where(s => _costs.Exists(c => c.Section == s.Key)).Select(s => s.Key).ToList();
                return new ExpectedCourse(
                    own.Where(s => s.Kept).Select(s => s.Person).Distinct().Count(), own.Sum(s => s.Paid - s.Refunded), offered.Count, offered.Count(Cancelled),
                    CostsOf(c => c.Section is not null && costed.Contains(c.Section)), own.Where(s => costed.Contains(s.Section)).Sum(s => s.Paid - s.Refunded));
            }));
    }

    private long? CostsOf(Func<(string? Term, string? Section, int Year, long Amount), bool> of)
    {
        var costs = _costs.Where(of).ToList();
        return costs.Count == 0 ? null : costs.Sum(c => c.Amount);
    }

    private string TermOf((string? Term, string? Section, int Year, long Amount) cost) =>
        cost.Term ?? (cost.Section is { } section ? _sections.Single(s => s.Key == section).Term : cost.Year == 2025 ? "2025-fall" : "2026-spring");

    private bool Cancelled((string Key, string Course, string Term) section) => _fates.Single(f => f.Section == section.Key).Cancelled;

    private void Costs()
    {
        for (var i = 0; i < _random.Next(5); i++)
        {
            var term = _random.Next(2) == 0 ? Terms[_random.Next(Terms.Length)] : null;
            var section = _random.Next(2) == 0 ? _sections[_random.Next(_sections.Count)].Key : null;
            var year = _random.Next(2025, 2027);
            var amount = _random.NextInt64(1, 400_000);
            _costs.Add((term, section, year, amount));
            // 1 October is in Fall 2025, 1 February in Spring 2026.
            Tell(_program, EventTypes.CostRecorded, "", year == 2025 ? At(2025, 10, 1) : At(2026, 2, 1), f => f
                .Set(Fields.Amount, amount).Set(Fields.CostKind, (long)_random.Next(3)).Set(Fields.Term, term).Set(Fields.Section, section));
        }
    }

    private void Register(int person, string section)
    {
        var key = $"r-{person}-{section}";
        var at = At(2025, 7, 1) + _random.Next(60) * CivilZone.MicrosPerDay;
        var seat = new Seat(person, section) { Fee = _random.Next(2) == 0 ? 20_000 : 0 };
        _seats.Add(seat);
        var contract = _random.Next(4) == 0;
        Tell(_people[person], EventTypes.RegistrationConfirmed, "p", at, f => With(f, contract).Set(Fields.Section, section).Set(Fields.Registration, key).Set(Fields.Amount, seat.Fee));
        for (var i = 0; i < _random.Next(3); i++)
        {
            var amount = _random.NextInt64(1, 30_000);
            if (Money(EventTypes.PaymentReceived, at + 1_000_000 * i, amount)) seat.Paid += amount;
        }

        for (var i = 0; i < _random.Next(2); i++)
        {
            var amount = _random.NextInt64(1, 30_000);
            if (Money(EventTypes.RefundIssued, at + CivilZone.MicrosPerDay * 3 + i, amount)) seat.Refunded += amount;
        }

        EventType[] ends = [EventTypes.RegistrationDropped, EventTypes.RegistrationWithdrawn, EventTypes.RegistrationCancelled, EventTypes.SectionCompleted];
        if (_random.Next(2) == 0)
        {
            seat.End = ends[_random.Next(ends.Length)];
            Tell(_people[person], seat.End, "p", at + 10 * CivilZone.MicrosPerDay, f => f.Set(Fields.Section, section).Set(Fields.Registration, key));
        }

        // False when it is undone by a void, which may come first.
        bool Money(EventType type, long when, long amount)
        {
            var id = $"m-{_id}";
            Tell(_people[person], type, "p", when, f => With(f, contract).Set(Fields.Amount, amount).Set(Fields.Registration, key).Set(Fields.Section, section), id);
            if (_random.Next(6) != 0) return true;
            Voided++;
            Tell(_people[person], EventTypes.EventVoided, "p", when + 5_000_000, f => f.Set(Fields.TargetId, id));
            return false;
        }

        static FactBuilder With(FactBuilder f, bool contract) => contract ? f.Set(Fields.PayerOrganisation, "Harlan Precision") : f;
    }

    private void Tell(List<Fact> to, EventType type, string subject, long at, Action<FactBuilder> fields, string? id = null)
    {
        var builder = new FactBuilder(type, "/test", id ?? $"e-{_id}", subject, at);
        _id++;
        fields(builder);
        to.Add(builder.Build());
    }

    /// <summary>One place as the definitions see it.</summary>
    private sealed class Seat(int person, string section)
    {
        public int Person => person;

        public string Section => section;

        public long Fee { get; init; }

        public long Paid { get; set; }

        public long Refunded { get; set; }

        public EventType? End { get; set; }

        /// <summary>Confirmed registration; not fully refunded, not cancelled by us, not dropped.</summary>
        public bool Kept => End != EventTypes.RegistrationDropped && End != EventTypes.RegistrationCancelled && !(Refunded > 0 && Refunded >= (Paid > 0 ? Paid : Fee));
    }
}

internal sealed record Expected(int Participants, long Income, int Offered, int Cancelled, long? Costs, IReadOnlyDictionary<string, ExpectedCourse> Courses);

internal sealed record ExpectedCourse(int Participants, long Income, int Offered, int Cancelled, long? Costs, long CostedIncome);
