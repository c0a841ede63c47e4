using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Models;

/// <summary>
/// A model of when a person transacts and when they are lost, with its parameters. Immutable; time is in the unit that it was
/// fitted in. Every model answers the same questions, so that models can be compared and exchanged.
/// </summary>
public abstract class CountModel
{
    /// <summary>Panels of twenty points: enough for 1e-9 over any horizon, as the integrands are smooth and monotone.</summary>
    private const int DiscountPanels = 3;

    /// <summary>No quantile is looked for beyond this many transactions; a person who would pass it is given it.</summary>
    private const int MostTransactions = 100_000;

    public abstract string Name { get; }

    public abstract IReadOnlyList<string> ParameterNames { get; }

    public abstract IReadOnlyList<double> Parameters { get; }

    /// <summary>About the time of a purchase, for tables over time.</summary>
    internal virtual double TimeScale => Parameters[1];

    /// <summary>ln of the density of the person's transaction times.</summary>
    public abstract double LogLikelihood(PurchaseHistory person);

    /// <summary>The probability that the person is not lost at T.</summary>
    public abstract double ProbabilityActive(PurchaseHistory person);

    /// <summary>E[X(t)]: transactions after the first, of somebody new, within t.</summary>
    public abstract double Expected(double t);

    /// <summary>E[Y(t) | x, t_x, T]: transactions of this person within t after T.</summary>
    public abstract double ExpectedAfter(PurchaseHistory person, double t);

    /// <summary>P(X(t) = n) of somebody new.</summary>
    public abstract double Probability(int n, double t);

    /// <summary>P(Y(t) = n | x, t_x, T): of this person, after T.</summary>
    public abstract double ProbabilityAfter(PurchaseHistory person, int n, double t);

    /// <summary>
    /// Discounted expected residual transactions within a horizon: ∫₀^h e^(−δt) dE[Y(t)], the quantity of Fader, Hardie and Lee,
    /// "RFM and CLV" (2005), equation 5, cut at h. Integrated by parts, as E[Y] is what the models give.
    /// </summary>
    /// <param name="discount">δ: continuous, for one unit of time.</param>
    public virtual double DiscountedAfter(PurchaseHistory person, double discount, double horizon)
    {
        if (horizon <= 0) return 0;
        var end = Math.Exp(-discount * horizon) * ExpectedAfter(person, horizon);
        if (discount == 0) return end;
        return end + discount * Quadrature.Integrate(t => Math.Exp(-discount * t) * ExpectedAfter(person, t), 0, horizon, DiscountPanels);
    }

    /// <summary>How many states the open gap of an active person may be in: 1, but for regular gaps, whose phases are not seen.</summary>
    internal virtual int OpenPhases => 1;

    /// <summary>The probability of each state of the open gap, given that the person is active at T. Fills <see cref="OpenPhases"/> places.</summary>
    internal virtual void PhaseWeights(PurchaseHistory person, Span<double> weights) => weights[0] = 1;

    /// <summary>
    /// E[Y(t)] of somebody who is active at T with this count and open phase. When the last transaction was no longer matters then, which is what makes
    /// a table of it small.
    /// </summary>
    internal virtual double ActiveExpectedAfter(int count, int phase, double age, double t)
    {
        var person = new PurchaseHistory(count, count == 0 ? 0 : age, age);
        return ExpectedAfter(person, t) / ProbabilityActive(person);
    }

    /// <summary>The smallest n with P(Y(t) ≤ n) ≥ <paramref name="probability"/>: the ends of an interval for a person's future.</summary>
    public int QuantileAfter(PurchaseHistory person, double t, double probability)
    {
        var sum = 0.0;
        for (var n = 0; n < MostTransactions; n++)
        {
            sum += ProbabilityAfter(person, n, t);
            if (sum >= probability) return n;
        }

        return MostTransactions;
    }
}
