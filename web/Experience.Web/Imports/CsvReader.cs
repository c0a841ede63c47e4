using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Imports.Mapping;
using Experience.Web.Imports.Tables;

namespace Experience.Web.Imports;

/// <summary>Rows of a CSV file as events, by a mapping: history, so nothing of it raises an alert.</summary>
internal sealed class CsvReader : IImportReader
{
    /// <summary>The column that a file of refused rows has more: left behind when the file is sent again.</summary>
    public const string ReasonColumn = "refused because";

    private readonly ImportMapping _mapping;
    private readonly TimeProvider _time;

    private CsvReader(ImportMapping mapping, TimeProvider time)
    {
        _mapping = mapping;
        _time = time;
    }

    public IReadOnlyList<string> Header { get; private set; } = [];

    /// <summary>A reader for a mapping, or what is wrong with the mapping.</summary>
    public static Refusal? Create(ImportMapping mapping, TimeProvider time, out CsvReader? reader)
    {
        var wrong = MappingCheck.Of(mapping);
        reader = wrong is null ? new CsvReader(mapping, time) : null;
        return wrong;
    }

    /// <summary>Names for columns without one, and different names for equal ones, so that each can be mapped.</summary>
    public static string[] Named(string[] header)
    {
        var names = new string[header.Length];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < header.Length; i++)
        {
            var name = header[i].Length == 0 ? $"column {i + 1}" : header[i];
            var one = name;
            for (var n = 2; !seen.Add(one); n++) one = $"{name} ({n})";
            names[i] = one;
        }

        // A trailing delimiter makes no column.
        var last = header.Length;
        while (last > 1 && header[last - 1].Length == 0) last--;
        return names[..last];
    }

    public IEnumerable<ImportItem> Read(Stream file)
    {
        var ids = new RowIds();
        RowMapper? mapper = null;
        var reason = -1;
        foreach (var (line, columns) in CsvFile.Rows(file, CsvForm.Detect(file, _mapping)))
        {
            if (mapper is null)
            {
                var names = Named(columns);
                reason = Array.IndexOf(names, ReasonColumn);
                Header = Without(names, reason);
                if (RowMapper.Create(_mapping, Header, _time, history: true, whoOnce: true, out mapper) is { } wrong) throw new InvalidDataException($"{wrong.Field} {wrong.Reason}; accepted: {wrong.Accepted}");
                continue;
            }

            var row = Without(columns, reason);
            var result = mapper.Map(row, () => ids.Next(string.Join('\u001f', row)));
            yield return new ImportItem(line, file.Position, [.. result.Events.Select(e => (IReadOnlyList<Fact>)e.Facts)], result.Refusal, Shown(result.Events))
            {
                Cells = row,
                Column = result.Column,
                Skipped = result.Skipped,
            };
        }
    }

    private static string[] Without(string[] cells, int column) => (uint)column < (uint)cells.Length ? [.. cells[..column], .. cells[(column + 1)..]] : cells;

    /// <summary>For the preview: the row's own event rather than who the person is.</summary>
    private static ReadOnlyMemory<byte> Shown(List<RowEvent> events) => events.FirstOrDefault(e => e.Suffix != "#who")?.Json ?? events.FirstOrDefault()?.Json ?? default;
}
