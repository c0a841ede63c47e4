using Experience.Domain.Models;
using Xunit.Abstractions;

namespace Experience.Domain.Tests.Models;

/// <summary>Known parameters come back from people simulated with them; a fit that is biased, or whose errors are wrong, fails.</summary>
public class RecoveryTests(ITestOutputHelper output)
{
    private const int People = 12_000;

    /// <summary>4.5 standard errors are exceeded by chance 7 times in a million.</summary>
    private const double Sigmas = 4.5;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Bg_nbd_is_recovered(int seed) => Recovers(new BetaGeometricModel(.6, 5, .8, 2.5), seed, CountModels.BgNbd);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Mbg_nbd_is_recovered(int seed) => Recovers(new BetaGeometricModel(.9, 6, .9, 2, lostAtFirst: true), seed, CountModels.MbgNbd);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 6)]
    public void Mbg_cnbd_is_recovered_with_its_k(int seed, int k) =>
        Recovers(new BetaGeometricModel(1.4, 2.5, .9, 3, lostAtFirst: true, k), seed, CountModels.MbgCnbd);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Pareto_nbd_is_recovered(int seed)
    {
        var truth = new ParetoNbdModel(.8, 9, .7, 12);
        var data = PurchaseData.From(new Simulated(seed).Pareto(truth, People, 78));
        Compare(truth.Parameters, Assert.IsType<Fitted<CountModel>>(CountModels.ParetoNbd(data)), seed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Bg_bb_is_recovered(int seed)
    {
        var truth = new BetaBernoulliModel(1.2, .8, .7, 2.8);
        Compare(truth.Parameters, Assert.IsType<Fitted<BetaBernoulliModel>>(BetaBernoulliFit.Fit(new Simulated(seed).Opportunities(truth, People, 8))), seed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Gamma_gamma_is_recovered(int seed)
    {
        var truth = new GammaGammaModel(5, 3.7, 16);
        Compare(truth.Parameters, Assert.IsType<Fitted<GammaGammaModel>>(GammaGammaFit.Fit(new Simulated(seed).Spend(truth, People))), seed);
    }

    [Theory]
    [InlineData(11, 1)]
    [InlineData(12, 3)]
    public void Forecasts_of_simulated_people_come_true(int seed, int k)
    {
        // The same people seen twice: what the first half promises on average, the second half holds.
        var truth = new BetaGeometricModel(1.4, 2.5, .9, 3, lostAtFirst: true, k);
        double expected = 0, actual = 0, active = 0, variance = 0;
        var simulated = new Simulated(seed);
        foreach (var (seen, after) in Split(simulated, truth, 20_000))
        {
            var forecast = truth.ExpectedAfter(seen, 20);
            expected += forecast;
            actual += after;
            variance += (after - forecast) * (after - forecast);
            active += truth.ProbabilityActive(seen);
        }

        output.WriteLine($"seed {seed}: expected {expected:0}, came {actual:0}");
        Assert.InRange(actual, expected - Sigmas * Math.Sqrt(variance), expected + Sigmas * Math.Sqrt(variance));
        Assert.InRange(active, 1, 20_000);
    }

    [Fact]
    public void The_unit_of_time_does_not_matter()
    {
        var weeks = new Simulated(5).BetaGeometric(new BetaGeometricModel(.6, 5, .8, 2.5), 4_000, 78);
        var inWeeks = (Fitted<CountModel>)CountModels.BgNbd(PurchaseData.From(weeks));
        var inDays = (Fitted<CountModel>)CountModels.BgNbd(PurchaseData.From(weeks.Select(static p => new PurchaseHistory(p.Count, p.Last * 7, p.Age * 7))));
        double[] expected = [1, 7, 1, 1];
        for (var i = 0; i < 4; i++) Assert.Equal(expected[i], inDays.Parameters[i].Value / inWeeks.Parameters[i].Value, 3);
    }

    [Fact]
    public void A_person_counted_twice_weighs_twice()
    {
        var people = new Simulated(6).BetaGeometric(new BetaGeometricModel(.6, 5, .8, 2.5), 3_000, 78);
        var once = (Fitted<CountModel>)CountModels.BgNbd(PurchaseData.From(people));
        var twice = (Fitted<CountModel>)CountModels.BgNbd(PurchaseData.From(people.Concat(people)));
        Assert.Equal(2 * once.LogLikelihood, twice.LogLikelihood, 3);
        for (var i = 0; i < 4; i++)
        {
            Assert.InRange(twice.Parameters[i].Value / once.Parameters[i].Value, .9999, 1.0001);
            Assert.InRange(once.Parameters[i].StandardError!.Value / twice.Parameters[i].StandardError!.Value, 1.40, 1.43);
        }
    }

    [Fact]
    public void The_grouped_likelihood_is_the_sum_over_people()
    {
        var people = new Simulated(8).BetaGeometric(new BetaGeometricModel(1.4, 2.5, .9, 3, lostAtFirst: true, 3), 500, 40);
        double[] logs = [.1, .7, -.2, .9];
        var p = Array.ConvertAll(logs, Math.Exp);
        var data = PurchaseData.From(people);
        Assert.Equal(people.Sum(new BetaGeometricModel(p[0], p[1], p[2], p[3], true, 3).LogLikelihood), new BetaGeometricLikelihood(data, true, 3).Evaluate(logs), 7);
        Assert.Equal(people.Sum(new BetaGeometricModel(p[0], p[1], p[2], p[3]).LogLikelihood), new BetaGeometricLikelihood(data, false, 1).Evaluate(logs), 7);
        Assert.Equal(people.Sum(new ParetoNbdModel(p[0], p[1], p[2], p[3]).LogLikelihood), new ParetoNbdLikelihood(data).Evaluate(logs), 7);
    }

    [Fact]
    public void Too_little_history_is_said_plainly()
    {
        var few = PurchaseData.From(new Simulated(9).BetaGeometric(new BetaGeometricModel(.6, 5, .8, 2.5), 40, 78));
        foreach (var outcome in new[] { CountModels.BgNbd(few), CountModels.ParetoNbd(few), CountModels.MbgNbd(few), CountModels.MbgCnbd(few) })
            Assert.Contains("Not enough history", Assert.IsType<NotEnoughHistory<CountModel>>(outcome).Reason);
        var silent = PurchaseData.From(Enumerable.Repeat(new PurchaseHistory(0, 0, 50), 5_000));
        Assert.IsType<NotEnoughHistory<CountModel>>(CountModels.BgNbd(silent));
        Assert.IsType<NotEnoughHistory<GammaGammaModel>>(GammaGammaFit.Fit([]));
        Assert.IsType<NotEnoughHistory<BetaBernoulliModel>>(BetaBernoulliFit.Fit([]));
        Assert.IsType<NotEnoughHistory<CountModel>>(CountModels.MbgCnbd(PurchaseData.From([])));
    }

    [Fact]
    public void A_small_segment_leans_on_its_parent_and_a_large_one_does_not()
    {
        var parent = (Fitted<CountModel>)CountModels.BgNbd(PurchaseData.From(new Simulated(21).BetaGeometric(new BetaGeometricModel(.6, 5, .8, 2.5), People, 78)));
        var prior = ParameterPrior.From(parent.Parameters);
        var different = new BetaGeometricModel(1.5, 5, .8, 2.5);
        var segment = new Simulated(22).BetaGeometric(different, People, 78);
        var r = new[] { 5, 100, People }
            .Select(size => Assert.IsType<Fitted<CountModel>>(CountModels.BgNbd(PurchaseData.From(segment.Take(size)), prior)).Parameters[0].Value).ToArray();
        output.WriteLine($"parent {parent.Parameters[0].Value:0.000}; 5, 100 and all of the segment: {string.Join(", ", r.Select(static x => x.ToString("0.000")))}");
        Assert.InRange(r[0], parent.Parameters[0].Value * .75, parent.Parameters[0].Value * 1.6);
        Assert.InRange(r[2], 1.35, 1.65);
        Assert.True(Math.Abs(r[0] - parent.Parameters[0].Value) < Math.Abs(r[2] - parent.Parameters[0].Value));
    }

    private static IEnumerable<(PurchaseHistory Seen, int After)> Split(Simulated simulated, BetaGeometricModel truth, int people)
    {
        // Until 30 and until 50 of the same path: the simulation is asked once for the path's times.
        foreach (var times in simulated.Paths(truth, people, 50))
        {
            var seen = times.Where(static t => t <= 30).ToArray();
            yield return (new PurchaseHistory(seen.Length, seen.LastOrDefault(), 30), times.Count - seen.Length);
        }
    }

    private void Recovers(BetaGeometricModel truth, int seed, Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> fit)
    {
        var data = PurchaseData.From(new Simulated(seed).BetaGeometric(truth, People, 78));
        var fitted = Assert.IsType<Fitted<CountModel>>(fit(data, null));
        Assert.Equal(truth.K, ((BetaGeometricModel)fitted.Model).K);
        Compare(truth.Parameters, fitted, seed);
    }

    private void Compare<TModel>(IReadOnlyList<double> truth, Fitted<TModel> fitted, int seed)
    {
        output.WriteLine($"seed {seed}: " + string.Join(", ", fitted.Parameters.Select((p, i) => $"{p.Name} {p.Value:0.###} ± {p.StandardError:0.###} (true {truth[i]})")));
        Assert.True(fitted.Determined);
        for (var i = 0; i < truth.Count; i++)
        {
            var error = fitted.Parameters[i].StandardError!.Value;
            Assert.InRange(fitted.Parameters[i].Value, truth[i] - Sigmas * error, truth[i] + Sigmas * error);
            Assert.InRange(error / truth[i], .001, .6);
        }
    }
}
