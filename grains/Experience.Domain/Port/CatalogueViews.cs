namespace Experience.Domain.Port;

/// <summary>
/// The catalogue of one term, or of all: courses with their offerings counted, places, money and costs. Money in minor units. Where nothing was recorded a
/// figure is null, never 0.
/// </summary>
/// <param name="Term">Key of the term shown; null for all.</param>
/// <param name="Open">Key of the main term whose registration opened last; null when none did.</param>
public sealed record CatalogueView(
    long AsOf,
    string Currency,
    string? Term,
    string? Open,
    IReadOnlyList<TermItem> Terms,
    CatalogueTotals Totals,
    IReadOnlyList<CourseRow> Courses,
    IReadOnlyList<CertificateRow> Certificates);

/// <param name="Opens">First day of registration, such as 2026-07-01; null where quarters stand in for terms.</param>
/// <param name="Offerings">Sections offered, cancelled ones included.</param>
public sealed record TermItem(string Id, string Title, bool Main, bool Youth, string? Opens, string? Closes, string Starts, string Ends, int Offerings, int Cancelled);

/// <param name="Participants">People who kept a place, each once.</param>
/// <param name="CancellationRate">Sections we cancelled ÷ sections offered, in percent; null when none were offered.</param>
/// <param name="Income">Paid − refunded for places, whoever paid.</param>
/// <param name="Costs">Null: no costs recorded.</param>
/// <param name="CostPerParticipant">Promotion + production + service ÷ participants; null without costs or without participants.</param>
/// <param name="Margin">Income − costs; null without costs.</param>
/// <param name="MarginRate">Margin ÷ income, in percent; null without costs or income.</param>
public sealed record CatalogueTotals(
    int Offerings,
    int Cancelled,
    double? CancellationRate,
    Standing CancellationStanding,
    long Seats,
    long Capacity,
    long Waiting,
    long Participants,
    long Income,
    CostView? Costs,
    double? CostPerParticipant,
    long? Margin,
    double? MarginRate,
    IReadOnlyList<MeasureFormula> Formulas);

/// <summary>A figure's name, as a page says it, and its formula.</summary>
public sealed record MeasureFormula(string Measure, Formula Formula);

/// <param name="RecordedTo">When the newest of them was recorded.</param>
public sealed record CostView(long Promotion, long Production, long Service, long Total, long RecordedTo);

/// <param name="Fee">As the template has it, else the newest section; null when neither says.</param>
/// <param name="Costed">Of its offerings, those that costs were recorded for.</param>
/// <param name="Costs">Sum of the costs recorded for its offerings themselves; null: none.</param>
/// <param name="Margin">Income of the offerings with recorded costs − those costs; null without costs.</param>
public sealed record CourseRow(
    string Id,
    string Title,
    string? Program,
    string? Audience,
    string? Certificate,
    string? Prerequisite,
    long? Fee,
    int Offerings,
    int Cancelled,
    long Seats,
    long Capacity,
    long Waiting,
    long Participants,
    long Income,
    int Costed,
    long? Costs,
    long? Margin);

/// <param name="Required">Courses required; all of <paramref name="Courses"/> where that was not said.</param>
public sealed record CertificateRow(string Id, string Title, string? Program, int Required, IReadOnlyList<string> Courses);

/// <summary>One course with the offerings of the term asked for.</summary>
/// <param name="Hours">Contact hours.</param>
public sealed record CourseView(
    long AsOf,
    string Currency,
    string? Term,
    CourseRow Course,
    double? Hours,
    string? Mode,
    int? MinimumAge,
    int? MaximumAge,
    IReadOnlyList<OccupationView> Occupations,
    IReadOnlyList<OfferingView> Offerings);

/// <param name="MedianWage">Minor units a year; null when the source says nothing.</param>
/// <param name="Growth">Percent.</param>
/// <param name="Source">Where it was taken from, and <paramref name="Of"/> which day; <paramref name="RecordedAt"/> is when it was recorded here.</param>
public sealed record OccupationView(string Code, string Title, long? MedianWage, long? AnnualOpenings, double? Growth, string? Region, string? Source, string? Of, long RecordedAt);

/// <summary>One section.</summary>
/// <param name="Status">open, full, closed (registration is), not open yet, on, over, undated or cancelled.</param>
/// <param name="Capacity">Null when not stated.</param>
/// <param name="Undecided">It starts soon and has fewer registrations than it needs.</param>
/// <param name="Kept">Places kept, as the product defines it.</param>
/// <param name="Meetings">Class meetings in order.</param>
/// <param name="Rating">Mean rating of the course, 1–5; null when nobody rated it.</param>
public sealed record OfferingView(
    string Section,
    string Title,
    string? Term,
    string Status,
    bool Undecided,
    string? Starts,
    string? Ends,
    string? Meets,
    IReadOnlyList<long> Meetings,
    string? Instructor,
    string? Room,
    string? Mode,
    long? Fee,
    long? CancelledAt,
    long Seats,
    long? Capacity,
    int? Minimum,
    long Waiting,
    long Kept,
    long Contract,
    long Dropped,
    long Income,
    CostView? Costs,
    long? Margin,
    double? Rating,
    int Ratings);
