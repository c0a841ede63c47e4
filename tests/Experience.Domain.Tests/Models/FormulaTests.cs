using Experience.Domain.Models;
using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Tests.Models;

/// <summary>The formulas at published parameters, and what must hold of them at any.</summary>
public class FormulaTests
{
    private static readonly BetaGeometricModel BgNbd = new(.2425945, 4.4136019, .7929199, 2.4258881);
    private static readonly ParetoNbdModel Pareto = new(.55315, 10.57633, .60625, 11.67155);
    private static readonly PurchaseHistory Frequent = new(26, 216 / 7.0, 217 / 7.0);

    public static TheoryData<CountModel> Any =>
    [
        BgNbd, Pareto,
        new BetaGeometricModel(.525, 6.183, .891, 1.614, lostAtFirst: true),
        new BetaGeometricModel(1.3, 2, .7, 4, lostAtFirst: true, k: 3),
        new BetaGeometricModel(2.5, .9, 1, 3.1, lostAtFirst: false, k: 5),
        new ParetoNbdModel(2.2, 3, 1, 40),
        new ParetoNbdModel(.4, 50, 2.5, 6),
    ];

    [Theory]
    [InlineData(.1429, .0078)]
    [InlineData(1, .0532)]
    [InlineData(3, .1506)]
    [InlineData(31.8571, 1.0405)]
    [InlineData(32, 1.0437)]
    [InlineData(78, 1.8576)]
    public void Expected_transactions_of_a_new_customer_are_as_published(double t, double published) =>
        Assert.InRange(BgNbd.Expected(t), published - .0005, published + .0005);

    [Theory]
    [InlineData(78)]
    [InlineData(400)]
    public void The_sum_over_phases_is_the_integral_over_loss_probabilities(double t)
    {
        // E[X(t)] = E over p of E over λ of (1 − e^(−λpt)) / p, with p = u^(1/a) to take the density's pole at 0 away.
        double a = BgNbd.A, b = BgNbd.B;
        var integral = Quadrature.Integrate(
            u =>
            {
                var p = Math.Pow(u, 1 / a);
                return (1 - Math.Pow(1 + p * t / BgNbd.Alpha, -BgNbd.R)) / p * Math.Pow(1 - p, b - 1) / a;
            },
            0, 1, 4_000) / Math.Exp(Special.LogBeta(a, b));
        Assert.InRange(BgNbd.Expected(t) / integral, .99999, 1.00001);
    }

    [Fact]
    public void A_frequent_customer_is_forecast_as_published()
    {
        Assert.Equal(1.226, BgNbd.ExpectedAfter(new PurchaseHistory(2, 30.43, 38.86), 39), 3);
        Assert.InRange(BgNbd.ExpectedAfter(Frequent, 52) / 25.75659, .9999, 1.0001);
        Assert.Equal(.9688523, BgNbd.ProbabilityActive(Frequent), 5);
        Assert.Equal(25.45647, Pareto.ExpectedAfter(Frequent, 52), 2);
        Assert.Equal(.997874, Pareto.ProbabilityActive(Frequent), 5);
        Assert.Equal(1.473434, Pareto.Expected(52), 3);
    }

    [Theory]
    [InlineData(10, .7062289, .3474606)]
    [InlineData(15, .1442396, .04283391)]
    [InlineData(20, .02250658, .004158973)]
    [InlineData(25, .00309267, .0003583685)]
    public void After_a_long_silence_more_transactions_promise_fewer(int count, double pareto, double bgNbd)
    {
        // Expected in the next 52 weeks: the more often somebody came, the more the silence since week 20 says.
        var person = new PurchaseHistory(count, 20, 39);
        Assert.InRange(Pareto.ExpectedAfter(person, 52) / pareto, .998, 1.002);
        Assert.InRange(BgNbd.ExpectedAfter(person, 52) / bgNbd, .998, 1.002);
    }

    [Theory]
    [MemberData(nameof(Any))]
    public void Probabilities_sum_to_one_and_their_mean_is_the_expectation(CountModel model)
    {
        foreach (var t in new[] { 0.5, 13, 90 })
        {
            Compare(n => model.Probability(n, t), model.Expected(t));
            foreach (var person in new[] { new PurchaseHistory(0, 0, 20), new PurchaseHistory(3, 11, 20), new PurchaseHistory(12, 19, 20) })
                Compare(n => model.ProbabilityAfter(person, n, t), model.ExpectedAfter(person, t));
        }

        static void Compare(Func<int, double> probability, double expectation)
        {
            double sum = 0, mean = 0;
            for (var n = 0; n < 1_500; n++)
            {
                sum += probability(n);
                mean += n * probability(n);
            }

            Assert.Equal(1, sum, 6);
            Assert.InRange(mean, expectation * .9999 - 1e-9, expectation * 1.0001 + 1e-9);
        }
    }

    [Theory]
    [MemberData(nameof(Any))]
    public void No_event_in_a_moment_has_the_probability_that_the_likelihood_says(CountModel model)
    {
        // L(x = 0 until T) is the probability of no transaction until T.
        foreach (var t in new[] { 0.1, 5, 60 })
            Assert.Equal(Math.Exp(model.LogLikelihood(new PurchaseHistory(0, 0, t))), model.Probability(0, t), 8);
        // And conditionally: the longer silence is the shorter one and then nothing.
        var person = new PurchaseHistory(4, 9, 12);
        Assert.Equal(
            Math.Exp(model.LogLikelihood(person.SilentUntil(20)) - model.LogLikelihood(person)), model.ProbabilityAfter(person, 0, 8), 8);
    }

    [Theory]
    [MemberData(nameof(Any))]
    public void Silence_only_lowers_the_probability_of_being_active(CountModel model)
    {
        var person = new PurchaseHistory(4, 9, 9);
        var curve = Enumerable.Range(0, 60).Select(week => model.ProbabilityActive(person.SilentUntil(9 + week))).ToArray();
        Assert.Equal(curve.OrderDescending(), curve);
        Assert.All(curve, static p => Assert.InRange(p, 0, 1));
    }

    [Theory]
    [MemberData(nameof(Any))]
    public void Large_counts_stay_numbers(CountModel model)
    {
        foreach (var person in new[] { new PurchaseHistory(20_000, 999, 1_000), new PurchaseHistory(20_000, 1, 1_000), new PurchaseHistory(1, 1e-6, 1e6) })
        {
            Assert.True(double.IsFinite(model.LogLikelihood(person)));
            Assert.InRange(model.ProbabilityActive(person), 0, 1);
            Assert.InRange(model.ExpectedAfter(person, 1_000), 0, 25_000 * 1.0);
            Assert.InRange(model.DiscountedAfter(person, .002, 260), 0, model.ExpectedAfter(person, 260) * 1.000001);
        }
    }

    [Theory]
    [MemberData(nameof(Any))]
    public void Discounting_nothing_changes_nothing_and_more_gives_less(CountModel model)
    {
        var person = new PurchaseHistory(5, 18, 20);
        Assert.Equal(model.ExpectedAfter(person, 260), model.DiscountedAfter(person, 0, 260), 7);
        var falling = new[] { .0005, .002, .01, .1 }.Select(rate => model.DiscountedAfter(person, rate, 260)).ToArray();
        Assert.Equal(falling.OrderDescending(), falling);
        // Against the definition: small steps of the expectation, each discounted at its middle.
        double sum = 0, before = 0;
        for (var i = 1; i <= 2_600; i++)
        {
            var until = model.ExpectedAfter(person, i * .1);
            sum += (until - before) * Math.Exp(-.002 * (i - .5) * .1);
            before = until;
        }

        Assert.InRange(model.DiscountedAfter(person, .002, 260) / sum, 1 - 1e-6, 1 + 1e-6);
    }

    [Fact]
    public void Loss_at_a_equal_to_one_is_no_special_case()
    {
        var person = new PurchaseHistory(3, 11, 20);
        var at = new BetaGeometricModel(.5, 4, 1, 2).ExpectedAfter(person, 52);
        var near = new[] { 1 - 1e-7, 1 + 1e-7 }.Average(a => new BetaGeometricModel(.5, 4, a, 2).ExpectedAfter(person, 52));
        Assert.Equal(near, at, 10);
        Assert.Equal(new ParetoNbdModel(.5, 4, 1 + 1e-9, 9).Expected(52), new ParetoNbdModel(.5, 4, 1, 9).Expected(52), 7);
    }

    [Fact]
    public void Alpha_and_beta_meet_without_a_jump()
    {
        var person = new PurchaseHistory(3, 11, 20);
        var below = new ParetoNbdModel(.7, 9 - 1e-9, .6, 9).LogLikelihood(person);
        var above = new ParetoNbdModel(.7, 9 + 1e-9, .6, 9).LogLikelihood(person);
        Assert.Equal(below, above, 8);
        Assert.Equal(above, new ParetoNbdModel(.7, 9, .6, 9).LogLikelihood(person), 8);
    }

    [Theory]
    [InlineData(1.5, 2.5, .3)]
    [InlineData(.2, 9, .95)]
    [InlineData(120.3, 122, .9999)]
    [InlineData(3, 3.5, .999)]
    public void The_hypergeometric_function_is_its_power_series(double b, double c, double z)
    {
        // Gauss's series (DLMF 15.2.1): with a first parameter of 1 its terms are (b)_n / (c)_n · z^n, all positive.
        double sum = 0, term = 1;
        for (var n = 0; n < 2_000_000 && term > 1e-18 * sum; n++)
        {
            sum += term;
            term *= (b + n) / (c + n) * z;
        }

        Assert.InRange(Special.HypergeometricOne(b, c, z) / sum, 1 - 1e-11, 1 + 1e-11);
    }

    [Fact]
    public void The_gamma_function_is_the_factorial()
    {
        var log = 0.0;
        for (var n = 1; n < 200; n++)
        {
            Assert.InRange(Special.LogGamma(n) - log, -1e-12 * (1 + log), 1e-12 * (1 + log));
            log += Math.Log(n);
        }

        Assert.Equal(.5 * Math.Log(Math.PI), Special.LogGamma(.5), 13);
    }
}
