namespace Experience.Sample.Planning;

internal enum Archetype
{
    YouthFamily,
    Employer,
    Certificate,
    Licence,
    Senior,
    Career,
    Enrichment,
}

/// <summary>How somebody comes back.</summary>
internal enum Pattern
{
    /// <summary>Two terms, then gone.</summary>
    Year,

    /// <summary>The same season, year after year.</summary>
    Annual,

    /// <summary>Every main term, some summers.</summary>
    Loyal,
}

/// <summary>One invented person: what a registration system knows, and the latent truth behind the behaviour.</summary>
internal sealed class PersonPlan
{
    public required int Index { get; init; }

    public required string Key { get; init; }

    public required string Given { get; set; }

    public required string Family { get; set; }

    public string? Preferred { get; set; }

    public required DateOnly Born { get; set; }

    public string? Email { get; set; }

    public string? Phone { get; set; }

    public string PostalCode { get; set; } = "";

    public Archetype Archetype { get; set; }

    public string Desk { get; set; } = Staff.Main;

    public string? Organisation { get; set; }

    public PersonPlan? Guardian { get; set; }

    /// <summary>Told by a script, not by chance: a person one can look up, or one of a planted problem.</summary>
    public bool Scripted { get; set; }

    /// <summary>Courses in the order in which the person would take them.</summary>
    public IReadOnlyList<CourseTemplate> Path { get; set; } = [];

    public Pattern Pattern { get; set; }

    /// <summary>Mean of the ratings that the person would give, 1–5.</summary>
    public double Satisfaction { get; set; } = 4.3;

    /// <summary>Usual seasons, one bit a <see cref="TermKind"/>.</summary>
    public int Usual { get; set; }

    public DateOnly? ActiveUntil { get; set; }

    /// <summary>Whether the welcome call reached the person in the first term; null when it was not yet, or no longer, on trial.</summary>
    public bool? WelcomeCalled { get; set; }

    /// <summary>The first term that the person came for; the first of the sample means before it.</summary>
    public SampleTerm? Since { get; set; }

    /// <summary>When the person was first heard of; nothing is told of anybody before.</summary>
    public long KnownSince { get; set; } = long.MaxValue;

    public List<RegistrationPlan> Registrations { get; } = [];

    public int AgeOn(DateOnly day)
    {
        var age = day.Year - Born.Year;
        return day < Born.AddYears(age) ? age - 1 : age;
    }

    public string Name => $"{Given} {Family}";
}

internal sealed class SectionPlan
{
    public required string Key { get; init; }

    public required CourseTemplate Course { get; init; }

    public required int Number { get; init; }

    public required SampleTerm Term { get; init; }

    public required string Title { get; init; }

    public required long[] Meetings { get; set; }

    public required DateOnly Starts { get; set; }

    public required DateOnly Ends { get; set; }

    public required string Meets { get; set; }

    public required string Instructor { get; init; }

    public required string Room { get; init; }

    public required long PublishedAt { get; init; }

    public bool Evening { get; init; }

    public int Capacity { get; set; }

    public int Minimum { get; set; }

    /// <summary>When we cancelled it; 0 when it runs.</summary>
    public long CancelledAt { get; set; }

    /// <summary>Kept out of chance enrolment: a script fills it.</summary>
    public bool Reserved { get; set; }

    public List<RegistrationPlan> Enrolled { get; } = [];
}

internal enum RegistrationEnd
{
    Runs,
    Refunded,
    Cancelled,
    Transferred,
}

/// <summary>One place in one section, with its whole life; what lies after the sample's now is told by the live stream.</summary>
internal sealed class RegistrationPlan
{
    public required PersonPlan Person { get; init; }

    public required SectionPlan Section { get; set; }

    public required long At { get; set; }

    /// <summary>Registration's key at the source, set when the plan is complete.</summary>
    public string Key { get; set; } = "";

    public string Desk { get; set; } = "";

    public string Channel { get; set; } = "online";

    public string? Staff { get; set; }

    public bool Contract { get; set; }

    public RegistrationEnd End { get; set; }

    /// <summary>When <see cref="End"/> came about.</summary>
    public long EndAt { get; set; }

    public string? Reason { get; set; }

    public bool OurFault { get; set; }

    public long RefundAmount { get; set; }

    /// <summary>Where a transferred place went.</summary>
    public SectionPlan? MovedTo { get; set; }

    /// <summary>Chance of being present at a meeting.</summary>
    public double Presence { get; set; } = 0.9;

    public bool Scripted { get; set; }
}
