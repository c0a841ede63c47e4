using Experience.Domain.Events;

namespace Experience.Domain.Programs;

/// <summary>The rules that raise flags and needs. The values enter cause hashes: append only, never reuse.</summary>
public enum RuleId : byte
{
    None,
    Silence,
    SecondTerm,
    LowRating,
    PastClock,
    Promise,
    NoShow,
    Attendance,
    Refund,
    WeCancelled,
    Waitlist,
    Certificate,
    Licence,
    FirstOnline,
    Advising,
    Job,
    Employer,
    NotOffered,
    Withdrawal,
    Dissatisfaction,
    Lapse,
    NextOffering,
    DeliveryMode,
    OwnCertificate,
}

/// <summary>One number of a rule that the policy may change.</summary>
public sealed record RuleParameter(string Name, int Default, int Min, int Max, string Description);

/// <summary>
/// One rule as the vocabulary of policies knows it: whether it is a risk or a need, what may be set, and how it is said.
/// In <see cref="Formula"/>, {name} stands for a parameter.
/// </summary>
public sealed record RuleDefinition(RuleId Id, string Key, string Title, bool Need, bool Service, string Formula, string Words, IReadOnlyList<RuleParameter> Parameters)
{
    /// <summary>What a reply names the rule by.</summary>
    public ulong Hash { get; } = SipHash.Name(Key);

    /// <summary>The formula with a policy's numbers in it.</summary>
    public string FormulaOf(RuleSettings settings)
    {
        var text = Formula;
        for (var i = 0; i < Parameters.Count; i++) text = text.Replace("{" + Parameters[i].Name + "}", settings[i].ToString(), StringComparison.Ordinal);
        return text;
    }
}

/// <summary>The rules of the product, in the order in which a policy and its page list them.</summary>
public static class Rules
{
    public static IReadOnlyList<RuleDefinition> All { get; } =
    [
        new(RuleId.Silence, "silence", "Gone quiet", Need: false, Service: false,
            "At least {kept} terms kept, then {missed} of the person's usual terms missed, counted when their registration closes; shown for {days} days.",
            "We missed you. What would make it easy to come back?",
            [
                new("kept", 3, 1, 40, "terms kept before"),
                new("missed", 2, 1, 12, "usual terms missed in a row"),
                new("days", 120, 1, 1_000, "days that it is shown"),
            ]),
        new(RuleId.SecondTerm, "second-term", "No second term yet", Need: false, Service: false,
            "The first section is over, and nothing {days} days after registration for the next main term opened, until that registration closes.",
            "How was your first class?",
            [new("days", 30, 1, 200, "days after registration opens")]),
        new(RuleId.LowRating, "low-rating", "Low rating", Need: false, Service: false,
            "The newest answer about a section, or about our service, is {high} or lower (high) or {medium} or lower (medium), within {days} days.",
            "You told us {about} fell short. Here is what we did.",
            [
                new("high", 2, 1, 5, "rating that is a high risk, 1–5"),
                new("medium", 3, 1, 5, "rating that is a medium risk, 1–5"),
                new("days", 180, 1, 1_000, "days that an answer counts"),
            ]),
        new(RuleId.PastClock, "past-clock", "Past the clock", Need: false, Service: false,
            "A complaint is open and neither resolved nor updated within {hours} h of office days; access problems within {accessHours} office hours.",
            "{about} is still open. That is ours; I am calling now.",
            [
                new("hours", 24, 1, 240, "hours, counted on office days"),
                new("accessHours", 4, 1, 80, "office hours, for what keeps a person out"),
            ]),
        new(RuleId.Promise, "promise", "Promise late", Need: false, Service: false,
            "A promise is neither kept nor broken {days} office day after it was due.",
            "We promised {about} and did not. I am sorry.",
            [new("days", 1, 0, 30, "office days after it was due")]),
        new(RuleId.NoShow, "no-show", "Missed the first meeting", Need: false, Service: false,
            "Absent from the first meeting and not yet seen, within {days} days.",
            "Hold your seat, or move to another day?",
            [new("days", 14, 1, 120, "days after the meeting")]),
        new(RuleId.Attendance, "attendance", "Missed meetings", Need: false, Service: false,
            "Absent without excuse from {missed} meetings running of a section that is on, within {days} days.",
            "Anything we can help with?",
            [
                new("missed", 2, 2, 20, "meetings missed running"),
                new("days", 21, 1, 120, "days after the last one"),
            ]),
        new(RuleId.Refund, "refund", "Refund", Need: false, Service: false,
            "A refund was asked for because of us, or was the {count}nd or later in {months} months; shown for {days} days. A plain drop is no risk.",
            "Would another section suit? Your choice.",
            [
                new("count", 2, 2, 20, "refunds that are a risk whoever was at fault"),
                new("months", 12, 1, 60, "months in which they are counted"),
                new("days", 60, 1, 1_000, "days that it is shown"),
            ]),
        new(RuleId.WeCancelled, "we-cancelled", "We cancelled", Need: false, Service: false,
            "We cancelled, and nothing was registered within {hours} h or since; shown for {days} days.",
            "We cancelled on you. May I hold a seat in another section?",
            [
                new("hours", 24, 1, 240, "hours after we cancelled"),
                new("days", 30, 1, 1_000, "days that it is shown"),
            ]),
        new(RuleId.Withdrawal, "withdrawal", "May not finish", Need: false, Service: false,
            "Learned from the program's own history: the chance of leaving a section, or of not completing it, is at least {percent} % and among the highest that staff have time for. No-show and missed meetings are the rules until there is enough history.",
            "How is {about} going? What would help?",
            [new("percent", 15, 1, 99, "lowest chance that is raised, in percent")]),
        new(RuleId.Dissatisfaction, "dissatisfaction", "May be unhappy with us", Need: false, Service: false,
            "Learned from the program's own history: the chance of a complaint, a rating of 2 or lower or a refund because of us within 60 days is at least {percent} % and among the highest that staff have time for. Low ratings and open clocks are the rules until there is enough history.",
            "How are things with us? Is there anything that we should put right?",
            [new("percent", 25, 1, 99, "lowest chance that is raised, in percent")]),
        new(RuleId.Lapse, "lapse", "May not come back", Need: false, Service: false,
            "By the fitted model of coming back, against the person's own rhythm: somebody who came back before, has been with us {days} days or more and has no place now is at most {percent} % likely to be still active; shown for {shown} days from then on. Where gone quiet holds it stands alone, and it is the rule until a model is fitted.",
            "We would like to see you again. What would make it easy to come back?",
            [
                new("percent", 25, 1, 99, "highest chance of being active that is raised, in percent"),
                new("days", 365, 1, 10_000, "days since the first purchase"),
                new("shown", 45, 1, 365, "days that it is shown"),
            ]),
        new(RuleId.Waitlist, "waitlist", "Waiting for a seat", Need: true, Service: true,
            "On a waiting list for {days} days, or with {before} days or less to the start.",
            "{about} has room on {when}.",
            [
                new("days", 7, 1, 200, "days on the list"),
                new("before", 14, 0, 200, "days before the start"),
            ]),
        new(RuleId.Certificate, "certificate", "One course left", Need: true, Service: false,
            "{left} course left of a certificate, and a section of it is open.",
            "One course and it is yours.",
            [new("left", 1, 1, 5, "courses left")]),
        new(RuleId.Licence, "licence", "Licence hours", Need: true, Service: true,
            "A licence expires within {days} days and hours are short.",
            "You need {hours} hours by {when}.",
            [new("days", 120, 1, 1_000, "days before it expires")]),
        new(RuleId.FirstOnline, "first-online", "First online class", Need: true, Service: true,
            "The first online section starts within {days} days.",
            "Let us test your log-in together.",
            [new("days", 3, 0, 60, "days before the start")]),
        new(RuleId.Advising, "advising", "Advising", Need: true, Service: true,
            "{subjects} subjects in 24 months and no plan, or back after a withdrawal; shown for {days} days after the registration.",
            "Fifteen minutes with an advisor, free?",
            [
                new("subjects", 3, 2, 20, "program areas"),
                new("days", 90, 1, 1_000, "days that it is shown"),
            ]),
        new(RuleId.Job, "job", "Job placement", Need: true, Service: true,
            "A certificate within {days} days, and the stated goal is a job.",
            "May I introduce you to placement?",
            [new("days", 30, 1, 1_000, "days after the certificate")]),
        new(RuleId.Employer, "employer", "Employer", Need: true, Service: false,
            "At least {people} people of one employer paid for themselves in 12 months.",
            "Would your employer like this on site?",
            [new("people", 3, 2, 1_000, "people who paid for themselves")]),
        new(RuleId.NotOffered, "not-offered", "Not offered here", Need: true, Service: true,
            "{count} like searches found nothing in {days} days.",
            "We do not teach it; I can tell you who does.",
            [
                new("count", 2, 2, 8, "like searches"),
                new("days", 30, 1, 1_000, "days in which they are counted"),
            ]),
        new(RuleId.NextOffering, "next-offering", "Next course", Need: true, Service: false,
            "Of the courses not taken yet, with a section open, the prerequisite met and the age right: the first by the learned ranking × benefit × acceptance. A course that was declined is not named again for {days} days; at most {courses} are named.",
            "{about} would follow on well from what you took. Shall I look for a seat?",
            [
                new("days", 365, 1, 1_000, "days that a declined course is not named"),
                new("courses", 2, 1, 5, "courses named at once"),
            ]),
        new(RuleId.DeliveryMode, "delivery-mode", "Another way of learning", Need: true, Service: true,
            "A section is to come in a mode that went {points} points of 100 or more worse for the person than the other, and the course is open in the other too.",
            "{about} is open {when} too. Would that suit you better?",
            [new("points", 15, 1, 100, "difference of the estimated benefit")]),
        new(RuleId.OwnCertificate, "own-certificate", "A certificate of one's own", Need: true, Service: false,
            "At least {courses} courses of one program area completed in {days} days, and no certificate begun or awarded.",
            "You have {hours} courses in {about}. Shall we plan a certificate around them?",
            [
                new("courses", 3, 2, 20, "courses of one program area"),
                new("days", 1_095, 1, 3_650, "days in which they are counted"),
            ]),
    ];

    private static readonly RuleDefinition?[] ById = Index();

    public const int Count = 24;

    public static RuleDefinition Of(RuleId id) => ById[(int)id] ?? throw new ArgumentOutOfRangeException(nameof(id));

    public static RuleDefinition? Find(string key) => All.FirstOrDefault(r => r.Key == key);

    private static RuleDefinition?[] Index()
    {
        var index = new RuleDefinition?[Count];
        foreach (var rule in All) index[(int)rule.Id] = rule;
        return index;
    }
}

/// <summary>One rule as a policy sets it.</summary>
public sealed class RuleSettings(bool enabled, string words, int[] values)
{
    public bool Enabled { get; } = enabled;

    public string Words { get; } = words;

    /// <summary>The parameter at its place in <see cref="RuleDefinition.Parameters"/>.</summary>
    public int this[int parameter] => values[parameter];
}
