using Experience.Domain.Events;
using Experience.Sample.Planning;

namespace Experience.Sample.Telling;

/// <summary>Tells the lives of registrations: who came, paid, attended, stopped, completed.</summary>
internal sealed class RegistrationStory(Teller teller)
{
    private static readonly string[] Activities = ["login", "view", "submission", "discussion"];

    private readonly SamplePlan _plan = teller.Plan;
    private readonly SeededRandom _random = SeededRandom.For(teller.Plan.Options.Seed, "story");
    private readonly HashSet<PersonPlan> _known = [];

    private List<RegistrationPlan> All => _plan.Registrations.All;

    /// <summary>People who were identified, in order.</summary>
    public IReadOnlySet<PersonPlan> Known => _known;

    public void Tell()
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (All[i].At > _plan.Now) break;
            Tell(i, All[i]);
        }

        // Those who asked and have not come: prospects.
        foreach (var person in _plan.People.People.Where(p => p.Guardian is null && !_known.Contains(p)))
        {
            var at = _plan.Clock.NextOpen(_plan.Now - 4 * WallClock.Day - (long)(_random.Double() * 500 * WallClock.Day));
            var course = person.Archetype == Archetype.YouthFamily ? Courses.Robotics : person.Path[0];
            _known.Add(person);
            person.KnownSince = at;
            teller.Add(LineKind.Identified, at, person.Index, 0);
            Consent(person, at);
            teller.Tell(EventTypes.InquiryReceived, person.Key, at + WallClock.Minute, f => f.Set(Fields.Course, course.Key).Set(Fields.Topic, course.Title).Set(Fields.Program, course.Program).Set(Fields.Channel, _random.Pick(["online", "phone", "counter"])).Set(Fields.Desk, person.Desk));
        }

        foreach (var child in _plan.People.People.Where(p => p.Guardian is not null && !_known.Contains(p)))
        {
            var at = child.Guardian!.KnownSince + 2 * WallClock.Minute;
            _known.Add(child);
            child.KnownSince = at;
            teller.Add(LineKind.Identified, at, child.Index, 0);
            teller.TellBoth(EventTypes.HouseholdLinked, child.Guardian.Key, child.Key, at + WallClock.Minute, static _ => { });
        }
    }

    public Fact Build(in Line line)
    {
        switch (line.Kind)
        {
            case LineKind.Built: return teller.FactAt(line.Of);
            case LineKind.Identified: return RegistrationFacts.Identified(_plan.People.People[line.Of], line.Time);
            case LineKind.Confirmed: return RegistrationFacts.Confirmed(All[line.Of], line.Time, line.Detail == 1);
            case LineKind.Paid: return RegistrationFacts.Paid(All[line.Of], line.Time, line.Detail == 1);
            case LineKind.Completed: return RegistrationFacts.Completed(All[line.Of], SectionOf(All[line.Of]), line.Time);
            case LineKind.Active:
                {
                    var r = All[line.Of];
                    return RegistrationFacts.Active(r, SectionOf(r), $"{r.Key}-activity-{line.Detail}", Activities[line.Detail % Activities.Length], 1 + line.Detail % 7, line.Time);
                }

            default:
                return RegistrationFacts.Attended(All[line.Of], SectionOf(All[line.Of]), line.Detail / 3, (line.Detail % 3) switch { 0 => "present", 1 => "absent", _ => "excused" }, line.Time);
        }
    }

    private static SectionPlan SectionOf(RegistrationPlan registration) => registration.MovedTo ?? registration.Section;

    private void Tell(int index, RegistrationPlan registration)
    {
        Introduce(registration);
        teller.Add(LineKind.Confirmed, registration.At, index, 0);
        if (registration.Person.Guardian is not null) teller.Add(LineKind.Confirmed, registration.At, index, 1);
        Pay(index, registration);
        switch (registration.End)
        {
            case RegistrationEnd.Refunded:
                Refund(registration);
                break;
            case RegistrationEnd.Cancelled:
                Cancel(registration);
                break;
            case RegistrationEnd.Transferred:
                teller.Tell(EventTypes.RegistrationTransferred, registration.Person.Key, registration.EndAt, f => f.Set(Fields.Section, registration.Section.Key)
                    .Set(Fields.ToSection, registration.MovedTo!.Key).Set(Fields.Registration, registration.Key).Set(Fields.Reason, registration.Reason).Set(Fields.Staff, Staff.At(Staff.Main, _random)).Set(Fields.Desk, Staff.Main));
                break;
        }

        Attend(index, registration);
    }

    private void Introduce(RegistrationPlan registration)
    {
        var person = registration.Person;
        if (!_known.Add(person)) return;
        var at = registration.At - 4 * WallClock.Minute;
        person.KnownSince = at;
        if (_random.Chance(0.12))
        {
            teller.Tell(EventTypes.InquiryReceived, person.Key, at - _random.Between(1, 20) * WallClock.Day, f => f.Set(Fields.Course, registration.Section.Course.Key)
                .Set(Fields.Topic, registration.Section.Course.Title).Set(Fields.Program, registration.Section.Course.Program).Set(Fields.Channel, _random.Pick(["online", "phone", "email"])).Set(Fields.Desk, person.Desk));
        }

        if (person.Guardian is { } guardian)
        {
            if (_known.Add(guardian))
            {
                guardian.KnownSince = at - WallClock.Minute;
                teller.Add(LineKind.Identified, at - WallClock.Minute, guardian.Index, 0);
                Consent(guardian, at);
            }

            teller.Add(LineKind.Identified, at, person.Index, 0);
            teller.TellBoth(EventTypes.HouseholdLinked, guardian.Key, person.Key, at + WallClock.Minute, static _ => { });
            return;
        }

        teller.Add(LineKind.Identified, at, person.Index, 0);
        Consent(person, at);
        if (person.Organisation is not null) teller.Tell(EventTypes.OrganisationLinked, person.Key, at + WallClock.Minute, f => f.Set(Fields.Organisation, person.Organisation));
        if (person.Archetype is Archetype.Certificate or Archetype.Career or Archetype.Licence && _random.Chance(0.3))
        {
            var goal = person.Archetype == Archetype.Licence ? "licence" : _random.Pick(["job", "promotion", "job", "company"]);
            teller.Tell(EventTypes.GoalStated, person.Key, at + 2 * WallClock.Minute, f => f.Set(Fields.Goal, goal));
        }

        if (_random.Chance(0.12)) teller.Tell(EventTypes.PreferenceStated, person.Key, at + 3 * WallClock.Minute, f => f.Set(Fields.Channel, _random.Pick(["phone", "email", "text"])).Set(Fields.Mode, _random.Pick(["room", "online"])));
    }

    private void Consent(PersonPlan person, long at)
    {
        if (_random.Chance(0.8)) teller.Tell(EventTypes.ConsentGranted, person.Key, at + WallClock.Minute, f => f.Set(Fields.Purpose, "offers").Set(Fields.Channel, "online"));
        if (_random.Chance(0.03)) teller.Tell(EventTypes.ConsentRevoked, person.Key, at + _random.Between(30, 300) * WallClock.Day, f => f.Set(Fields.Purpose, "offers").Set(Fields.Channel, "email"));
    }

    private void Pay(int index, RegistrationPlan registration)
    {
        var person = registration.Person;
        var at = registration.At + _random.Between(1, 6) * WallClock.Minute;
        if (registration.Contract) at = registration.At + 2 * WallClock.Day;
        else if (!registration.Scripted && registration.End == RegistrationEnd.Runs && person.Guardian is null && _random.Chance(0.04))
        {
            teller.Tell(EventTypes.BalanceDue, person.Key, at, f => f.Set(Fields.Amount, registration.Section.Course.Fee).Set(Fields.Registration, registration.Key).Set(Fields.Section, registration.Section.Key).Set(Fields.Due, at + 14 * WallClock.Day));
            at += _random.Between(3, 13) * WallClock.Day;
        }

        teller.Add(LineKind.Paid, at, index, 0);
        if (person.Guardian is not null) teller.Add(LineKind.Paid, at, index, 1);
    }

    private void Refund(RegistrationPlan registration)
    {
        var (person, section) = (registration.Person, registration.Section);
        var desk = registration.Desk.Length == 0 ? Staff.Main : registration.Desk;
        var by = desk == Staff.Online ? null : Staff.At(desk, _random);
        var fault = registration.OurFault ? "ours" : "theirs";
        Both(registration, EventTypes.RefundRequested, registration.EndAt, f => f.Set(Fields.Section, section.Key).Set(Fields.Registration, registration.Key).Set(Fields.Amount, registration.RefundAmount)
            .Set(Fields.Reason, registration.Reason).Set(Fields.Fault, fault).Set(Fields.Desk, desk).Set(Fields.Staff, by).Set(Fields.Channel, registration.Channel));
        var left = registration.EndAt < section.Meetings[0] ? EventTypes.RegistrationDropped : EventTypes.RegistrationWithdrawn;
        Both(registration, left, registration.EndAt + 5 * WallClock.Minute, f => f.Set(Fields.Section, section.Key).Set(Fields.Registration, registration.Key).Set(Fields.Reason, registration.Reason).Set(Fields.Desk, desk).Set(Fields.Staff, by));
        Both(registration, EventTypes.RefundIssued, registration.EndAt + 20 * WallClock.Minute, f => f.Set(Fields.Amount, registration.RefundAmount).Set(Fields.Section, section.Key).Set(Fields.Registration, registration.Key)
            .Set(Fields.Reason, registration.Reason).Set(Fields.Fault, fault).Set(Fields.Desk, desk).Set(Fields.Staff, by));
        if (person.Guardian is null && registration.OurFault && _random.Chance(0.3)) teller.Tell(EventTypes.CreditIssued, person.Key, registration.EndAt + 30 * WallClock.Minute, f => f.Set(Fields.Amount, 25_00).Set(Fields.Section, section.Key).Set(Fields.Reason, "our change").Set(Fields.Staff, by ?? Staff.RosaLin));
    }

    private void Cancel(RegistrationPlan registration)
    {
        var section = registration.Section;
        Both(registration, EventTypes.RegistrationCancelled, registration.EndAt, f => f.Set(Fields.Section, section.Key).Set(Fields.Registration, registration.Key).Set(Fields.Reason, registration.Reason));
        if (registration.Contract) return;
        Both(registration, EventTypes.RefundIssued, registration.EndAt + 10 * WallClock.Minute, f => f.Set(Fields.Amount, registration.RefundAmount).Set(Fields.Section, section.Key).Set(Fields.Registration, registration.Key).Set(Fields.Reason, registration.Reason).Set(Fields.Fault, "ours"));
    }

    private void Both(RegistrationPlan registration, EventType type, long time, Action<FactBuilder> fill)
    {
        if (registration.Person.Guardian is { } guardian) teller.TellBoth(type, registration.Person.Key, guardian.Key, time, fill);
        else teller.Tell(type, registration.Person.Key, time, fill);
    }

    private void Attend(int index, RegistrationPlan registration)
    {
        if (registration.End == RegistrationEnd.Cancelled) return;
        var section = SectionOf(registration);
        var until = registration.End == RegistrationEnd.Refunded ? registration.EndAt : long.MaxValue;
        var noShow = !registration.Scripted && registration.End == RegistrationEnd.Runs && _random.Chance(0.004);
        var present = 0;
        var grace = registration.Person == _plan.Script.Grace && section == _plan.Script.Python04;
        for (var m = 0; m < section.Meetings.Length && section.Meetings[m] < until; m++)
        {
            var at = section.Meetings[m] + (15 + index % 20) * WallClock.Minute;
            if (at > _plan.Now) break;
            var presence = _random.Chance(registration.Presence) ? 0 : _random.Chance(registration.Scripted ? 0.5 : 0.28) ? 1 : 2;
            // A first meeting missed without a word is rare, and two running are rarer still than chance.
            if (presence == 1 && m > 0 && m < 3) presence = 2;
            if (noShow) presence = 1;
            if (grace) presence = m == 0 ? 0 : 1;
            if (presence == 0) present++;
            teller.Add(LineKind.Attended, at, index, m * 3 + presence);
        }

        if (section.Course.Mode == "online") Work(index, section, until);
        var over = section.Meetings[^1] + 16 * WallClock.Hour;
        if (over > _plan.Now || over > until || present * 2 < section.Meetings.Length) return;
        teller.Add(LineKind.Completed, over, index, 0);
        Complete(registration, section, over);
    }

    private void Work(int index, SectionPlan section, long until)
    {
        for (var k = 0; k < 4; k++)
        {
            var at = section.Meetings[0] + (long)(_random.Double() * (section.Meetings[^1] - section.Meetings[0]));
            if (at < until) teller.Add(LineKind.Active, at, index, k);
        }
    }

    private void Complete(RegistrationPlan registration, SectionPlan section, long over)
    {
        var person = registration.Person;
        var course = section.Course;
        if (course.Certificate is { } certificate)
        {
            var path = Courses.PathOf(certificate);
            var done = person.Registrations.Where(r => r.At <= registration.At && r.Section.Course.Certificate == certificate && r.End is RegistrationEnd.Runs or RegistrationEnd.Transferred && Over(r) <= over).Select(r => r.Section.Course).Distinct().ToList();
            var missing = path.Where(c => !done.Contains(c)).ToList();
            teller.Tell(EventTypes.CertificateProgressed, person.Key, over + WallClock.Hour, f => f.Set(Fields.Certificate, certificate).Set(Fields.Completed, path.Count - missing.Count).Set(Fields.Required, path.Count).Set(Fields.Course, missing.Count == 1 ? missing[0].Key : null));
            if (missing.Count == 0) teller.Tell(EventTypes.CertificateAwarded, person.Key, over + 2 * WallClock.Day, f => f.Set(Fields.Certificate, certificate));
            teller.Tell(EventTypes.AssessmentGraded, person.Key, over + WallClock.Minute, f => f.Set(Fields.Section, section.Key).Set(Fields.Assessment, "final").Set(Fields.Grade, _random.Between(70_00, 99_00)).Set(Fields.Passed, true));
        }

        if (course.Credential is not { } credential) return;
        teller.Tell(EventTypes.ContactHoursEarned, person.Key, over + WallClock.Hour, f => f.Set(Fields.Hours, course.Hours).Set(Fields.Section, section.Key).Set(Fields.Credential, credential));
        if (person == _plan.Script.Priya) return;
        // Two years from one renewal to the next; the hours are those just earned.
        var expires = WallClock.Number(_plan.Clock.DayOf(over)) + 730 - _random.Int(60);
        teller.Tell(EventTypes.CredentialExpiring, person.Key, over + 2 * WallClock.Hour, f => f.Set(Fields.Credential, credential).Set(Fields.Expires, expires).Set(Fields.HoursRequired, course.Hours).Set(Fields.Hours, course.Hours));
    }

    private static long Over(RegistrationPlan registration) => SectionOf(registration).Meetings[^1] + 16 * WallClock.Hour;
}
