using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Models;

/// <summary>The models for transaction counts that can be fitted, and their fits.</summary>
public static class CountModels
{
    /// <summary>Gaps more regular than Erlang-12 (a coefficient of variation of 0.29) are fitted as if they were that.</summary>
    public const int MostRegular = 12;

    /// <summary>k is chosen on this many people: likelihoods of neighbouring k differ by far more than a sample's noise.</summary>
    private const int SampleForRegularity = 20_000;

    public const string Regular = "MBG/CNBD-k";

    /// <summary>The candidates for when people come back; where two do equally well the earlier one is taken.</summary>
    public static IReadOnlyList<(string Name, Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> Fit)> All { get; } =
    [
        ("BG/NBD", BgNbd),
        ("Pareto/NBD", ParetoNbd),
        ("MBG/NBD", MbgNbd),
        (Regular, MbgCnbd),
    ];

    public static FitOutcome<CountModel> BgNbd(PurchaseData data, ParameterPrior? prior = null) => BetaGeometric(data, false, 1, prior);

    public static FitOutcome<CountModel> MbgNbd(PurchaseData data, ParameterPrior? prior = null) => BetaGeometric(data, true, 1, prior);

    /// <summary>MBG/CNBD-k with the most likely k: from 1 upwards, until two larger ones in a row are less likely.</summary>
    public static FitOutcome<CountModel> MbgCnbd(PurchaseData data, ParameterPrior? prior = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var sample = data.Sample(SampleForRegularity);
        double best = double.NegativeInfinity, last = double.NegativeInfinity;
        var (bestK, worse) = (1, 0);
        double[]? point = null;
        for (var k = 1; k <= MostRegular && worse < 2; k++)
        {
            var likelihood = new BetaGeometricLikelihood(sample, lostAtFirst: true, k);
            // Phases come k times as fast as transactions, so α shrinks as k grows.
            double[][] starts = point is null ? Starts(sample, k, shared: true) : [[point[0], point[1] * (k - 1) / k, point[2], point[3]]];
            foreach (var start in starts)
            {
                var result = Maximiser.Maximise(likelihood.Evaluate, [.. start.Select(static x => Math.Log(x))]);
                if (result.Value <= last && k == 1) continue;
                last = result.Value;
                point = [.. result.Point.Select(Math.Exp)];
            }

            worse = last > best ? 0 : worse + 1;
            if (last > best) (best, bestK) = (last, k);
        }

        return BetaGeometric(data, true, bestK, prior);
    }

    public static FitOutcome<CountModel> BetaGeometric(PurchaseData data, bool lostAtFirst, int k, ParameterPrior? prior = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (TooLittle(data, prior) is { } reason) return new NotEnoughHistory<CountModel>(reason);
        var sample = data.Sample(Fitter.SampleForStarts);
        return Fitter.Fit<CountModel>(
            new BetaGeometricLikelihood(sample, lostAtFirst, k).Evaluate,
            new BetaGeometricLikelihood(data, lostAtFirst, k).Evaluate,
            sample.People / data.People,
            Starts(data, k, shared: true),
            prior,
            data.People,
            BetaGeometricModel.Names,
            p => new BetaGeometricModel(p[0], p[1], p[2], p[3], lostAtFirst, k),
            Middle(data, some => new BetaGeometricLikelihood(some, lostAtFirst, k).Evaluate));
    }

    private static (Func<double[], double> Sum, double Share)? Middle(PurchaseData data, Func<PurchaseData, Func<double[], double>> likelihood)
    {
        if (data.Rows.Length <= 2 * Fitter.SampleForMany) return null;
        var some = data.Sample(Fitter.SampleForMany);
        return (likelihood(some), some.People / data.People);
    }

    public static FitOutcome<CountModel> ParetoNbd(PurchaseData data, ParameterPrior? prior = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (TooLittle(data, prior) is { } reason) return new NotEnoughHistory<CountModel>(reason);
        var sample = data.Sample(Fitter.SampleForStarts);
        return Fitter.Fit<CountModel>(
            new ParetoNbdLikelihood(sample).Evaluate,
            new ParetoNbdLikelihood(data).Evaluate,
            sample.People / data.People,
            Starts(data, 1, shared: false),
            prior,
            data.People,
            ParetoNbdModel.Names,
            static p => new ParetoNbdModel(p[0], p[1], p[2], p[3]),
            Middle(data, static some => new ParetoNbdLikelihood(some).Evaluate));
    }

    /// <summary>Null when there is enough; a parent segment's prior makes any history enough.</summary>
    private static string? TooLittle(PurchaseData data, ParameterPrior? prior)
    {
        if (data.People == 0) return "There is nobody to learn from.";
        if (prior is not null) return null;
        if (data.People < HistoryLimits.People)
            return $"Not enough history: {data.People:0} people, {HistoryLimits.People} are needed.";
        return data.Repeaters < HistoryLimits.Repeaters
            ? $"Not enough history: {data.Repeaters:0} people came back, {HistoryLimits.Repeaters} are needed."
            : null;
    }

    /// <summary>
    /// Starts around the mean rate: people alike or very different (r), loss rare or frequent. The scale of time comes from the data,
    /// so that days and years start equally well.
    /// </summary>
    private static double[][] Starts(PurchaseData data, int k, bool shared)
    {
        var rate = Math.Max(0.5, data.Transactions) / Math.Max(1e-9, data.Time) * k;
        var age = Math.Max(1e-9, data.Time / Math.Max(1, data.People));
        double[] shapes = [0.4, 1.5];
        double[][] losses = shared ? [[0.8, 2.5], [0.3, 3]] : [[0.6, age / 3], [1.5, age * 3]];
        return [.. from shape in shapes from loss in losses select new[] { shape, shape / rate / 1.5, loss[0], loss[1] }];
    }
}
