namespace Experience.Domain.Port;

/// <summary>What a certificate of one's own is to be made of.</summary>
/// <param name="Courses">Keys of courses in order; null for those of the saved plan, else those of <paramref name="Certificate"/>.</param>
/// <param name="Certificate">A certificate of the catalogue to begin from.</param>
public sealed record PlanQuery(IReadOnlyList<string>? Courses, string? Certificate);

/// <summary>A certificate of one's own: what is done, what is missing, when it can be taken, and what it costs.</summary>
/// <param name="SavedAt">When this very plan was saved; null for a draft.</param>
/// <param name="Done">Courses completed.</param>
/// <param name="Cost">Fees of the courses that are neither completed nor registered; null where one says none.</param>
/// <param name="Finish">The day on which all is done when each next section is taken, such as 2026-12-11; null while one has no section.</param>
/// <param name="Also">Courses that the person completed and that are not part of it.</param>
/// <param name="Unknown">Courses of the query that the catalogue does not have.</param>
public sealed record PlanView(
    long AsOf,
    string Currency,
    string Person,
    string? Title,
    long? SavedAt,
    IReadOnlyList<PlanCourse> Courses,
    int Done,
    int Required,
    long? Cost,
    string? Finish,
    IReadOnlyList<PlanConflict> Conflicts,
    IReadOnlyList<PlanChoice> Also,
    IReadOnlyList<string> Unknown);

/// <param name="Status">completed, registered or wanted.</param>
/// <param name="Missing">The course that must come first and is neither done nor part of the plan.</param>
/// <param name="Note">Why there is no next section, or what to know of it.</param>
public sealed record PlanCourse(
    string Id, string Title, string? Program, string Status, string? Done, long? Fee, double? Hours, PlanChoice? First, PlanChoice? Missing, PlanSection? Next, string? Note, IReadOnlyList<OccupationView> Occupations);

public sealed record PlanChoice(string Id, string Title);

/// <param name="Seats">Free seats; null where the section has no limit.</param>
/// <param name="Open">Registration is open now.</param>
public sealed record PlanSection(string Section, string Title, string? Term, string Starts, string? Ends, string? Meets, string? Mode, long? Fee, long? Seats, bool Open);

/// <summary>Two sections that meet at the same time, and when they do first.</summary>
public sealed record PlanConflict(string Section, string With, long At);

/// <summary>The saved plan as the card shows it.</summary>
/// <param name="Next">Such as "Payroll 01 starts 14 Sep"; null when nothing is open.</param>
public sealed record PlanSummary(string Title, int Done, int Required, string? Next);
