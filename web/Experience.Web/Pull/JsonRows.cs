using System.Text.Json;
using Experience.Web.Imports;
using Experience.Web.Imports.Tables;
using Experience.Web.Ways;

namespace Experience.Web.Pull;

/// <summary>A table as it was polled.</summary>
internal sealed record PulledTable(IReadOnlyList<string> Header, IReadOnlyList<(long Line, string[] Cells)> Rows)
{
    /// <summary>Rows of one table; more are refused, since what is known of each is kept.</summary>
    public const int MaxRows = 250_000;

    public static PulledTable Csv(IEnumerable<byte[]> pages, Contracts.ImportMapping? mapping)
    {
        IReadOnlyList<string>? header = null;
        var rows = new List<(long, string[])>();
        foreach (var page in pages)
        {
            using var body = new MemoryStream(page);
            var first = true;
            foreach (var (line, cells) in CsvFile.Rows(body, CsvForm.Detect(body, mapping)))
            {
                if (!first) Add(rows, line, cells);
                else header ??= CsvReader.Named(cells);
                first = false;
            }
        }

        return new PulledTable(header ?? [], rows);
    }

    public static void Add(List<(long, string[])> rows, long line, string[] cells)
    {
        if (rows.Count == MaxRows) throw new PullException($"The table has more than {MaxRows} rows.");
        rows.Add((line, cells));
    }
}

/// <summary>Lists of JSON objects as a table: what is nested becomes a column of its own, "student.email".</summary>
internal static class JsonRows
{
    private const int MaxDepth = 5;

    public static JsonDocument Parse(byte[] body)
    {
        var text = body.AsMemory(body.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0);
        try
        {
            if (!WayRequest.IsText(text.Span)) throw new PullException("The answer holds text that is not Unicode: JSON is UTF-8.");
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new PullException($"The answer is not JSON (line {e.LineNumber + 1}).");
        }
    }

    public static PulledTable Read(IEnumerable<byte[]> pages, string? pointer)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        var rows = new List<(long, string[])>();
        var found = new List<List<(int Column, string Value)>>();
        foreach (var page in pages)
        {
            using var json = Parse(page);
            foreach (var row in List(json.RootElement, pointer).EnumerateArray())
            {
                if (row.ValueKind != JsonValueKind.Object) throw new PullException("A row of the list is not a JSON object.");
                if (found.Count == PulledTable.MaxRows) throw new PullException($"The table has more than {PulledTable.MaxRows} rows.");
                var cells = new List<(int, string)>();
                Flatten(row, "", 0, columns, cells);
                found.Add(cells);
            }
        }

        for (var i = 0; i < found.Count; i++)
        {
            var cells = new string[columns.Count];
            Array.Fill(cells, "");
            foreach (var (column, value) in found[i]) cells[column] = value;
            rows.Add((i + 1, cells));
        }

        return new PulledTable([.. columns.OrderBy(c => c.Value).Select(c => c.Key)], rows);
    }

    /// <summary>RFC 6901; null where it leads nowhere.</summary>
    public static JsonElement? At(JsonElement root, string pointer)
    {
        var at = root;
        foreach (var part in pointer.Split('/').Skip(1).Select(p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(part, out var member)) at = member;
            else if (at.ValueKind == JsonValueKind.Array && int.TryParse(part, out var index) && index >= 0 && index < at.GetArrayLength()) at = at[index];
            else return null;
        }

        return at;
    }

    private static JsonElement List(JsonElement root, string? pointer)
    {
        if (pointer is not null) return At(root, pointer) is { ValueKind: JsonValueKind.Array } at ? at : throw new PullException($"There is no list at {pointer}.");
        if (root.ValueKind == JsonValueKind.Array) return root;
        if (root.ValueKind == JsonValueKind.Object && root.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Array).ToList() is [var only]) return only.Value;
        throw new PullException("The answer is no list of rows: say where it is (rows, such as /data/items).");
    }

    private static void Flatten(JsonElement value, string name, int depth, Dictionary<string, int> columns, List<(int, string)> cells)
    {
        if (value.ValueKind == JsonValueKind.Object && depth < MaxDepth)
        {
            foreach (var member in value.EnumerateObject()) Flatten(member.Value, name.Length == 0 ? member.Name : name + "." + member.Name, depth + 1, columns, cells);
            return;
        }

        var text = value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.String => value.GetString()!.Trim(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => value.GetRawText(),
        };
        if (!columns.TryGetValue(name, out var column))
        {
            if (columns.Count == CsvFile.MaxColumns) throw new PullException($"The rows have more than {CsvFile.MaxColumns} different fields.");
            columns[name] = column = columns.Count;
        }

        cells.Add((column, text));
    }
}
