using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Models;

/// <summary>
/// Discounted expected transactions within a horizon of somebody who is active, by count, open phase and age: the expensive part of a forecast,
/// computed at some ages when it is first asked for and interpolated between them, so that a roster of millions is forecast in seconds.
/// </summary>
/// <remarks>
/// Ages stand at equal steps of ln(1 + T / scale), and the logarithm of the value is interpolated by a cubic through four of them: off by
/// less than 1e-5 of the value, which tests hold it to. Threads may compute the same place at once: they write the same number.
/// </remarks>
internal sealed class ResidualTable(CountModel model, double scale, double discount, double horizon)
{
    /// <summary>Counts beyond this have no place and are computed each time: one person in thousands.</summary>
    private const int MaxCount = 128;

    private const double Step = 0.12;

    /// <summary>Up to about 80,000 times the scale: nobody is older.</summary>
    private const int Places = 96;

    private const int Panels = 3;

    private readonly double[]?[] _logs = new double[]?[(MaxCount + 1) * model.OpenPhases];

    /// <summary>∫₀^h e^(−δt) dE[Y(t) | active], by parts as <see cref="CountModel.DiscountedAfter"/>.</summary>
    public double Exact(int count, int phase, double age)
    {
        var end = Math.Exp(-discount * horizon) * model.ActiveExpectedAfter(count, phase, age, horizon);
        return end + discount * Quadrature.Integrate(t => Math.Exp(-discount * t) * model.ActiveExpectedAfter(count, phase, age, t), 0, horizon, Panels);
    }

    /// <summary>The same of this person, who may be lost: weighed by P(active) and by the phase that the open gap may be in.</summary>
    public double Of(PurchaseHistory person, double active)
    {
        Span<double> weights = stackalloc double[model.OpenPhases];
        model.PhaseWeights(person, weights);
        var sum = 0.0;
        for (var phase = 0; phase < weights.Length; phase++)
        {
            if (weights[phase] > 0) sum += weights[phase] * At(person.Count, phase, person.Age);
        }

        return active * sum;
    }

    private double At(int count, int phase, double age)
    {
        var place = Math.Log(1 + age / scale) / Step;
        var first = (int)place - 1;
        if (count > MaxCount || first + 3 >= Places) return Exact(count, phase, age);
        if (first < 0) first = 0;
        ref var row = ref _logs[count * model.OpenPhases + phase];
        if (row is null)
        {
            var fresh = new double[Places];
            Array.Fill(fresh, double.NaN);
            Interlocked.CompareExchange(ref row, fresh, null);
        }

        // Lagrange's cubic through four neighbouring places.
        var u = place - first;
        var (a, b, c, d) = (Log(row, count, phase, first), Log(row, count, phase, first + 1), Log(row, count, phase, first + 2), Log(row, count, phase, first + 3));
        return Math.Exp(
            a * (u - 1) * (u - 2) * (u - 3) / -6 + b * u * (u - 2) * (u - 3) / 2 + c * u * (u - 1) * (u - 3) / -2 + d * u * (u - 1) * (u - 2) / 6);
    }

    private double Log(double[] row, int count, int phase, int place)
    {
        var known = Volatile.Read(ref row[place]);
        if (!double.IsNaN(known)) return known;
        var value = Math.Log(Exact(count, phase, scale * (Math.Exp(place * Step) - 1)));
        Volatile.Write(ref row[place], value);
        return value;
    }
}
