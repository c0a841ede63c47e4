using Experience.Domain.Cards;
using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Needs;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Assessments;

/// <summary>The rules that raise needs: what the person may need before asking for it.</summary>
internal static class NeedRules
{
    private const int GoalJob = 0;

    public static void Run(PersonState s, ProgramSnapshot p, Assessed a)
    {
        if (s.Waits.Count > 0) Waitlist(s, p, a);
        if (s.Certificates.Count > 0)
        {
            Certificate(s, p, a);
            Job(s, p, a);
        }

        if (s.Plan.Courses.Count > 0) Planned(s, p, a);
        if (s.Credentials.Count > 0) Licence(s, p, a);
        if (s.Registrations.Count > 0)
        {
            FirstOnline(s, p, a);
            Advising(s, p, a);
            Employer(s, p, a);
            OwnCertificate(s, p, a);
            if (p.Models.Of<NeedsModel>(ModelKinds.Needs) is { } model) ModeNeed.Run(s, p, a, model);
        }

        if (s.UnmatchedSearches.Count > 1) NotOffered(s, p, a);
    }

    private static void Waitlist(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.Waitlist];
        if (!rule.Enabled) return;
        foreach (var wait in s.Waits)
        {
            if (wait.EndedAt != 0) continue;
            var section = p.Section(wait.Section);
            var begins = section?.BeginsAt(p.Zone) ?? long.MaxValue;
            // Once it began, the seat is gone; what is left is to say so, and that is the end of the wait.
            if (begins <= a.AsOf.Instant) continue;
            if (begins != long.MaxValue) a.Until(begins);
            var byDays = p.Zone.Day(wait.Since) + rule[0];
            var byStart = begins == long.MaxValue ? int.MaxValue : p.Zone.Day(begins) - rule[1];
            var from = Math.Min(byDays, byStart);
            if (a.Day.Day < from) continue;
            var since = Math.Max(wait.Since, p.Zone.StartOfDay(from));
            RiskRules.Raise(a, RuleId.Waitlist, wait.Section, wait.Since, false, since, new Stamp(wait.Since, 0), wait.Section, a.Day.Day - p.Zone.Day(wait.Since), begins == long.MaxValue ? 0 : begins);
        }
    }

    private static void Certificate(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.Certificate];
        if (!rule.Enabled) return;
        foreach (var certificate in s.Certificates)
        {
            var left = certificate.Required - certificate.Completed;
            if (certificate.AwardedAt != 0 || left <= 0 || left > rule[0] || certificate.Completed == 0) continue;
            var open = OpenSection(s, p, a, certificate);
            if (open is null) continue;
            RiskRules.Raise(a, RuleId.Certificate, certificate.Certificate, certificate.Completed, false, certificate.ProgressedAt, new Stamp(certificate.ProgressedAt, 0),
                certificate.Certificate, left, (long)open.Hash);
        }
    }

    /// <summary>The program area of which most different courses were completed, where they are many and no certificate was begun.</summary>
    private static void OwnCertificate(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.OwnCertificate];
        if (!rule.Enabled || s.Certificates.Count > 0 || s.Plan.Courses.Count > 0 || a.Row.Minor || s.Registrations.Count < rule[0]) return;
        ulong best = 0;
        int most = 0;
        long newest = 0;
        for (var i = 0; i < s.Registrations.Count; i++)
        {
            var (area, _, _) = Completed(s, p, a, i, rule[1]);
            if (area == 0 || area == best) continue;
            var (courses, at) = (0, 0L);
            for (var j = 0; j < s.Registrations.Count; j++)
            {
                var (other, course, ended) = Completed(s, p, a, j, rule[1]);
                if (other != area) continue;
                at = Math.Max(at, ended);
                var again = false;
                for (var k = 0; k < j && !again; k++) again = Completed(s, p, a, k, rule[1]) is var (sameArea, same, _) && sameArea == area && same == course;
                if (!again) courses++;
            }

            if (courses > most || courses == most && area < best) (best, most, newest) = (area, courses, at);
        }

        if (most >= rule[0]) RiskRules.Raise(a, RuleId.OwnCertificate, best, 0, high: false, newest, new Stamp(newest, 0), best, most, 0);
    }

    /// <summary>Area, course and moment of a place that was completed lately enough; zeros otherwise.</summary>
    private static (ulong Area, ulong Course, long At) Completed(PersonState s, ProgramSnapshot p, Assessed a, int index, int days)
    {
        var r = s.Registrations[index];
        if (r.Status != RegistrationStatus.Completed || r.StatusAt > a.AsOf.Instant || a.Day.Day - p.Zone.Day(r.StatusAt) >= days) return default;
        var section = a.Places[index].Section;
        var course = r.Course != 0 ? r.Course : section?.Course ?? 0;
        return course == 0 ? default : (r.Program != 0 ? r.Program : section?.Program ?? 0, course, r.StatusAt);
    }

    /// <summary>The next section that would complete it: registration is open, and the person has no place in that course yet.</summary>
    private static SectionInfo? OpenSection(PersonState s, ProgramSnapshot p, Assessed a, CertificateProgress certificate)
    {
        var sections = certificate.NextCourse != 0 ? p.SectionsOfCourse(certificate.NextCourse) : p.SectionsOfCertificate(certificate.Certificate);
        foreach (var section in sections)
        {
            if (section.Starts == SectionInfo.NoDay || section.Starts < a.Day.Day) continue;
            if (section.Term != 0 && p.Terms.Find(section.Term) is { } term && term.Opens > a.Day.Day) continue;
            var taken = false;
            foreach (var r in s.Registrations)
            {
                if (!r.Kept) continue;
                if (r.Section == section.Hash || section.Course != 0 && (r.Course == section.Course || p.Section(r.Section)?.Course == section.Course)) taken = true;
            }

            // A place in the missing course answers the need, whichever section it is in.
            if (taken && certificate.NextCourse != 0) return null;
            if (!taken) return section;
        }

        return null;
    }

    /// <summary>The same for a certificate of one's own: so many courses of the plan left, and a section of the next is open.</summary>
    private static void Planned(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.Certificate];
        if (!rule.Enabled) return;
        var completed = 0;
        ulong next = 0;
        var left = 0;
        foreach (var course in s.Plan.Courses)
        {
            if (CertificatePlanner.IsCompleted(course, s, p)) completed++;
            else if (left++ == 0) next = course;
        }

        if (completed == 0 || left == 0 || left > rule[0]) return;
        foreach (var certificate in s.Certificates)
        {
            // What a certificate of the catalogue says already is said once.
            if (certificate.Certificate == s.Plan.Certificate) return;
        }

        var open = OpenSection(s, p, a, new CertificateProgress { NextCourse = next });
        if (open is null) return;
        RiskRules.Raise(a, RuleId.Certificate, s.Plan.Certificate, completed, false, s.Plan.PlannedAt, new Stamp(s.Plan.PlannedAt, 0), s.Plan.Certificate, left, (long)open.Hash);
    }

    private static void Job(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.Job];
        if (!rule.Enabled || s.Profile.Goal != GoalJob) return;
        foreach (var certificate in s.Certificates)
        {
            if (certificate.AwardedAt == 0 || a.Day.Day - p.Zone.Day(certificate.AwardedAt) > rule[0]) continue;
            RiskRules.Raise(a, RuleId.Job, certificate.Certificate, certificate.AwardedAt, false, Math.Max(certificate.AwardedAt, s.Profile.GoalAt),
                new Stamp(certificate.AwardedAt, 0), certificate.Certificate, 0, 0);
        }
    }

    private static void Licence(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.Licence];
        if (!rule.Enabled) return;
        foreach (var credential in s.Credentials)
        {
            var days = credential.ExpiresDay - a.Day.Day;
            var missing = credential.HoursRequired - credential.HoursEarned;
            if (days < 0 || days > rule[0] || missing <= 0) continue;
            var since = Math.Max(credential.StatedAt, p.Zone.StartOfDay(credential.ExpiresDay - rule[0]));
            RiskRules.Raise(a, RuleId.Licence, credential.Credential, credential.ExpiresDay, false, since, new Stamp(credential.StatedAt, 0), credential.Credential, missing, credential.ExpiresDay);
        }
    }

    private static void FirstOnline(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.FirstOnline];
        if (!rule.Enabled) return;
        Registration? next = null;
        SectionInfo? nextSection = null;
        var begins = long.MaxValue;
        var places = a.Places;
        for (var i = 0; i < places.Length; i++)
        {
            var r = s.Registrations[i];
            if (places[i].Section is not { Online: true } section || !r.Kept) continue;
            var at = section.BeginsAt(p.Zone);
            // One that began before means the log-in was tried.
            if (at <= a.AsOf.Instant || r.Present > 0) return;
            if (r.Status != RegistrationStatus.Confirmed || section.Cancelled || at >= begins) continue;
            (next, nextSection, begins) = (r, section, at);
        }

        if (next is null || nextSection is null) return;
        a.Until(begins);
        var from = p.Zone.Day(begins) - rule[0];
        if (a.Day.Day < from) return;
        var since = Math.Max(next.ConfirmedAt, p.Zone.StartOfDay(from));
        RiskRules.Raise(a, RuleId.FirstOnline, next.Section, 0, false, since, new Stamp(next.ConfirmedAt, 0), next.Section, p.Zone.Day(begins) - a.Day.Day, begins);
    }

    private static void Advising(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.Advising];
        if (!rule.Enabled || a.Row.Minor) return;
        Span<ulong> subjects = stackalloc ulong[PersonState.MaxRegistrations];
        var count = 0;
        Registration? newest = null;
        long withdrawnAt = 0;
        var back = false;
        var newestDay = int.MinValue;
        var places = a.Places;
        for (var i = 0; i < places.Length; i++)
        {
            var r = s.Registrations[i];
            if (r.Status == RegistrationStatus.Withdrawn) withdrawnAt = Math.Max(withdrawnAt, r.StatusAt);
            if (a.Day.Day - places[i].Day >= DayContext.TwoYears || !r.Kept || r.PayerOrganisation != 0) continue;
            if (newest is null || r.ConfirmedAt >= newest.ConfirmedAt) (newest, newestDay) = (r, places[i].Day);
            var subject = r.Program != 0 ? r.Program : places[i].Section?.Program ?? 0;
            if (subject != 0 && !subjects[..count].Contains(subject)) subjects[count++] = subject;
        }

        if (newest is null || a.Day.Day - newestDay >= rule[1]) return;
        if (withdrawnAt != 0 && newest.ConfirmedAt > withdrawnAt && newest.Status == RegistrationStatus.Confirmed) back = true;
        var noPlan = s.Profile.Goal < 0 && s.Certificates.Count == 0 && s.Plan.Courses.Count == 0;
        if (!back && (count < rule[0] || !noPlan)) return;
        RiskRules.Raise(a, RuleId.Advising, newest.Section, newest.ConfirmedAt, false, newest.ConfirmedAt, new Stamp(newest.ConfirmedAt, 0), newest.Section, back ? 0 : count, 0);
    }

    private static void Employer(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.Employer];
        var employer = s.Profile.Organisation;
        if (!rule.Enabled || employer == 0 || !p.Frozen.SelfPayers.TryGetValue(employer, out var people) || people < rule[0]) return;
        if (SelfPaidAt(s, p, a.Day.Day) is not { } paid) return;
        RiskRules.Raise(a, RuleId.Employer, employer, 0, false, paid, new Stamp(paid, 0), employer, people, p.Frozen.Number);
    }

    /// <summary>The newest place in 12 months that the person paid; the daily inputs count employers with it.</summary>
    internal static long? SelfPaidAt(PersonState s, ProgramSnapshot p, int day)
    {
        for (var i = s.Registrations.Count - 1; i >= 0; i--)
        {
            var r = s.Registrations[i];
            if (r.Kept && r.PayerOrganisation == 0 && !r.PaidByOther && r.Paid > 0 && day - p.Zone.Day(r.ConfirmedAt) < DayContext.Year) return r.ConfirmedAt;
        }

        return null;
    }

    private static void NotOffered(PersonState s, ProgramSnapshot p, Assessed a)
    {
        var rule = p.Policy[RuleId.NotOffered];
        if (!rule.Enabled) return;
        for (var i = s.UnmatchedSearches.Count - 1; i >= 0; i--)
        {
            var search = s.UnmatchedSearches[i];
            if (a.Day.Day - p.Zone.Day(search.At) >= rule[1]) break;
            var count = 1;
            var earliest = search.At;
            for (var j = i - 1; j >= 0; j--)
            {
                if (s.UnmatchedSearches[j].Topic != search.Topic || a.Day.Day - p.Zone.Day(s.UnmatchedSearches[j].At) >= rule[1]) continue;
                count++;
                earliest = s.UnmatchedSearches[j].At;
            }

            // The cause is the topic and its month: a third like search updates the need, a new one next year is a new need.
            if (count >= rule[0])
                RiskRules.Raise(a, RuleId.NotOffered, search.Topic, p.Zone.Month(earliest), false, search.At, new Stamp(search.At, 0), search.Topic, count, 0);
        }
    }
}
