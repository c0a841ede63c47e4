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
        var logLast = Logs(data.Lasts, alpha);
        var logAge = Logs(data.Ages, alpha);
        return _constant + ChunkedSum.Over(data.Rows.Length, (from, to) =>
        {
            var sum = 0.0;
            for (var i = from; i < to; i++)
            {
                var x = data.CountIndex[i];
                var shape = r + (double)k * data.Counts[x];
                var row = data.Rows[i];
                var phases = 1.0;
                if (k > 1)
                {
                    var step = (row.Age - row.Last) / (alpha + row.Age);
                    var term = 1.0;
                    for (var j = 1; j < k; j++)
                    {
                        term *= (shape + j - 1) * step / j;
                        phases += term;
                    }
                }

                // (α+t_x)^−shape is taken out: what remains is a probability and cannot overflow.
                var age = logAge is null ? Math.Log(alpha + row.Age) : logAge[data.AgeIndex[i]];
                var last = logLast is null ? Math.Log(alpha + row.Last) : logLast[data.LastIndex[i]];
                sum += data.Weights[i] * (lostRatio[x] == 0
                    ? byCount[x] - shape * age + Math.Log(phases)
                    : byCount[x] - shape * last + Math.Log(lostRatio[x] + Math.Exp(shape * (last - age)) * phases));
            }

            return sum;
        });
    }

    /// <summary>Null where values hardly repeat: a table would then cost more than the logarithms, which the rows' threads take themselves.</summary>
    private double[]? Logs(double[] values, double alpha) =>
        values.Length > data.Rows.Length / 4 ? null : Array.ConvertAll(values, t => Math.Log(alpha + t));
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
