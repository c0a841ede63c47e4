using Experience.Domain.Models;

namespace Experience.Domain.Tests.Models;

/// <summary>People who behave exactly as a model says, from a seed.</summary>
internal sealed class Simulated(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Each person is observed from a first transaction somewhere in the first third of the time until its end.</summary>
    public List<PurchaseHistory> Histories(int people, double time, Func<(double Rate, Func<int, double, bool> Lost)> person, int k = 1)
    {
        var result = new List<PurchaseHistory>(people);
        for (var i = 0; i < people; i++)
        {
            var age = time * (1 - _random.NextDouble() / 3);
            var (rate, lost) = person();
            double now = 0, last = 0, logGaps = 0;
            var count = 0;
            while (!lost(count, now))
            {
                var gap = Gamma(k) / rate;
                now += gap;
                if (now > age || lost(-1, now)) break;
                count++;
                last = now;
                logGaps += Math.Log(gap);
            }

            result.Add(new PurchaseHistory(count, last, age, logGaps));
        }

        return result;
    }

    public List<PurchaseHistory> BetaGeometric(BetaGeometricModel truth, int people, double time) => Histories(
        people,
        time,
        () =>
        {
            var p = Beta(truth.A, truth.B);
            // Asked after each transaction; the first counts only where the model lets it.
            return (Gamma(truth.R) / truth.Alpha, (count, _) => count >= 0 && (count > 0 || truth.LostAtFirst) && _random.NextDouble() < p);
        },
        truth.K);

    /// <summary>The transaction times of each person, all observed until the same time.</summary>
    public IEnumerable<List<double>> Paths(BetaGeometricModel truth, int people, double time)
    {
        for (var i = 0; i < people; i++)
        {
            var rate = Gamma(truth.R) / truth.Alpha;
            var p = Beta(truth.A, truth.B);
            var times = new List<double>();
            for (var now = 0.0; !((times.Count > 0 || truth.LostAtFirst) && _random.NextDouble() < p);)
            {
                now += Gamma(truth.K) / rate;
                if (now > time) break;
                times.Add(now);
            }

            yield return times;
        }
    }

    public List<PurchaseHistory> Pareto(ParetoNbdModel truth, int people, double time) => Histories(
        people,
        time,
        () =>
        {
            var end = -Math.Log(1 - _random.NextDouble()) / (Gamma(truth.S) / truth.Beta);
            return (Gamma(truth.R) / truth.Alpha, (_, now) => now > end);
        });

    public List<OpportunityHistory> Opportunities(BetaBernoulliModel truth, int people, int n)
    {
        var result = new List<OpportunityHistory>(people);
        for (var i = 0; i < people; i++)
        {
            var come = Beta(truth.Alpha, truth.Beta);
            var lose = Beta(truth.Gamma, truth.Delta);
            int count = 0, last = 0;
            for (var t = 1; t <= n && _random.NextDouble() >= lose; t++)
            {
                if (_random.NextDouble() >= come) continue;
                count++;
                last = t;
            }

            result.Add(new OpportunityHistory(count, last, n));
        }

        return result;
    }

    public List<SpendHistory> Spend(GammaGammaModel truth, int people)
    {
        var result = new List<SpendHistory>(people);
        for (var i = 0; i < people; i++)
        {
            var scale = Gamma(truth.Q) / truth.Gamma;
            var count = 1 + _random.Next(8);
            result.Add(new SpendHistory(count, Gamma(truth.P * count) / scale / count));
        }

        return result;
    }

    /// <summary>
    /// What this person spends in futures drawn step by step: active or not, a rate and a loss of the person's own, gaps, a spend of the person's own, amounts. Gaps
    /// are exponential.
    /// </summary>
    public List<double> Futures(BetaGeometricModel counts, GammaGammaModel spend, PurchaseHistory person, double mean, double time, int draws)
    {
        var result = new List<double>(draws);
        var active = counts.ProbabilityActive(person);
        for (var i = 0; i < draws; i++)
        {
            double total = 0, now = 0;
            if (_random.NextDouble() < active)
            {
                var rate = Gamma(counts.R + person.Count) / (counts.Alpha + person.Age);
                var loss = Beta(counts.A, counts.B + person.Count + (counts.LostAtFirst ? 1 : 0));
                var scale = Gamma(spend.P * person.Count + spend.Q) / (spend.Gamma + mean * person.Count);
                while (true)
                {
                    now += Gamma(1) / rate;
                    if (now > time) break;
                    total += Gamma(spend.P) / scale;
                    if (_random.NextDouble() < loss) break;
                }
            }

            result.Add(total);
        }

        return result;
    }

    /// <summary>Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).</summary>
    private double Gamma(double shape)
    {
        if (shape < 1) return Gamma(shape + 1) * Math.Pow(1 - _random.NextDouble(), 1 / shape);
        var d = shape - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
            var cube = Math.Pow(1 + c * normal, 3);
            if (cube > 0 && Math.Log(1 - _random.NextDouble()) < normal * normal / 2 + d - d * cube + d * Math.Log(cube)) return d * cube;
        }
    }

    private double Beta(double a, double b)
    {
        var x = Gamma(a);
        return x / (x + Gamma(b));
    }
}
