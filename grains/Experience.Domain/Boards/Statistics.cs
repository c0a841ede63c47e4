using Experience.Domain.Port;

namespace Experience.Domain.Boards;

/// <summary>Intervals, and what may be said on their ground. Doubles: computed from exact sums, shown, never summed again.</summary>
public static class Statistics
{
    /// <summary>Below this a mean or a share is "too few".</summary>
    public const int MinCount = 30;

    /// <summary>Below this a section's ratings prove nothing, whatever they are.</summary>
    public const int MinSectionRatings = 8;

    private const double Z95 = 1.959963984540054;

    /// <summary>
    /// Two-sided 95 % quantile of Student's t by its expansion in 1/ν about the normal quantile (Abramowitz and Stegun 26.7.5);
    /// within 0.003 of the tables from 7 degrees of freedom.
    /// </summary>
    private static double T95(long freedom)
    {
        var v = (double)Math.Max(1, freedom);
        const double z = Z95;
        var z3 = z * z * z;
        var z5 = z3 * z * z;
        return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v);
    }

    /// <summary>The mean and its 95 % interval, from count, sum and sum of squares.</summary>
    public static (double Mean, double Low, double High) Mean(long n, long sum, long squares, double scale)
    {
        var mean = (double)sum / n;
        if (n < 2) return (mean / scale, mean / scale, mean / scale);
        var variance = Math.Max(0, (squares - mean * sum) / (n - 1));
        var half = T95(n - 1) * Math.Sqrt(variance / n);
        return (mean / scale, (mean - half) / scale, (mean + half) / scale);
    }

    /// <summary>A share in percent and its 95 % interval (Wilson 1927), which stays within 0–100.</summary>
    public static (double Share, double Low, double High) Share(long count, long of)
    {
        var p = (double)count / of;
        const double z2 = Z95 * Z95;
        var center = (p + z2 / (2 * of)) / (1 + z2 / of);
        var half = Z95 * Math.Sqrt(p * (1 - p) / of + z2 / (4.0 * of * of)) / (1 + z2 / of);
        return (100 * p, 100 * Math.Max(0, center - half), 100 * Math.Min(1, center + half));
    }

    /// <summary>Red needs proof: bad when the whole interval is past the goal, watch when the interval holds it.</summary>
    /// <param name="final">False while the figure is "so far": a miss is then watch at most.</param>
    public static Standing Against(double value, double low, double high, double goal, bool higherIsBetter, bool final = true)
    {
        var misses = higherIsBetter ? value < goal : value > goal;
        if (!misses) return Standing.Good;
        var proven = higherIsBetter ? high < goal : low > goal;
        return proven && final ? Standing.Bad : Standing.Watch;
    }

    /// <summary>
    /// Whether a section has a problem with its ratings: enough of them, and the whole interval below the goal. A few chance low
    /// ratings among many good ones, or a few ratings in all, are not one.
    /// </summary>
    public static bool RatingsProveProblem(int n, long sum, long squares, int goal) =>
        n >= MinSectionRatings && Mean(n, sum, squares, 1).High < goal;

    /// <summary>
    /// Whether a section loses more people than the goal allows. Refunds are rare and a program has hundreds of sections, so a 95 % interval
    /// alone would accuse some by chance every term: it is the exact 99.9 % interval (Clopper and Pearson 1934) that must lie past the goal, of
    /// at least 30 people. Wilson's is too short at the low end for so few.
    /// </summary>
    public static bool RefundsProveProblem(int refunds, int registered, int goalHundredths) =>
        registered >= MinCount && refunds > registered * goalHundredths / 10_000.0 && AtLeast(refunds, registered, goalHundredths / 10_000.0) < 0.0005;

    /// <summary>The chance of at least so many of n at a share p, by the recurrence of binomial terms.</summary>
    private static double AtLeast(int count, int n, double p)
    {
        if (p <= 0) return 0;
        if (p >= 1) return 1;
        var term = Math.Pow(1 - p, n);
        var below = 0.0;
        for (var k = 0; k < count; k++)
        {
            below += term;
            term *= (double)(n - k) / (k + 1) * p / (1 - p);
        }

        return 1 - below;
    }
}
