using System.Text.Json;
using Experience.Domain.Port;

namespace Experience.Web.Contracts;

// What the API says beside the views of the port. Instants are milliseconds since 1970 UTC, money is minor units.
// The TypeScript types of the client are generated from these records (see ContractWriter).

/// <summary>What became of one event.</summary>
public enum EventOutcome
{
    Accepted,
    Duplicate,
    Refused,
}

public enum FrameKind
{
    Snapshot,
    Delta,
}

public enum SamplePhase
{
    None,
    Filling,
    Streaming,
    Failed,
}

/// <summary>One message of the live hub, method "frame".</summary>
/// <param name="Topic">card:{id}, board:{segment}, flags, status or arrivals.</param>
/// <param name="Epoch">Changes when the server starts counting anew; frames of another epoch say nothing about this one.</param>
/// <param name="Sequence">Ascends by one with each delta; a snapshot stands at its sequence.</param>
/// <param name="Body">The whole view, or the changed top-level properties; of a board's tiles the changed ones.</param>
public sealed record LiveFrame(string Topic, long Epoch, long Sequence, FrameKind Kind, JsonElement Body);

/// <summary>What Watch answers.</summary>
public sealed record WatchAnswer(string Topic, long Epoch, long Sequence);

/// <summary>A problem as RFC 9457 has it, with the field that is at fault.</summary>
/// <param name="Field">JSON path of the field, such as "time" or "data.service".</param>
/// <param name="Accepted">What is accepted there.</param>
public sealed record ProblemView(string Type, string Title, int Status, string? Detail, string? Instance, string? Field, string? Accepted);

/// <summary>What became of one event of a request.</summary>
/// <param name="Index">Place in the batch, or line of the stream, from 0.</param>
public sealed record EventAnswer(long Index, string? Source, string? Id, EventOutcome Outcome, string? Field, string? Reason, string? Accepted);

/// <summary>Totals of a request, and an answer for each event of a batch.</summary>
public sealed record BatchAnswer(long Events, long Accepted, long Duplicates, long Refused, bool DryRun, IReadOnlyList<EventAnswer> Results);

public sealed record StatusView(
    bool Ready,
    bool SearchReady,
    string? Reason,
    long Events,
    long People,
    long? FirstEventAt,
    long? LastEventAt,
    bool Sample,
    SampleView SampleProgram,
    string Version,
    SourcesNotice Sources);

/// <summary>How far the sample program is.</summary>
public sealed record SampleView(SamplePhase Phase, long Done, long Total, string? Problem);

public sealed record SampleRequest(int? People, int? Years, double? Speed, int? Seed);

/// <summary>What the start page shows.</summary>
/// <param name="Empty">Nobody is known yet.</param>
/// <param name="Key">A fresh key for the first event; null when there are people already.</param>
public sealed record StartView(
    bool Empty,
    bool Sample,
    string Address,
    bool LoopbackOnly,
    string DataFolder,
    string TimeZone,
    string Currency,
    string? Key,
    string? Curl,
    string Version);

public sealed record StartSettings(string? TimeZone, string? Currency, string? Name);

/// <summary>An event as it came in, newest first; for the start page's "listening".</summary>
/// <param name="Person">Id of the person it is about, when accepted.</param>
public sealed record ArrivalView(long At, string? Source, string? Id, string? Type, string? Subject, EventOutcome Outcome, string? Field, string? Reason, string? Accepted, string? Person);

/// <param name="Events">Events that came in since the server started.</param>
public sealed record ArrivalsView(long Events, IReadOnlyList<ArrivalView> Recent);

public sealed record PersonRef(string Id);

/// <summary>What staff did at the desk.</summary>
/// <param name="Id">Made by the client once for each action, and sent again with each retry: it counts once.</param>
/// <param name="Action">
/// offered, accepted, declined, acknowledged, complaintOpened, complaintUpdated, complaintResolved, promiseMade, promiseKept,
/// promiseBroken, consentGranted, consentRevoked, contactAllowed, contactRefused, delight, note, thanks, refundRequested, transfer, transactionOpened, transactionClosed.
/// </param>
/// <param name="Due">Milliseconds since 1970 UTC.</param>
/// <param name="Staff">Member of staff who is thanked.</param>
public sealed record ActionRequest(
    string Id,
    string Action,
    string? Rule,
    string? Cause,
    string? Complaint,
    string? Category,
    string? Department,
    bool? EasilyFixable,
    bool? Access,
    string? Fault,
    string? Promise,
    string? Section,
    string? ToSection,
    string? Registration,
    string? Transaction,
    string? Kind,
    string? Outcome,
    string? Channel,
    string? Reason,
    string? Title,
    string? Words,
    string? Staff,
    long? Amount,
    long? Due)
{
    /// <summary>What consent is about: service, offers, research or sharing.</summary>
    public string? Purpose { get; init; }
}

public sealed record ActionReceipt(EventOutcome Outcome, string Event, string? Complaint, string? Promise);

/// <summary>A certificate of one's own to save; without courses the plan is given up.</summary>
/// <param name="Id">Made by the client once for each saving, and sent again with each retry: it counts once.</param>
/// <param name="Goal">job, promotion, licence, degree, hobby, company, other, or null.</param>
public sealed record PlanRequest(string Id, string Title, string? Goal, IReadOnlyList<string> Courses);

/// <summary>What became of a table of occupations.</summary>
/// <param name="Refused">Rows that were refused; <paramref name="Refusals"/> has the first of them.</param>
/// <param name="Unknown">Courses of the links that the catalogue does not have, the first of them: nobody sees such a link until the course is published.</param>
public sealed record OccupationImport(int Occupations, int Links, int Refused, IReadOnlyList<OccupationRefusal> Refusals, IReadOnlyList<string> Unknown);

/// <param name="Line">Line of the file, from 1.</param>
public sealed record OccupationRefusal(long Line, string Field, string Reason, string Accepted);

/// <param name="Alias">Another name of the same organisation.</param>
public sealed record AliasRequest(string Alias);

public sealed record PolicyAnswer(int Version, JsonElement Document);

/// <param name="Rule">The rule as JSON; null for segments whose rule is code.</param>
/// <param name="Description">The rule in words where it is code.</param>
public sealed record SegmentAnswer(string Id, string Title, long? Count, JsonElement? Rule, string? Description);

public sealed record SegmentPut(string Title, JsonElement Rule);

/// <param name="MayErase">The key may send <c>participant.erased</c>; without it it may not.</param>
public sealed record KeyRequest(string Source, string? TimeZone, bool? MayErase = null);

/// <param name="Key">Shown once: only its hash is kept.</param>
public sealed record KeyCreated(string Id, string Source, string TimeZone, bool MayErase, string Key);

public sealed record KeyInfo(string Id, string Source, string TimeZone, long CreatedAt, long? RevokedAt, bool MayErase);

/// <summary>Asks for a person's data to be erased, for good.</summary>
/// <param name="Confirm">The participant's id again, so that nobody is erased by a slip.</param>
public sealed record EraseRequest(string Confirm, string? Reason);

/// <summary>What somebody says of two keys.</summary>
/// <param name="Id">Made by the client once for each answer, so that a retry counts once.</param>
/// <param name="Answer">same or different.</param>
public sealed record SameAnswer(string Id, string Answer, SourceKey First, SourceKey Second, string? Reason);

/// <param name="Outcome">accepted, or duplicate when it was said before.</param>
/// <param name="Person">Whom the first key belongs to now.</param>
public sealed record SameReceipt(EventOutcome Outcome, string Person);

/// <summary>Whose a voice is.</summary>
/// <param name="Id">Made by the client once for each answer, so that a retry counts once.</param>
/// <param name="Person">The participant's id; left out, it is nobody's (any more).</param>
public sealed record VoiceAnswer(string Id, SourceKey Voice, string? Person, string? Reason);

/// <param name="Outcome">accepted, or duplicate when it was said before.</param>
public sealed record VoiceReceipt(EventOutcome Outcome, VoiceView Voice);

/// <summary>People who state an e-mail address, a phone or a student number.</summary>
public sealed record IdentityAnswer(IReadOnlyList<string> People);

public sealed record SchemaSummary(string Type, string Family, string Description, bool FromOutside);
