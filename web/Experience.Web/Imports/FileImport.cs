using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Imports.Tables;
using Experience.Web.Sources;

namespace Experience.Web.Imports;

/// <summary>What a file is, by its first look: for a table its form, its columns, and the mapping that was saved for it or is guessed.</summary>
internal sealed record FileLook(ImportMapping Mapping, string? Saved, IReadOnlyList<ImportColumn> Columns, IReadOnlyList<string> Notes, char? Delimiter);

/// <summary>The one way from a file to its rows, for the server and for the command line.</summary>
internal static class FileImport
{
    public static readonly string[] Formats = ["csv", "ndjson", "cdnow"];

    public static string FormatOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".ndjson" or ".jsonl" => "ndjson",
        _ => name.Contains("cdnow", StringComparison.OrdinalIgnoreCase) ? "cdnow" : "csv",
    };

    /// <exception cref="InvalidDataException">It is no table, or has no rows.</exception>
    public static FileLook Look(string path, string name, string format, string zone, MappingStore? saved)
    {
        if (format != "csv") return new FileLook(new ImportMapping(format == "cdnow" ? CdnowReader.DefaultSource : "", "", zone, null, true, new Dictionary<string, string>(), null), null, [], [], null);
        using var file = File.OpenRead(path);
        var form = CsvForm.Detect(file);
        var table = TableProfile.Read(CsvFile.Rows(file, form)) ?? throw new InvalidDataException("there is no row below the header.");
        var header = table.Header.Where(h => !CsvReader.IsOurs(h)).ToList();
        if (saved?.FindFor(header) is { } known)
        {
            var note = $"The saved mapping \"{known.Name}\" fits this file and is used, version {known.Version}.";
            return new FileLook(known.Mapping, known.Name, CsvGuess.Describe(table, known.Mapping, "saved"), [note], form.Delimiter);
        }

        var (mapping, notes) = CsvGuess.Guess(name, table, form, zone);
        return new FileLook(mapping, null, CsvGuess.Describe(table, mapping, "by its name"), notes, form.Delimiter);
    }

    public static Refusal? Reader(string format, ImportMapping mapping, TimeProvider time, out IImportReader? reader)
    {
        reader = null;
        if (format == "csv")
        {
            var refusal = CsvReader.Create(mapping, time, out var csv);
            reader = csv;
            return refusal;
        }

        if (!WireTime.TryZone(mapping.TimeZone, out var zone)) return new Refusal("timeZone", "is not a time zone", "an IANA name such as America/Chicago");
        reader = format == "cdnow" ? new CdnowReader(string.IsNullOrWhiteSpace(mapping.Source) ? CdnowReader.DefaultSource : mapping.Source, zone) : new NdjsonReader(zone, time);
        return null;
    }

    /// <summary>Counts what a file brings and keeps what of it is refused; a file of events may erase.</summary>
    public static Intake Intake(SourceDesk desk, string format, ImportMapping mapping, string name, bool dryRun) =>
        desk.Open(WayNames.Csv, new SenderRules(null, WireTime.TryZone(mapping.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc, History: true, MayErase: format == "ndjson"), name, dryRun);

    /// <summary>Types that rows may become.</summary>
    public static IReadOnlyList<string> Types { get; } = [.. EventSchemas.FromOutside.Where(t => t != EventTypes.ParticipantErased && t.Fields.All(f => !f.Required || Mapping.ImportTargets.MayBeMapped(f.Field))).Select(t => t.Name)];
}
