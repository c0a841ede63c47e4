namespace Experience.Domain.Models.Needs;

/// <param name="Judged">People whose later takings weighed the parts; 0 when there were too few, and the parts have their stated defaults.</param>
public sealed record OfferingFit(OfferingModel Model, int Judged);

/// <summary>What is held out to weigh the parts.</summary>
/// <param name="ByDate">What was taken after one day, as in a program that goes on; otherwise each person's own last takings.</param>
/// <param name="Share">Of all takings, or of each person's.</param>
public sealed record HoldOut(bool ByDate, double Share)
{
    public static HoldOut Usual { get; } = new(true, 0.2);
}

/// <summary>
/// Fits the blend: parts computed on the history before a split, weights by the likelihood of what people took after it, then the
/// parts again on everything.
/// </summary>
public static class OfferingTrainer
{
    /// <summary>Fewer people than this with something new after the split cannot weigh nine parts.</summary>
    public const int MinJudged = 50;

    /// <summary>People taken at equal steps, so that people × items × parts stay below this many numbers.</summary>
    private const int MaxNumbers = 24_000_000;

    private const int MaxJudged = 3_000;

    /// <summary>New items of one person that count; each person counts once in all.</summary>
    private const int MaxTargets = 20;

    /// <summary>Where history is too short to weigh: sequence first, then the segment's habits.</summary>
    private static readonly double[] Defaults = [0, 0.2, 0.2, 0.4, 0.2, 0, 0.8, 1, 0];

    private static readonly double[] ColdDefaults = [0, 0.2, 0.2, 0, 0, 0, 0, 0, 0.8];

    /// <param name="entries">Entries of a row of pairs (<see cref="OfferingTables"/>).</param>
    /// <returns>Null when nothing was taken at all.</returns>
    public static OfferingFit? Fit(TakingData data, HoldOut holdOut, int entries = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(holdOut);
        var days = data.People.SelectMany(static p => p.Select(static t => t.Day)).Order().ToArray();
        if (days.Length == 0) return null;
        var split = days[(int)((days.Length - 1) * (1 - holdOut.Share))];
        var (before, cases) = holdOut.ByDate ? Split(data, _ => split) : (data, []);
        // Where few come back after any one day, each person's own last takings judge instead.
        if (cases.Count(static c => c.Question.Takings.Count > 0) < MinJudged) (before, cases) = Split(data, person => OwnSplit(person, holdOut.Share));
        var warm = cases.Where(static c => c.Question.Takings.Count > 0).ToList();
        var cold = cases.Where(static c => c.Question.Takings.Count == 0).ToList();
        double[] weights = Defaults, coldWeights = ColdDefaults;
        if (warm.Count >= MinJudged)
        {
            var tables = new OfferingModel(OfferingTables.Of(before, entries), Defaults, ColdDefaults);
            weights = Weigh(tables, Most(warm, data.Items));
            if (cold.Count >= MinJudged) coldWeights = Weigh(tables, Most(cold, data.Items));
        }

        return new OfferingFit(new OfferingModel(OfferingTables.Of(data, entries), weights, coldWeights), warm.Count >= MinJudged ? warm.Count : 0);
    }

    private static double OwnSplit(IReadOnlyList<Taking> takings, double share)
    {
        var held = Math.Max(1, (int)Math.Round(takings.Count * share));
        return takings.Count <= held ? double.MaxValue : takings[takings.Count - held - 1].Day;
    }

    /// <summary>The history before the split, and who took something new after it.</summary>
    private static (TakingData Before, List<BlendQuestion> Cases) Split(TakingData data, Func<IReadOnlyList<Taking>, double> splitOf)
    {
        var before = new List<IReadOnlyList<Taking>>();
        var cases = new List<BlendQuestion>();
        foreach (var takings in data.People)
        {
            var count = TakingData.CountUntil(takings, splitOf(takings));
            var past = TakingData.Part(takings, 0, count);
            if (count > 0) before.Add(past);
            var seen = past.Select(static t => t.Item).ToHashSet();
            var targets = new List<int>();
            Taking first = default;
            for (var i = count; i < takings.Count && targets.Count < MaxTargets; i++)
            {
                if (!seen.Add(takings[i].Item)) continue;
                if (targets.Count == 0) first = takings[i];
                targets.Add(takings[i].Item);
            }

            if (targets.Count > 0) cases.Add(new BlendQuestion(new OfferingQuestion(past, first.Day, first.Group, first.Season), targets));
        }

        return (data with { People = before }, cases);
    }

    private static IReadOnlyList<BlendQuestion> Most(List<BlendQuestion> cases, int items) =>
        EqualSteps.Of(cases, Math.Clamp(MaxNumbers / Math.Max(1, items * OfferingModel.Parts), MinJudged, MaxJudged));

    private static double[] Weigh(OfferingModel model, IReadOnlyList<BlendQuestion> cases)
    {
        var judged = new BlendCase[cases.Count];
        Parallel.For(0, cases.Count, i =>
        {
            var features = OfferingModel.NewFeatures(model.Items);
            model.Features(cases[i].Question, features);
            var open = new bool[model.Items];
            Array.Fill(open, true);
            foreach (var taking in cases[i].Question.Takings) open[taking.Item] = false;
            judged[i] = new BlendCase(features, open, cases[i].Targets);
        });
        return BlendWeights.Fit(judged);
    }
}

internal sealed record BlendQuestion(OfferingQuestion Question, List<int> Targets);

/// <param name="Open">Items that the person had not taken.</param>
internal sealed record BlendCase(float[][] Features, bool[] Open, List<int> Targets);

/// <summary>
/// Weights of the parts by maximum likelihood of a conditional logit, none below zero. The likelihood is concave, so Newton's
/// steps, projected onto what is allowed, reach its one maximum from anywhere.
/// </summary>
internal static class BlendWeights
{
    private const int MaxSteps = 60;

    private const double Nothing = 1e-6;

    /// <summary>A faint pull to zero decides between parts that say the same.</summary>
    private const double Ridge = 1e-3;

    public static double[] Fit(BlendCase[] cases)
    {
        var weights = new double[OfferingModel.Parts];
        Array.Fill(weights, 0.2);
        var (value, gradient, curvature) = Likelihood(cases, weights);
        for (var step = 0; step < MaxSteps; step++)
        {
            var (direction, longest) = Direction(weights, gradient, curvature);
            var moved = false;
            for (var length = longest; length > longest * 1e-4; length /= 2)
            {
                var next = new double[weights.Length];
                for (var k = 0; k < next.Length; k++)
                {
                    // What rounding leaves of a weight that reached zero would bar all further steps.
                    var to = weights[k] + length * direction[k];
                    next[k] = to < Nothing ? 0 : to;
                }

                var at = Likelihood(cases, next);
                if (at.Value <= value + 1e-9 * Math.Abs(value)) continue;
                (value, gradient, curvature) = at;
                weights = next;
                moved = true;
                break;
            }

            if (!moved) break;
        }

        // What moves nothing is nothing: a weight below this is noise of rounding.
        return Array.ConvertAll(weights, static w => w < 1e-4 ? 0 : Math.Round(w, 4));
    }

    /// <summary>
    /// Newton's direction over the weights that may move, and how far: until the first of them is zero, at most one step. Weights at zero
    /// stay there while the likelihood, or the direction, would take them below.
    /// </summary>
    private static (double[] Direction, double Longest) Direction(double[] weights, double[] gradient, double[,] curvature)
    {
        var free = Enumerable.Range(0, weights.Length).Where(k => weights[k] > 0 || gradient[k] > 0).ToList();
        while (true)
        {
            var direction = new double[weights.Length];
            if (free.Count == 0) return (direction, 1);
            var matrix = free.Select(k => free.Select(l => curvature[k, l] + (k == l ? 1e-9 : 0)).ToArray()).ToArray();
            RidgeItems.Invert(matrix);
            for (var k = 0; k < free.Count; k++)
            {
                for (var l = 0; l < free.Count; l++) direction[free[k]] += matrix[k][l] * gradient[free[l]];
            }

            if (free.RemoveAll(k => weights[k] == 0 && direction[k] <= 0) > 0) continue;
            var longest = 1.0;
            foreach (var k in free)
            {
                if (direction[k] < 0) longest = Math.Min(longest, -weights[k] / direction[k]);
            }

            return (direction, longest);
        }
    }

    private static (double Value, double[] Gradient, double[,] Curvature) Likelihood(BlendCase[] cases, double[] weights)
    {
        const int n = OfferingModel.Parts;
        var parts = new (double Value, double[] Gradient, double[,] Curvature)[cases.Length];
        Parallel.For(0, cases.Length, i => parts[i] = One(cases[i], weights));
        // Summed in the order of people: the number of cores changes no digit.
        double value = 0;
        var gradient = new double[n];
        var curvature = new double[n, n];
        foreach (var part in parts)
        {
            value += part.Value;
            for (var k = 0; k < n; k++)
            {
                gradient[k] += part.Gradient[k];
                for (var l = 0; l < n; l++) curvature[k, l] += part.Curvature[k, l];
            }
        }

        for (var k = 0; k < n; k++)
        {
            value -= Ridge * cases.Length * weights[k] * weights[k] / 2;
            gradient[k] -= Ridge * cases.Length * weights[k];
            curvature[k, k] += Ridge * cases.Length;
        }

        return (value, gradient, curvature);
    }

    private static (double Value, double[] Gradient, double[,] Curvature) One(BlendCase c, double[] weights)
    {
        const int n = OfferingModel.Parts;
        var scores = OfferingModel.Blend(c.Features, weights);
        var max = double.NegativeInfinity;
        for (var j = 0; j < scores.Length; j++)
        {
            if (c.Open[j] && scores[j] > max) max = scores[j];
        }

        double total = 0;
        Span<double> mean = stackalloc double[n];
        var curvature = new double[n, n];
        Span<double> f = stackalloc double[n];
        for (var j = 0; j < scores.Length; j++)
        {
            if (!c.Open[j]) continue;
            var p = Math.Exp(scores[j] - max);
            if (p < 1e-9) continue;
            total += p;
            for (var k = 0; k < n; k++) f[k] = c.Features[k][j];
            for (var k = 0; k < n; k++)
            {
                mean[k] += p * f[k];
                for (var l = 0; l <= k; l++) curvature[k, l] += p * f[k] * f[l];
            }
        }

        var gradient = new double[n];
        double value = 0;
        foreach (var target in c.Targets)
        {
            value += scores[target] - max;
            for (var k = 0; k < n; k++) gradient[k] += c.Features[k][target];
        }

        value = value / c.Targets.Count - Math.Log(total);
        for (var k = 0; k < n; k++)
        {
            gradient[k] = gradient[k] / c.Targets.Count - mean[k] / total;
            for (var l = 0; l <= k; l++) curvature[k, l] = curvature[l, k] = curvature[k, l] / total - mean[k] / total * (mean[l] / total);
        }

        return (value, gradient, curvature);
    }
}
