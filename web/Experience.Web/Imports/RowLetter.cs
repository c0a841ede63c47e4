using System.Text.Json;
using System.Text.Json.Serialization;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Imports.Mapping;
using Experience.Web.Sources;
using Experience.Web.Ways;

namespace Experience.Web.Imports;

/// <summary>
/// A refused row of a table as it is kept: its cells by their columns, what the columns mean, and which of equal rows it was. All of it can be corrected. A
/// corrected row is what it says, not what it was: its id is made of its cells, as it would be in a corrected file, so that correcting it in both places counts once.
/// One that then equals a row that was taken counts as that row; who means a second one says so by the occurrence.
/// </summary>
/// <param name="Occurrence">How many times the same row had come in its file, itself included; 0 where it has an id of its own.</param>
/// <param name="Id">What it would have been called: a taken row of this id mends the letter.</param>
/// <param name="Mapping">Null where its way knows it.</param>
internal sealed record RowLetter(IReadOnlyList<string> Header, string[] Cells, int Occurrence, string? Id, ImportMapping? Mapping, string? Subject)
{
    private const int MaxOccurrence = 1_000_000;

    private static readonly JsonSerializerOptions Short = new(Json.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The form of the body, version 1: new properties may be missing in old letters.</summary>
    private sealed record Body(IReadOnlyDictionary<string, string> Row, int? Occurrence, string? Id, ImportMapping? Mapping);

    /// <summary>Its id cannot be made of its cells, and stands in its body.</summary>
    public bool StatesId { get; init; }

    public byte[] ToBytes()
    {
        var row = new Dictionary<string, string>(StringComparer.Ordinal);
        // Cells beyond the header are what is wrong with such a row: they stand in columns that nobody maps.
        for (var i = 0; i < Math.Max(Header.Count, Cells.Length); i++) row[i < Header.Count ? Header[i] : $"beyond the header {i + 1}"] = RowRule.Cell(Cells, i);
        return JsonSerializer.SerializeToUtf8Bytes(new Body(row, Occurrence > 0 ? Occurrence : null, StatesId ? Id : null, Mapping), Short);
    }

    /// <summary>Reads a body; null with a refusal when it is none, null without when it is no row but an event.</summary>
    public static RowLetter? Read(ReadOnlyMemory<byte> body, out Refusal? refusal)
    {
        using var json = WayRequest.Parse(body, out refusal);
        if (json?.RootElement.Get("row") is not { ValueKind: JsonValueKind.Object } row) return null;
        var columns = row.EnumerateObject().ToList();
        // An emptied cell beyond the header is gone, and with it its column.
        while (columns.Count > 1 && columns[^1].Value.ToString().Length == 0 && columns[^1].Name.StartsWith("beyond the header ", StringComparison.Ordinal)) columns.RemoveAt(columns.Count - 1);
        ImportMapping? mapping = null;
        try
        {
            mapping = json.RootElement.Get("mapping")?.Deserialize<ImportMapping>(Json.Options);
        }
        catch (JsonException e)
        {
            refusal = new Refusal("mapping", $"is no mapping ({e.Path})", "a mapping as of an import");
            return null;
        }

        var occurrence = 1;
        if (json.RootElement.Get("occurrence") is { } stated && (stated.ValueKind != JsonValueKind.Number || !stated.TryGetInt32(out occurrence) || occurrence is < 1 or > MaxOccurrence))
        {
            refusal = new Refusal("occurrence", "is not a count", $"1 to {MaxOccurrence}: which of equal rows it is");
            return null;
        }

        return new RowLetter([.. columns.Select(c => c.Name)], [.. columns.Select(c => (c.Value.ValueKind == JsonValueKind.Null ? "" : c.Value.ToString()).Trim())], occurrence, json.RootElement.Get("id").Text(), mapping, null);
    }

    /// <summary>The events that the row means, or why it means none.</summary>
    /// <param name="id">The row's id, where no column holds it.</param>
    public IReadOnlyList<RowEvent> Map(ImportMapping mapping, bool history, bool whoOnce, string id, TimeProvider time, out Refusal? refusal)
    {
        refusal = RowMapper.Create(mapping, Header, time, history, whoOnce, out var mapper);
        if (refusal is not null)
        {
            refusal = refusal with { Field = "mapping." + refusal.Field };
            return [];
        }

        var said = mapper!.Map(Cells, () => id);
        refusal = said.Refusal;
        return said.Events;
    }
}

/// <summary>Refused rows of files. A line of NDJSON is an event as it is; a line of CDNOW is corrected in its file.</summary>
internal sealed class ImportLetters(TimeProvider time) : ILetterReader
{
    public string Way => WayNames.Csv;

    public ValueTask<Refusal?> ReadAsync(ReadOnlyMemory<byte> body, LetterOrigin origin, TranslatedEvents events)
    {
        var row = RowLetter.Read(body, out var refusal);
        if (refusal is not null) return new(refusal);
        if (row is null)
        {
            events.Add(body.Span);
            return new((Refusal?)null);
        }

        if (row.Mapping is not { } mapping) return new(new Refusal("mapping", "is missing", "a mapping as of an import"));
        foreach (var one in row.Map(mapping, history: true, whoOnce: true, RowIds.Of(row.Cells, row.Occurrence), time, out refusal)) events.Add(one.Json.Span);
        return new(refusal);
    }
}
