using Experience.Domain.Models;

namespace Experience.Domain.Tests.Models;

/// <summary>BG/BB among the models of counts: terms for weeks, and the same answers.</summary>
public class TermModelTests
{
    private const double Weeks = 26;

    private static readonly BetaBernoulliModel Donations = new(1.203528, .7497260, .6567808, 2.783796);
    private static readonly TermModel Model = new(Donations, Weeks);

    [Theory]
    [InlineData(0, 0, 6)]
    [InlineData(2, 4, 6)]
    [InlineData(6, 6, 6)]
    public void It_says_of_weeks_what_the_model_says_of_terms(int count, int last, int terms)
    {
        var person = Person(count, last, terms);
        var opportunities = new OpportunityHistory(count, last, terms);
        Assert.Equal(Donations.ProbabilityActive(opportunities), Model.ProbabilityActive(person), 12);
        Assert.Equal(Donations.ExpectedAfter(opportunities, 5), Model.ExpectedAfter(person, 5 * Weeks), 12);
        Assert.Equal(Donations.ProbabilityAfter(opportunities, 2, 5), Model.ProbabilityAfter(person, 2, 5 * Weeks), 12);
        Assert.Equal(Model.ExpectedAfter(person, 4 * Weeks), Model.ProbabilityActive(person) * Model.ActiveExpectedAfter(count, 0, person.Age, 4 * Weeks), 12);
        Assert.Equal(1, Enumerable.Range(0, 6).Sum(n => Model.ProbabilityAfter(person, n, 5 * Weeks)), 10);
    }

    [Fact]
    public void Silence_is_terms_missed()
    {
        var person = Person(3, 4, 4);
        Assert.Equal(Model.ProbabilityActive(Person(3, 4, 6)), Model.ProbabilityActive(person.SilentUntil(6 * Weeks)), 12);
        Assert.Equal(Model.ProbabilityActive(person), Model.ProbabilityActive(person.SilentUntil(4.9 * Weeks)), 12);
        Assert.Equal(Model.ProbabilityActive(person), Model.ProbabilityActive(Person(3, 4, 9).SilentUntil(4 * Weeks)), 12);
    }

    [Fact]
    public void What_comes_back_of_simulated_people_is_what_they_were_made_with()
    {
        var random = new Random(7);
        var people = new List<PurchaseHistory>();
        for (var i = 0; i < 6_000; i++)
        {
            var (came, lost) = (Beta(random, 3, 4), Beta(random, 1, 6));
            int count = 0, last = 0;
            for (var term = 1; term <= 8 && random.NextDouble() >= lost; term++)
            {
                if (random.NextDouble() >= came) continue;
                count++;
                last = term;
            }

            people.Add(Person(count, last, 8));
        }

        var fit = Assert.IsType<Fitted<CountModel>>(TermModel.Fit(PurchaseData.From(people), Weeks, null));
        Assert.Equal(3 / 7.0, fit.Model.Parameters[0] / (fit.Model.Parameters[0] + fit.Model.Parameters[1]), .03);
        Assert.Equal(1 / 7.0, fit.Model.Parameters[2] / (fit.Model.Parameters[2] + fit.Model.Parameters[3]), .03);
    }

    private static PurchaseHistory Person(int count, int last, int terms) =>
        new(count, last * Weeks, terms * Weeks) { LastTerm = last, Terms = terms, SeenAt = terms * Weeks };

    private static double Beta(Random random, int a, int b)
    {
        double Gamma(int shape) => -Enumerable.Range(0, shape).Sum(_ => Math.Log(1 - random.NextDouble()));
        var x = Gamma(a);
        return x / (x + Gamma(b));
    }
}
