using System.Text;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;

namespace Experience.Domain.Tests.Programs;

public sealed class PolicyTests
{
    [Fact]
    public void What_a_document_leaves_out_is_the_default()
    {
        var policy = Policy.Parse("{}"u8, out var error);
        Assert.Null(error);
        Assert.Equal(400, policy!.Goals.Service);
        Assert.Equal((35, 30, 20, 15), (policy.Weights.Satisfaction, policy.Weights.Effort, policy.Weights.Engagement, policy.Weights.Loyalty));
        Assert.Equal([new RefundLine(1, 100), new RefundLine(2, 90)], policy.Refunds);
        foreach (var rule in Rules.All) Assert.True(policy[rule.Id].Enabled);
    }

    [Fact]
    public void The_document_in_force_is_written_whole_and_reads_as_itself()
    {
        var policy = Policy.Parse(Encoding.UTF8.GetBytes(Case.PolicyJson(""","office":{"days":["mon","sat"],"opens":"09:30","closes":"12:00","holidays":["2026-12-25"]},"rules":{"silence":{"kept":4,"words":"Hello"}}""")), out _)!;
        var again = Policy.Parse(Encoding.UTF8.GetBytes(policy.Json), out var error)!;
        Assert.Null(error);
        Assert.Equal(policy.Json, again.Json);
        Assert.Equal(24, again.Terms.All.Count);
        Assert.Equal(4, again[RuleId.Silence][0]);
        Assert.Equal("Hello", again[RuleId.Silence].Words);
        Assert.Equal(0b1000010, again.Office.Weekdays);
    }

    [Theory]
    [InlineData("""{"currency":"dollars"}""", "currency")]
    [InlineData("""{"timeZone":"Mars/Olympus"}""", "timeZone")]
    [InlineData("""{"goals":{"service":9}}""", "goals.service")]
    [InlineData("""{"score":{"satisfaction":50}}""", "score")]
    [InlineData("""{"rules":{"silence":{"kept":0}}}""", "rules.silence.kept")]
    [InlineData("""{"rules":{"silnce":{}}}""", "rules.silnce")]
    [InlineData("""{"rules":{"silence":{"keep":3}}}""", "rules.silence.keep")]
    [InlineData("""{"office":{"days":[]}}""", "office.days")]
    [InlineData("""{"office":{"opens":"17:00","closes":"08:00"}}""", "office.closes")]
    [InlineData("""{"terms":[{"key":"a","starts":"2026-02-30","ends":"2026-05-01"}]}""", "terms[0].starts")]
    [InlineData("""{"terms":[{"key":"a","starts":"2026-02-03","ends":"2026-01-01"}]}""", "terms[0].ends")]
    [InlineData("""{"terms":[{"key":"a","main":false,"starts":"2026-02-03","ends":"2026-05-01"}]}""", "terms")]
    [InlineData("""{"refunds":[{"beforeMeeting":1,"percent":120}]}""", "refunds[0].percent")]
    [InlineData("""{"surprise":1}""", "surprise")]
    [InlineData("[]", "document")]
    [InlineData("{", "document")]
    public void A_refusal_names_the_field_and_what_is_accepted(string json, string field)
    {
        Assert.Null(Policy.Parse(Encoding.UTF8.GetBytes(json), out var error));
        Assert.Equal(field, error!.Field);
        Assert.NotEmpty(error.Reason);
        Assert.NotEmpty(error.Accepted);
    }

    [Fact]
    public void Without_terms_quarters_stand_in()
    {
        var terms = Policy.Default("p", "USD", "UTC").Terms;
        Assert.False(terms.Named);
        Assert.Equal("Q1 1997", terms.OfDay(Experience.Domain.People.CivilZone.DayOf(1997, 3, 31))!.Name);
        Assert.Equal("Q2 1997", terms.OfDay(Experience.Domain.People.CivilZone.DayOf(1997, 4, 1))!.Name);
        Assert.Equal("Q2 1996", terms.YearBefore(terms.OfDay(Experience.Domain.People.CivilZone.DayOf(1997, 4, 1))!)!.Name);
    }

    [Fact]
    public void Office_time_equals_counting_minute_by_minute()
    {
        var zone = Case.Zone;
        // Includes both changes of the clock in 2026 and a holiday.
        var office = new OfficeCalendar(0b0111110, 8 * OfficeCalendar.Hour, 17 * OfficeCalendar.Hour, [Experience.Domain.People.CivilZone.DayOf(2026, 3, 10)]);
        var random = new Random(5);
        const long minute = 60_000_000;
        for (var round = 0; round < 60; round++)
        {
            var from = Case.At(2026, random.Next(2) == 0 ? 3 : 10, random.Next(1, 31)) + random.Next(-11 * 60, 11 * 60) * minute;
            var hours = random.Next(1, 30);
            Assert.Equal(ByMinute(from, hours, inside: false), office.AddHoursOfDays(zone, from, hours));
            Assert.Equal(ByMinute(from, hours, inside: true), office.AddOfficeHours(zone, from, hours));
        }

        long ByMinute(long from, int hours, bool inside)
        {
            var left = hours * 60;
            var at = from;
            for (; left > 0; at += minute)
            {
                var day = zone.Day(at);
                var time = at - zone.StartOfDay(day);
                if (office.Works(day) && (!inside || time >= office.Opens && time < office.Closes)) left--;
            }

            return at;
        }
    }
}
