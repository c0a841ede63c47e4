using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Needs;

/// <summary>A course that somebody may take next, with the section to name and the numbers behind it.</summary>
/// <param name="Chance">That it is the next, among the courses that could be.</param>
/// <param name="Benefit">Estimated chance that it ends well for this segment (<see cref="CourseOutcome.Good"/>).</param>
/// <param name="Draw">Acceptance as drawn for this person and fortnight.</param>
/// <param name="Explored">Put first by the floor of exploration, not by its index.</param>
public sealed record OfferedCourse(SectionInfo Section, int Item, Term Term, ulong Cause, double Chance, double Benefit, double Draw, bool Explored)
{
    /// <summary>What offers are ordered by.</summary>
    public double Index => Benefit * Draw;
}

/// <summary>Ranks the courses that are open to a person: lazily, when a card is opened. Pure.</summary>
public static class NextOfferings
{
    /// <summary>The share of people and fortnights for whom one of the first courses is named by lot, so that what looks poor can show otherwise.</summary>
    public const double Exploration = 0.02;

    /// <summary>Courses, by chance, among which benefit and acceptance decide.</summary>
    public const int Considered = 5;

    private const int FortnightDays = 14;

    private static readonly int Contract = IndexOf("contract");
    private static readonly int Licence = IndexOf("licence");
    private static readonly int Youth = IndexOf("youth");

    /// <summary>Names an offer of a course in a term: the next term is a new need.</summary>
    public static ulong CauseOf(ulong course, Term term)
    {
        ArgumentNullException.ThrowIfNull(term);
        return OpenItem.CauseOf(RuleId.NextOffering, course, (long)term.Hash);
    }

    /// <param name="seed">Of the person: the same on every engine.</param>
    /// <param name="sums">Seats taken; null while not known, and then nothing is full.</param>
    /// <param name="declined">Whether the person declined the course too lately to name it again.</param>
    public static IReadOnlyList<OfferedCourse> Rank(PersonState s, ProgramSnapshot p, Assessed a, SectionSums? sums, NeedsModel model, ulong seed, Func<ulong, bool> declined)
    {
        ArgumentNullException.ThrowIfNull(s);
        ArgumentNullException.ThrowIfNull(p);
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(declined);
        var now = a.AsOf.Instant;
        var today = p.Zone.Day(now);
        var courses = new List<CourseTaking>();
        var segment = CourseHistory.Read(s, p, now, courses);
        var modes = new ModeFit(model, courses, segment);
        var open = Open(s, p, a.Row.Age, now, today, sums, model, modes);
        if (open.Count == 0) return [];
        var question = Question(courses, model, today, segment, open.Values.Min(static o => o.Term.SeasonIndex));
        var scores = model.Offerings.Scores(question);
        var max = open.Keys.Max(item => scores[item]);
        var total = open.Keys.Sum(item => Math.Exp(scores[item] - max));
        var first = open.Keys
            .OrderByDescending(item => scores[item]).ThenBy(item => model.Courses[item])
            .Where(item => !declined(model.Courses[item]))
            .Take(Considered).ToArray();
        if (first.Length == 0) return [];
        var fortnight = today / FortnightDays;
        var top = scores[first[0]];
        var areas = Areas(p, model, first.Select(item => open[item].Section.Program));
        var ranked = new List<OfferedCourse>(first.Length);
        foreach (var item in first)
        {
            var course = model.Courses[item];
            var (alpha, beta) = model.Answers.PosteriorOfCourse(course, segment, Math.Exp(scores[item] - top), areas[open[item].Section.Program]);
            var draw = new BetaDraw(OpenItem.CauseOf(RuleId.NextOffering, seed ^ course, fortnight));
            var (section, term) = open[item];
            ranked.Add(new OfferedCourse(section, item, term, CauseOf(course, term), Math.Exp(scores[item] - max) / total, model.BenefitRate(item, segment), draw.Beta(alpha, beta), false));
        }

        // Value only breaks ties, of indices that are equal to a hundredth.
        ranked.Sort(static (x, y) =>
        {
            var order = Math.Round(y.Index, 2).CompareTo(Math.Round(x.Index, 2));
            if (order == 0) order = y.Section.Fee.CompareTo(x.Section.Fee);
            return order != 0 ? order : x.Item.CompareTo(y.Item);
        });
        var lot = new BetaDraw(OpenItem.CauseOf(RuleId.NextOffering, seed, fortnight));
        if (lot.Uniform() < Exploration)
        {
            var chosen = (int)(lot.Uniform() * ranked.Count);
            var explored = ranked[chosen] with { Explored = true };
            ranked.RemoveAt(chosen);
            ranked.Insert(0, explored);
        }

        return ranked;
    }

    /// <summary>The model's courses of each program area, by what their newest section says.</summary>
    private static Dictionary<ulong, List<ulong>> Areas(ProgramSnapshot p, NeedsModel model, IEnumerable<ulong> wanted)
    {
        var areas = wanted.Distinct().ToDictionary(static area => area, static _ => new List<ulong>());
        foreach (var course in model.Courses)
        {
            var sections = p.SectionsOfCourse(course);
            if (sections.Count > 0 && areas.TryGetValue(sections[^1].Program, out var courses)) courses.Add(course);
        }

        return areas;
    }

    internal static OfferingQuestion Question(List<CourseTaking> courses, NeedsModel model, int today, int segment, int season)
    {
        var takings = new List<Taking>(courses.Count);
        foreach (var course in courses)
        {
            if (model.IndexOf(course.Course) is var item and >= 0) takings.Add(new Taking(item, course.Day, course.Segment, course.Season));
        }

        return new OfferingQuestion(takings, today, segment, Math.Min(season, model.Offerings.Tables.Season.Length - 1));
    }

    /// <summary>For each course that the person may take, the section whose mode suits best, then the one that begins first.</summary>
    private static Dictionary<int, (SectionInfo Section, Term Term)> Open(
        PersonState s, ProgramSnapshot p, int age, long now, int today, SectionSums? sums, NeedsModel model, ModeFit modes)
    {
        // Every place ever confirmed, also one that was dropped: asked again for it is not what a person wants.
        var taken = new HashSet<ulong>();
        foreach (var r in s.Registrations) taken.Add(r.Course != 0 ? r.Course : p.Section(r.Section)?.Course ?? 0);
        foreach (var wait in s.Waits)
        {
            if (wait.EndedAt == 0) taken.Add(wait.Course != 0 ? wait.Course : p.Section(wait.Section)?.Course ?? 0);
        }

        var open = new Dictionary<int, (SectionInfo, Term)>();
        for (var item = 0; item < model.Courses.Count; item++)
        {
            if (taken.Contains(model.Courses[item])) continue;
            SectionInfo? best = null;
            Term? bestTerm = null;
            var bestFit = double.MinValue;
            foreach (var section in p.SectionsOfCourse(model.Courses[item]))
            {
                if (!IsOpen(section, p, now, today, sums, out var term) || !Suits(section, s, p, age)) continue;
                var fit = section.Mode < 0 ? 0 : Math.Round(modes.Rate(section.Online), 2);
                if (fit <= bestFit) continue;
                (best, bestTerm, bestFit) = (section, term, fit);
            }

            if (best is not null) open[item] = (best, bestTerm!);
        }

        return open;
    }

    /// <summary>Registration is open, the first meeting is to come, and a seat is free.</summary>
    internal static bool IsOpen(SectionInfo section, ProgramSnapshot p, long now, int today, SectionSums? sums, out Term? term)
    {
        term = null;
        if (section.Starts == SectionInfo.NoDay || section.BeginsAt(p.Zone) <= now || section.PublishedAt > now) return false;
        term = p.Terms.Of(section);
        if (term is null || p.Terms.Named && (term.Opens > today || term.Closes < today)) return false;
        return section.Capacity == 0 || sums is null || sums[section.Hash].Seats < section.Capacity;
    }

    private static bool Suits(SectionInfo section, PersonState s, ProgramSnapshot p, int age)
    {
        if (p.PrerequisiteOf(section) is var first and not 0 && !Met(first, section, s, p)) return false;
        if (section.Audience == Contract || section.Audience == Licence && s.Credentials.Count == 0) return false;
        // Whose age is not known is an adult of no particular age.
        var (youngest, oldest) = p.AgesOf(section);
        if (age < 0) return youngest <= Adult && oldest == 0 && section.Audience != Youth;
        if (youngest > age || oldest != 0 && oldest < age) return false;
        return age < Adult == (section.Audience == Youth);
    }

    /// <summary>
    /// Whether a course will have been completed when a section begins: it was, or a place in it is kept that is over by then. What was dropped, left or given back
    /// is not met.
    /// </summary>
    internal static bool Met(ulong prerequisite, SectionInfo section, PersonState s, ProgramSnapshot p)
    {
        foreach (var r in s.Registrations)
        {
            var taken = p.Section(r.Section);
            if (!r.Kept || r.Status == RegistrationStatus.Withdrawn || (r.Course != 0 ? r.Course : taken?.Course ?? 0) != prerequisite) continue;
            if (r.Status == RegistrationStatus.Completed || taken is not null && taken.OverAt(p.Zone) <= section.BeginsAt(p.Zone)) return true;
        }

        return false;
    }

    private const int Adult = 18;

    private static int IndexOf(string audience)
    {
        for (var i = 0; i < Fields.Audience.Codes.Count; i++)
        {
            if (Fields.Audience.Codes[i] == audience) return i;
        }

        throw new InvalidOperationException($"There is no audience {audience}.");
    }
}

/// <summary>How well a mode of delivery goes for a person: the person's own places, shrunk to the segment's.</summary>
internal sealed class ModeFit(NeedsModel model, List<CourseTaking> courses, int segment)
{
    /// <summary>Own places before they count as much as everybody's.</summary>
    private const double PriorPlaces = 4;

    public double Rate(bool online) => NeedsModel.Shrunk(Own(online), model.ModeRate(online, segment), PriorPlaces);

    public Benefit Own(bool online)
    {
        var own = default(Benefit);
        foreach (var course in courses)
        {
            if (course.Online == online) own = own.Plus(course.Outcome);
        }

        return own;
    }
}
