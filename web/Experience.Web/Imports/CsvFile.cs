using System.Text;

namespace Experience.Web.Imports;

/// <summary>
/// A CSV file as rows (RFC 4180: quotes, doubled quotes, line breaks inside quotes), read as a stream. The delimiter is the comma,
/// semicolon, tab or bar that the first line has most of. Cells are trimmed; empty rows are left out.
/// </summary>
internal static class CsvFile
{
    public const int MaxColumns = 200;

    /// <summary>Characters of one row: more is a quote that was never closed.</summary>
    public const int MaxRowLength = 1 << 20;

    /// <summary>Rows with the line that each begins at, from 1.</summary>
    public static IEnumerable<(long Line, string[] Columns)> Rows(Stream file)
    {
        using var reader = new StreamReader(file, new UTF8Encoding(false), true, 1 << 16, leaveOpen: true);
        char? delimiter = null;
        var columns = new List<string>();
        var cell = new StringBuilder();
        long line = 0;
        while (reader.ReadLine() is { } text)
        {
            var first = ++line;
            delimiter ??= ",;\t|".MaxBy(d => text.Count(c => c == d));
            columns.Clear();
            cell.Clear();
            var length = text.Length;
            while (!Split(text, delimiter.Value, columns, cell))
            {
                // The quote goes on in the next line.
                if (reader.ReadLine() is not { } more) break;
                line++;
                cell.Append('\n');
                text = more;
                length += more.Length;
                if (length > MaxRowLength) throw new InvalidDataException($"The row at line {first} has no end: a quote is not closed.");
            }

            columns.Add(cell.ToString().Trim());
            if (columns.Count > MaxColumns) throw new InvalidDataException($"More than {MaxColumns} columns: this does not look like a table.");
            if (columns.Exists(c => c.Length > 0)) yield return (first, [.. columns]);
        }
    }

    /// <summary>Takes the cells of a line, the last one left in <paramref name="cell"/>; false when a quote is still open at its end.</summary>
    private static bool Split(string text, char delimiter, List<string> columns, StringBuilder cell)
    {
        // A continued line begins inside of quotes, which the cell's first character remembers.
        var quoted = cell.Length > 0 && cell[0] == '"';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c != '"') cell.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    cell.Append('"');
                    i++;
                }
                else
                {
                    quoted = false;
                    cell.Remove(0, 1);
                }
            }
            else if (c == delimiter)
            {
                columns.Add(cell.ToString().Trim());
                cell.Clear();
            }
            else if (c == '"' && IsBlank(cell))
            {
                cell.Clear().Append('"');
                quoted = true;
            }
            else
            {
                cell.Append(c);
            }
        }

        return !quoted;
    }

    private static bool IsBlank(StringBuilder cell)
    {
        for (var i = 0; i < cell.Length; i++)
        {
            if (!char.IsWhiteSpace(cell[i])) return false;
        }

        return true;
    }
}
