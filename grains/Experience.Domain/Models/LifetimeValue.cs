namespace Experience.Domain.Models;

/// <summary>What a person is expected to bring from now on, in minor units, quantised so that sums over people are exact.</summary>
/// <param name="Expected">Discounted expected margin within the horizon.</param>
/// <param name="Low">What nine in ten such people bring at least: transactions and what each of them brings both vary.</param>
/// <param name="High">What one in ten such people passes.</param>
/// <param name="Transactions">Expected within the horizon, not discounted.</param>
public readonly record struct ValueForecast(long Expected, long Low, long High, double ProbabilityActive, double Transactions);

/// <summary>
/// Discounted residual margin = margin × expected spend × discounted expected residual transactions (Fader, Hardie, Lee, "RFM and CLV",
/// 2005, equation 4), within five years at ten per cent a year.
/// </summary>
public static class LifetimeValue
{
    public const double Years = 5;
    public const double AnnualDiscount = 0.10;

    /// <summary>Eight in ten lie between.</summary>
    private const double Tail = 0.1;

    /// <param name="meanSpend">Of the transactions after the first, in the unit that <paramref name="spend"/> was fitted in; 0 without any.</param>
    /// <param name="minorUnits">Minor units in one unit of spend, such as 100 cents.</param>
    /// <param name="unitsAYear">How many units of the models' time a year has: 365.25 / 7 for weeks.</param>
    /// <param name="margin">The part of a fee that is left after allocated costs: 1 when no costs are known.</param>
    /// <returns>Null where spend has no expectation (q ≤ 1 for somebody without repeat spend): better nothing than a made-up number.</returns>
    public static ValueForecast? Forecast(
        CountModel counts, GammaGammaModel spend, PurchaseHistory person, double meanSpend, double unitsAYear, double margin = 1, double minorUnits = 100)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(spend);
        if (spend.ExpectedSpend(person.Count, meanSpend) is not { } each) return null;
        var horizon = Years * unitsAYear;
        var transactions = counts.ExpectedAfter(person, horizon);
        var discounted = counts.DiscountedAfter(person, Math.Log(1 + AnnualDiscount) / unitsAYear, horizon);
        // The interval's transactions are taken to be spread over the years as the expected ones are, so they are discounted alike.
        var worth = margin * minorUnits * (transactions > 0 ? discounted / transactions : 1);
        var ends = FutureSpend.Quantiles(counts, spend, person, meanSpend, horizon, Tail, 1 - Tail);
        return new ValueForecast(
            (long)Math.Round(each * margin * minorUnits * discounted), (long)Math.Round(worth * ends[0]), (long)Math.Round(worth * ends[1]), counts.ProbabilityActive(person), transactions);
    }
}
