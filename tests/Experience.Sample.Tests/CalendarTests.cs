using Experience.Sample.Planning;

namespace Experience.Sample.Tests;

public sealed class CalendarTests
{
    [Fact]
    public void Every_day_lies_in_exactly_one_season()
    {
        var calendar = AcademicCalendar.Covering(2019, 2032);
        for (var day = new DateOnly(2020, 1, 1); day < new DateOnly(2032, 1, 1); day = day.AddDays(1))
        {
            Assert.Single(calendar.Terms, t => t.Season && t.Contains(day));
        }
    }

    [Fact]
    public void The_fall_of_2026_is_in_its_twelfth_week_on_19_November_and_spring_is_sixty_days_away()
    {
        var calendar = AcademicCalendar.Covering(2024, 2028);
        var day = new DateOnly(2026, 11, 19);
        var fall = calendar.SeasonOf(day);
        Assert.Equal("2026-fall", fall.Key);
        Assert.Equal(12, (day.DayNumber - fall.Starts.DayNumber) / 7 + 1);
        var spring = calendar.Terms.Single(t => t.Key == "2027-spring");
        Assert.Equal(60, spring.Starts.DayNumber - day.DayNumber);
        Assert.Equal(new DateOnly(2026, 11, 6), fall.Closes);
    }

    [Fact]
    public void A_term_opens_before_it_starts_and_closes_while_it_lasts()
    {
        foreach (var term in AcademicCalendar.Covering(2019, 2032).Terms)
        {
            Assert.True(term.Opens < term.Starts && term.Starts < term.Closes && term.Closes < term.Ends, term.Key);
            Assert.Equal(DayOfWeek.Monday, term.Starts.DayOfWeek);
        }
    }

    /// <summary>Every day of a year, some of them in other years and at other hours: small samples, what is planted checked on each.</summary>
    [Fact]
    public void Whatever_today_is_the_planted_class_has_met_once_and_meets_again()
    {
        for (var i = 0; i < 366; i++)
        {
            var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(i).AddHours(i * 7 % 24).AddMinutes(i * 11 % 60);
            var plan = new SamplePlan(new SampleOptions { Now = now, People = SampleOptions.MinPeople });
            var script = plan.Script;
            Assert.True(script.Excel03.Meetings[0] < plan.Now && script.Excel03.Meetings[1] > plan.Now, $"{now:u}");
            Assert.True(script.InstructorChangedAt < script.Excel03.Meetings[0]);
            Assert.True(script.Payroll02.Meetings[0] > plan.Now);
            Assert.True(script.WaitedSpanish.Meetings[0] > plan.Now);
            Assert.Equal(Script.Waiting, script.Spanish.Count);
            Assert.Equal(9, script.Walter.Registrations.Select(r => r.Section.Term.Key).Distinct().Count());
            Assert.DoesNotContain(script.Walter.Registrations, r => r.Section.Term == plan.ClosedMain[0] || r.Section.Term == plan.ClosedMain[1]);
            Assert.All(script.Lost, p => Assert.Equal(4, p.Registrations.Count));
            Assert.Contains(plan.Registrations.All, r => r.At < plan.Now && r.At > plan.Now - 14 * WallClock.Day);
            Assert.Contains(plan.Sections.All, s => s.CancelledAt == 0 && s.Meetings[0] < plan.Now && s.Meetings[^1] > plan.Now);
        }
    }
}
