using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Sample.Planning;

namespace Experience.Sample.Telling;

/// <summary>Tells what belongs to the program: policy, catalogue, costs, initiatives, staff.</summary>
internal sealed class ProgramStory(Teller teller)
{
    public const int ThanksOfLastWeek = 46;
    public const int ThanksOfWeekBefore = 38;
    public const int ThankedStaff = 17;
    public const int ToDecide = 7;

    /// <summary>Costs for one unduplicated participant, minor units, oldest term first, the newest last.</summary>
    private static readonly int[] CostPerParticipant = [145_00, 149_00, 146_00, 151_00, 150_00, 147_00];

    public const int CurrentCostPerParticipant = 148_00;

    private readonly SamplePlan _plan = teller.Plan;
    private readonly SeededRandom _random = SeededRandom.For(teller.Plan.Options.Seed, "program");

    public void Tell()
    {
        var begin = _plan.Registrations.All[0].At - 30 * WallClock.Day;
        begin = Math.Min(begin, _plan.Sections.All.Min(s => s.PublishedAt) - WallClock.Day);
        teller.Tell(EventTypes.PolicyPublished, "", begin, f => f.Set(Fields.Document, Policy()).Set(Fields.Version, 1).Set(Fields.Staff, Staff.InesOkoro));
        Templates(begin + WallClock.Minute);
        Occupations(begin + WallClock.Minute);
        foreach (var section in _plan.Sections.All) Publish(section);
        var script = _plan.Script;
        teller.Tell(EventTypes.InstructorChanged, "", script.InstructorChangedAt, f => f.Set(Fields.Section, script.Excel03.Key).Set(Fields.Instructor, "Grant Ellis").Set(Fields.Reason, "illness"));
        teller.Tell(EventTypes.SectionRescheduled, "", script.MovedAt, f => f.Set(Fields.Section, script.MovedMemoir.Key).Set(Fields.Meetings, script.MovedMemoir.Meetings).Set(Fields.Meets, "Tue 18:30").Set(Fields.Reason, "room needed by day"));
        Costs();
        Organisations();
        Initiatives();
        Thanks(begin);
        Ideas();
    }

    /// <summary>Of the sections that start soon, seven lack two people each, and the others have enough.</summary>
    public static void PlanDecisions(SamplePlan plan)
    {
        var soon = plan.Sections.All.Where(s => s.CancelledAt == 0 && !s.Reserved && s.Meetings[0] > plan.Now && s.Meetings[0] < plan.Now + 60 * WallClock.Day).OrderBy(s => s.Meetings[0]).ThenBy(s => s.Key, StringComparer.Ordinal).Take(ToDecide).ToList();
        foreach (var section in soon) section.Minimum = Confirmed(section, plan.Now) + 2;
        foreach (var section in plan.Sections.All.Where(s => s.CancelledAt == 0 && s.Meetings[0] > plan.Now && s.Meetings[0] < plan.Now + 20 * WallClock.Day).Except(soon)) section.Minimum = Math.Min(section.Minimum, Math.Max(1, Confirmed(section, plan.Now) - 1));
    }

    private static int Confirmed(SectionPlan section, long now) => section.Enrolled.Count(r => r.At <= now && r.End is RegistrationEnd.Runs or RegistrationEnd.Transferred);

    private string Policy()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("program", "Riverbend College");
            json.WriteString("currency", "USD");
            json.WriteString("timeZone", _plan.Options.TimeZone);
            json.WriteStartObject("office");
            json.WriteStartArray("days");
            foreach (var day in (string[])["mon", "tue", "wed", "thu", "fri"]) json.WriteStringValue(day);
            json.WriteEndArray();
            json.WriteString("opens", "08:00");
            json.WriteString("closes", "18:00");
            json.WriteEndObject();
            json.WriteStartArray("terms");
            foreach (var term in _plan.Calendar.Terms)
            {
                json.WriteStartObject();
                json.WriteString("key", term.Key);
                json.WriteString("name", term.Name);
                json.WriteString("season", term.Kind.ToString());
                json.WriteBoolean("main", term.Main);
                json.WriteBoolean("youth", term.Kind == TermKind.Youth);
                json.WriteString("registrationOpens", term.Opens.ToString("yyyy-MM-dd"));
                json.WriteString("registrationCloses", term.Closes.ToString("yyyy-MM-dd"));
                json.WriteString("starts", term.Starts.ToString("yyyy-MM-dd"));
                json.WriteString("ends", term.Ends.ToString("yyyy-MM-dd"));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("refunds");
            foreach (var (meeting, percent) in ((int, int)[])[(1, 100), (2, 90)])
            {
                json.WriteStartObject();
                json.WriteNumber("beforeMeeting", meeting);
                json.WriteNumber("percent", percent);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("rules");
            json.WriteStartObject("silence");
            // Main terms close 140 and 225 days apart: shown until the next one tells more.
            json.WriteNumber("days", 230);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private void Templates(long at)
    {
        foreach (var course in Courses.All)
        {
            teller.Tell(EventTypes.CoursePublished, "", at, f =>
            {
                f.Set(Fields.Course, course.Key).Set(Fields.Title, course.Title).Set(Fields.Program, course.Program).Set(Fields.Audience, course.Audience).Set(Fields.Mode, course.Mode)
                    .Set(Fields.Fee, course.Fee).Set(Fields.Certificate, course.Certificate).Set(Fields.Credential, course.Credential).Set(Fields.Prerequisite, course.Prerequisite);
                if (course.Hours > 0) f.Set(Fields.Hours, course.Hours);
                if (course.MinimumAge > 0) f.Set(Fields.MinimumAge, course.MinimumAge);
                if (course.MaximumAge > 0) f.Set(Fields.MaximumAge, course.MaximumAge);
            });
        }

        foreach (var certificate in (string[])[Courses.Bookkeeping, Courses.ProjectManagement, Courses.Pharmacy])
            teller.Tell(EventTypes.CertificatePublished, "", at, f => f.Set(Fields.Certificate, certificate).Set(Fields.Program, Courses.PathOf(certificate)[0].Program).Set(Fields.Required, Courses.PathOf(certificate).Count));
    }

    /// <summary>Invented figures of the shape that labour statistics have, and said to be so.</summary>
    private void Occupations(long at)
    {
        foreach (var (code, title, wage, openings, growth, courses) in (((string, string, long, long, long, string[])[])[
            ("43-3031", "Bookkeeping clerks", 47_440, 1_840, -520, ["bookkeeping-1", "bookkeeping-2", "bookkeeping-3", "payroll"]),
            ("43-3051", "Payroll clerks", 52_240, 160, -1_640, ["payroll"]),
            ("13-1082", "Project management specialists", 98_580, 770, 660, ["project-management-1", "project-management-2", "project-management-3", "project-management-4"]),
            ("29-2052", "Pharmacy technicians", 40_300, 480, 720, ["pharmacy-tech"]),
            ("29-1141", "Registered nurses", 86_070, 1_930, 560, ["nurse-renewal"]),
            ("15-1251", "Computer programmers", 99_700, 67, -1_000, ["python"])]))
        {
            teller.Tell(EventTypes.OccupationPublished, "", at, f => f.Set(Fields.Occupation, code).Set(Fields.Title, title).Set(Fields.MedianWage, wage * 100).Set(Fields.AnnualOpenings, openings).Set(Fields.Growth, growth)
                .Set(Fields.Region, "Riverbend").Set(Fields.DataSource, "invented for the sample").Set(Fields.AsOf, WallClock.Number(new DateOnly(_plan.Today.Year - 1, 5, 31))));
            foreach (var course in courses) teller.Tell(EventTypes.OccupationLinked, "", at, f => f.Set(Fields.Course, course).Set(Fields.Occupation, code));
        }
    }

    private void Publish(SectionPlan section)
    {
        var course = section.Course;
        // A class that was moved was published as it was planned: by day.
        var meetings = section == _plan.Script.MovedMemoir ? [.. _plan.Sections.Meetings(section.Starts, 10 * 60, section.Meetings.Length, 1)] : section.Meetings;
        var at = Math.Min(section.PublishedAt, section.Enrolled.Count == 0 ? long.MaxValue : section.Enrolled.Min(r => r.At) - WallClock.Day);
        teller.Tell(EventTypes.SectionPublished, "", at, f =>
        {
            f.Set(Fields.Section, section.Key).Set(Fields.Course, course.Key).Set(Fields.Title, section.Title).Set(Fields.Term, section.Term.Key)
                .Set(Fields.Program, course.Program).Set(Fields.Audience, course.Audience).Set(Fields.Instructor, section.Instructor).Set(Fields.Room, section.Room)
                .Set(Fields.Mode, course.Mode).Set(Fields.Starts, WallClock.Number(section.Starts)).Set(Fields.Ends, WallClock.Number(_plan.Clock.DayOf(meetings[^1])))
                .Set(Fields.Meets, section.Meets).Set(Fields.Meetings, meetings).Set(Fields.Fee, course.Fee).Set(Fields.Capacity, section.Capacity).Set(Fields.Minimum, section.Minimum)
                .Set(Fields.Certificate, course.Certificate).Set(Fields.Credential, course.Credential).Set(Fields.Prerequisite, course.Prerequisite);
            if (course.Hours > 0) f.Set(Fields.Hours, course.Hours);
            if (course.MinimumAge > 0) f.Set(Fields.MinimumAge, course.MinimumAge);
            if (course.MaximumAge > 0) f.Set(Fields.MaximumAge, course.MaximumAge);
        });
        if (section.CancelledAt != 0) teller.Tell(EventTypes.SectionCancelled, "", section.CancelledAt, f => f.Set(Fields.Section, section.Key).Set(Fields.Reason, "too few registrations"));
    }

    private void Costs()
    {
        for (var i = 0; i < _plan.Terms.Count; i++)
        {
            var term = _plan.Terms[i];
            if (!term.Season) continue;
            var people = _plan.Registrations.All.Where(r => r.Section.Term == term && r.At <= _plan.Now && Kept(r)).Select(r => r.Person).Distinct().Count();
            if (people == 0 || term.Starts > _plan.Today) continue;
            var each = term == _plan.Current ? CurrentCostPerParticipant : CostPerParticipant[i % CostPerParticipant.Length];
            var total = (long)people * each;
            // Books are closed at the end of each month: what is known of a season is what was booked by then.
            var at = Math.Min(_plan.Clock.At(term.Starts.AddDays(60), 17 * 60), Math.Max(_plan.Clock.At(term.Starts, 17 * 60), _plan.Clock.At(new DateOnly(_plan.Today.Year, _plan.Today.Month, 1).AddDays(-1), 17 * 60)));
            at = Math.Min(at, _plan.Now - WallClock.Hour);
            Cost(term, at, "promotion", total * 18 / 100, "Catalogue and advertising");
            Production(term, at + WallClock.Minute, total - total * 18 / 100 - total * 24 / 100);
            Cost(term, at + 2 * WallClock.Minute, "service", total * 24 / 100, "Desks and telephone");
        }
    }

    /// <summary>Instructors and rooms are booked to their sections, by the hours that they met; not a cent is lost on the way.</summary>
    private void Production(SampleTerm term, long at, long total)
    {
        var sections = _plan.Sections.All.Where(s => s.Term == term && s.CancelledAt == 0).ToList();
        long meetings = sections.Sum(s => s.Meetings.Length), met = 0, booked = 0;
        foreach (var section in sections)
        {
            met += section.Meetings.Length;
            var amount = total * met / meetings - booked;
            booked += amount;
            teller.Tell(EventTypes.CostRecorded, "", at, f => f.Set(Fields.Section, section.Key).Set(Fields.Term, term.Key).Set(Fields.CostKind, "production").Set(Fields.Amount, amount).Set(Fields.Title, "Instructor, room and materials"));
        }
    }

    /// <summary>Whoever had nine tenths back was there.</summary>
    private static bool Kept(RegistrationPlan r) => r.End is RegistrationEnd.Runs or RegistrationEnd.Transferred || r.End == RegistrationEnd.Refunded && r.RefundAmount < r.Section.Course.Fee;

    private void Cost(SampleTerm term, long at, string kind, long amount, string title) =>
        teller.Tell(EventTypes.CostRecorded, "", at, f => f.Set(Fields.Term, term.Key).Set(Fields.CostKind, kind).Set(Fields.Amount, amount).Set(Fields.Title, title));

    /// <summary>Each purchase order is an engagement: seats in one section for one organisation. Harlan also asked for advice.</summary>
    private void Organisations()
    {
        foreach (var order in _plan.Registrations.All.Where(r => r.Contract && r.At <= _plan.Now).GroupBy(r => (r.Person.Organisation, r.Section)).OrderBy(g => g.Min(r => r.At)).ThenBy(g => g.Key.Section.Key, StringComparer.Ordinal))
        {
            var (organisation, section) = order.Key;
            if (organisation is null) continue;
            teller.Tell(EventTypes.EngagementOpened, "", order.Min(r => r.At) - WallClock.Hour, f => f
                .Set(Fields.Organisation, organisation).Set(Fields.Engagement, $"{section.Key}-{organisation}").Set(Fields.EngagementKind, "training").Set(Fields.Title, $"{section.Title} on contract")
                .Set(Fields.Amount, order.Count() * section.Course.Fee).Set(Fields.PurchaseOrder, $"PO-{section.Term.Key}-{organisation}").Set(Fields.Section, section.Key).Set(Fields.Count, order.Count())
                .Set(Fields.Starts, WallClock.Number(section.Starts)).Set(Fields.Ends, WallClock.Number(_plan.Clock.DayOf(section.Meetings[^1]))));
        }

        var at = _plan.Now - 50 * WallClock.Day;
        teller.Tell(EventTypes.OrganisationDescribed, "", at, f => f.Set(Fields.Organisation, Script.Harlan).Set(Fields.Industry, "Machining").Set(Fields.Alias, "Harlan Precision Machining"));
        teller.Tell(EventTypes.EngagementOpened, "", at, f => f
            .Set(Fields.Organisation, Script.Harlan).Set(Fields.Engagement, "harlan-advice").Set(Fields.EngagementKind, "consulting").Set(Fields.Title, "Skills plan for the night shift").Set(Fields.Amount, 480_000L)
            .Set(Fields.PurchaseOrder, "PO-HP-2207"));
        teller.Tell(EventTypes.EngagementPaid, "", at + 30 * WallClock.Day, f => f.Set(Fields.Organisation, Script.Harlan).Set(Fields.Engagement, "harlan-advice").Set(Fields.Amount, 240_000L));
        teller.Tell(EventTypes.OrganisationContact, _plan.Script.HarlanSeats[0].Key, _plan.Now - WallClock.Day, f => f.Set(Fields.Organisation, Script.Harlan).Set(Fields.Topic, "training"));
    }

    private void Initiatives()
    {
        var welcome = _plan.Clock.At(_plan.WelcomeFrom.Opens, 9 * 60);
        teller.Tell(EventTypes.InitiativeStarted, "", welcome, f => f.Set(Fields.Initiative, "Welcome call").Set(Fields.Title, "A call to every other newcomer in the first week").Set(Fields.Words, "Half of the newcomers, drawn by lot, so that the other half tells what would have been."));
        teller.Tell(EventTypes.InitiativeStarted, "", _plan.Clock.At(_plan.ClosedMain[2].Opens.AddDays(-10), 9 * 60), f => f.Set(Fields.Initiative, "Catalogue redesign").Set(Fields.Title, "New layout and photographs in the printed catalogue"));
    }

    private void Thanks(long begin)
    {
        var staff = Staff.All.Select(s => s.Name).Where(n => n != Staff.RosaLin).ToList();
        _random.Shuffle(staff);
        var now = _plan.Now;
        for (var w = 0; ; w++)
        {
            // Seven times 24 hours, back from now. An hour of each stays empty: the board is read a little later than it was filled.
            var to = now - w * 7 * WallClock.Day - 2 * WallClock.Minute;
            var from = now - (w + 1) * 7 * WallClock.Day + WallClock.Hour;
            if (from <= begin) return;
            var count = w switch { 0 => ThanksOfLastWeek, 1 => ThanksOfWeekBefore, _ => _random.Between(24, 41) };
            var thanked = w == 0 ? [.. staff.Where(n => n != Staff.InesOkoro).Take(ThankedStaff - 1), Staff.RosaLin] : staff.Append(Staff.RosaLin).ToList();
            for (var i = 0; i < count; i++)
            {
                // Each of the week's people once, then whoever; the newest thanks are Rosa's.
                var whom = i == 0 ? Staff.RosaLin : i < thanked.Count ? thanked[i - 1] : _random.Pick(thanked);
                var at = i == 0 ? to + WallClock.Minute : from + (long)(_random.Double() * (to - from));
                var words = Voices.Thanks(_random.Next());
                teller.Tell(EventTypes.KudosGiven, "", at, f => f.Set(Fields.Staff, whom).Set(Fields.Desk, Staff.All.First(s => s.Name == whom).Desk).Set(Fields.Words, words));
            }
        }
    }

    private void Ideas()
    {
        string[] ideas = ["Text message when a seat comes free", "Test log-ins a week before the start", "One e-mail for a whole family", "Evening hours at the West desk on Tuesdays", "Parking permit with the receipt", "A quiet room for exam days", "Refund form on one page", "Coffee at the first meeting"];
        for (var i = 0; i < 24; i++)
        {
            var at = _plan.Clock.NextOpen(_plan.Now - (24 - i) * 40 * WallClock.Day - _random.Int(20) * WallClock.Day);
            var who = _random.Pick(Staff.All);
            var key = $"idea-{i + 1}";
            teller.Tell(EventTypes.IdeaSubmitted, "", at, f => f.Set(Fields.Idea, key).Set(Fields.Staff, who.Name).Set(Fields.Desk, who.Desk).Set(Fields.Title, ideas[i % ideas.Length]));
            if (i % 4 != 3) teller.Tell(EventTypes.IdeaDecided, "", at + 9 * WallClock.Day, f => f.Set(Fields.Idea, key).Set(Fields.Decision, (i % 3) switch { 0 => "adopted", 1 => "tried", _ => "declined" }).Set(Fields.Staff, Staff.InesOkoro));
        }

        for (var month = 0; month < _plan.Options.Years * 12; month++)
        {
            foreach (var (_, desk) in Staff.All)
            {
                var morale = 100 * _random.Weighted([0, 0.02, 0.06, desk == Staff.West && month < 5 ? 0.6 : 0.2, 0.45, 0.25]);
                teller.Tell(EventTypes.PulseSubmitted, "", _plan.Now - month * 30 * WallClock.Day - _random.Between(2, 60) * WallClock.Hour, f => f.Set(Fields.Morale, Math.Max(100, morale)).Set(Fields.Desk, desk));
            }
        }
    }
}
