using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>
/// Everything about one person that scores, flags, needs, segments and boards are computed from: the fold of the person's
/// facts in the order of their <see cref="Stamp"/>s. One reusable instance a shard: at rest a person is bytes
/// , never objects.
/// </summary>
/// <remarks>
/// Times are µs since 1970 UTC, days are civil days since 1970-01-01 in the program's zone, money is minor units, ratings are
/// hundredths, names and keys are public 64-bit hashes (<see cref="SipHash.Name"/>), 0 is "none". Nothing in it depends on
/// the folder, on internal ids or on the order of arrival, so its bytes are hashed as they are.
/// Every list has a cap; the oldest leave first, and the counters beside keep what they stood for.
/// </remarks>
public sealed partial class PersonState
{
    public const int MaxRegistrations = 64;
    public const int MaxWaits = 16;
    public const int MaxAnswers = 16;
    public const int MaxComplaints = 16;
    public const int MaxPromises = 16;
    public const int MaxReplies = 24;
    public const int MaxCertificates = 8;
    public const int MaxCredentials = 4;
    public const int MaxSearches = 8;
    public const int MaxElsewhere = 8;
    public const int MaxExpectations = 8;
    public const int MaxMonths = 36;
    public const int MaxPurchaseDays = 32;
    public const int MaxHousehold = 12;

    /// <summary>The newest fact that was folded: a fact after it is in order.</summary>
    public Stamp Last { get; set; }

    public long FirstAt { get; set; }

    /// <summary>Facts folded, without voided ones.</summary>
    public long Facts { get; set; }

    public Profile Profile { get; } = new();

    /// <summary>Sections that the person took, newest confirmation last.</summary>
    public List<Registration> Registrations { get; } = [];

    /// <summary>Registrations confirmed in all, those that left the list included.</summary>
    public int RegistrationsConfirmed { get; set; }

    /// <summary>When a registration for somebody else (a child) was last paid or made by this person.</summary>
    public long LastForOthersAt { get; set; }

    public List<Wait> Waits { get; } = [];

    public MoneyTotals Money { get; } = new();

    public PurchaseStatistics Purchases { get; } = new();

    /// <summary>Answered surveys, oldest first.</summary>
    public List<SurveyAnswer> Answers { get; } = [];

    public List<Complaint> Complaints { get; } = [];

    public List<PromiseMade> Promises { get; } = [];

    public List<CertificateProgress> Certificates { get; } = [];

    public List<CredentialExpiry> Credentials { get; } = [];

    public List<TopicAt> UnmatchedSearches { get; } = [];

    public List<TopicAt> Inquiries { get; } = [];

    public List<TopicAt> Expectations { get; } = [];

    public List<ElsewhereReport> Elsewhere { get; } = [];

    /// <summary>What staff answered to needs and flags, oldest first.</summary>
    public List<Reply> Replies { get; } = [];

    /// <summary>The transaction that is open now, if any.</summary>
    public OpenTransaction? Transaction { get; set; }

    public int Delights { get; set; }

    public long LastDelightAt { get; set; }

    public int PromisesKept { get; set; }

    public int PromisesBroken { get; set; }

    public int Referrals { get; set; }

    public int Notes { get; set; }

    /// <summary>Refund requests at, oldest first, at most 8.</summary>
    public List<RefundAsked> Refunds { get; } = [];

    public long LastActivityAt { get; set; }

    public int Activities { get; set; }

    /// <summary>Contact hours in hundredths.</summary>
    public long ContactHours { get; set; }

    /// <summary>When the person was last spoken to about an offer.</summary>
    public long LastOutreachAt { get; set; }
}

/// <summary>Who the person is: sealed facts only. Each value is the newest one stated.</summary>
public sealed class Profile
{
    public string GivenName { get; set; } = "";

    public string FamilyName { get; set; } = "";

    public string PreferredName { get; set; } = "";

    public string Email { get; set; } = "";

    public string Phone { get; set; } = "";

    public string PostalCode { get; set; } = "";

    public string StudentId { get; set; } = "";

    /// <summary>Civil day of birth; <see cref="int.MinValue"/> when not known.</summary>
    public int BirthDay { get; set; } = int.MinValue;

    public ulong Organisation { get; set; }

    /// <summary>Keys (at the person's own source) of children whose guardian this person is.</summary>
    public List<string> Children { get; } = [];

    /// <summary>Key of the guardian, or empty.</summary>
    public string Guardian { get; set; } = "";

    /// <summary>One bit a purpose, by its code; set means granted.</summary>
    public int ConsentGranted { get; set; }

    /// <summary>One bit a purpose, by its code; set means stated at all.</summary>
    public int ConsentStated { get; set; }

    /// <summary>Code of <see cref="Fields.Goal"/>, or −1.</summary>
    public int Goal { get; set; } = -1;

    public long GoalAt { get; set; }

    /// <summary>Code of <see cref="Fields.Mode"/>, or −1.</summary>
    public int PreferredMode { get; set; } = -1;

    /// <summary>Code of <see cref="Fields.Channel"/>, or −1.</summary>
    public int PreferredChannel { get; set; } = -1;
}

public enum RegistrationStatus : byte
{
    Confirmed,
    Completed,
    Dropped,
    Withdrawn,
    CancelledByUs,
    Transferred,
}

/// <summary>One place in one section. Keyed by the registration's key, or by its section when it has none.</summary>
public sealed class Registration
{
    public ulong Key { get; set; }

    public ulong Section { get; set; }

    public ulong Course { get; set; }

    public ulong Term { get; set; }

    public ulong Program { get; set; }

    public long ConfirmedAt { get; set; }

    public RegistrationStatus Status { get; set; }

    /// <summary>When the status was last set.</summary>
    public long StatusAt { get; set; }

    /// <summary>Fee agreed, minor units; 0 when not stated.</summary>
    public long Fee { get; set; }

    public long Paid { get; set; }

    public long Refunded { get; set; }

    /// <summary>Organisation that pays the seat, or 0.</summary>
    public ulong PayerOrganisation { get; set; }

    /// <summary>Whether another person pays it.</summary>
    public bool PaidByOther { get; set; }

    public long RefundAskedAt { get; set; }

    /// <summary>The refund was asked for because of us.</summary>
    public bool OurFault { get; set; }

    public int Present { get; set; }

    public int Absent { get; set; }

    /// <summary>Unexcused absences in a row up to the newest meeting.</summary>
    public int AbsentRunning { get; set; }

    public long LastMeetingAt { get; set; }

    /// <summary>Newest rating of the course, hundredths, 0 when none.</summary>
    public int Rating { get; set; }

    public long RatingAt { get; set; }

    /// <summary>Fully refunded: no longer kept.</summary>
    public bool FullyRefunded => Refunded > 0 && Refunded >= Math.Max(Paid, 1);

    /// <summary>The definition of "kept": confirmed; not fully refunded, cancelled by us, dropped or moved away.</summary>
    public bool Kept => Status is RegistrationStatus.Confirmed or RegistrationStatus.Completed or RegistrationStatus.Withdrawn && !FullyRefunded;
}

public sealed class Wait
{
    public ulong Section { get; set; }

    public ulong Course { get; set; }

    public long Since { get; set; }

    public int Place { get; set; }

    public long OfferedAt { get; set; }

    /// <summary>When it ended: registered, left or ran out; 0 while waiting.</summary>
    public long EndedAt { get; set; }
}

/// <summary>Sums over all facts; windows are civil months.</summary>
public sealed class MoneyTotals
{
    /// <summary>Paid by this person, for whomever, minus refunds to this person.</summary>
    public long NetPaid { get; set; }

    public long Refunded { get; set; }

    /// <summary>Paid by an organisation for this person: value of the organisation.</summary>
    public long PaidByOrganisations { get; set; }

    /// <summary>Owed now: the newest stated balance less what was paid since.</summary>
    public long Balance { get; set; }

    public long BalanceDueAt { get; set; }

    public long Credit { get; set; }

    /// <summary>The organisation that paid last, or 0 when the person or another person did.</summary>
    public ulong LatestPayerOrganisation { get; set; }

    public long LatestPaymentAt { get; set; }

    public int Payments { get; set; }

    /// <summary>Net paid by civil month (months since 1970-01), ascending, newest <see cref="PersonState.MaxMonths"/>.</summary>
    public List<(int Month, long Net)> Months { get; } = [];
}

/// <summary>
/// Sufficient statistics of buy-till-you-die models: purchases of one civil day count as one. A purchase is a confirmed
/// registration, or a payment that names no registration or section.
/// </summary>
public sealed class PurchaseStatistics
{
    public int FirstDay { get; set; }

    public int LastDay { get; set; }

    /// <summary>Distinct days with a purchase; repeats are this − 1.</summary>
    public int Days { get; set; }

    /// <summary>Spend on the first day: the spend model counts repeats only.</summary>
    public long FirstDaySpend { get; set; }

    public long Spend { get; set; }

    public long Quantity { get; set; }

    /// <summary>Σ ln(days between neighbouring purchase days), in millionths.</summary>
    public long SumLogGaps { get; set; }

    /// <summary>Newest distinct purchase days, ascending.</summary>
    public List<int> RecentDays { get; } = [];
}

/// <summary>One answered survey; hundredths, 0 where the question was not answered; NPS is value + 1.</summary>
public sealed class SurveyAnswer
{
    public Stamp Stamp { get; set; }

    /// <summary>Code of <see cref="Fields.Survey"/>, or −1.</summary>
    public int Survey { get; set; } = -1;

    public int Service { get; set; }

    public int Competent { get; set; }

    public int Pleasant { get; set; }

    public int Easy { get; set; }

    public int Course { get; set; }

    public int Csat { get; set; }

    /// <summary>NPS answer + 1 (1–11), 0 when not asked.</summary>
    public int NpsPlusOne { get; set; }

    public int Ces { get; set; }

    public ulong Section { get; set; }

    public ulong Staff { get; set; }

    public ulong Desk { get; set; }

    /// <summary>Words were given.</summary>
    public bool HasText { get; set; }
}

public sealed class Complaint
{
    public string Key { get; set; } = "";

    public ulong Category { get; set; }

    public ulong Department { get; set; }

    public ulong Section { get; set; }

    public ulong Desk { get; set; }

    public ulong Title { get; set; }

    public bool EasilyFixable { get; set; }

    public bool Access { get; set; }

    public bool OurFault { get; set; }

    public long OpenedAt { get; set; }

    /// <summary>First update or resolution; 0 when none yet.</summary>
    public long FirstAnswerAt { get; set; }

    public long UpdatedAt { get; set; }

    /// <summary>When the next update is due, as stated; 0 when the policy's clock decides.</summary>
    public long StatedDue { get; set; }

    public long ResolvedAt { get; set; }

    public bool Open => ResolvedAt == 0;
}

public sealed class PromiseMade
{
    public string Key { get; set; } = "";

    public ulong Title { get; set; }

    public ulong Staff { get; set; }

    public ulong Desk { get; set; }

    public ulong Section { get; set; }

    public long MadeAt { get; set; }

    public long DueAt { get; set; }

    public long KeptAt { get; set; }

    public long BrokenAt { get; set; }

    public bool Open => KeptAt == 0 && BrokenAt == 0;
}

public sealed class CertificateProgress
{
    public ulong Certificate { get; set; }

    public int Completed { get; set; }

    public int Required { get; set; }

    public long ProgressedAt { get; set; }

    public long AwardedAt { get; set; }

    /// <summary>The course that is missing, when exactly one is and it was named.</summary>
    public ulong NextCourse { get; set; }
}

public sealed class CredentialExpiry
{
    public ulong Credential { get; set; }

    public int ExpiresDay { get; set; }

    /// <summary>Hundredths of an hour.</summary>
    public long HoursRequired { get; set; }

    public long HoursEarned { get; set; }

    public long StatedAt { get; set; }
}

public readonly record struct TopicAt(ulong Topic, long At);

public readonly record struct ElsewhereReport(ulong Provider, ulong Topic, int Count, long At);

public readonly record struct RefundAsked(long At, ulong Section, ulong Reason, bool OurFault);

public enum ReplyKind : byte
{
    Offered,
    Accepted,
    Declined,
    Acknowledged,
}

/// <summary>An answer to a need or flag, by the rule and the cause that the card named.</summary>
public readonly record struct Reply(ulong Rule, ulong Cause, ReplyKind Kind, long At, ulong Staff, ulong Transaction);

public sealed record OpenTransaction(ulong Key, int Kind, ulong Section, ulong Staff, ulong Desk, long OpenedAt);
