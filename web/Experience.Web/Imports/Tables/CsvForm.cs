using System.Text;
using Experience.Domain.Wire;
using Experience.Web.Contracts;

namespace Experience.Web.Imports.Tables;

/// <summary>How a table is written: its encoding, what stands between cells, and how many rows stand above the header.</summary>
internal sealed record CsvForm(Encoding Encoding, char Delimiter, int SkipRows)
{
    public const string Delimiters = ",;\t|";

    private const int LookedAt = 30;

    /// <summary>What a mapping says of it, and what it does not say is found out.</summary>
    public static CsvForm Detect(Stream file, ImportMapping? mapping = null)
    {
        var encoding = (mapping?.Encoding is { } name ? TextEncodings.Find(name) : null) ?? TextEncodings.Detect(file);
        var (delimiter, skip) = mapping?.Delimiter is { Length: 1 } one ? (one[0], 0) : FindDelimiter(file, encoding);
        if (mapping?.Delimiter is { Length: 1 }) skip = TitleRows([.. Head(file, encoding, delimiter)]);
        file.Position = 0;
        return new CsvForm(encoding, delimiter, mapping?.SkipRows ?? skip);
    }

    public static Refusal? Check(ImportMapping mapping)
    {
        if (mapping.Encoding is { } encoding && TextEncodings.Find(encoding) is null) return new Refusal("encoding", $"is \"{encoding}\"", TextEncodings.Accepted);
        if (mapping.Delimiter is { } delimiter && !(delimiter.Length == 1 && Delimiters.Contains(delimiter[0], StringComparison.Ordinal))) return new Refusal("delimiter", "is not one that is known", "a comma, a semicolon, a tab or a bar");
        return mapping.SkipRows is < 0 or > LookedAt ? new Refusal("skipRows", "is out of range", $"0 to {LookedAt}") : null;
    }

    public static string NameOf(char delimiter) => delimiter switch { ',' => "comma", ';' => "semicolon", '\t' => "tab", _ => "bar" };

    /// <summary>The delimiter with which most of the first rows have the same number of cells, and more than one.</summary>
    private static (char Delimiter, int Skip) FindDelimiter(Stream file, Encoding encoding)
    {
        var best = (Delimiter: ',', Skip: 0, Score: -1.0);
        foreach (var delimiter in Delimiters)
        {
            List<(long Line, string[] Columns)> rows;
            try
            {
                rows = [.. Head(file, encoding, delimiter)];
            }
            catch (InvalidDataException)
            {
                // Too many columns or a row without an end: not with this delimiter.
                continue;
            }

            if (rows.Count > 0 && rows[0].Columns[0].StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && rows[0].Columns[0].Length <= 5)
            {
                var said = rows[0].Columns is ["sep=", ..] ? delimiter : rows[0].Columns[0][^1];
                if (said != delimiter) continue;
                rows.RemoveAt(0);
                return (delimiter, TitleRows(rows));
            }

            var skip = TitleRows(rows);
            var widths = rows.Skip(skip).Select(r => r.Columns.Length).ToList();
            if (widths.Count == 0) continue;
            var usual = widths.GroupBy(w => w).MaxBy(g => g.Count())!;
            var score = usual.Key < 2 ? 0 : ((double)usual.Count() / widths.Count) + (Math.Min(usual.Key, 50) / 1000.0);
            if (score > best.Score) best = (delimiter, skip, score);
        }

        return (best.Delimiter, best.Skip);
    }

    /// <summary>Reports have a title above their table: rows with one cell above a header with three or more.</summary>
    private static int TitleRows(List<(long Line, string[] Columns)> rows)
    {
        var width = rows.Count == 0 ? 0 : rows.GroupBy(r => r.Columns.Count(c => c.Length > 0)).MaxBy(g => g.Count())!.Key;
        if (width < 3) return 0;
        var skip = 0;
        while (skip < rows.Count - 2 && rows[skip].Columns.Count(c => c.Length > 0) == 1) skip++;
        return skip;
    }

    private static IEnumerable<(long Line, string[] Columns)> Head(Stream file, Encoding encoding, char delimiter)
    {
        file.Position = 0;
        return CsvFile.Parse(file, encoding, delimiter).Take(LookedAt);
    }
}
