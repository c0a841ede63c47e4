using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Assessments;

/// <summary>
/// What a person's state means at one moment: score, flags, needs, segments and the row that boards sum. Pure: the same state,
/// snapshot and moment give the same result on every engine. Allocates nothing once the result's lists have grown.
/// </summary>
public static class Assessor
{
    public static void Assess(PersonState s, ProgramSnapshot p, in AsOf at, Assessed result)
    {
        var day = p.DayOf(p.Zone.Day(at.Instant));
        result.State = s;
        result.Program = p;
        result.Day = day;
        result.AsOf = at;
        result.NextDeadline = long.MaxValue;
        result.EndOfDay = day.EndsAt;
        result.Open.Clear();
        result.RecentAudiences = 0;
        result.UsualTerms = result.UsualKept = 0;
        result.Silence = default;
        result.Row = default;

        ref var row = ref result.Row;
        if (at.History) row.Marks |= RowMarks.History;
        var erased = s.ErasedAt != 0;
        if (erased) row.Marks |= RowMarks.Erased;
        row.LastFactAt = s.Last.Time;
        row.Age = AgeOf(s.Profile.BirthDay, day.Day);
        if (row.Age is >= 0 and < 18) row.Marks |= RowMarks.Minor;
        Money(s, day, ref row);
        Measures.Answers(s, p, day, ref row);
        if (!erased) Measures.Complaints(s, p, at.Instant, result);
        if (s.Registrations.Count > 0)
        {
            result.LookUpPlaces();
            Measures.Registrations(s, day, result);
        }
        else if (s.Purchases.Days > 0) Measures.BarePurchases(s, p, day, result);
        Lifecycle(s, p, day, result);

        RiskRules.Run(s, p, result);
        LearnedRisks.Run(s, p, result);
        NeedRules.Run(s, p, result);

        Consent(s, p, result);

        // Nobody can be called, so nothing is left to be done.
        if (erased) result.Open.Clear();
        Replies(s, p, day, result);
        Summarise(s, result);

        result.Score = ScoreCalculator.Compute(s, result, null);
        row.Score = result.Score.Total;
        row.Segments = p.Segments.MaskOf(result);
        // The end of a history is a fixed moment: no time passes for it.
        if (at.History) result.NextDeadline = result.EndOfDay = long.MaxValue;
    }

    /// <summary>The score with the facts that moved it, largest first; for a card, where allocating is fine.</summary>
    public static ScoreParts Explain(PersonState s, ProgramSnapshot p, in AsOf at, Assessed result, List<ScoreFact> facts)
    {
        Assess(s, p, at, result);
        facts.Clear();
        return ScoreCalculator.Compute(s, result, facts);
    }

    /// <summary>
    /// What the person adds to sections' sums. Depends on the state alone, so an engine takes the difference of before and after
    /// a fold, and only for types that <see cref="TouchesSections"/> names.
    /// </summary>
    public static void Sections(PersonState s, List<SectionContribution> contributions)
    {
        contributions.Clear();
        foreach (var r in s.Registrations)
        {
            if (r.Section == 0) continue;
            var seat = r.Status is RegistrationStatus.Confirmed or RegistrationStatus.Completed;
            var registered = r.Status is not (RegistrationStatus.Transferred or RegistrationStatus.CancelledByUs);
            var refund = registered && r.RefundAskedAt != 0;
            contributions.Add(new SectionContribution(r.Section, seat ? 1 : 0, registered ? 1 : 0, refund ? 1 : 0, 0, r.Rating > 0 ? 1 : 0, r.Rating, (long)r.Rating * r.Rating));
        }

        foreach (var wait in s.Waits)
        {
            if (wait.EndedAt == 0 && wait.Section != 0) contributions.Add(new SectionContribution(wait.Section, 0, 0, 0, 1, 0, 0, 0));
        }
    }

    public static bool TouchesSections(EventType type) => type.Family == EventFamily.Transaction
        ? type != EventTypes.PaymentReceived && type != EventTypes.BalanceDue && type != EventTypes.TransactionOpened && type != EventTypes.TransactionClosed
        : type == EventTypes.FeedbackSubmitted || type == EventTypes.SectionCompleted || type == EventTypes.EventVoided;

    private static short AgeOf(int birthDay, int day)
    {
        if (birthDay == int.MinValue || birthDay > day) return -1;
        var (year, month, dayOfMonth) = CivilZone.Civil(day);
        var (birthYear, birthMonth, birthDayOfMonth) = CivilZone.Civil(birthDay);
        var years = year - birthYear;
        if (month < birthMonth || month == birthMonth && dayOfMonth < birthDayOfMonth) years--;
        return (short)Math.Min(years, 200);
    }

    private static void Money(PersonState s, DayContext day, ref RowMeasures row)
    {
        row.NetPaid = s.Money.NetPaid;
        if (s.Money.Payments > 0) row.Marks |= RowMarks.Paid;
        var from = day.Month - 23;
        foreach (var (month, net) in s.Money.Months)
        {
            if (month >= from && month <= day.Month) row.RecentNetPaid += net;
        }

        row.Registrations = (ushort)Math.Min(s.RegistrationsConfirmed, ushort.MaxValue);
    }

    private static void Lifecycle(PersonState s, ProgramSnapshot p, DayContext day, Assessed a)
    {
        ref var row = ref a.Row;
        if (s.Purchases.Days > 0)
        {
            if (row.FirstPurchaseDay == 0 || s.Purchases.FirstDay < row.FirstPurchaseDay) row.FirstPurchaseDay = s.Purchases.FirstDay;
            if (s.Purchases.LastDay > row.LastPurchaseDay) row.LastPurchaseDay = s.Purchases.LastDay;
        }

        var since = day.Day - row.LastPurchaseDay;
        if (row.FirstPurchaseDay == 0) row.Lifecycle = 0;
        else if (since >= DayContext.TwoYears) row.Lifecycle = 5;
        else if (since >= DayContext.Year) row.Lifecycle = 4;
        else if (Measures.WonBack(s, p, day)) row.Lifecycle = 6;
        else if (day.Day - row.FirstPurchaseDay < DayContext.Year) row.Lifecycle = 1;
        else row.Lifecycle = a.UsualTerms == 4 && a.UsualKept >= 3 ? (byte)3 : (byte)2;

        if (since < DayContext.Year && row.RecentNetPaid > 0 && row.RecentNetPaid >= p.Frozen.BestThreshold) row.Marks |= RowMarks.Best;
    }

    /// <summary>
    /// What nobody may speak of is no need: it is not raised, counted, listed or shown. Here and not where it would be shown, so that no place can forget to ask.
    /// </summary>
    private static void Consent(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rules = p.Policy.Consent;
        if (!rules.May(s.Profile, ConsentPurpose.Service, ConsentRules.Phone)) a.Row.Marks |= RowMarks.NoCalls;
        if (a.Open.Count == 0) return;
        var service = rules.May(s.Profile, ConsentPurpose.Service);
        var offers = rules.May(s.Profile, ConsentPurpose.Offers);
        if (service && offers) return;
        for (var i = a.Open.Count - 1; i >= 0; i--)
        {
            if (a.Open[i].Need && !(a.Open[i].Service ? service : offers)) a.Open.RemoveAt(i);
        }
    }

    /// <summary>Puts the answers of staff beside what they answered; what was accepted or declined leaves a day later.</summary>
    private static void Replies(PersonState s, ProgramSnapshot p, DayContext day, Assessed a)
    {
        ref var row = ref a.Row;
        if (s.Replies.Count > 0)
        {
            for (var i = a.Open.Count - 1; i >= 0; i--)
            {
                var item = a.Open[i];
                if (!Answered(s, a, ref item)) a.Open.RemoveAt(i);
                else a.Open[i] = item;
            }
        }

        var from = day.Day - 29;
        foreach (var item in a.Open)
        {
            if (item.Need && item.Answer is null && p.Zone.Day(item.Since) >= from) row.NeedsRaised++;
        }

        for (var i = 0; i < s.Replies.Count; i++)
        {
            var reply = s.Replies[i];
            if (reply.Kind == ReplyKind.Acknowledged && reply.At <= a.AsOf.Instant && day.Day - p.Zone.Day(reply.At) < p.Policy.Alerts.QuietDays) row.Marks |= RowMarks.Called;
            if (reply.Kind == ReplyKind.Acknowledged || !IsNeed(reply.Rule) || reply.At > a.AsOf.Instant) continue;
            var replyDay = p.Zone.Day(reply.At);
            if (reply.Kind == ReplyKind.Accepted && replyDay >= from - 30 && replyDay < from) row.NeedsAcceptedBefore++;
            // A need counts once: by its newest answer.
            if (replyDay < from || HasLater(s, i)) continue;
            row.NeedsRaised++;
            row.NeedsOffered++;
            if (reply.Kind == ReplyKind.Accepted) row.NeedsAccepted++;
        }
    }

    private static bool HasLater(PersonState s, int index)
    {
        var reply = s.Replies[index];
        for (var i = index + 1; i < s.Replies.Count; i++)
        {
            if (s.Replies[i].Cause == reply.Cause && s.Replies[i].Rule == reply.Rule && s.Replies[i].Kind != ReplyKind.Acknowledged) return true;
        }

        return false;
    }

    private static bool IsNeed(ulong rule)
    {
        foreach (var definition in Rules.All)
        {
            if (definition.Hash == rule) return definition.Need;
        }

        return false;
    }

    private static bool Answered(PersonState s, Assessed a, ref OpenItem item)
    {
        var rule = Rules.Of(item.Rule).Hash;
        ulong cause = 0;
        for (var i = s.Replies.Count - 1; i >= 0; i--)
        {
            var reply = s.Replies[i];
            if (reply.Rule != rule || reply.At > a.AsOf.Instant) continue;
            if (cause == 0) cause = item.CauseHash;
            if (reply.Cause != cause) continue;
            item.Answer = reply.Kind;
            item.AnsweredAt = reply.At;
            // Clocks and promises end by being kept, not by being talked about.
            if (item.Rule is RuleId.PastClock or RuleId.Promise || reply.Kind == ReplyKind.Offered) return true;
            var until = reply.At + (reply.Kind != ReplyKind.Acknowledged ? AnswerShown : LearnedRisks.Is(item.Rule) ? a.Program.Policy.Alerts.QuietDays * CivilZone.MicrosPerDay : AcknowledgedShown);
            if (until <= a.AsOf.Instant) return false;
            if (until < a.NextDeadline) a.NextDeadline = until;
            return true;
        }

        return true;
    }

    /// <summary>What was accepted or declined stays on the card for a day, so that a mistake can be seen.</summary>
    internal const long AnswerShown = CivilZone.MicrosPerDay;

    /// <summary>A flag that somebody took care of leaves after a week.</summary>
    internal const long AcknowledgedShown = 7 * CivilZone.MicrosPerDay;

    private static void Summarise(PersonState s, Assessed a)
    {
        ref var row = ref a.Row;
        var rank = int.MaxValue;
        foreach (var item in a.Open)
        {
            if (item.Need)
            {
                if (row.Needs < byte.MaxValue) row.Needs++;
                if (row.NeedSince == 0 || item.Since < row.NeedSince)
                {
                    row.NeedSince = item.Since;
                    row.TopNeed = (byte)item.Rule;
                }

                continue;
            }

            if (row.Risks < byte.MaxValue) row.Risks++;
            if (item.High && row.HighRisks < byte.MaxValue) row.HighRisks++;
            // High before medium, then the one that waits longest.
            var order = item.High ? 0 : 1;
            if (order > rank || order == rank && item.Since >= row.RiskSince) continue;
            rank = order;
            row.RiskSince = item.Since;
            row.TopRisk = (byte)item.Rule;
        }

        foreach (var wait in s.Waits)
        {
            if (wait.EndedAt != 0) continue;
            if (row.Waiting < byte.MaxValue) row.Waiting++;
            if (row.WaitSince == 0 || wait.Since < row.WaitSince) row.WaitSince = wait.Since;
        }
    }
}
