using System.Runtime.CompilerServices;
using Experience.Domain.Events;
using Experience.Sample.Planning;
using Experience.Sample.Telling;

namespace Experience.Sample;

/// <summary>
/// What goes on at Riverbend College after its history: one event after the other, at the clock's now. Ids carry the
/// moment at which the stream began, so a stream that is taken up again repeats none.
/// </summary>
internal sealed class LiveStream
{
    public const double MaxPerMinute = 60_000;

    /// <summary>Events that wait to be told because something started them; the newest beyond it are dropped.</summary>
    private const int MaxPending = 256;

    /// <summary>Open complaints are kept between these, as in the history.</summary>
    private const int MinOpen = 50;
    private const int MaxOpen = 70;

    private readonly SamplePlan _plan;
    private readonly TimeProvider _clock;
    private readonly SeededRandom _random;
    private readonly string _run;
    private readonly List<PersonPlan> _adults;
    private readonly List<(RegistrationPlan Registration, SectionPlan Section)> _places;
    private readonly Queue<RegistrationPlan> _ahead;
    private readonly List<(PersonPlan Person, string Key, string Desk, long ClockFrom)> _open;

    /// <summary>Past the clock when the stream began: a matter for whoever looks at the board, not for the stream.</summary>
    private readonly HashSet<string> _overdue;

    // What follows from something told: a transaction is closed minutes after it was opened.
    private readonly PriorityQueue<Func<long, IEnumerable<Fact>>, long> _pending = new();
    private readonly HashSet<RegistrationPlan> _refunded = [];
    private int _told;

    /// <param name="again">The stream is taken up again: what it opens with was told the first time.</param>
    public LiveStream(SamplePlan plan, IReadOnlySet<PersonPlan> known, IReadOnlyList<OpenComplaint> open, TimeProvider clock, bool again = false)
    {
        _plan = plan;
        _clock = clock;
        var start = Now();
        _run = start.ToString("x", null);
        _random = new SeededRandom(SeededRandom.Mix((ulong)start ^ (uint)plan.Options.Seed));
        // Whoever is at a desk is found first: nobody new comes there under the name of somebody whom one is told to look up.
        var lookedUp = known.Where(p => p.Scripted).Select(p => p.Family).ToHashSet();
        _adults = [.. known.Where(p => !p.Scripted && p.Guardian is null && !lookedUp.Contains(p.Family)).OrderBy(p => p.Index)];
        _ahead = new Queue<RegistrationPlan>(plan.Registrations.All.Where(r => r.At > plan.Now && !r.Scripted && known.Contains(r.Person) && r.Section.Meetings[0] > start));
        _places = [.. plan.Registrations.All.Where(r => r.At <= plan.Now && r.End is RegistrationEnd.Runs && !r.Scripted).Select(r => (r, r.MovedTo ?? r.Section)).Where(r => r.Item2.Meetings[0] <= start && r.Item2.Meetings[^1] >= start - 21 * WallClock.Day)];
        if (_places.Count == 0) _places = [.. plan.Registrations.All.Where(r => r.At <= plan.Now && r.End is RegistrationEnd.Runs && !r.Scripted).TakeLast(200).Select(r => (r, r.Section))];
        _open = [.. open.Select(c => (c.Person, c.Key, c.Desk, c.ClockFrom))];
        _overdue = [.. open.Where(c => c.Overdue).Select(c => c.Key)];
        if (again) return;
        var script = plan.Script;
        Later(start + 4 * WallClock.Second, at => Begin(script.Maria, "refund", script.Excel03, Staff.RosaLin, Staff.Main, "counter", at));
        Later(start + 15 * WallClock.Second, MariasRefund);
    }

    public async IAsyncEnumerable<Fact> Run(double eventsPerMinute, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(eventsPerMinute);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(eventsPerMinute, MaxPerMinute);
        var pause = 60.0 / eventsPerMinute;
        while (true)
        {
            // Exponential gaps: people do not come to the beat of a drum.
            var gap = TimeSpan.FromSeconds(Math.Clamp(-Math.Log(1 - _random.Double()) * pause, pause / 8, pause * 4));
            await Task.Delay(gap, _clock, cancellation).ConfigureAwait(false);
            var at = Now();
            foreach (var fact in Next(at)) yield return fact;
        }
    }

    private long Now() => WallClock.Instant(_clock.GetUtcNow());

    private IEnumerable<Fact> Next(long at)
    {
        if (_pending.TryPeek(out _, out var due) && due <= at) return _pending.Dequeue()(at);
        // Clocks first: whatever is most of a day old is spoken of or put right, so that the overdue do not pile up.
        var waiting = _open.FindIndex(c => !_overdue.Contains(c.Key) && _plan.Clock.WorkdayHoursBefore(at, 18) > c.ClockFrom);
        if (waiting >= 0 && _random.Chance(0.04)) return Answer(waiting, at);
        // In a thousand. At one event a second a desk is busy and a week's figures still mean a week.
        return _random.Int(1000) switch
        {
            < 390 => Work(at),
            < 720 => Attendance(at),
            < 732 => Register(at),
            < 747 => Course(at),
            < 755 => Service(at),
            < 780 => Search(at),
            < 810 => Inquire(at),
            < 811 => Thank(at),
            < 813 => _open.Count < MaxOpen ? Complain(at) : Work(at),
            < 815 => _open.Count > MinOpen ? Answer(_random.Int(_open.Count), at) : Work(at),
            < 817 => Refund(at),
            _ => Visit(at),
        };
    }

    private string Id(string name) => $"live-{_run}-{++_told}-{name}";

    private FactBuilder Fact(EventType type, string subject, long at) => new(type, SampleOptions.Source, Id(type.Name), subject, at) { Live = true };

    private void Later(long at, Func<long, IEnumerable<Fact>> tell)
    {
        if (_pending.Count < MaxPending) _pending.Enqueue(tell, at);
    }

    private IEnumerable<Fact> Begin(PersonPlan person, string kind, SectionPlan? section, string staff, string desk, string channel, long at)
    {
        var key = Id("transaction");
        Later(at + (kind == "refund" ? 8 : 3) * WallClock.Minute, later => [Fact(EventTypes.TransactionClosed, person.Key, later).Set(Fields.Transaction, key).Set(Fields.Kind, kind).Set(Fields.Outcome, "done").Set(Fields.Staff, staff).Set(Fields.Desk, desk).Set(Fields.Channel, channel).Build()]);
        return [Fact(EventTypes.TransactionOpened, person.Key, at).Set(Fields.Transaction, key).Set(Fields.Kind, kind).Set(Fields.Section, section?.Key).Set(Fields.Staff, staff).Set(Fields.Desk, desk).Set(Fields.Channel, channel).Build()];
    }

    /// <summary>Asked for, and not yet paid out: the person at the desk decides.</summary>
    private IEnumerable<Fact> MariasRefund(long at)
    {
        var script = _plan.Script;
        var registration = script.Maria.Registrations.First(r => r.Section == script.Excel03);
        return [Fact(EventTypes.RefundRequested, script.Maria.Key, at).Set(Fields.Section, script.Excel03.Key).Set(Fields.Registration, registration.Key).Set(Fields.Amount, script.Excel03.Course.Fee)
            .Set(Fields.Reason, "instructor changed").Set(Fields.Fault, "ours").Set(Fields.Staff, Staff.RosaLin).Set(Fields.Desk, Staff.Main).Set(Fields.Channel, "counter").Build()];
    }

    private IEnumerable<Fact> Work(long at)
    {
        var (registration, section) = _random.Pick(_places);
        return [RegistrationFacts.Active(registration, section, Id("activity"), _random.Pick(["login", "view", "view", "submission", "discussion", "download"]), 1 + _random.Int(6), at, live: true)];
    }

    /// <summary>Of a meeting of the last days that was written down late, or of one that is on.</summary>
    private IEnumerable<Fact> Attendance(long at)
    {
        for (var tries = 0; tries < 12; tries++)
        {
            var (registration, section) = _random.Pick(_places);
            var meeting = Array.FindLastIndex(section.Meetings, m => m <= at && m > _plan.Now);
            if (meeting < 0) continue;
            return [RegistrationFacts.Attended(registration, section, meeting, _random.Chance(0.9) ? "present" : "excused", at, live: true)];
        }

        return Work(at);
    }

    private IEnumerable<Fact> Register(long at)
    {
        if (!_ahead.TryDequeue(out var registration)) return Visit(at);
        if (registration.End != RegistrationEnd.Runs || registration.Section.CancelledAt != 0) return Visit(at);
        var facts = new List<Fact> { RegistrationFacts.Confirmed(registration, at, payer: false, live: true) };
        if (registration.Person.Guardian is not null) facts.Add(RegistrationFacts.Confirmed(registration, at, payer: true, live: true));
        if (registration.Contract) return facts;
        Later(at + _random.Between(20, 90) * WallClock.Second, later => registration.Person.Guardian is null
            ? [RegistrationFacts.Paid(registration, later, payer: false, live: true)]
            : [RegistrationFacts.Paid(registration, later, payer: false, live: true), RegistrationFacts.Paid(registration, later, payer: true, live: true)]);
        return facts;
    }

    private IEnumerable<Fact> Course(long at)
    {
        var (registration, section) = _random.Pick(_places);
        if (registration.Person.Guardian is not null) return Work(at);
        var rating = Math.Max(1, _random.Weighted([0, 0.004, 0.01, 0.03, 0.4, 0.55]));
        return [Fact(EventTypes.FeedbackSubmitted, registration.Person.Key, at).Set(Fields.Survey, "course").Set(Fields.CourseRating, rating * 100).Set(Fields.Section, section.Key).Set(Fields.Words, _random.Chance(0.5) ? Voices.Course(_random.Next(), rating) : null).Build()];
    }

    private IEnumerable<Fact> Service(long at)
    {
        var person = _random.Pick(_adults);
        var rating = Math.Max(1, _random.Weighted([0, 0.004, 0.012, person.Desk == Staff.West ? 0.09 : 0.03, 0.45, 0.45]));
        return [Fact(EventTypes.FeedbackSubmitted, person.Key, at).Set(Fields.Survey, "transactional").Set(Fields.Service, rating * 100).Set(Fields.Desk, person.Desk).Set(Fields.Words, _random.Chance(0.3) ? Voices.Service(_random.Next(), rating) : null).Build()];
    }

    private IEnumerable<Fact> Search(long at) =>
        [Fact(EventTypes.SearchUnmatched, _random.Pick(_adults).Key, at).Set(Fields.Topic, _random.Pick(["Welding", "Drone pilot", "Sign language", "Beekeeping", "Phlebotomy", "Piano"])).Set(Fields.Channel, "online").Build()];

    private IEnumerable<Fact> Inquire(long at)
    {
        var (person, course) = (_random.Pick(_adults), _random.Pick(Courses.All));
        return [Fact(EventTypes.InquiryReceived, person.Key, at).Set(Fields.Course, course.Key).Set(Fields.Topic, course.Title).Set(Fields.Channel, _random.Pick(["phone", "email", "online"])).Set(Fields.Desk, person.Desk).Build()];
    }

    private IEnumerable<Fact> Thank(long at)
    {
        var (name, desk) = _random.Pick(Staff.All);
        return [Fact(EventTypes.KudosGiven, "", at).Set(Fields.Staff, name).Set(Fields.Desk, desk).Set(Fields.Words, Voices.Thanks(_random.Next())).Build()];
    }

    private IEnumerable<Fact> Complain(long at)
    {
        var (registration, section) = _random.Pick(_places);
        var person = registration.Person;
        if (person.Guardian is not null) return Work(at);
        var key = Id("complaint");
        _open.Add((person, key, person.Desk, at));
        var (category, title, department) = _random.Pick([("Parking", "Parking permit did not arrive", "Campus services"), ("Billing", "Charged twice", "Bursar"), ("Room", "Room too cold", "Facilities"), ("Materials", "Book out of stock", "Bookstore")]);
        return [Fact(EventTypes.ComplaintOpened, person.Key, at).Set(Fields.Complaint, key).Set(Fields.Category, category).Set(Fields.Title, title).Set(Fields.Department, department).Set(Fields.EasilyFixable, _random.Chance(0.6)).Set(Fields.Section, section.Key).Set(Fields.Desk, person.Desk).Set(Fields.Words, Voices.ComplaintWords(_random.Next())).Build()];
    }

    private IEnumerable<Fact> Answer(int index, long at)
    {
        var (person, key, desk, _) = _open[index];
        if (_overdue.Contains(key) || person == _plan.Script.Maria) return Work(at);
        var by = Staff.At(desk, _random);
        if (_random.Chance(0.5))
        {
            _open.RemoveAt(index);
            return [Fact(EventTypes.ComplaintResolved, person.Key, at).Set(Fields.Complaint, key).Set(Fields.Staff, by).Set(Fields.Desk, desk).Build()];
        }

        _open[index] = (person, key, desk, at);
        return [Fact(EventTypes.ComplaintUpdated, person.Key, at).Set(Fields.Complaint, key).Set(Fields.Staff, by).Set(Fields.Desk, desk).Set(Fields.Words, Voices.UpdateWords(_random.Next())).Build()];
    }

    /// <summary>Somebody drops before the first meeting: no risk, money back.</summary>
    private IEnumerable<Fact> Refund(long at)
    {
        var coming = _plan.Registrations.All.FindLastIndex(r => r.At <= _plan.Now && r.End == RegistrationEnd.Runs && !r.Scripted && r.Person.Guardian is null && !r.Contract && !_refunded.Contains(r) && r.Section.Meetings[0] > at && _random.Chance(0.02));
        if (coming < 0) return Work(at);
        var registration = _plan.Registrations.All[coming];
        _refunded.Add(registration);
        var (person, section) = (registration.Person, registration.Section);
        FactBuilder Of(EventType type, long when) => Fact(type, person.Key, when).Set(Fields.Section, section.Key).Set(Fields.Registration, registration.Key).Set(Fields.Reason, "schedule").Set(Fields.Desk, person.Desk);
        Later(at + 40 * WallClock.Second, later => [Of(EventTypes.RegistrationDropped, later).Build(), Of(EventTypes.RefundIssued, later).Set(Fields.Amount, section.Course.Fee).Set(Fields.Fault, "theirs").Build()]);
        return [Of(EventTypes.RefundRequested, at).Set(Fields.Amount, section.Course.Fee).Set(Fields.Fault, "theirs").Build()];
    }

    private IEnumerable<Fact> Visit(long at)
    {
        var person = _random.Pick(_adults);
        var desk = person.Desk == Staff.Online ? Staff.Phone : person.Desk;
        return Begin(person, _random.Pick(["inquiry", "payment", "other"]), null, Staff.At(desk, _random), desk, desk == Staff.Phone ? "phone" : "counter", at);
    }
}
