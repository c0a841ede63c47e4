using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Assessments;

public enum ScoreGroupId : byte
{
    Satisfaction,
    Effort,
    Engagement,
    Loyalty,
}

/// <summary>Points in hundredths; a group that is not measured is −1, and so is the total of fewer than two groups.</summary>
public readonly record struct ScoreParts(int Satisfaction, int Effort, int Engagement, int Loyalty, int Total)
{
    public static ScoreParts None { get; } = new(-1, -1, -1, -1, -1);

    public int this[ScoreGroupId group] => group switch
    {
        ScoreGroupId.Satisfaction => Satisfaction,
        ScoreGroupId.Effort => Effort,
        ScoreGroupId.Engagement => Engagement,
        _ => Loyalty,
    };
}

/// <summary>What moved the score.</summary>
public enum ScoreFactKind : byte
{
    CourseRating,
    ServiceRating,
    EffortAnswer,
    OpenComplaint,
    ComplaintPast,
    PromiseLate,
    PromiseBroken,
    PromiseKept,
    RefundOurs,
    Delight,
    Attendance,
    Completion,
    UsualTerms,
    Referral,
}

/// <summary>One fact's part in the score: points in hundredths against a neutral person, and where it stands in the state.</summary>
public readonly record struct ScoreFact(ScoreFactKind Kind, ScoreGroupId Group, int Points, ulong Subject, long At, int Number, int Of);

/// <summary>
/// The score, 0–100: four groups, weighted by the policy, of what is measured; then what is open between us and the person is
/// taken away, and what was done well is added.
/// </summary>
/// <remarks>
/// total = 100 × Σ points of measured groups ÷ Σ their weights + Σ good − Σ bad, within 0–100.
/// An open dissatisfier never makes a group "measured" and is only ever subtracted, so opening one can only lower the score, and
/// resolving it gives back exactly what it took: neutral, never above. Money is not read here at all.
/// Ratings count by age: 4 within 90 days, 3 within 180, 2 within 365, 1 within 730.
/// </remarks>
internal static class ScoreCalculator
{
    /// <summary>A rating at the goal of 4.0 is neutral: (4 − 1) ÷ 4.</summary>
    private const int Neutral = 7_500;

    private const int OpenPoints = 400;
    private const int PastPoints = 900;
    private const int LatePoints = 500;
    private const int BrokenPoints = 600;
    private const int RefundPoints = 500;
    private const int DelightPoints = 300;
    private const int KeptPoints = 200;
    private const int ReferralPoints = 200;

    /// <summary>Days that a broken promise, a refund at fault count.</summary>
    private const int BadDays = 180;

    private const int GoodDays = 365;

    public static ScoreParts Compute(PersonState s, Assessed a, List<ScoreFact>? explain)
    {
        var weights = a.Program.Policy.Weights;
        var satisfaction = Satisfaction(s, a, out var satisfactionWeight);
        var effort = Effort(s, a, out var effortWeight);
        var engagement = Engagement(s, a, out var seen, out var absent, out var completed, out var withdrawn);
        var loyalty = a.UsualTerms >= 2 ? 10_000 * a.UsualKept / a.UsualTerms : -1;

        var measured = 0;
        var sum = 0;
        var points = 0;
        Add(satisfaction, weights.Satisfaction, ref measured, ref sum, ref points);
        Add(effort, weights.Effort, ref measured, ref sum, ref points);
        Add(engagement, weights.Engagement, ref measured, ref sum, ref points);
        Add(loyalty, weights.Loyalty, ref measured, ref sum, ref points);

        var adjustment = Adjust(s, a, measured < 2 ? null : explain);
        if (measured < 2) return new ScoreParts(Points(satisfaction, weights.Satisfaction), Points(effort, weights.Effort), Points(engagement, weights.Engagement), Points(loyalty, weights.Loyalty), -1);
        // points is Σ level (0–10,000) × weight; over Σ weights that is hundredths of a hundred.
        var total = Math.Clamp(points / sum + adjustment.Good - adjustment.Bad, 0, 10_000);
        if (explain is not null)
        {
            Explain(s, a, explain, satisfactionWeight, effortWeight, weights, sum);
            if (seen + absent >= 2 || completed + withdrawn > 0)
            {
                var change = (engagement - Neutral) * weights.Engagement / sum;
                explain.Add(completed + withdrawn > 0 && seen + absent < 2
                    ? new ScoreFact(ScoreFactKind.Completion, ScoreGroupId.Engagement, change, 0, 0, completed, completed + withdrawn)
                    : new ScoreFact(ScoreFactKind.Attendance, ScoreGroupId.Engagement, change, 0, 0, seen, seen + absent));
            }

            if (loyalty >= 0)
                explain.Add(new ScoreFact(ScoreFactKind.UsualTerms, ScoreGroupId.Loyalty, (loyalty - Neutral) * weights.Loyalty / sum, 0, 0, a.UsualKept, a.UsualTerms));
            explain.Sort(static (x, y) =>
            {
                var bySize = Math.Abs(y.Points).CompareTo(Math.Abs(x.Points));
                return bySize != 0 ? bySize : x.Kind != y.Kind ? x.Kind.CompareTo(y.Kind) : x.At.CompareTo(y.At);
            });
        }

        return new ScoreParts(
            Points(satisfaction, weights.Satisfaction),
            Lower(Points(effort, weights.Effort), adjustment.Bad),
            Points(engagement, weights.Engagement),
            Points(loyalty, weights.Loyalty),
            total);
    }

    private static void Add(int level, int weight, ref int measured, ref int sum, ref int points)
    {
        if (level < 0) return;
        measured++;
        sum += weight;
        points += level * weight;
    }

    private static int Points(int level, int weight) => level < 0 ? -1 : level * weight / 100;

    private static int Lower(int points, int by) => points < 0 ? -1 : Math.Max(0, points - by);

    /// <summary>How much an answer of so many days ago counts.</summary>
    private static int Age(int days) => days < 0 ? 4 : days < 90 ? 4 : days < 180 ? 3 : days < 365 ? 2 : days < 730 ? 1 : 0;

    private static int Level(int rating) => (rating - 100) * 25;

    private static int Satisfaction(PersonState s, Assessed a, out int weight)
    {
        long sum = 0;
        weight = 0;
        foreach (var answer in s.Answers)
        {
            var rating = Rating(answer);
            if (rating == 0) continue;
            var w = Age(a.Day.Day - a.Program.Zone.Day(answer.Stamp.Time));
            sum += (long)w * Level(rating);
            weight += w;
        }

        return weight == 0 ? -1 : (int)(sum / weight);
    }

    /// <summary>The course where it was rated, else our service or satisfaction as such.</summary>
    internal static int Rating(SurveyAnswer answer) => answer.Course > 0 ? answer.Course : answer.Service > 0 ? answer.Service : answer.Csat;

    private static int Effort(PersonState s, Assessed a, out int weight)
    {
        long sum = 0;
        weight = 0;
        foreach (var answer in s.Answers)
        {
            var level = EffortLevel(answer);
            if (level < 0) continue;
            var w = Age(a.Day.Day - a.Program.Zone.Day(answer.Stamp.Time));
            sum += (long)w * level;
            weight += w;
        }

        return weight == 0 ? -1 : (int)(sum / weight);
    }

    // Easy, competent and pleasant are 1–5; the effort score is 1–7. With none of them, our service as such where a course was rated too.
    private static int EffortLevel(SurveyAnswer answer)
    {
        var n = 0;
        var sum = 0;
        if (answer.Easy > 0) (n, sum) = (n + 1, sum + Level(answer.Easy));
        if (answer.Competent > 0) (n, sum) = (n + 1, sum + Level(answer.Competent));
        if (answer.Pleasant > 0) (n, sum) = (n + 1, sum + Level(answer.Pleasant));
        if (answer.Ces > 0) (n, sum) = (n + 1, sum + (answer.Ces - 100) * 10_000 / 600);
        if (n == 0 && answer.Course > 0 && answer.Service > 0) (n, sum) = (1, Level(answer.Service));
        return n == 0 ? -1 : sum / n;
    }

    private static int Engagement(PersonState s, Assessed a, out int seen, out int absent, out int completed, out int withdrawn)
    {
        seen = absent = completed = withdrawn = 0;
        foreach (var r in s.Registrations)
        {
            if (r.LastMeetingAt != 0 && a.Day.Day - a.Program.Zone.Day(r.LastMeetingAt) < 365)
            {
                seen += r.Present;
                absent += r.Absent;
            }

            if (r.StatusAt == 0 || a.Day.Day - a.Program.Zone.Day(r.StatusAt) >= 730) continue;
            if (r.Status == RegistrationStatus.Completed) completed++;
            else if (r.Status == RegistrationStatus.Withdrawn) withdrawn++;
        }

        var meetings = seen + absent;
        if (meetings < 2) (meetings, seen, absent) = (0, 0, 0);
        var ended = completed + withdrawn;
        return meetings + ended == 0 ? -1 : (int)(10_000L * (seen + 2 * completed) / (meetings + 2 * ended));
    }

    private static (int Good, int Bad) Adjust(PersonState s, Assessed a, List<ScoreFact>? explain)
    {
        int good = 0, bad = 0;
        var zone = a.Program.Zone;
        foreach (var complaint in s.Complaints)
        {
            if (!complaint.Open) continue;
            var past = Clocks.Due(complaint, a.Program) < a.AsOf.Instant;
            var points = past ? PastPoints : OpenPoints;
            bad += points;
            explain?.Add(new ScoreFact(past ? ScoreFactKind.ComplaintPast : ScoreFactKind.OpenComplaint, ScoreGroupId.Effort, -points, complaint.Category, complaint.OpenedAt, 0, 0));
        }

        foreach (var promise in s.Promises)
        {
            if (promise.Open)
            {
                if (Clocks.Late(promise, a.Program) > a.AsOf.Instant) continue;
                bad += LatePoints;
                explain?.Add(new ScoreFact(ScoreFactKind.PromiseLate, ScoreGroupId.Effort, -LatePoints, promise.Title, promise.DueAt, 0, 0));
            }
            else if (promise.BrokenAt != 0 && a.Day.Day - zone.Day(promise.BrokenAt) < BadDays)
            {
                bad += BrokenPoints;
                explain?.Add(new ScoreFact(ScoreFactKind.PromiseBroken, ScoreGroupId.Effort, -BrokenPoints, promise.Title, promise.BrokenAt, 0, 0));
            }
            else if (promise.KeptAt != 0 && promise.BrokenAt == 0 && a.Day.Day - zone.Day(promise.KeptAt) < GoodDays)
            {
                good += KeptPoints;
                explain?.Add(new ScoreFact(ScoreFactKind.PromiseKept, ScoreGroupId.Effort, KeptPoints, promise.Title, promise.KeptAt, 0, 0));
            }
        }

        foreach (var refund in s.Refunds)
        {
            if (!refund.OurFault || a.Day.Day - zone.Day(refund.At) >= BadDays) continue;
            bad += RefundPoints;
            explain?.Add(new ScoreFact(ScoreFactKind.RefundOurs, ScoreGroupId.Effort, -RefundPoints, refund.Section, refund.At, 0, 0));
        }

        if (s.Delights > 0 && a.Day.Day - zone.Day(s.LastDelightAt) < GoodDays)
        {
            good += DelightPoints;
            explain?.Add(new ScoreFact(ScoreFactKind.Delight, ScoreGroupId.Satisfaction, DelightPoints, 0, s.LastDelightAt, s.Delights, 0));
        }

        if (s.Referrals > 0)
        {
            good += ReferralPoints;
            explain?.Add(new ScoreFact(ScoreFactKind.Referral, ScoreGroupId.Loyalty, ReferralPoints, 0, 0, s.Referrals, 0));
        }

        return (good, bad);
    }

    private static void Explain(PersonState s, Assessed a, List<ScoreFact> explain, int satisfactionWeight, int effortWeight, ScoreWeights weights, int sum)
    {
        foreach (var answer in s.Answers)
        {
            var w = Age(a.Day.Day - a.Program.Zone.Day(answer.Stamp.Time));
            if (w == 0) continue;
            var rating = Rating(answer);
            if (rating > 0)
            {
                var points = (int)((long)w * (Level(rating) - Neutral) * weights.Satisfaction / satisfactionWeight / sum);
                explain.Add(new ScoreFact(answer.Course > 0 ? ScoreFactKind.CourseRating : ScoreFactKind.ServiceRating, ScoreGroupId.Satisfaction, points, answer.Course > 0 ? answer.Section : answer.Desk, answer.Stamp.Time, rating, 500));
            }

            var effort = EffortLevel(answer);
            if (effort >= 0)
            {
                var points = (int)((long)w * (effort - Neutral) * weights.Effort / effortWeight / sum);
                explain.Add(new ScoreFact(ScoreFactKind.EffortAnswer, ScoreGroupId.Effort, points, answer.Desk, answer.Stamp.Time, 100 + effort / 25, 500));
            }
        }
    }
}

/// <summary>When answers and promises are due, by the office calendar.</summary>
internal static class Clocks
{
    /// <summary>When the next answer to an open complaint is due: as stated, else by the policy's clock from the last time the person heard.</summary>
    public static long Due(Complaint complaint, ProgramSnapshot program)
    {
        if (complaint.StatedDue != 0) return complaint.StatedDue;
        var policy = program.Policy;
        var rule = policy[RuleId.PastClock];
        var from = Math.Max(complaint.OpenedAt, complaint.UpdatedAt);
        return complaint.Access
            ? policy.Office.AddOfficeHours(program.Zone, from, rule[1])
            : policy.Office.AddHoursOfDays(program.Zone, from, rule[0]);
    }

    /// <summary>When an open promise is late enough for the rule.</summary>
    public static long Late(PromiseMade promise, ProgramSnapshot program) =>
        program.Policy.Office.AddOfficeDays(program.Zone, promise.DueAt, program.Policy[RuleId.Promise][0]);
}
