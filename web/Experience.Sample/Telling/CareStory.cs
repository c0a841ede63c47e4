using Experience.Domain.Events;
using Experience.Sample.Planning;

namespace Experience.Sample.Telling;

/// <summary>A complaint that is open when the history ends: the live stream answers it.</summary>
internal sealed record OpenComplaint(PersonPlan Person, string Key, string Desk, bool Overdue, long ClockFrom);

/// <summary>Tells what staff do for people: complaints with their clocks, promises, answers to needs, waiting lists, small kindnesses.</summary>
internal sealed class CareStory(Teller teller, IReadOnlySet<PersonPlan> known, VoiceStory voices)
{
    public const int Open = 61;
    public const int Overdue = 14;
    public const int OverdueAtWest = 8;
    public const int OverdueEasilyFixed = 9;

    /// <summary>Median hours until the West desk first answers; the others take <see cref="OtherHours"/>.</summary>
    public const double WestHours = 52;
    public const double OtherHours = 7;
    public const int Offered = 205;
    public const int Accepted = 71;
    public const int LogInsOfAFirstWeek = 26;

    private sealed record Trouble(string Category, string Department, string Title, bool Easy);

    private static readonly Trouble[] Troubles =
    [
        new("Parking", "Campus services", "Parking permit did not arrive", true),
        new("Billing", "Bursar", "Charged twice", true),
        new("Room", "Facilities", "Room too cold", false),
        new("Registration", "Registrar", "Registered for the wrong section", true),
        new("Materials", "Bookstore", "Book out of stock", false),
        new("Instructor", "Business", "Class started late twice", false),
        new("Receipt", "Bursar", "Receipt for the employer is missing", true),
        new("Information", "Registrar", "Catalogue named another room", true),
    ];

    private static readonly Trouble LogIn = new("Log-in", "Computing", "Log-in does not work", true);

    private static readonly string[] NeedRules = ["certificate", "licence", "waitlist", "first-online", "advising", "employer", "job"];

    private readonly SamplePlan _plan = teller.Plan;
    private readonly SeededRandom _random = SeededRandom.For(teller.Plan.Options.Seed, "care");
    private readonly List<PersonPlan> _adults = [.. known.Where(p => p.Guardian is null && !p.Scripted).OrderBy(p => p.Index)];
    private int _complaints;
    private int _promises;

    public List<OpenComplaint> StillOpen { get; } = [];

    /// <summary>Who complained of a log-in in a first week, by term.</summary>
    public Dictionary<string, int> LogInsByTerm { get; } = [];

    private long Now => _plan.Now;

    private WallClock Clock => _plan.Clock;

    public void Tell()
    {
        FirstWeeks();
        Complaints();
        OpenComplaints();
        Promises();
        Needs();
        Waits();
        Licences();
        Searches();
        Welcome();
        Kindness();
        Desks();
        MariaAndOthers();
    }

    /// <summary>Anybody who had been heard of by then. The sample's first person is older than everything else.</summary>
    private PersonPlan KnownAt(long at)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            var person = _random.Pick(_adults);
            if (person.KnownSince < at) return person;
        }

        return _adults.MinBy(p => p.KnownSince)!;
    }

    private string Complain(PersonPlan person, Trouble trouble, long at, string desk, SectionPlan? section, bool access = false, string? words = null, string? fault = null)
    {
        var key = $"c-{++_complaints + 300}";
        teller.Tell(EventTypes.ComplaintOpened, person.Key, at, f => f.Set(Fields.Complaint, key).Set(Fields.Category, trouble.Category).Set(Fields.Title, trouble.Title).Set(Fields.Department, trouble.Department)
            .Set(Fields.EasilyFixable, trouble.Easy).Set(Fields.Access, access).Set(Fields.Desk, desk).Set(Fields.Section, section?.Key).Set(Fields.Words, words).Set(Fields.Fault, fault)
            .Set(Fields.Channel, desk == Staff.Online ? "email" : desk == Staff.Phone ? "phone" : "counter"));
        return key;
    }

    /// <summary>First answer by the desk's clock, resolved some time after it. Both lie before now.</summary>
    private void Settle(PersonPlan person, string key, string desk, long opened)
    {
        var lately = opened > Now - 365 * WallClock.Day;
        var median = desk == Staff.West ? lately ? WestHours : 20 : OtherHours;
        // A log-normal around the median, kept within a working week.
        var hours = Math.Min(median * Math.Exp((_random.Double() + _random.Double() + _random.Double() - 1.5) * 0.9), 110);
        var answered = opened + (long)(hours * WallClock.Hour);
        var by = Staff.At(desk, _random);
        teller.Tell(EventTypes.ComplaintUpdated, person.Key, answered, f => f.Set(Fields.Complaint, key).Set(Fields.Staff, by).Set(Fields.Desk, desk).Set(Fields.Words, Voices.UpdateWords(_random.Next())));
        teller.Tell(EventTypes.ComplaintResolved, person.Key, answered + _random.Between(1, 30) * WallClock.Hour, f => f.Set(Fields.Complaint, key).Set(Fields.Staff, by).Set(Fields.Desk, desk));
    }

    /// <summary>In the first week of every season the same theme: people cannot log in.</summary>
    private void FirstWeeks()
    {
        foreach (var term in _plan.Terms.Where(t => t.Season))
        {
            var (from, to) = (Clock.At(term.Starts, 8 * 60), Clock.At(term.Starts.AddDays(7), 0));
            var people = _plan.Registrations.All.Where(r => r.Section.Term == term && r.At < from && r.Person.Guardian is null && !r.Person.Scripted).ToList();
            _random.Shuffle(people);
            people = [.. people.OrderBy(r => r.Section.Course.Mode == "online" ? 0 : 1)];
            var told = 0;
            foreach (var registration in people.DistinctBy(r => r.Person).Take(_plan.Scaled(LogInsOfAFirstWeek)))
            {
                var at = from + (long)(_random.Double() * (to - from));
                if (at > Now - 6 * WallClock.Day) continue;
                var desk = registration.Person.Desk == Staff.Youth ? Staff.Online : registration.Person.Desk;
                var key = Complain(registration.Person, LogIn, at, desk, registration.Section, access: true, words: _random.Chance(0.6) ? Voices.LogInTrouble(_random.Next()) : null);
                Settle(registration.Person, key, desk, at);
                told++;
            }

            LogInsByTerm[term.Key] = told;
        }
    }

    private void Complaints()
    {
        foreach (var registration in _plan.Registrations.All)
        {
            if (registration.Scripted || registration.Person.Guardian is not null || !_random.Chance(registration.Person.Desk == Staff.West ? 0.030 : 0.015)) continue;
            var at = Clock.NextOpen(registration.At + (long)(_random.Double() * 60 * WallClock.Day));
            if (at > Now - 8 * WallClock.Day) continue;
            var key = Complain(registration.Person, _random.Pick(Troubles), at, registration.Person.Desk, registration.Section, words: _random.Chance(0.5) ? Voices.ComplaintWords(_random.Next()) : null);
            Settle(registration.Person, key, registration.Person.Desk, at);
        }
    }

    /// <summary>61 open when the history ends, 14 of them past the clock, 8 of those at the West desk.</summary>
    private void OpenComplaints()
    {
        var script = _plan.Script;
        var west = new Queue<PersonPlan>(Current(Staff.West));
        var others = new Queue<PersonPlan>(Current(Staff.Main).Concat(Current(Staff.Online)).OrderBy(p => SeededRandom.Mix((ulong)p.Index)));
        var overdue = Math.Max(3, _plan.Scaled(Overdue));
        var overdueWest = Math.Max(1, _plan.Scaled(OverdueAtWest));
        var easy = _plan.Scaled(OverdueEasilyFixed);
        // Tomás waits longest: 52 hours for a log-in.
        Keep(script.Tomas, Complain(script.Tomas, LogIn, Clock.WorkdayHoursBefore(Now, 52), Staff.West, script.Python04, access: true, words: "Two days for a password."), Staff.West, true, Clock.WorkdayHoursBefore(Now, 52));
        var changed = Math.Max(Clock.WorkdayHoursBefore(Now, 26.2), script.InstructorChangedAt + WallClock.Hour);
        Keep(script.Maria, Complain(script.Maria, new Trouble("Instructor", "Computing", "Instructor changed, not told", true), changed, Staff.Main, script.Excel03, words: "Nobody told us.", fault: "ours"), Staff.Main, true, changed);
        for (var i = 2; i < overdue; i++)
        {
            var desk = i <= overdueWest ? Staff.West : i % 2 == 0 ? Staff.Main : Staff.Online;
            var person = (desk == Staff.West ? west : others).Dequeue();
            var trouble = _random.Pick(Troubles.Where(t => t.Easy == i < easy).ToList());
            var at = Clock.WorkdayHoursBefore(Now, 25 + i % 13 * 1.9);
            Keep(person, Complain(person, trouble, at, desk, person.Registrations[^1].Section, words: Voices.ComplaintWords(_random.Next())), desk, true, at);
        }

        var parking = Clock.WorkdayHoursBefore(Now, 19.7);
        Keep(script.Maria, Complain(script.Maria, Troubles[0], parking, Staff.Main, null), Staff.Main, false, parking);
        for (var i = 1; i < Math.Max(4, _plan.Scaled(Open)) - overdue; i++)
        {
            var desk = i % 4 == 0 ? Staff.West : i % 2 == 0 ? Staff.Main : Staff.Online;
            var person = (desk == Staff.West ? west : others).Dequeue();
            var answered = Clock.WorkdayHoursBefore(Now, 1 + i % 20);
            var section = person.Registrations[^1].Section;
            if (i % 3 == 0)
            {
                Keep(person, Complain(person, _random.Pick(Troubles), answered, desk, section), desk, false, answered);
                continue;
            }

            // Told of first some days ago, spoken of again since.
            var opened = answered - (long)((desk == Staff.West ? WestHours : OtherHours) * WallClock.Hour) - _random.Int(5) * WallClock.Hour;
            var key = Complain(person, _random.Pick(Troubles), opened, desk, section);
            teller.Tell(EventTypes.ComplaintUpdated, person.Key, answered, f => f.Set(Fields.Complaint, key).Set(Fields.Staff, Staff.At(desk, _random)).Set(Fields.Desk, desk).Set(Fields.Words, Voices.UpdateWords(_random.Next())));
            Keep(person, key, desk, false, answered);
        }
    }

    private void Keep(PersonPlan person, string key, string desk, bool overdue, long clockFrom) => StillOpen.Add(new OpenComplaint(person, key, desk, overdue, clockFrom));

    /// <summary>People of a desk who have been with us in the last half year.</summary>
    private List<PersonPlan> Current(string desk)
    {
        var list = _adults.Where(p => p.Desk == desk && p.Registrations.Any(r => r.At > Now - 200 * WallClock.Day && r.At < Now - 9 * WallClock.Day)).ToList();
        _random.Shuffle(list);
        return list;
    }

    private void Promises()
    {
        var script = _plan.Script;
        for (var i = 0; i < _plan.Scaled(420); i++)
        {
            var made = Clock.NextOpen(Now - 9 * WallClock.Day - (long)(_random.Double() * (_plan.Options.Years * 365 - 30) * WallClock.Day));
            var person = KnownAt(made);
            var (key, by) = Promise(person, made, made + 2 * WallClock.Day, "Call back", person.Desk);
            var kept = _random.Chance(0.96);
            teller.Tell(kept ? EventTypes.PromiseKept : EventTypes.PromiseBroken, person.Key, made + _random.Between(3, 40) * WallClock.Hour, f => f.Set(Fields.Promise, key).Set(Fields.Staff, by).Set(Fields.Desk, person.Desk));
        }

        // Ken was to be called two working days ago.
        var due = Clock.WorkdayHoursBefore(Now, 49);
        Promise(script.Ken, due - 26 * WallClock.Hour, due, "Call about Excel 03", Staff.West, Staff.TomReed);
        var tomorrow = _plan.Today.AddDays(1);
        while (tomorrow.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday) tomorrow = tomorrow.AddDays(1);
        Promise(script.Maria, Clock.WorkdayHoursBefore(Now, 18.2), Clock.At(tomorrow, 17 * 60), "Call her about Excel 05", Staff.West, Staff.TomReed);
    }

    private (string Key, string By) Promise(PersonPlan person, long made, long due, string title, string desk, string? by = null)
    {
        var key = $"promise-{++_promises}";
        by ??= Staff.At(desk, _random);
        teller.Tell(EventTypes.PromiseMade, person.Key, made, f => f.Set(Fields.Promise, key).Set(Fields.Due, due).Set(Fields.Title, title).Set(Fields.Staff, by).Set(Fields.Desk, desk));
        return (key, by);
    }

    /// <summary>What staff offered, month by month; 205 in the last thirty days, of which 71 were accepted.</summary>
    private void Needs()
    {
        var month = 30 * WallClock.Day;
        for (var m = 0; m < 12; m++)
        {
            var offered = _plan.Scaled(m switch { 0 => Offered, 1 => 182, _ => 150 - 4 * m });
            var accepted = _plan.Scaled(m switch { 0 => Accepted, 1 => 59, _ => 50 - 2 * m });
            for (var i = 0; i < offered; i++)
            {
                // Whole civil days: none falls between two months.
                var at = Now - m * month - 2 * WallClock.Hour - (long)(_random.Double() * (month - 30 * WallClock.Hour));
                var person = KnownAt(at);
                var staff = Staff.At(person.Desk, _random);
                var rule = _random.Pick(NeedRules);
                var cause = $"sample-{m}-{i}";
                void Fill(FactBuilder f) => f.Set(Fields.Rule, rule).Set(Fields.Cause, cause).Set(Fields.Staff, staff).Set(Fields.Desk, person.Desk);
                teller.Tell(EventTypes.NeedOffered, person.Key, at, Fill);
                if (i < accepted) teller.Tell(EventTypes.NeedAccepted, person.Key, at + _random.Between(1, 90) * WallClock.Minute, Fill);
                else if (i < accepted * 2) teller.Tell(EventTypes.NeedDeclined, person.Key, at + _random.Between(1, 90) * WallClock.Minute, Fill);
            }
        }
    }

    private void Waits()
    {
        var script = _plan.Script;
        for (var i = 0; i < script.Spanish.Count; i++)
        {
            var (person, since) = script.Spanish[i];
            teller.Tell(EventTypes.WaitlistJoined, person.Key, since, f => f.Set(Fields.Section, script.WaitedSpanish.Key).Set(Fields.Course, Courses.Spanish1.Key).Set(Fields.Place, i + 1));
        }

        // Lists of earlier terms: a seat came free, or it did not.
        foreach (var section in _plan.Sections.All.Where(s => !s.Reserved && s.CancelledAt == 0 && s.Meetings[0] < Now - 20 * WallClock.Day))
        {
            if (!_random.Chance(0.12)) continue;
            var start = section.Meetings[0];
            for (var place = 1; place <= 2; place++)
            {
                var at = start - _random.Between(6, 18) * WallClock.Day;
                var person = KnownAt(at);
                if (person.Registrations.Any(r => r.Section == section)) continue;
                var position = place;
                teller.Tell(EventTypes.WaitlistJoined, person.Key, at, f => f.Set(Fields.Section, section.Key).Set(Fields.Course, section.Course.Key).Set(Fields.Place, position));
                if (_random.Chance(0.5)) teller.Tell(EventTypes.WaitlistOffered, person.Key, at + 4 * WallClock.Day, f => f.Set(Fields.Section, section.Key).Set(Fields.Due, at + 6 * WallClock.Day));
                teller.Tell(EventTypes.WaitlistExpired, person.Key, start, f => f.Set(Fields.Section, section.Key));
            }
        }
    }

    /// <summary>Priya and some two dozen others whose licence runs out before the hours are done.</summary>
    private void Licences()
    {
        var nurses = _adults.Where(p => p.Archetype == Archetype.Licence).ToList();
        _random.Shuffle(nurses);
        foreach (var (person, i) in nurses.Take(_plan.Scaled(24)).Prepend(_plan.Script.Priya).Select((p, i) => (p, i)))
        {
            var expires = WallClock.Number(_plan.Today) + 95 + (i == 0 ? 0 : _random.Between(-60, 20));
            teller.Tell(EventTypes.CredentialExpiring, person.Key, Now - _random.Between(20, 50) * WallClock.Day, f => f.Set(Fields.Credential, Courses.NurseLicence).Set(Fields.Expires, expires).Set(Fields.HoursRequired, 12_00).Set(Fields.Hours, i == 0 || i % 2 == 0 ? 6_00 : 0));
        }
    }

    private void Searches()
    {
        string[] topics = ["Welding", "Drone pilot", "Sign language", "Beekeeping", "Commercial driver licence", "Phlebotomy", "Piano"];
        for (var i = 0; i < _plan.Scaled(260); i++)
        {
            var at = Now - (long)(_random.Double() * 360 * WallClock.Day) - WallClock.Hour;
            var person = KnownAt(at);
            var topic = _random.Pick(topics);
            teller.Tell(EventTypes.SearchUnmatched, person.Key, at, f => f.Set(Fields.Topic, topic).Set(Fields.Channel, "online"));
            if (i % 6 == 0) teller.Tell(EventTypes.SearchUnmatched, person.Key, at + 3 * WallClock.Day, f => f.Set(Fields.Topic, topic).Set(Fields.Channel, "online"));
        }
    }

    private void Welcome()
    {
        foreach (var person in _adults.Where(p => p.WelcomeCalled == true && p.Registrations.Count > 0))
        {
            var first = person.Registrations[0].Section.Meetings[0] + 3 * WallClock.Day;
            teller.Tell(EventTypes.DelightGiven, person.Key, Clock.NextOpen(first), f => f.Set(Fields.Title, "Welcome call").Set(Fields.Staff, Staff.At(Staff.Phone, _random)).Set(Fields.Desk, Staff.Phone));
        }
    }

    private void Kindness()
    {
        foreach (var registration in _plan.Registrations.All)
        {
            var person = registration.Person;
            if (registration.At > Now || person.Guardian is not null) continue;
            var roll = _random.Int(1000);
            var at = Clock.NextOpen(registration.At + _random.Between(1, 30) * WallClock.Day);
            if (roll < 8) teller.Tell(EventTypes.DelightGiven, person.Key, at, f => f.Set(Fields.Title, "A seat kept free").Set(Fields.Staff, Staff.At(person.Desk, _random)).Set(Fields.Desk, person.Desk));
            else if (roll < 22) teller.Tell(EventTypes.NoteAdded, person.Key, at, f => f.Set(Fields.Words, Voices.NoteWords(_random.Next())).Set(Fields.Staff, Staff.At(person.Desk, _random)).Set(Fields.Desk, person.Desk));
            else if (roll < 30) teller.Tell(EventTypes.ReferralMade, person.Key, at, f => f.Set(Fields.Course, registration.Section.Course.Key).Set(Fields.Channel, "email"));
            else if (roll < 36) teller.Tell(EventTypes.CommentPosted, person.Key, at, f => f.Set(Fields.Words, Voices.Course(_random.Next(), 4 + _random.Int(2))).Set(Fields.Section, registration.Section.Key).Set(Fields.Channel, "online"));
        }
    }

    /// <summary>The transactions behind a third of what was registered at a desk.</summary>
    private void Desks()
    {
        foreach (var registration in _plan.Registrations.All)
        {
            if (registration.At > Now || registration.Staff is null || registration.Scripted || !_random.Chance(0.33)) continue;
            var key = $"t-{registration.Key}";
            teller.Tell(EventTypes.TransactionOpened, registration.Person.Key, registration.At - 3 * WallClock.Minute, f => f.Set(Fields.Transaction, key).Set(Fields.Kind, "registration").Set(Fields.Section, registration.Section.Key).Set(Fields.Staff, registration.Staff).Set(Fields.Desk, registration.Desk).Set(Fields.Channel, registration.Channel));
            teller.Tell(EventTypes.TransactionClosed, registration.Person.Key, registration.At + 7 * WallClock.Minute, f => f.Set(Fields.Transaction, key).Set(Fields.Kind, "registration").Set(Fields.Outcome, "done").Set(Fields.Staff, registration.Staff).Set(Fields.Desk, registration.Desk).Set(Fields.Channel, registration.Channel));
        }
    }

    private void MariaAndOthers()
    {
        var script = _plan.Script;
        teller.Tell(EventTypes.CreditIssued, script.Maria.Key, Now - 40 * WallClock.Day, f => f.Set(Fields.Amount, 25_00).Set(Fields.Reason, "class link failed").Set(Fields.Staff, Staff.RosaLin));
        teller.Tell(EventTypes.GoalStated, script.Dana.Key, Now - 300 * WallClock.Day, f => f.Set(Fields.Goal, "job").Set(Fields.Certificate, Courses.Bookkeeping));
        teller.Tell(EventTypes.NoteAdded, script.Walter.Key, Clock.At(_plan.ClosedMain[2].Starts.AddDays(30), 11 * 60), f => f.Set(Fields.Words, "Loves the Tuesday group. Drives only by day.").Set(Fields.Staff, Staff.RosaLin).Set(Fields.Desk, Staff.Main));
        // The last word of the history: what is imported is judged as of it, so it must be of now.
        var last = KnownAt(Now - WallClock.Day);
        teller.Tell(EventTypes.InquiryReceived, last.Key, Now - WallClock.Second, f => f.Set(Fields.Course, Courses.Excel.Key).Set(Fields.Topic, Courses.Excel.Title).Set(Fields.Channel, "online").Set(Fields.Desk, last.Desk));
        // Lately low at the West desk, and some of them still wait.
        foreach (var (person, at, login) in voices.LowAtWest.Take(6))
        {
            if (at > Now - 9 * WallClock.Day || !login) continue;
            var key = Complain(person, LogIn, at - 2 * WallClock.Day, Staff.West, null, access: true);
            Settle(person, key, Staff.West, at - 2 * WallClock.Day);
        }
    }
}
