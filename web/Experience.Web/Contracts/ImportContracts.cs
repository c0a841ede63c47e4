using System.Text.Json;

namespace Experience.Web.Contracts;

// Tables that come in: uploaded files, and what polled systems answer. The mapping is one document everywhere.

public enum ImportPhase
{
    Waiting,

    /// <summary>A dry run reads the whole file and records nothing.</summary>
    Checking,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>An uploaded file, with what was guessed about it.</summary>
/// <param name="Rows">Rows counted, the header not included; null when the file is larger than what is counted.</param>
/// <param name="Saved">Name and version of the saved mapping that fits the file and was taken, or that it was saved as.</param>
/// <param name="Notes">What the person should look at before going on.</param>
/// <param name="Check">What the last dry run with this mapping found.</param>
public sealed record ImportView(
    string Id,
    string File,
    long Bytes,
    string Format,
    long? Rows,
    ImportMapping? Mapping,
    string? Saved,
    IReadOnlyList<ImportColumn> Columns,
    IReadOnlyList<ImportField> Fields,
    IReadOnlyList<string> Types,
    IReadOnlyList<ImportPreview> Preview,
    IReadOnlyList<string> Notes,
    ImportProgress Progress,
    ImportProgress? Check);

/// <summary>How rows become events: the same document for files, polled systems and <c>import --map</c>.</summary>
/// <param name="Source">Source of the events made, such as "/import/registrations".</param>
/// <param name="Type">Event type of each row.</param>
/// <param name="TimeZone">Zone of times without one.</param>
/// <param name="DateFormat">Such as "M/d/yyyy", "excel" for serial numbers; null reads ISO 8601. A time may follow or not.</param>
/// <param name="DecimalMoney">Amounts are in whole units with decimals (190.00), not in cents.</param>
/// <param name="Columns">Column name to field: "subject", "time", "id", or a field of the type; columns left out are kept as extra.</param>
/// <param name="Ignore">Columns that are left behind.</param>
/// <param name="Dates">Column name to date format, where it differs from <paramref name="DateFormat"/>.</param>
/// <param name="DecimalMark">"." or ","; null sees it from each number.</param>
/// <param name="Values">Field to what it is in every row, such as "costKind" to "promotion".</param>
/// <param name="Words">Field of codes to the file's words and the codes that they mean.</param>
/// <param name="When">Which rows become the event; null means all.</param>
/// <param name="Skip">Rows that are left out on purpose.</param>
/// <param name="Also">Further events of the same row: its payment, its guardian, its cancellation.</param>
/// <param name="Encoding">utf-8, utf-16, utf-16be, windows-1252 or iso-8859-15; null finds out.</param>
/// <param name="Delimiter">What stands between cells; null finds out.</param>
/// <param name="SkipRows">Rows above the header; null finds out.</param>
public sealed record ImportMapping(
    string Source,
    string Type,
    string TimeZone,
    string? DateFormat,
    bool DecimalMoney,
    IReadOnlyDictionary<string, string> Columns,
    IReadOnlyList<string>? Ignore,
    IReadOnlyDictionary<string, string>? Dates = null,
    string? DecimalMark = null,
    IReadOnlyDictionary<string, string>? Values = null,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? Words = null,
    ImportCondition? When = null,
    ImportCondition? Skip = null,
    IReadOnlyList<ImportAlso>? Also = null,
    string? Encoding = null,
    string? Delimiter = null,
    int? SkipRows = null);

/// <summary>Holds for a row whose cell is one of these, whatever their case; "" is an empty cell, "*" any that is not.</summary>
public sealed record ImportCondition(string Column, IReadOnlyList<string> Is);

/// <summary>
/// Another event of a row. Person, time, and names, keys and codes that both types have are those of the row's own event unless a column here says otherwise;
/// none of its own columns filled means no event.
/// </summary>
public sealed record ImportAlso(string Type, IReadOnlyDictionary<string, string> Columns, IReadOnlyDictionary<string, string>? Values = null, ImportCondition? When = null);

/// <summary>A mapping under a name, with the versions that it had.</summary>
public sealed record SavedMapping(string Name, int Version, long SavedAt, string? SavedBy, ImportMapping Mapping, IReadOnlyList<SavedVersion> Versions);

public sealed record SavedVersion(int Version, long SavedAt, string? SavedBy);

public sealed record SaveMapping(string Name);

public sealed record ImportColumn(string Name, IReadOnlyList<string> Samples, string? Field, string Why);

public sealed record ImportField(string Name, string Description, bool Required);

/// <param name="Line">Line of the file, from 1.</param>
/// <param name="Column">Column that is at fault.</param>
public sealed record ImportPreview(long Line, JsonElement? Event, string? Field, string? Reason, string? Accepted, string? Column = null);

/// <param name="Rate">Rows a second.</param>
/// <param name="Skipped">Rows that the mapping leaves out on purpose.</param>
/// <param name="Types">How many events of each type the rows became.</param>
/// <param name="Refusals">The first rows that were refused; all of them are in the file of refused rows.</param>
public sealed record ImportProgress(
    ImportPhase Phase,
    long Bytes,
    long Rows,
    long Events,
    long Duplicates,
    long Refused,
    long Skipped,
    long? Participants,
    double Rate,
    double? SecondsLeft,
    string? Problem,
    IReadOnlyList<ImportTypeCount> Types,
    IReadOnlyList<ImportPreview> Refusals);

public sealed record ImportTypeCount(string Type, long Events);
