using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Models.Needs;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Cards;

/// <summary>
/// Plans a certificate of one's own from courses taken and wanted: orders them by what must come first, and finds for each the first section that begins when its
/// prerequisite is over, has a seat, and meets at no time that is taken. Pure.
/// </summary>
public static class CertificatePlanner
{
    /// <summary>Meetings are instants: two that begin closer than this are taken to be at the same time.</summary>
    private const long MeetingLength = 2 * OfficeCalendar.Hour;

    public static PlanView Build(string id, PersonState s, ProgramSnapshot p, SectionSums sums, PlanQuery query, long now)
    {
        ArgumentNullException.ThrowIfNull(s);
        ArgumentNullException.ThrowIfNull(p);
        ArgumentNullException.ThrowIfNull(query);
        var certificate = string.IsNullOrEmpty(query.Certificate) ? 0 : SipHash.Name(query.Certificate);
        IEnumerable<ulong> asked = query.Courses is not null
            ? query.Courses.Select(static c => SipHash.Name(c))
            : certificate != 0 ? CatalogueBuilder.CoursesByCertificate(p).GetValueOrDefault(certificate) ?? [] : s.Plan.Courses;
        var known = asked.Distinct().Where(c => IsCourse(c, p)).Take(CertificatePlan.MaxCourses).ToList();
        var saved = s.Plan.Courses.Count > 0 && known.ToHashSet().SetEquals(s.Plan.Courses);
        var work = new Planning(s, p, sums, now);
        var courses = InOrder(known, p).Select(c => work.Plan(c, known)).ToList();
        var wanted = courses.Where(static c => c.Status == "wanted").ToList();
        var title = certificate != 0 ? p.Details.Certificates.GetValueOrDefault(certificate)?.Title ?? p.NameOf(certificate) : saved ? p.NameOf(s.Plan.Certificate) : null;
        return new PlanView(
            now / 1000, p.Policy.Currency, id, title, saved ? s.Plan.PlannedAt / 1000 : null, courses,
            courses.Count(static c => c.Status == "completed"), courses.Count,
            wanted.TrueForAll(static c => c.Fee is not null) ? wanted.Sum(static c => c.Fee ?? 0) : null,
            work.Finish(courses), work.Conflicts,
            [.. Completed(s, p).Except(known).Select(c => Choice(c, p)).OrderBy(static c => c.Title, StringComparer.OrdinalIgnoreCase)],
            query.Courses is null ? [] : [.. query.Courses.Where(c => !IsCourse(SipHash.Name(c), p))]);
    }

    /// <summary>The saved plan in a line; null when there is none.</summary>
    public static PlanSummary? Summary(PersonState s, ProgramSnapshot p, SectionSums? sums, long now)
    {
        ArgumentNullException.ThrowIfNull(s);
        ArgumentNullException.ThrowIfNull(p);
        if (s.Plan.Courses.Count == 0) return null;
        var view = Build("", s, p, sums ?? new SectionSums(), new PlanQuery(null, null), now);
        var next = view.Courses.FirstOrDefault(static c => c is { Status: "wanted", Next: not null });
        return new PlanSummary(p.NameOf(s.Plan.Certificate), view.Done, view.Required, next is null ? null : $"{next.Next!.Title} starts {next.Next.Starts}");
    }

    /// <summary>Somebody said that it was completed: a place that was only kept to the end is not a course passed.</summary>
    internal static bool IsCompleted(ulong course, PersonState s, ProgramSnapshot p)
    {
        foreach (var r in s.Registrations)
        {
            if (r.Status == RegistrationStatus.Completed && CourseOf(r, p) == course) return true;
        }

        return false;
    }

    internal static ulong CourseOf(Registration r, ProgramSnapshot p) => r.Course != 0 ? r.Course : p.Section(r.Section)?.Course ?? 0;

    private static bool IsCourse(ulong course, ProgramSnapshot p) => p.Details.Courses.ContainsKey(course) || p.SectionsOfCourse(course).Count > 0;

    private static IEnumerable<ulong> Completed(PersonState s, ProgramSnapshot p) => s.Registrations.Where(static r => r.Status == RegistrationStatus.Completed).Select(r => CourseOf(r, p)).Where(static c => c != 0).Distinct();

    private static PlanChoice Choice(ulong course, ProgramSnapshot p) => new(p.NameOf(course), OfferingReason.TitleOf(course, p));

    private static ulong FirstOf(ulong course, ProgramSnapshot p)
    {
        if (p.Details.Courses.GetValueOrDefault(course) is { Prerequisite: not 0 } info) return info.Prerequisite;
        var sections = p.SectionsOfCourse(course);
        return sections.Count > 0 ? sections[^1].Prerequisite : 0;
    }

    /// <summary>What must come first stands first; otherwise the order of the plan. A circle of prerequisites is left where it was met.</summary>
    private static List<ulong> InOrder(List<ulong> courses, ProgramSnapshot p)
    {
        var ordered = new List<ulong>();
        var open = new HashSet<ulong>();
        foreach (var course in courses) Visit(course);
        return ordered;

        void Visit(ulong course)
        {
            if (ordered.Contains(course) || !open.Add(course)) return;
            if (FirstOf(course, p) is var first and not 0 && courses.Contains(first)) Visit(first);
            ordered.Add(course);
        }
    }

    /// <summary>One plan in the making: what is chosen already decides what else fits.</summary>
    private sealed class Planning(PersonState s, ProgramSnapshot p, SectionSums sums, long now)
    {
        private readonly List<SectionInfo> _taken =
            [.. s.Registrations.Where(static r => r.Status == RegistrationStatus.Confirmed && !r.FullyRefunded).Select(r => p.Section(r.Section)).OfType<SectionInfo>().Where(x => x.OverAt(p.Zone) > now)];

        /// <summary>When each course is done: completed, or at the end of the section that is taken or chosen.</summary>
        private readonly Dictionary<ulong, long> _doneAt = [];

        private readonly List<PlanConflict> _conflicts = [];

        public IReadOnlyList<PlanConflict> Conflicts => _conflicts;

        public PlanCourse Plan(ulong course, List<ulong> plan)
        {
            var info = p.Details.Courses.GetValueOrDefault(course);
            var first = FirstOf(course, p);
            var met = first == 0 || IsCompleted(first, s, p) || Registered(first) is not null || plan.Contains(first);
            var (status, done, next, note) = Place(course, first, met);
            var fee = next?.Fee ?? (info is { Fee: >= 0 } ? info.Fee : null);
            return new PlanCourse(
                p.NameOf(course), OfferingReason.TitleOf(course, p), info is { Program: not 0 } ? p.NameOf(info.Program) : Area(course), status, done, fee,
                info is { Hours: > 0 } ? info.Hours / 100.0 : null, first == 0 ? null : Choice(first, p), met ? null : Choice(first, p), next, note, CatalogueBuilder.OccupationsOf(course, p));
        }

        public string? Finish(List<PlanCourse> courses)
        {
            long last = 0;
            foreach (var course in courses)
            {
                if (course.Status == "completed") continue;
                if (!_doneAt.TryGetValue(SipHash.Name(course.Id), out var at) || at == long.MaxValue) return null;
                last = Math.Max(last, at);
            }

            return last == 0 ? null : CatalogueBuilder.Date(p.Zone.Day(last - 1));
        }

        private (string Status, string? Done, PlanSection? Next, string? Note) Place(ulong course, ulong first, bool met)
        {
            foreach (var r in s.Registrations)
            {
                if (r.Status == RegistrationStatus.Completed && CourseOf(r, p) == course) return ("completed", CatalogueBuilder.Date(p.Zone.Day(r.StatusAt)), null, null);
            }

            if (Registered(course) is { } taken)
            {
                _doneAt[course] = taken.OverAt(p.Zone);
                return ("registered", null, View(taken), null);
            }

            if (!met) return ("wanted", null, null, "Its prerequisite is not part of the plan.");
            var from = first == 0 || IsCompleted(first, s, p) ? now
                : Registered(first) is { } before ? before.OverAt(p.Zone)
                : _doneAt.GetValueOrDefault(first, long.MaxValue);
            if (from == long.MaxValue) return ("wanted", null, null, "It waits for its prerequisite, which has no section yet.");
            SectionInfo? earliest = null;
            foreach (var section in p.SectionsOfCourse(course))
            {
                var begins = section.BeginsAt(p.Zone);
                if (begins == long.MaxValue || begins <= now || begins < from || IsClosed(section) || Full(section)) continue;
                earliest ??= section;
                if (_taken.Exists(other => Clash(section, other) is not null)) continue;
                return ("wanted", null, Choose(course, section), null);
            }

            if (earliest is null) return ("wanted", null, null, "No section with a free seat that one can still register for is published yet.");
            foreach (var other in _taken)
            {
                if (Clash(earliest, other) is { } at) _conflicts.Add(new PlanConflict(earliest.Title, other.Title, at / 1000));
            }

            return ("wanted", null, Choose(course, earliest), "Every section of it meets at a time that is taken.");
        }

        private PlanSection Choose(ulong course, SectionInfo section)
        {
            _taken.Add(section);
            _doneAt[course] = section.OverAt(p.Zone);
            return View(section);
        }

        private SectionInfo? Registered(ulong course) => s.Registrations
            .Where(r => r.Status == RegistrationStatus.Confirmed && !r.FullyRefunded && CourseOf(r, p) == course).Select(r => p.Section(r.Section)).OfType<SectionInfo>()
            .FirstOrDefault(static x => !x.Cancelled);

        // One that does not open before next month can be planned on, one that has closed cannot.
        private bool IsClosed(SectionInfo section) => p.Terms.Named && p.Terms.Of(section) is { } term && term.Closes < p.Zone.Day(now);

        private bool Full(SectionInfo section) => section.Capacity > 0 && sums[section.Hash].Seats >= section.Capacity;

        private string? Area(ulong course) => p.SectionsOfCourse(course) is { Count: > 0 } sections && sections[^1].Program != 0 ? p.NameOf(sections[^1].Program) : null;

        /// <summary>The first time at which both meet; null when they never do.</summary>
        private static long? Clash(SectionInfo a, SectionInfo b)
        {
            foreach (var x in a.Meetings)
            {
                foreach (var y in b.Meetings)
                {
                    if (Math.Abs(x - y) < MeetingLength) return Math.Max(x, y);
                }
            }

            return null;
        }

        private PlanSection View(SectionInfo section)
        {
            var term = p.Terms.Of(section);
            var today = p.Zone.Day(now);
            return new PlanSection(
                section.Key, section.Title, term?.Name, CatalogueBuilder.Date(section.Starts != SectionInfo.NoDay ? section.Starts : p.Zone.Day(section.BeginsAt(p.Zone))),
                section.Ends == SectionInfo.NoDay ? null : CatalogueBuilder.Date(section.Ends), section.Meets, section.Mode < 0 ? null : Fields.Mode.Codes[section.Mode], section.Fee > 0 ? section.Fee : null,
                section.Capacity > 0 ? Math.Max(0, section.Capacity - sums[section.Hash].Seats) : null, term is null || !p.Terms.Named || term.Opens <= today && term.Closes >= today);
        }
    }
}
