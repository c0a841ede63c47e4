using Experience.Domain.Programs;

namespace Experience.Domain.Models.Learning;

/// <summary>Where purchases stand among the main terms: what "comes back this term, or not" counts.</summary>
internal static class TermPositions
{
    private const int QuarterDays = 91;

    /// <summary>Weeks from one main term to the next, on average.</summary>
    public static double Weeks(TermCalendar terms) => (terms.Main[^1].Starts - terms.Main[0].Starts) / 7.0 / (terms.Main.Count - 1);

    /// <summary>A history with its terms.</summary>
    /// <param name="first">Day of the first purchase.</param>
    /// <param name="last">Day of the newest one that counts, as <see cref="ValueModel"/> counts them.</param>
    /// <param name="day">The day on which it is looked at.</param>
    public static PurchaseHistory Of(PurchaseHistory history, TermCalendar terms, int first, int last, int day)
    {
        var start = Index(terms.Main, first);
        var came = Math.Max(history.Count, Index(terms.Main, last) - start);

        // The term that is on has not been missed yet.
        return history with { LastTerm = came, Terms = Math.Max(came, Index(terms.Main, day) - start - 1), SeenAt = history.Age };
    }

    /// <summary>The first main term that ends on the day or after it; before the calendar and after it, quarters of a year stand in.</summary>
    private static int Index(IReadOnlyList<Term> main, int day)
    {
        if (day < main[0].Opens) return -1 - (main[0].Opens - day) / QuarterDays;
        for (var i = 0; i < main.Count; i++)
        {
            if (main[i].Ends >= day) return i;
        }

        return main.Count + (day - main[^1].Ends) / QuarterDays;
    }
}
