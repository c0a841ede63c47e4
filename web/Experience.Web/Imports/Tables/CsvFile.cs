using System.Text;

namespace Experience.Web.Imports.Tables;

/// <summary>
/// A CSV file as rows (RFC 4180: quotes, doubled quotes, line breaks inside quotes), read as a stream of characters, so that no line, however
/// long, is held beyond the limit of a row. Cells are trimmed; empty rows are left out, and so is Excel's "sep=;".
/// </summary>
internal static class CsvFile
{
    public const int MaxColumns = 500;

    /// <summary>Characters of one row: more is a quote that was never closed.</summary>
    public const int MaxRowLength = 1 << 20;

    /// <summary>Rows with the line that each begins at, from 1.</summary>
    /// <param name="form">How the file is written; found out when left out.</param>
    public static IEnumerable<(long Line, string[] Columns)> Rows(Stream file, CsvForm? form = null)
    {
        form ??= CsvForm.Detect(file);
        var skip = form.SkipRows;
        foreach (var row in Parse(file, form.Encoding, form.Delimiter))
        {
            if (row.Line == 1 && row.Columns[0].StartsWith("sep=", StringComparison.OrdinalIgnoreCase)) continue;
            if (skip-- > 0) continue;
            yield return row;
        }
    }

    internal static IEnumerable<(long Line, string[] Columns)> Parse(Stream file, Encoding encoding, char delimiter)
    {
        using var reader = new StreamReader(file, encoding, true, 1 << 16, leaveOpen: true);
        var buffer = new char[1 << 14];
        var columns = new List<string>();
        var cell = new StringBuilder();
        long line = 1;
        long first = 1;
        var length = 0;
        var place = Place.Start;
        var filled = false;
        var carriage = false;
        int n;
        while ((n = reader.ReadBlock(buffer)) > 0)
        {
            for (var i = 0; i < n; i++)
            {
                var c = buffer[i];
                if (carriage)
                {
                    carriage = false;
                    if (c == '\n') continue;
                }

                if (++length > MaxRowLength) throw new InvalidDataException($"The row at line {first} has no end: a quote is not closed.");
                if (place == Place.Quoted)
                {
                    if (c == '"')
                    {
                        place = Place.QuoteInQuoted;
                        continue;
                    }

                    if (c == '\r') carriage = true;
                    if (c is '\n' or '\r') line++;
                    cell.Append(c == '\r' ? '\n' : c);
                }
                else if (place == Place.QuoteInQuoted && c == '"')
                {
                    cell.Append('"');
                    place = Place.Quoted;
                }
                else if (c == delimiter)
                {
                    EndCell();
                }
                else if (c is '\n' or '\r')
                {
                    carriage = c == '\r';
                    EndCell();
                    line++;
                    if (filled) yield return (first, [.. columns]);
                    columns.Clear();
                    filled = false;
                    first = line;
                    length = 0;
                }
                else if (place == Place.Start && c == '"')
                {
                    place = Place.Quoted;
                }
                else if (place != Place.Start || !char.IsWhiteSpace(c))
                {
                    place = Place.Plain;
                    cell.Append(c);
                }
            }
        }

        if (cell.Length == 0 && columns.Count == 0 && place == Place.Start) yield break;
        EndCell();
        if (filled) yield return (first, [.. columns]);

        void EndCell()
        {
            if (columns.Count == MaxColumns) throw new InvalidDataException($"More than {MaxColumns} columns at line {first}: this does not look like a table.");
            var text = cell.ToString().Trim();
            filled |= text.Length > 0;
            columns.Add(text);
            cell.Clear();
            place = Place.Start;
        }
    }

    private enum Place
    {
        Start,
        Plain,
        Quoted,
        QuoteInQuoted,
    }
}
