using Experience.Domain.Models.Gam;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Risk;

/// <summary>
/// One number that risk is learned from. What is not measured is <see cref="double.NaN"/>, a value of its own to the learner.
/// </summary>
/// <param name="Name">As models name the column: append new ones, never give one another meaning.</param>
/// <param name="Direction">What sense demands: that the risk never falls, or never rises, with the number.</param>
/// <param name="Say">The number as a desk would say it, so that the model's reasons can be read out.</param>
public sealed record RiskFeature(string Name, Monotone Direction, Func<double, string> Say)
{
    internal static string Days(double days) => Wording.Count((long)Math.Round(days), "day", "days");

    internal static string Times(double count, string one, string many) => Wording.Count((long)Math.Round(count), one, many);

    internal static string Percent(double share) => $"{Math.Round(share * 100)} %";

    internal static string Rating(double hundredths) => Wording.Rating((long)Math.Round(hundredths));
}
