using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Models;

/// <summary>The mean spend of a person over a number of transactions, with how many people have the same.</summary>
public readonly record struct SpendHistory(int Count, double Mean, double People = 1);

/// <summary>
/// Gamma–Gamma: a transaction's spend is gamma (p, ν) around the person's own mean, and ν is gamma (q, γ) over people. Independent
/// of how often people transact. Colombo, Jiang, "A stochastic RFM model", Journal of Interactive Marketing 13 (1999); equations
/// as in Fader, Hardie, "The Gamma-Gamma model of monetary value" (2013).
/// </summary>
public sealed class GammaGammaModel
{
    private readonly double[] _parameters;

    public GammaGammaModel(double p, double q, double gamma)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(p);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(q);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(gamma);
        (P, Q, Gamma) = (p, q, gamma);
        _parameters = [p, q, gamma];
    }

    public double P { get; }

    public double Q { get; }

    public double Gamma { get; }

    public static string Name => "Gamma-Gamma";

    public static IReadOnlyList<string> ParameterNames { get; } = ["p", "q", "gamma"];

    public IReadOnlyList<double> Parameters => _parameters;

    /// <summary>2013, equation 1a: the density of the mean of x transactions. Only people with a positive mean have one.</summary>
    public double LogLikelihood(SpendHistory person)
    {
        var shape = P * person.Count;
        return Special.LogGamma(shape + Q) - Special.LogGamma(shape) - Special.LogGamma(Q) + Q * Math.Log(Gamma)
            + (shape - 1) * Math.Log(person.Mean) + shape * Math.Log(person.Count) - (shape + Q) * Math.Log(Gamma + person.Mean * person.Count);
    }

    /// <summary>2013, equation 5: a weighted mean of the person's own and everybody's. Null where q ≤ 1 leaves no population mean.</summary>
    public double? ExpectedSpend(int count, double mean)
    {
        var below = P * count + Q - 1;
        return below > 0 ? P * (Gamma + mean * count) / below : null;
    }
}
