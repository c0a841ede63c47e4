using System.Globalization;
using Experience.Domain.Events;
using Experience.Domain.Models.Needs;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>Builds the catalogue's views from a pass and the sums of sections. Pure.</summary>
public static class CatalogueBuilder
{
    /// <summary>Stands for every term in a query.</summary>
    public const string AllTerms = "all";

    /// <summary>Days before the start within which a section that lacks registrations is to be decided.</summary>
    public const int DecideDays = 14;

    private const string Lern = "LERN program measures";

    /// <summary>
    /// The term that a query names: null text means the newest main term that started, else the newest that opened. False when it names none of the calendar.
    /// </summary>
    public static bool TryTerm(string? text, ProgramSnapshot program, long now, out Term? term)
    {
        ArgumentNullException.ThrowIfNull(program);
        term = null;
        if (text == AllTerms) return true;
        if (!string.IsNullOrEmpty(text)) return (term = program.Terms.Find(SipHash.Name(text))) is not null;
        var day = program.DayOf(program.Zone.Day(now));
        term = day.Started ?? day.Next;
        return true;
    }

    /// <param name="pass">Over everybody, for the same term.</param>
    /// <param name="sums">Seats and waiting lists over everybody.</param>
    public static CatalogueView Build(ProgramSnapshot program, Term? term, CataloguePass pass, SectionSums sums, long now)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(sums);
        var day = program.DayOf(program.Zone.Day(now));
        var offered = new Dictionary<Term, (int Offerings, int Cancelled)>();
        foreach (var section in program.Sections)
        {
            if (program.Terms.Of(section) is not { } of) continue;
            var (offerings, cancelled) = offered.GetValueOrDefault(of);
            offered[of] = (offerings + 1, cancelled + (section.Cancelled ? 1 : 0));
        }

        return new CatalogueView(
            now / 1000,
            program.Policy.Currency,
            term?.Key,
            day.Next?.Key,
            [.. program.Terms.All.Where(t => program.Terms.Named || offered.ContainsKey(t)).OrderByDescending(static t => t.Starts).Select(t => TermOf(t, offered.GetValueOrDefault(t), program.Terms.Named))],
            Totals(program, term, pass, sums),
            [.. Courses(program, term, pass, sums).OrderBy(static c => c.Title, StringComparer.OrdinalIgnoreCase).ThenBy(static c => c.Id, StringComparer.Ordinal)],
            Certificates(program));
    }

    /// <summary>One course; null when there is none of that name.</summary>
    public static CourseView? Course(string course, ProgramSnapshot program, Term? term, CataloguePass pass, SectionSums sums, long now)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(sums);
        var hash = SipHash.Name(course);
        var info = program.Details.Courses.GetValueOrDefault(hash);
        var all = program.Sections.Where(s => s.Course == hash).ToList();
        if (info is null && all.Count == 0) return null;
        var sections = Offered(all, program, term);
        var newest = Newest(all);
        var mode = info is { Mode: >= 0 } ? info.Mode : newest?.Mode ?? -1;
        return new CourseView(
            now / 1000, program.Policy.Currency, term?.Key, Row(hash, sections, all, program, pass, sums),
            info is { Hours: > 0 } ? info.Hours / 100.0 : null,
            mode >= 0 ? Fields.Mode.Codes[mode] : null,
            Age(info?.MinimumAge ?? newest?.MinimumAge ?? 0), Age(info?.MaximumAge ?? newest?.MaximumAge ?? 0),
            OccupationsOf(hash, program),
            [.. sections.OrderBy(static s => s.Starts).ThenBy(static s => s.Key, StringComparer.Ordinal).Select(s => OfferingBuilder.Build(s, program, pass[s.Hash], sums[s.Hash], now))]);
    }

    /// <summary>What is known of the occupations that a course leads to.</summary>
    public static IReadOnlyList<OccupationView> OccupationsOf(ulong course, ProgramSnapshot program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return [.. program.Details.OccupationsOf(course).Select(code => program.Details.Occupations.GetValueOrDefault(code)).OfType<OccupationInfo>().Select(View)];
    }

    internal static CostView View(TermCosts costs) => new(costs.Promotion, costs.Production, costs.Service, costs.Total, costs.LastAt / 1000);

    internal static string Date(int day)
    {
        var (year, month, of) = CivilZone.Civil(day);
        return string.Create(CultureInfo.InvariantCulture, $"{year:0000}-{month:00}-{of:00}");
    }

    private static OccupationView View(OccupationInfo o) => new(
        o.Code, o.Title, o.MedianWage < 0 ? null : o.MedianWage, o.AnnualOpenings < 0 ? null : o.AnnualOpenings, o.Growth is { } growth ? growth / 100.0 : null,
        o.Region, o.DataSource, o.AsOfDay == SectionInfo.NoDay ? null : Date(o.AsOfDay), o.RecordedAt / 1000);

    private static int? Age(int years) => years > 0 ? years : null;

    private static TermItem TermOf(Term t, (int Offerings, int Cancelled) offered, bool named) => new(
        t.Key, t.Name, t.Main, t.Youth, named ? Date(t.Opens) : null, named ? Date(t.Closes) : null, Date(t.Starts), Date(t.Ends), offered.Offerings, offered.Cancelled);

    private static List<SectionInfo> Offered(IEnumerable<SectionInfo> sections, ProgramSnapshot program, Term? term) =>
        [.. sections.Where(s => term is null || program.Terms.Of(s) == term)];

    private static CatalogueTotals Totals(ProgramSnapshot program, Term? term, CataloguePass pass, SectionSums sums)
    {
        var sections = Offered(program.Sections, program, term);
        var cancelled = sections.Count(static s => s.Cancelled);
        double? rate = null;
        var standing = Standing.None;
        var goal = program.Policy.Goals.CancellationRate / 100.0;
        if (sections.Count > 0)
        {
            (rate, var low, var high) = Statistics.Share(cancelled, sections.Count);
            if (sections.Count >= Statistics.MinCount) standing = Statistics.Against(rate.Value, low, high, goal, higherIsBetter: false);
        }

        var costs = term is null ? All(program.Costs.Values) : program.Costs.GetValueOrDefault(term.Hash);
        long? margin = costs is null ? null : pass.Income - costs.Total;
        var running = sections.Where(static s => !s.Cancelled).ToList();
        return new CatalogueTotals(
            sections.Count, cancelled, rate, standing, running.Sum(s => (long)sums[s.Hash].Seats), running.Sum(static s => (long)s.Capacity), running.Sum(s => (long)sums[s.Hash].Waiting),
            pass.Participants, pass.Income, costs is null ? null : View(costs), costs is null || pass.Participants == 0 ? null : (double)costs.Total / pass.Participants,
            margin, margin is null || pass.Income <= 0 ? null : 100.0 * margin.Value / pass.Income, Formulas(term, goal));
    }

    private static TermCosts? All(IEnumerable<TermCosts> terms) => terms.Aggregate((TermCosts?)null, static (sum, t) => sum is null
        ? t
        : new TermCosts(sum.Promotion + t.Promotion, sum.Production + t.Production, sum.Service + t.Service, Math.Max(sum.LastAt, t.LastAt)));

    private static IReadOnlyList<MeasureFormula> Formulas(Term? term, double goal)
    {
        var window = term?.Name ?? "all terms";
        return
        [
            new("cost", new Formula("Promotion + production + service cost of the term ÷ people who kept a place in it, each counted once. What was recorded for a section is part of its term.", window, Lern)),
            new("margin", new Formula("Income − recorded costs. Income is what was paid for places of the term, by whomever, minus refunds. A course and an offering stand against the costs recorded for them alone.", window, Lern)),
            new("cancelled", new Formula($"Sections we cancelled ÷ sections offered. Benchmark {goal:0} %.", window, Lern)),
        ];
    }

    private static IEnumerable<CourseRow> Courses(ProgramSnapshot program, Term? term, CataloguePass pass, SectionSums sums)
    {
        var all = program.Sections.Where(static s => s.Course != 0).ToLookup(static s => s.Course);
        foreach (var course in all.Select(static g => g.Key).Union(program.Details.Courses.Keys))
        {
            var sections = Offered(all[course], program, term);
            // A template without an offering in the term is none of it, but of the catalogue.
            if (sections.Count > 0 || term is null) yield return Row(course, sections, all[course], program, pass, sums);
        }
    }

    private static CourseRow Row(ulong course, List<SectionInfo> sections, IEnumerable<SectionInfo> all, ProgramSnapshot program, CataloguePass pass, SectionSums sums)
    {
        var info = program.Details.Courses.GetValueOrDefault(course);
        var newest = Newest(all);
        var running = sections.Where(static s => !s.Cancelled).ToList();
        var costed = sections.Where(s => program.SectionCosts.ContainsKey(s.Hash)).ToList();
        long? costs = costed.Count == 0 ? null : costed.Sum(s => program.SectionCosts[s.Hash].Total);
        var audience = info is { Audience: >= 0 } ? info.Audience : newest?.Audience ?? -1;
        return new CourseRow(
            program.NameOf(course),
            OfferingReason.TitleOf(course, program),
            Name(info is { Program: not 0 } ? info.Program : newest?.Program ?? 0, program),
            audience >= 0 ? Fields.Audience.Codes[audience] : null,
            Name(CertificateOf(info, newest), program),
            Name(info is { Prerequisite: not 0 } ? info.Prerequisite : newest?.Prerequisite ?? 0, program),
            info is { Fee: >= 0 } ? info.Fee : newest is { Fee: > 0 } ? newest.Fee : null,
            sections.Count,
            sections.Count - running.Count,
            running.Sum(s => (long)sums[s.Hash].Seats),
            running.Sum(static s => (long)s.Capacity),
            running.Sum(s => (long)sums[s.Hash].Waiting),
            pass.ParticipantsOf(course),
            sections.Sum(s => pass[s.Hash].Income),
            costed.Count,
            costs,
            costs is null ? null : costed.Sum(s => pass[s.Hash].Income) - costs);
    }

    private static string? Name(ulong hash, ProgramSnapshot program) => hash == 0 ? null : program.NameOf(hash);

    private static ulong CertificateOf(CourseInfo? info, SectionInfo? newest) => info is { Certificate: not 0 } ? info.Certificate : newest?.Certificate ?? 0;

    /// <summary>The section that speaks for its course where the template is silent: the one that starts last.</summary>
    private static SectionInfo? Newest(IEnumerable<SectionInfo> sections) => sections.OrderBy(static s => s.Starts).ThenBy(static s => s.Key, StringComparer.Ordinal).LastOrDefault();

    private static List<CertificateRow> Certificates(ProgramSnapshot program)
    {
        var courses = CoursesByCertificate(program);
        return [.. courses.Keys.Union(program.Details.Certificates.Keys)
            .Select(hash =>
            {
                var info = program.Details.Certificates.GetValueOrDefault(hash);
                var names = courses.TryGetValue(hash, out var of) ? of.Select(program.NameOf).Order(StringComparer.Ordinal).ToList() : [];
                return new CertificateRow(program.NameOf(hash), info?.Title ?? program.NameOf(hash), Name(info?.Program ?? 0, program), info is { Required: > 0 } ? info.Required : names.Count, names);
            })
            .OrderBy(static c => c.Title, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The courses that count for each certificate: templates say so, and sections do.</summary>
    internal static Dictionary<ulong, HashSet<ulong>> CoursesByCertificate(ProgramSnapshot program)
    {
        var courses = new Dictionary<ulong, HashSet<ulong>>();
        foreach (var section in program.Sections)
        {
            if (section.Course != 0 && section.Certificate != 0) Of(section.Certificate).Add(section.Course);
        }

        foreach (var course in program.Details.Courses.Values)
        {
            if (course.Certificate != 0) Of(course.Certificate).Add(course.Hash);
        }

        return courses;

        HashSet<ulong> Of(ulong certificate) => courses.TryGetValue(certificate, out var known) ? known : courses[certificate] = [];
    }
}
