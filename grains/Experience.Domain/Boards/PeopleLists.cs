using System.Globalization;
using Experience.Domain.Assessments;
using Experience.Domain.Cards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>The lists that tiles open to.</summary>
public enum PeopleList
{
    Risk,
    Needs,
    Complaints,
    Answers,
    Segment,
    Refunds,
    Waitlist,
    Calls,
}

/// <summary>Who is in a list, in which order, and how a row reads. Order comes from rows alone; words are made for the rows shown.</summary>
public static class PeopleLists
{
    /// <summary>Larger than any instant in µs until the year 2262, so that urgency comes before time.</summary>
    private const long Step = 1L << 53;

    public const long NotInList = long.MinValue;

    public static IReadOnlyList<string> Names { get; } = ["risk", "needs", "complaints", "answers", "segment", "refunds", "waitlist", "calls"];

    public static bool TryParse(string name, out PeopleList list)
    {
        var index = -1;
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name) index = i;
        }

        list = (PeopleList)Math.Max(0, index);
        return index >= 0;
    }

    /// <summary>
    /// The urgency of a row, larger first; <see cref="NotInList"/> when it is not in the list. Ties are the caller's to break, by id.
    /// </summary>
    /// <param name="of">Hash of the desk that answers or complaints are narrowed to; 0 for all.</param>
    public static long Rank(PeopleList list, ulong of, in RowMeasures row) => (row.Marks & RowMarks.Erased) != 0 ? NotInList : list switch
    {
        PeopleList.Risk => row.Risks == 0 ? NotInList : (row.HighRisks > 0 ? 2 : 1) * Step - row.RiskSince,
        PeopleList.Needs => row.Needs == 0 ? NotInList : Step - row.NeedSince,
        PeopleList.Complaints => row.ComplaintsOpen == 0 || of != 0 && row.ComplaintDesk != of ? NotInList : (row.ComplaintsPast > 0 ? 2 : 1) * Step - row.ComplaintDue,
        PeopleList.Answers => row.ServiceAnswer == 0 || of != 0 && row.ServiceDesk != of ? NotInList : (501 - row.ServiceAnswer) * Step + row.AnswerAt,
        PeopleList.Segment => row.LastFactAt,
        PeopleList.Refunds => row.TermRefunds == 0 ? NotInList : row.RefundAt,
        PeopleList.Waitlist => row.Waiting == 0 ? NotInList : Step - row.WaitSince,
        PeopleList.Calls => Call(row),
        _ => NotInList,
    };

    // Learned chances first, the highest at the top; then whom only rules name, as the list of flags has them. Whoever was called, or is not to be, is left in peace.
    private static long Call(in RowMeasures row)
    {
        if ((row.Marks & (RowMarks.Called | RowMarks.NoCalls)) != 0) return NotInList;
        if (row.Chance > 0) return (1L << 60) + ((long)row.Chance << 40);
        return row.Risks == 0 ? NotInList : (row.HighRisks > 0 ? 2 : 1) * Step - row.RiskSince;
    }

    /// <summary>How long a list is at most: the day's calls are as many as staff can make, others have no end.</summary>
    public static int LimitOf(PeopleList list, ProgramSnapshot program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return list == PeopleList.Calls ? program.Policy.Alerts.CallsPerDay : int.MaxValue;
    }

    public static string Title(PeopleList list, string? of, ScopeFilter scope, SegmentSums? sums)
    {
        ArgumentNullException.ThrowIfNull(scope);
        var suffix = scope.Segment.Bit == 0 && scope.Scope.IsSegment ? "" : ", " + scope.Title;
        switch (list)
        {
            case PeopleList.Risk: return "At risk" + suffix;
            case PeopleList.Calls: return "Today's calls" + suffix;
            case PeopleList.Needs: return "Open needs" + suffix;
            case PeopleList.Complaints: return (of is null ? "Open complaints" : $"Open complaints, {of} desk") + suffix;
            case PeopleList.Refunds: return "Refunds of the term" + suffix;
            case PeopleList.Waitlist: return "Waiting lists" + suffix;
            case PeopleList.Segment: return scope.Title;
            default:
                if (of is not null && sums is not null && sums.Desks.TryGetValue(SipHash.Name(of), out var desk) && desk.AnnualCount >= Statistics.MinCount)
                    return $"{of} desk, {((double)desk.AnnualSum / desk.AnnualCount / 100).ToString("0.0", CultureInfo.InvariantCulture)}" + suffix;
                return (of is null ? "Who answered" : $"{of} desk") + suffix;
        }
    }

    /// <summary>One row in words. <paramref name="answerWords"/> is what was written with the answer, where the list is of answers.</summary>
    public static PersonRow Describe(PeopleList list, string id, PersonState s, Assessed a, ProgramSnapshot p, string? answerWords)
    {
        ref var row = ref a.Row;
        var now = a.AsOf.Instant;
        var (standing, text) = Status(a);
        string why;
        long since;
        double? answer = null;
        switch (list)
        {
            case PeopleList.Risk:
                var risk = Pick(a, need: false);
                why = risk is { } r ? RiskLine(r, p, now) : "";
                since = risk?.Since ?? row.RiskSince;
                break;
            case PeopleList.Calls when row.Chance > 0:
                (standing, text) = (row.Risks > 0 ? Standing.Watch : Standing.None, $"{Math.Round(row.Chance / 100.0)} %");
                why = LearnedRisks.Why(s, p, a);
                since = row.LastFactAt;
                break;
            case PeopleList.Calls:
                var flag = Pick(a, need: false);
                why = flag is { } f ? RiskLine(f, p, now) : "";
                since = flag?.Since ?? row.RiskSince;
                break;
            case PeopleList.Needs:
                var need = Pick(a, need: true);
                why = need is { } n ? $"{ItemText.Title(n, p)}: {ItemText.Detail(n, p, now)}" : "";
                since = need?.Since ?? row.NeedSince;
                (standing, text) = need?.Answer is { } given ? (Standing.None, given.ToString().ToLowerInvariant()) : (Standing.Watch, "open");
                break;
            case PeopleList.Complaints:
                (why, since) = ComplaintLine(s, p, now);
                (standing, text) = row.ComplaintsPast > 0
                    ? (Standing.Bad, $"{Wording.Duration(now - row.OldestOverdue)} past")
                    : (Standing.Watch, $"{Wording.Duration(row.ComplaintDue - now)} left");
                break;
            case PeopleList.Answers:
                why = row.ServiceDesk == 0 ? "annual survey" : $"{p.NameOf(row.ServiceDesk)} desk, annual survey";
                since = row.AnswerAt;
                answer = row.ServiceAnswer / 100.0;
                (standing, text) = AfterAnswer(s, p, now, a);
                break;
            case PeopleList.Refunds:
                why = RefundLine(s, p);
                since = row.RefundAt;
                break;
            case PeopleList.Waitlist:
                why = WaitLine(s, p);
                since = row.WaitSince;
                (standing, text) = (Standing.Watch, $"{Wording.Count(Math.Max(0, p.Zone.Day(now) - p.Zone.Day(since)), "day", "days")}");
                break;
            default:
                why = SegmentLine(a, p);
                since = row.LastFactAt;
                break;
        }

        return new PersonRow(id, NameOf(s.Profile), standing, text, why, since / 1000, row.Minor ? null : row.RecentNetPaid, answer, list == PeopleList.Answers ? answerWords : null, row.Minor)
        {
            Contact = list switch
            {
                PeopleList.Calls => ConsentText.Channels(s.Profile, p.Policy.Consent, ConsentPurpose.Service),
                PeopleList.Needs when Pick(a, need: true) is { } open => ConsentText.Channels(s.Profile, p.Policy.Consent, open.Service ? ConsentPurpose.Service : ConsentPurpose.Offers),
                _ => null,
            },
        };
    }

    /// <summary>What a list of people found says of one beside the name: why they may be meant, else where they are in their life with us.</summary>
    public static string? StandsAs(PersonState state, Assessed assessed, ProgramSnapshot program) =>
        assessed.Row.Minor ? "under 18" : state.Pressing switch
        {
            2 => "being served",
            1 => "waits for an answer",
            _ => program.Segments.All.FirstOrDefault(s => s.Bit == SegmentSet.LifecycleFirst + assessed.Row.Lifecycle)?.Title,
        };

    public static string NameOf(Profile profile)
    {
        var given = profile.PreferredName.Length > 0 ? profile.PreferredName : profile.GivenName;
        var name = (given + " " + profile.FamilyName).Trim();
        return name.Length > 0 ? name : "No name";
    }

    /// <summary>The flag that lists show: high before medium, then the one that waits longest; the need that waits longest.</summary>
    public static OpenItem? Pick(Assessed a, bool need)
    {
        OpenItem? best = null;
        foreach (var item in a.Open)
        {
            if (item.Need != need) continue;
            if (best is not { } b || item.High && !b.High || item.High == b.High && item.Since < b.Since) best = item;
        }

        return best;
    }

    private static (Standing, string) Status(Assessed a)
    {
        if (a.Row.HighRisks > 0) return (Standing.Bad, "high");
        if (a.Row.Risks > 0) return (Standing.Watch, "medium");
        return (Standing.None, "none");
    }

    private static string RiskLine(in OpenItem item, ProgramSnapshot p, long now)
    {
        var detail = ItemText.Detail(item, p, now);
        return item.Rule switch
        {
            RuleId.LowRating => $"Rated {detail} {Wording.Rating(item.Number)} of 5",
            RuleId.Silence or RuleId.PastClock or RuleId.SecondTerm => detail,
            _ => $"{ItemText.Title(item, p)}: {detail}",
        };
    }

    private static (string Why, long Since) ComplaintLine(PersonState s, ProgramSnapshot p, long now)
    {
        Complaint? first = null;
        var firstDue = long.MaxValue;
        foreach (var complaint in s.Complaints)
        {
            if (!complaint.Open || Clocks.Due(complaint, p) is var due && due >= firstDue) continue;
            (first, firstDue) = (complaint, due);
        }

        if (first is null) return ("", 0);
        var title = first.Title != 0 ? p.NameOf(first.Title) : first.Category != 0 ? p.NameOf(first.Category) : "Complaint";
        var why = title;
        if (first.Section != 0) why += ", " + p.TitleOf(first.Section);
        if (first.EasilyFixable) why += ", easily fixed";
        if (first.Desk != 0) why += $", {p.NameOf(first.Desk)} desk";
        return (why, first.OpenedAt);
    }

    // What stands now for somebody who answered: an open clock, a late promise, or nothing left.
    private static (Standing, string) AfterAnswer(PersonState s, ProgramSnapshot p, long now, Assessed a)
    {
        if (a.Row.ComplaintsPast > 0) return (Standing.Bad, "open");
        foreach (var item in a.Open)
        {
            if (item.Rule == RuleId.Promise) return (Standing.Bad, "late");
        }

        if (a.Row.ComplaintsOpen > 0) return (Standing.Watch, $"{Wording.Duration(a.Row.ComplaintDue - now)} left");
        foreach (var complaint in s.Complaints)
        {
            if (!complaint.Open && a.Day.Day - p.Zone.Day(complaint.ResolvedAt) < DayContext.Year) return (Standing.Good, "solved");
        }

        return (Standing.None, "none");
    }

    private static string RefundLine(PersonState s, ProgramSnapshot p)
    {
        if (s.Refunds.Count == 0) return "Refund asked";
        var refund = s.Refunds[^1];
        var why = refund.Section == 0 ? "Refund asked" : "Refund asked, " + p.TitleOf(refund.Section);
        if (refund.Reason != 0) why += $" ({p.NameOf(refund.Reason)})";
        return refund.OurFault ? why + ", our fault" : why;
    }

    private static string WaitLine(PersonState s, ProgramSnapshot p)
    {
        var sections = s.Waits.Where(w => w.EndedAt == 0).Select(w => p.TitleOf(w.Section) + (w.Place > 0 ? $", {Wording.Ordinal(w.Place)}" : ""));
        return string.Join("; ", sections);
    }

    private static string SegmentLine(Assessed a, ProgramSnapshot p)
    {
        var stage = p.Segments.All[SegmentSet.LifecycleFirst + a.Row.Lifecycle].Title;
        return a.Row.TermsKept > 0 ? $"{stage}, {Wording.Count(a.Row.TermsKept, "term", "terms")} kept" : stage;
    }
}

/// <summary>Counts answers 1 to 5 for the list of answers; fed row by row.</summary>
public sealed class AnswerCounts
{
    private readonly long[] _counts = new long[5];

    public void Add(in RowMeasures row)
    {
        // Halves go to the better side, as a reader would round them.
        if (row.ServiceAnswer > 0) _counts[Math.Clamp((row.ServiceAnswer + 50) / 100, 1, 5) - 1]++;
    }

    public AnswerHistogram Build() =>
        new([.. _counts], "Latest answer of each person on staff service, annual survey, 12 months.");
}
