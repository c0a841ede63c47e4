using System.Globalization;
using Experience.Domain.Models;
using Experience.Testing;

namespace Experience.Domain.Tests.Models;

/// <summary>BG/BB on the donations of Fader, Hardie and Shang (2010): 11,104 donors, six yearly opportunities.</summary>
public class DonationTests
{
    private static readonly Lazy<(OpportunityHistory[] Rows, Fitted<BetaBernoulliModel> Fit)> Donors = new(static () =>
    {
        var rows = File.ReadLines(Repository.Donations).Skip(1)
            .Select(static line => Array.ConvertAll(line.Split(','), static cell => int.Parse(cell, CultureInfo.InvariantCulture)))
            .Select(static row => new OpportunityHistory(row[0], row[1], row[2], row[3])).ToArray();
        return (rows, Assert.IsType<Fitted<BetaBernoulliModel>>(BetaBernoulliFit.Fit(rows)));
    });

    [Fact]
    public void Donations_give_the_published_parameters()
    {
        var fit = Donors.Value.Fit;
        Assert.Equal(11_104, fit.People);
        Assert.InRange(fit.LogLikelihood, -33225.58 - .01, -33225.58 + .01);
        double[] published = [1.203528, .7497260, .6567808, 2.783796];
        Assert.All(published.Zip(fit.Parameters), static pair => Assert.InRange(pair.Second.Value / pair.First, .999, 1.001));
        Assert.All(fit.Parameters, static parameter => Assert.InRange(parameter.StandardError!.Value, .001, .5));
    }

    [Fact]
    public void Who_comes_back_is_as_published()
    {
        var (rows, fit) = Donors.Value;
        var model = fit.Model;
        Assert.Equal(.11, model.ProbabilityActive(new OpportunityHistory(0, 0, 6)), 2);
        Assert.Equal(.59, model.ProbabilityActive(new OpportunityHistory(2, 4, 6)), 2);
        Assert.Equal(.93, model.ProbabilityActive(new OpportunityHistory(6, 6, 6)), 2);
        Assert.Equal(12_884.2, rows.Sum(row => row.People * model.ExpectedAfter(row, 5)), .5);
        Assert.Equal(3454.9, 11_104 * model.Probability(0, 6), .3);
        Assert.Equal(1253.1, 11_104 * model.Probability(6, 6), .3);
    }

    [Theory]
    [InlineData(1.2, .75, .66, 2.78)]
    [InlineData(.4, 2, 1, 6)]
    public void Probabilities_sum_to_one_and_their_mean_is_the_expectation(double alpha, double beta, double gamma, double delta)
    {
        var model = new BetaBernoulliModel(alpha, beta, gamma, delta);
        var counts = Enumerable.Range(0, 9).ToArray();
        Assert.Equal(1, counts.Sum(count => model.Probability(count, 8)), 10);
        Assert.Equal(model.Expected(8), counts.Sum(count => count * model.Probability(count, 8)), 10);
        foreach (var person in new[] { new OpportunityHistory(0, 0, 5), new OpportunityHistory(2, 3, 5), new OpportunityHistory(5, 5, 5) })
        {
            Assert.Equal(1, counts.Sum(count => model.ProbabilityAfter(person, count, 8)), 10);
            Assert.Equal(model.ExpectedAfter(person, 8), counts.Sum(count => count * model.ProbabilityAfter(person, count, 8)), 10);
            Assert.Equal(model.ExpectedAfter(person, 8), model.DiscountedAfter(person, 0, 8), 10);
            Assert.True(model.DiscountedAfter(person, .1, 8) < model.ExpectedAfter(person, 8));
        }
    }

    [Fact]
    public void The_histories_of_n_opportunities_have_probability_one()
    {
        var model = new BetaBernoulliModel(1.2, .75, .66, 2.78);
        var sum = 0.0;
        for (var pattern = 0; pattern < 64; pattern++)
        {
            var taken = Enumerable.Range(1, 6).Where(i => (pattern >> (i - 1) & 1) == 1).ToArray();
            sum += Math.Exp(model.LogLikelihood(new OpportunityHistory(taken.Length, taken.LastOrDefault(), 6)));
        }

        Assert.Equal(1, sum, 12);
    }
}
