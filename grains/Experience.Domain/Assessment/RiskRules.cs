using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Assessments;

/// <summary>
/// The rules that raise flags. Windows in days are of civil days and change at midnight; clocks are instants, and tell the next
/// one as the deadline. All need facts about places, answers, complaints, promises or refunds: bare payments raise nothing.
/// </summary>
internal static class RiskRules
{
    public static void Run(PersonState s, ProgramSnapshot p, Assessed a)
    {
        if (s.Registrations.Count > 0)
        {
            Silence(p, a);
            SecondTerm(s, p, a);
            Places(s, p, a);
        }

        if (s.Answers.Count > 0) LowRating(s, p, a);
        if (s.Complaints.Count > 0) PastClock(s, p, a);
        if (s.Promises.Count > 0) Promises(s, p, a);
        if (s.Refunds.Count > 0) Refund(s, p, a);
    }

    internal static void Raise(Assessed a, RuleId rule, ulong about, long period, bool high, long since, Stamp causing, ulong subject, long number, long when)
    {
        var definition = Rules.Of(rule);
        var cause = OpenItem.CauseOf(rule, about, period);
        foreach (var open in a.Open)
        {
            if (open.Cause == cause && open.Rule == rule) return;
        }

        a.Open.Add(new OpenItem
        {
            Rule = rule,
            Cause = cause,
            Need = definition.Need,
            Service = definition.Service,
            High = high,
            Alert = !a.AsOf.History && since >= a.AsOf.LiveSince,
            Since = since,
            Causing = causing,
            Subject = subject,
            Number = number,
            When = when,
        });
    }

    private static void Silence(ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.Silence];
        if (!rule.Enabled || a.Row.Minor || a.Silence.Last is not { } last || a.Silence.Close is not { } close) return;
        if (a.Day.Day - (close.Closes + 1) >= rule[2]) return;
        var since = p.Zone.StartOfDay(close.Closes + 1);
        Raise(a, RuleId.Silence, last.Hash, 0, high: true, since, new Stamp(since, 0), last.Hash, a.Silence.Kept, a.Silence.Missed);
    }

    private static void SecondTerm(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.SecondTerm];
        if (!rule.Enabled || a.Row.TermsKept != 1 || a.Row.Minor || !p.Terms.Named) return;
        var index = s.Registrations.FindLastIndex(static r => r.Kept);
        if (index < 0 || a.Places[index].Term is not { } term) return;
        var first = s.Registrations[index];
        // Organisations decide for their seats.
        if (first.PayerOrganisation != 0) return;
        var over = a.Places[index].Section?.OverAt(p.Zone) ?? p.Zone.StartOfDay(term.Ends + 1);
        if (over == long.MaxValue) over = p.Zone.StartOfDay(term.Ends + 1);
        if (first.Status != RegistrationStatus.Completed && over > a.AsOf.Instant)
        {
            a.Until(over);
            return;
        }

        if (p.Terms.MainAfter(term) is not { } next || a.Day.Day < next.Opens + rule[0] || a.Day.Day > next.Closes) return;
        var since = Math.Max(p.Zone.StartOfDay(next.Opens + rule[0]), first.Status == RegistrationStatus.Completed ? first.StatusAt : over);
        // Only a place that is still to come, or waiting for one, is an answer.
        foreach (var wait in s.Waits)
        {
            if (wait.EndedAt == 0) return;
        }

        Raise(a, RuleId.SecondTerm, term.Hash, 0, high: false, since, new Stamp(first.ConfirmedAt, 0), first.Section, rule[0], 0);
    }

    private static void Places(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var noShow = p.Policy[RuleId.NoShow];
        var attendance = p.Policy[RuleId.Attendance];
        var cancelled = p.Policy[RuleId.WeCancelled];
        for (var i = 0; i < s.Registrations.Count; i++)
        {
            var r = s.Registrations[i];
            if (r.Status == RegistrationStatus.CancelledByUs)
            {
                if (cancelled.Enabled) WeCancelled(s, p, a, i, cancelled);
                continue;
            }

            if (r.Status != RegistrationStatus.Confirmed || r.AbsentRunning == 0) continue;
            if (a.Places[i].Section is { } section && section.OverAt(p.Zone) is var over)
            {
                if (over <= a.AsOf.Instant) continue;
                a.Until(over);
            }

            var days = a.Day.Day - p.Zone.Day(r.LastMeetingAt);
            if (attendance.Enabled && r.AbsentRunning >= attendance[0] && days < attendance[1])
                Raise(a, RuleId.Attendance, r.Section, r.Key == r.Section ? 0 : (long)r.Key, high: false, r.LastMeetingAt, new Stamp(r.LastMeetingAt, 0), r.Section, r.AbsentRunning, 0);
            else if (noShow.Enabled && r.Present == 0 && r.Absent == 1 && days < noShow[0])
                Raise(a, RuleId.NoShow, r.Section, r.Key == r.Section ? 0 : (long)r.Key, high: false, r.LastMeetingAt, new Stamp(r.LastMeetingAt, 0), r.Section, 1, 0);
        }
    }

    private static void WeCancelled(PersonState s, ProgramSnapshot p, Assessed a, int index, RuleSettings rule)
    {
        var r = s.Registrations[index];
        if (a.Day.Day - p.Zone.Day(r.StatusAt) >= rule[1]) return;
        foreach (var other in s.Registrations)
        {
            if (other != r && other.ConfirmedAt >= r.StatusAt && other.Kept) return;
        }

        var since = r.StatusAt + rule[0] * OfficeCalendar.Hour;
        if (since > a.AsOf.Instant)
        {
            a.Until(since);
            return;
        }

        Raise(a, RuleId.WeCancelled, r.Section, r.StatusAt, high: false, since, new Stamp(r.StatusAt, 0), r.Section, rule[0], r.StatusAt);
    }

    /// <summary>The newest answer about the same thing counts: a better one later takes the flag back.</summary>
    private static void LowRating(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.LowRating];
        if (!rule.Enabled) return;
        for (var i = s.Answers.Count - 1; i >= 0; i--)
        {
            var answer = s.Answers[i];
            if (a.Day.Day - p.Zone.Day(answer.Stamp.Time) >= rule[2]) break;
            var rating = Lowest(answer);
            if (rating == 0 || rating > rule[1] * 100) continue;
            if (Superseded(s, i)) continue;
            Raise(a, RuleId.LowRating, answer.Stamp.Tie, answer.Stamp.Time, rating <= rule[0] * 100, answer.Stamp.Time, answer.Stamp,
                answer.Section != 0 ? answer.Section : answer.Desk, rating, answer.Section != 0 ? 1 : 0);
        }
    }

    internal static int Lowest(SurveyAnswer answer)
    {
        var lowest = 0;
        if (answer.Service > 0) lowest = answer.Service;
        if (answer.Course > 0 && (lowest == 0 || answer.Course < lowest)) lowest = answer.Course;
        if (answer.Csat > 0 && (lowest == 0 || answer.Csat < lowest)) lowest = answer.Csat;
        return lowest;
    }

    private static bool Superseded(PersonState s, int index)
    {
        for (var i = index + 1; i < s.Answers.Count; i++)
        {
            if (s.Answers[i].Section == s.Answers[index].Section && Lowest(s.Answers[i]) > 0) return true;
        }

        return false;
    }

    private static void PastClock(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.PastClock];
        if (!rule.Enabled) return;
        foreach (var complaint in s.Complaints)
        {
            if (!complaint.Open) continue;
            var due = Clocks.Due(complaint, p);
            // The deadline of one that is not due yet was noted when complaints were counted.
            if (due >= a.AsOf.Instant) continue;
            var heard = Math.Max(complaint.OpenedAt, complaint.UpdatedAt);
            Raise(a, RuleId.PastClock, SipHash.Name(complaint.Key), heard, high: true, due, new Stamp(heard, 0),
                complaint.Title != 0 ? complaint.Title : complaint.Category, due, complaint.OpenedAt);
        }
    }

    private static void Promises(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.Promise];
        if (!rule.Enabled) return;
        foreach (var promise in s.Promises)
        {
            if (!promise.Open) continue;
            var late = Clocks.Late(promise, p);
            if (late > a.AsOf.Instant)
            {
                a.Until(late);
                continue;
            }

            Raise(a, RuleId.Promise, SipHash.Name(promise.Key), promise.DueAt, high: false, late, new Stamp(promise.MadeAt, 0), promise.Title, rule[0], promise.DueAt);
        }
    }

    private static void Refund(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.Refund];
        if (!rule.Enabled) return;
        for (var i = s.Refunds.Count - 1; i >= 0; i--)
        {
            var refund = s.Refunds[i];
            var day = p.Zone.Day(refund.At);
            if (a.Day.Day - day >= rule[2]) break;
            if (CancelledByUs(s, refund.Section)) continue;
            var count = 0;
            for (var j = i; j >= 0; j--)
            {
                if (CivilZone.MonthOfDay(day) - p.Zone.Month(s.Refunds[j].At) < rule[1]) count++;
            }

            if (!refund.OurFault && count < rule[0]) continue;
            Raise(a, RuleId.Refund, refund.Section, refund.At, high: false, refund.At, new Stamp(refund.At, 0), refund.Section, refund.OurFault ? 0 : count, refund.At);
            return;
        }
    }

    // Money back because we cancelled is the other rule's.
    private static bool CancelledByUs(PersonState s, ulong section)
    {
        foreach (var r in s.Registrations)
        {
            if (r.Section == section && section != 0 && r.Status == RegistrationStatus.CancelledByUs) return true;
        }

        return false;
    }
}
