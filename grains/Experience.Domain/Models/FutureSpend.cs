using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Models;

/// <summary>
/// What a person will spend in all within some time, as a distribution: the number of transactions by the count model, and what each of them
/// brings by the Gamma–Gamma model, whose rate ν is known as well as the person's own spend tells it.
/// </summary>
/// <remarks>
/// Given n, the sum of n gamma (p, ν) amounts is gamma (pn, ν), and ν given the person's history is gamma (px + q, γ + x z̄) (Fader, Hardie 2013,
/// equation 4), so the sum is (γ + x z̄) times a beta-prime (pn, px + q): P(sum ≤ s | n) = I_{s / (s + γ + x z̄)}(pn, px + q).
/// </remarks>
public static class FutureSpend
{
    /// <summary>Counts with less than this left above them are not looked at.</summary>
    private const double Tail = 1e-7;

    private const int MostTransactions = 10_000;
    private const int Halvings = 60;

    /// <param name="mean">Mean spend of the transactions after the first; 0 without any.</param>
    /// <returns>The smallest amounts that the sum stays below with each of the probabilities, in the unit of the spend.</returns>
    public static double[] Quantiles(CountModel counts, GammaGammaModel spend, PurchaseHistory person, double mean, double t, params ReadOnlySpan<double> probabilities)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(spend);
        var ofCount = new List<double>();
        var left = 1.0;
        for (var n = 0; n < MostTransactions && left > Tail; n++)
        {
            var probability = counts.ProbabilityAfter(person, n, t);
            ofCount.Add(probability);
            left -= probability;
        }

        var shape = spend.P * person.Count + spend.Q;
        var scale = spend.Gamma + Math.Max(0, mean) * person.Count;
        var result = new double[probabilities.Length];
        for (var i = 0; i < result.Length; i++) result[i] = Quantile(ofCount, spend.P, shape, scale, probabilities[i]);
        return result;
    }

    private static double Quantile(List<double> ofCount, double p, double shape, double scale, double probability)
    {
        if (ofCount[0] >= probability) return 0;
        // Bisection on s / (s + scale), which lies between 0 and 1 whatever the money.
        double low = 0, high = 1;
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            var below = ofCount[0];
            for (var n = 1; n < ofCount.Count && below < probability; n++) below += ofCount[n] * Special.IncompleteBeta(p * n, shape, middle);
            if (below < probability) low = middle;
            else high = middle;
        }

        return scale * high / Math.Max(1e-12, 1 - high);
    }
}
