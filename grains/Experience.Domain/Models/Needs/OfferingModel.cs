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

    /// <summary>What people of the segment begin with: for whoever has no history.</summary>
    First,
}

/// <summary>Who asks: the history before a moment.</summary>
/// <param name="At">The day of the question.</param>
/// <param name="Group">The person's segment on that day.</param>
/// <param name="Season">The season of what could be taken.</param>
public readonly record struct OfferingQuestion(IReadOnlyList<Taking> Takings, double At, int Group, int Season);

/// <summary>
/// Ranks what somebody may take next: a log-linear blend of popularity (in all, lately, by season, by segment), of item-to-item
/// statistics and of what follows what. score(j) = Σ w_k f_k(j), w ≥ 0; over the items that the person has not taken, exp(score) in
/// proportion is the chance that it is the next (a conditional logit: McFadden 1974).
/// </summary>
/// <param name="warm">Weights for whoever has a history, one for each of <see cref="OfferingPart"/>.</param>
/// <param name="cold">Weights for whoever has none.</param>
public sealed class OfferingModel(OfferingTables tables, double[] warm, double[] cold)
{
    public const int Parts = 9;

    private const double SimilarityFloor = 0.01;

    private readonly Dictionary<int, int> _certificateSizes =
        tables.Certificates.Where(static c => c >= 0).GroupBy(static c => c).ToDictionary(static g => g.Key, static g => g.Count());

    public OfferingTables Tables { get; } = tables;

    public IReadOnlyList<double> Warm { get; } = warm;

    public IReadOnlyList<double> Cold { get; } = cold;

    public int Items => Tables.Items;

    /// <summary>The weights that hold for a history.</summary>
    public IReadOnlyList<double> WeightsOf(in OfferingQuestion question) => question.Takings.Count > 0 ? Warm : Cold;

    /// <summary>The blended score of each item, those already taken included.</summary>
    public double[] Scores(in OfferingQuestion question)
    {
        var features = NewFeatures(Items);
        Features(question, features);
        return Blend(features, WeightsOf(question));
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

    /// <summary>Fills one row a part with the part's own score of each item; higher is sooner.</summary>
    internal void Features(in OfferingQuestion question, float[][] into)
    {
        var firsts = OfferingCounts.Firsts(question.Takings);
        Tables.Popular.CopyTo(into[(int)OfferingPart.Popular], 0);
        Tables.Lately[Tables.PeriodOf(question.At)].CopyTo(into[(int)OfferingPart.Lately], 0);
        Tables.Season[question.Season].CopyTo(into[(int)OfferingPart.Season], 0);
        Tables.Segment[question.Group].CopyTo(into[(int)OfferingPart.Segment], 0);
        Together(firsts, into[(int)OfferingPart.Together]);
        Ridge(firsts, into[(int)OfferingPart.Ridge]);
        Sequence(firsts, question.At, into[(int)OfferingPart.Sequence]);
        Certificate(firsts, into[(int)OfferingPart.Certificate]);
        if (firsts.Count == 0) Tables.First[question.Group].CopyTo(into[(int)OfferingPart.First], 0);
        else Array.Clear(into[(int)OfferingPart.First]);
    }

    private void Together(List<Taking> firsts, float[] into)
    {
        Array.Clear(into);
        for (var h = Math.Max(0, firsts.Count - OfferingCounts.MaxItemsAPerson); h < firsts.Count; h++)
        {
            foreach (var (j, weight) in Tables.Together[firsts[h].Item]) into[j] += weight;
        }

        var scale = Math.Max(1, firsts.Count);
        for (var j = 0; j < into.Length; j++) into[j] = (float)Math.Log(SimilarityFloor + into[j] / scale);
    }

    private void Ridge(List<Taking> firsts, float[] into)
    {
        Array.Clear(into);
        if (Tables.Ridge is null) return;
        foreach (var taking in firsts)
        {
            foreach (var (j, weight) in Tables.Ridge[taking.Item]) into[j] += weight;
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
        double floor = 0;
        for (var h = firsts.Count - 1; h >= 0 && steps[^1] - steps[h] < OfferingCounts.Lags; h--)
        {
            var weight = OfferingCounts.LagWeights[steps[^1] - steps[h]] / 1000.0;
            total += weight;
            var i = firsts[h].Item;
            var bucket = OfferingCounts.GapOf(at - firsts[h].Day);
            const double prior = OfferingTables.PriorPeople;
            double all = Tables.Left[i].All + prior, still = Tables.Left[i].From(bucket) + prior;
            // (still_ij + m (all_ij + m share_j) / all) / still, split into what every item has and what followers have besides.
            floor += weight * prior * prior / (all * still);
            foreach (var following in Tables.Followed[i]) sums[following.Item] += weight * (following.From(bucket) + prior * following.All / all) / still;
        }

        for (var j = 0; j < into.Length; j++)
            into[j] = total == 0 ? Tables.Popular[j] : (float)Math.Log((sums[j] + floor * Math.Exp(Tables.Popular[j])) / total);
    }

    /// <summary>How much of a certificate that was begun the person has, for the items still missing.</summary>
    private void Certificate(List<Taking> firsts, float[] into)
    {
        Array.Clear(into);
        if (_certificateSizes.Count == 0) return;
        var done = new Dictionary<int, int>();
        foreach (var taking in firsts)
        {
            var certificate = Tables.Certificates[taking.Item];
            if (certificate >= 0) done[certificate] = done.GetValueOrDefault(certificate) + 1;
        }

        if (done.Count == 0) return;
        for (var j = 0; j < into.Length; j++)
        {
            if (Tables.Certificates[j] >= 0 && done.TryGetValue(Tables.Certificates[j], out var have)) into[j] = (float)have / _certificateSizes[Tables.Certificates[j]];
        }

        foreach (var taking in firsts) into[taking.Item] = 0;
    }
}
