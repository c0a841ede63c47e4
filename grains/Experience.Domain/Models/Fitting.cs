using Experience.Domain.Models.Numerics;

namespace Experience.Domain.Models;

/// <summary>A fitted parameter; the standard error is absent where the data do not determine the parameter.</summary>
public sealed record FittedParameter(string Name, double Value, double? StandardError);

/// <summary>
/// A prior for the logarithms of the parameters: normal, independent. It comes from the parent segment's fit, so that a small
/// program leans on the larger one that it is part of, and leans less as its own history grows.
/// </summary>
public sealed record ParameterPrior(IReadOnlyList<double> Values, IReadOnlyList<double> LogSpreads)
{
    /// <summary>How far segments of one program differ, as a standard deviation of logarithms: two in three within a factor of 1.65.</summary>
    public const double BetweenSegments = 0.5;

    public static ParameterPrior From(IReadOnlyList<FittedParameter> parent)
    {
        ArgumentNullException.ThrowIfNull(parent);
        return new ParameterPrior(
            [.. parent.Select(static parameter => parameter.Value)],
            [.. parent.Select(static parameter => Math.Sqrt(
                BetweenSegments * BetweenSegments + Math.Pow((parameter.StandardError ?? parameter.Value) / parameter.Value, 2)))]);
    }

    internal double LogDensity(double[] logs)
    {
        var sum = 0.0;
        for (var i = 0; i < logs.Length; i++)
        {
            var distance = (logs[i] - Math.Log(Values[i])) / LogSpreads[i];
            sum -= distance * distance / 2;
        }

        return sum;
    }
}

/// <summary>What a fit gives: a model, or the plain statement that history does not support one.</summary>
public abstract record FitOutcome<TModel>;

/// <param name="LogLikelihood">Of the data alone, also when a prior took part.</param>
/// <param name="Determined">False when the best parameters ran to the edge of what is searched, or the likelihood is flat there.</param>
public sealed record Fitted<TModel>(TModel Model, IReadOnlyList<FittedParameter> Parameters, double LogLikelihood, double People, bool Determined)
    : FitOutcome<TModel>;

public sealed record NotEnoughHistory<TModel>(string Reason) : FitOutcome<TModel>;

/// <summary>How much history a fit without a parent segment needs. Below it parameters are noise, whatever their likelihood.</summary>
public static class HistoryLimits
{
    public const int People = 100;
    public const int Repeaters = 30;
}

/// <summary>Fits on logarithms of parameters: several starts on a stratified sample, then the best of them polished on everything.</summary>
internal static class Fitter
{
    /// <summary>Starts are compared on this many people; differences between local optima show far below it.</summary>
    public const int SampleForStarts = 4_000;

    /// <summary>Above twice so many rows the search goes on from this many people, so that everybody is asked a few times only.</summary>
    public const int SampleForMany = 100_000;

    /// <param name="middle">
    /// The likelihood of <see cref="SampleForMany"/> people and their share of all; null where everybody is not many more. Its curvature, scaled up, stands for that of
    /// all: standard errors of so many people are off by less than a hundredth of themselves.
    /// </param>
    public static Fitted<TModel> Fit<TModel>(
        Func<double[], double> sample,
        Func<double[], double> all,
        double share,
        IReadOnlyList<double[]> starts,
        ParameterPrior? prior,
        double people,
        IReadOnlyList<string> names,
        Func<IReadOnlyList<double>, TModel> create,
        (Func<double[], double> Sum, double Share)? middle = null)
    {
        double Prior(double[] logs) => prior?.LogDensity(logs) ?? 0;
        Maximiser.Result? best = null;
        foreach (var start in prior is null ? starts : [.. starts, [.. prior.Values]])
        {
            var result = Maximiser.Maximise(logs => sample(logs) + share * Prior(logs), [.. start.Select(static x => Math.Log(x))]);
            if (best is null || result.Value > best.Value.Value) best = result;
        }

        double Posterior(double[] logs) => all(logs) + Prior(logs);
        var first = best!.Value;
        double[][]? many = null;
        if (middle is { } part)
        {
            double OfPart(double[] logs) => part.Sum(logs) + part.Share * Prior(logs);
            first = Maximiser.Maximise(OfPart, first.Point, Scaled(first.InverseHessian, share / part.Share));
            many = Maximiser.Invert(Maximiser.Information(OfPart, first.Point));
            share = part.Share;
        }

        // The sample's curvature, scaled up, is nearly that of all, so that the polish needs a handful of steps.
        var polished = Maximiser.Maximise(Posterior, first.Point, Scaled(many ?? first.InverseHessian, share));
        var (point, value) = (polished.Point, polished.Value);
        var covariance = many is null ? Maximiser.Invert(Maximiser.Information(Posterior, point)) : Scaled(many, share);
        if (covariance is not null && Newton(Posterior, point, value, covariance) is { } closer) point = closer;
        var determined = covariance is not null && !Maximiser.AtEdge(point);
        var parameters = names.Select((name, i) =>
        {
            var parameter = Math.Exp(point[i]);
            // Delta method: the parameter is the exponential of what was searched.
            return new FittedParameter(name, parameter, determined ? parameter * Math.Sqrt(covariance![i][i]) : null);
        });
        return new Fitted<TModel>(create([.. point.Select(Math.Exp)]), [.. parameters], all(point), people, determined);
    }

    private static double[][] Scaled(double[][] matrix, double by) => [.. matrix.Select(row => Array.ConvertAll(row, x => x * by))];

    /// <summary>One step with the measured curvature removes what differences of rounded numbers hid from the search.</summary>
    private static double[]? Newton(Func<double[], double> f, double[] point, double value, double[][] covariance)
    {
        var next = Maximiser.NewtonStep(f, point, covariance);
        return f(next) > value ? next : null;
    }
}
