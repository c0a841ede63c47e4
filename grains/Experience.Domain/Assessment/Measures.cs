using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Assessments;

/// <summary>The measures of a row that windows and terms decide.</summary>
internal static class Measures
{
    private const int ContractAudience = 5;

    /// <summary>Back after this many days without a purchase is "won back": a year and a half.</summary>
    private const int WonBackGap = 548;

    /// <summary>A set of terms by place: room for every quarter of the calendar without terms.</summary>
    private const int TermWords = 9;

    public static void Answers(PersonState s, ProgramSnapshot p, DayContext day, ref RowMeasures row)
    {
        for (var i = s.Answers.Count - 1; i >= 0; i--)
        {
            var answer = s.Answers[i];
            if (answer.Service == 0) continue;
            if (day.Day - p.Zone.Day(answer.Stamp.Time) >= DayContext.Year) break;
            if (answer.Survey == 0)
            {
                if (row.ServiceAnswer != 0) continue;
                row.ServiceAnswer = (ushort)answer.Service;
                row.ServiceDesk = answer.Desk;
                row.AnswerAt = answer.Stamp.Time;
            }
            else if (row.TransactionalAnswer == 0)
            {
                row.TransactionalAnswer = (ushort)answer.Service;
                row.TransactionalDesk = answer.Desk;
                if (row.AnswerAt == 0) row.AnswerAt = answer.Stamp.Time;
            }
        }
    }

    public static void Complaints(PersonState s, ProgramSnapshot p, long now, Assessed a)
    {
        if (s.Complaints.Count == 0) return;
        ref var row = ref a.Row;
        foreach (var complaint in s.Complaints)
        {
            if (!complaint.Open) continue;
            row.ComplaintsOpen++;
            var due = Clocks.Due(complaint, p);
            if (row.ComplaintDue == 0 || due < row.ComplaintDue)
            {
                row.ComplaintDue = due;
                row.ComplaintDesk = complaint.Desk;
            }

            if (due >= now)
            {
                // Past means later than due, so the first microsecond after it.
                if (due + 1 < a.NextDeadline) a.NextDeadline = due + 1;
                continue;
            }

            row.ComplaintsPast++;
            if (complaint.EasilyFixable) row.ComplaintsPastEasy++;
            if (row.OldestOverdue == 0 || due < row.OldestOverdue) row.OldestOverdue = due;
        }
    }

    public static void Registrations(PersonState s, DayContext day, Assessed a)
    {
        ref var row = ref a.Row;
        Span<ulong> terms = stackalloc ulong[TermWords];
        terms.Clear();
        bool keptBase = false, keptNext = false, keptBaseBefore = false, keptNextBefore = false, past = false, recent = false, pastBefore = false;
        var places = a.Places;
        for (var i = 0; i < places.Length; i++)
        {
            var r = s.Registrations[i];
            var (section, term, confirmedDay) = places[i];
            if (r.Status is not RegistrationStatus.Transferred)
            {
                if (term is not null && term == day.Next) row.Pace++;
                if (term is not null && term == day.NextBefore && confirmedDay <= day.SameDay) row.PaceBefore++;
            }

            if (term is not null && term == day.Started && r.Status is not (RegistrationStatus.Transferred or RegistrationStatus.CancelledByUs))
            {
                row.TermConfirmed++;
                if (r.RefundAskedAt != 0)
                {
                    row.TermRefunds++;
                    if (r.RefundAskedAt > row.RefundAt)
                    {
                        row.RefundAt = r.RefundAskedAt;
                        row.RefundReason = ReasonOf(s, r);
                    }
                }
            }

            if (!r.Kept) continue;
            var age = day.Day - confirmedDay;
            if (row.FirstPurchaseDay == 0 || confirmedDay < row.FirstPurchaseDay) row.FirstPurchaseDay = confirmedDay;
            if (confirmedDay > row.LastPurchaseDay) row.LastPurchaseDay = confirmedDay;
            if (age < DayContext.TwoYears && section is { Audience: >= 0 }) a.RecentAudiences |= 1 << section.Audience;
            if (age < DayContext.Year) recent = true;
            else if (age < DayContext.TwoYears) past = true;
            else if (age < DayContext.TwoYears + DayContext.Year) pastBefore = true;
            if (term is null) continue;
            terms[term.Index >> 6] |= 1UL << term.Index;
            if (term == day.Costs) row.Marks |= RowMarks.KeptCosts;
            if (r.PayerOrganisation != 0 || section?.Audience == ContractAudience) continue;
            if (term == day.Base) keptBase = true;
            if (term == day.Next) keptNext = true;
            if (term == day.BaseBefore) keptBaseBefore = true;
            if (term == day.NextBefore && confirmedDay <= day.SameDay) keptNextBefore = true;
        }

        if (s.Refunds.Count > 0)
        {
            if (s.Refunds[^1].At > row.RefundAt) row.RefundAt = s.Refunds[^1].At;
            if (s.Refunds[^1].OurFault) row.Marks |= RowMarks.RefundOurs;
        }

        SetFlags(ref row, keptBase, keptNext, keptBaseBefore, keptNextBefore, past, recent, pastBefore);
        Usual(a.Program.Terms, day, terms, a);
    }

    /// <summary>Payments that name no place, where no terms are known: a purchase counts as kept in its quarter.</summary>
    public static void BarePurchases(PersonState s, ProgramSnapshot p, DayContext day, Assessed a)
    {
        ref var row = ref a.Row;
        bool keptBase = false, keptNext = false, keptBaseBefore = false, keptNextBefore = false, past = false, recent = false, pastBefore = false;
        foreach (var bought in s.Purchases.RecentDays)
        {
            var age = day.Day - bought;
            if (age < DayContext.Year) recent = true;
            else if (age < DayContext.TwoYears) past = true;
            else if (age < DayContext.TwoYears + DayContext.Year) pastBefore = true;
            if (p.Terms.Named) continue;
            var quarter = p.Terms.OfDay(bought);
            if (quarter is null) continue;
            if (quarter == day.Base) keptBase = true;
            if (quarter == day.Next) keptNext = true;
            if (quarter == day.BaseBefore) keptBaseBefore = true;
            if (quarter == day.NextBefore && bought <= day.SameDay) keptNextBefore = true;
        }

        SetFlags(ref row, keptBase, keptNext, keptBaseBefore, keptNextBefore, past, recent, pastBefore);
    }

    public static bool WonBack(PersonState s, ProgramSnapshot p, DayContext day)
    {
        var days = s.Purchases.RecentDays;
        for (var i = 1; i < days.Count; i++)
        {
            if (day.Day - days[i] < DayContext.Year && days[i] - days[i - 1] > WonBackGap) return true;
        }

        if (days.Count > 0) return false;
        // Seats that others paid: no purchase days, but registrations.
        var last = 0;
        foreach (var r in s.Registrations)
        {
            if (!r.Kept) continue;
            var confirmed = p.Zone.Day(r.ConfirmedAt);
            if (last != 0 && day.Day - confirmed < DayContext.Year && confirmed - last > WonBackGap) return true;
            last = confirmed;
        }

        return false;
    }

    private static void SetFlags(ref RowMeasures row, bool keptBase, bool keptNext, bool keptBaseBefore, bool keptNextBefore, bool past, bool recent, bool pastBefore)
    {
        if (keptBase) row.Marks |= RowMarks.KeptBase;
        if (keptBase && keptNext) row.Marks |= RowMarks.Repeated;
        if (keptBaseBefore) row.Marks |= RowMarks.KeptBaseBefore;
        if (keptBaseBefore && keptNextBefore) row.Marks |= RowMarks.RepeatedBefore;
        if (past) row.Marks |= RowMarks.KeptPast;
        if (past && recent) row.Marks |= RowMarks.Retained;
        if (pastBefore) row.Marks |= RowMarks.KeptPastBefore;
        if (pastBefore && past) row.Marks |= RowMarks.RetainedBefore;
    }

    private static ulong ReasonOf(PersonState s, Registration r)
    {
        for (var i = s.Refunds.Count - 1; i >= 0; i--)
        {
            if (s.Refunds[i].Section == r.Section) return s.Refunds[i].Reason;
        }

        return 0;
    }

    /// <summary>
    /// Counts terms kept, and judges the person by the seasons that are theirs: those kept at least twice, or any when none was.
    /// Finds how many of the last four usual terms were kept, and how many usual terms were missed since the last one.
    /// </summary>
    private static void Usual(TermCalendar calendar, DayContext day, ReadOnlySpan<ulong> kept, Assessed a)
    {
        ref var row = ref a.Row;
        Span<byte> seasons = stackalloc byte[TermCalendar.MaxSeasons];
        seasons.Clear();
        var last = -1;
        var mainKept = 0;
        for (var word = 0; word < kept.Length; word++)
        {
            for (var bits = kept[word]; bits != 0; bits &= bits - 1)
            {
                var term = calendar.All[word * 64 + System.Numerics.BitOperations.TrailingZeroCount(bits)];
                row.TermsKept++;
                if (!term.Main) continue;
                mainKept++;
                last = term.Index;
                if (seasons[term.SeasonIndex] < byte.MaxValue) seasons[term.SeasonIndex]++;
            }
        }

        if (last < 0) return;
        var atLeast = 1;
        foreach (var n in seasons)
        {
            if (n >= 2) atLeast = 2;
        }

        for (var i = day.LastStarted; i >= 0 && a.UsualTerms < 4; i--)
        {
            var term = calendar.All[i];
            if (!term.Main || seasons[term.SeasonIndex] < atLeast) continue;
            a.UsualTerms++;
            if ((kept[i >> 6] >> i & 1) != 0) a.UsualKept++;
            // Before the first term of all there was nothing to keep.
            else if (!AnyBefore(kept, i))
            {
                a.UsualTerms--;
                break;
            }
        }

        if (mainKept < a.Program.Policy[RuleId.Silence][0]) return;
        var allowed = a.Program.Policy[RuleId.Silence][1];
        var missed = 0;
        for (var i = last + 1; i < calendar.All.Count; i++)
        {
            var term = calendar.All[i];
            if (!term.Main || seasons[term.SeasonIndex] < atLeast) continue;
            if (term.Closes >= day.Day) break;
            missed++;
            if (missed == allowed) a.Silence = (calendar.All[last], term, mainKept, allowed);
            else if (missed > allowed && a.Silence.Last is not null) a.Silence = a.Silence with { Missed = missed };
        }
    }

    private static bool AnyBefore(ReadOnlySpan<ulong> kept, int index)
    {
        for (var word = 0; word < index >> 6; word++)
        {
            if (kept[word] != 0) return true;
        }

        return (kept[index >> 6] & ((1UL << index) - 1)) != 0;
    }
}
