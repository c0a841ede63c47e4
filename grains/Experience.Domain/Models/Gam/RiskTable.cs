namespace Experience.Domain.Models.Gam;

/// <summary>Rows of named columns, as text. Empty text means "not measured", which the learner treats as a value of its own.</summary>
public sealed class RiskTable
{
    private readonly Dictionary<string, int> _index;

    public RiskTable(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        Columns = columns;
        Rows = rows;
        _index = columns.Select(static (name, i) => (name, i)).ToDictionary(static pair => pair.name, static pair => pair.i, StringComparer.Ordinal);
        if (rows.FirstOrDefault(row => row.Count != columns.Count) is { } odd)
            throw new ArgumentException($"A row has {odd.Count} cells, the table {columns.Count} columns.", nameof(rows));
    }

    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<IReadOnlyList<string>> Rows { get; }

    public bool Has(string column) => _index.ContainsKey(column);

    /// <exception cref="ArgumentException">The table has no such column.</exception>
    public int IndexOf(string column) =>
        _index.TryGetValue(column, out var index) ? index : throw new ArgumentException($"There is no column \"{column}\".", nameof(column));

    /// <summary>
    /// The same rows with one more column, <see cref="SeasonOf"/>: the time's letters without its digits, such as "Fall" of "Fall 2024". Who comes
    /// in which season differs, and next fall resembles the last one more than the spring between.
    /// </summary>
    public RiskTable WithSeason(string time)
    {
        var column = SeasonOf(time);
        if (Has(column)) return this;
        var index = IndexOf(time);
        return new RiskTable(
            [.. Columns, column],
            [.. Rows.Select(row => (IReadOnlyList<string>)[.. row, string.Concat(row[index].Where(char.IsLetter))])]);
    }

    public static string SeasonOf(string time) => $"season of {time}";

    public RiskTable Where(Func<IReadOnlyList<string>, bool> row) => new(Columns, [.. Rows.Where(row)]);
}

/// <summary>What sense demands of a column: that the risk never falls, or never rises, as the value grows.</summary>
public enum Monotone
{
    Free = 0,
    Rising = 1,
    Falling = -1,
}
