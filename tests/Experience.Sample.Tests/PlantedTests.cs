using Experience.Domain.Events;

namespace Experience.Sample.Tests;

/// <summary>What the truth says is computed again from the facts, by brute force.</summary>
public sealed class PlantedTests(Riverbend riverbend) : IClassFixture<Riverbend>
{
    private const long Day = 86_400_000_000;
    private const long Hour = 3_600_000_000;

    private SampleTruth Truth => riverbend.Truth;

    private List<double> RatingsOf(string section) => [.. riverbend.Of(EventTypes.FeedbackSubmitted).Where(f => f.Text(Fields.Section) == section && f.Number(Fields.CourseRating) is not null).Select(f => f.Number(Fields.CourseRating)!.Value / 100.0)];

    [Fact]
    public void Excel_03_is_rated_two_point_six_and_an_eighth_want_their_money_back_after_the_instructor_changed()
    {
        var planted = Truth.InstructorChange;
        Assert.Equal("Excel 03", planted.Title);
        var change = Assert.Single(riverbend.Of(EventTypes.InstructorChanged));
        Assert.Equal(planted.Section, change.Text(Fields.Section));
        var ratings = RatingsOf(planted.Section);
        Assert.Equal(planted.Ratings, ratings.Count);
        Assert.Equal(2.6, ratings.Average(), 2);
        var confirmed = riverbend.Of(EventTypes.RegistrationConfirmed).Count(f => f.Text(Fields.Section) == planted.Section);
        var refunds = riverbend.Of(EventTypes.RefundRequested).Where(f => f.Text(Fields.Section) == planted.Section).ToList();
        Assert.Equal(0.12, refunds.Count / (double)confirmed, 3);
        Assert.All(refunds, f => Assert.True(f.Time > change.Time && f.Code(Fields.Fault) == "ours"));
    }

    [Fact]
    public void The_control_has_three_low_ratings_of_forty_and_is_rated_well()
    {
        var ratings = RatingsOf(Truth.Control.Section);
        Assert.Equal(40, ratings.Count);
        Assert.Equal(3, ratings.Count(r => r <= 2));
        Assert.Equal(4.4, ratings.Average(), 2);
    }

    [Fact]
    public void The_newest_annual_answers_of_twelve_months_score_each_desk_as_planted()
    {
        var newest = new Dictionary<string, Fact>();
        foreach (var fact in riverbend.Of(EventTypes.FeedbackSubmitted).Where(f => f.Code(Fields.Survey) == "annual" && f.Time > Riverbend.NowMicros - 365 * Day)) newest[fact.Subject] = fact;
        var desks = newest.Values.GroupBy(f => f.Text(Fields.Desk)!).ToDictionary(g => g.Key, g => (N: g.Count(), Mean: g.Average(f => f.Number(Fields.Service)!.Value / 100.0)));
        foreach (var desk in Truth.Desks)
        {
            Assert.Equal(desk.Answers, desks[desk.Desk].N);
            Assert.Equal(desk.ServiceScore, desks[desk.Desk].Mean, 2);
        }

        Assert.Equal((212, 3.7), (desks["West"].N, Math.Round(desks["West"].Mean, 1)));
        Assert.Equal((301, 4.1), (desks["Online"].N, Math.Round(desks["Online"].Mean, 1)));
        Assert.Equal((388, 4.3), (desks["Main"].N, Math.Round(desks["Main"].Mean, 1)));
        Assert.Equal(18, desks["Youth"].N);
        Assert.DoesNotContain("Phone", desks.Keys);
        Assert.Equal(4.1, Math.Round(newest.Values.Average(f => f.Number(Fields.Service)!.Value / 100.0), 1));
    }

    [Fact]
    public void The_West_desk_takes_two_days_to_answer_and_the_others_a_morning()
    {
        var opened = riverbend.Of(EventTypes.ComplaintOpened).Where(f => f.Time > Riverbend.NowMicros - 365 * Day && f.Time < Riverbend.NowMicros - 8 * Day).ToDictionary(f => f.Text(Fields.Complaint)!);
        var first = new Dictionary<string, long>();
        foreach (var answer in riverbend.Facts.Where(f => f.Type == EventTypes.ComplaintUpdated || f.Type == EventTypes.ComplaintResolved)) first.TryAdd(answer.Text(Fields.Complaint)!, answer.Time);
        double Median(string desk)
        {
            var hours = opened.Values.Where(f => f.Text(Fields.Desk) == desk && first.ContainsKey(f.Text(Fields.Complaint)!)).Select(f => (first[f.Text(Fields.Complaint)!] - f.Time) / (double)Hour).Order().ToList();
            Assert.True(hours.Count >= 20, $"{desk}: {hours.Count}");
            return hours[hours.Count / 2];
        }

        Assert.InRange(Median("West"), 46, 58);
        Assert.InRange(Median("Main"), 4, 10);
        Assert.InRange(Median("Online"), 4, 10);
    }

    [Fact]
    public void Sixty_one_complaints_are_open_and_fourteen_are_past_the_clock()
    {
        var clock = new Planning.WallClock(TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"));
        var last = new Dictionary<string, (long At, bool Access, string Desk)>();
        foreach (var fact in riverbend.Facts)
        {
            if (fact.Type == EventTypes.ComplaintOpened) last[fact.Text(Fields.Complaint)!] = (fact.Time, fact.Number(Fields.Access) == 1, fact.Text(Fields.Desk)!);
            else if (fact.Type == EventTypes.ComplaintUpdated) last[fact.Text(Fields.Complaint)!] = last[fact.Text(Fields.Complaint)!] with { At = fact.Time };
            else if (fact.Type == EventTypes.ComplaintResolved) last.Remove(fact.Text(Fields.Complaint)!);
        }

        Assert.Equal(61, last.Count);
        var late = last.Values.Where(c => c.At < clock.WorkdayHoursBefore(Riverbend.NowMicros, c.Access ? 10 : 24)).ToList();
        Assert.Equal(14, late.Count);
        Assert.Equal(8, late.Count(c => c.Desk == "West"));
        Assert.Equal(clock.WorkdayHoursBefore(Riverbend.NowMicros, 52), late.Min(c => c.At));
    }

    [Fact]
    public void Each_first_week_has_its_log_ins()
    {
        var complaints = riverbend.Of(EventTypes.ComplaintOpened).Where(f => f.Text(Fields.Category) == "Log-in").ToList();
        foreach (var (term, starts) in ((string, DateTimeOffset)[])[("2025-fall", new(2025, 8, 25, 5, 0, 0, TimeSpan.Zero)), ("2026-spring", new(2026, 1, 19, 6, 0, 0, TimeSpan.Zero)), ("2026-fall", new(2026, 8, 31, 5, 0, 0, TimeSpan.Zero))])
        {
            var from = starts.ToUnixTimeMilliseconds() * 1000;
            var count = complaints.Count(f => f.Time >= from && f.Time < from + 7 * Day);
            Assert.True(count >= 20, $"{term}: {count}");
            Assert.Equal(Truth.LogInComplaints[term], count);
            Assert.True(complaints.Count(f => f.Time >= from + 14 * Day && f.Time < from + 21 * Day) <= 3);
        }
    }

    [Fact]
    public void Forty_seniors_do_not_come_back_after_their_class_went_to_the_evening()
    {
        var moved = Assert.Single(riverbend.Of(EventTypes.SectionRescheduled));
        Assert.Equal(Truth.MovedSection, moved.Text(Fields.Section));
        Assert.Equal(40, Truth.LostSeniors.Count);
        foreach (var senior in Truth.LostSeniors)
        {
            var terms = riverbend.Of(EventTypes.RegistrationConfirmed).Where(f => f.Subject == senior).Select(f => f.Text(Fields.Term)).ToList();
            Assert.Equal(["2024-fall", "2025-spring", "2025-fall"], terms.Order().TakeLast(4).Except(["2024-spring"]).OrderBy(t => t == "2024-fall" ? 0 : t == "2025-spring" ? 1 : 2));
            Assert.DoesNotContain(terms, t => t is "2026-spring" or "2026-fall" or "2027-spring");
        }
    }

    [Fact]
    public void Eleven_wait_for_Spanish_1_which_is_full_and_has_no_second_section()
    {
        var joined = riverbend.Of(EventTypes.WaitlistJoined).Where(f => f.Text(Fields.Section) == Truth.WaitedSection).ToList();
        Assert.Equal(Enumerable.Range(1, 11).Select(i => (long?)i), joined.Select(f => f.Number(Fields.Place)));
        Assert.Equal(Truth.People.Maria, joined[3].Subject);
        var section = Assert.Single(riverbend.Of(EventTypes.SectionPublished), f => f.Text(Fields.Section) == Truth.WaitedSection);
        Assert.Single(riverbend.Of(EventTypes.SectionPublished), f => f.Text(Fields.Course) == "spanish-1" && f.Text(Fields.Term) == section.Text(Fields.Term));
        var seats = riverbend.Of(EventTypes.RegistrationConfirmed).Count(f => f.Text(Fields.Section) == Truth.WaitedSection);
        Assert.Equal(section.Number(Fields.Capacity), seats);
    }

    [Fact]
    public void Those_who_were_called_come_back_more_often_and_a_new_catalogue_brings_nobody()
    {
        double Second(bool called)
        {
            var people = Truth.Persons.Where(p => p.WelcomeCalled == called).Select(p => p.Key).ToHashSet();
            var terms = riverbend.Of(EventTypes.RegistrationConfirmed).Where(f => people.Contains(f.Subject)).GroupBy(f => f.Subject).Select(g => g.Select(f => f.Text(Fields.Term)).Distinct().Count()).ToList();
            Assert.True(terms.Count > 100);
            return terms.Count(n => n > 1) / (double)terms.Count;
        }

        Assert.True(Second(true) - Second(false) > 0.06, $"{Second(true):P1} against {Second(false):P1}");
        Assert.Equal(["Catalogue redesign", "Welcome call"], riverbend.Of(EventTypes.InitiativeStarted).Select(f => f.Text(Fields.Initiative)!).Order());
    }

    [Fact]
    public void The_people_one_can_look_up_are_as_they_are_told()
    {
        var people = Truth.People;
        Fact Identity(string key) => Assert.Single(riverbend.Of(EventTypes.ParticipantIdentified), f => f.Subject == key);
        Assert.Equal("Okafor", Identity(people.Ngozi).Text(Fields.FamilyName));
        Assert.Single(new[] { people.Ngozi, people.Ada, people.Chidi }.Select(k => Identity(k).Text(Fields.Email)).Distinct());
        Assert.Equal(2, riverbend.Of(EventTypes.HouseholdLinked).Count(f => f.Subject == people.Ngozi && f.Text(Fields.Child) is not null));

        var walter = riverbend.Of(EventTypes.RegistrationConfirmed).Where(f => f.Subject == people.Walter).Select(f => f.Text(Fields.Term)!).ToList();
        Assert.Equal(9, walter.Distinct().Count());
        Assert.Equal("2025-fall", walter[^1]);

        var progress = riverbend.Of(EventTypes.CertificateProgressed).Last(f => f.Subject == people.Dana);
        Assert.Equal((3L, 4L, "payroll"), (progress.Number(Fields.Completed), progress.Number(Fields.Required), progress.Text(Fields.Course)));
        var licence = riverbend.Of(EventTypes.CredentialExpiring).Last(f => f.Subject == people.Priya);
        Assert.InRange(licence.Number(Fields.Expires)!.Value - Riverbend.NowMicros / Day, 80, 110);
        Assert.True(licence.Number(Fields.Hours) < licence.Number(Fields.HoursRequired));
        Assert.Equal(12, riverbend.Of(EventTypes.RegistrationConfirmed).Count(f => f.Text(Fields.PayerOrganisation) == "Harlan Precision" && f.Text(Fields.Course) == "supervisor"));
        var twins = Truth.Duplicate.Select(Identity).ToList();
        Assert.Equal(twins[0].Number(Fields.BirthDate), twins[1].Number(Fields.BirthDate));
        Assert.Equal(twins[0].Text(Fields.Phone), twins[1].Text(Fields.Phone));
        Assert.NotEqual(twins[0].Text(Fields.Email), twins[1].Text(Fields.Email));
    }

    [Fact]
    public void Forty_six_thanks_went_to_seventeen_of_twenty_four_and_the_newest_to_Rosa_Lin()
    {
        List<Fact> Week(int ago) => [.. riverbend.Of(EventTypes.KudosGiven).Where(f => (Riverbend.NowMicros - f.Time) / (7 * Day) == ago)];
        Assert.Equal(46, Week(0).Count);
        Assert.Equal(17, Week(0).Select(f => f.Text(Fields.Staff)).Distinct().Count());
        Assert.Equal("Rosa Lin", Week(0)[^1].Text(Fields.Staff));
        Assert.Equal(38, Week(1).Count);
        Assert.Equal(24, riverbend.Of(EventTypes.KudosGiven).Select(f => f.Text(Fields.Staff)).Distinct().Count());
    }

    [Fact]
    public void The_truth_can_be_exported() => Assert.Contains("\"instructorChange\"", Truth.ToJson(), StringComparison.Ordinal);
}
