using Experience.Domain.Assessments;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Needs;

/// <summary>An answer to a need, as one person's state tells it.</summary>
/// <param name="Cause">As replies name it: the hash of the cause's text.</param>
internal readonly record struct AnsweredNeed(RuleId Rule, ulong Cause, int Segment, AskTiming Timing, int Day, bool Accepted);

/// <summary>What the trainer keeps of the people of one shard.</summary>
internal sealed class NeedsSample(ProgramSnapshot program) : ITrainingSample
{
    /// <summary>An offer that nobody answered for so long was not accepted.</summary>
    private const int UnansweredDays = 14;

    private readonly List<CourseTaking> _courses = [];

    public List<CourseTaking[]> People { get; } = [];

    public List<AnsweredNeed> Answers { get; } = [];

    public void Add(PersonState person, in AsOf asOf)
    {
        var now = CourseHistory.Read(person, program, asOf.Instant, _courses);
        if (_courses.Count > 0) People.Add([.. _courses]);
        if (person.Replies.Count == 0) return;
        var today = program.Zone.Day(asOf.Instant);
        for (var i = 0; i < person.Replies.Count; i++)
        {
            var reply = person.Replies[i];
            if (reply.Kind == ReplyKind.Acknowledged || reply.At > asOf.Instant || Superseded(person, i) || NeedOf(reply.Rule) is not { } rule) continue;
            var day = program.Zone.Day(reply.At);
            if (reply.Kind == ReplyKind.Offered && today - day < UnansweredDays) continue;
            var (segment, timing) = NeedMoment.Of(_courses, now, day, reply.Transaction != 0);
            Answers.Add(new AnsweredNeed(rule, reply.Cause, segment, timing, day, reply.Kind == ReplyKind.Accepted));
        }
    }

    /// <summary>A need counts once: by its newest answer.</summary>
    private static bool Superseded(PersonState person, int index)
    {
        var reply = person.Replies[index];
        for (var i = index + 1; i < person.Replies.Count; i++)
        {
            var later = person.Replies[i];
            if (later.Rule == reply.Rule && later.Cause == reply.Cause && later.Kind != ReplyKind.Acknowledged) return true;
        }

        return false;
    }

    private static RuleId? NeedOf(ulong rule)
    {
        foreach (var definition in Rules.All)
        {
            if (definition.Hash == rule) return definition.Need ? definition.Id : null;
        }

        return null;
    }
}

/// <summary>Who somebody was and what had just happened, on the day of a question.</summary>
internal static class NeedMoment
{
    private const int JustDays = 30;
    private const int HalfYear = 180;

    /// <param name="now">The segment after all of <paramref name="courses"/>.</param>
    public static (int Segment, AskTiming Timing) Of(List<CourseTaking> courses, int now, int day, bool atTheDesk)
    {
        var segment = now;
        var last = int.MinValue;
        for (var i = courses.Count - 1; i >= 0; i--)
        {
            // The segment before the first place that came later is the one of that day.
            if (courses[i].Day > day)
            {
                segment = courses[i].Segment;
                continue;
            }

            last = courses[i].Day;
            break;
        }

        var timing = atTheDesk ? AskTiming.AtTheDesk
            : last == int.MinValue || day - last > HalfYear ? AskTiming.Later
            : day - last <= JustDays ? AskTiming.JustRegistered
            : AskTiming.ThisHalfYear;
        return (segment, timing);
    }
}
