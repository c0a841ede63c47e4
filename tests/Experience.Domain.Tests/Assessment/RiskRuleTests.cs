using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;
using static Experience.Domain.Tests.Assessments.Case;

namespace Experience.Domain.Tests.Assessments;

/// <summary>Every rule that raises a flag, at its threshold and just before it.</summary>
public sealed class RiskRuleTests
{
    private const long Hour = 3_600_000_000;

    [Fact]
    public void Three_terms_kept_and_two_usual_terms_missed_is_silence_at_registration_close()
    {
        var person = new Case().Kept("a", At(2023, 9, 1), "2023-fall").Kept("b", At(2024, 1, 10), "2024-spring").Kept("c", At(2024, 9, 1), "2024-fall");
        // Only fall was kept twice, so falls are judged: 2025 and 2026 are missed; the second closes on 20 September 2026.
        Assert.False(person.Raised(RuleId.Silence, At(2026, 9, 20, 23, 59)));
        Assert.True(person.Raised(RuleId.Silence, At(2026, 9, 21, 0)));
        Assert.True(person.Raised(RuleId.Silence, At(CivilZone.DayOf(2026, 9, 21) + 119)));
        Assert.False(person.Raised(RuleId.Silence, At(CivilZone.DayOf(2026, 9, 21) + 120)));
        Assert.True(person.Item(RuleId.Silence, At(2026, 10, 1)).High);
    }

    [Fact]
    public void Summer_people_are_judged_by_summers()
    {
        var person = new Case().Kept("a", At(2022, 6, 1), "2022-summer").Kept("b", At(2023, 6, 1), "2023-summer").Kept("c", At(2024, 6, 1), "2024-summer");
        Assert.False(person.Raised(RuleId.Silence, At(2025, 2, 15)));
        Assert.False(person.Raised(RuleId.Silence, At(2026, 6, 20)));
        Assert.True(person.Raised(RuleId.Silence, At(2026, 6, 21)));
    }

    [Fact]
    public void Two_terms_kept_are_not_enough_for_silence()
    {
        var person = new Case().Kept("a", At(2023, 9, 1), "2023-fall").Kept("c", At(2024, 9, 1), "2024-fall");
        for (var day = CivilZone.DayOf(2024, 9, 1); day < CivilZone.DayOf(2028, 1, 1); day++) Assert.False(person.Raised(RuleId.Silence, At(day)));
    }

    [Fact]
    public void A_later_registration_ends_silence()
    {
        var person = new Case().Kept("a", At(2022, 9, 1), "2022-fall").Kept("b", At(2023, 9, 1), "2023-fall").Kept("c", At(2024, 9, 1), "2024-fall");
        Assert.True(person.Raised(RuleId.Silence, At(2026, 10, 1)));
        person.Kept("d", At(2026, 10, 2), "2027-spring");
        Assert.False(person.Raised(RuleId.Silence, At(2026, 10, 2, 13)));
    }

    [Fact]
    public void A_first_section_over_and_nothing_thirty_days_into_registration_asks_how_it_was()
    {
        var person = new Case().Section("a", CivilZone.DayOf(2025, 9, 8), 4).Kept("a", At(2025, 9, 1), "2025-fall");
        Assert.False(person.Raised(RuleId.SecondTerm, At(2025, 11, 30, 23)));
        Assert.True(person.Raised(RuleId.SecondTerm, At(2025, 12, 1)));
        Assert.True(person.Raised(RuleId.SecondTerm, At(2026, 1, 31)));
        Assert.False(person.Raised(RuleId.SecondTerm, At(2026, 2, 1)));
        person.Kept("b", At(2025, 12, 2), "2026-spring");
        Assert.False(person.Raised(RuleId.SecondTerm, At(2025, 12, 3)));
    }

    [Fact]
    public void A_first_section_that_still_runs_asks_nothing()
    {
        var person = new Case().Section("a", CivilZone.DayOf(2025, 9, 8), 14).Kept("a", At(2025, 9, 1), "2025-fall");
        Assert.False(person.Raised(RuleId.SecondTerm, At(2025, 12, 5)));
        Assert.Equal(Zone.StartOfDay(CivilZone.DayOf(2025, 12, 9)), person.Assess(At(2025, 12, 8)).NextDeadline);
        Assert.True(person.Raised(RuleId.SecondTerm, At(2025, 12, 9, 0)));
    }

    [Theory]
    [InlineData(200, true, true)]
    [InlineData(201, true, false)]
    [InlineData(300, true, false)]
    [InlineData(301, false, false)]
    public void A_rating_of_two_is_high_and_of_three_is_medium(int rating, bool raised, bool high)
    {
        var person = new Case().Tell(EventTypes.FeedbackSubmitted, At(2026, 3, 1), f => f.Set(Fields.CourseRating, rating).Set(Fields.Section, "a"));
        var items = person.Assess(At(2026, 3, 2)).Open;
        Assert.Equal(raised, items.Exists(i => i.Rule == RuleId.LowRating));
        Assert.Equal(high, items.Exists(i => i.Rule == RuleId.LowRating && i.High));
    }

    [Fact]
    public void A_low_rating_counts_for_180_days_unless_a_better_one_follows()
    {
        var person = new Case().Tell(EventTypes.FeedbackSubmitted, At(2026, 3, 1), f => f.Set(Fields.Service, 200L));
        var day = CivilZone.DayOf(2026, 3, 1);
        Assert.True(person.Raised(RuleId.LowRating, At(day + 179, 23)));
        Assert.False(person.Raised(RuleId.LowRating, At(day + 180, 0)));
        person.Tell(EventTypes.FeedbackSubmitted, At(2026, 3, 5), f => f.Set(Fields.Service, 500L));
        Assert.False(person.Raised(RuleId.LowRating, At(2026, 3, 6)));
        Assert.True(person.Raised(RuleId.LowRating, At(2026, 3, 4)));
    }

    [Fact]
    public void A_complaint_is_past_the_clock_after_24_hours_of_office_days()
    {
        // Friday 08:30: Saturday and Sunday do not count, so it is due on Monday 08:30.
        var opened = At(2026, 3, 6, 8, 30);
        var person = new Case().Tell(EventTypes.ComplaintOpened, opened, f => f.Set(Fields.Complaint, "c-1").Set(Fields.Category, "Parking"));
        var due = At(2026, 3, 9, 8, 30);
        Assert.False(person.Raised(RuleId.PastClock, due));
        Assert.Equal(due + 1, person.Assess(due - Hour).NextDeadline);
        Assert.True(person.Raised(RuleId.PastClock, due + 1));
        person.Tell(EventTypes.ComplaintUpdated, due + Hour, f => f.Set(Fields.Complaint, "c-1"));
        Assert.False(person.Raised(RuleId.PastClock, due + 2 * Hour));
        Assert.True(person.Raised(RuleId.PastClock, due + 26 * Hour));
        person.Tell(EventTypes.ComplaintResolved, due + 27 * Hour, f => f.Set(Fields.Complaint, "c-1"));
        Assert.False(person.Raised(RuleId.PastClock, due + 60 * Hour));
    }

    [Fact]
    public void What_keeps_a_person_out_is_due_within_four_office_hours()
    {
        // Opened at 15:00, the office closes at 17:00: two hours are left for the next morning.
        var person = new Case().Tell(EventTypes.ComplaintOpened, At(2026, 3, 3, 15), f => f.Set(Fields.Complaint, "c-1").Set(Fields.Category, "Log-in").Set(Fields.Access, true));
        var due = At(2026, 3, 4, 10);
        Assert.False(person.Raised(RuleId.PastClock, due));
        Assert.True(person.Raised(RuleId.PastClock, due + 1));
    }

    [Fact]
    public void The_same_delay_twice_is_two_causes()
    {
        var person = new Case().Tell(EventTypes.ComplaintOpened, At(2026, 3, 2, 9), f => f.Set(Fields.Complaint, "c-1").Set(Fields.Category, "Parking"));
        var first = person.Item(RuleId.PastClock, At(2026, 3, 4)).Cause;
        Assert.Equal(first, person.Item(RuleId.PastClock, At(2026, 3, 5)).Cause);
        person.Tell(EventTypes.ComplaintUpdated, At(2026, 3, 5, 13), f => f.Set(Fields.Complaint, "c-1"));
        Assert.NotEqual(first, person.Item(RuleId.PastClock, At(2026, 3, 9)).Cause);
    }

    [Fact]
    public void A_promise_is_late_one_office_day_after_it_was_due()
    {
        // Due on Friday 17:00, so late on Monday 17:00.
        var person = new Case().Tell(EventTypes.PromiseMade, At(2026, 3, 4), f => f.Set(Fields.Promise, "p-1").Set(Fields.Due, At(2026, 3, 6, 17)));
        Assert.False(person.Raised(RuleId.Promise, At(2026, 3, 9, 17) - 1));
        Assert.Equal(At(2026, 3, 9, 17), person.Assess(At(2026, 3, 8)).NextDeadline);
        Assert.True(person.Raised(RuleId.Promise, At(2026, 3, 9, 17)));
        person.Tell(EventTypes.PromiseKept, At(2026, 3, 10), f => f.Set(Fields.Promise, "p-1"));
        Assert.False(person.Raised(RuleId.Promise, At(2026, 3, 11)));
    }

    [Fact]
    public void Absent_once_is_a_no_show_and_twice_running_is_attendance()
    {
        var start = CivilZone.DayOf(2026, 3, 3);
        var person = new Case().Section("a", start).Kept("a", At(2026, 2, 1), "2026-spring");
        Assert.False(person.Raised(RuleId.NoShow, At(start, 23)));
        person.Tell(EventTypes.AttendanceRecorded, At(start, 19), f => f.Set(Fields.Section, "a").Set(Fields.Presence, "absent").Set(Fields.Meeting, At(start, 18)));
        Assert.True(person.Raised(RuleId.NoShow, At(start, 20)));
        Assert.False(person.Raised(RuleId.Attendance, At(start, 20)));
        Assert.True(person.Raised(RuleId.NoShow, At(start + 13)));
        Assert.False(person.Raised(RuleId.NoShow, At(start + 14)));
        person.Tell(EventTypes.AttendanceRecorded, At(start + 7, 19), f => f.Set(Fields.Section, "a").Set(Fields.Presence, "absent").Set(Fields.Meeting, At(start + 7, 18)));
        Assert.True(person.Raised(RuleId.Attendance, At(start + 8)));
        Assert.False(person.Raised(RuleId.NoShow, At(start + 8)));
        person.Tell(EventTypes.AttendanceRecorded, At(start + 14, 19), f => f.Set(Fields.Section, "a").Set(Fields.Presence, "present").Set(Fields.Meeting, At(start + 14, 18)));
        Assert.False(person.Raised(RuleId.Attendance, At(start + 15)));
    }

    [Fact]
    public void A_refund_at_our_fault_is_a_risk_and_a_plain_one_only_the_second_time()
    {
        var person = new Case().Kept("a", At(2026, 1, 5), "2026-spring").Kept("b", At(2026, 1, 5, 13), "2026-spring").Kept("c", At(2026, 1, 5, 14), "2026-spring");
        person.Tell(EventTypes.RefundRequested, At(2026, 1, 20), f => f.Set(Fields.Section, "a").Set(Fields.Fault, "theirs"));
        Assert.False(person.Raised(RuleId.Refund, At(2026, 1, 21)));
        person.Tell(EventTypes.RefundRequested, At(2026, 2, 20), f => f.Set(Fields.Section, "b").Set(Fields.Fault, "theirs"));
        Assert.True(person.Raised(RuleId.Refund, At(2026, 2, 21)));
        var day = CivilZone.DayOf(2026, 2, 20);
        Assert.True(person.Raised(RuleId.Refund, At(day + 59)));
        Assert.False(person.Raised(RuleId.Refund, At(day + 60)));

        var ours = new Case().Kept("a", At(2026, 1, 5), "2026-spring").Tell(EventTypes.RefundRequested, At(2026, 1, 20), f => f.Set(Fields.Section, "a").Set(Fields.Fault, "ours"));
        Assert.True(ours.Raised(RuleId.Refund, At(2026, 1, 20, 13)));
    }

    [Fact]
    public void A_second_refund_more_than_twelve_months_later_is_no_risk()
    {
        var person = new Case().Kept("a", At(2025, 1, 5), "2025-spring").Kept("b", At(2026, 1, 5), "2026-spring");
        person.Tell(EventTypes.RefundRequested, At(2025, 1, 20), f => f.Set(Fields.Section, "a")).Tell(EventTypes.RefundRequested, At(2026, 1, 20), f => f.Set(Fields.Section, "b"));
        Assert.False(person.Raised(RuleId.Refund, At(2026, 1, 21)));
    }

    [Fact]
    public void A_drop_is_no_risk()
    {
        var person = new Case().Section("a", CivilZone.DayOf(2026, 3, 3)).Kept("a", At(2026, 2, 1), "2026-spring").Tell(EventTypes.RegistrationDropped, At(2026, 2, 3), f => f.Set(Fields.Section, "a"));
        for (var hour = 0; hour < 24 * 30; hour++) Assert.Equal(0, person.Assess(At(2026, 2, 3) + hour * Hour).Row.Risks);
    }

    [Fact]
    public void We_cancelled_is_a_risk_after_24_hours_without_another_registration()
    {
        var person = new Case().Kept("a", At(2026, 1, 5), "2026-spring").Tell(EventTypes.RegistrationCancelled, At(2026, 1, 12, 9), f => f.Set(Fields.Section, "a"));
        Assert.False(person.Raised(RuleId.WeCancelled, At(2026, 1, 13, 9) - 1));
        Assert.Equal(At(2026, 1, 13, 9), person.Assess(At(2026, 1, 12, 10)).NextDeadline);
        Assert.True(person.Raised(RuleId.WeCancelled, At(2026, 1, 13, 9)));
        person.Kept("b", At(2026, 1, 14), "2026-spring");
        Assert.False(person.Raised(RuleId.WeCancelled, At(2026, 1, 15)));
    }

    [Fact]
    public void Bare_payments_raise_nothing_and_have_no_score()
    {
        var person = new Case();
        for (var i = 0; i < 40; i++) person.Tell(EventTypes.PaymentReceived, At(CivilZone.DayOf(2022, 1, 1) + i * 37), f => f.Set(Fields.Amount, 1999L).Set(Fields.Quantity, 1L));
        for (var day = CivilZone.DayOf(2022, 1, 2); day < CivilZone.DayOf(2028, 1, 1); day += 5)
        {
            var assessed = person.Assess(At(day));
            Assert.Empty(assessed.Open);
            Assert.Equal(-1, assessed.Row.Score);
        }
    }

    [Fact]
    public void History_is_judged_at_its_end_and_raises_no_alert()
    {
        var person = new Case().Tell(EventTypes.FeedbackSubmitted, At(2026, 3, 1), f => f.Set(Fields.CourseRating, 100L).Set(Fields.Section, "a"));
        var history = new Assessed();
        Assessor.Assess(person.State(), person.Snapshot(), new AsOf(At(2026, 3, 2), true, long.MaxValue), history);
        Assert.False(Assert.Single(history.Open).Alert);
        Assert.Equal(long.MaxValue, history.NextDeadline);

        var before = new Assessed();
        Assessor.Assess(person.State(), person.Snapshot(), new AsOf(At(2026, 3, 9), false, At(2026, 3, 8)), before);
        Assert.False(Assert.Single(before.Open).Alert);
        var live = new Assessed();
        Assessor.Assess(person.State(), person.Snapshot(), new AsOf(At(2026, 3, 9), false, At(2026, 2, 8)), live);
        Assert.True(Assert.Single(live.Open).Alert);
    }

    [Fact]
    public void What_was_accepted_leaves_a_day_later_and_what_was_only_offered_stays()
    {
        var person = new Case().Tell(EventTypes.FeedbackSubmitted, At(2026, 3, 1), f => f.Set(Fields.CourseRating, 100L).Set(Fields.Section, "a"));
        var cause = person.Item(RuleId.LowRating, At(2026, 3, 2)).CauseText;
        person.Tell(EventTypes.NeedOffered, At(2026, 3, 3), f => f.Set(Fields.Rule, "low-rating").Set(Fields.Cause, cause));
        Assert.Equal(ReplyKind.Offered, person.Item(RuleId.LowRating, At(2026, 4, 1)).Answer);
        person.Tell(EventTypes.NeedAccepted, At(2026, 4, 2), f => f.Set(Fields.Rule, "low-rating").Set(Fields.Cause, cause));
        Assert.Equal(ReplyKind.Accepted, person.Item(RuleId.LowRating, At(2026, 4, 3) - 1).Answer);
        Assert.Equal(At(2026, 4, 3), person.Assess(At(2026, 4, 2, 13)).NextDeadline);
        Assert.False(person.Raised(RuleId.LowRating, At(2026, 4, 3)));
    }

    [Fact]
    public void A_rule_that_the_policy_disables_raises_nothing_and_one_that_it_changes_follows()
    {
        var off = new Case(PolicyJson(""","rules":{"low-rating":{"enabled":false}}""")).Tell(EventTypes.FeedbackSubmitted, At(2026, 3, 1), f => f.Set(Fields.Service, 100L));
        Assert.False(off.Raised(RuleId.LowRating, At(2026, 3, 2)));
        var strict = new Case(PolicyJson(""","rules":{"low-rating":{"medium":4,"days":10}}""")).Tell(EventTypes.FeedbackSubmitted, At(2026, 3, 1), f => f.Set(Fields.Service, 400L));
        Assert.True(strict.Raised(RuleId.LowRating, At(2026, 3, 10)));
        Assert.False(strict.Raised(RuleId.LowRating, At(2026, 3, 11)));
    }
}
