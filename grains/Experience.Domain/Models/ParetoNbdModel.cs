using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Models;

/// <summary>
/// Pareto/NBD: people transact at a rate that is gamma (r, α) over people, and are lost at a rate that is gamma (s, β), at any moment.
/// Schmittlein, Morrison, Colombo, "Counting your customers: who are they and what will they do next?", Management Science 33 (1987);
/// "2005" below is Fader, Hardie, "A note on deriving the Pareto/NBD model and related expressions".
/// The two 2F1 of its likelihood are brought by Euler's transformation (DLMF 15.8.1) to 2F1(1, b; c; z), which keeps the likelihood a
/// mixture of two positive parts, so that neither large counts nor α far from β cost digits.
/// </summary>
public sealed class ParetoNbdModel : CountModel
{
    /// <summary>Panels for integrals over the moment of loss: on a logarithmic scale the integrand is one smooth hump.</summary>
    private const int LossPanels = 4;

    private readonly double[] _parameters;

    public ParetoNbdModel(double r, double alpha, double s, double beta)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(r);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(s);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(beta);
        (R, Alpha, S, Beta) = (r, alpha, s, beta);
        _parameters = [r, alpha, s, beta];
    }

    public double R { get; }

    public double Alpha { get; }

    public double S { get; }

    public double Beta { get; }

    public override string Name => "Pareto/NBD";

    public override IReadOnlyList<string> ParameterNames => Names;

    public override IReadOnlyList<double> Parameters => _parameters;

    internal static IReadOnlyList<string> Names { get; } = ["r", "alpha", "s", "beta"];

    /// <summary>2005, section 3 (the likelihood with its two 2F1, for α ≥ β and α ≤ β).</summary>
    public override double LogLikelihood(PurchaseHistory person)
    {
        var (alive, lost) = LogParts(person);
        return Special.LogGamma(R + person.Count) - Special.LogGamma(R) + R * Math.Log(Alpha) + S * Math.Log(Beta) + Special.LogAddExp(alive, lost);
    }

    /// <summary>2005, equations 36 and 37.</summary>
    public override double ProbabilityActive(PurchaseHistory person)
    {
        var (alive, lost) = LogParts(person);
        return 1 / (1 + Math.Exp(lost - alive));
    }

    /// <summary>2005, equation 27.</summary>
    public override double Expected(double t) => t <= 0 ? 0 : R * Beta / Alpha * Special.PowerGap(Beta / (Beta + t), S - 1);

    /// <summary>2005, equation 41.</summary>
    public override double ExpectedAfter(PurchaseHistory person, double t)
    {
        if (t <= 0) return 0;
        var beta = Beta + person.Age;
        return ProbabilityActive(person) * (R + person.Count) * beta / (Alpha + person.Age) * Special.PowerGap(beta / (beta + t), S - 1);
    }

    /// <summary>Fader, Hardie, "Deriving an expression for P(X(t) = x) under the Pareto/NBD model" (2006), section 2, before its integral is expanded.</summary>
    public override double Probability(int n, double t) => ProbabilityAlive(R, Alpha, Beta, n, t);

    /// <summary>Fader, Hardie, "Deriving the conditional PMF of the Pareto/NBD model" (2014), before its integral is expanded into 2F1.</summary>
    public override double ProbabilityAfter(PurchaseHistory person, int n, double t)
    {
        var active = ProbabilityActive(person);
        return (n == 0 ? 1 - active : 0) + active * ProbabilityAlive(R + person.Count, Alpha + person.Age, Beta + person.Age, n, t);
    }

    /// <summary>
    /// Fader, Hardie, Lee, "RFM and CLV: using iso-value curves for customer base analysis", JMR 42 (2005), equation 5, cut at the
    /// horizon: P(active) × mean rate × ∫ e^(−δt) ((β+T)/(β+T+t))^s dt. Without an end the integral is the paper's Ψ(s, s; δ(β+T)).
    /// </summary>
    public override double DiscountedAfter(PurchaseHistory person, double discount, double horizon)
    {
        if (horizon <= 0) return 0;
        var beta = Beta + person.Age;
        // t = (β+T)(e^v − 1) makes a long tail short; e^−50 of the discount is beyond the digits of a double.
        var end = Math.Log(1 + Math.Min(horizon / beta, discount > 0 ? 50 / (discount * beta) : double.PositiveInfinity));
        if (double.IsInfinity(end)) throw new ArgumentOutOfRangeException(nameof(horizon), "Without a discount the horizon must end.");
        var time = beta * Quadrature.Integrate(v => Math.Exp(-discount * beta * (Math.Exp(v) - 1) + (1 - S) * v), 0, end, 2 * LossPanels);
        return ProbabilityActive(person) * (R + person.Count) / (Alpha + person.Age) * time;
    }

    /// <summary>The parts of the likelihood in which the person is active, and lost, at T; logarithms, without the common factor.</summary>
    private (double Alive, double Lost) LogParts(PurchaseHistory person)
    {
        var shape = R + person.Count;
        var atAge = -shape * Math.Log(Alpha + person.Age) - S * Math.Log(Beta + person.Age);
        var atLast = -shape * Math.Log(Alpha + person.Last) - S * Math.Log(Beta + person.Last);
        // ∫ over losses between t_x and T, as the difference of two tails; equal ages make it exactly none.
        var difference = LossTail(shape, S, Alpha, Beta, person.Last) - Math.Exp(atAge - atLast) * LossTail(shape, S, Alpha, Beta, person.Age);
        return (atAge, difference > 0 ? atLast + Math.Log(difference) : double.NegativeInfinity);
    }

    /// <summary>(α+t)^(r+x) (β+t)^s ∫ₜ^∞ s (α+τ)^−(r+x) (β+τ)^−(s+1) dτ: between 0 and 1.</summary>
    internal static double LossTail(double shape, double s, double alpha, double beta, double t)
    {
        var c = shape + s + 1;
        return alpha >= beta
            ? s / (c - 1) * Special.HypergeometricOne(shape, c, (alpha - beta) / (alpha + t))
            : s / (c - 1) * (alpha + t) / (beta + t) * Special.HypergeometricOne(s + 1, c, (beta - alpha) / (beta + t));
    }

    private double ProbabilityAlive(double r, double alpha, double beta, int n, double t)
    {
        if (n < 0) return 0;
        if (t <= 0) return n == 0 ? 1 : 0;
        var common = Special.LogGamma(r + n) - Special.LogGamma(r) - Special.LogGamma(n + 1.0);
        double Count(double time) => n == 0
            ? Math.Exp(-r * Math.Log(1 + time / alpha))
            : Math.Exp(common - r * Math.Log(1 + time / alpha) + n * Math.Log(time / (alpha + time)));
        var stays = Count(t) * Math.Exp(-S * Math.Log(1 + t / beta));
        // τ = c(e^v − 1), with c the shorter of the two scales, spreads what happens early.
        var scale = Math.Min(alpha, beta);
        var lost = Quadrature.Integrate(
            v =>
            {
                var grown = Math.Exp(v);
                var time = scale * (grown - 1);
                return time <= 0 ? 0 : Count(time) * S / beta * Math.Exp(-(S + 1) * Math.Log(1 + time / beta)) * scale * grown;
            },
            0,
            Math.Log(1 + t / scale),
            LossPanels);
        return stays + lost;
    }
}
