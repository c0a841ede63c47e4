using Experience.Domain.Models.Needs;
using Experience.Domain.Programs;

namespace Experience.Domain.Tests.Models.Needs;

/// <summary>Acceptance, shrunk; draws that are functions of their seed.</summary>
public sealed class AnswerTests
{
    [Theory]
    [InlineData(0.4, 9.6)]
    [InlineData(3, 5)]
    [InlineData(40, 60)]
    public void Draws_have_the_mean_and_the_spread_of_the_posterior(double a, double b)
    {
        const int n = 20_000;
        double sum = 0, squares = 0;
        for (var i = 0; i < n; i++)
        {
            var x = new BetaDraw((ulong)i * 77_777).Beta(a, b);
            Assert.InRange(x, 0, 1);
            sum += x;
            squares += x * x;
        }

        var (mean, variance) = (a / (a + b), a * b / ((a + b) * (a + b) * (a + b + 1)));
        Assert.Equal(mean, sum / n, 4 * Math.Sqrt(variance / n));
        Assert.Equal(variance, squares / n - sum / n * (sum / n), variance * 0.1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_draw() => Assert.Equal(new BetaDraw(5).Beta(2, 3), new BetaDraw(5).Beta(2, 3));

    [Fact]
    public void Few_answers_lean_on_the_segment_the_rule_and_all_and_many_stand_alone()
    {
        var answers = new NeedAnswers();
        Assert.Equal(1.0 / 3, answers.Rate(RuleId.Job, 0), 12);
        answers.Add(RuleId.Advising, 1, AskTiming.Later, new Answered(1_000, 800));
        Assert.InRange(answers.Rate(RuleId.Job, 0), 0.75, 0.80);
        answers.Add(RuleId.Job, 0, AskTiming.Later, new Answered(4, 0));
        Assert.InRange(answers.Rate(RuleId.Job, 0), 0.2, 0.6);
        answers.Add(RuleId.Job, 0, AskTiming.JustRegistered, new Answered(1_000, 100));
        Assert.Equal(0.1, answers.Rate(RuleId.Job, 0), 0.01);
        var (a, b) = answers.Posterior(RuleId.Job, 0, AskTiming.JustRegistered);
        Assert.Equal(0.1, a / (a + b), 0.01);
    }

    [Fact]
    public void A_better_moment_is_named_only_when_answers_prove_it()
    {
        var answers = new NeedAnswers();
        answers.Add(RuleId.Employer, 0, AskTiming.JustRegistered, new Answered(40, 2));
        answers.Add(RuleId.Employer, 0, AskTiming.Later, new Answered(29, 29));
        Assert.Null(answers.BetterMoment(RuleId.Employer, 0, AskTiming.JustRegistered));
        answers.Add(RuleId.Employer, 0, AskTiming.Later, new Answered(11, 0));
        Assert.Equal((AskTiming.Later, new Answered(40, 29)), answers.BetterMoment(RuleId.Employer, 0, AskTiming.JustRegistered));
        Assert.Null(answers.BetterMoment(RuleId.Employer, 0, AskTiming.Later));
    }

    [Fact]
    public void A_likely_course_leads_until_answers_say_otherwise()
    {
        var answers = new NeedAnswers();
        double Mean(ulong course, double relative)
        {
            var (a, b) = answers.PosteriorOfCourse(course, 0, relative, [course]);
            return a / (a + b);
        }

        Assert.True(Mean(1, 1) > Mean(2, 0.3));
        answers.Add(RuleId.NextOffering, 0, AskTiming.Later, new Answered(60, 20));
        answers.AddCourse(1, 0, new Answered(30, 3));
        answers.AddCourse(2, 0, new Answered(30, 17));
        Assert.True(Mean(2, 0.3) > 3 * Mean(1, 1));
    }

    [Fact]
    public void What_is_known_of_an_area_and_of_a_course_elsewhere_stands_in_until_a_segment_has_answered()
    {
        var answers = new NeedAnswers();
        for (var segment = 0; segment < 2; segment++) answers.Add(RuleId.NextOffering, segment, AskTiming.Later, new Answered(200, 60));
        double Mean(ulong course, int segment, params ulong[] area)
        {
            var (a, b) = answers.PosteriorOfCourse(course, segment, 1, area);
            return a / (a + b);
        }

        // Courses 1 and 2 are of one area, which segment 0 likes and segment 1 does not; nobody was asked about 2, 3 or 4.
        answers.AddCourse(1, 0, new Answered(40, 30));
        answers.AddCourse(1, 1, new Answered(40, 2));
        Assert.True(Mean(2, 0, 1, 2) > Mean(3, 0, 3));
        Assert.True(Mean(2, 1, 1, 2) < Mean(3, 1, 3));

        // Course 4 was taken up well by the other segment, beside others of its area.
        answers.AddCourse(4, 1, new Answered(30, 27));
        answers.AddCourse(5, 1, new Answered(30, 3));
        Assert.True(Mean(4, 0, 4, 5) > Mean(5, 0, 4, 5));
    }
}
