using System.Text;
using Experience.Domain.Models.Backtests;
using Experience.Web.Imports;
using Experience.Web.Imports.Mapping;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Cli.Backtests;

/// <summary>A file's transactions for a backtest: customer, day and amount, and nothing else of it.</summary>
internal static class TransactionFile
{
    /// <summary>More is refused: about 100 bytes each are held while a backtest runs.</summary>
    public const int MaxRows = 20_000_000;

    private const decimal MostMoney = 1_000_000_000;

    public static List<Transaction> Read(FileInfo file, string format)
    {
        using var stream = file.OpenRead();
        var result = new List<Transaction>();
        foreach (var transaction in format == "cdnow" ? Cdnow(stream) : Csv(file.Name, stream))
        {
            if (result.Count == MaxRows) throw new BacktestInputException($"More than {MaxRows:N0} rows: take a sample of the customers.");
            result.Add(transaction);
        }

        return result.Count > 0 ? result : throw new BacktestInputException($"{file.Name} has no transactions.");
    }

    /// <summary>The master has a header and four columns, the sample none and five; customers are the first column in both.</summary>
    private static IEnumerable<Transaction> Cdnow(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, false, 1 << 16, leaveOpen: true);
        long line = 0;
        while (reader.ReadLine() is { } text)
        {
            line++;
            var columns = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length == 0 || (line == 1 && !char.IsAsciiDigit(columns[0][0]))) continue;
            if (columns.Length is not (4 or 5)) throw Wrong(line, "row", $"has {columns.Length} columns", "customer, yyyyMMdd, count, dollars (or customer, sample number, yyyyMMdd, count, dollars)");
            yield return new Transaction(columns[0], Day(line, "date", columns[^3], "yyyyMMdd"), Amount(line, "dollars", columns[^1]));
        }
    }

    private static IEnumerable<Transaction> Csv(string name, Stream stream)
    {
        var form = CsvForm.Detect(stream);
        if (TableProfile.Read(CsvFile.Rows(stream, form)) is not { } table) yield break;
        stream.Position = 0;
        var header = table.Header;
        var mapping = CsvGuess.Guess(name, table, form, "UTC").Mapping;
        var customer = Column(mapping, header, "customer", "customer id, student id, participant id", ImportTargets.Subject, ImportTargets.Id);
        var date = Column(mapping, header, "date", "date, payment date, order date", ImportTargets.Time);
        var amount = Column(mapping, header, "amount", "amount, price, fee, paid", "amount", ImportTargets.Paid);
        foreach (var (line, row) in CsvFile.Rows(stream, form).Skip(1))
        {
            var key = RowRule.Cell(row, customer);
            if (key.Length == 0) throw Wrong(line, header[customer], "is empty", "the customer's key");
            yield return new Transaction(key, Day(line, header[date], RowRule.Cell(row, date), mapping.DateFormat), Amount(line, header[amount], RowRule.Cell(row, amount), mapping.DecimalMark));
        }
    }

    private static int Column(Contracts.ImportMapping mapping, string[] header, string what, string names, params string[] targets)
    {
        foreach (var target in targets)
        {
            if (mapping.Columns.FirstOrDefault(c => c.Value == target).Key is { } column) return Array.IndexOf(header, column);
        }

        throw new BacktestInputException($"No column for the {what} is known by its name among {string.Join(", ", header)}; accepted: {names}, and others that the import knows.");
    }

    private static DateOnly Day(long line, string field, string text, string? format)
    {
        // Of a time the civil day at the place where it was written down, which is what people mean by a day.
        if (DateText.TryDate(text, format, out var day)) return day;
        throw Wrong(line, field, $"is not a day: \"{Short(text)}\"", format ?? "yyyy-MM-dd");
    }

    private static long Amount(long line, string field, string text, string? mark = null) =>
        MoneyText.TryParse(text, mark?[0], out var amount) && Math.Abs(amount) <= MostMoney && amount * 100 % 1 == 0
            ? (long)(amount * 100)
            : throw Wrong(line, field, $"is not an amount: \"{Short(text)}\"", "a number with at most two decimals, such as 29.33");

    public static BacktestInputException Wrong(long line, string field, string reason, string accepted) => new($"Line {line}: {field} {reason}; accepted: {accepted}.");

    public static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
