using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>
/// Everything about one person that scores, flags, needs, segments and boards are computed from: the fold of the person's
/// facts in the order of their <see cref="Stamp"/>s. One reusable instance a shard: at rest a person is bytes, never objects,
/// and the objects of the lists are reused from one person to the next, so none may be kept beyond the next <see cref="Clear"/>.
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

    /// <summary>Guardians of one person.</summary>
    public const int MaxGuardians = 6;
    public const int MaxInquiries = 8;
    public const int MaxRefunds = 8;
    public const int MaxUnplaced = 8;
    public const int MaxPayingOrganisations = 8;

    /// <summary>The newest fact that was folded: a fact after it is in order.</summary>
    public Stamp Last { get; set; }

    public long FirstAt { get; set; }

    /// <summary>Facts folded, without voided ones.</summary>
    public long Facts { get; set; }

    /// <summary>When the person's data were erased, µs; 0 when they were not. From then on nothing personal is taken up, whenever it happened.</summary>
    public long ErasedAt { get; set; }

    public Profile Profile { get; } = new();

    /// <summary>Sections that the person took, newest confirmation last.</summary>
    public List<Registration> Registrations { get; } = [];

    /// <summary>What the catalogue said of the registrations when they were assessed last. Not part of the state; knows itself whether it still holds.</summary>
    internal Assessments.KnownPlaces Places { get; } = new();

    /// <summary>Registrations confirmed in all, those that left the list included.</summary>
    public int RegistrationsConfirmed { get; set; }

    /// <summary>
    /// When a registration last became another one in place (moved to another section or key, or taken up again); 0 when none did. A late
    /// fact from before that moment cannot be placed, so it means a refold.
    /// </summary>
    public long RegistrationsMovedAt { get; set; }

    /// <summary>
    /// Money that names a registration which is not known: its confirmation takes it up when it comes (both often carry the same
    /// time, in either order).
    /// </summary>
    public List<UnplacedMoney> Unplaced { get; } = [];

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

    /// <summary>The certificate of one's own that was planned last, if any.</summary>
    public CertificatePlan Plan { get; } = new();

    public List<CredentialExpiry> Credentials { get; } = [];

    public List<TopicAt> UnmatchedSearches { get; } = [];

    public List<TopicAt> Inquiries { get; } = [];

    public List<TopicAt> Expectations { get; } = [];

    public List<ElsewhereReport> Elsewhere { get; } = [];

    /// <summary>What staff answered to needs and flags, oldest first.</summary>
    public List<Reply> Replies { get; } = [];

    /// <summary>The transaction that is open now, if any.</summary>
    public OpenTransaction? Transaction { get; set; }

    /// <summary>How much the person is in the desk's mind: 2 while they are being served, 1 while an answer or a promise is owed to them, else 0.</summary>
    public int Pressing => Transaction is not null ? 2 : Complaints.Exists(static c => c.Open) || Promises.Exists(static p => p.Open) ? 1 : 0;

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
public sealed partial class Registration
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

    /// <summary>Activity online in this section: how often, and when last.</summary>
    public int Activities { get; set; }

    public long LastActivityAt { get; set; }

    /// <summary>Graded work: how many pieces had a grade, the sum of grades in hundredths of a percent, how many were not passed.</summary>
    public int Grades { get; set; }

    public long GradeSum { get; set; }

    public int NotPassed { get; set; }

    /// <summary>Fully refunded: no longer kept. Where no payment named the seat, its fee stands for what was paid.</summary>
    public bool FullyRefunded => Refunded > 0 && Refunded >= (Paid > 0 ? Paid : Fee);

    /// <summary>The definition of "kept": confirmed; not fully refunded, cancelled by us, dropped or moved away.</summary>
    public bool Kept => Status is RegistrationStatus.Confirmed or RegistrationStatus.Completed or RegistrationStatus.Withdrawn && !FullyRefunded;

    internal void Reset()
    {
        Key = 0;
        Section = 0;
        Course = 0;
        Term = 0;
        Program = 0;
        ConfirmedAt = 0;
        Status = default;
        StatusAt = 0;
        Fee = 0;
        Paid = 0;
        Refunded = 0;
        PayerOrganisation = 0;
        PaidByOther = false;
        RefundAskedAt = 0;
        OurFault = false;
        Present = 0;
        Absent = 0;
        AbsentRunning = 0;
        LastMeetingAt = 0;
        Rating = 0;
        RatingAt = 0;
        Activities = 0;
        LastActivityAt = 0;
        Grades = 0;
        GradeSum = 0;
        NotPassed = 0;
    }
}

public sealed partial class Wait
{
    public ulong Section { get; set; }

    public ulong Course { get; set; }

    public long Since { get; set; }

    public int Place { get; set; }

    public long OfferedAt { get; set; }

    /// <summary>When it ended: registered, left or ran out; 0 while waiting.</summary>
    public long EndedAt { get; set; }

    internal void Reset()
    {
        Section = 0;
        Course = 0;
        Since = 0;
        Place = 0;
        OfferedAt = 0;
        EndedAt = 0;
    }
}

/// <summary>Sums over all facts; windows are civil months.</summary>
public sealed partial class MoneyTotals
{
    /// <summary>Paid by this person, for whomever, minus refunds to this person.</summary>
    public long NetPaid { get; set; }

    public long Refunded { get; set; }

    /// <summary>Paid by an organisation for this person: value of the organisation.</summary>
    public long PaidByOrganisations { get; set; }

    /// <summary>The same by organisation, ascending by its name's hash: the first <see cref="PersonState.MaxPayingOrganisations"/> that ever paid for the person.</summary>
    public List<(ulong Organisation, long Net)> ByOrganisation { get; } = [];

    /// <summary>Owed now: the newest stated balance less what was paid since.</summary>
    public long Balance { get; set; }

    /// <summary>When it is due, as stated; 0 when that was not said.</summary>
    public long BalanceDueAt { get; set; }

    /// <summary>When the balance was last stated; 0 when never.</summary>
    public long BalanceStatedAt { get; set; }

    public long Credit { get; set; }

    /// <summary>The organisation that last paid, or took a seat, for this person; 0 when the person or another person did.</summary>
    public ulong LatestPayerOrganisation { get; set; }

    /// <summary>When anybody last paid, or an organisation took a seat, for this person.</summary>
    public long LatestPaymentAt { get; set; }

    /// <summary>Payments made by this person, for whomever.</summary>
    public int Payments { get; set; }

    /// <summary>Net paid by civil month (months since 1970-01), ascending, newest <see cref="PersonState.MaxMonths"/>.</summary>
    public List<(int Month, long Net)> Months { get; } = [];

    internal void Reset()
    {
        NetPaid = 0;
        Refunded = 0;
        PaidByOrganisations = 0;
        ByOrganisation.Clear();
        Balance = 0;
        BalanceDueAt = 0;
        BalanceStatedAt = 0;
        Credit = 0;
        LatestPayerOrganisation = 0;
        LatestPaymentAt = 0;
        Payments = 0;
        Months.Clear();
    }
}

/// <summary>
/// Sufficient statistics of buy-till-you-die models: purchases of one civil day count as one. A purchase is a confirmed
/// registration, or a payment that names no registration or section.
/// </summary>
public sealed partial class PurchaseStatistics
{
    public int FirstDay { get; set; }

    public int LastDay { get; set; }

    /// <summary>Distinct days with a purchase; repeats are this − 1.</summary>
    public int Days { get; set; }

    /// <summary>Spend on the first day: the spend model counts repeats only.</summary>
    public long FirstDaySpend { get; set; }

    /// <summary>Everything that this person paid, for whomever, before refunds.</summary>
    public long Spend { get; set; }

    public long Quantity { get; set; }

    /// <summary>Σ ln(days between neighbouring purchase days), in millionths.</summary>
    public long SumLogGaps { get; set; }

    /// <summary>Newest distinct purchase days, ascending; the last is <see cref="LastDay"/>.</summary>
    public List<int> RecentDays { get; } = [];

    internal void Reset()
    {
        FirstDay = 0;
        LastDay = 0;
        Days = 0;
        FirstDaySpend = 0;
        Spend = 0;
        Quantity = 0;
        SumLogGaps = 0;
        RecentDays.Clear();
    }
}

/// <summary>One answered survey; hundredths, 0 where the question was not answered; NPS is value + 1.</summary>
public sealed partial class SurveyAnswer
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

    internal void Reset()
    {
        Stamp = default;
        Survey = -1;
        Service = 0;
        Competent = 0;
        Pleasant = 0;
        Easy = 0;
        Course = 0;
        Csat = 0;
        NpsPlusOne = 0;
        Ces = 0;
        Section = 0;
        Staff = 0;
        Desk = 0;
        HasText = false;
    }
}

public sealed partial class Complaint
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

    internal void Reset()
    {
        Key = "";
        Category = 0;
        Department = 0;
        Section = 0;
        Desk = 0;
        Title = 0;
        EasilyFixable = false;
        Access = false;
        OurFault = false;
        OpenedAt = 0;
        FirstAnswerAt = 0;
        UpdatedAt = 0;
        StatedDue = 0;
        ResolvedAt = 0;
    }
}

public sealed partial class PromiseMade
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

    internal void Reset()
    {
        Key = "";
        Title = 0;
        Staff = 0;
        Desk = 0;
        Section = 0;
        MadeAt = 0;
        DueAt = 0;
        KeptAt = 0;
        BrokenAt = 0;
    }
}

public sealed partial class CertificateProgress
{
    public ulong Certificate { get; set; }

    public int Completed { get; set; }

    public int Required { get; set; }

    public long ProgressedAt { get; set; }

    public long AwardedAt { get; set; }

    /// <summary>The course that is missing, when exactly one is and it was named.</summary>
    public ulong NextCourse { get; set; }

    internal void Reset()
    {
        Certificate = 0;
        Completed = 0;
        Required = 0;
        ProgressedAt = 0;
        AwardedAt = 0;
        NextCourse = 0;
    }
}

/// <summary>A certificate that the person makes of courses; empty when there is no plan.</summary>
public sealed class CertificatePlan
{
    public const int MaxCourses = 16;

    public ulong Certificate { get; set; }

    /// <summary>In the order of the plan.</summary>
    public List<ulong> Courses { get; } = [];

    public long PlannedAt { get; set; }

    internal void Reset()
    {
        Certificate = 0;
        Courses.Clear();
        PlannedAt = 0;
    }
}

public sealed partial class CredentialExpiry
{
    public ulong Credential { get; set; }

    /// <summary>The day was never stated: only hours were earned towards it.</summary>
    public const int NotStated = int.MaxValue;

    /// <summary>Last valid civil day, or <see cref="NotStated"/>.</summary>
    public int ExpiresDay { get; set; } = NotStated;

    /// <summary>Hundredths of an hour.</summary>
    public long HoursRequired { get; set; }

    public long HoursEarned { get; set; }

    public long StatedAt { get; set; }

    internal void Reset()
    {
        Credential = 0;
        ExpiresDay = NotStated;
        HoursRequired = 0;
        HoursEarned = 0;
        StatedAt = 0;
    }
}

/// <summary>An entry of a list in order of time.</summary>
public interface IDated
{
    /// <summary>µs since 1970 UTC.</summary>
    long At { get; }
}

public readonly record struct TopicAt(ulong Topic, long At) : IDated;

public readonly record struct ElsewhereReport(ulong Provider, ulong Topic, int Count, long At) : IDated;

public readonly record struct RefundAsked(long At, ulong Section, ulong Reason, bool OurFault) : IDated;

/// <summary>Money for a registration that is not known (yet).</summary>
public readonly record struct UnplacedMoney(ulong Registration, ulong Section, long Paid, long Refunded, ulong PayerOrganisation, bool PaidByOther);

public enum ReplyKind : byte
{
    Offered,
    Accepted,
    Declined,
    Acknowledged,
}

/// <summary>An answer to a need or flag, by the rule and the cause that the card named.</summary>
public readonly record struct Reply(ulong Rule, ulong Cause, ReplyKind Kind, long At, ulong Staff, ulong Transaction) : IDated;

public sealed record OpenTransaction(ulong Key, int Kind, ulong Section, ulong Staff, ulong Desk, long OpenedAt);
