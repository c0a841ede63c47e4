namespace Experience.Domain.Models.Needs;

/// <summary>The statistics that a blend is made of, in the order of its weights.</summary>
public enum OfferingPart
{
    Popular,
    Lately,
    Season,
    Segment,
    Together,
    Ridge,
    Sequence,
    Certificate,
}

/// <summary>Who asks: the history before a moment.</summary>
/// <param name="At">The day of the question.</param>
public readonly record struct OfferingQuestion(int Group, IReadOnlyList<Taking> Takings, double At);

/// <summary>
/// Ranks what somebody may take next: a log-linear blend of popularity (in all, lately, by season, by segment), of item-to-item
/// statistics and of what follows what. score(j) = Σ w_k f_k(j), w ≥ 0; over the items that the person has not taken, exp(score) in
/// proportion is the chance that it is the next (a conditional logit: McFadden 1974).
/// </summary>
public sealed class OfferingModel
{
    public const int Parts = 8;

    /// <summary>Prior people behind a share: a segment, a season or a predecessor with n people counts n ÷ (n + this) of its own.</summary>
    public const double PriorPeople = 10;

    /// <summary>Popularity of late halves in this many of the history's 64 periods.</summary>
    private const double HalfLifePeriods = 3;

    /// <summary>Pairs with few people in common mean little: c ÷ (c + this) of their similarity counts.</summary>
    private const double PairShrinkage = 10;

    private const double SimilarityFloor = 0.01;

    private readonly OfferingCounts _counts;
    private readonly IReadOnlyList<int> _certificates;
    private readonly Dictionary<int, int> _certificateSizes;
    private readonly float[][]? _ridge;
    private readonly double[] _popular;
    private readonly double[][] _lately;
    private readonly double[][] _season;
    private readonly double[][] _segment;
    private readonly double[] _share;

    internal OfferingModel(TakingData data, double[]? weights = null)
    {
        _counts = OfferingCounts.Of(data);
        _certificates = data.Certificates;
        _certificateSizes = _certificates.Where(static c => c >= 0).GroupBy(static c => c).ToDictionary(static g => g.Key, static g => g.Count());
        Weights = weights ?? [];
        var n = _counts.Items;
        double all = 0;
        for (var j = 0; j < n; j++) all += _counts.Takers[j];
        _share = new double[n];
        for (var j = 0; j < n; j++) _share[j] = (_counts.Takers[j] + 0.5) / (all + 0.5 * n);
        _popular = Array.ConvertAll(_share, Math.Log);
        _season = Shares(_counts.BySeason, _counts.Seasons);
        _segment = Shares(_counts.ByGroup, _counts.Groups);
        _lately = Lately();
        if (n <= RidgeItems.MaxItems && _counts.People > 0) _ridge = RidgeItems.Fit(_counts, RidgeShrinkage(_counts));
    }

    /// <summary>One for each of <see cref="OfferingPart"/>; empty before the blend is fitted.</summary>
    public IReadOnlyList<double> Weights { get; }

    public int Items => _counts.Items;

    public OfferingCounts Counts => _counts;

    /// <summary>The catalogue is small enough for the ridge regression.</summary>
    public bool HasRidge => _ridge is not null;

    /// <summary>Fills one row a part with the part's own score of each item; higher is sooner.</summary>
    internal void Features(in OfferingQuestion question, float[][] into)
    {
        var firsts = OfferingCounts.Firsts(question.Takings);
        var period = _counts.PeriodOf(question.At);
        var season = _counts.SeasonOf(question.At);
        Copy(_popular, into[(int)OfferingPart.Popular]);
        Copy(_lately[period], into[(int)OfferingPart.Lately]);
        Copy(_season[season], into[(int)OfferingPart.Season]);
        Copy(_segment[question.Group], into[(int)OfferingPart.Segment]);
        Together(firsts, into[(int)OfferingPart.Together]);
        Ridge(firsts, into[(int)OfferingPart.Ridge]);
        Sequence(firsts, question.At, into[(int)OfferingPart.Sequence]);
        Certificate(firsts, into[(int)OfferingPart.Certificate]);
    }

    /// <summary>The blended score of each item, seen ones included.</summary>
    public double[] Scores(in OfferingQuestion question)
    {
        var features = NewFeatures(Items);
        Features(question, features);
        return Blend(features, Weights);
    }

    internal static float[][] NewFeatures(int items) => [.. Enumerable.Range(0, Parts).Select(_ => new float[items])];

    internal static double[] Blend(float[][] features, IReadOnlyList<double> weights)
    {
        var scores = new double[features[0].Length];
        for (var k = 0; k < Parts; k++)
        {
            if (weights[k] == 0) continue;
            for (var j = 0; j < scores.Length; j++) scores[j] += weights[k] * features[k][j];
        }

        return scores;
    }

    /// <summary>As many as an item has takers in the mean: what is seldom taken leans on the rest.</summary>
    private static double RidgeShrinkage(OfferingCounts counts) => Math.Max(10, counts.Takers.Average());

    private static void Copy(double[] from, float[] into)
    {
        for (var j = 0; j < into.Length; j++) into[j] = (float)from[j];
    }

    private double[][] Shares(int[,] counts, int rows)
    {
        var shares = new double[rows][];
        for (var r = 0; r < rows; r++)
        {
            double all = 0;
            for (var j = 0; j < Items; j++) all += counts[r, j];
            shares[r] = new double[Items];
            for (var j = 0; j < Items; j++) shares[r][j] = Math.Log((counts[r, j] + PriorPeople * _share[j]) / (all + PriorPeople));
        }

        return shares;
    }

    private double[][] Lately()
    {
        var decay = Math.Pow(0.5, 1 / HalfLifePeriods);
        var rows = new double[OfferingCounts.Periods][];
        var running = new double[Items];
        for (var p = 0; p < rows.Length; p++)
        {
            double all = 0;
            for (var j = 0; j < Items; j++)
            {
                running[j] = running[j] * decay + _counts.ByPeriod[p, j];
                all += running[j];
            }

            rows[p] = new double[Items];
            for (var j = 0; j < Items; j++) rows[p][j] = Math.Log((running[j] + PriorPeople * _share[j]) / (all + PriorPeople));
        }

        return rows;
    }

    /// <summary>Σ over the history of the cosine of the two items' takers, less for pairs with few in common.</summary>
    private void Together(List<Taking> firsts, float[] into)
    {
        Array.Clear(into);
        for (var h = Math.Max(0, firsts.Count - OfferingCounts.MaxItemsAPerson); h < firsts.Count; h++)
        {
            var i = firsts[h].Item;
            foreach (var (j, people) in _counts.Together[i])
                into[j] += (float)(people / Math.Sqrt((double)_counts.Takers[i] * _counts.Takers[j]) * (people / (people + PairShrinkage)));
        }

        var scale = Math.Max(1, firsts.Count);
        for (var j = 0; j < into.Length; j++) into[j] = (float)Math.Log(SimilarityFloor + into[j] / scale);
    }

    private void Ridge(List<Taking> firsts, float[] into)
    {
        Array.Clear(into);
        if (_ridge is null) return;
        foreach (var taking in firsts)
        {
            var row = _ridge[taking.Item];
            for (var j = 0; j < into.Length; j++) into[j] += row[j];
        }
    }

    /// <summary>
    /// Mean over the last steps, seven tenths less each, of the share of people for whom the item came after that step. Of those
    /// who waited as long as this person has, shrunk to all of them, and these to popularity.
    /// </summary>
    private void Sequence(List<Taking> firsts, double at, float[] into)
    {
        var steps = OfferingCounts.Steps(firsts);
        double total = 0;
        var sums = new double[Items];
        for (var h = firsts.Count - 1; h >= 0 && steps[^1] - steps[h] < OfferingCounts.Lags; h--)
        {
            double weight = OfferingCounts.LagWeights[steps[^1] - steps[h]];
            total += weight;
            var i = firsts[h].Item;
            var bucket = OfferingCounts.GapOf(at - firsts[h].Day);
            const double prior = PriorPeople * 1000;
            var left = _counts.Left[i];
            double all = left.Weight + prior, still = left.From(bucket) + prior;
            // (still_ij + m (all_ij + m share_j) / all) / still, split into what every item has and what followers have besides.
            var floor = weight * prior * prior / (all * still);
            for (var j = 0; j < sums.Length; j++) sums[j] += floor * _share[j];
            foreach (var (j, following) in _counts.Followed[i]) sums[j] += weight * (following.From(bucket) + prior * following.Weight / all) / still;
        }

        for (var j = 0; j < into.Length; j++) into[j] = (float)(total == 0 ? _popular[j] : Math.Log(sums[j] / total + 1e-12));
    }

    /// <summary>How much of a certificate that was begun the person has, for the items still missing.</summary>
    private void Certificate(List<Taking> firsts, float[] into)
    {
        Array.Clear(into);
        if (_certificateSizes.Count == 0) return;
        var done = new Dictionary<int, int>();
        foreach (var taking in firsts)
        {
            var certificate = _certificates[taking.Item];
            if (certificate >= 0) done[certificate] = done.GetValueOrDefault(certificate) + 1;
        }

        if (done.Count == 0) return;
        for (var j = 0; j < into.Length; j++)
        {
            if (_certificates[j] >= 0 && done.TryGetValue(_certificates[j], out var have)) into[j] = (float)have / _certificateSizes[_certificates[j]];
        }

        foreach (var taking in firsts) into[taking.Item] = 0;
    }
}
