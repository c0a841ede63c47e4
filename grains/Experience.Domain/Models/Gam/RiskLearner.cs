namespace Experience.Domain.Models.Gam;

/// <summary>How to learn risk from a table.</summary>
public sealed record RiskOptions(string Target)
{
    /// <summary>Columns that must not be learned from: keys, outcomes, anything known only later.</summary>
    public IReadOnlyCollection<string> Drop { get; init; } = [];

    /// <summary>
    /// The column that says when a row is from, in ordinal order (a term, a date). Its last value is kept apart to choose the number of
    /// rounds and to calibrate. Without it, the last fifth of the rows is. It is never learned from.
    /// </summary>
    public string? Time { get; init; }

    /// <summary>
    /// Instead of <see cref="Time"/>: which part each row belongs to, so that no row whose outcome was still open when the late part began is
    /// among the early ones.
    /// </summary>
    public IReadOnlyList<RowPart>? Parts { get; init; }

    /// <summary>Terms of two columns together, at most.</summary>
    public int Pairs { get; init; } = AdditiveTrainer.MostPairs;

    public IReadOnlyDictionary<string, Monotone> Directions { get; init; } = new Dictionary<string, Monotone>();
}

/// <summary>What a row is for when rounds and calibration are chosen; all rows are in the final fit.</summary>
public enum RowPart
{
    Early,

    /// <summary>Its outcome was not known when the late part began.</summary>
    Between,
    Late,
}

/// <summary>
/// Learns in two passes: on the earlier rows, to see on the latest ones how many rounds serve and how log-odds must be stretched to be
/// probabilities there; then on all rows with what was seen.
/// </summary>
public static class RiskLearner
{
    /// <summary>Fewer rows, or fewer of either outcome, and the explicit rules are the better guide.</summary>
    public const int FewestRows = 500;

    public const int FewestOfEach = 50;

    private const double KeptApart = 0.2;

    public static FitOutcome<AdditiveModel> Fit(RiskTable table, RiskOptions options)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(options);
        table = Prepare(table, options);
        var positive = Outcomes(table, options.Target);
        var positives = positive.Count(static p => p);
        if (table.Rows.Count < FewestRows || positives < FewestOfEach || positive.Length - positives < FewestOfEach)
        {
            return new NotEnoughHistory<AdditiveModel>(
                $"Not enough history: {positive.Length} rows, {positives} of them with the outcome; {FewestRows} and {FewestOfEach} of each kind are needed.");
        }

        var parts = options.Parts ?? Late(table, options.Time);
        var (early, earlyPositive) = Part(table, positive, parts, RowPart.Early);
        var (latest, latestPositive) = Part(table, positive, parts, RowPart.Late);
        var (rounds, stretch, shift) = (AdditiveTrainer.MostRounds / 2, 1.0, 0.0);
        if (Mixed(earlyPositive) && Mixed(latestPositive))
        {
            var bestLoss = double.PositiveInfinity;
            double[] bestOdds = [];
            AdditiveTrainer.Fit(early, Learn(early, options, earlyPositive), earlyPositive, AdditiveTrainer.MostRounds, options.Pairs, (round, model) =>
            {
                var odds = model.LogOdds(latest);
                var loss = Loss(odds, latestPositive, 1, 0);
                if (loss < bestLoss) (bestLoss, rounds, bestOdds) = (loss, round, odds);
            });
            (stretch, shift) = Platt(bestOdds, latestPositive);
        }

        var fitted = AdditiveTrainer.Fit(table, Learn(table, options, positive), positive, rounds, options.Pairs).Calibrated(stretch, shift);
        var probabilities = fitted.Probabilities(table);
        var logLikelihood = -Loss(fitted.LogOdds(table), positive, 1, 0) * probabilities.Length;
        return new Fitted<AdditiveModel>(
            fitted,
            [new FittedParameter("rounds", rounds, null), new FittedParameter("stretch", stretch, null), new FittedParameter("shift", shift, null)],
            logLikelihood, positive.Length, true);
    }

    /// <summary>A table as the learner sees it: with the season, where a time is named. Tables to be judged by the model need the same.</summary>
    public static RiskTable Prepare(RiskTable table, RiskOptions options)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(options);
        return options.Time is null ? table : table.WithSeason(options.Time);
    }

    /// <summary>The outcome is "1", "true" or "yes"; anything else is not.</summary>
    public static bool[] Outcomes(RiskTable table, string target)
    {
        ArgumentNullException.ThrowIfNull(table);
        var index = table.IndexOf(target);
        return [.. table.Rows.Select(row => row[index] is "1" or "1.0" or "true" or "True" or "yes")];
    }

    private static Binning[] Learn(RiskTable table, RiskOptions options, bool[] positive) =>
    [
        .. table.Columns
            .Where(column => column != options.Target && column != options.Time && !options.Drop.Contains(column))
            .Select(column => Binning.Learn(table, column, options.Directions.GetValueOrDefault(column), positive))
            .Where(static binning => binning.Bins > 1),
    ];

    private static RowPart[] Late(RiskTable table, string? time)
    {
        if (time is null) return [.. table.Rows.Select((_, row) => row >= table.Rows.Count * (1 - KeptApart) ? RowPart.Late : RowPart.Early)];
        var index = table.IndexOf(time);
        var last = table.Rows.Select(row => row[index]).Max(StringComparer.Ordinal);
        return [.. table.Rows.Select(row => row[index] == last ? RowPart.Late : RowPart.Early)];
    }

    private static (RiskTable Rows, bool[] Positive) Part(RiskTable table, bool[] positive, IReadOnlyList<RowPart> parts, RowPart want) => (
        new RiskTable(table.Columns, [.. table.Rows.Where((_, row) => parts[row] == want)]),
        [.. positive.Where((_, row) => parts[row] == want)]);

    private static bool Mixed(bool[] positive) => positive.Contains(true) && positive.Contains(false);

    private static double Loss(double[] odds, bool[] positive, double stretch, double shift)
    {
        var sum = 0.0;
        for (var i = 0; i < odds.Length; i++)
        {
            var signed = (stretch * odds[i] + shift) * (positive[i] ? -1 : 1);
            sum += signed > 0 ? signed + Math.Log(1 + Math.Exp(-signed)) : Math.Log(1 + Math.Exp(signed));
        }

        return sum / odds.Length;
    }

    /// <summary>How far the stretch is expected from 1: it is nothing to thousands of rows, and keeps some dozens of outcomes from bending the line.</summary>
    private const double StretchSpread = 0.25;

    /// <summary>Platt's line by Newton's method on two parameters; the stretch stays positive, so that order never changes.</summary>
    private static (double Stretch, double Shift) Platt(double[] odds, bool[] positive)
    {
        double stretch = 1, shift = 0;
        for (var round = 0; round < 50; round++)
        {
            const double prior = 1 / (StretchSpread * StretchSpread);
            double g0 = (1 - stretch) * prior, g1 = 0, h00 = prior, h01 = 0, h11 = 1e-6;
            for (var i = 0; i < odds.Length; i++)
            {
                var p = AdditiveModel.Sigmoid(stretch * odds[i] + shift);
                var error = (positive[i] ? 1 : 0) - p;
                var weight = p * (1 - p);
                g0 += error * odds[i];
                g1 += error;
                h00 += weight * odds[i] * odds[i];
                h01 += weight * odds[i];
                h11 += weight;
            }

            var determinant = h00 * h11 - h01 * h01;
            var (d0, d1) = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant);
            stretch = Math.Clamp(stretch + d0, 0.05, 5);
            shift += d1;
            if (Math.Abs(d0) + Math.Abs(d1) < 1e-10) break;
        }

        return (stretch, shift);
    }
}
