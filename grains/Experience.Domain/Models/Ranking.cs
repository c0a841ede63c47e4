namespace Experience.Domain.Models;

/// <summary>How well a chance told those with an outcome from those without.</summary>
/// <param name="Auroc">How often one with the outcome had the higher chance than one without; ties count half, .5 where all are alike.</param>
/// <param name="Error">Its standard error (Hanley, McNeil, Radiology 143, 1982).</param>
public readonly record struct Ranking(double Auroc, double Error)
{
    private const double StandardErrors = 2;

    /// <summary>Better than chance by two standard errors: what is not may be anything, and nobody is to be called by it.</summary>
    public bool BetterThanChance => Auroc - StandardErrors * Error > 0.5;

    /// <param name="all">In any order; it is sorted.</param>
    public static Ranking Of((double Chance, bool Outcome, double People)[] all)
    {
        ArgumentNullException.ThrowIfNull(all);
        Array.Sort(all, static (a, b) => a.Chance.CompareTo(b.Chance));
        double below = 0, with = 0, wins = 0;
        for (var i = 0; i < all.Length;)
        {
            double yes = 0, no = 0;
            var chance = all[i].Chance;
            for (; i < all.Length && all[i].Chance == chance; i++)
            {
                if (all[i].Outcome) yes += all[i].People;
                else no += all[i].People;
            }

            wins += yes * (below + no / 2);
            below += no;
            with += yes;
        }

        return below > 0 && with > 0 ? new Ranking(wins / (below * with), ErrorOf(wins / (below * with), with, below)) : new Ranking(0.5, 0);
    }

    /// <param name="looks">How often the same piece of evidence was looked at.</param>
    public static double ErrorOf(double auroc, double positives, double negatives, double looks = 1)
    {
        double q1 = auroc / (2 - auroc), q2 = 2 * auroc * auroc / (1 + auroc);
        return Math.Sqrt(looks * (auroc * (1 - auroc) + (positives - 1) * (q1 - auroc * auroc) + (negatives - 1) * (q2 - auroc * auroc)) / (positives * negatives));
    }
}
