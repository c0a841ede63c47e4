using Experience.Domain.Models.Gam;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Cli.Backtests;

/// <summary>A table of rows to learn risk from: a CSV with a header.</summary>
internal static class RiskTableFile
{
    /// <summary>More is refused: a row is held as text while a backtest runs.</summary>
    public const int MaxRows = 1_000_000;

    public static RiskTable Read(string option, FileInfo file)
    {
        if (!file.Exists) throw new BacktestInputException($"{option}: there is no file {file.FullName}.");
        using var stream = file.OpenRead();
        string[]? header = null;
        var rows = new List<IReadOnlyList<string>>();
        foreach (var (line, columns) in CsvFile.Rows(stream))
        {
            if (header is null)
            {
                header = columns;
                if (header.Distinct().Count() != header.Length) throw new BacktestInputException($"{file.Name}: a column's name is there twice.");
                continue;
            }

            if (columns.Length != header.Length) throw new BacktestInputException($"{file.Name}, line {line}: {columns.Length} columns, the header has {header.Length}.");
            if (rows.Count == MaxRows) throw new BacktestInputException($"{file.Name} has more than {MaxRows:N0} rows: take a sample of them.");
            rows.Add(columns);
        }

        if (header is null || rows.Count == 0) throw new BacktestInputException($"{file.Name} has no rows: accepted is a CSV file with a header.");
        return new RiskTable(header, rows);
    }
}
