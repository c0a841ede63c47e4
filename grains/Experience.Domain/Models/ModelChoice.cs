namespace Experience.Domain.Models;

/// <summary>
/// Which of several models of counts to use, from what each forecast for times that were kept from it. Held-out likelihood decides as
/// far as it can tell: a model that the test of Vuong (Econometrica 57, 1989) finds worse than the likeliest at the level of 5 % is out.
/// Those that it cannot tell apart differ in what they forecast all the same, and the forecast is what is used: of them the one with
/// the smallest mean absolute error over several origins (Tashman, International Journal of Forecasting 16, 2000) is chosen.
/// </summary>
public static class ModelChoice
{
    /// <summary>Shares of the time after which forecasts are made. The likelihood is compared at <see cref="Main"/>.</summary>
    public static readonly IReadOnlyList<double> Origins = [1 / 2.0, Main, 5 / 6.0];

    public const double Main = 2 / 3.0;

    /// <summary>The normal distribution's two-sided 5 %.</summary>
    private const double Level = 1.96;

    /// <param name="LogLikelihoods">Of each group's held-out count after <see cref="Main"/>; every candidate has the same groups in the same order.</param>
    /// <param name="Error">Mean absolute error of a person's count, the mean over the origins.</param>
    public sealed record Candidate(string Name, double[] LogLikelihoods, double Error);

    /// <param name="people">People of each group.</param>
    /// <exception cref="ArgumentException">There is no candidate, or one has other groups.</exception>
    public static Candidate Choose(IReadOnlyList<Candidate> candidates, IReadOnlyList<double> people)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(people);
        if (candidates.Count == 0 || candidates.Any(c => c.LogLikelihoods.Length != people.Count)) throw new ArgumentException("Candidates need the same groups.", nameof(candidates));
        var likeliest = candidates.MaxBy(c => Total(c, people))!;
        return candidates.Where(c => Level > Statistic(likeliest, c, people)).MinBy(static c => c.Error)!;
    }

    public static double Total(Candidate candidate, IReadOnlyList<double> people) => candidate.LogLikelihoods.Select((value, i) => value * people[i]).Sum();

    /// <summary>Vuong's statistic, without correction for parameters since nothing here was fitted on what is compared; 0 for equal forecasts.</summary>
    private static double Statistic(Candidate best, Candidate other, IReadOnlyList<double> people)
    {
        double n = 0, sum = 0, squares = 0;
        for (var i = 0; i < people.Count; i++)
        {
            var difference = best.LogLikelihoods[i] - other.LogLikelihoods[i];
            n += people[i];
            sum += people[i] * difference;
            squares += people[i] * difference * difference;
        }

        var variance = squares - (sum * sum / n);
        return variance > 0 ? sum / Math.Sqrt(variance) : 0;
    }
}
