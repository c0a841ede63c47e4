namespace Experience.Sample.Planning;

/// <summary>
/// The people one can look up, and the planted problems. What chance decides elsewhere is said here, so that the answers are
/// known whatever the seed and the day.
/// </summary>
internal sealed class Script(SamplePlan plan)
{
    public const string Harlan = "Harlan Precision";
    public const int ExcelSeats = 50;
    public const int ExcelRefunds = 6;

    /// <summary>35 ratings, mean 2.60: from 5 down to 1.</summary>
    public static readonly int[] ExcelRatings = [2, 6, 8, 14, 5];

    /// <summary>40 ratings of the control, three of them low by chance: mean 4.40, and no problem.</summary>
    public static readonly int[] ControlRatings = [25, 10, 2, 2, 1];

    public const int LostSeniors = 40;
    public const int Waiting = 11;

    private readonly SeededRandom _random = SeededRandom.For(plan.Options.Seed, "script");
    private readonly SectionPlan[] _memoirs = new SectionPlan[6];

    public PersonPlan Ngozi { get; private set; } = null!;

    public PersonPlan Ada { get; private set; } = null!;

    public PersonPlan Chidi { get; private set; } = null!;

    public PersonPlan Walter { get; private set; } = null!;

    public PersonPlan Dana { get; private set; } = null!;

    public PersonPlan Priya { get; private set; } = null!;

    public PersonPlan Maria { get; private set; } = null!;

    public PersonPlan Sofia { get; private set; } = null!;

    /// <summary>One person under two keys.</summary>
    public (PersonPlan First, PersonPlan Second) Duplicate { get; private set; }

    public PersonPlan Tomas { get; private set; } = null!;

    public PersonPlan Ken { get; private set; } = null!;

    public PersonPlan Grace { get; private set; } = null!;

    public List<PersonPlan> HarlanSeats { get; } = [];

    public List<PersonPlan> HarlanSelfPayers { get; } = [];

    public List<PersonPlan> Lost { get; } = [];

    public List<PersonPlan> Stayed { get; } = [];

    public List<(PersonPlan Person, long Since)> Spanish { get; } = [];

    public SectionPlan Excel03 { get; private set; } = null!;

    public long InstructorChangedAt { get; private set; }

    public SectionPlan Control { get; private set; } = null!;

    public SectionPlan MovedMemoir { get; private set; } = null!;

    public long MovedAt { get; private set; }

    public SectionPlan Payroll02 { get; private set; } = null!;

    public SectionPlan WaitedSpanish { get; private set; } = null!;

    public SectionPlan Python04 { get; private set; } = null!;

    public SectionPlan SupervisorSeats { get; private set; } = null!;

    private DateOnly Today => plan.Today;

    private long Now => plan.Now;

    /// <summary>Adds the people, so that they have the same keys in every sample.</summary>
    public void Invite()
    {
        Ngozi = Known("Ngozi", "Okafor", 41, Archetype.YouthFamily, Staff.Youth, "ngozi.okafor@example.org", "+1 555 0142 2210");
        Ada = Known("Ada", "Okafor", 10, Archetype.YouthFamily, Staff.Youth, Ngozi.Email, null, Ngozi);
        Chidi = Known("Chidi", "Okafor", 13, Archetype.YouthFamily, Staff.Youth, Ngozi.Email, null, Ngozi);
        Walter = Known("Walter", "Pym", 71, Archetype.Senior, Staff.Main, null, "+1 555 0117 8034");
        Dana = Known("Dana", "Reyes", 34, Archetype.Certificate, Staff.Online, "dana.reyes@example.org", "+1 555 0163 7719");
        Priya = Known("Priya", "Nair", 38, Archetype.Licence, Staff.Online, "priya.nair@mail.example.org", "+1 555 0171 3356");
        Maria = Known("María", "Delgado", 42, Archetype.Career, Staff.Main, "maria.delgado@example.org", "+1 555 0100 4471");
        Maria.Preferred = "Maria";
        Maria.Organisation = Harlan;
        Sofia = Known("Sofía", "Delgado", 10, Archetype.YouthFamily, Staff.Youth, Maria.Email, null, Maria);
        Duplicate = (Known("Katherine", "Bell", 46, Archetype.Career, Staff.Main, "katherine.bell@example.org", "+1 555 0129 6642"), Known("Kate", "Bell", 46, Archetype.Career, Staff.West, "kbell@post.example.net", "+1 555 0129 6642"));
        Duplicate.Second.Born = Duplicate.First.Born;
        Duplicate.Second.PostalCode = Duplicate.First.PostalCode;
        Tomas = Known("Tomás", "Rivera", 29, Archetype.Career, Staff.West, "tomas.rivera@example.org", "+1 555 0150 9128");
        Ken = Known("Ken", "Whitlow", 52, Archetype.Career, Staff.West, "ken.whitlow@example.org", "+1 555 0138 4405");
        Grace = Known("Grace", "Oduya", 27, Archetype.Career, Staff.Online, "grace.oduya@mail.example.org", "+1 555 0181 5567");
        string[] crew = ["Dale Jensen", "Aaliyah Banks", "Piotr Zieliński", "Rosa Castillo", "Kevin Olson", "Thao Vang", "Terrence Gaines", "Megan Larson", "Luis Ortiz", "Amina Hassan", "Scott Brandt", "Yvonne Tate"];
        foreach (var name in crew)
        {
            var person = Known(name.Split(' ')[0], name.Split(' ')[1], _random.Between(26, 57), Archetype.Employer, Staff.Main, $"{Names.Ascii(name)}@harlan.example.com", null);
            person.Organisation = Harlan;
            HarlanSeats.Add(person);
        }

        foreach (var name in (string[])["Paige Hughes", "Marek Nowak"])
        {
            var person = Known(name.Split(' ')[0], name.Split(' ')[1], _random.Between(26, 50), Archetype.Career, Staff.Online, $"{Names.Ascii(name)}@harlan.example.com", null);
            person.Organisation = Harlan;
            HarlanSelfPayers.Add(person);
        }

        for (var i = 0; i < LostSeniors + 4; i++)
        {
            var (given, family) = i == 0 ? ("Helen", "Marsh") : Names.Of(_random.Next());
            plan.People.Reserve(given, family);
            var person = Known(given, Names.Apart(family), _random.Between(63, 83), Archetype.Senior, i % 3 == 0 ? Staff.West : Staff.Main, null, null);
            plan.People.Contact(person);
            (i < LostSeniors ? Lost : Stayed).Add(person);
        }

        foreach (var person in plan.People.People) person.Pattern = Pattern.Loyal;
    }

    private PersonPlan Known(string given, string family, int age, Archetype archetype, string desk, string? email, string? phone, PersonPlan? guardian = null)
    {
        var person = plan.People.Add(given, family, Today.AddYears(-age).AddDays(-_random.Between(20, 340)));
        person.Archetype = archetype;
        person.Desk = desk;
        person.Email = email;
        person.Phone = phone;
        person.Guardian = guardian;
        person.Scripted = true;
        person.Satisfaction = 4.4;
        if (guardian is not null) person.PostalCode = guardian.PostalCode;
        return person;
    }

    /// <summary>Sets up the sections that are told here, before chance fills the others.</summary>
    public void Reserve()
    {
        Excel03 = Running(Courses.Excel, 3, 18 * 60);
        Excel03.Capacity = ExcelSeats + 2;
        InstructorChangedAt = plan.Clock.At(plan.Clock.DayOf(Excel03.Meetings[0]).AddDays(-1), 16 * 60 + 10);
        var soon = Today.AddDays(2);
        while (SectionPlanner.Closed(soon)) soon = soon.AddDays(1);
        Payroll02 = plan.Sections.Reserve(Courses.Payroll, plan.Running, 2, soon, 19 * 60);
        Payroll02.Capacity = 24;
        for (var i = 5; i >= 0; i--)
        {
            var term = plan.ClosedMain[i];
            _memoirs[i] = plan.Sections.Reserve(Courses.Memoir, term, 2, term.Starts.AddDays(1), i < 2 ? 18 * 60 + 30 : 10 * 60);
        }

        SupervisorSeats = plan.Sections.Reserve(Courses.Supervisor, plan.Running, 1, Today.AddDays(-20), 13 * 60, DayOfWeek.Wednesday);
        SupervisorSeats.Capacity = 12;
        SupervisorSeats.Minimum = 12;
        var next = plan.Terms.FirstOrDefault(t => t.Season && t.Starts > Today && t.Opens <= Today.AddDays(-14));
        var spanish = next ?? plan.Current;
        WaitedSpanish = plan.Sections.Reserve(Courses.Spanish1, spanish, 1, spanish.Starts > Today.AddDays(21) ? spanish.Starts : Today.AddDays(21), 18 * 60, DayOfWeek.Tuesday);
        WaitedSpanish.Capacity = 24;
        var over = plan.Terms.Last(t => t.Main && t.Starts.AddDays(80) < Today);
        Control = plan.Sections.Reserve(Courses.Watercolor, over, 2, over.Starts.AddDays(2), 18 * 60);
        Python04 = plan.Sections.Reserve(Courses.CareerPath[2], plan.Running, 4, Today.AddDays(-23), 19 * 60);
    }

    public void Play()
    {
        PlayExcel();
        PlayMaria();
        PlayRegulars();
        PlayFamilies();
        PlayCertificates();
        PlayHarlan();
        PlaySpanish();
        PlayControl();
        PlayOthers();
    }

    /// <summary>A class that began some days ago and meets again in some days, whatever today is.</summary>
    private SectionPlan Running(CourseTemplate course, int number, int minute)
    {
        for (var back = 2; ; back++)
        {
            var day = Today.AddDays(-back);
            if (day.DayOfWeek is DayOfWeek.Friday or DayOfWeek.Saturday or DayOfWeek.Sunday || SectionPlanner.Closed(day)) continue;
            var meetings = plan.Sections.Meetings(day, minute, 2, 1);
            if (meetings[0] > Now - 30 * WallClock.Hour || meetings[1] <= Now + 6 * WallClock.Hour) continue;
            return plan.Sections.Reserve(course, plan.Running, number, day, minute);
        }
    }

    private long Before(SectionPlan section, int days)
    {
        var at = plan.Clock.At(plan.Clock.DayOf(section.Meetings[0]).AddDays(-days), _random.Between(9 * 60, 19 * 60));
        return Math.Min(at, Now - WallClock.Hour * (2 + _random.Int(20)));
    }

    private RegistrationPlan Enrol(PersonPlan person, SectionPlan section, int days)
    {
        var registration = plan.Registrations.Enrol(person, section, Before(section, days));
        registration.Presence = 1;
        return registration;
    }

    private SectionPlan Open(CourseTemplate course, SampleTerm term)
    {
        var open = plan.Sections.Of(course, term).FirstOrDefault(s => s.CancelledAt == 0 && !s.Reserved);
        return open ?? plan.Sections.Reserve(course, term, plan.Sections.Of(course, term).Count + 1, term.Starts.AddDays(1), 18 * 60);
    }

    /// <summary>Any adult whom chance made and who took something in one of the last terms; each is given once.</summary>
    private Queue<PersonPlan> Somebody(Func<PersonPlan, bool> fits)
    {
        var from = plan.Clock.At(Today.AddDays(-400), 0);
        var list = plan.People.People.Where(p => !p.Scripted && p.Guardian is null && p.Organisation is null && p.Registrations.Any(r => r.At > from && r.At < Now - 40 * WallClock.Day) && fits(p)).ToList();
        _random.Shuffle(list);
        return new Queue<PersonPlan>(list);
    }

    private void PlayExcel()
    {
        Enrol(Maria, Excel03, 24);
        Enrol(Ken, Excel03, 18);
        var others = Somebody(p => p.Archetype is Archetype.Career or Archetype.Enrichment or Archetype.Certificate);
        while (Excel03.Enrolled.Count < ExcelSeats)
        {
            var person = others.Dequeue();
            var registration = Enrol(person, Excel03, _random.Between(8, 40));
            if (Excel03.Enrolled.Count <= ExcelSeats - ExcelRefunds) continue;
            // They asked after the first meeting: between it and now.
            var first = Excel03.Meetings[0] + 3 * WallClock.Hour;
            RegistrationPlanner.End(registration, first + (long)(_random.Double() * (Now - WallClock.Hour - first)), "instructor", ours: true, 100);
        }

        foreach (var registration in Excel03.Enrolled) registration.Presence = 1;
    }

    private void PlayMaria()
    {
        var main = plan.Calendar.Terms.Where(t => t.Main && t.Starts < plan.Running.Starts).TakeLast(5).ToList();
        CourseTemplate[] taken = [Courses.CareerPath[3], Courses.BookkeepingPath[0], Courses.BookkeepingPath[1], Courses.Watercolor, Courses.BookkeepingPath[2]];
        for (var i = 0; i < main.Count; i++) Enrol(Maria, Open(taken[i], main[i]), 30);
        Enrol(Maria, Payroll02, 20);
        var others = Somebody(p => p.Archetype == Archetype.Certificate);
        for (var i = 0; i < 15 && others.Count > 0; i++) Enrol(others.Dequeue(), Payroll02, _random.Between(6, 30));
    }

    /// <summary>Nine terms and then silence; and a class of seniors that was moved to the evening.</summary>
    private void PlayRegulars()
    {
        for (var i = 2; i <= 10; i++)
        {
            var course = i % 3 == 0 ? Courses.Watercolor : Courses.Memoir;
            Enrol(Walter, Open(course, plan.ClosedMain[i]), 30);
        }

        Walter.ActiveUntil = plan.ClosedMain[2].Ends;
        for (var i = 5; i >= 0; i--)
        {
            var section = _memoirs[i];
            foreach (var person in Stayed) Enrol(person, section, _random.Between(10, 70));
            if (i < 2) continue;
            foreach (var person in Lost)
            {
                Enrol(person, section, _random.Between(10, 70));
                person.ActiveUntil = plan.ClosedMain[2].Ends;
            }

            if (i != 2) continue;
            MovedMemoir = section;
            MovedAt = plan.Clock.At(plan.Clock.DayOf(section.Meetings[2]).AddDays(1), 11 * 60);
            section.Meetings = [.. section.Meetings[..3], .. plan.Sections.Meetings(plan.Clock.DayOf(section.Meetings[3]), 18 * 60 + 30, section.Meetings.Length - 3, 1)];
            foreach (var registration in section.Enrolled.Where(r => Lost.Contains(r.Person))) registration.Presence = 0.6;
        }

    }

    private void PlayFamilies()
    {
        foreach (var term in plan.Terms.Where(t => t.Kind == TermKind.Youth))
        {
            foreach (var child in (PersonPlan[])[Ada, Chidi, Sofia])
            {
                if (child.AgeOn(term.Starts) is >= 9 and <= 12 && term.Starts <= Today) Enrol(child, Open(Courses.Robotics, term), 40);
            }
        }

        // Whose birthday falls so that no camp fitted yet has a first one this season all the same.
        foreach (var child in (PersonPlan[])[Ada, Chidi, Sofia])
        {
            if (child.Registrations.Count == 0) Enrol(child, Open(Courses.Sat, plan.Running), 30);
        }
    }

    private void PlayCertificates()
    {
        var main = plan.Calendar.Terms.Where(t => t.Main && t.Ends < Today).TakeLast(3).ToList();
        for (var i = 0; i < 3; i++) Enrol(Dana, Open(Courses.BookkeepingPath[i], main[i]), 30);
        Enrol(Priya, Open(Courses.NurseRenewal, main[0]), 25);
    }

    private void PlayHarlan()
    {
        foreach (var person in HarlanSeats)
        {
            var registration = Enrol(person, SupervisorSeats, 30);
            registration.Contract = true;
            (registration.Desk, registration.Channel, registration.Staff) = (Staff.Main, "email", Staff.RosaLin);
        }

        var last = plan.Calendar.Terms.Last(t => t.Main && t.Starts < plan.Running.Starts);
        Enrol(HarlanSelfPayers[0], Open(Courses.CareerPath[1], last), 25);
        Enrol(HarlanSelfPayers[1], Open(Courses.ProjectPath[0], last), 33);
    }

    private void PlaySpanish()
    {
        var others = Somebody(p => p.Registrations.All(r => !r.Section.Course.Key.StartsWith("spanish", StringComparison.Ordinal)));
        // The list began after the last seat had gone.
        var full = Now - 13 * WallClock.Day;
        while (WaitedSpanish.Enrolled.Count < WaitedSpanish.Capacity)
        {
            var registration = plan.Registrations.Enrol(others.Dequeue(), WaitedSpanish, full - (long)(_random.Double() * 9 * WallClock.Day));
            registration.Presence = 0.9;
        }

        for (var place = 1; place <= Waiting; place++)
        {
            Spanish.Add((place == 4 ? Maria : others.Dequeue(), full + WallClock.Day * place * 11 / 12 + 37 * WallClock.Minute * place));
        }
    }

    private void PlayControl()
    {
        var others = Somebody(p => p.Registrations.All(r => r.Section.Course != Courses.Watercolor));
        for (var i = 0; i < 44 && others.Count > 0; i++) Enrol(others.Dequeue(), Control, _random.Between(12, 60));
    }

    private void PlayOthers()
    {
        var main = plan.Calendar.Terms.Where(t => t.Main && t.Starts < plan.Running.Starts).TakeLast(2).ToList();
        Enrol(Duplicate.First, Open(Courses.BookkeepingPath[0], main[0]), 30);
        Enrol(Duplicate.Second, Open(Courses.BookkeepingPath[1], main[1]), 21);
        Enrol(Grace, Python04, 15);
        Enrol(Tomas, Python04, 12);
        var others = Somebody(p => p.Archetype == Archetype.Career);
        for (var i = 0; i < 18 && others.Count > 0; i++) Enrol(others.Dequeue(), Python04, _random.Between(5, 40));
    }
}
