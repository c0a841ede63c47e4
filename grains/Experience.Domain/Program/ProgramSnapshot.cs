using System.Collections.Concurrent;
using System.Globalization;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;

namespace Experience.Domain.Programs;

/// <summary>
/// The program at one moment: catalogue, policy, segments and the day's frozen inputs, numbered. Immutable, so every loop reads
/// the same one without a lock; the cache of days is filled by whoever comes first, with equal values.
/// </summary>
public sealed class ProgramSnapshot
{
    private const int MaxCachedDays = 64;

    private readonly CatalogueIndex _catalogue;
    private readonly IReadOnlyDictionary<ulong, string> _names;
    private readonly Func<ulong, string?>? _resolve;
    private readonly ConcurrentDictionary<int, DayContext> _days = new();
    private volatile DayContext? _lastDay;

    internal ProgramSnapshot(
        int number,
        CivilZone zone,
        Policy policy,
        CatalogueIndex catalogue,
        SegmentSet segments,
        FrozenInputs frozen,
        CostBook costs,
        CatalogueDetails details,
        OrganisationBook organisations,
        IReadOnlyList<Thanks> thanks,
        IReadOnlyList<Initiative> initiatives,
        IReadOnlyDictionary<ulong, string> names,
        Func<ulong, string?>? resolve,
        ModelSet models,
        ProgramChange changed)
    {
        Number = number;
        Zone = zone;
        Policy = policy;
        _catalogue = catalogue;
        Segments = segments;
        Frozen = frozen;
        Costs = costs.Terms;
        SectionCosts = costs.Sections;
        Details = details;
        Organisations = organisations;
        RecentThanks = thanks;
        Initiatives = initiatives;
        _names = names;
        _resolve = resolve;
        Models = models;
        Changed = changed;
        SegmentRules = segments.Fingerprint(policy.Json, frozen.BestThreshold);
    }

    public int Number { get; }

    public CivilZone Zone { get; }

    public Policy Policy { get; }

    public SegmentSet Segments { get; }

    public FrozenInputs Frozen { get; }

    /// <summary>
    /// Equal while the rules of segments are: the definitions, the policy that their fields depend on, and the day's threshold of best. Who is elsewhere
    /// after a change of it was moved by the rules, not by what happened.
    /// </summary>
    public ulong SegmentRules { get; }

    /// <summary>Costs by the hash of their term.</summary>
    public IReadOnlyDictionary<ulong, TermCosts> Costs { get; }

    /// <summary>What was recorded for a section itself, by its hash; part of the costs of its term.</summary>
    public IReadOnlyDictionary<ulong, TermCosts> SectionCosts { get; }

    /// <summary>Course templates, certificates and occupations.</summary>
    public CatalogueDetails Details { get; }

    /// <summary>Organisations, the names that are theirs, and what they engaged us for.</summary>
    public OrganisationBook Organisations { get; }

    /// <summary>Newest thanks to staff, oldest first; at most <see cref="ProgramState.MaxThanks"/>.</summary>
    public IReadOnlyList<Thanks> RecentThanks { get; }

    public IReadOnlyList<Initiative> Initiatives { get; }

    /// <summary>The learned models in force; a kind that is missing has not enough history yet.</summary>
    public ModelSet Models { get; }

    /// <summary>What changed since the snapshot before.</summary>
    public ProgramChange Changed { get; }

    public IReadOnlyCollection<SectionInfo> Sections => _catalogue.All;

    public TermCalendar Terms => Policy.Terms;

    public SectionInfo? Section(ulong hash) => hash != 0 && _catalogue.Sections.TryGetValue(hash, out var section) ? section : null;

    /// <summary>Sections of a course that are not cancelled, by start.</summary>
    public IReadOnlyList<SectionInfo> SectionsOfCourse(ulong course) => _catalogue.OfCourse(course);

    /// <summary>Sections that count for a certificate and are not cancelled, by start.</summary>
    public IReadOnlyList<SectionInfo> SectionsOfCertificate(ulong certificate) => _catalogue.OfCertificate(certificate);

    /// <summary>The course that must be completed before a section: as its entry says, else as its course's template does; 0 for none.</summary>
    public ulong PrerequisiteOf(SectionInfo section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return section.Prerequisite != 0 ? section.Prerequisite : Details.Courses.GetValueOrDefault(section.Course)?.Prerequisite ?? 0;
    }

    /// <summary>Youngest and oldest age of a section: as its entry says, else as its course's template does; 0 where neither does.</summary>
    public (int Youngest, int Oldest) AgesOf(SectionInfo section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var course = Details.Courses.GetValueOrDefault(section.Course);
        return (section.MinimumAge != 0 ? section.MinimumAge : course?.MinimumAge ?? 0, section.MaximumAge != 0 ? section.MaximumAge : course?.MaximumAge ?? 0);
    }

    /// <summary>The text of a clear name; a short code where nobody can spell it.</summary>
    public string NameOf(ulong hash) =>
        hash == 0 ? "" : _names.TryGetValue(hash, out var name) ? name : _resolve?.Invoke(hash) ?? "#" + (hash >> 48).ToString("x4", CultureInfo.InvariantCulture);

    /// <summary>The title of a section, or its key.</summary>
    public string TitleOf(ulong section) => Section(section)?.Title ?? NameOf(section);

    /// <summary>The term of a place: as its event or the catalogue names it, else the first main term that was still to end.</summary>
    public Term? TermOf(Registration registration) => TermOf(registration, Section(registration.Section));

    internal Term? TermOf(Registration registration, SectionInfo? section)
    {
        var terms = Policy.Terms;
        if (registration.Term != 0 && terms.Find(registration.Term) is { } stated) return stated;
        if (section is not null && terms.Of(section) is { } listed) return listed;
        if (section is { Starts: not SectionInfo.NoDay }) return null;
        return terms.OfDay(Zone.Day(registration.ConfirmedAt));
    }

    /// <summary>What the calendar says about one civil day.</summary>
    public DayContext DayOf(int day)
    {
        if (_lastDay is { } last && last.Day == day) return last;
        if (!_days.TryGetValue(day, out var context))
        {
            if (_days.Count >= MaxCachedDays) _days.Clear();
            context = _days.GetOrAdd(day, new DayContext(day, this));
        }

        _lastDay = context;
        return context;
    }
}

/// <summary>The sections by hash, course and certificate. Immutable; replaced when the catalogue changes.</summary>
internal sealed class CatalogueIndex
{
    private readonly Dictionary<ulong, SectionInfo[]> _byCourse;
    private readonly Dictionary<ulong, SectionInfo[]> _byCertificate;

    public CatalogueIndex(Dictionary<ulong, SectionInfo> sections)
    {
        Sections = sections;
        _byCourse = Group(s => s.Course);
        _byCertificate = Group(s => s.Certificate);
    }

    public Dictionary<ulong, SectionInfo> Sections { get; }

    public IReadOnlyCollection<SectionInfo> All => Sections.Values;

    public IReadOnlyList<SectionInfo> OfCourse(ulong course) => _byCourse.TryGetValue(course, out var list) ? list : [];

    public IReadOnlyList<SectionInfo> OfCertificate(ulong certificate) => _byCertificate.TryGetValue(certificate, out var list) ? list : [];

    private Dictionary<ulong, SectionInfo[]> Group(Func<SectionInfo, ulong> key) => Sections.Values
        .Where(s => !s.Cancelled && key(s) != 0)
        .GroupBy(key)
        .ToDictionary(g => g.Key, g => g.OrderBy(s => s.Starts).ThenBy(s => s.Key, StringComparer.Ordinal).ToArray());
}

/// <summary>
/// The terms that the windows of one civil day are about. "Before" is the same season a year earlier, and <see cref="SameDay"/>
/// the day of that year that is as far from its term's start as today is from this one's.
/// </summary>
public sealed class DayContext
{
    /// <summary>Days of a window.</summary>
    public const int Year = 365;
    public const int TwoYears = 730;

    internal DayContext(int day, ProgramSnapshot program)
    {
        Day = day;
        StartsAt = program.Zone.StartOfDay(day);
        EndsAt = program.Zone.StartOfDay(day + 1);
        var (year, month, _) = CivilZone.Civil(day);
        Month = (year - 1970) * 12 + month - 1;
        Term? open = null, started = null;
        foreach (var term in program.Terms.Main)
        {
            if (term.Opens <= day) open = term;
            if (term.Starts <= day) started = term;
            if (term.Starts <= day && program.Costs.ContainsKey(term.Hash)) Costs = term;
        }

        LastStarted = started?.Index ?? -1;
        Next = open;
        Started = started;
        Base = open is null ? null : program.Terms.MainBefore(open);
        SoFar = open is not null && day <= open.Closes;
        if (open is null) return;
        NextBefore = program.Terms.YearBefore(open);
        if (NextBefore is null) return;
        BaseBefore = program.Terms.MainBefore(NextBefore);
        SameDay = day - (open.Starts - NextBefore.Starts);
        SameDayEndsAt = program.Zone.StartOfDay(SameDay + 1);
    }

    public int Day { get; }

    public long StartsAt { get; }

    /// <summary>The next midnight: windows of days change then.</summary>
    public long EndsAt { get; }

    /// <summary>Months since January 1970.</summary>
    public int Month { get; }

    /// <summary>The newest main term whose registration opened: what pace counts, and where repeaters return to.</summary>
    public Term? Next { get; }

    /// <summary>The main term before it: whom the repeat rate is about.</summary>
    public Term? Base { get; }

    /// <summary>Registration for <see cref="Next"/> is not closed: rates are "so far".</summary>
    public bool SoFar { get; }

    public Term? NextBefore { get; }

    public Term? BaseBefore { get; }

    public int SameDay { get; }

    public long SameDayEndsAt { get; }

    /// <summary>The newest main term that started: refunds and cancellations are about it.</summary>
    public Term? Started { get; }

    /// <summary>Its place among all terms; −1 when none started.</summary>
    public int LastStarted { get; }

    /// <summary>The newest main term that started and has costs recorded.</summary>
    public Term? Costs { get; }
}
