namespace Experience.Domain.People;

/// <summary>
/// Sufficient statistics of the buy-till-you-die models: days with a purchase, the gaps between them and spend. Fader, Hardie and Lee,
/// "Counting Your Customers the Easy Way" (2005), for first day, last day and repeats; Platzer and Reutterer, "Ticking Away the Moments"
/// (2016), for the sum of the logarithms of the gaps, which tells regular from random buyers.
/// </summary>
public static partial class PersonFold
{
    /// <summary>
    /// Whether a purchase on a day, late, gives what a refold would: the day is known, or both its neighbours are. A day before the first
    /// changes what was spent on the first day, which is not kept apart.
    /// </summary>
    private static bool CanPurchase(PurchaseStatistics p, int day)
    {
        if (p.Days == 0 || day < p.FirstDay) return false;
        if (day == p.FirstDay || p.Days == p.RecentDays.Count) return true;
        return day >= p.RecentDays[0];
    }

    /// <summary>
    /// Spend up to the first purchase counts as the first day's. Once that day is known, so is the side on which a late payment lies.
    /// </summary>
    private static bool CanSpend(PurchaseStatistics p) => p.Days > 0;

    private static void Purchase(PurchaseStatistics p, int day, long quantity)
    {
        p.Quantity += quantity;
        if (p.Days == 0)
        {
            p.Days = 1;
            p.FirstDay = p.LastDay = day;
            p.RecentDays.Add(day);
            return;
        }

        var days = p.RecentDays;
        var index = days.Count;
        while (index > 0 && days[index - 1] > day) index--;
        if (index > 0 && days[index - 1] == day || day == p.FirstDay) return;
        p.Days++;
        if (index == days.Count)
        {
            p.SumLogGaps += LogGap(day - p.LastDay);
            p.LastDay = day;
        }
        else
        {
            var (before, after) = (days[index - 1], days[index]);
            p.SumLogGaps += LogGap(day - before) + LogGap(after - day) - LogGap(after - before);
        }

        days.Insert(index, day);
        if (days.Count > PersonState.MaxPurchaseDays) days.RemoveAt(0);
    }

    private static void Spend(PurchaseStatistics p, int day, long amount)
    {
        p.Spend += amount;
        if (p.Days == 0 || day <= p.FirstDay) p.FirstDaySpend += amount;
    }

    /// <summary>
    /// ln(gap) in millionths, the same on every machine: only additions, multiplications and divisions of IEEE 754, no library. With
    /// gap = 2^k · m, m in [1, 2): k ln 2 + 2 artanh((m − 1) / (m + 1)), whose series ends below 1e-12 after 13 terms, since the
    /// argument is at most 1/3.
    /// </summary>
    internal static long LogGap(int gap)
    {
        if (gap <= 1) return 0;
        var k = System.Numerics.BitOperations.Log2((uint)gap);
        var m = (double)gap / (1L << k);
        var z = (m - 1) / (m + 1);
        var square = z * z;
        double sum = 0;
        for (var term = 25; term >= 1; term -= 2) sum = sum * square + 1.0 / term;
        return (long)((k * 0.69314718055994530942 + 2 * z * sum) * 1e6 + 0.5);
    }
}
