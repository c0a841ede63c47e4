namespace Experience.Sample.Planning;

/// <summary>Invents people: who they are, what they come for, how long they stay.</summary>
internal sealed class PeoplePlanner(SampleOptions options, DateOnly today)
{
    private sealed record Habits(Pattern Pattern, Archetype Archetype, double Share, int MinAge, int MaxAge);

    // A year's students come and go, those of every year and of every term stay: together a repeat rate below one half and an
    // attrition above one third, without hundreds of regulars who go quiet at once.
    private static readonly Habits[] All =
    [
        new(Pattern.Year, Archetype.YouthFamily, 0.155, 0, 0),
        new(Pattern.Year, Archetype.Career, 0.115, 21, 58),
        new(Pattern.Year, Archetype.Certificate, 0.115, 20, 55),
        new(Pattern.Year, Archetype.Enrichment, 0.06, 19, 70),
        new(Pattern.Year, Archetype.Employer, 0.05, 24, 60),
        new(Pattern.Annual, Archetype.Licence, 0.12, 24, 64),
        new(Pattern.Annual, Archetype.Enrichment, 0.115, 24, 74),
        new(Pattern.Annual, Archetype.Career, 0.105, 26, 60),
        new(Pattern.Loyal, Archetype.Senior, 0.10, 62, 84),
        new(Pattern.Loyal, Archetype.Enrichment, 0.065, 24, 74),
    ];

    private static readonly string[] Employers =
    [
        "Lakeshore Medical", "Dunmore Foods", "City of Riverbend", "Prairie Credit Union", "Kestrel Logistics", "Northline Energy", "Aster Dental Group", "Bluff County Schools",
    ];

    private static readonly string[] PostalCodes = ["60614", "60618", "60625", "60630", "60641", "60647", "60657", "60659", "60707", "60712"];

    private readonly SeededRandom _random = SeededRandom.For(options.Seed, "people");

    public List<PersonPlan> People { get; } = [];

    /// <summary>Names that belong to the people one can look up: nobody else is called so.</summary>
    private readonly HashSet<string> _taken = [];

    public PersonPlan Add(string given, string family, DateOnly born)
    {
        var person = new PersonPlan
        {
            Index = People.Count,
            Key = $"rb-{100_001 + People.Count}",
            Given = given,
            Family = family,
            Born = born,
            PostalCode = _random.Pick(PostalCodes),
        };
        People.Add(person);
        return person;
    }

    /// <summary>Nobody who is drawn from now on is called so.</summary>
    public void Reserve(string given, string family) => _taken.Add(Names.Ascii($"{given} {family}"));

    /// <summary>Adds invented people until there are as many as were asked for.</summary>
    public void Fill()
    {
        foreach (var person in People) _taken.Add(Names.Ascii(person.Name));
        Span<double> shares = stackalloc double[All.Length];
        for (var i = 0; i < shares.Length; i++) shares[i] = All[i].Share;
        while (People.Count < options.People)
        {
            var habits = All[_random.Weighted(shares)];
            if (habits.Archetype != Archetype.YouthFamily) AddAdult(habits);
            else if (options.People - People.Count >= 2) AddFamily(habits);
        }
    }

    public void Contact(PersonPlan person)
    {
        var roll = _random.Int(100);
        var name = $"{Names.Ascii(person.Given)}.{Names.Ascii(person.Family)}";
        person.Email = roll < 94 ? $"{name}{(roll < 60 ? (person.Index % 97).ToString("00") : "")}{person.Index}@{(roll % 3 == 0 ? "example.org" : roll % 3 == 1 ? "mail.example.org" : "post.example.net")}" : null;
        if (roll < 88 || person.Email is null) person.Phone = $"+1 555 {_random.Between(100, 199):0000} {_random.Int(10_000):0000}";
    }

    private (string Given, string Family) NewName()
    {
        while (true)
        {
            var name = Names.Of(_random.Next());
            if (!_taken.Contains(Names.Ascii($"{name.Given} {name.Family}"))) return name;
        }
    }

    private string GivenOf(string family)
    {
        while (true)
        {
            var given = Names.GivenFor(family, _random.Next());
            if (!_taken.Contains(Names.Ascii($"{given} {family}"))) return given;
        }
    }

    private DateOnly Born(int minAge, int maxAge) => today.AddYears(-_random.Between(minAge, maxAge)).AddDays(-_random.Int(365));

    private void AddAdult(Habits habits)
    {
        var (given, family) = NewName();
        var person = Add(given, Names.Apart(family), Born(habits.MinAge, habits.MaxAge));
        person.Archetype = habits.Archetype;
        person.Pattern = habits.Pattern;
        person.Satisfaction = Math.Clamp(4.35 + (_random.Double() - 0.55) * 1.2, 3.2, 5);
        person.Desk = Desk(habits.Archetype);
        Contact(person);
        person.Usual = habits.Pattern switch
        {
            Pattern.Annual => 1 << (_random.Chance(0.28) ? 2 : _random.Int(2)),
            Pattern.Loyal => _random.Chance(0.6) ? 0b111 : 0b011,
            _ => 0b011,
        };
        if (habits.Archetype == Archetype.Employer || habits.Archetype == Archetype.Career && _random.Chance(0.25)) person.Organisation = _random.Pick(Employers);
        person.Path = PathOf(habits.Archetype);
    }

    private string Desk(Archetype archetype) => archetype switch
    {
        Archetype.Senior => _random.Chance(0.3) ? Staff.West : Staff.Main,
        Archetype.Licence or Archetype.Certificate => _random.Int(10) switch { < 5 => Staff.Online, < 7 => Staff.West, _ => Staff.Main },
        _ => _random.Int(10) switch { < 3 => Staff.Online, < 6 => Staff.West, _ => Staff.Main },
    };

    private IReadOnlyList<CourseTemplate> PathOf(Archetype archetype)
    {
        switch (archetype)
        {
            case Archetype.Employer:
                return [Courses.Excel, Courses.ProjectPath[0], Courses.CareerPath[1], Courses.ProjectPath[1], Courses.ProjectPath[2], Courses.ProjectPath[3]];
            case Archetype.Certificate:
                return _random.Int(10) switch { < 5 => Courses.BookkeepingPath, < 9 => Courses.ProjectPath, _ => [Courses.PharmacyTechnician] };
            case Archetype.Licence:
                return Repeat(Courses.NurseRenewal, 8);
            case Archetype.Senior:
                return Alternate([Courses.Memoir, Courses.Yoga, Courses.Watercolor], 18);
            case Archetype.Career:
                {
                    var path = Courses.CareerPath.Concat([Courses.ProjectPath[0], Courses.BookkeepingPath[0]]).ToList();
                    _random.Shuffle(path);
                    return [.. path, .. path[..2]];
                }

            default:
                return _random.Int(10) switch
                {
                    < 3 => [Courses.Spanish1, .. Courses.SpanishPath[1..], .. Alternate([Courses.Watercolor, Courses.CareerPath[2]], 8)],
                    < 5 => [.. Courses.SpanishPath[1..], .. Repeat(Courses.Watercolor, 9)],
                    < 8 => Alternate([Courses.Esl, Courses.Esl, Courses.Esl, Courses.Excel], 14),
                    _ => Repeat(Courses.Watercolor, 14),
                };
        }
    }

    private static List<CourseTemplate> Repeat(CourseTemplate course, int times) => [.. Enumerable.Repeat(course, times)];

    private List<CourseTemplate> Alternate(CourseTemplate[] courses, int times)
    {
        var start = _random.Int(courses.Length);
        return [.. Enumerable.Range(0, times).Select(i => courses[(start + i) % courses.Length])];
    }

    private void AddFamily(Habits habits)
    {
        var (given, family) = NewName();
        var guardian = Add(given, Names.Apart(family), Born(33, 52));
        guardian.Archetype = Archetype.YouthFamily;
        guardian.Desk = _random.Chance(0.4) ? Staff.Youth : _random.Chance(0.5) ? Staff.Online : Staff.Main;
        Contact(guardian);
        var children = _random.Int(10) switch { < 5 => 1, < 9 => 2, _ => 3 };
        for (var i = 0; i < children && People.Count < options.People; i++)
        {
            var child = Add(GivenOf(family), Names.Apart(family), Born(10, 17));
            child.Archetype = Archetype.YouthFamily;
            child.Guardian = guardian;
            child.Email = guardian.Email;
            child.Desk = guardian.Desk;
            child.Pattern = habits.Pattern;
        }
    }
}
