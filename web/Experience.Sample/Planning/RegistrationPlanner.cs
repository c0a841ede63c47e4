namespace Experience.Sample.Planning;

/// <summary>Plays the terms through: who registers for what and when, who leaves, whom we cancel, who wants the money back.</summary>
internal sealed class RegistrationPlanner(SampleOptions options, WallClock clock, AcademicCalendar calendar, PeoplePlanner people, SectionPlanner sections, long now)
{
    /// <summary>Registrations to date against the same day of last year.</summary>
    public const double PaceTarget = 0.96;

    /// <summary>Refunds asked for by participants, of the registrations of the season that runs now.</summary>
    public const double CurrentRefundRate = 0.046;

    private static readonly double[] RefundRates = [0.039, 0.041, 0.038, 0.042, 0.040, 0.043];

    private static readonly (string Reason, double Weight)[] Reasons =
    [
        ("instructor", 0.27), ("schedule", 0.22), ("work", 0.18), ("not as described", 0.06), ("health", 0.11), ("found it elsewhere", 0.08), ("no time", 0.08),
    ];

    /// <summary>Whoever stays after a year finds something for as long as any sample lasts.</summary>
    private const int MoreTerms = 24;

    private readonly SeededRandom _random = SeededRandom.For(options.Seed, "registrations");

    public List<RegistrationPlan> All { get; } = [];

    /// <summary>Plays one term after the other for everybody who is not told by a script.</summary>
    public void Simulate(IReadOnlyList<SampleTerm> terms, SampleTerm welcomeFrom)
    {
        foreach (var person in people.People)
        {
            if (person.Scripted || person.Archetype == Archetype.YouthFamily && person.Guardian is null) continue;
            if (person.Guardian is null) Adult(person, terms, welcomeFrom);
            else Child(person, terms);
        }
    }

    public RegistrationPlan Enrol(PersonPlan person, SectionPlan section, long at, bool scripted = true)
    {
        var registration = new RegistrationPlan { Person = person, Section = section, At = at, Scripted = scripted };
        registration.Presence = Math.Clamp(0.70 + 0.05 * person.Satisfaction, 0.6, 0.97);
        (registration.Desk, registration.Channel, registration.Staff) = Transacted(person, at);
        section.Enrolled.Add(registration);
        person.Registrations.Add(registration);
        All.Add(registration);
        return registration;
    }

    private (string Desk, string Channel, string? By) Transacted(PersonPlan person, long at)
    {
        if (person.Desk == Staff.Online || !clock.Open(at) || _random.Chance(0.45)) return (Staff.Online, "online", null);
        var desk = _random.Chance(0.07) ? Staff.Phone : person.Desk;
        return (desk, desk == Staff.Phone ? "phone" : "counter", Staff.At(desk, _random));
    }

    private void Adult(PersonPlan person, IReadOnlyList<SampleTerm> terms, SampleTerm welcomeFrom)
    {
        var seasons = terms.Where(t => t.Season).ToList();
        Span<double> arrivals = stackalloc double[seasons.Count];
        for (var i = 0; i < arrivals.Length; i++) arrivals[i] = Arrival(person, seasons, i);
        var first = _random.Weighted(arrivals);
        person.Since = seasons[first];
        if (person.Pattern == Pattern.Year && seasons[first].Main && seasons[first].Starts >= welcomeFrom.Starts && seasons[first].Starts < welcomeFrom.Starts.AddDays(330)) person.WelcomeCalled = _random.Chance(0.5);
        if (seasons[first].Kind == TermKind.Summer) person.Usual |= 1 << (int)TermKind.Summer;
        var step = first <= 1 ? _random.Int(Math.Max(1, person.Path.Count / 3)) : 0;
        var kept = 0;
        for (var t = first; t < seasons.Count && step < person.Path.Count; t++)
        {
            var term = seasons[t];
            var usual = (person.Usual >> (int)term.Kind & 1) != 0;
            if (t != first && !(usual && _random.Chance(Appetite(person, term, kept, first <= 1))))
            {
                // Who comes for a year and misses the term in its middle does not come back.
                if (!usual || person.Pattern != Pattern.Year || kept == 0) continue;
                person.ActiveUntil = seasons[t - 1].Ends;
                return;
            }

            var before = step;
            var returns = kept > 0 || first <= 1;
            step = Take(person, term, step, returns);
            if (step < person.Path.Count && step > before && _random.Chance(0.30)) step = Take(person, term, step, returns);
            if (step == before) continue;
            kept++;
            if (_random.Chance(Leaves(person, kept, first <= 1)))
            {
                person.ActiveUntil = term.Ends;
                return;
            }
        }

        if (step >= person.Path.Count && person.Registrations.Count > 0) person.ActiveUntil = person.Registrations[^1].Section.Term.Ends;
    }

    /// <summary>How likely a season is to be somebody's first: much of a college was there before the sample begins.</summary>
    private double Arrival(PersonPlan person, List<SampleTerm> seasons, int i)
    {
        var term = seasons[i];
        if (term.Starts > clock.DayOf(now)) return person.Pattern == Pattern.Year ? 0.25 : 0;
        // Those of one season begin in theirs, and are an old crowd: the newest year brings no new ones.
        if (person.Pattern == Pattern.Annual) return (person.Usual >> (int)term.Kind & 1) == 0 ? 0 : i <= 2 ? 8 : i < seasons.Count - 6 ? 1 : 0;
        if (person.Pattern == Pattern.Loyal) return term.Kind == TermKind.Summer ? 0 : i == 0 ? 6 : i < seasons.Count - 6 ? 0.8 : 0.2;
        return term.Kind == TermKind.Summer ? 0.2 : i == 0 ? 1.9 : 1;
    }

    /// <summary>Chance of coming in a usual term.</summary>
    private static double Appetite(PersonPlan person, SampleTerm term, int kept, bool old) => person.Pattern switch
    {
        // What the welcome call is planted to do: with it 93 of 100 come for a second term, without it 80.
        Pattern.Year when kept == 1 && !old => person.WelcomeCalled == false ? 0.80 : person.WelcomeCalled == true ? 0.93 : 0.90,
        Pattern.Year => 0.93,
        Pattern.Annual => 0.97,
        _ => term.Kind == TermKind.Summer ? 0.5 : 0.965,
    };

    private double Leaves(PersonPlan person, int kept, bool old)
    {
        switch (person.Pattern)
        {
            case Pattern.Year:
                // Who stays after two terms, stays.
                if (kept == 1) return old ? 0.55 : 0.03;
                if (kept > 2) return 0.004;
                if (!_random.Chance(0.07)) return 1;
                person.Pattern = Pattern.Loyal;
                person.Path = [.. person.Path, .. Enumerable.Repeat(Courses.Watercolor, MoreTerms)];
                return 0;
            case Pattern.Annual:
                return kept == 1 ? 0.10 : kept == 2 ? 0.30 : 0.03;
            default:
                return kept < 3 ? 0.08 : 0.004;
        }
    }

    private int Take(PersonPlan person, SampleTerm term, int step, bool returns)
    {
        var course = person.Path[step];
        var section = Choose(course, term);
        if (section is null || person.Registrations.Any(r => r.Section == section)) return step;
        var registration = Enrol(person, section, When(term, section, returns), scripted: false);
        if (person.Archetype == Archetype.Employer) registration.Contract = _random.Chance(0.75);
        return step + 1;
    }

    private void Child(PersonPlan person, IReadOnlyList<SampleTerm> terms)
    {
        var begins = _random.Int(terms.Count * 3 / 4);
        var taken = 0;
        for (var t = begins; t < terms.Count; t++)
        {
            var term = terms[t];
            var age = person.AgeOn(term.Starts);
            var course = term.Kind == TermKind.Youth && age is >= 9 and <= 12 ? Courses.Robotics
                : term.Kind is TermKind.Fall or TermKind.Spring && age is >= 15 and <= 18 && taken < 2 ? Courses.Sat
                : null;
            if (course is null || !_random.Chance(0.85)) continue;
            if (Choose(course, term) is not { } section) continue;
            Enrol(person, section, When(term, section, taken > 0), scripted: false);
            taken++;
            if (_random.Chance(0.25))
            {
                person.ActiveUntil = term.Ends;
                return;
            }
        }
    }

    /// <summary>Sections that we cancelled are those that few chose.</summary>
    private SectionPlan? Choose(CourseTemplate course, SampleTerm term)
    {
        var candidates = sections.Of(course, term);
        Span<double> weights = stackalloc double[candidates.Count];
        double sum = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            var section = candidates[i];
            weights[i] = section.Reserved ? 0 : section.CancelledAt != 0 ? 0.16 : 1;
            sum += weights[i];
        }

        return sum == 0 ? null : candidates[_random.Weighted(weights)];
    }

    /// <summary>
    /// Those who were there before have the first weeks for themselves and use them; of the others four in ten come in the first three
    /// weeks, the rest ever more towards the start.
    /// </summary>
    private long When(SampleTerm term, SectionPlan section, bool returns)
    {
        var opens = clock.At(term.Opens, 8 * 60);
        var until = section.CancelledAt != 0 ? section.CancelledAt - WallClock.Day : section.Meetings[0] - 3 * WallClock.Hour;
        until = Math.Max(until, opens + WallClock.Day);
        var span = until - opens;
        var at = _random.Chance(returns ? 0.9 : 0.4)
            ? opens + (long)(_random.Double() * _random.Double() * Math.Min(span, 28 * WallClock.Day))
            : opens + (long)(Math.Sqrt(_random.Double()) * span);
        return Waking(at, until);
    }

    /// <summary>Nobody registers at four in the morning.</summary>
    private long Waking(long at, long until)
    {
        var local = clock.Local(at);
        if (local.Hour is >= 7 and < 23) return at;
        var moved = clock.At(DateOnly.FromDateTime(local), _random.Between(8 * 60, 20 * 60));
        return moved < until ? moved : at;
    }

    /// <summary>Moves or drops registrations by chance until a term stands at its target against last year's same day.</summary>
    public void SetPace(SampleTerm term, Func<RegistrationPlan, bool> mayMove)
    {
        if (calendar.YearBefore(term) is not { } last) return;
        var shift = clock.At(term.Starts, 0) - clock.At(last.Starts, 0);
        var before = All.Count(r => r.Section.Term == last && r.At <= now - shift);
        var to = (int)Math.Round(before * PaceTarget);
        var done = All.Where(r => r.Section.Term == term && r.At <= now).ToList();
        if (done.Count > to)
        {
            var movable = done.Where(mayMove).ToList();
            _random.Shuffle(movable);
            foreach (var registration in movable.Take(done.Count - to))
            {
                var until = registration.Section.Meetings[0] - 3 * WallClock.Hour;
                if (until > now + WallClock.Day) registration.At = Waking(now + WallClock.Hour + (long)(_random.Double() * (until - now - WallClock.Hour)), until);
                else Remove(registration);
            }

            return;
        }

        var later = All.Where(r => r.Section.Term == term && r.At > now).Where(mayMove).ToList();
        _random.Shuffle(later);
        var opens = clock.At(term.Opens, 8 * 60);
        foreach (var registration in later.Take(to - done.Count)) registration.At = Waking(opens + (long)(_random.Double() * (now - WallClock.Hour - opens)), now);
    }

    public void Remove(RegistrationPlan registration)
    {
        registration.Section.Enrolled.Remove(registration);
        registration.Person.Registrations.Remove(registration);
        All.Remove(registration);
    }

    /// <summary>Two thirds of those whom we cancelled were moved within the day; the others had their money back at once.</summary>
    public void CancelOurs()
    {
        foreach (var section in sections.All.Where(s => s.CancelledAt != 0).ToList())
        {
            foreach (var registration in section.Enrolled.Where(r => r.End == RegistrationEnd.Runs && r.At < section.CancelledAt).ToList())
            {
                var siblings = sections.Of(section.Course, section.Term).Where(s => s.CancelledAt == 0 && s.Meetings[0] > section.CancelledAt + WallClock.Day).ToList();
                var moved = siblings.Count > 0 && _random.Chance(0.85) ? _random.Pick(siblings) : null;
                registration.EndAt = section.CancelledAt + _random.Between(10, 300) * WallClock.Minute;
                registration.Reason = "section cancelled";
                registration.OurFault = true;
                registration.End = moved is null ? RegistrationEnd.Cancelled : RegistrationEnd.Transferred;
                registration.MovedTo = moved;
                registration.RefundAmount = moved is null ? section.Course.Fee : 0;
                moved?.Enrolled.Add(registration);
            }
        }
    }

    /// <summary>Plants the refunds of each term: as many as its rate asks for, counted up to now.</summary>
    public void Refund(IReadOnlyList<SampleTerm> terms, SampleTerm current)
    {
        var turn = 0;
        foreach (var term in terms)
        {
            var rate = term == current ? CurrentRefundRate : term.Starts > current.Starts ? 0.012 : RefundRates[turn++ % RefundRates.Length];
            var all = All.Where(r => r.Section.Term == term && r.At <= now).ToList();
            var quota = (int)Math.Round(all.Count * rate) - all.Count(r => r.End == RegistrationEnd.Refunded && r.EndAt <= now);
            var may = all.Where(r => !r.Scripted && !r.Section.Reserved && r.End == RegistrationEnd.Runs && !r.Contract && r.At < now - 3 * WallClock.Day).ToList();
            _random.Shuffle(may);
            foreach (var registration in may)
            {
                if (quota <= 0) break;
                if (PlanRefund(registration)) quota--;
            }
        }
    }

    private bool PlanRefund(RegistrationPlan registration)
    {
        var meetings = registration.Section.Meetings;
        var early = meetings.Length < 2 || _random.Chance(0.65);
        var (from, to) = early ? (registration.At + WallClock.Hour, meetings[0] - WallClock.Hour) : (meetings[0] + 3 * WallClock.Hour, meetings[1] - WallClock.Hour);
        if (to - from < WallClock.Hour) return false;
        var at = clock.NextOpen(from + (long)(_random.Double() * (to - from)));
        if (at >= to + 12 * WallClock.Hour || at > now - WallClock.Hour) return false;
        Span<double> weights = stackalloc double[Reasons.Length];
        for (var i = 0; i < weights.Length; i++) weights[i] = Reasons[i].Weight;
        var reason = Reasons[_random.Weighted(weights)].Reason;
        End(registration, at, reason, ours: reason is "not as described", early ? 100 : 90);
        return true;
    }

    /// <param name="percent">Of the fee, by the policy's line or by what the desk may decide.</param>
    public static void End(RegistrationPlan registration, long at, string reason, bool ours, int percent)
    {
        registration.End = RegistrationEnd.Refunded;
        registration.EndAt = at;
        registration.Reason = reason;
        registration.OurFault = ours;
        registration.RefundAmount = registration.Section.Course.Fee * percent / 100;
    }

    /// <summary>Capacities and minima that the enrolment makes plausible; numbers the registrations in the order of their time.</summary>
    public void Finish()
    {
        foreach (var section in sections.All)
        {
            var people = section.Enrolled.Count;
            if (section.Capacity == 0)
            {
                ReadOnlySpan<int> sizes = [12, 16, 20, 24, 30, 36, 40, 48, 60, 80];
                section.Capacity = 12;
                foreach (var size in sizes)
                {
                    section.Capacity = size;
                    if (size >= people + 2) break;
                }

                section.Capacity = Math.Max(section.Capacity, people + 2);
            }

            if (section.Minimum == 0) section.Minimum = section.CancelledAt != 0 ? Math.Max(8, people + 2) : section.Meetings[0] <= now ? Math.Clamp(people - 1, 1, 8) : 8;
        }

        All.Sort((a, b) => a.At != b.At ? a.At.CompareTo(b.At) : a.Person.Index.CompareTo(b.Person.Index));
        for (var i = 0; i < All.Count; i++) All[i].Key = $"reg-{10_001 + i}";
        foreach (var person in people.People) person.Registrations.Sort((a, b) => a.At.CompareTo(b.At));
    }
}
