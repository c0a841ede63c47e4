namespace Experience.Sample.Planning;

/// <summary>A course of the catalogue, as every term offers it anew.</summary>
/// <param name="Fee">Minor units.</param>
/// <param name="Meetings">Class meetings of one section.</param>
/// <param name="PerWeek">Meetings in a week.</param>
/// <param name="Sections">Sections in a main term, in a summer, in youth weeks.</param>
internal sealed record CourseTemplate(
    string Key,
    string Title,
    string Program,
    string Audience,
    long Fee,
    int Meetings,
    int PerWeek,
    (int Main, int Summer, int Youth) Sections)
{
    public string Mode { get; init; } = "room";

    /// <summary>One section in three meets by day; all of them with <see cref="Daytime"/>, none with it false.</summary>
    public bool? Daytime { get; init; }

    public string? Certificate { get; init; }

    public string? Prerequisite { get; init; }

    public string? Credential { get; init; }

    /// <summary>Hundredths of an hour.</summary>
    public int Hours { get; init; }

    public int MinimumAge { get; init; }

    public int MaximumAge { get; init; }
}

/// <summary>The catalogue of Riverbend College: 140 sections in a main term, 140 in a summer with its youth weeks.</summary>
internal static class Courses
{
    public const string Bookkeeping = "Bookkeeping certificate";
    public const string ProjectManagement = "Project management certificate";
    public const string Pharmacy = "Pharmacy technician certificate";
    public const string NurseLicence = "RN licence";

    public static readonly CourseTemplate Excel = new("excel", "Excel", "Computing", "professional", 190_00, 6, 1, (11, 8, 0));
    public static readonly CourseTemplate Spanish1 = new("spanish-1", "Spanish 1", "Languages", "language", 180_00, 10, 1, (1, 1, 0)) { Daytime = false };
    public static readonly CourseTemplate Memoir = new("memoir", "Memoir 60+", "Seniors", "senior", 75_00, 8, 1, (6, 4, 0)) { Daytime = true, MinimumAge = 60 };
    public static readonly CourseTemplate Watercolor = new("watercolor", "Watercolor", "Arts", "leisure", 130_00, 8, 1, (8, 7, 0));
    public static readonly CourseTemplate Payroll = new("payroll", "Payroll", "Business", "professional", 260_00, 6, 1, (6, 4, 0)) { Mode = "online", Certificate = Bookkeeping };
    public static readonly CourseTemplate Supervisor = new("supervisor", "Supervisor Skills", "Business", "contract", 450_00, 4, 1, (2, 1, 0)) { Daytime = true };
    public static readonly CourseTemplate Robotics = new("robotics", "Robotics Camp 9–12", "Youth", "youth", 310_00, 5, 5, (0, 0, 34)) { Daytime = true, MinimumAge = 9, MaximumAge = 12 };
    public static readonly CourseTemplate NurseRenewal = new("nurse-renewal", "Nurse Renewal 12 h", "Health", "licence", 145_00, 4, 1, (10, 8, 0)) { Mode = "online", Credential = NurseLicence, Hours = 12_00 };
    public static readonly CourseTemplate PharmacyTechnician = new("pharmacy-tech", "Pharmacy Technician", "Health", "professional", 1_150_00, 16, 2, (4, 3, 0)) { Certificate = Pharmacy };
    public static readonly CourseTemplate Sat = new("sat-prep", "SAT Prep", "Youth", "youth", 240_00, 8, 1, (5, 4, 6)) { MinimumAge = 14, MaximumAge = 18, Daytime = false };

    public static readonly CourseTemplate[] BookkeepingPath =
    [
        new("bookkeeping-1", "Bookkeeping I", "Business", "professional", 320_00, 8, 1, (10, 7, 0)) { Certificate = Bookkeeping },
        new("bookkeeping-2", "Bookkeeping II", "Business", "professional", 320_00, 8, 1, (7, 5, 0)) { Certificate = Bookkeeping, Prerequisite = "bookkeeping-1" },
        new("bookkeeping-3", "Bookkeeping III", "Business", "professional", 320_00, 8, 1, (5, 4, 0)) { Certificate = Bookkeeping, Prerequisite = "bookkeeping-2" },
        Payroll,
    ];

    public static readonly CourseTemplate[] ProjectPath =
    [
        new("project-management-1", "Project Management I", "Business", "professional", 395_00, 6, 1, (8, 5, 0)) { Certificate = ProjectManagement },
        new("project-management-2", "Project Management II", "Business", "professional", 395_00, 6, 1, (6, 4, 0)) { Certificate = ProjectManagement, Prerequisite = "project-management-1" },
        new("project-management-3", "Project Management III", "Business", "professional", 395_00, 6, 1, (5, 3, 0)) { Certificate = ProjectManagement, Prerequisite = "project-management-2", Mode = "online" },
        new("project-management-4", "Project Management IV", "Business", "professional", 395_00, 6, 1, (4, 3, 0)) { Certificate = ProjectManagement, Prerequisite = "project-management-3", Mode = "online" },
    ];

    public static readonly CourseTemplate[] SpanishPath =
    [
        Spanish1,
        new("spanish-2", "Spanish 2", "Languages", "language", 180_00, 10, 1, (3, 2, 0)) { Prerequisite = "spanish-1" },
        new("spanish-3", "Spanish 3", "Languages", "language", 180_00, 10, 1, (2, 1, 0)) { Prerequisite = "spanish-2" },
        new("spanish-4", "Spanish 4", "Languages", "language", 180_00, 10, 1, (2, 1, 0)) { Prerequisite = "spanish-3" },
    ];

    public static readonly CourseTemplate[] CareerPath =
    [
        Excel,
        new("excel-online", "Excel online", "Computing", "professional", 170_00, 6, 1, (6, 5, 0)) { Mode = "online" },
        new("python", "Python online", "Computing", "professional", 280_00, 8, 1, (8, 6, 0)) { Mode = "online" },
        new("notary", "Notary", "Business", "professional", 95_00, 2, 1, (5, 4, 0)),
    ];

    public static readonly CourseTemplate Esl = new("esl", "ESL", "Languages", "language", 90_00, 14, 2, (8, 6, 0));
    public static readonly CourseTemplate Yoga = new("gentle-yoga", "Gentle Yoga 60+", "Seniors", "senior", 85_00, 10, 1, (8, 6, 0)) { Daytime = true, MinimumAge = 60 };

    public static readonly CourseTemplate[] All =
    [
        .. BookkeepingPath, .. ProjectPath, PharmacyTechnician, NurseRenewal, .. CareerPath, .. SpanishPath, Esl, Sat, Watercolor, Memoir, Yoga, Robotics, Supervisor,
    ];

    /// <summary>The courses of a certificate; a certificate of one course is that course.</summary>
    public static IReadOnlyList<CourseTemplate> PathOf(string certificate) => certificate switch
    {
        Bookkeeping => BookkeepingPath,
        ProjectManagement => ProjectPath,
        _ => [PharmacyTechnician],
    };
}
