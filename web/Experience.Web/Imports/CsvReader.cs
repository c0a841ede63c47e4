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

    /// <summary>Beside it, which refused row it was: once the corrected row is taken, nobody needs its letter.</summary>
    public const string RowColumn = "refused row";

    public static bool IsOurs(string column) => column is ReasonColumn or RowColumn;

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
        int[] ours = [];
        var corrects = -1;
        foreach (var (line, columns) in CsvFile.Rows(file, CsvForm.Detect(file, _mapping)))
        {
            if (mapper is null)
            {
                var names = Named(columns);
                ours = [.. Enumerable.Range(0, names.Length).Where(i => IsOurs(names[i]))];
                corrects = Array.IndexOf(names, RowColumn);
                Header = Without(names, ours);
                if (RowMapper.Create(_mapping, Header, _time, history: true, whoOnce: true, out mapper) is { } wrong) throw new InvalidDataException($"{wrong.Field} {wrong.Reason}; accepted: {wrong.Accepted}");
                continue;
            }

            var row = Without(columns, ours);
            // Counted when an id is asked for, and for a refused row at the latest: equal rows that are refused are as many letters.
            var occurrence = 0;
            var result = mapper.Map(row, () => RowIds.Of(row, occurrence = ids.Count(row)));
            var id = mapper.OwnId(row);
            if (id is null && result.Refusal is not null && occurrence == 0) occurrence = ids.Count(row);
            id ??= occurrence == 0 ? null : RowIds.Of(row, occurrence);
            yield return new ImportItem(line, file.Position, [.. result.Events.Select(e => (IReadOnlyList<Fact>)e.Facts)], result.Refusal, Shown(result.Events))
            {
                Cells = row,
                Column = result.Column,
                Skipped = result.Skipped,
                Letter = result.Refusal is null ? null : new RowLetter(Header, row, occurrence, id, _mapping, mapper.SubjectOf(row)),
                Mends = [.. new[] { id, RowRule.Cell(columns, corrects) }.Where(i => !string.IsNullOrEmpty(i)).Select(i => Fact.IdOf(_mapping.Source, i!))],
            };
        }
    }

    private static string[] Without(string[] cells, int[] columns) => columns.Length == 0 ? cells : [.. cells.Where((_, i) => !columns.Contains(i))];

    /// <summary>For the preview: the row's own event rather than who the person is.</summary>
    private static ReadOnlyMemory<byte> Shown(List<RowEvent> events) => events.FirstOrDefault(e => e.Suffix != "#who")?.Json ?? events.FirstOrDefault()?.Json ?? default;
}
