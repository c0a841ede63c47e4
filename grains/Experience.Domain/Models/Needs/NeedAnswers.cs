using Experience.Domain.Programs;

namespace Experience.Domain.Models.Needs;

/// <summary>When somebody was asked, from what had happened before.</summary>
public enum AskTiming : byte
{
    /// <summary>In the course of a transaction.</summary>
    AtTheDesk,

    /// <summary>Within 30 days after the newest registration.</summary>
    JustRegistered,

    /// <summary>Within 180 days.</summary>
    ThisHalfYear,

    Later,
}

/// <param name="Asked">Needs that were spoken of and answered, or not answered within a fortnight.</param>
/// <param name="Accepted">Of these.</param>
public readonly record struct Answered(int Asked, int Accepted)
{
    public Answered Plus(bool accepted) => new(Asked + 1, Accepted + (accepted ? 1 : 0));

    public Answered Plus(Answered other) => new(Asked + other.Asked, Accepted + other.Accepted);
}

/// <summary>
/// How readily needs are accepted, by rule, segment and timing, and next courses by course and segment. Each level leans on the one above it
/// like a Beta prior of <see cref="PriorAnswers"/> answers; whole numbers, so that any order of people gives the same.
/// </summary>
public sealed class NeedAnswers
{
    /// <summary>Answers that a level needs to count as much as the level above it.</summary>
    public const double PriorAnswers = 10;

    public const double PriorCourseAnswers = 4;

    /// <summary>
    /// Draws for courses are as if so many times as much were known: less is explored for its own sake, which pays where answers are few and the catalogue
    /// changes every term (posterior reshaping: Chapelle, Li, "An empirical evaluation of Thompson sampling", NIPS 2011).
    /// </summary>
    private const double Sharpness = 2;

    public const int Timings = 4;

    /// <summary>Before anything was answered: one in three, as if three had been asked.</summary>
    private const double FirstRate = 1.0 / 3;
    private const double FirstAnswers = 3;

    private readonly Dictionary<(RuleId Rule, int Segment, AskTiming Timing), Answered> _byRule = [];
    private readonly Dictionary<ulong, Answered[]> _byCourse = [];

    public static NeedAnswers None { get; } = new();

    public IEnumerable<KeyValuePair<(RuleId Rule, int Segment, AskTiming Timing), Answered>> Rules =>
        _byRule.OrderBy(static e => e.Key);

    public IEnumerable<KeyValuePair<(ulong Course, int Segment), Answered>> Courses =>
        _byCourse.OrderBy(static e => e.Key)
            .SelectMany(static e => e.Value.Select((answers, segment) => KeyValuePair.Create((e.Key, segment), answers)))
            .Where(static e => e.Value.Asked > 0);

    public Answered All => Sum(static _ => true);

    internal void Add(RuleId rule, int segment, AskTiming timing, Answered answers) =>
        _byRule[(rule, segment, timing)] = _byRule.GetValueOrDefault((rule, segment, timing)).Plus(answers);

    internal void AddCourse(ulong course, int segment, Answered answers)
    {
        if (!_byCourse.TryGetValue(course, out var bySegment)) _byCourse.Add(course, bySegment = new Answered[NeedsModel.Segments]);
        bySegment[segment] = bySegment[segment].Plus(answers);
    }

    public Answered Of(RuleId rule, int segment) => Sum(key => key.Rule == rule && key.Segment == segment);

    public Answered Of(RuleId rule, int segment, AskTiming timing) => _byRule.GetValueOrDefault((rule, segment, timing));

    public Answered OfCourse(ulong course, int segment) => _byCourse.TryGetValue(course, out var bySegment) ? bySegment[segment] : default;

    private Answered OfCourse(ulong course)
    {
        var sum = default(Answered);
        if (!_byCourse.TryGetValue(course, out var bySegment)) return sum;
        foreach (var answers in bySegment) sum = sum.Plus(answers);
        return sum;
    }

    /// <summary>The rate of a rule in a segment, shrunk to the rule's, and that to all.</summary>
    public double Rate(RuleId rule, int segment) =>
        Shrunk(Of(rule, segment), Shrunk(Sum(key => key.Rule == rule), Shrunk(All, FirstRate, FirstAnswers), PriorAnswers), PriorAnswers);

    /// <summary>The posterior of a rule's acceptance in a segment at a time: Beta(A, B).</summary>
    public (double A, double B) Posterior(RuleId rule, int segment, AskTiming timing) => Beta(Of(rule, segment, timing), Rate(rule, segment), PriorAnswers);

    /// <summary>
    /// The posterior of a course's acceptance in a segment. Its prior is made of what is known above it, each level shrunk to the one before: how readily
    /// the segment accepts next courses, how it takes to the program area, and how the course does beside others of its area anywhere (odds multiply, as in a
    /// model of main effects). Times the root of how likely the course is against the most likely one, so that the ranking rules until people have
    /// answered, and their answers after. The root, because who would not have thought of a course may still say yes to it.
    /// </summary>
    /// <param name="relative">The chance of the course ÷ that of the first, in (0, 1].</param>
    /// <param name="area">The courses of its program area, itself among them.</param>
    public (double A, double B) PosteriorOfCourse(ulong course, int segment, double relative, IReadOnlyCollection<ulong> area)
    {
        var all = Shrunk(Sum(static key => key.Rule == RuleId.NextOffering), Shrunk(All, FirstRate, FirstAnswers), PriorAnswers);
        Answered areaHere = default, areaAll = default;
        foreach (var other in area)
        {
            areaHere = areaHere.Plus(OfCourse(other, segment));
            areaAll = areaAll.Plus(OfCourse(other));
        }

        var here = Rate(RuleId.NextOffering, segment);
        var anywhere = Shrunk(areaAll, all, PriorAnswers);
        var areaRate = Shrunk(areaHere, Share(Odds(here) * Odds(anywhere) / Odds(all)), PriorAnswers);
        var courseRate = Shrunk(OfCourse(course), anywhere, PriorAnswers);
        var rate = Share(Odds(areaRate) * Odds(courseRate) / Odds(anywhere));
        var (a, b) = Beta(OfCourse(course, segment), Math.Clamp(rate * Math.Sqrt(relative), 0.001, 0.999), PriorCourseAnswers);
        return (a * Sharpness, b * Sharpness);
    }

    private static double Odds(double share) => share / (1 - share);

    private static double Share(double odds) => odds / (1 + odds);

    /// <summary>
    /// A better moment, when answers prove one: at least 30 each, and the 95 % intervals (Wilson 1927) apart. Null when none is proven.
    /// </summary>
    public (AskTiming Timing, Answered Then)? BetterMoment(RuleId rule, int segment, AskTiming now)
    {
        const int enough = 30;
        var here = Of(rule, segment, now);
        if (here.Asked < enough) return null;
        var high = Boards.Statistics.Share(here.Accepted, here.Asked).High;
        (AskTiming, Answered)? best = null;
        var bestLow = high;
        for (var t = 0; t < Timings; t++)
        {
            var there = Of(rule, segment, (AskTiming)t);
            if (there.Asked < enough || Boards.Statistics.Share(there.Accepted, there.Asked).Low is var low && low <= bestLow) continue;
            (best, bestLow) = (((AskTiming)t, there), low);
        }

        return best;
    }

    private Answered Sum(Func<(RuleId Rule, int Segment, AskTiming Timing), bool> which)
    {
        var sum = default(Answered);
        foreach (var (key, answers) in _byRule)
        {
            if (which(key)) sum = sum.Plus(answers);
        }

        return sum;
    }

    private static double Shrunk(Answered answers, double prior, double strength) => (answers.Accepted + strength * prior) / (answers.Asked + strength);

    private static (double A, double B) Beta(Answered answers, double prior, double strength) =>
        (answers.Accepted + strength * prior, answers.Asked - answers.Accepted + strength * (1 - prior));
}
