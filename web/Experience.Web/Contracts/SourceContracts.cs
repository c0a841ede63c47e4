namespace Experience.Web.Contracts;

// What the API says about sources, refused events and webhooks. Instants are milliseconds since 1970 UTC.

/// <summary>What became of an event that was refused.</summary>
public enum LetterState
{
    Open,

    /// <summary>Sent again, corrected or as it was, and taken.</summary>
    Sent,
    Dismissed,

    /// <summary>The source itself sent the same event again, and it was taken.</summary>
    Mended,
}

/// <summary>An event that was refused.</summary>
/// <param name="LastAt">When the same event came last.</param>
/// <param name="Times">How often it came.</param>
/// <param name="Way">events, stream, segment, xapi, caliper, hook, csv or poll.</param>
/// <param name="Event">Its id, where it could be read.</param>
/// <param name="Place">A hook's name, a file and its line, a kind of message.</param>
/// <param name="Field">Where it is wrong.</param>
/// <param name="Reason">What is wrong there; null when the letter is closed.</param>
/// <param name="Cut">The body was too long to be kept whole: it cannot be sent again from here.</param>
public sealed record LetterSummary(
    long Id,
    LetterState State,
    long At,
    long LastAt,
    int Times,
    string Way,
    string Source,
    string? Event,
    string? Type,
    string? Subject,
    string? Place,
    string Field,
    string? Reason,
    string? Accepted,
    int Bytes,
    bool Cut,
    long? ClosedAt,
    string? By);

/// <param name="Body">As it came, as text; null when it is closed, or when what it was sealed under is gone.</param>
/// <param name="Editable">It can be corrected and sent again here.</param>
public sealed record LetterView(LetterSummary Letter, string? Body, bool Editable);

/// <summary>Open letters that are wrong in the same way.</summary>
public sealed record LetterGroup(string Source, string Way, string Field, int Count, long LastAt);

/// <param name="Open">Open letters.</param>
/// <param name="Next">Id to give as <c>after</c> for the next page.</param>
public sealed record LettersPage(long Open, long Bytes, long MaxOpen, long MaxBytes, int Days, IReadOnlyList<LetterGroup> Groups, IReadOnlyList<LetterSummary> Letters, long? Next);

/// <param name="Body">The corrected body; null sends it as it came.</param>
/// <param name="Check">Only says what would become of it.</param>
public sealed record LetterSend(string? Body, bool? Check);

/// <summary>Which letters: some by id, or all open ones of a source, way and field.</summary>
/// <param name="Set">Values to set in each body before it is sent, by JSON Pointer: {"/data/desk": "West"}.</param>
public sealed record LettersRequest(
    IReadOnlyList<long>? Ids,
    string? Source,
    string? Way,
    string? Field,
    IReadOnlyDictionary<string, System.Text.Json.JsonElement>? Set);

/// <param name="Events">Events that the body meant.</param>
public sealed record LetterAnswer(long Id, EventOutcome Outcome, int Events, string? Field, string? Reason, string? Accepted);

/// <param name="Left">Letters of the same choice that are still open: ask again.</param>
public sealed record LettersAnswer(int Sent, int Refused, int Left, IReadOnlyList<LetterAnswer> Results);

public sealed record LettersDismissed(int Dismissed, int Left);

/// <summary>A flag about a source, raised once for each cause.</summary>
/// <param name="Kind">"silence".</param>
/// <param name="Since">When the cause began: the last event before the silence.</param>
public sealed record SourceAlert(string Id, string Source, string Kind, long Since, long RaisedAt, long? EndedAt);

/// <summary>What every page shows of the sources.</summary>
/// <param name="Letters">Refused events that wait.</param>
public sealed record SourcesNotice(long Letters, IReadOnlyList<SourceAlert> Open);

public sealed record FieldCount(string Field, long Count);

/// <param name="Of">Events of the type that were looked at.</param>
public sealed record MissingField(string Type, string Field, long Missing, long Of);

/// <summary>When it normally speaks.</summary>
/// <param name="Learned">Two weeks were seen: silence is judged.</param>
/// <param name="Shares">The share of weeks in which it spoke, for each hour of the week from Monday 00:00 on the program's clock; null while nothing was seen of that hour.</param>
public sealed record SourceRhythm(bool Learned, long HoursSeen, IReadOnlyList<double?> Shares);

/// <summary>A polled system that a source's events come from.</summary>
/// <param name="State">waiting, running, paused, failing, held or stopped.</param>
/// <param name="Failures">Polls that failed in a row.</param>
/// <param name="Problem">Why the last one failed, or what is held back.</param>
public sealed record SourcePoll(string Name, string State, long? LastSuccessAt, long? LastTriedAt, long? NextAt, int Failures, string? Problem);

/// <param name="Key">active, revoked, every (a key for every source serves it) or none.</param>
/// <param name="Minute">Events of the last minute, hour, day; refused ones and duplicates included.</param>
/// <param name="LagMedian">From the event's time to its receipt, in ms, over the last one to two hours, of events that were sent as they happened; half of them were faster. Null when there was none.</param>
/// <param name="LagHigh">95 of 100 were faster.</param>
/// <param name="Ahead">How far event times lay ahead of their receipt at most, in ms: the sender's clock is at least so much ahead.</param>
/// <param name="LastAt">When something came in last.</param>
/// <param name="LastEvent">Time of the newest event.</param>
/// <param name="History">Of the accepted, those that had not just happened: from files, backfills, or more than 48 hours late. They count as no lag.</param>
/// <param name="NotKept">Refused events that are in no list, because it was full.</param>
/// <param name="Open">Refused events that wait.</param>
/// <param name="QuietUntil">Until when silence is expected.</param>
/// <param name="Polls">The systems that are polled for it.</param>
public sealed record SourceView(
    string Name,
    IReadOnlyList<string> Ways,
    string Key,
    bool Import,
    long Minute,
    long Hour,
    long Day,
    double? LagMedian,
    double? LagHigh,
    long Ahead,
    long? FirstAt,
    long? LastAt,
    long? LastEvent,
    long Accepted,
    long History,
    long Duplicates,
    long Refused,
    long NotKept,
    long Open,
    IReadOnlyList<FieldCount> Refusals,
    IReadOnlyList<MissingField> Missing,
    SourceRhythm Rhythm,
    SourceAlert? Alert,
    long? QuietUntil,
    IReadOnlyList<SourcePoll> Polls);

/// <param name="Since">Since when this server listens.</param>
/// <param name="Alerts">Open ones, then the newest that ended.</param>
public sealed record SourcesView(long Since, long Letters, IReadOnlyList<SourceView> Sources, IReadOnlyList<SourceAlert> Alerts);

/// <param name="Until">Milliseconds since 1970 UTC until which silence is expected; null ends that. Far ahead means for good.</param>
public sealed record QuietRequest(string Source, long? Until);

public sealed record SourceRequest(string Source);

/// <summary>A webhook.</summary>
/// <param name="Mapping">What its payloads mean; docs/ways-in.md has the form.</param>
/// <param name="Taken">Calls since the server started.</param>
/// <param name="Unsigned">Calls since the server started whose sender could not prove itself.</param>
public sealed record HookView(string Name, int Version, long At, string By, System.Text.Json.JsonElement Mapping, long Taken, long Unsigned, long? LastUnsignedAt);

/// <param name="Secret">The sender's secret; left out, the one that is there stays, or one is made.</param>
public sealed record HookRequest(System.Text.Json.JsonElement Mapping, string? Secret);

/// <param name="Secret">Shown once, when one was made.</param>
public sealed record HookPut(string Name, int Version, string? Secret);

public sealed record HookVersion(int Version, long At, string By, System.Text.Json.JsonElement Mapping);

public sealed record HookPayload(long Id, long At, string Body, IReadOnlyDictionary<string, string> Headers);

/// <param name="Mapping">The one to try; left out, the one in force.</param>
/// <param name="Payload">The payload to try; left out, that of <paramref name="PayloadId"/> or the last.</param>
public sealed record HookTest(System.Text.Json.JsonElement? Mapping, string? Payload, long? PayloadId, IReadOnlyDictionary<string, string>? Headers);

/// <param name="Event">As it would be sent to /v1/events.</param>
public sealed record HookTestedEvent(System.Text.Json.JsonElement Event, string? Field, string? Reason, string? Accepted);

/// <param name="Field">What is wrong with the payload as a whole, or null.</param>
public sealed record HookTested(IReadOnlyList<HookTestedEvent> Events, string? Field, string? Reason);

/// <summary>What a sender of webhooks is told. Refused events wait in the list of refused events.</summary>
public sealed record HookAnswer(int Events, int Accepted, int Duplicates, int Refused, string? Field, string? Reason);
