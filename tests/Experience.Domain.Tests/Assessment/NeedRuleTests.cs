using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Assessments;

/// <summary>Every rule that raises a need, at its threshold and just before it.</summary>
public sealed class NeedRuleTests
{
    [Fact]
    public void Seven_days_on_a_waiting_list_or_fourteen_before_the_start_is_a_need()
    {
        var far = new Case().Section("a", CivilZone.DayOf(2026, 6, 8)).Tell(EventTypes.WaitlistJoined, At(2026, 4, 1), f => f.Set(Fields.Section, "a"));
        Assert.False(far.Raised(RuleId.Waitlist, At(2026, 4, 7, 23)));
        Assert.True(far.Raised(RuleId.Waitlist, At(2026, 4, 8, 0)));

        var near = new Case().Section("a", CivilZone.DayOf(2026, 6, 8)).Tell(EventTypes.WaitlistJoined, At(2026, 5, 24), f => f.Set(Fields.Section, "a"));
        Assert.False(near.Raised(RuleId.Waitlist, At(2026, 5, 24, 23)));
        Assert.True(near.Raised(RuleId.Waitlist, At(2026, 5, 25, 0)));
        near.Tell(EventTypes.WaitlistExpired, At(2026, 5, 26), f => f.Set(Fields.Section, "a"));
        Assert.False(near.Raised(RuleId.Waitlist, At(2026, 5, 27)));
    }

    [Fact]
    public void A_waiting_list_is_over_when_the_section_begins()
    {
        var person = new Case().Section("a", CivilZone.DayOf(2026, 6, 8)).Tell(EventTypes.WaitlistJoined, At(2026, 4, 1), f => f.Set(Fields.Section, "a"));
        Assert.True(person.Raised(RuleId.Waitlist, At(2026, 6, 8, 18) - 1));
        Assert.Equal(At(2026, 6, 8, 18), person.Assess(At(2026, 6, 8, 10)).NextDeadline);
        Assert.False(person.Raised(RuleId.Waitlist, At(2026, 6, 8, 18)));
    }

    [Fact]
    public void One_course_left_with_an_open_section_is_a_need()
    {
        var person = new Case().Section("pay-1", CivilZone.DayOf(2026, 9, 8), course: "payroll")
            .Tell(EventTypes.CertificateProgressed, At(2026, 5, 1), f => f.Set(Fields.Certificate, "book").Set(Fields.Completed, 2L).Set(Fields.Required, 4L));
        Assert.False(person.Raised(RuleId.Certificate, At(2026, 5, 2)));
        person.Tell(EventTypes.CertificateProgressed, At(2026, 5, 3), f => f.Set(Fields.Certificate, "book").Set(Fields.Completed, 3L).Set(Fields.Required, 4L).Set(Fields.Course, "payroll"));
        Assert.True(person.Raised(RuleId.Certificate, At(2026, 5, 4)));
        Assert.True(person.Raised(RuleId.Certificate, At(2026, 9, 8, 9)));
        Assert.False(person.Raised(RuleId.Certificate, At(2026, 9, 9, 9)));
        person.Kept("pay-1", At(2026, 6, 1), "2026-fall", f => f.Set(Fields.Course, "payroll"));
        Assert.False(person.Raised(RuleId.Certificate, At(2026, 6, 2)));
    }

    [Fact]
    public void Without_an_open_section_the_missing_course_is_no_need()
    {
        var person = new Case().Section("pay-1", CivilZone.DayOf(2026, 9, 8), course: "payroll")
            .Program(EventTypes.SectionCancelled, At(2026, 5, 1), f => f.Set(Fields.Section, "pay-1"))
            .Tell(EventTypes.CertificateProgressed, At(2026, 5, 3), f => f.Set(Fields.Certificate, "book").Set(Fields.Completed, 3L).Set(Fields.Required, 4L).Set(Fields.Course, "payroll"));
        Assert.False(person.Raised(RuleId.Certificate, At(2026, 5, 4)));
    }

    [Fact]
    public void A_licence_that_expires_within_120_days_and_is_short_of_hours_is_a_need()
    {
        var expires = CivilZone.DayOf(2026, 12, 31);
        var person = new Case().Tell(EventTypes.CredentialExpiring, At(2026, 1, 5), f => f.Set(Fields.Credential, "RN").Set(Fields.Expires, (long)expires).Set(Fields.HoursRequired, 1200L).Set(Fields.Hours, 600L));
        Assert.False(person.Raised(RuleId.Licence, At(expires - 121, 23)));
        Assert.True(person.Raised(RuleId.Licence, At(expires - 120, 0)));
        Assert.Equal(600, person.Item(RuleId.Licence, At(expires, 23)).Number);
        Assert.False(person.Raised(RuleId.Licence, At(expires + 1, 0)));
        person.Tell(EventTypes.ContactHoursEarned, At(expires - 50), f => f.Set(Fields.Hours, 600L).Set(Fields.Credential, "RN"));
        Assert.False(person.Raised(RuleId.Licence, At(expires - 40)));
    }

    [Fact]
    public void The_first_online_class_is_a_need_three_days_before()
    {
        var start = CivilZone.DayOf(2026, 3, 10);
        var person = new Case().Section("on", start, more: f => f.Set(Fields.Mode, "online")).Kept("on", At(2026, 2, 1), "2026-spring");
        Assert.False(person.Raised(RuleId.FirstOnline, At(start - 4, 23)));
        Assert.True(person.Raised(RuleId.FirstOnline, At(start - 3, 0)));
        Assert.False(person.Raised(RuleId.FirstOnline, At(start, 18)));
        var second = new Case().Section("on", start, more: f => f.Set(Fields.Mode, "online")).Section("old", start - 200, more: f => f.Set(Fields.Mode, "online"))
            .Kept("old", At(start - 210)).Kept("on", At(2026, 2, 1), "2026-spring");
        Assert.False(second.Raised(RuleId.FirstOnline, At(start - 2)));
    }

    [Fact]
    public void Three_subjects_without_a_plan_is_advising()
    {
        var person = new Case().Kept("a", At(2025, 9, 1), "2025-fall", f => f.Set(Fields.Program, "Art")).Kept("b", At(2026, 1, 5), "2026-spring", f => f.Set(Fields.Program, "Computing"));
        Assert.False(person.Raised(RuleId.Advising, At(2026, 1, 6)));
        person.Kept("c", At(2026, 1, 7), "2026-spring", f => f.Set(Fields.Program, "Language"));
        Assert.True(person.Raised(RuleId.Advising, At(2026, 1, 8)));
        var day = CivilZone.DayOf(2026, 1, 7);
        Assert.True(person.Raised(RuleId.Advising, At(day + 89)));
        Assert.False(person.Raised(RuleId.Advising, At(day + 90)));
        person.Tell(EventTypes.GoalStated, At(2026, 1, 9), f => f.Set(Fields.Goal, "hobby"));
        Assert.False(person.Raised(RuleId.Advising, At(2026, 1, 10)));
    }

    [Fact]
    public void Back_after_a_withdrawal_is_advising()
    {
        var person = new Case().Kept("a", At(2025, 9, 1), "2025-fall").Tell(EventTypes.RegistrationWithdrawn, At(2025, 10, 1), f => f.Set(Fields.Section, "a"));
        Assert.False(person.Raised(RuleId.Advising, At(2025, 10, 2)));
        person.Kept("b", At(2026, 1, 5), "2026-spring");
        Assert.True(person.Raised(RuleId.Advising, At(2026, 1, 6)));
    }

    [Fact]
    public void A_certificate_within_thirty_days_and_the_goal_of_a_job_is_a_need()
    {
        var person = new Case().Tell(EventTypes.CertificateAwarded, At(2026, 5, 1), f => f.Set(Fields.Certificate, "book"));
        Assert.False(person.Raised(RuleId.Job, At(2026, 5, 2)));
        person.Tell(EventTypes.GoalStated, At(2026, 5, 3), f => f.Set(Fields.Goal, "job"));
        var day = CivilZone.DayOf(2026, 5, 1);
        Assert.True(person.Raised(RuleId.Job, At(day + 30)));
        Assert.False(person.Raised(RuleId.Job, At(day + 31)));
    }

    [Fact]
    public void Three_self_payers_of_one_employer_is_a_need_of_each()
    {
        var person = new Case().Tell(EventTypes.ParticipantIdentified, At(2026, 1, 1), f => f.Set(Fields.Organisation, "Harlan"))
            .Kept("a", At(2026, 1, 5), "2026-spring").Tell(EventTypes.PaymentReceived, At(2026, 1, 5, 13), f => f.Set(Fields.Section, "a").Set(Fields.Amount, 19_000L));
        var harlan = SipHash.Name("Harlan");
        Assert.False(person.Raised(RuleId.Employer, At(2026, 1, 6), new FrozenInputs(3, 0, long.MaxValue, new Dictionary<ulong, int> { [harlan] = 2 })));
        Assert.True(person.Raised(RuleId.Employer, At(2026, 1, 6), new FrozenInputs(3, 0, long.MaxValue, new Dictionary<ulong, int> { [harlan] = 3 })));
    }

    [Fact]
    public void Two_like_searches_within_thirty_days_is_a_need()
    {
        var day = CivilZone.DayOf(2026, 5, 1);
        var person = new Case().Tell(EventTypes.SearchUnmatched, At(day), f => f.Set(Fields.Topic, "Welding")).Tell(EventTypes.SearchUnmatched, At(day + 29), f => f.Set(Fields.Topic, "Baking"));
        Assert.False(person.Raised(RuleId.NotOffered, At(day + 29, 13)));
        person.Tell(EventTypes.SearchUnmatched, At(day + 29, 14), f => f.Set(Fields.Topic, "Welding"));
        Assert.True(person.Raised(RuleId.NotOffered, At(day + 29, 15)));
        Assert.False(person.Raised(RuleId.NotOffered, At(day + 30)));
    }
}
