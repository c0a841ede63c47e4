using System.Runtime.InteropServices;
using Experience.Domain.Programs;

namespace Experience.Domain.Assessments;

/// <summary>
/// What boards sum and lists sort by, of one person: integers only, so that sums are exact in any order. Unmanaged and at most
/// 256 bytes, because a shard keeps one for everybody. Instants are µs, 0 where there is none.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct RowMeasures
{
    public const int MaxSize = 256;

    /// <summary>One bit a segment, by <see cref="CompiledSegment.Bit"/>.</summary>
    public ulong Segments { get; set; }

    /// <summary>Desk of the newest annual answer on service within 12 months.</summary>
    public ulong ServiceDesk { get; set; }

    /// <summary>Desk of the newest transactional answer on service within 12 months.</summary>
    public ulong TransactionalDesk { get; set; }

    /// <summary>Desk of the open complaint that is due first.</summary>
    public ulong ComplaintDesk { get; set; }

    /// <summary>Reason of the newest refund of the term.</summary>
    public ulong RefundReason { get; set; }

    public long NetPaid { get; set; }

    /// <summary>Net paid in the current civil month and the 23 before.</summary>
    public long RecentNetPaid { get; set; }

    /// <summary>When the first complaint past its clock was due.</summary>
    public long OldestOverdue { get; set; }

    /// <summary>When the next answer to an open complaint is due, past or not.</summary>
    public long ComplaintDue { get; set; }

    public long RiskSince { get; set; }

    public long NeedSince { get; set; }

    public long RefundAt { get; set; }

    public long WaitSince { get; set; }

    /// <summary>When the newest service answer (annual, else transactional) was given.</summary>
    public long AnswerAt { get; set; }

    public long LastFactAt { get; set; }

    public int FirstPurchaseDay { get; set; }

    public int LastPurchaseDay { get; set; }

    /// <summary>Hundredths, 0–10,000; −1 while fewer than two groups are measured.</summary>
    public int Score { get; set; }

    public RowMarks Marks { get; set; }

    /// <summary>Years; −1 when not known.</summary>
    public short Age { get; set; }

    /// <summary>Distinct terms in which something was kept.</summary>
    public short TermsKept { get; set; }

    /// <summary>Newest annual answer on service within 12 months, hundredths; 0 when there is none.</summary>
    public ushort ServiceAnswer { get; set; }

    /// <summary>Newest transactional answer on service within 12 months, hundredths; 0 when there is none.</summary>
    public ushort TransactionalAnswer { get; set; }

    /// <summary>Registrations for the term that pace is about.</summary>
    public ushort Pace { get; set; }

    /// <summary>Registrations for the term a year earlier, up to the same day.</summary>
    public ushort PaceBefore { get; set; }

    /// <summary>Confirmed registrations of the newest term that started.</summary>
    public ushort TermConfirmed { get; set; }

    /// <summary>Of those, refunds that the person asked for.</summary>
    public ushort TermRefunds { get; set; }

    /// <summary>Needs that were raised in 30 days, and are open or were answered.</summary>
    public ushort NeedsRaised { get; set; }

    public ushort NeedsOffered { get; set; }

    public ushort NeedsAccepted { get; set; }

    /// <summary>Needs accepted in the 30 days before the last 30.</summary>
    public ushort NeedsAcceptedBefore { get; set; }

    public ushort Registrations { get; set; }

    /// <summary>
    /// The highest learned chance of something that a call could prevent, 1/10,000; 0 where nothing is learned, or it does not apply.
    /// </summary>
    public ushort Chance { get; set; }

    public byte Risks { get; set; }

    public byte HighRisks { get; set; }

    public byte Needs { get; set; }

    public byte ComplaintsOpen { get; set; }

    public byte ComplaintsPast { get; set; }

    public byte ComplaintsPastEasy { get; set; }

    public byte Waiting { get; set; }

    /// <summary>Place in <see cref="SegmentSet.LifecycleKeys"/>.</summary>
    public byte Lifecycle { get; set; }

    /// <summary><see cref="RuleId"/> of the flag that lists show first.</summary>
    public byte TopRisk { get; set; }

    /// <summary><see cref="RuleId"/> of the need that lists show first.</summary>
    public byte TopNeed { get; set; }

    /// <summary><see cref="RuleId"/> of what <see cref="Chance"/> is of.</summary>
    public byte ChanceOf { get; set; }

    public readonly bool Minor => (Marks & RowMarks.Minor) != 0;

    public readonly bool Best => (Marks & RowMarks.Best) != 0;
}

/// <summary>Yes-or-no measures of a row. "Before" is the same season a year earlier, up to the same day.</summary>
[Flags]
public enum RowMarks
{
    None = 0,
    Minor = 1,
    Best = 2,

    /// <summary>Kept in the term that the repeat rate is about, contract seats left out.</summary>
    KeptBase = 4,

    /// <summary>Of those, kept in the next main term too.</summary>
    Repeated = 8,
    KeptBaseBefore = 16,
    RepeatedBefore = 32,

    /// <summary>Kept 13–24 months ago.</summary>
    KeptPast = 64,

    /// <summary>Of those, kept in the last 12 months too.</summary>
    Retained = 128,

    /// <summary>Kept 25–36 months ago, and of those in the 12 months after: attrition a year ago.</summary>
    KeptPastBefore = 256,
    RetainedBefore = 512,

    /// <summary>Kept in the term that costs are about.</summary>
    KeptCosts = 1024,

    /// <summary>Paid anything, ever.</summary>
    Paid = 2048,

    /// <summary>Computed as of the end of an imported history.</summary>
    History = 4096,

    /// <summary>The newest refund was asked for because of us.</summary>
    RefundOurs = 8192,

    /// <summary>The person's data were erased: counted, and in no list.</summary>
    Erased = 16384,

    /// <summary>Somebody took care of a flag within the policy's quiet days: not on the day's call list.</summary>
    Called = 32768,

    /// <summary>Not to be telephoned, even for a service: not on the call list.</summary>
    NoCalls = 65536,
}
