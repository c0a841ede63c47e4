using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Risk;

/// <summary>What was known of somebody at a moment, and what came of it.</summary>
/// <param name="About">The section that it is about, or 0.</param>
/// <param name="AsOf">µs; every value is of facts before it.</param>
/// <param name="KnownAt">When the outcome stood fast: nobody could learn from the row before.</param>
public sealed record RiskRow(UInt128 Person, ulong About, long AsOf, long KnownAt, double[] Values, bool Outcome)
{
    /// <summary>The person's lot (<see cref="RiskRows.MostKept"/>).</summary>
    internal ulong Lot { get; init; }
}

/// <summary>
/// Makes rows of whole histories: folds each person anew, and stops at moments to write down what was known by then. Facts at a
/// moment or after it have no part in the row's values; facts from then to <see cref="RiskRow.KnownAt"/> are its outcome.
/// </summary>
public abstract class RiskRows(RuleId rule, ProgramSnapshot program, long until) : IHistoryVisitor
{
    private readonly PersonState _state = new();
    private readonly List<long> _moments = [];
    private ulong _highestLot = ulong.MaxValue;

    /// <summary>
    /// Rows that are kept at most, five times as many as are learned from. Beyond it the half of all people with the higher lots is left out, and again until the rest fits. A
    /// lot is the id of the person's first fact, so the same people stay in whatever order, and in whatever folder, they come.
    /// </summary>
    internal int MostKept { get; init; } = 5 * RiskLearning.MostRows;

    /// <summary>Of the person who is being visited.</summary>
    protected ulong Lot { get; private set; }

    protected ProgramSnapshot Program { get; } = program;

    /// <summary>Nothing after it is read: now, or the end of what may be known.</summary>
    protected long Until { get; } = until;

    /// <summary>People, or places, that the question applies to at <see cref="Until"/>: whom alerts are about.</summary>
    public long Now { get; private set; }

    /// <summary>Their values, of at most <see cref="MostNow"/>: what the inputs look like at present.</summary>
    public List<double[]> NowValues { get; } = [];

    /// <summary>What came of the flags that were raised before.</summary>
    public CallOutcomes Calls { get; } = new(rule, until);

    /// <summary>Of so many the present is kept.</summary>
    public const int MostNow = 20_000;

    public bool Visit(IPersonHistory person)
    {
        ArgumentNullException.ThrowIfNull(person);
        _moments.Clear();
        Lot = person.Count == 0 ? 0 : (ulong)person[0].Id;
        if (Lot <= _highestLot) Plan(person, _moments);
        _moments.Sort();
        _state.Clear();
        var next = 0;
        for (var i = 0; i < person.Count; i++)
        {
            var fact = person[i];
            if (fact.Time >= Until) break;
            for (; next < _moments.Count && _moments[next] <= fact.Time; next++) Look(person.Person, _state, _moments[next]);
            PersonFold.Apply(_state, fact, Program.Zone);
            if (PersonFold.Folds(fact.Type)) After(fact);
        }

        for (; next < _moments.Count && _moments[next] < Until; next++) Look(person.Person, _state, _moments[next]);
        foreach (var values in Present(_state))
        {
            Now++;
            if (NowValues.Count < MostNow) NowValues.Add(values);
        }

        End(_state);
        while (Kept > MostKept && _highestLot > 0)
        {
            _highestLot >>= 1;
            Forget(_highestLot);
        }

        Calls.Visit(person);
        return true;
    }

    /// <summary>All rows whose outcome is known, ordered by moment and values: the same in whatever order people came.</summary>
    public IReadOnlyList<RiskRow> Rows()
    {
        var rows = Known();
        rows.Sort(static (a, b) =>
        {
            if (a.AsOf != b.AsOf) return a.AsOf.CompareTo(b.AsOf);
            if (a.About != b.About) return a.About.CompareTo(b.About);
            for (var i = 0; i < a.Values.Length; i++)
            {
                var order = a.Values[i].CompareTo(b.Values[i]);
                if (order != 0) return order;
            }

            return a.Outcome.CompareTo(b.Outcome);
        });
        return rows;
    }

    /// <summary>Moments at which the person is to be looked at; those before anything is known cost nothing.</summary>
    protected abstract void Plan(IPersonHistory person, List<long> moments);

    /// <summary>The state holds every fact before <paramref name="at"/>, and none at it or after it.</summary>
    protected abstract void Look(UInt128 person, PersonState state, long at);

    /// <summary>A fact was folded.</summary>
    protected abstract void After(in FactView fact);

    /// <summary>Values at <see cref="Until"/>, of the final state.</summary>
    protected abstract IEnumerable<double[]> Present(PersonState state);

    /// <summary>The history is over: settle what waits for an outcome.</summary>
    protected abstract void End(PersonState state);

    protected abstract List<RiskRow> Known();

    /// <summary>Rows that are kept so far.</summary>
    protected abstract int Kept { get; }

    /// <summary>Lets go of the rows of people with a higher lot.</summary>
    protected abstract void Forget(ulong highestLot);
}

/// <summary>
/// Person × section × day: at the start, after one, two, four, six, eight, twelve and sixteen weeks, while the section is on. The outcome is
/// leaving it (dropped, withdrawn, money asked back), not passing it, or, in sections that record completions, not completing it. Places
/// that we cancelled or that were moved have none.
/// </summary>
public sealed class WithdrawalRows(ProgramSnapshot program, long until) : RiskRows(RuleId.Withdrawal, program, until)
{
    /// <summary>Completions are recorded by then.</summary>
    public const long Grace = 14 * CivilZone.MicrosPerDay;

    private static readonly int[] Days = [0, 7, 14, 28, 42, 56, 84, 112];

    private readonly List<Pending> _pending = [];
    private readonly List<Pending> _settled = [];
    private readonly HashSet<ulong> _completing = [];
    private readonly HashSet<ulong> _notPassed = [];
    private readonly HashSet<ulong> _sections = [];

    protected override void Plan(IPersonHistory person, List<long> moments)
    {
        ArgumentNullException.ThrowIfNull(person);
        ArgumentNullException.ThrowIfNull(moments);
        _sections.Clear();
        _notPassed.Clear();
        for (var i = 0; i < person.Count; i++)
        {
            var fact = person[i];
            if (fact.Type != EventTypes.RegistrationConfirmed && fact.Type != EventTypes.RegistrationTransferred) continue;
            var fields = new FieldReader(fact.Clear);
            while (fields.Next())
            {
                if (fields.Number == Fields.Section.Number || fields.Number == Fields.ToSection.Number) _sections.Add(fields.Hash);
            }
        }

        foreach (var hash in _sections)
        {
            if (Program.Section(hash) is not { } section) continue;
            foreach (var day in Days)
            {
                if (MomentOf(section, day) is { } moment && moment < Until) moments.Add(moment);
            }
        }
    }

    protected override void Look(UInt128 person, PersonState state, long at)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach (var r in state.Registrations)
        {
            if (Program.Section(r.Section) is not { } section || !WithdrawalFeatures.Applies(r, section, Program.Zone, at)) continue;
            if (!Days.Any(day => MomentOf(section, day) == at)) continue;
            // Two moments of two sections may fall on one day: each place is looked at once.
            if (_pending.Exists(p => p.At == at && p.Key == r.Key && p.Section == section)) continue;
            var values = new double[WithdrawalFeatures.Count];
            WithdrawalFeatures.Fill(state, r, section, Program, at, values);
            _pending.Add(new Pending(person, Lot, r.Key, section, at, values));
        }
    }

    protected override void After(in FactView fact)
    {
        if (fact.Type != EventTypes.SectionCompleted) return;
        var fields = new FieldReader(fact.Clear);
        ulong section = 0;
        var passed = true;
        while (fields.Next())
        {
            if (fields.Number == Fields.Section.Number) section = fields.Hash;
            else if (fields.Number == Fields.Passed.Number) passed = fields.Value != 0;
        }

        _completing.Add(section);
        if (!passed) _notPassed.Add(section);
    }

    protected override IEnumerable<double[]> Present(PersonState state)
    {
        foreach (var r in state.Registrations)
        {
            if (Program.Section(r.Section) is not { } section || !WithdrawalFeatures.Applies(r, section, Program.Zone, Until)) continue;
            var values = new double[WithdrawalFeatures.Count];
            WithdrawalFeatures.Fill(state, r, section, Program, Until, values);
            yield return values;
        }
    }

    protected override void End(PersonState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach (var row in _pending)
        {
            if (row.Section.OverAt(Program.Zone) + Grace > Until) continue;
            var place = state.Registrations.Find(r => r.Key == row.Key && r.Section == row.Section.Hash);
            if (place is null || place.Status is RegistrationStatus.CancelledByUs or RegistrationStatus.Transferred) continue;
            row.Left = place.Status is RegistrationStatus.Dropped or RegistrationStatus.Withdrawn || place.RefundAskedAt != 0 || _notPassed.Contains(row.Section.Hash);
            row.Open = place.Status == RegistrationStatus.Confirmed;
            _settled.Add(row);
        }

        _pending.Clear();
    }

    protected override int Kept => _settled.Count;

    protected override void Forget(ulong highestLot) => _settled.RemoveAll(row => row.Lot > highestLot);

    protected override List<RiskRow> Known() =>
    [
        .. _settled.Select(row => new RiskRow(
            row.Person, row.Section.Hash, row.At, row.Section.OverAt(Program.Zone) + Grace, row.Values,
            row.Left || row.Open && _completing.Contains(row.Section.Hash))),
    ];

    private long? MomentOf(SectionInfo section, int day)
    {
        var (begins, over) = (section.BeginsAt(Program.Zone), section.OverAt(Program.Zone));
        if (begins == long.MaxValue || over == long.MaxValue) return null;
        var moment = Program.Zone.StartOfDay(Program.Zone.Day(begins) + day);
        return moment < over ? moment : null;
    }

    private sealed record Pending(UInt128 Person, ulong Lot, ulong Key, SectionInfo Section, long At, double[] Values)
    {
        public bool Left { get; set; }

        public bool Open { get; set; }
    }
}

/// <summary>
/// Person × sixty days: on every sixtieth civil day, of whoever registered within a year. The outcome is a complaint, a rating of 2 or lower, or
/// a refund asked for because of us, in the sixty days from then. Windows do not overlap, so no outcome is counted twice.
/// </summary>
public sealed class DissatisfactionRows(ProgramSnapshot program, long until) : RiskRows(RuleId.Dissatisfaction, program, until)
{
    /// <summary>Days between two looks, and of the window that the outcome is in.</summary>
    public const int Window = 60;

    private const int LowRating = 200;

    private readonly List<(UInt128 Person, long At, int Day, double[] Values)> _pending = [];
    private readonly List<long> _adverse = [];
    private readonly List<RiskRow> _known = [];

    /// <summary>Whether a fact says that somebody is unhappy with us.</summary>
    public static bool Adverse(in FactView fact)
    {
        if (fact.Type == EventTypes.ComplaintOpened) return true;
        if (fact.Type != EventTypes.RefundRequested && fact.Type != EventTypes.FeedbackSubmitted) return false;
        var fields = new FieldReader(fact.Clear);
        while (fields.Next())
        {
            if (fact.Type == EventTypes.RefundRequested)
            {
                // The first code is ours.
                if (fields.Number == Fields.Fault.Number && fields.Value == 0) return true;
            }
            else if ((fields.Number == Fields.Service.Number || fields.Number == Fields.CourseRating.Number || fields.Number == Fields.Csat.Number) && fields.Value is > 0 and <= LowRating)
            {
                return true;
            }
        }

        return false;
    }

    protected override void Plan(IPersonHistory person, List<long> moments)
    {
        ArgumentNullException.ThrowIfNull(person);
        ArgumentNullException.ThrowIfNull(moments);
        if (person.Count == 0) return;
        var last = Program.Zone.Day(Until);
        for (var day = (Program.Zone.Day(person[0].Time) / Window + 1) * Window; day <= last; day += Window) moments.Add(Program.Zone.StartOfDay(day));
    }

    protected override void Look(UInt128 person, PersonState state, long at)
    {
        if (!DissatisfactionFeatures.Applies(state, at)) return;
        var values = new double[DissatisfactionFeatures.Count];
        DissatisfactionFeatures.Fill(state, Program, at, values);
        _pending.Add((person, at, Program.Zone.Day(at), values));
    }

    protected override void After(in FactView fact)
    {
        if (Adverse(fact)) _adverse.Add(fact.Time);
    }

    protected override IEnumerable<double[]> Present(PersonState state)
    {
        if (!DissatisfactionFeatures.Applies(state, Until)) yield break;
        var values = new double[DissatisfactionFeatures.Count];
        DissatisfactionFeatures.Fill(state, Program, Until, values);
        yield return values;
    }

    protected override void End(PersonState state)
    {
        foreach (var (person, at, day, values) in _pending)
        {
            var known = Program.Zone.StartOfDay(day + Window);
            if (known > Until) continue;
            _known.Add(new RiskRow(person, 0, at, known, values, _adverse.Exists(time => time >= at && time < known)) { Lot = Lot });
        }

        _pending.Clear();
        _adverse.Clear();
    }

    protected override int Kept => _known.Count;

    protected override void Forget(ulong highestLot) => _known.RemoveAll(row => row.Lot > highestLot);

    protected override List<RiskRow> Known() => [.. _known];
}
