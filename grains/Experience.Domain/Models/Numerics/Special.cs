namespace Experience.Domain.Models.Numerics;

/// <summary>
/// The special functions that the value models need, safe for large counts: everything that could overflow is a logarithm, and
/// the hypergeometric function appears only in the one form whose terms are all positive.
/// </summary>
internal static class Special
{
    private const double HalfLogTwoPi = 0.918938533204672741780329736406;

    /// <summary>Continued fractions converge long before; a fraction that has not, gives what it has.</summary>
    private const int MaxFractionSteps = 20_000;

    private const double Tiny = 1e-300;

    /// <summary>ln Γ(x) for x &gt; 0: Stirling's series (Abramowitz and Stegun 6.1.41) above 10, shifted up by the recurrence below. Relative error near 1e-15.</summary>
    public static double LogGamma(double x)
    {
        var shift = 1.0;
        while (x < 10)
        {
            shift *= x;
            x += 1;
        }

        var inverse = 1 / x;
        var square = inverse * inverse;
        var series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680
            - square * (1.0 / 1188 - square * (691.0 / 360360 - square * (1.0 / 156 - square * (3617.0 / 122400))))))));
        return (x - 0.5) * Math.Log(x) - x + HalfLogTwoPi + series - Math.Log(shift);
    }

    /// <summary>ln B(a, b).</summary>
    public static double LogBeta(double a, double b) => LogGamma(a) + LogGamma(b) - LogGamma(a + b);

    /// <summary>ln (n over k), for whole n ≥ k ≥ 0.</summary>
    public static double LogChoose(int n, int k) => LogGamma(n + 1.0) - LogGamma(k + 1.0) - LogGamma(n - k + 1.0);

    /// <summary>ln(e^a + e^b) without leaving the range of a double.</summary>
    public static double LogAddExp(double a, double b)
    {
        var (low, high) = a < b ? (a, b) : (b, a);
        return double.IsNegativeInfinity(high) ? high : high + LogOnePlus(Math.Exp(low - high));
    }

    /// <summary>ln(1 + x), exact for small x (Kahan's correction of the rounding of 1 + x).</summary>
    public static double LogOnePlus(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * x / (sum - 1);
    }

    /// <summary>(1 − q^p) / p for 0 &lt; q ≤ 1, continuous through p = 0, where it is −ln q.</summary>
    public static double PowerGap(double q, double p)
    {
        var exponent = p * Math.Log(q);
        if (Math.Abs(exponent) < 1e-5) return -Math.Log(q) * (1 + exponent / 2 * (1 + exponent / 3));
        return (1 - Math.Exp(exponent)) / p;
    }

    /// <summary>
    /// 2F1(1, b; c; z) for c &gt; b &gt; 0 and 0 ≤ z &lt; 1 by Gauss's continued fraction (DLMF 15.7.5, the fraction of the incomplete
    /// beta function) in the modified Lentz form. All partial coefficients have one sign, so nothing cancels, and it converges
    /// for every z below 1, where the power series would need 1/(1 − z) terms.
    /// </summary>
    public static double HypergeometricOne(double b, double c, double z)
    {
        if (z <= 0) return 1;
        var over = 1.0;
        var under = 1 - b * z / c;
        under = 1 / (Math.Abs(under) < Tiny ? Tiny : under);
        var value = under;
        for (var m = 1; m < MaxFractionSteps; m++)
        {
            var twice = 2 * m;
            var even = -m * (c - b - 1 + m) * z / ((c + twice - 2) * (c + twice - 1));
            under = 1 / Away(1 + even * under);
            over = Away(1 + even / over);
            value *= under * over;
            var odd = -(c - 1 + m) * (b + m) * z / ((c - 1 + twice) * (c + twice));
            under = 1 / Away(1 + odd * under);
            over = Away(1 + odd / over);
            var step = under * over;
            value *= step;
            if (Math.Abs(step - 1) < 4e-16) break;
        }

        return value;
    }

    /// <summary>The regularised incomplete beta function I_x(a, b), by the same fraction (DLMF 8.17.7), from the side where it converges fast.</summary>
    public static double IncompleteBeta(double a, double b, double x)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        return x <= (a + 1) / (a + b + 2) ? Part(a, b, x) : 1 - Part(b, a, 1 - x);

        static double Part(double a, double b, double x) =>
            Math.Exp(a * Math.Log(x) + b * Math.Log(1 - x) - Math.Log(a) - LogBeta(a, b)) * HypergeometricOne(a + b, a + 1, x);
    }

    private static double Away(double x) => Math.Abs(x) < Tiny ? Tiny : x;
}
