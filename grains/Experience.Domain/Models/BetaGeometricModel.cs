using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Models;

/// <summary>
/// People transact at gaps that are Erlang-k at a rate that is gamma (r, α) over people, and are lost after a transaction with a
/// probability that is beta (a, b) over people. With k = 1 gaps are exponential.
/// <list type="bullet">
/// <item>BG/NBD: not lost at the first transaction. Fader, Hardie, Lee, "Counting your customers the easy way", Marketing Science 24 (2005).</item>
/// <item>MBG/NBD: may be lost at the first one too. Batislam, Denizel, Filiztekin, "Empirical validation and comparison of models
/// for customer base analysis", IJRM 24 (2007); Hoppe, Wagner (2007).</item>
/// <item>MBG/CNBD-k: regular gaps. Reutterer, Platzer, Schröder, "Leveraging purchase regularity for predicting customer behavior
/// the easy way", IJRM 38 (2021).</item>
/// </list>
/// The papers write expectations with 2F1, which loses its digits near a = 1 and overflows for large counts. Here they are sums over
/// the negative binomial number of Erlang phases instead: the same quantity, every term positive, exact for every k.
/// </summary>
public sealed class BetaGeometricModel : CountModel
{
    private readonly double _lostAtFirst;
    private readonly double[] _parameters;

    public BetaGeometricModel(double r, double alpha, double a, double b, bool lostAtFirst = false, int k = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(r);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(a);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(b);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        (R, Alpha, A, B, K) = (r, alpha, a, b, k);
        LostAtFirst = lostAtFirst;
        _lostAtFirst = lostAtFirst ? 1 : 0;
        _parameters = [r, alpha, a, b];
    }

    public double R { get; }

    public double Alpha { get; }

    public double A { get; }

    public double B { get; }

    /// <summary>How regular gaps are: the coefficient of variation of a person's gaps is 1/√k.</summary>
    public int K { get; }

    public bool LostAtFirst { get; }

    public override string Name => NameOf(LostAtFirst, K);

    public override IReadOnlyList<string> ParameterNames => Names;

    public override IReadOnlyList<double> Parameters => _parameters;

    internal static IReadOnlyList<string> Names { get; } = ["r", "alpha", "a", "b"];

    internal static string NameOf(bool lostAtFirst, int k) => (lostAtFirst ? "MBG/" : "BG/") + (k == 1 ? "NBD" : $"CNBD-{k}");

    /// <summary>BG/NBD: 2005, equation 6. MBG/NBD: the likelihood of Batislam, Denizel and Filiztekin, 2007. With k: the likelihood of 2021 (appendix).</summary>
    public override double LogLikelihood(PurchaseHistory person)
    {
        var shape = R + (double)K * person.Count;
        var alive = B + person.Count + _lostAtFirst;
        var value = Special.LogGamma(shape) - Special.LogGamma(R) + R * Math.Log(Alpha) + Special.LogBeta(A, alive) - Special.LogBeta(A, B)
            + (K - 1) * person.LogGaps - person.Count * Special.LogGamma(K);
        var phases = Phases(shape, person);
        if (person.Count + _lostAtFirst == 0) return value - shape * Math.Log(Alpha + person.Age) + Math.Log(phases);
        var silence = Math.Exp(-shape * Math.Log((Alpha + person.Age) / (Alpha + person.Last)));
        return value - shape * Math.Log(Alpha + person.Last) + Math.Log(A / (alive - 1) + silence * phases);
    }

    /// <summary>BG/NBD: Fader, Hardie, "Computing P(alive) using the BG/NBD model" (2008). MBG/NBD: P(active) of 2007. With k: P(alive) of 2021 (appendix).</summary>
    public override double ProbabilityActive(PurchaseHistory person)
    {
        if (person.Count + _lostAtFirst == 0) return 1;
        var shape = R + (double)K * person.Count;
        var odds = A / (B + person.Count + _lostAtFirst - 1) / Phases(shape, person)
            * Math.Exp(shape * Math.Log((Alpha + person.Age) / (Alpha + person.Last)));
        return 1 / (1 + odds);
    }

    /// <summary>BG/NBD: 2005, equation 9. MBG/NBD: the expectation of 2007 as corrected by Wagner and Hoppe, "Erratum on the MBG/NBD model", IJRM 25 (2008).</summary>
    public override double Expected(double t) =>
        Starting * ExpectedAlive(R, Alpha, B + _lostAtFirst, phase: 0, t);

    /// <summary>BG/NBD: 2005, equation 10. MBG/NBD: the conditional expectation of the 2008 erratum. With k: the exact value of what 2021 approximates.</summary>
    public override double ExpectedAfter(PurchaseHistory person, double t)
    {
        var shape = R + (double)K * person.Count;
        var alive = B + person.Count + _lostAtFirst;
        var active = ProbabilityActive(person);
        if (K == 1) return active * ExpectedAlive(shape, Alpha + person.Age, alive, 0, t);
        var sum = 0.0;
        foreach (var (phase, weight) in PhaseWeights(shape, person))
            sum += weight * ExpectedAlive(shape + phase, Alpha + person.Age, alive, phase, t);
        return active * sum;
    }

    /// <summary>BG/NBD: 2005, equation 8. MBG/NBD and k: its extension in 2021 (appendix).</summary>
    public override double Probability(int n, double t) =>
        (n == 0 ? 1 - Starting : 0) + Starting * ProbabilityAlive(R, Alpha, B + _lostAtFirst, phase: 0, n, t);

    /// <summary>As <see cref="Probability"/>, with the person's own rate and loss distribution after T.</summary>
    public override double ProbabilityAfter(PurchaseHistory person, int n, double t)
    {
        var shape = R + (double)K * person.Count;
        var alive = B + person.Count + _lostAtFirst;
        var active = ProbabilityActive(person);
        var sum = 0.0;
        if (K == 1) sum = ProbabilityAlive(shape, Alpha + person.Age, alive, 0, n, t);
        else
        {
            foreach (var (phase, weight) in PhaseWeights(shape, person))
                sum += weight * ProbabilityAlive(shape + phase, Alpha + person.Age, alive, phase, n, t);
        }

        return (n == 0 ? 1 - active : 0) + active * sum;
    }

    /// <summary>The probability of not being lost at the first transaction.</summary>
    private double Starting => LostAtFirst ? B / (A + B) : 1;

    /// <summary>Σ over j &lt; k of the j-th phase's weight: which of its k phases the open gap has reached at T, up to a common factor.</summary>
    private double Phases(double shape, PurchaseHistory person)
    {
        var step = (person.Age - person.Last) / (Alpha + person.Age);
        double sum = 1, term = 1;
        for (var j = 1; j < K; j++)
        {
            term *= (shape + j - 1) * step / j;
            sum += term;
        }

        return sum;
    }

    internal override int OpenPhases => K;

    internal override void PhaseWeights(PurchaseHistory person, Span<double> weights)
    {
        weights[..K].Clear();
        foreach (var (phase, weight) in PhaseWeights(R + (double)K * person.Count, person)) weights[phase] = weight;
    }

    internal override double ActiveExpectedAfter(int count, int phase, double age, double t) =>
        ExpectedAlive(R + (double)K * count + phase, Alpha + age, B + count + _lostAtFirst, phase, t);

    private IEnumerable<(int Phase, double Weight)> PhaseWeights(double shape, PurchaseHistory person)
    {
        var total = Phases(shape, person);
        var step = (person.Age - person.Last) / (Alpha + person.Age);
        var term = 1.0;
        for (var j = 0; j < K; j++)
        {
            if (j > 0) term *= (shape + j - 1) * step / j;
            if (term > 0) yield return (j, term / total);
        }
    }

    /// <summary>
    /// Expected transactions within t of somebody who is not lost, with rate gamma (shape, rate), loss beta (a, alive) and an open gap
    /// that has passed <paramref name="phase"/> phases: Σ_m P(m phases) · S(⌊(m + phase) / k⌋), where S(n) is the expected number of n
    /// due transactions that happen before the person is lost.
    /// </summary>
    private double ExpectedAlive(double shape, double rate, double alive, int phase, double t)
    {
        if (t <= 0) return 0;
        var phases = new PhaseCount(shape, rate, t);
        double happening = 0, next = 1, sum = 0;
        var due = 0;
        for (; due < (phases.Value + phase) / K; due++)
        {
            happening += next;
            next *= (alive + due) / (A + alive + due);
        }

        while (true)
        {
            if ((phases.Value + phase) / K > due)
            {
                happening += next;
                next *= (alive + due) / (A + alive + due);
                due++;
            }

            sum += phases.Probability * happening;
            if (phases.RemainderBelow(1e-16 * sum / (happening + 1))) return sum;
            phases.Advance();
        }
    }

    private double ProbabilityAlive(double shape, double rate, double alive, int phase, int n, double t)
    {
        if (n < 0) return 0;
        if (t <= 0) return n == 0 ? 1 : 0;
        double exactly = 0, below = 0;
        var from = Math.Max(0, K * n - phase);
        var until = K * (n + 1) - phase;
        for (var phases = new PhaseCount(shape, rate, t); phases.Value < until; phases.Advance())
        {
            if (phases.Value < from) below += phases.Probability;
            else exactly += phases.Probability;
            if (phases.RemainderBelow(1e-18)) break;
        }

        // The first n due transactions happen and the person stays; or the person is lost with the n-th, and more would have been due.
        var stays = Math.Exp(Special.LogBeta(A, alive + n) - Special.LogBeta(A, alive));
        var lost = n == 0 ? 0 : stays * A / (alive + n - 1);
        return stays * exactly + lost * Math.Max(0, 1 - below);
    }

    /// <summary>
    /// The negative binomial number of phases within t, walked upwards by its recurrence. Where P(0) would underflow, the walk starts
    /// fourteen standard deviations below the mean, under which less than 1e-30 lies.
    /// </summary>
    private struct PhaseCount
    {
        private readonly double _shape;
        private readonly double _z;

        public PhaseCount(double shape, double rate, double t)
        {
            _shape = shape;
            _z = t / (rate + t);
            var log = -shape * Math.Log((rate + t) / rate);
            if (log < -600)
            {
                var mean = shape * t / rate;
                Value = (int)Math.Max(0, mean - 14 * Math.Sqrt(mean * (rate + t) / rate));
                log += Special.LogGamma(shape + Value) - Special.LogGamma(shape) - Special.LogGamma(Value + 1.0) + Value * Math.Log(_z);
            }

            Probability = Math.Exp(log);
        }

        public int Value { get; private set; }

        public double Probability { get; private set; }

        public void Advance()
        {
            Probability *= (_shape + Value) / (Value + 1) * _z;
            Value++;
        }

        /// <summary>Whether all that follows, a geometric series at most, is below the bound; false while terms still grow.</summary>
        public readonly bool RemainderBelow(double bound)
        {
            var ratio = Math.Max(_z, (_shape + Value) / (Value + 1) * _z);
            return Probability == 0 || (ratio < 1 && Probability * ratio < bound * (1 - ratio));
        }
    }
}
