using Experience.Domain.Events;

namespace Experience.Domain.Port;

/// <summary>Who asks, from where, and why. Every call carries one: roles and the audit of looks stand on it.</summary>
/// <param name="Actor">Member of staff, source or command.</param>
/// <param name="Purpose">Such as "counter", "board", "ingest", "verify".</param>
public sealed record Access(string Actor, string? Desk, string Purpose)
{
    public static Access System(string purpose) => new("system", null, purpose);
}

/// <summary>What became of one fact of a batch.</summary>
public enum RecordOutcome : byte
{
    /// <summary>Durable, and counted once.</summary>
    Accepted,

    /// <summary>The same (source, id) was recorded before; nothing changed.</summary>
    Duplicate,

    /// <summary>The engine cannot take it, whoever asks again: it is an observation, or a limit of the folder is reached.</summary>
    Refused,
}

/// <summary>The outcome of each fact of a batch, in its order. Returned when the accepted ones are durable, never before.</summary>
public sealed record BatchReceipt(IReadOnlyList<RecordOutcome> Outcomes)
{
    public int Accepted => Outcomes.Count(o => o == RecordOutcome.Accepted);

    public int Duplicates => Outcomes.Count(o => o == RecordOutcome.Duplicate);
}

/// <summary>The engine cannot take the batch now; nothing of it was recorded that was not acknowledged. Ask again.</summary>
public sealed class EngineBusyException(string reason, TimeSpan retryAfter) : Exception(reason)
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>The engine is not ready, or its storage failed: nothing was acknowledged.</summary>
public sealed class EngineUnavailableException(string reason, Exception? inner = null) : Exception(reason, inner);

/// <param name="Ready">Events and queries are answered.</param>
/// <param name="Events">Facts recorded, observations not counted.</param>
public sealed record EngineStatus(bool Ready, bool SearchReady, string? Reason, long Events, long People, long? FirstEventAt, long? LastEventAt, bool Sample);

/// <param name="List">risk, needs, complaints, answers, segment, refunds, waitlist or calls: whom to call today, as many as the policy says that staff can.</param>
/// <param name="Segment">Only people of this segment, or of this <see cref="BoardScope"/>; "everyone" for all.</param>
/// <param name="Of">What the list is narrowed to: a desk for answers and complaints.</param>
public sealed record PeopleQuery(string List, string Segment, string? Of, string? After, int Limit);

/// <param name="AsOf">Recompute assessments for this moment as well (µs since 1970 UTC), and hash them; null compares states, and what stands on boards now.</param>
public sealed record VerifyOptions(long? AsOf);

/// <param name="Differences">
/// People whose kept state is not the fold of their journal or whose row is not its assessment, plus sums of boards and sections that are not the sums of all.
/// </param>
/// <param name="AssessmentHash">The same over all rows as of the moment that was asked for; equal where states, program and clocks of sources are.</param>
/// <param name="StateHash">Lower-case hexadecimal SHA-256 over all folded states; equal across engines, folders and orders.</param>
public sealed record VerifyReport(long Events, long Participants, long Differences, string StateHash, IReadOnlyList<string> Examples, string? AssessmentHash = null);

/// <summary>
/// The one port: record, query, watch. Both engines implement it and pass the same contract tests; the web layer knows
/// nothing else. A watch yields the current view first, atomically with its subscription, then the newest view after each
/// change; a slow reader skips views, never queues them.
/// </summary>
public interface IExperienceEngine : IAsyncDisposable
{
    EngineStatus Status { get; }

    /// <summary>Records a batch. Facts of one person keep their order of folding whatever their order here.</summary>
    /// <exception cref="EngineBusyException">A queue is full.</exception>
    /// <exception cref="EngineUnavailableException">Not ready, or the journal failed.</exception>
    ValueTask<BatchReceipt> RecordAsync(IReadOnlyList<Fact> batch, Access access, CancellationToken cancellation);

    /// <summary>The person of a (source, key), or null when nothing was ever recorded for it. Creates nothing.</summary>
    ValueTask<string?> FindAsync(string source, string key, CancellationToken cancellation);

    /// <summary>Whether the data of anybody who is known by one of these keys were erased. Creates nothing.</summary>
    ValueTask<bool> AnyErasedAsync(IReadOnlyList<SourceKey> keys, CancellationToken cancellation);

    ValueTask<CardView?> CardAsync(string person, Access access, CancellationToken cancellation);

    /// <summary>A page of the journey, newest first; <paramref name="after"/> is the last page's next.</summary>
    ValueTask<JourneyPage?> JourneyAsync(string person, string? after, int limit, Access access, CancellationToken cancellation);

    /// <param name="segment">A segment's key, or a <see cref="BoardScope"/> as text. Null is answered for one that there is not.</param>
    ValueTask<BoardView?> BoardAsync(string segment, Access access, CancellationToken cancellation);

    ValueTask<PeoplePage> PeopleAsync(PeopleQuery query, Access access, CancellationToken cancellation);

    ValueTask<SearchResult> SearchAsync(string text, int limit, Access access, CancellationToken cancellation);

    ValueTask<OpenFlagsView> FlagsAsync(Access access, CancellationToken cancellation);

    ValueTask<ProgramView> ProgramAsync(CancellationToken cancellation);

    /// <summary>The policy document in force, as JSON, and its version.</summary>
    ValueTask<(string Json, int Version)> PolicyAsync(CancellationToken cancellation);

    /// <summary>The catalogue with its numbers, of one term.</summary>
    /// <param name="term">A term's key; "all"; null for the newest main term that started. Null is answered for a term that the calendar has not.</param>
    ValueTask<CatalogueView?> CatalogueAsync(string? term, Access access, CancellationToken cancellation);

    /// <summary>One course with its offerings of a term; null for a course or a term that there is not.</summary>
    ValueTask<CourseView?> CourseAsync(string course, string? term, Access access, CancellationToken cancellation);

    /// <summary>A page of the organisations whose people come to us, or that engaged us.</summary>
    ValueTask<OrganisationsPage> OrganisationsAsync(OrganisationQuery query, Access access, CancellationToken cancellation);

    /// <summary>One organisation with its people; null when nothing is known of it.</summary>
    /// <param name="organisation">Its key, or any name of it.</param>
    ValueTask<OrganisationView?> OrganisationAsync(string organisation, Access access, CancellationToken cancellation);

    IAsyncEnumerable<OrganisationView> WatchOrganisationAsync(string organisation, Access access, CancellationToken cancellation);

    /// <summary>A certificate of one's own for a person, from courses taken and wanted; null when there is no such person.</summary>
    ValueTask<PlanView?> PlanAsync(string person, PlanQuery query, Access access, CancellationToken cancellation);

    /// <summary>The learned models in force, and what became of the newest attempt of each kind.</summary>
    ValueTask<ModelsView> ModelsAsync(Access access, CancellationToken cancellation);

    /// <summary>Fits every kind, or one, now, and answers when what was fitted is in force.</summary>
    ValueTask<ModelsView> FitAsync(string? kind, Access access, CancellationToken cancellation);

    /// <summary>How the model in force did on what it had not seen; null when there is no such kind.</summary>
    ValueTask<ModelReportView?> ModelReportAsync(string kind, Access access, CancellationToken cancellation);

    /// <summary>Fits every kind, or one, on the program's own history, says how that did, and puts nothing in force. Unknown kinds give nothing.</summary>
    ValueTask<IReadOnlyList<ModelReportView>> BacktestAsync(string? kind, Access access, CancellationToken cancellation);

    IAsyncEnumerable<CardView> WatchCardAsync(string person, Access access, CancellationToken cancellation);

    IAsyncEnumerable<BoardView> WatchBoardAsync(string segment, Access access, CancellationToken cancellation);

    IAsyncEnumerable<OpenFlagsView> WatchFlagsAsync(Access access, CancellationToken cancellation);

    /// <summary>
    /// What is left of a person's data; null when there is no such person. After a recorded <c>participant.erased</c> it waits until nothing personal is left in
    /// any file, and says what it found.
    /// </summary>
    ValueTask<ErasureView?> ErasureAsync(string person, Access access, CancellationToken cancellation);

    /// <summary>Recomputes every state from the journal and compares.</summary>
    ValueTask<VerifyReport> VerifyAsync(VerifyOptions options, IProgress<double>? progress, CancellationToken cancellation);
}
