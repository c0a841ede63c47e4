using System.Globalization;
using Experience.Domain.Models.Backtests;
using Experience.Domain.Models.Gam;

namespace Experience.Domain.Models.Risk;

/// <summary>A model fitted on all rows, and how one fitted on the earlier rows alone did on the later ones.</summary>
/// <param name="Held">The figures on what was held out.</param>
/// <param name="HeldFrom">µs; every row held out is from then on, and no row learned from had an outcome later.</param>
public sealed record RiskFit(LearnedRisk Risk, RiskReport Held, long From, long HeldFrom, int Rows, bool Usable, string Verdict);

/// <summary>Learns a risk from rows of the program's own history, with time strictly between what is learned from and what it is judged on.</summary>
public static class RiskLearning
{
    /// <summary>More rows are thinned at equal steps through time: they would add seconds and little else.</summary>
    public const int MostRows = 24_000;

    /// <summary>Fewer outcomes among those held out, and nobody knows how good the model is.</summary>
    public const int FewestHeldOutcomes = 20;

    /// <summary>The last quarter of the rows is held out.</summary>
    private const double HeldShare = 0.25;

    /// <summary>Terms of two columns: with more of them the document grows and the figures do not.</summary>
    private const int Pairs = 4;

    private const string Target = "outcome";

    private static readonly double[] Shares = [.001, .002, .005, .01, .02, .03, .05, .075, .1, .15, .2, .3, .5, 1];

    /// <param name="rows">In the order of <see cref="RiskRows.Rows"/>.</param>
    /// <param name="present">Values of those whom the question applies to now, or a part of them.</param>
    /// <param name="applies">How many they are.</param>
    public static FitOutcome<RiskFit> Fit(
        IReadOnlyList<RiskFeature> features, IReadOnlyList<RiskRow> rows, IReadOnlyList<double[]> present, long applies, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(present);
        rows = EqualSteps.Of(rows, MostRows);
        if (rows.Count < RiskLearner.FewestRows) return new NotEnoughHistory<RiskFit>($"Not enough history: {rows.Count} rows with a known outcome, {RiskLearner.FewestRows} are needed.");
        var (parts, cut) = Split(rows);
        var early = Pick(rows, parts, RowPart.Early);
        var late = Pick(rows, parts, RowPart.Late);
        var held = late.Count(static row => row.Outcome);
        if (held < FewestHeldOutcomes || late.Count - held < FewestHeldOutcomes)
            return new NotEnoughHistory<RiskFit>($"Not enough history: {held} outcomes among the {late.Count} newest rows, {FewestHeldOutcomes} are needed to see how good a model is.");
        if (early.Count < RiskLearner.FewestRows) return new NotEnoughHistory<RiskFit>($"Not enough history: {early.Count} rows were known before the newest began, {RiskLearner.FewestRows} are needed.");

        var earlyTable = Table(features, early);
        var lateTable = Table(features, late);
        var options = Options(features);
        switch (RiskLearner.Fit(earlyTable, options with { Parts = Split(early).Parts }))
        {
            case NotEnoughHistory<AdditiveModel> none:
                return new NotEnoughHistory<RiskFit>(none.Reason);
            case Fitted<AdditiveModel> before:
                cancellation.ThrowIfCancellationRequested();
                var report = RiskBacktest.Judge(before.Model, earlyTable, lateTable, options);
                var fitted = RiskLearner.Fit(Table(features, rows), options with { Parts = parts });
                if (fitted is not Fitted<AdditiveModel> final) return new NotEnoughHistory<RiskFit>(((NotEnoughHistory<AdditiveModel>)fitted).Reason);
                cancellation.ThrowIfCancellationRequested();
                var (usable, verdict) = Judge(report, before.Model.Probabilities(lateTable), late);
                var share = rows.Count(static row => row.Outcome) / (double)rows.Count;
                var chances = Chances(features, final.Model, present.Count > 0 ? present : [.. late.Select(static row => row.Values)]);
                var depths = Depths(chances, before.Model.Probabilities(lateTable), late);
                var risk = LearnedRisk.Of(features, final.Model, applies, depths, share);
                return new Fitted<RiskFit>(
                    new RiskFit(risk, report, rows[0].AsOf, cut, rows.Count, usable, verdict), final.Parameters, final.LogLikelihood, final.People, final.Determined);
            default:
                throw new InvalidOperationException("A fit has two outcomes.");
        }
    }

    /// <summary>Rows as a table with the outcome in the last column.</summary>
    public static RiskTable Table(IReadOnlyList<RiskFeature> features, IReadOnlyList<RiskRow> rows) => new(
        [.. features.Select(static feature => feature.Name), Target],
        [.. rows.Select(static row => (IReadOnlyList<string>)[.. row.Values.Select(Said), row.Outcome ? "1" : "0"])]);

    public static RiskOptions Options(IReadOnlyList<RiskFeature> features) => new(Target)
    {
        Pairs = Pairs,
        Directions = features.Where(static f => f.Direction != Monotone.Free).ToDictionary(static f => f.Name, static f => f.Direction),
    };

    private static string Said(double value) => double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Late rows are those of the last quarter; early ones those whose outcome stood fast before the first of them.</summary>
    private static (RowPart[] Parts, long Cut) Split(IReadOnlyList<RiskRow> rows)
    {
        var cut = rows[(int)(rows.Count * (1 - HeldShare))].AsOf;
        return ([.. rows.Select(row => row.AsOf >= cut ? RowPart.Late : row.KnownAt <= cut ? RowPart.Early : RowPart.Between)], cut);
    }

    private static List<RiskRow> Pick(IReadOnlyList<RiskRow> rows, RowPart[] parts, RowPart want) => [.. rows.Where((_, i) => parts[i] == want)];

    /// <summary>
    /// Usable is a model that ranks those held out better than chance, by two standard errors (Hanley, McNeil, Radiology 143, 1982), and whose chances
    /// hold there (<see cref="RiskDrift"/>).
    /// </summary>
    private static (bool, string) Judge(RiskReport report, double[] chances, List<RiskRow> late)
    {
        var auroc = report.Auroc ?? 0.5;
        double positives = report.Positives, negatives = report.Test - report.Positives;
        double q1 = auroc / (2 - auroc), q2 = 2 * auroc * auroc / (1 + auroc);
        // Looks at the same person and section are one piece of evidence.
        var looks = late.Count / (double)late.DistinctBy(static row => (row.Person, row.About)).Count();
        var error = Math.Sqrt(looks * (auroc * (1 - auroc) + (positives - 1) * (q1 - auroc * auroc) + (negatives - 1) * (q2 - auroc * auroc)) / (positives * negatives));
        var figures = $"AUROC {auroc.ToString("0.000", CultureInfo.InvariantCulture)} ± {error.ToString("0.000", CultureInfo.InvariantCulture)} on {report.Test} rows held out, {report.Positives} with the outcome";
        if (auroc - 2 * error <= 0.5) return (false, $"It does not rank people better than chance: {figures}.");
        var drift = RiskDrift.Calibration(chances, late);
        return drift.Beyond ? (false, $"Its chances do not hold on those held out: {drift.Words}") : (true, $"{figures}.");
    }

    private static double[] Chances(IReadOnlyList<RiskFeature> features, AdditiveModel model, IReadOnlyList<double[]> present)
    {
        var risk = LearnedRisk.Of(features, model, present.Count, [], 0);
        var chances = present.Select(values => risk.Chance(values)).ToArray();
        Array.Sort(chances, static (a, b) => b.CompareTo(a));
        return chances;
    }

    private static List<RiskDepth> Depths(double[] chances, double[] held, List<RiskRow> late)
    {
        var order = Enumerable.Range(0, held.Length).OrderByDescending(row => held[row]).ToArray();
        return
        [
            .. Shares.Select(share =>
            {
                var depth = Math.Max(1, (int)Math.Round(share * order.Length));
                var precision = order.Take(depth).Count(row => late[row].Outcome) / (double)depth;
                return new RiskDepth(share, chances[Math.Clamp((int)(share * chances.Length) - 1, 0, chances.Length - 1)], depth >= FewestForPrecision ? precision : null);
            }),
        ];
    }

    /// <summary>A precision of fewer people is a number that chance wrote.</summary>
    private const int FewestForPrecision = 10;
}
