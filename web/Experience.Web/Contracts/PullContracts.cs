namespace Experience.Web.Contracts;

/// <summary>How a system that cannot push is asked for its table.</summary>
/// <param name="Kind">"json" or "csv" over HTTP, or "folder": files that somebody puts into a folder of the inbox.</param>
/// <param name="Address">The URL, or the folder's name in the inbox.</param>
/// <param name="Rows">JSON Pointer to the list of rows; null where the document is the list, or holds one.</param>
/// <param name="Next">JSON Pointer to the address of the next page; a Link header with rel="next" is followed without it.</param>
/// <param name="Key">Columns that say which row it is.</param>
/// <param name="Snapshot">Each answer is the whole table, so a row that is missing has vanished; otherwise rows are only added and changed.</param>
/// <param name="Changed">What becomes of a row that changed: "correct" undoes what it said before and says it anew, "add" says it anew, "ignore".</param>
/// <param name="Saved">Name of the saved mapping to use; null for <paramref name="Mapping"/>.</param>
/// <param name="Vanished">The event of a row that vanished, such as registration.dropped; null for none.</param>
/// <param name="EveryMinutes">1 to 10,080.</param>
/// <param name="Auth">"none", "bearer", "basic" (the secret is user:password), or "header:NAME".</param>
public sealed record PullSettings(
    string Kind,
    string Address,
    string? Rows,
    string? Next,
    IReadOnlyList<string> Key,
    bool Snapshot,
    string? Changed,
    string? Saved,
    ImportMapping? Mapping,
    ImportAlso? Vanished,
    int EveryMinutes,
    string? Auth,
    bool Paused);

/// <param name="Secret">Kept sealed and never shown again; null keeps the one there is, "" forgets it.</param>
public sealed record PullPut(PullSettings Settings, string? Secret);

/// <summary>What one poll did.</summary>
/// <param name="Unchanged">The system said that nothing changed since the last one.</param>
/// <param name="Refused">Rows of the table that are refused as they stand.</param>
/// <param name="Held">Rows that are missing and were held back, because they are too many at once.</param>
public sealed record PullResult(long At, bool Unchanged, long Rows, long Appeared, long Changed, long Vanished, long Refused, long Held, long Events, long Duplicates, long Bytes, IReadOnlyList<ImportPreview> Refusals);

/// <param name="State">waiting, running, paused, failing, held or stopped (the sample is shown).</param>
public sealed record PullView(
    string Name,
    PullSettings Settings,
    bool HasSecret,
    string State,
    long? LastTriedAt,
    long? LastSuccessAt,
    long? NextAt,
    int Failures,
    string? Problem,
    PullResult? Last);

/// <summary>One look at a system, recording nothing: its columns, a guess, and what its first rows would become.</summary>
public sealed record PullLook(long Rows, IReadOnlyList<ImportColumn> Columns, ImportMapping Mapping, IReadOnlyList<string> Notes, IReadOnlyList<ImportPreview> Preview);
