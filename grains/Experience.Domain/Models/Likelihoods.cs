using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Models;

/// <summary>
/// Sums of log-likelihoods over grouped rows. Rows are summed in chunks of fixed size and chunks in order, so that the sum does not
/// depend on how many cores took part.
/// </summary>
internal static class ChunkedSum
{
    private const int Chunk = 8_192;

    public static double Over(int rows, Func<int, int, double> part)
    {
        if (rows <= Chunk) return part(0, rows);
        var sums = new double[(rows + Chunk - 1) / Chunk];
        Parallel.For(0, sums.Length, i => sums[i] = part(i * Chunk, Math.Min(rows, (i + 1) * Chunk)));
        return sums.Sum();
    }
}

/// <summary>
/// <see cref="BetaGeometricModel.LogLikelihood"/> of everybody at given log-parameters. What depends on x, t_x or T alone is computed
/// once for each distinct value; a row costs one exponential and one logarithm.
/// </summary>
internal sealed class BetaGeometricLikelihood(PurchaseData data, bool lostAtFirst, int k)
{
    private readonly double _constant = (k - 1) * data.LogGaps - data.Transactions * Special.LogGamma(k);

    public double Evaluate(double[] logs)
    {
        double r = Math.Exp(logs[0]), alpha = Math.Exp(logs[1]), a = Math.Exp(logs[2]), b = Math.Exp(logs[3]);
        var first = lostAtFirst ? 1 : 0;
        var constant = -Special.LogGamma(r) + r * logs[1] - Special.LogBeta(a, b);
        var byCount = Array.ConvertAll(data.Counts, x => Special.LogGamma(r + (double)k * x) + Special.LogBeta(a, b + x + first) + constant);
        var lostRatio = Array.ConvertAll(data.Counts, x => x + first == 0 ? 0 : a / (b + x + first - 1));
        var logLast = Array.ConvertAll(data.Lasts, t => Math.Log(alpha + t));
        var logAge = Array.ConvertAll(data.Ages, t => Math.Log(alpha + t));
        return _constant + ChunkedSum.Over(data.Rows.Length, (from, to) =>
        {
            var sum = 0.0;
            for (var i = from; i < to; i++)
            {
                var x = data.CountIndex[i];
                var shape = r + (double)k * data.Counts[x];
                var age = data.AgeIndex[i];
                var phases = 1.0;
                if (k > 1)
                {
                    var step = (data.Ages[age] - data.Lasts[data.LastIndex[i]]) / (alpha + data.Ages[age]);
                    var term = 1.0;
                    for (var j = 1; j < k; j++)
                    {
                        term *= (shape + j - 1) * step / j;
                        phases += term;
                    }
                }

                // (α+t_x)^−shape is taken out: what remains is a probability and cannot overflow.
                var last = logLast[data.LastIndex[i]];
                var row = lostRatio[x] == 0
                    ? byCount[x] - shape * logAge[age] + Math.Log(phases)
                    : byCount[x] - shape * last + Math.Log(lostRatio[x] + Math.Exp(shape * (last - logAge[age])) * phases);
                sum += data.Weights[i] * row;
            }

            return sum;
        });
    }
}

/// <summary><see cref="ParetoNbdModel.LogLikelihood"/> of everybody at given log-parameters.</summary>
internal sealed class ParetoNbdLikelihood(PurchaseData data)
{
    public double Evaluate(double[] logs)
    {
        double r = Math.Exp(logs[0]), alpha = Math.Exp(logs[1]), s = Math.Exp(logs[2]), beta = Math.Exp(logs[3]);
        var constant = -Special.LogGamma(r) + r * logs[1] + s * logs[3];
        var byCount = Array.ConvertAll(data.Counts, x => Special.LogGamma(r + x) + constant);
        return ChunkedSum.Over(data.Rows.Length, (from, to) =>
        {
            var sum = 0.0;
            // Rows are sorted by x and t_x: neighbours share the tail at their last transaction.
            double shape = double.NaN, lastAt = double.NaN, tailAtLast = 0, logAtLast = 0;
            for (var i = from; i < to; i++)
            {
                var row = data.Rows[i];
                if (shape != r + row.Count || lastAt != row.Last)
                {
                    (shape, lastAt) = (r + row.Count, row.Last);
                    tailAtLast = ParetoNbdModel.LossTail(shape, s, alpha, beta, lastAt);
                    logAtLast = -shape * Math.Log(alpha + lastAt) - s * Math.Log(beta + lastAt);
                }

                var ratio = Math.Exp(-shape * Math.Log(alpha + row.Age) - s * Math.Log(beta + row.Age) - logAtLast);
                var tailAtAge = ParetoNbdModel.LossTail(shape, s, alpha, beta, row.Age);
                sum += data.Weights[i] * (byCount[data.CountIndex[i]] + logAtLast + Math.Log(ratio * (1 - tailAtAge) + tailAtLast));
            }

            return sum;
        });
    }
}
