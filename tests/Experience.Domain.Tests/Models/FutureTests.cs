using Experience.Domain.Models;
using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Tests.Models;

/// <summary>What is computed of a person's future is what the models say, however it is made fast.</summary>
public class FutureTests
{
    private static readonly double Weekly = Math.Log(1.1) / (365.25 / 7);

    public static TheoryData<CountModel> Models { get; } =
    [
        new BetaGeometricModel(.24259, 4.4136, .79292, 2.42591),
        new BetaGeometricModel(.52484, 6.18309, .89136, 1.614, lostAtFirst: true),
        new BetaGeometricModel(6.548, 56.35, .612, 2.115, lostAtFirst: true, k: 4),
        new ParetoNbdModel(.55328, 10.57768, .60624, 11.66873),
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public void The_table_of_residuals_says_what_its_integral_says(CountModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var table = new ResidualTable(model, model.Parameters[1], Weekly, 5 * 52);
        foreach (var count in new[] { 0, 1, 3, 12, 60 })
        {
            foreach (var (last, age) in new[] { (0.3, 0.4), (3.0, 9.1), (20, 38.86), (40, 151.3), (100, 520.7) })
            {
                var person = new PurchaseHistory(count, count == 0 ? 0 : last, age);
                var exact = model.DiscountedAfter(person, Weekly, 5 * 52);
                Assert.InRange(table.Of(person, model.ProbabilityActive(person)) / exact, 1 - 2e-5, 1 + 2e-5);
            }
        }
    }

    [Theory]
    [InlineData(1, 1, .3, .3)]
    [InlineData(2, 3, .5, .6875)]
    [InlineData(.5, .5, .25, 1 / 3.0)]
    [InlineData(5, 1, .9, .59049)]
    [InlineData(30, 40, .5, 0.8857998873233515)]
    public void The_incomplete_beta_function_has_its_known_values(double a, double b, double x, double expected)
    {
        Assert.Equal(expected, Special.IncompleteBeta(a, b, x), 1e-6);
        Assert.Equal(1 - Special.IncompleteBeta(b, a, 1 - x), Special.IncompleteBeta(a, b, x), 1e-12);
    }

    [Fact]
    public void Eight_in_ten_simulated_futures_lie_between_the_ends_of_the_interval()
    {
        var counts = new BetaGeometricModel(2.5, 12, .4, 3, lostAtFirst: true);
        var spend = new GammaGammaModel(6.25, 3.74, 15.44);
        var person = new PurchaseHistory(5, 30, 34);
        var ends = FutureSpend.Quantiles(counts, spend, person, 35, 104, .1, .5, .9);
        var futures = new Simulated(2_026).Futures(counts, spend, person, 35, 104, 40_000);

        // Of 40,000 futures a share of 0.1 has a standard deviation of 0.0015; five of them.
        Assert.InRange(futures.Count(f => f < ends[0]) / 40_000.0, .0925, .1075);
        Assert.InRange(futures.Count(f => f < ends[1]) / 40_000.0, .4875, .5125);
        Assert.InRange(futures.Count(f => f < ends[2]) / 40_000.0, .8925, .9075);
    }

    [Fact]
    public void Somebody_who_is_probably_lost_may_bring_nothing()
    {
        var counts = new ParetoNbdModel(.55328, 10.57768, .60624, 11.66873);
        var ends = FutureSpend.Quantiles(counts, new GammaGammaModel(6.25, 3.74, 15.44), new PurchaseHistory(9, 12, 200), 35, 260, .1, .9);
        Assert.Equal(0, ends[0]);
        Assert.Equal(0, ends[1]);
    }
}
