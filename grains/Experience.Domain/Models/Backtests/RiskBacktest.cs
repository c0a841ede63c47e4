using Experience.Domain.Models.Gam;

namespace Experience.Domain.Models.Backtests;

/// <summary>What a backtest of the risk learner found on rows that it did not learn from.</summary>
/// <param name="Auroc">The chance that somebody with the outcome is ranked above somebody without; null when all are alike.</param>
/// <param name="Auprc">Average precision over all depths.</param>
/// <param name="CalibrationError">Expected calibration error: mean distance of stated and seen share over ten equal-width bins, weighted by rows.</param>
public sealed record RiskReport(
    int Train,
    int Test,
    int Positives,
    double? Auroc,
    double? Auprc,
    double CalibrationError,
    IReadOnlyList<ReliabilityBin> Reliability,
    IReadOnlyList<DepthCell> Depths,
    IReadOnlyList<TermWeight> Terms)
{
    /// <summary>From nobody called to everybody, in steps of a fiftieth; empty when nobody had the outcome.</summary>
    public IReadOnlyList<LiftPoint> Lift { get; init; } = [];
}

/// <param name="Called">Share of all, the highest chances first.</param>
/// <param name="Reached">Share of those with the outcome who are among them.</param>
public sealed record LiftPoint(double Called, double Reached);

/// <param name="Stated">Mean probability that the model gave.</param>
/// <param name="Seen">Share with the outcome.</param>
public sealed record ReliabilityBin(double From, double To, int Rows, double Stated, double Seen);

/// <summary>Of the people at the top, as many as staff can call: how many have the outcome, and how much better than calling anybody.</summary>
public sealed record DepthCell(int People, double Precision, double Recall, double Lift);

/// <param name="Weight">Mean absolute share over the training rows, in log-odds.</param>
public sealed record TermWeight(string Term, double Weight);

public sealed record RiskBacktestResult(AdditiveModel Model, RiskReport Report);

/// <summary>Learns on one table and is judged on another, later one.</summary>
public static class RiskBacktest
{
    public const int ReliabilityBins = 10;

    private static readonly int[] Depths = [15, 50, 100, 500, 1000, 5000];

    public static FitOutcome<RiskBacktestResult> Run(RiskTable train, RiskTable test, RiskOptions options)
    {
        ArgumentNullException.ThrowIfNull(test);
        switch (RiskLearner.Fit(train, options))
        {
            case Fitted<AdditiveModel> fitted:
                var report = Judge(fitted.Model, train, test, options);
                return new Fitted<RiskBacktestResult>(
                    new RiskBacktestResult(fitted.Model, report), fitted.Parameters, fitted.LogLikelihood, fitted.People, fitted.Determined);
            case NotEnoughHistory<AdditiveModel> none:
                return new NotEnoughHistory<RiskBacktestResult>(none.Reason);
            default:
                throw new InvalidOperationException("A fit has two outcomes.");
        }
    }

    /// <summary>The same figures for any part of a test table, such as those that a flag can still help.</summary>
    public static RiskReport Judge(AdditiveModel model, RiskTable train, RiskTable test, RiskOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        (train, test) = (RiskLearner.Prepare(train, options), RiskLearner.Prepare(test, options));
        var positive = RiskLearner.Outcomes(test, options.Target);
        var probabilities = model.Probabilities(test);
        var reliability = ForecastCurves.Reliability(probabilities, positive);
        return new RiskReport(
            train.Rows.Count, positive.Length, positive.Count(static p => p),
            Auroc(probabilities, positive), Auprc(probabilities, positive),
            reliability.Sum(bin => bin.Rows * Math.Abs(bin.Stated - bin.Seen)) / Math.Max(1, positive.Length),
            reliability, AtDepths(probabilities, positive), Weights(model, train))
        {
            Lift = LiftOf(probabilities, positive),
        };
    }

    /// <summary>The Mann–Whitney statistic, ties counting half.</summary>
    public static double? Auroc(IReadOnlyList<double> probabilities, IReadOnlyList<bool> positive)
    {
        double rankSum = 0, positives = 0, passed = 0;
        foreach (var group in probabilities.Zip(positive).GroupBy(static pair => pair.First).OrderBy(static group => group.Key))
        {
            var size = group.Count();
            var here = group.Count(static pair => pair.Second);
            rankSum += here * (passed + (size + 1) / 2.0);
            positives += here;
            passed += size;
        }

        var negatives = passed - positives;
        return positives == 0 || negatives == 0 ? null : (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
    }

    /// <summary>Σ over thresholds of precision × gained recall; equal probabilities share one threshold.</summary>
    public static double? Auprc(IReadOnlyList<double> probabilities, IReadOnlyList<bool> positive)
    {
        double all = positive.Count(static p => p), found = 0, passed = 0, sum = 0;
        if (all == 0) return null;
        foreach (var group in probabilities.Zip(positive).GroupBy(static pair => pair.First).OrderByDescending(static group => group.Key))
        {
            var here = group.Count(static pair => pair.Second);
            found += here;
            passed += group.Count();
            sum += here / all * (found / passed);
        }

        return sum;
    }

    private static List<DepthCell> AtDepths(double[] probabilities, bool[] positive)
    {
        // Equal probabilities keep the order of the rows.
        var order = Enumerable.Range(0, positive.Length).OrderByDescending(row => probabilities[row]).ToArray();
        double all = positive.Count(static p => p);
        return
        [
            .. Depths.Where(depth => depth <= order.Length && all > 0).Select(depth =>
            {
                double found = order.Take(depth).Count(row => positive[row]);
                return new DepthCell(depth, found / depth, found / all, found / depth / (all / order.Length));
            }),
        ];
    }

    private static List<LiftPoint> LiftOf(double[] probabilities, bool[] positive)
    {
        const int steps = 50;
        double all = positive.Count(static p => p), reached = 0;
        if (all == 0) return [];
        var order = Enumerable.Range(0, positive.Length).OrderByDescending(row => probabilities[row]).ToArray();
        var points = new List<LiftPoint> { new(0, 0) };
        for (int i = 0, step = 1; i < order.Length; i++)
        {
            if (positive[order[i]]) reached++;
            if ((i + 1L) * steps < (long)step * order.Length) continue;
            points.Add(new LiftPoint((i + 1) / (double)order.Length, reached / all));
            while (step <= steps && (i + 1L) * steps >= (long)step * order.Length) step++;
        }

        return points;
    }

    private static List<TermWeight> Weights(AdditiveModel model, RiskTable train) =>
    [
        .. Enumerable.Range(0, train.Rows.Count)
            .SelectMany(row => model.Explain(train, row).Reasons)
            .GroupBy(static reason => reason.Term)
            .Select(group => new TermWeight(group.Key, group.Sum(static reason => Math.Abs(reason.Share)) / train.Rows.Count))
            .OrderByDescending(static term => term.Weight),
    ];
}
