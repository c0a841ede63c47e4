using Experience.Domain.Models;

namespace Experience.Domain.Tests.Models;

public class LifetimeValueTests
{
    private const double WeeksAYear = 365.25 / 7;
    private static readonly ParetoNbdModel Counts = new(.553, 10.578, .606, 11.669);
    private static readonly GammaGammaModel Spend = new(6.25, 3.74, 15.44);

    [Fact]
    public void Value_is_margin_times_spend_times_discounted_transactions()
    {
        var person = new PurchaseHistory(4, 30, 38);
        var value = LifetimeValue.Forecast(Counts, Spend, person, 30, WeeksAYear, margin: .4)!.Value;
        var weekly = Math.Log(1.1) / WeeksAYear;
        var expected = Spend.ExpectedSpend(4, 30)!.Value * .4 * Counts.DiscountedAfter(person, weekly, 5 * WeeksAYear);
        Assert.Equal((long)Math.Round(expected * 100), value.Expected);
        Assert.Equal(Counts.ProbabilityActive(person), value.ProbabilityActive);
        Assert.InRange(value.Expected, value.Low, value.High);
    }

    [Fact]
    public void Longer_silence_is_worth_less()
    {
        var person = new PurchaseHistory(4, 30, 30);
        var values = Enumerable.Range(0, 20).Select(week => LifetimeValue.Forecast(Counts, Spend, person.SilentUntil(30 + 4 * week), 30, WeeksAYear)!.Value.Expected).ToArray();
        Assert.Equal(values.OrderDescending(), values);
    }

    [Fact]
    public void The_interval_holds_the_share_of_futures_that_it_states()
    {
        var person = new PurchaseHistory(6, 20, 26);
        var (low, high) = (Counts.QuantileAfter(person, 52, .1), Counts.QuantileAfter(person, 52, .9));
        var below = Enumerable.Range(0, low).Sum(n => Counts.ProbabilityAfter(person, n, 52));
        var within = Enumerable.Range(low, high - low + 1).Sum(n => Counts.ProbabilityAfter(person, n, 52));
        Assert.True(below < .1);
        Assert.True(below + within >= .9);
        Assert.True(below + within - Counts.ProbabilityAfter(person, high, 52) < .9);
    }

    [Fact]
    public void Without_a_population_mean_there_is_no_made_up_value() =>
        Assert.Null(LifetimeValue.Forecast(Counts, new GammaGammaModel(6, .9, 15), new PurchaseHistory(0, 0, 20), 0, WeeksAYear));
}
