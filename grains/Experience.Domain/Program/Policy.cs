using Experience.Domain.Events;

namespace Experience.Domain.Programs;

/// <summary>What may be refunded before a meeting: percent of what was paid.</summary>
public sealed record RefundLine(int BeforeMeeting, int Percent);

/// <summary>What staff may decide without asking. Money in minor units.</summary>
public sealed record DeskPowers(long FullRefundUpTo, bool FullRefundWhenOurs, bool FreeTransfer, long CreditUpTo);

/// <summary>Restraint with what is put before people.</summary>
public sealed record OfferLimits(int PerTransaction, int EveryDays, int Flags, int Needs);

/// <summary>How many people staff can call, so that alerts are as many as somebody answers.</summary>
/// <param name="CallsPerDay">People of the day's call list; learned flags are raised for as many as a fortnight's calls reach.</param>
/// <param name="QuietDays">Whoever was called is not on the list again for so many days.</param>
public sealed record AlertLimits(int CallsPerDay, int QuietDays)
{
    public static AlertLimits Default { get; } = new(15, 14);
}

/// <summary>Goals, in hundredths of their unit (4.0 is 400; 50 % is 5000).</summary>
public sealed record Goals(int Service, int RepeatRate, int RefundRate, int CancellationRate);

/// <summary>Points of each group of the score; they sum to 100.</summary>
public sealed record ScoreWeights(int Satisfaction, int Effort, int Engagement, int Loyalty);

/// <summary>
/// The policy in force: everything about scores, flags, needs and goals that a program may set. Immutable; a new one is
/// published by <c>policy.published</c> and takes effect for everyone at once.
/// </summary>
public sealed class Policy
{
    public const int MaxRefundLines = 8;
    public const int MaxHolidays = 400;

    private readonly RuleSettings[] _rules;

    internal Policy(
        string program,
        string currency,
        string timeZone,
        OfficeCalendar office,
        TermCalendar terms,
        Goals goals,
        ScoreWeights weights,
        IReadOnlyList<RefundLine> refunds,
        DeskPowers desk,
        OfferLimits offers,
        AlertLimits alerts,
        ConsentRules consent,
        RuleSettings[] rules,
        string json)
    {
        Program = program;
        Currency = currency;
        TimeZone = timeZone;
        Office = office;
        Terms = terms;
        Goals = goals;
        Weights = weights;
        Refunds = refunds;
        Desk = desk;
        Offers = offers;
        Alerts = alerts;
        Consent = consent;
        _rules = rules;
        Json = json;
    }

    /// <summary>Counted by the program's fold from 1, the built-in one; enters receipts, not the document.</summary>
    public int Version { get; internal init; } = 1;

    public string Program { get; }

    /// <summary>ISO 4217 code of the folder's one currency.</summary>
    public string Currency { get; }

    /// <summary>As the document names it. Civil days are those of the folder's zone, which is fixed when a folder is made.</summary>
    public string TimeZone { get; }

    public OfficeCalendar Office { get; }

    public TermCalendar Terms { get; }

    public Goals Goals { get; }

    public ScoreWeights Weights { get; }

    public IReadOnlyList<RefundLine> Refunds { get; }

    public DeskPowers Desk { get; }

    public OfferLimits Offers { get; }

    public AlertLimits Alerts { get; }

    /// <summary>What holds for each purpose until a person has spoken.</summary>
    public ConsentRules Consent { get; }

    public IdentityRules Identity { get; internal init; } = IdentityRules.Default;

    /// <summary>The whole document with every default written out, so that editing starts from what is in force.</summary>
    public string Json { get; }

    public RuleSettings this[RuleId rule] => _rules[(int)rule];

    /// <summary>The built-in policy of a program that published none.</summary>
    public static Policy Default(string program, string currency, string timeZone) =>
        PolicyDocument.Parse("{}"u8, program, currency, timeZone, out _)!;

    /// <summary>Reads a document strictly; what it leaves out is the default. Null, and why, when it is refused.</summary>
    public static Policy? Parse(ReadOnlySpan<byte> json, out DocumentError? error) =>
        PolicyDocument.Parse(json, "The program", "USD", "UTC", out error);

    internal Policy WithVersion(int version) =>
        new(Program, Currency, TimeZone, Office, Terms, Goals, Weights, Refunds, Desk, Offers, Alerts, Consent, _rules, Json) { Version = version, Identity = Identity };

    internal static int MaxBytes => EventLimits.MaxDocumentBytes;
}
