using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Models;

/// <summary>What one person did at a row of opportunities, such as terms: came x times, last at t_x, of n; with how many people did the same.</summary>
/// <param name="Count">x: opportunities taken.</param>
/// <param name="Last">t_x: the last one taken, counted from 1; 0 when none was.</param>
/// <param name="Opportunities">n.</param>
/// <param name="People">How many people have this history.</param>
public readonly record struct OpportunityHistory(int Count, int Last, int Opportunities, double People = 1);

/// <summary>
/// BG/BB: comes back this term, or not. At each opportunity an active person comes with a probability that is beta (α, β) over people,
/// and is lost before it with a probability that is beta (γ, δ). Fader, Hardie, Shang, "Customer-base analysis in a discrete-time
/// noncontractual setting", Marketing Science 29 (2010); equation numbers are theirs.
/// </summary>
public sealed class BetaBernoulliModel
{
    private readonly double[] _parameters;

    public BetaBernoulliModel(double alpha, double beta, double gamma, double delta)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(beta);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(gamma);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(delta);
        (Alpha, Beta, Gamma, Delta) = (alpha, beta, gamma, delta);
        _parameters = [alpha, beta, gamma, delta];
    }

    public double Alpha { get; }

    public double Beta { get; }

    public double Gamma { get; }

    public double Delta { get; }

    public static string Name => "BG/BB";

    public static IReadOnlyList<string> ParameterNames { get; } = ["alpha", "beta", "gamma", "delta"];

    public IReadOnlyList<double> Parameters => _parameters;

    /// <summary>Equation 5.</summary>
    public double LogLikelihood(OpportunityHistory person)
    {
        var sum = LogActive(person.Count, person.Opportunities, person.Opportunities);
        for (var lostBefore = person.Last; lostBefore < person.Opportunities; lostBefore++)
            sum = Special.LogAddExp(sum, LogCame(person.Count, lostBefore) + LogLostAfter(lostBefore));
        return sum;
    }

    /// <summary>Equation 11: active at opportunity n + 1, the next one.</summary>
    public double ProbabilityActive(OpportunityHistory person) =>
        Math.Exp(LogActive(person.Count, person.Opportunities, person.Opportunities + 1) - LogLikelihood(person));

    /// <summary>Equation 9: the expected number of opportunities taken of the first n, as the sum over them.</summary>
    public double Expected(int n)
    {
        var sum = 0.0;
        for (var i = 1; i <= n; i++) sum += Math.Exp(LogStays(i));
        return Alpha / (Alpha + Beta) * sum;
    }

    /// <summary>Equation 13, as the sum over opportunities, which is exact at γ = 1 too.</summary>
    public double ExpectedAfter(OpportunityHistory person, int opportunities) => Residual(person, opportunities, 0);

    /// <summary>Equation 14 cut at a horizon: discounted by 1/(1 + d) for each opportunity, the next one included.</summary>
    public double DiscountedAfter(OpportunityHistory person, double discount, int horizon) => Residual(person, horizon, discount);

    /// <summary>Equation 7.</summary>
    public double Probability(int count, int n)
    {
        if (count < 0 || count > n) return 0;
        var sum = Special.LogChoose(n, count) + LogActive(count, n, n);
        for (var i = count; i < n; i++)
            sum = Special.LogAddExp(sum, Special.LogChoose(i, count) + LogCame(count, i) + LogLostAfter(i));
        return Math.Exp(sum);
    }

    /// <summary>P(X(n, n + n*) = count | x, t_x, n): appendix of the paper, by the person's own beta distributions while active.</summary>
    public double ProbabilityAfter(OpportunityHistory person, int count, int opportunities)
    {
        if (count < 0 || count > opportunities) return 0;
        var n = person.Opportunities;
        var likelihood = LogLikelihood(person);
        double Came(int more, int of) => LogCame(person.Count + more, n + of) + Special.LogChoose(of, more);
        var sum = Math.Exp(Came(count, opportunities) + LogStays(n + opportunities) - likelihood);
        for (var i = count; i < opportunities; i++) sum += Math.Exp(Came(count, i) + LogLostAfter(n + i) - likelihood);
        // Lost before n already: nothing more comes.
        return count > 0 ? sum : sum + Math.Max(0, 1 - Math.Exp(LogActive(person.Count, n, n) - likelihood));
    }

    private double Residual(OpportunityHistory person, int opportunities, double discount)
    {
        var sum = 0.0;
        var factor = 1.0;
        for (var i = 1; i <= opportunities; i++)
        {
            factor /= 1 + discount;
            sum += factor * Math.Exp(LogStays(person.Opportunities + i));
        }

        return Math.Exp(LogCame(person.Count + 1, person.Opportunities + 1) - LogLikelihood(person)) * sum;
    }

    /// <summary>ln of the probability of coming at certain <paramref name="count"/> of n opportunities while active.</summary>
    private double LogCame(int count, int n) => Special.LogBeta(Alpha + count, Beta + n - count) - Special.LogBeta(Alpha, Beta);

    private double LogStays(int n) => Special.LogBeta(Gamma, Delta + n) - Special.LogBeta(Gamma, Delta);

    private double LogLostAfter(int n) => Special.LogBeta(Gamma + 1, Delta + n) - Special.LogBeta(Gamma, Delta);

    private double LogActive(int count, int n, int until) => LogCame(count, n) + LogStays(until);
}
