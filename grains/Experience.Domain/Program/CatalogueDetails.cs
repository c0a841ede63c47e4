namespace Experience.Domain.Programs;

/// <summary>A course template as its own facts describe it. What it leaves out, the newest of its sections says.</summary>
public sealed record CourseInfo(ulong Hash, string Key)
{
    public string? Title { get; init; }

    public ulong Program { get; init; }

    /// <summary>Code of <c>audience</c>, or −1.</summary>
    public int Audience { get; init; } = -1;

    /// <summary>Code of <c>mode</c>, or −1.</summary>
    public int Mode { get; init; } = -1;

    /// <summary>Minor units; −1 when not stated.</summary>
    public long Fee { get; init; } = -1;

    /// <summary>Hundredths of an hour; 0 when not stated.</summary>
    public long Hours { get; init; }

    public ulong Certificate { get; init; }

    public ulong Credential { get; init; }

    public ulong Prerequisite { get; init; }

    public int MinimumAge { get; init; }

    public int MaximumAge { get; init; }
}

/// <summary>A certificate program: the courses that name it, of which so many are required.</summary>
/// <param name="Required">0 when not stated: then all of its courses.</param>
public sealed record CertificateInfo(ulong Hash, string Key, string? Title, ulong Program, int Required);

/// <summary>What is known of an occupation, with where it was taken from and of which day.</summary>
/// <param name="MedianWage">Minor units a year; −1 when not stated.</param>
/// <param name="AnnualOpenings">−1 when not stated.</param>
/// <param name="Growth">Hundredths of a percent; null when not stated.</param>
/// <param name="AsOfDay">Civil day, or <see cref="SectionInfo.NoDay"/>.</param>
public sealed record OccupationInfo(ulong Hash, string Code, string Title, long MedianWage, long AnnualOpenings, long? Growth, string? Region, string? DataSource, int AsOfDay, long RecordedAt);

/// <summary>Costs as they were recorded: of a term, of a section, of both, or of neither, and then of the term of their day.</summary>
internal readonly record struct CostKey(ulong Term, ulong Section, int Day);

/// <summary>
/// The catalogue beside its sections, as one snapshot has it: templates, certificates, occupations, and what sections cost.
/// Immutable; shared by snapshots until something of it changes.
/// </summary>
public sealed class CatalogueDetails
{
    private static readonly IReadOnlyList<ulong> NoCodes = [];

    internal CatalogueDetails(
        Dictionary<ulong, CourseInfo> courses, Dictionary<ulong, CertificateInfo> certificates, Dictionary<ulong, OccupationInfo> occupations, Dictionary<ulong, ulong[]> leadsTo)
    {
        Courses = courses;
        Certificates = certificates;
        Occupations = occupations;
        LeadsTo = leadsTo;
    }

    public static CatalogueDetails None { get; } = new([], [], [], []);

    public IReadOnlyDictionary<ulong, CourseInfo> Courses { get; }

    public IReadOnlyDictionary<ulong, CertificateInfo> Certificates { get; }

    public IReadOnlyDictionary<ulong, OccupationInfo> Occupations { get; }

    /// <summary>Occupations of courses that were linked.</summary>
    internal IReadOnlyDictionary<ulong, ulong[]> LeadsTo { get; }

    /// <summary>The occupations that a course leads to, in the order of their codes.</summary>
    public IReadOnlyList<ulong> OccupationsOf(ulong course) => LeadsTo.TryGetValue(course, out var codes) ? codes : NoCodes;
}

/// <summary>Costs by term and by section, resolved with the calendar and the catalogue of one snapshot.</summary>
public sealed class CostBook
{
    private static readonly TermCosts Nothing = new(0, 0, 0, 0);

    private CostBook(Dictionary<ulong, TermCosts> terms, Dictionary<ulong, TermCosts> sections)
    {
        Terms = terms;
        Sections = sections;
    }

    public static CostBook None { get; } = new([], []);

    /// <summary>By the hash of their term. What was recorded for a section is in the sum of its term.</summary>
    public IReadOnlyDictionary<ulong, TermCosts> Terms { get; }

    /// <summary>What was recorded for one section itself.</summary>
    public IReadOnlyDictionary<ulong, TermCosts> Sections { get; }

    /// <summary>
    /// A cost belongs to the term that it names; else to that of its section; else to that of its day. Resolved here and not when it came, because the
    /// section or the calendar may come later.
    /// </summary>
    internal static CostBook Of(Dictionary<CostKey, TermCosts> recorded, TermCalendar terms, Func<ulong, SectionInfo?> section)
    {
        if (recorded.Count == 0) return None;
        var byTerm = new Dictionary<ulong, TermCosts>();
        var bySection = new Dictionary<ulong, TermCosts>();
        foreach (var (key, costs) in recorded)
        {
            var of = key.Section == 0 ? null : section(key.Section);
            var term = key.Term != 0 ? key.Term : (of is null ? null : terms.Of(of))?.Hash ?? terms.OfDay(key.Day)?.Hash ?? 0;
            if (term != 0) Add(byTerm, term, costs);
            if (key.Section != 0) Add(bySection, key.Section, costs);
        }

        return new CostBook(byTerm, bySection);
    }

    private static void Add(Dictionary<ulong, TermCosts> book, ulong key, TermCosts costs)
    {
        var known = book.GetValueOrDefault(key) ?? Nothing;
        book[key] = new TermCosts(known.Promotion + costs.Promotion, known.Production + costs.Production, known.Service + costs.Service, Math.Max(known.LastAt, costs.LastAt));
    }
}
