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

    public const int Timings = 4;

    /// <summary>Before anything was answered: one in three, as if three had been asked.</summary>
    private const double FirstRate = 1.0 / 3;
    private const double FirstAnswers = 3;

    private readonly Dictionary<(RuleId Rule, int Segment, AskTiming Timing), Answered> _byRule = [];
    private readonly Dictionary<(ulong Course, int Segment), Answered> _byCourse = [];

    public static NeedAnswers None { get; } = new();

    public IEnumerable<KeyValuePair<(RuleId Rule, int Segment, AskTiming Timing), Answered>> Rules =>
        _byRule.OrderBy(static e => e.Key);

    public IEnumerable<KeyValuePair<(ulong Course, int Segment), Answered>> Courses =>
        _byCourse.OrderBy(static e => e.Key);

    public Answered All => Sum(static _ => true);

    internal void Add(RuleId rule, int segment, AskTiming timing, Answered answers) =>
        _byRule[(rule, segment, timing)] = _byRule.GetValueOrDefault((rule, segment, timing)).Plus(answers);

    internal void AddCourse(ulong course, int segment, Answered answers) =>
        _byCourse[(course, segment)] = _byCourse.GetValueOrDefault((course, segment)).Plus(answers);

    public Answered Of(RuleId rule, int segment) => Sum(key => key.Rule == rule && key.Segment == segment);

    public Answered Of(RuleId rule, int segment, AskTiming timing) => _byRule.GetValueOrDefault((rule, segment, timing));

    public Answered OfCourse(ulong course, int segment) => _byCourse.GetValueOrDefault((course, segment));

    /// <summary>The rate of a rule in a segment, shrunk to the rule's, and that to all.</summary>
    public double Rate(RuleId rule, int segment) =>
        Shrunk(Of(rule, segment), Shrunk(Sum(key => key.Rule == rule), Shrunk(All, FirstRate, FirstAnswers), PriorAnswers), PriorAnswers);

    /// <summary>The posterior of a rule's acceptance in a segment at a time: Beta(A, B).</summary>
    public (double A, double B) Posterior(RuleId rule, int segment, AskTiming timing) => Beta(Of(rule, segment, timing), Rate(rule, segment), PriorAnswers);

    /// <summary>
    /// The posterior of a course's acceptance in a segment. Its prior is the rate of next courses there × the root of how likely the course is against
    /// the most likely one, so that the ranking rules until people have answered, and their answers after. The root, because who would not have
    /// thought of a course may still say yes to it: it is weak, so <see cref="PriorCourseAnswers"/> answers outweigh it.
    /// </summary>
    /// <param name="relative">The chance of the course ÷ that of the first, in (0, 1].</param>
    public (double A, double B) PosteriorOfCourse(ulong course, int segment, double relative) =>
        Beta(OfCourse(course, segment), Math.Clamp(Rate(RuleId.NextOffering, segment) * Math.Sqrt(relative), 0.001, 0.999), PriorCourseAnswers);

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
