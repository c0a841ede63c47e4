using Experience.Domain.Models.Gam;

namespace Experience.Domain.Models.Backtests;

/// <param name="Why">In words, for whoever reads the figures.</param>
public sealed record LeftOut(string Column, string Why);

/// <summary>What a risk table's columns are for, where nobody said so: which one tells the time, and which must not be learned from.</summary>
/// <param name="Time">Learned from only as the season; null when no column tells earlier from later rows.</param>
public sealed record RiskColumns(string? Time, IReadOnlyList<LeftOut> Left)
{
    /// <summary>A time has few values: terms, months. More of them are measurements that happen to grow.</summary>
    private const int MostTimes = 60;

    /// <summary>Rows of one value that say something about its outcome.</summary>
    private const int Enough = 25;

    public static RiskColumns Of(RiskTable train, RiskTable test, string target, IReadOnlyCollection<string> drop)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(drop);
        var outcome = RiskLearner.Outcomes(train, target);
        string? time = null;
        var left = new List<LeftOut>(drop.Select(static column => new LeftOut(column, "as asked")));
        foreach (var column in train.Columns)
        {
            if (column == target || drop.Contains(column)) continue;
            if (!test.Has(column)) left.Add(new LeftOut(column, "the test file has no such column"));
            else if (IsKey(train, column)) left.Add(new LeftOut(column, "a key"));
            else if (IsOutcome(train, column, outcome)) left.Add(new LeftOut(column, "it is the outcome in other words"));
            else if (time is null && IsTime(train, test, column)) time = column;
        }

        return new RiskColumns(time, left);
    }

    // Every value of the test comes after every value that was learned from.
    private static bool IsTime(RiskTable train, RiskTable test, string column)
    {
        var (before, after) = (Values(train, column), Values(test, column));
        return before.Count is > 1 and <= MostTimes && after.Count is > 0 and <= MostTimes
            && StringComparer.Ordinal.Compare(before.Max(StringComparer.Ordinal), after.Min(StringComparer.Ordinal)) < 0;
    }

    private static bool IsKey(RiskTable train, string column)
    {
        if (!column.Split('_', ' ', '-', '.').Any(static part => part.Equals("id", StringComparison.OrdinalIgnoreCase) || part.Equals("key", StringComparison.OrdinalIgnoreCase))) return false;
        return Values(train, column).Count * 2 > train.Rows.Count;
    }

    private static bool IsOutcome(RiskTable train, string column, bool[] outcome)
    {
        var index = train.IndexOf(column);
        var groups = train.Rows.Select((row, i) => (Value: row[index], Outcome: outcome[i])).GroupBy(static row => row.Value).ToArray();
        return groups.Length is > 1 and <= MostTimes
            && Array.TrueForAll(groups, static group => group.Count() >= Enough && group.Select(static row => row.Outcome).Distinct().Count() == 1);
    }

    private static HashSet<string> Values(RiskTable table, string column)
    {
        var index = table.IndexOf(column);
        return table.Rows.Select(row => row[index]).ToHashSet(StringComparer.Ordinal);
    }
}
