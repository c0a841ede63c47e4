using System.Buffers;
using System.Text;
using Experience.Domain.Wire;
using Experience.Web.Hosting;

namespace Experience.Web.Imports;

/// <summary>
/// The rows that were refused, as they came, with the reason and which row it was in two columns more: corrected there, the file can be sent again as it is. Files without
/// columns keep their lines only. Made when the first row is refused; readable by its owner only, since rows are about people.
/// </summary>
internal sealed class RefusedFile(string path, char? delimiter) : IDisposable
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",;\t|\"\n\r");

    private StreamWriter? _file;

    public string Path => path;

    public void Write(IReadOnlyList<string> header, ImportItem item, Refusal refusal)
    {
        if (_file is null)
        {
            // The mark tells Excel that it is UTF-8.
            _file = new StreamWriter(SafeFile.Create(path), new UTF8Encoding(delimiter is not null));
            if (delimiter is { } mark) WriteRow(_file, [.. header, CsvReader.ReasonColumn, CsvReader.RowColumn], mark);
        }

        if (delimiter is null)
        {
            _file.Write(item.Cells[0]);
            _file.Write('\n');
            return;
        }

        var cells = item.Cells.Concat(Enumerable.Repeat("", Math.Max(0, header.Count - item.Cells.Count)));
        WriteRow(_file, [.. cells, $"{item.Column ?? refusal.Field}: {refusal.Reason}. Accepted: {refusal.Accepted}", item.Letter?.Id ?? ""], delimiter.Value);
    }

    public void Dispose() => _file?.Dispose();

    public static void WriteRow(TextWriter file, IReadOnlyList<string> cells, char delimiter)
    {
        for (var i = 0; i < cells.Count; i++)
        {
            if (i > 0) file.Write(delimiter);
            var cell = cells[i];
            if (cell.AsSpan().ContainsAny(Special))
            {
                file.Write('"');
                file.Write(cell.Replace("\"", "\"\"", StringComparison.Ordinal));
                file.Write('"');
            }
            else
            {
                file.Write(cell);
            }
        }

        file.Write("\r\n");
    }
}
