using System.Numerics;
using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>
/// Past points of boards that can be derived from what people's states hold, gathered in one pass over everybody: at midnight and
/// after a history was filled in. The engine feeds it in small steps; the sums are exact, so the order of people does not matter, and
/// shards' passes merge. It also gathers the day's frozen inputs.
/// </summary>
public sealed partial class TrendPass
{
    public const int ServiceTerms = 8;
    public const int RateTerms = 6;
    public const int Quarters = 10;
    public const int Days = 14;
    public const int Weeks = 10;
    public const int Months = 12;

    private const int QuarterDays = 91;
    private const int Service = 0;
    private const int Repeat = Service + ServiceTerms * 2;
    private const int Attrition = Repeat + RateTerms * 2;
    private const int Complaints = Attrition + Quarters * 2;
    private const int Pace = Complaints + Days;
    private const int Net = Pace + Weeks * 2;
    private const int Refunds = Net + Months;
    private const int Participants = Refunds + RateTerms * 2;
    private const int Length = Participants + RateTerms;

    private readonly ProgramSnapshot _program;
    private readonly DayContext _day;
    private readonly Term?[] _terms = new Term?[ServiceTerms];
    private readonly (Term? Base, Term? Next)[] _pairs = new (Term?, Term?)[RateTerms];
    private readonly int _firstTerm;
    private readonly long[][] _segments = new long[SegmentSet.Max][];
    private readonly Dictionary<ulong, long[]> _desks = [];
    private readonly Dictionary<ulong, int> _selfPayers = [];
    private readonly List<long> _spenders = [];
    private readonly long[] _person = new long[Length];

    public TrendPass(ProgramSnapshot program, int day)
    {
        _program = program;
        _day = program.DayOf(day);
        for (var i = 0; i < _segments.Length; i++) _segments[i] = new long[Length];
        var term = _day.Started;
        for (var i = ServiceTerms - 1; i >= 0 && term is not null; i--, term = program.Terms.MainBefore(term)) _terms[i] = term;
        _firstTerm = Array.FindIndex(_terms, t => t is not null);
        var next = _day.Next;
        for (var i = RateTerms - 1; i >= 0 && next is not null; i--)
        {
            var before = program.Terms.MainBefore(next);
            _pairs[i] = (before, next);
            next = before;
        }
    }

    /// <summary>The civil day that points end with.</summary>
    public int Day => _day.Day;

    public void Add(PersonState s, in RowMeasures row)
    {
        Array.Clear(_person);
        AddAnswers(s);
        AddComplaints(s);
        AddMonths(s);
        AddPlaces(s);
        for (var mask = row.Segments; mask != 0; mask &= mask - 1)
        {
            var sums = _segments[BitOperations.TrailingZeroCount(mask)];
            for (var i = 0; i < Length; i++) sums[i] += _person[i];
        }

        if (row.RecentNetPaid > 0 && _day.Day - row.LastPurchaseDay < DayContext.Year) _spenders.Add(row.RecentNetPaid);
        if (s.Profile.Organisation != 0 && NeedRules.SelfPaidAt(s, _program, _day.Day) is not null)
            CollectionsMarshal.GetValueRefOrAddDefault(_selfPayers, s.Profile.Organisation, out _)++;
    }

    public void Merge(TrendPass other)
    {
        for (var s = 0; s < _segments.Length; s++)
        {
            for (var i = 0; i < Length; i++) _segments[s][i] += other._segments[s][i];
        }

        foreach (var (desk, theirs) in other._desks)
        {
            var mine = DeskOf(desk);
            for (var i = 0; i < mine.Length; i++) mine[i] += theirs[i];
        }

        foreach (var (organisation, count) in other._selfPayers) CollectionsMarshal.GetValueRefOrAddDefault(_selfPayers, organisation, out _) += count;
        _spenders.AddRange(other._spenders);
    }

    /// <summary>The day's inputs: the threshold of the top fifth by 24-month net paid among the active, and employers' self-payers.</summary>
    public FrozenInputs Inputs(int number)
    {
        var threshold = long.MaxValue;
        if (_spenders.Count > 0)
        {
            _spenders.Sort();
            // The smallest value of the top fifth, rounded up to at least one person.
            threshold = _spenders[_spenders.Count - (_spenders.Count + 4) / 5];
        }

        return new FrozenInputs(number, _day.Day, threshold, new Dictionary<ulong, int>(_selfPayers));
    }

    public TrendSet Finish() => new(this, _program, _day);

    internal (IReadOnlyList<double?> Points, IReadOnlyList<string> Labels) ServicePoints(int segment) =>
        Ratios(_segments[segment], Service, _terms.Select(t => t?.Name), 100);

    internal (IReadOnlyList<double?> Points, IReadOnlyList<string> Labels) DeskPoints(ulong desk) =>
        _desks.TryGetValue(desk, out var sums) ? Ratios(sums, 0, _terms.Select(t => t?.Name), 100) : ([], []);

    internal (IReadOnlyList<double?> Points, IReadOnlyList<string> Labels) RepeatPoints(int segment) =>
        Ratios(_segments[segment], Repeat, _pairs.Select(p => p.Base?.Name), 0.01);

    internal (IReadOnlyList<double?> Points, IReadOnlyList<string> Labels) AttritionPoints(int segment)
    {
        var (points, labels) = Ratios(_segments[segment], Attrition, Enumerable.Range(0, Quarters).Select(i => Label(Quarters - 1 - i, QuarterDays)), 0.01);
        return ([.. points.Select(p => 100 - p)], labels);
    }

    internal (IReadOnlyList<double?> Points, IReadOnlyList<string> Labels) ComplaintPoints(int segment) =>
        (Counts(segment, Complaints, Days), [.. Enumerable.Range(0, Days).Select(i => Label(Days - i, 1)!)]);

    internal (IReadOnlyList<double?> Points, IReadOnlyList<string> Labels) PacePoints(int segment) =>
        Ratios(_segments[segment], Pace, Enumerable.Range(0, Weeks).Select(i => Label(Weeks - 1 - i, 7)), 0.01);

    internal (IReadOnlyList<double?> Points, IReadOnlyList<string> Labels) NetPoints(int segment) =>
        (Counts(segment, Net, Months), [.. Enumerable.Range(0, Months).Select(i => MonthLabel(_day.Month - Months + 1 + i))]);

    internal (IReadOnlyList<double?> Points, IReadOnlyList<string> Labels) RefundPoints(int segment) =>
        Ratios(_segments[segment], Refunds, _terms.Skip(ServiceTerms - RateTerms).Select(t => t?.Name), 0.01);

    /// <summary>Cost of each term over the people kept in it, minor units; null where one of them is missing.</summary>
    internal (IReadOnlyList<double?> Points, IReadOnlyList<string> Labels) CostPoints()
    {
        var points = new List<double?>();
        var labels = new List<string>();
        for (var i = 0; i < RateTerms; i++)
        {
            if (_terms[ServiceTerms - RateTerms + i] is not { } term) continue;
            var people = _segments[0][Participants + i];
            labels.Add(term.Name);
            points.Add(people > 0 && _program.Costs.TryGetValue(term.Hash, out var costs) ? (double)costs.Total / people : null);
        }

        return (points, labels);
    }

    internal IReadOnlyList<Term> RateTermsShown() => [.. _terms.Skip(ServiceTerms - RateTerms).OfType<Term>()];

    private double?[] Counts(int segment, int from, int count)
    {
        var points = new double?[count];
        for (var i = 0; i < count; i++) points[i] = _segments[segment][from + i];
        return points;
    }

    // Pairs (of, count): their ratio, null where there is nothing to divide by.
    private static (IReadOnlyList<double?> Points, IReadOnlyList<string> Labels) Ratios(long[] sums, int from, IEnumerable<string?> names, double scale)
    {
        var points = new List<double?>();
        var labels = new List<string>();
        var i = 0;
        foreach (var name in names)
        {
            if (name is not null)
            {
                long of = sums[from + 2 * i], count = sums[from + 2 * i + 1];
                points.Add(of == 0 ? null : count / (of * scale));
                labels.Add(name);
            }

            i++;
        }

        return (points, labels);
    }

    private void AddAnswers(PersonState s)
    {
        if (_firstTerm < 0) return;
        var seen = 0;
        for (var i = s.Answers.Count - 1; i >= 0; i--)
        {
            var answer = s.Answers[i];
            if (answer.Service == 0 || answer.Survey != 0) continue;
            var day = _program.Zone.Day(answer.Stamp.Time);
            for (var t = ServiceTerms - 1; t >= _firstTerm; t--)
            {
                if (_terms[t]!.Starts > day) continue;
                // The latest answer of each person in each term.
                if ((seen >> t & 1) != 0) break;
                seen |= 1 << t;
                _person[Service + 2 * t]++;
                _person[Service + 2 * t + 1] += answer.Service;
                if (answer.Desk != 0)
                {
                    var desk = DeskOf(answer.Desk);
                    desk[2 * t]++;
                    desk[2 * t + 1] += answer.Service;
                }

                break;
            }
        }
    }

    private void AddComplaints(PersonState s)
    {
        foreach (var complaint in s.Complaints)
        {
            var ago = _day.Day - _program.Zone.Day(complaint.OpenedAt);
            if (ago is >= 1 and <= Days) _person[Complaints + Days - ago]++;
        }
    }

    private void AddMonths(PersonState s)
    {
        foreach (var (month, net) in s.Money.Months)
        {
            var index = Months - 1 - (_day.Month - month);
            if (index is >= 0 and < Months) _person[Net + index] += net;
        }
    }

    private void AddPlaces(PersonState s)
    {
        if (s.Registrations.Count == 0)
        {
            AddPurchases(s);
            return;
        }

        int keptBase = 0, keptNext = 0, participated = 0, past = 0, recent = 0;
        foreach (var r in s.Registrations)
        {
            var day = _program.Zone.Day(r.ConfirmedAt);
            var term = _program.TermOf(r);
            if (term is not null && r.Status != RegistrationStatus.Transferred) AddPace(term, day);
            if (term is not null && r.Status is not (RegistrationStatus.Transferred or RegistrationStatus.CancelledByUs))
            {
                for (var i = 0; i < RateTerms; i++)
                {
                    if (_terms[ServiceTerms - RateTerms + i] != term) continue;
                    _person[Refunds + 2 * i]++;
                    if (r.RefundAskedAt != 0) _person[Refunds + 2 * i + 1]++;
                }
            }

            if (!r.Kept) continue;
            Windows(day, ref past, ref recent);
            if (term is null) continue;
            for (var i = 0; i < RateTerms; i++)
            {
                if (_terms[ServiceTerms - RateTerms + i] == term) participated |= 1 << i;
            }

            if (r.PayerOrganisation != 0 || _program.Section(r.Section)?.Audience == 5) continue;
            Pairs(term, ref keptBase, ref keptNext);
        }

        Count(keptBase, keptNext, past, recent);
        for (var i = 0; i < RateTerms; i++) _person[Participants + i] += participated >> i & 1;
    }

    // Without registrations and without terms, a purchase counts as kept in its quarter.
    private void AddPurchases(PersonState s)
    {
        int keptBase = 0, keptNext = 0, past = 0, recent = 0;
        foreach (var day in s.Purchases.RecentDays)
        {
            Windows(day, ref past, ref recent);
            if (!_program.Terms.Named && _program.Terms.OfDay(day) is { } quarter) Pairs(quarter, ref keptBase, ref keptNext);
        }

        Count(keptBase, keptNext, past, recent);
    }

    private void Count(int keptBase, int keptNext, int past, int recent)
    {
        for (var i = 0; i < RateTerms; i++)
        {
            _person[Repeat + 2 * i] += keptBase >> i & 1;
            _person[Repeat + 2 * i + 1] += keptBase >> i & keptNext >> i & 1;
        }

        for (var i = 0; i < Quarters; i++)
        {
            _person[Attrition + 2 * i] += past >> i & 1;
            _person[Attrition + 2 * i + 1] += past >> i & recent >> i & 1;
        }
    }

    private void Pairs(Term term, ref int keptBase, ref int keptNext)
    {
        for (var i = 0; i < RateTerms; i++)
        {
            if (_pairs[i].Base == term) keptBase |= 1 << i;
            if (_pairs[i].Next == term) keptNext |= 1 << i;
        }
    }

    private void Windows(int day, ref int past, ref int recent)
    {
        for (var i = 0; i < Quarters; i++)
        {
            var age = _day.Day - (Quarters - 1 - i) * QuarterDays - day;
            if (age < 0) continue;
            if (age < DayContext.Year) recent |= 1 << i;
            else if (age < DayContext.TwoYears) past |= 1 << i;
        }
    }

    private void AddPace(Term term, int day)
    {
        if (term == _day.Next)
        {
            for (var i = 0; i < Weeks; i++)
            {
                if (day <= _day.Day - (Weeks - 1 - i) * 7) _person[Pace + 2 * i + 1]++;
            }
        }
        else if (term == _day.NextBefore)
        {
            for (var i = 0; i < Weeks; i++)
            {
                if (day <= _day.SameDay - (Weeks - 1 - i) * 7) _person[Pace + 2 * i]++;
            }
        }
    }

    private long[] DeskOf(ulong desk)
    {
        if (!_desks.TryGetValue(desk, out var sums)) _desks[desk] = sums = new long[ServiceTerms * 2];
        return sums;
    }

    private string? Label(int back, int days) => Wording.Day(_day.Day - back * days, _day.Day);

    private static string MonthLabel(int month) => Wording.Month(month);
}

/// <summary>The finished points of one pass. Immutable: boards on any thread read it.</summary>
public sealed class TrendSet
{
    private readonly TrendPass _pass;

    internal TrendSet(TrendPass pass, ProgramSnapshot program, DayContext day)
    {
        _pass = pass;
        Program = program.Number;
        Day = day.Day;
    }

    /// <summary>The civil day that the points end with.</summary>
    public int Day { get; }

    /// <summary>Number of the snapshot that they were computed with.</summary>
    public int Program { get; }

    internal TrendPass Points => _pass;
}
