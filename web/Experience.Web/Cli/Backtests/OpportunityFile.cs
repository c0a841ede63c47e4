using System.Globalization;
using Experience.Domain.Models;
using Experience.Web.Imports.Mapping;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Cli.Backtests;

/// <summary>
/// A file that is counted already: how often people came at a row of opportunities, such as terms, when last, of how many, and how many
/// people did the same. Columns frequency, recency, periods and, if it has one, weights.
/// </summary>
internal static class OpportunityFile
{
    public const int MaxRows = 1_000_000;
    public const int MostOpportunities = 1_000;
    private const int MostPeople = 1_000_000_000;

    /// <summary>Null when the header is that of another file.</summary>
    public static List<OpportunityHistory>? Read(FileInfo file)
    {
        using var stream = file.OpenRead();
        int[]? columns = null;
        var result = new List<OpportunityHistory>();
        foreach (var (line, row) in CsvFile.Rows(stream))
        {
            if (columns is null)
            {
                columns = [.. ((string[])["frequency", "recency", "periods", "weights"]).Select(name => Array.FindIndex(row, cell => cell.Equals(name, StringComparison.OrdinalIgnoreCase)))];
                if (columns.AsSpan(0, 3).Contains(-1)) return null;
                continue;
            }

            if (result.Count == MaxRows) throw new BacktestInputException($"More than {MaxRows:N0} rows: people with equal histories share one, with how many they are in \"weights\".");
            var periods = Number(line, "periods", RowRule.Cell(row, columns[2]), 1, MostOpportunities);
            var frequency = Number(line, "frequency", RowRule.Cell(row, columns[0]), 0, periods);
            var recency = Number(line, "recency", RowRule.Cell(row, columns[1]), frequency, frequency == 0 ? 0 : periods);
            result.Add(new OpportunityHistory(frequency, recency, periods, columns[3] < 0 ? 1 : Number(line, "weights", RowRule.Cell(row, columns[3]), 1, MostPeople)));
        }

        return result.Count > 0 ? result : throw new BacktestInputException($"{file.Name} has no rows.");
    }

    private static int Number(long line, string field, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw TransactionFile.Wrong(line, field, $"is \"{TransactionFile.Short(text)}\"", $"a whole number from {least} to {most}");
}
