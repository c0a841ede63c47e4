using System.Globalization;

namespace Experience.Domain.Models.Gam;

/// <summary>
/// Turns a column's values into a few ordered bins: numbers by quantiles of the training rows, categories by their share of
/// positives, so that one shallow cut can part them. Bin 0 is "not measured", and unknown categories fall into it too.
/// </summary>
public sealed class Binning
{
    internal const int MostBins = 32;

    /// <summary>A category seen less often says nothing of its own.</summary>
    private const int RareCategory = 25;

    private readonly double[]? _edges;
    private readonly Dictionary<string, int>? _levels;

    private Binning(string column, Monotone monotone, double[]? edges, Dictionary<string, int>? levels)
    {
        Column = column;
        Monotone = monotone;
        _edges = edges;
        _levels = levels;
    }

    public string Column { get; }

    public Monotone Monotone { get; }

    /// <summary>With bin 0.</summary>
    public int Bins => (_edges?.Length + 1 ?? _levels!.Values.DefaultIfEmpty(0).Max()) + 1;

    public bool IsNumber => _edges is not null;

    public int BinOf(string value)
    {
        if (string.IsNullOrEmpty(value)) return 0;
        if (_edges is null) return _levels!.GetValueOrDefault(value);
        return Number(value, out var number) ? BinOf(number) : 0;
    }

    /// <summary>The bin of a number; <see cref="double.NaN"/> is "not measured". Only for columns of numbers.</summary>
    public int BinOf(double number)
    {
        if (!double.IsFinite(number)) return 0;
        var at = Array.BinarySearch(_edges!, number);
        // An edge belongs to the bin below it.
        return 1 + (at >= 0 ? at : ~at);
    }

    /// <summary>Upper edges of the bins from 1 on, ascending; the last bin has none. Null for categories.</summary>
    internal IReadOnlyList<double>? Edges => _edges;

    internal static Binning OfEdges(string column, Monotone monotone, double[] edges) => new(column, monotone, edges, null);

    internal static Binning Learn(RiskTable table, string column, Monotone monotone, bool[] positive)
    {
        var index = table.IndexOf(column);
        var values = table.Rows.Select(row => row[index]).ToArray();
        var numbers = new List<double>(values.Length);
        var isNumber = true;
        foreach (var value in values)
        {
            if (string.IsNullOrEmpty(value)) continue;
            if (!Number(value, out var number))
            {
                isNumber = false;
                break;
            }

            numbers.Add(number);
        }

        if (isNumber)
        {
            numbers.Sort();
            var edges = new SortedSet<double>();
            for (var i = 1; i < MostBins - 1 && numbers.Count > 0; i++) edges.Add(numbers[(int)((long)numbers.Count * i / (MostBins - 1))]);
            if (numbers.Count > 0) edges.Remove(numbers[^1]);
            return new Binning(column, monotone, [.. edges], null);
        }

        var order = values.Select(static (value, row) => (value, row)).Where(static pair => pair.value.Length > 0)
            .GroupBy(static pair => pair.value)
            .Where(static group => group.Count() >= RareCategory)
            .OrderBy(group => group.Average(pair => positive[pair.row] ? 1.0 : 0)).ThenBy(static group => group.Key, StringComparer.Ordinal)
            .Take(MostBins - 1);
        return new Binning(column, Monotone.Free, null, order.Select(static (group, i) => (group.Key, i + 1)).ToDictionary(static pair => pair.Key, static pair => pair.Item2));
    }

    private static bool Number(string value, out double number) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
