namespace Experience.Domain.Models;

/// <summary>
/// What the count models need to know of one person: how many transactions followed the first, when the last of them was and how
/// long the person has been observed, both counted from the first, in any one unit of time (the backtest uses weeks).
/// </summary>
/// <param name="Count">x: transactions after the first.</param>
/// <param name="Last">t_x: when the last of them was; 0 without any.</param>
/// <param name="Age">T: when observation ended, not before <paramref name="Last"/>.</param>
/// <param name="LogGaps">The sum of the logarithms of the times between transactions, which tells regular from irregular people.</param>
public readonly record struct PurchaseHistory(int Count, double Last, double Age, double LogGaps = 0)
{
    /// <summary>Main terms that were over, or came in, since the one of the first purchase; 0 where purchases are not counted by term.</summary>
    public int Terms { get; init; }

    /// <summary>The newest of these in which the person came.</summary>
    public int LastTerm { get; init; }

    /// <summary>The age at which <see cref="Terms"/> were counted.</summary>
    public double SeenAt { get; init; }

    /// <summary>The same person, seen again later without another transaction: for P(active) as a curve.</summary>
    public PurchaseHistory SilentUntil(double age) => this with { Age = age };
}
