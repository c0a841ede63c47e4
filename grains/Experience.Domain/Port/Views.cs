using Experience.Domain.Models.Reports;

namespace Experience.Domain.Port;

// What the pages show. Records, serialised as camelCase JSON; the TypeScript types are generated from them.
// Instants are milliseconds since 1970 UTC (what a browser counts in), money is minor units, ratings are numbers 1–5.
// A missing value is null and is shown as "not measured"; it is never 0.

/// <summary>How a value stands: a shape, a word and a colour on screen.</summary>
public enum Standing
{
    None,
    Good,
    Watch,
    Bad,
}

/// <summary>How many measurements stand behind a value.</summary>
public enum Measured
{
    Yes,
    TooFew,
    No,
}

/// <summary>One person's live context at a desk.</summary>
/// <param name="Id">Opaque id of the person, 32 hexadecimal digits.</param>
/// <param name="AsOf">The moment everything on the card is computed for.</param>
/// <param name="History">Judged as of the end of an imported history, not of now.</param>
public sealed record CardView(
    string Id,
    long AsOf,
    bool History,
    PersonHeader Person,
    SayFirst? SayFirst,
    IReadOnlyList<CurrentSection> Sections,
    IReadOnlyList<WaitView> Waits,
    MoneyView Money,
    IReadOnlyList<DissatisfierView> Dissatisfiers,
    IReadOnlyList<PromiseView> Promises,
    IReadOnlyList<FlagView> Flags,
    IReadOnlyList<NeedView> Needs,
    ScoreView? Score,
    ValueView? Value,
    IReadOnlyList<HouseholdMember> Household,
    IReadOnlyList<JourneyLine> Journey,
    Decision Decide,
    TransactionView? Transaction,
    MoreView More)
{
    /// <summary>What we may do for each purpose, and by which channel.</summary>
    public IReadOnlyList<ConsentView> Consent { get; init; } = [];

    /// <summary>The certificate of one's own that was planned; null when none was.</summary>
    public PlanSummary? Plan { get; init; }

    /// <summary>What the household paid in all; null where nobody else belongs to it, and for somebody under 18.</summary>
    public HouseholdWorth? HouseholdWorth { get; init; }
}

/// <param name="Purpose">service, offers, research or sharing.</param>
/// <param name="May">By at least one channel.</param>
/// <param name="Text">Such as "Yes, not by e-mail: consent given".</param>
public sealed record ConsentView(string Purpose, string Title, bool May, string Text, IReadOnlyList<ContactView> Channels);

/// <param name="Stated">The person spoke of this channel itself.</param>
public sealed record ContactView(string Channel, bool May, bool Stated);

/// <summary>What guardian and children paid together. They stay people of their own: nothing of one is counted as another's.</summary>
/// <param name="NetPaid">Sum of what each of them paid, net, to date; what a guardian paid for a child is the guardian's.</param>
public sealed record HouseholdWorth(int People, long NetPaid);

/// <param name="BirthYear">For the verify chip; null when not known.</param>
/// <param name="PhoneEnd">The last four digits, for the verify chip.</param>
/// <param name="Minor">Under 18: no score and no value are shown, and the guardian is addressed.</param>
/// <param name="Tenure">Such as "9th term with us", or "since May 2024".</param>
public sealed record PersonHeader(
    string PreferredName,
    string FamilyName,
    int? BirthYear,
    string? PhoneEnd,
    bool Minor,
    string? Tenure,
    IReadOnlyList<PersonLink> Guardians,
    IReadOnlyList<PersonLink> Children,
    string? Employer,
    IReadOnlyList<SourceKey> Keys);

public sealed record SourceKey(string Source, string Key);

public sealed record PersonLink(string Id, string Name, int? Age);

/// <summary>The one sentence to say first, and why.</summary>
/// <param name="Kind">dissatisfier, promise, section, need or thanks.</param>
public sealed record SayFirst(string Kind, string Words, string Because, RuleReceipt Rule);

/// <summary>The rule that decided, and the facts that it decided on.</summary>
public sealed record RuleReceipt(string Rule, string Title, int PolicyVersion, string Formula, IReadOnlyList<EventReceipt> Events);

/// <summary>A fact that counted, as the journey shows it.</summary>
/// <param name="Event">Public hash of (source, id), 32 hexadecimal digits; null when only the state, not the event, is at hand.</param>
public sealed record EventReceipt(string? Event, string Type, long At, string Text);

public sealed record CurrentSection(
    string Section,
    string Title,
    string? Status,
    Standing Standing,
    long? NextMeeting,
    long? Starts,
    string? Room,
    string? Mode,
    string? Instructor,
    long? InstructorChangedAt,
    int? Attended,
    int? MeetingsSoFar,
    IReadOnlyList<SectionChoice> CouldMove);

public sealed record SectionChoice(string Section, string Title, string? Meets, int Seats);

public sealed record WaitView(string Section, string Title, int? Place, int Waiting, long Since, string? Note);

/// <param name="Refundable">What may be refunded today, with the policy's line; null when nothing may.</param>
public sealed record MoneyView(string Currency, long Balance, long? BalanceDueAt, long Credit, RefundView? Refundable);

public sealed record RefundView(long Amount, string Section, string Title, string Line, string? OurChange, long? OurAmount, string? Registration);

/// <param name="DueAt">When the next update is due; past it, the clock is over.</param>
public sealed record DissatisfierView(string Complaint, string Title, string? About, string? Department, bool EasilyFixable, long OpenedAt, long DueAt, bool Past);

public sealed record PromiseView(string Promise, string Title, string? Staff, string? Desk, long DueAt, bool Late);

/// <param name="Cause">Names the cause; answers send it back.</param>
/// <param name="Answer">offered, accepted, declined or acknowledged; null while open.</param>
/// <param name="By">Who says so: "by rule", or "learned, version 3, trained to 1 November 2026".</param>
public sealed record FlagView(string Rule, string Cause, string Title, string Detail, string Words, Standing Standing, string Severity, long Since, string? Answer, RuleReceipt Receipt, string By);

/// <param name="Held">Why it is not to be offered now; null when it may be.</param>
/// <param name="Service">A service to the person, which comes before an offer.</param>
public sealed record NeedView(string Rule, string Cause, string Title, string Detail, string Words, bool Service, long Since, string? Answer, string? Held, RuleReceipt Receipt);

/// <param name="Value">0–100; null when fewer than two groups are measured: "not enough yet".</param>
/// <param name="Reasons">Largest first; the card shows three.</param>
/// <param name="Trend">Score at the end of each of the last months and now, oldest first; null where not enough was known.</param>
public sealed record ScoreView(double? Value, IReadOnlyList<ScoreGroup> Groups, IReadOnlyList<ScoreReason> Reasons, ScoreChange? Change, string? MoveMost, IReadOnlyList<double?> Trend);

public sealed record ScoreGroup(string Name, double? Points, int Of);

public sealed record ScoreReason(double Points, string Text, string Group, RuleReceipt Receipt);

public sealed record ScoreChange(double Points, long Since);

/// <param name="NetPaid">Net paid to date by this person.</param>
/// <param name="Recent">Net paid in the current civil month and the 23 before.</param>
/// <param name="Expected">Expected margin of the next five years, discounted at 10 % a year; null while there is not enough history.</param>
/// <param name="Lifetime">Net paid − <see cref="Costs"/> + <paramref name="Expected"/>; null with it.</param>
public sealed record ValueView(long NetPaid, long Recent, long? Expected, long? Lifetime, string Note)
{
    /// <summary>Costs of terms, each divided by the people kept in it; null when none were recorded.</summary>
    public long? Costs { get; init; }

    /// <summary>Eight in ten such people bring between this much from now on …</summary>
    public long? Low { get; init; }

    /// <summary>… and this much: purchases and what each brings both vary.</summary>
    public long? High { get; init; }

    /// <summary>Purchases expected within five years, not discounted; terms with one, where the policy names terms.</summary>
    public double? Purchases { get; init; }

    public ActivityView? Activity { get; init; }

    /// <summary>Such as "MBG/NBD, fitted 22 Nov from 2,357 people".</summary>
    public string? Model { get; init; }
}

/// <summary>How likely it is that the person is not lost: now, and as it went since the newest purchase and will go on in silence.</summary>
/// <param name="Active">0–1, now.</param>
/// <param name="UsualGapDays">The person's own rhythm: the mean time between purchase days; null below two of them.</param>
/// <param name="SilentDays">Days since the newest purchase.</param>
/// <param name="Points">From the newest purchase to some usual gaps after it, in order of time.</param>
public sealed record ActivityView(double Active, double? UsualGapDays, int SilentDays, IReadOnlyList<ActivityPoint> Points);

public sealed record ActivityPoint(long At, double Active);

/// <summary>The learned models. A kind without <see cref="ModelView.Name"/> has not enough history, and says why.</summary>
/// <param name="Fitting">A fit runs at this moment.</param>
public sealed record ModelsView(IReadOnlyList<ModelView> Models, bool Fitting);

/// <param name="Kind">value, risk.withdrawal, risk.dissatisfaction or needs.</param>
/// <param name="Name">The model in force; null when none is.</param>
/// <param name="Note">What became of the newest attempt, when it gave no model.</param>
/// <param name="From">First day of what was learned from, such as 2024-01-01.</param>
/// <param name="Scored">What the figures of <paramref name="Scores"/> are.</param>
public sealed record ModelView(
    string Kind,
    string? Name,
    int Version,
    long? FittedAt,
    string? From,
    string? To,
    long People,
    string? Note,
    string? Scored,
    IReadOnlyList<ModelScoreView> Scores);

/// <summary>One candidate, and how it did on what it had not seen.</summary>
public sealed record ModelScoreView(string Model, bool Chosen, IReadOnlyList<FigureView> Figures, string? Note);

public sealed record FigureView(string Name, double Value);

/// <param name="Report">The table that it was chosen by, then what its trainer shows; where there is no model, why.</param>
public sealed record ModelReportView(ModelView Model, BacktestReport Report);

public sealed record HouseholdMember(string Id, string Name, string Role, int? Age, string? Now);

/// <param name="Phase">before, at or after the sale; staff or engine lines say so.</param>
public sealed record JourneyLine(string Event, long At, string Phase, string Type, string Text, string? Detail, string Source, bool Voided);

/// <summary>What the person at the desk may decide without asking.</summary>
public sealed record Decision(string Text, IReadOnlyList<DeskAction> Actions);

/// <param name="Key">R, T, C, P or H.</param>
public sealed record DeskAction(string Key, string Label, bool Enabled, string? Reason);

public sealed record TransactionView(string Transaction, string Kind, string? Section, string? Staff, string? Desk, long OpenedAt);

/// <summary>What stands behind a click.</summary>
public sealed record MoreView(IReadOnlyList<string> Segments, string Lifecycle, bool Best, double? ActiveProbability, double? Nps, string? Goal, long Facts);

public sealed record JourneyPage(string Id, IReadOnlyList<JourneyLine> Lines, string? Next);

/// <summary>One segment's board, or that of a <see cref="BoardScope"/>.</summary>
/// <param name="Segment">The scope as it was asked for.</param>
/// <param name="Term">Such as "Fall 2026, week 12"; null when the calendar names no terms.</param>
public sealed record BoardView(string Segment, string Title, long AsOf, bool History, string? Term, long People, string Currency, IReadOnlyList<Tile> Tiles);

/// <summary>
/// One figure. Words are composed by the server, numbers formatted by the client by <paramref name="Unit"/>:
/// score (1–5), percent (0–100), count, money (minor units) or hours.
/// </summary>
/// <param name="Value">Null when too few or not measured.</param>
/// <param name="Qualifier">Beside the value: "of 61 open", "so far".</param>
/// <param name="Detail">Line below the value: n, interval, split.</param>
/// <param name="People">Name of the list that it opens to, for <c>/v1/people?list=</c>; null when there is none.</param>
public sealed record Tile(
    string Id,
    string Title,
    string Unit,
    double? Value,
    Measured Measured,
    string? Qualifier,
    Standing Standing,
    string? StandingText,
    string? Detail,
    long? N,
    double? Low,
    double? High,
    Trend? Trend,
    long AsOf,
    Formula Formula,
    string? People,
    IReadOnlyList<TileRow> Rows);

/// <param name="Kind">line, bars or funnel.</param>
/// <param name="Reference">A goal or last year, drawn dashed; one value or as many as points.</param>
public sealed record Trend(string Kind, IReadOnlyList<double?> Points, IReadOnlyList<double?>? Reference, string Caption, IReadOnlyList<string> Labels);

public sealed record Formula(string Text, string Window, string Source);

/// <summary>A row of a tile's own table: the desks of the service score.</summary>
public sealed record TileRow(string Name, double? Value, long N, Measured Measured, Standing Standing, string StandingText, double? Low, double? High, string? People);

/// <summary>A list of people. Rows are ordered by the list's own urgency.</summary>
/// <param name="List">risk, needs, complaints, answers, segment, refunds, waitlist, calls or changes.</param>
public sealed record PeoplePage(string List, string Title, long Total, IReadOnlyList<PersonRow> Rows, string? Next, AnswerHistogram? Histogram);

/// <param name="Answer">The rating, where the list is of answers.</param>
public sealed record PersonRow(string Id, string Name, Standing Standing, string StandingText, string Why, long Since, long? Value, double? Answer, string? Words, bool Minor)
{
    /// <summary>By which channels the person may be spoken to, where the list is one to reach people by: "at the counter, by phone".</summary>
    public string? Contact { get; init; }
}

/// <summary>How many answered 1, 2, 3, 4 and 5.</summary>
public sealed record AnswerHistogram(IReadOnlyList<long> Counts, string Note);

/// <param name="Match">What matched, for the eye: a masked e-mail or the end of a phone number.</param>
public sealed record SearchHit(string Id, string Name, int? BirthYear, string? Match, string? Detail);

/// <param name="Ready">The index is complete; otherwise results may miss people.</param>
public sealed record SearchResult(IReadOnlyList<SearchHit> Hits, bool Ready);

/// <summary>The keyed set of open flags and needs, newest first.</summary>
public sealed record OpenFlagsView(long AsOf, long Total, long High, IReadOnlyList<OpenFlag> Flags);

public sealed record OpenFlag(string Person, string Name, string Rule, string Cause, string Title, Standing Standing, long Since, string? Answer);

/// <summary>The program as the pages need it: places and names to choose from, and what is in force.</summary>
public sealed record ProgramView(
    string Name,
    string Currency,
    string TimeZone,
    bool Sample,
    int PolicyVersion,
    IReadOnlyList<SegmentItem> Segments,
    IReadOnlyList<NamedItem> Desks,
    IReadOnlyList<NamedItem> Staff,
    IReadOnlyList<NamedItem> Categories,
    IReadOnlyList<NamedItem> Departments,
    IReadOnlyList<NamedItem> Programs);

/// <param name="Kind">everyone, market, lifecycle, best or own.</param>
/// <param name="Rule">The rule as a JSON document; null where the rule is code, which <paramref name="Description"/> tells.</param>
/// <param name="Description">The rule in words; null where <paramref name="Rule"/> says it.</param>
public sealed record SegmentItem(string Id, string Title, long? Count, string Kind, string? Rule, string? Description);

public sealed record NamedItem(string Id, string Title, long? Count);

/// <summary>
/// What is left of a person's data, found by looking, not by remembering: after <c>participant.erased</c> nothing is readable. Measures stay, without a name, so that
/// sums stay right.
/// </summary>
/// <param name="ErasedAt">The time of the erasure; null for somebody who was not erased.</param>
/// <param name="KeyDestroyed">The secret under which everything personal was sealed is gone, from memory and from its file.</param>
/// <param name="ImagesRenewed">No saved image of memory that can be opened is older than the erasure.</param>
/// <param name="Searchable">Something of the person is still found by search.</param>
/// <param name="Records">Records of the person in the journal.</param>
/// <param name="Sealed">Those with a sealed part.</param>
/// <param name="Readable">Sealed parts that can still be opened: 0 after an erasure.</param>
public sealed record ErasureView(string Id, long? ErasedAt, bool KeyDestroyed, bool ImagesRenewed, bool Searchable, long Records, long Sealed, long Readable)
{
    /// <summary>Nothing personal can be read any more.</summary>
    public bool Complete => ErasedAt is not null && KeyDestroyed && ImagesRenewed && !Searchable && Readable == 0;
}
