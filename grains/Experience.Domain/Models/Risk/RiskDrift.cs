using System.Globalization;
using Experience.Domain.Models.Gam;

namespace Experience.Domain.Models.Risk;

/// <summary>Whether a model still fits what happens.</summary>
/// <param name="Beyond">Past the stated threshold: the rules stand in.</param>
/// <param name="Words">What was found, in a sentence.</param>
public sealed record DriftFinding(bool Beyond, string Words);

/// <summary>How far the values of one feature moved from those learned from.</summary>
public sealed record FeatureShift(string Feature, double Index);

/// <summary>
/// Watches a model by what came after it was fitted. Decisive is calibration: outcomes more than three standard errors away from the chances
/// that the model gave, and more than twice or less than half of them. How far inputs moved is the population stability index (Siddiqi, "Credit Risk Scorecards", 2006: below
/// 0.1 nothing, above 0.25 a shift); it names the cause, and alone turns nothing off, because seasons move inputs too.
/// </summary>
public static class RiskDrift
{
    /// <summary>Fewer rows since the fit, and there is nothing to say yet.</summary>
    public const int FewestRows = 200;

    /// <summary>From this index on a feature has shifted.</summary>
    public const double Shifted = 0.25;

    private const double StandardErrors = 3;

    private const double Ratio = 2;

    /// <summary>
    /// Outcomes against the chances that were given: both as counts. A person's looks at one section share their outcome, so the variance is that of
    /// their sums (Liang, Zeger, Biometrika 73, 1986).
    /// </summary>
    /// <param name="chances">One for each row.</param>
    public static DriftFinding Calibration(IReadOnlyList<double> chances, IReadOnlyList<RiskRow> outcomes)
    {
        ArgumentNullException.ThrowIfNull(chances);
        ArgumentNullException.ThrowIfNull(outcomes);
        double stated = chances.Sum(), seen = outcomes.Count(static row => row.Outcome);
        var variance = outcomes.Select((row, i) => (row.Person, row.About, Error: (row.Outcome ? 1 : 0) - chances[i]))
            .GroupBy(static row => (row.Person, row.About)).Sum(static group => Math.Pow(group.Sum(static row => row.Error), 2));
        var distance = Math.Abs(seen - stated) / Math.Sqrt(Math.Max(variance, 1e-9));
        var (low, high) = (Math.Min(seen, stated), Math.Max(seen, stated));
        var words = $"{seen.ToString("0", CultureInfo.InvariantCulture)} outcomes where {stated.ToString("0.#", CultureInfo.InvariantCulture)} were expected, of {outcomes.Count} rows ({distance.ToString("0.0", CultureInfo.InvariantCulture)} standard errors).";
        return new DriftFinding(outcomes.Count >= FewestRows && distance > StandardErrors && high > low * Ratio, words);
    }

    /// <summary>The model in force against rows from after it was fitted.</summary>
    public static DriftFinding Check(LearnedRisk risk, IReadOnlyList<RiskRow> since, IReadOnlyList<FeatureShift> shifts)
    {
        ArgumentNullException.ThrowIfNull(risk);
        ArgumentNullException.ThrowIfNull(since);
        ArgumentNullException.ThrowIfNull(shifts);
        if (!risk.Answers || since.Count < FewestRows) return new DriftFinding(false, $"{since.Count} rows since it was fitted: too few to say whether it still holds.");
        var found = Calibration([.. since.Select(row => risk.Chance(row.Values))], since);
        var moved = shifts.Where(static shift => shift.Index > Shifted).OrderByDescending(static shift => shift.Index).Take(3).ToArray();
        return moved.Length == 0
            ? found
            : found with { Words = $"{found.Words} Moved most: {string.Join(", ", moved.Select(static s => $"{s.Feature} ({s.Index.ToString("0.00", CultureInfo.InvariantCulture)})"))}." };
    }

    /// <summary>Σ (share now − share then) × ln(share now ÷ share then) over the bins of each of the model's columns.</summary>
    public static IReadOnlyList<FeatureShift> Shifts(LearnedRisk risk, IReadOnlyList<RiskRow> then, IReadOnlyList<RiskRow> now)
    {
        ArgumentNullException.ThrowIfNull(risk);
        ArgumentNullException.ThrowIfNull(then);
        ArgumentNullException.ThrowIfNull(now);
        if (risk.Model is not { } model || then.Count == 0 || now.Count == 0) return [];
        var index = model.IndexIn([.. risk.Features.Select(static f => f.Name)]);
        return
        [
            .. model.Columns.Select((column, i) =>
            {
                var before = Shares(column, then, index[i]);
                var after = Shares(column, now, index[i]);
                var sum = 0.0;
                for (var bin = 0; bin < before.Length; bin++) sum += (after[bin] - before[bin]) * Math.Log(after[bin] / before[bin]);
                return new FeatureShift(column.Column, sum);
            }),
        ];
    }

    // Half a row in each bin, so that an empty one is rare instead of impossible.
    private static double[] Shares(Binning column, IReadOnlyList<RiskRow> rows, int index)
    {
        var counts = new double[column.Bins];
        Array.Fill(counts, 0.5);
        foreach (var row in rows) counts[column.BinOf(row.Values[index])]++;
        var total = counts.Sum();
        return Array.ConvertAll(counts, count => count / total);
    }
}
