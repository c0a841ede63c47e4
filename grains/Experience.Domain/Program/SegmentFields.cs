using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;

namespace Experience.Domain.Programs;

/// <summary>How the values of a segment field are written and compared.</summary>
internal enum SegmentFieldKind
{
    /// <summary>Compared by order.</summary>
    Number,

    /// <summary>Ratings: written 1–5, held as hundredths.</summary>
    Hundredths,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>One of a list of codes, or a name: = , != and in.</summary>
    Text,
}

/// <summary>
/// One thing that a segment's rule may ask of a person. A number that is not known is <see cref="Unknown"/> and meets no
/// comparison; a text field tests values by hash.
/// </summary>
internal sealed record SegmentField(
    string Name,
    SegmentFieldKind Kind,
    bool Windowed,
    string Description,
    Func<Assessed, int, long>? Value = null,
    Func<Assessed, int, ulong, bool>? Has = null,
    IReadOnlyList<string>? Codes = null)
{
    public const long Unknown = long.MinValue;

    public static IReadOnlyList<SegmentField> All { get; } =
    [
        Number("age", "years, when the birth date is known", (a, _) => a.Row.Age >= 0 ? a.Row.Age : Unknown),
        Number("kept", "registrations kept", (a, days) => Kept(a, days), windowed: true),
        Number("terms", "terms kept", (a, _) => a.Row.TermsKept),
        Number("registrations", "registrations confirmed in all", (a, _) => a.State.RegistrationsConfirmed),
        Number("payments", "payments in all", (a, _) => a.State.Money.Payments),
        Number("netPaid", "net paid, minor units; with days, whole civil months that touch the window", (a, days) => NetPaid(a, days), windowed: true),
        Number("balance", "owed now, minor units", (a, _) => a.State.Money.Balance),
        Number("credit", "credit, minor units", (a, _) => a.State.Money.Credit),
        Number("daysSinceLast", "days since the last purchase or registration", (a, _) => a.Row.LastPurchaseDay == 0 ? Unknown : a.Day.Day - a.Row.LastPurchaseDay),
        Number("daysSinceFirst", "days since the first purchase or registration", (a, _) => a.Row.FirstPurchaseDay == 0 ? Unknown : a.Day.Day - a.Row.FirstPurchaseDay),
        Number("score", "score, 0–100", (a, _) => a.Row.Score < 0 ? Unknown : a.Row.Score / 100),
        Hundredths("service", "newest answer on staff service, 1–5", (a, days) => Service(a, days), windowed: true),
        Number("complaintsOpen", "complaints open", (a, _) => a.Row.ComplaintsOpen),
        Number("complaintsPast", "complaints past the clock", (a, _) => a.Row.ComplaintsPast),
        Number("risks", "open flags", (a, _) => a.Row.Risks),
        Number("needs", "open needs", (a, _) => a.Row.Needs),
        Number("refunds", "refunds asked for", (a, days) => Refunds(a, days), windowed: true),
        Number("waiting", "waiting lists", (a, _) => a.Row.Waiting),
        Number("referrals", "people sent to us", (a, _) => a.State.Referrals),
        Number("children", "children whose guardian the person is", (a, _) => a.State.Profile.ChildCount),
        Number("credentialDays", "days until the next licence expires", (a, _) => Credential(a)),
        Flag("minor", "under 18", a => a.Row.Minor),
        Flag("guardian", "a guardian of a child", a => a.State.Profile.ChildCount > 0),
        Flag("ward", "has a guardian", a => a.State.Profile.HasGuardian),
        Flag("certificateOpen", "a certificate is begun and not awarded", CertificateOpen),
        Flag("organisationPays", "the latest payer is an organisation", a => a.State.Money.LatestPayerOrganisation != 0 || OrganisationSeat(a)),
        Flag("forOthers", "registered or paid for somebody else", (a, days) => a.State.LastForOthersAt != 0 && Within(a, a.State.LastForOthersAt, days)),
        Flag("selfPaid", "the newest registration is paid by the person", a => SelfPaid(a)),
        Flag("best", "in the top fifth by 24-month net paid, and active", a => a.Row.Best),
        Codes_("audience", "audience of a registration kept", Fields.Audience.Codes, (a, days, code) => a.HasAudience((int)code, days), windowed: true),
        Codes_("mode", "delivery of a registration kept", Fields.Mode.Codes, (a, days, code) => AnyKept(a, days, r => a.Program.Section(r.Section)?.Mode == (int)code), windowed: true),
        Codes_("goal", "stated goal", Fields.Goal.Codes, (a, _, code) => a.State.Profile.Goal == (int)code),
        Codes_("consent", "consent granted for a purpose", Fields.Purpose.Codes, (a, _, code) => (a.State.Profile.ConsentGranted >> (int)code & 1) != 0),
        Codes_("lifecycle", "stage of the lifecycle", SegmentSet.LifecycleKeys, (a, _, code) => a.Row.Lifecycle == (byte)code),
        Name_("program", "program area of a registration kept", (a, days, name) => AnyKept(a, days, r => (r.Program != 0 ? r.Program : a.Program.Section(r.Section)?.Program) == name), windowed: true),
        Name_("course", "course of a registration kept", (a, days, name) => AnyKept(a, days, r => (r.Course != 0 ? r.Course : a.Program.Section(r.Section)?.Course) == name), windowed: true),
        Name_("section", "section of a registration kept", (a, days, name) => AnyKept(a, days, r => r.Section == name), windowed: true),
        Name_("term", "term of a registration kept", (a, days, name) => AnyKept(a, days, r => a.Program.TermOf(r)?.Hash == name), windowed: true),
        Name_("organisation", "employer", (a, _, name) => a.State.Profile.Organisation == name),
        Name_("certificate", "certificate begun or awarded", (a, _, name) => a.State.Certificates.Exists(c => c.Certificate == name)),
        Name_("desk", "desk of the newest answer on service", (a, _, name) => a.Row.ServiceDesk == name || a.Row.TransactionalDesk == name),
    ];

    private static readonly Dictionary<string, SegmentField> ByName = All.ToDictionary(f => f.Name, StringComparer.Ordinal);

    public static SegmentField? Find(string name) => ByName.GetValueOrDefault(name);

    private static SegmentField Number(string name, string description, Func<Assessed, int, long> value, bool windowed = false) =>
        new(name, SegmentFieldKind.Number, windowed, description, value);

    private static SegmentField Hundredths(string name, string description, Func<Assessed, int, long> value, bool windowed = false) =>
        new(name, SegmentFieldKind.Hundredths, windowed, description, value);

    private static SegmentField Flag(string name, string description, Func<Assessed, bool> value) =>
        new(name, SegmentFieldKind.Flag, false, description, (a, _) => value(a) ? 1 : 0);

    private static SegmentField Flag(string name, string description, Func<Assessed, int, bool> value) =>
        new(name, SegmentFieldKind.Flag, true, description, (a, days) => value(a, days) ? 1 : 0);

    private static SegmentField Codes_(string name, string description, IReadOnlyList<string> codes, Func<Assessed, int, ulong, bool> has, bool windowed = false) =>
        new(name, SegmentFieldKind.Text, windowed, description, Has: has, Codes: codes);

    private static SegmentField Name_(string name, string description, Func<Assessed, int, ulong, bool> has, bool windowed = false) =>
        new(name, SegmentFieldKind.Text, windowed, description, Has: has);

    private static bool Within(Assessed a, long at, int days) => days == 0 || at >= 0 && a.Day.Day - a.Program.Zone.Day(at) < days;

    private static long Kept(Assessed a, int days)
    {
        var count = 0;
        foreach (var r in a.State.Registrations)
        {
            if (r.Kept && Within(a, r.ConfirmedAt, days)) count++;
        }

        return count;
    }

    // The delegate captures the assessed person, so this path allocates: only rules that a program wrote come here.
    private static bool AnyKept(Assessed a, int days, Func<Registration, bool> test)
    {
        foreach (var r in a.State.Registrations)
        {
            if (r.Kept && Within(a, r.ConfirmedAt, days) && test(r)) return true;
        }

        return false;
    }

    private static long NetPaid(Assessed a, int days)
    {
        if (days == 0) return a.State.Money.NetPaid;
        var from = CivilZone.MonthOfDay(a.Day.Day - days + 1);
        long sum = 0;
        foreach (var (month, net) in a.State.Money.Months)
        {
            if (month >= from && month <= a.Day.Month) sum += net;
        }

        return sum;
    }

    private static long Service(Assessed a, int days)
    {
        for (var i = a.State.Answers.Count - 1; i >= 0; i--)
        {
            var answer = a.State.Answers[i];
            if (answer.Service > 0) return Within(a, answer.Stamp.Time, days) ? answer.Service : Unknown;
        }

        return Unknown;
    }

    private static long Refunds(Assessed a, int days)
    {
        var count = 0;
        foreach (var refund in a.State.Refunds)
        {
            if (Within(a, refund.At, days)) count++;
        }

        return count;
    }

    private static long Credential(Assessed a)
    {
        var next = Unknown;
        foreach (var credential in a.State.Credentials)
        {
            var days = credential.ExpiresDay - a.Day.Day;
            if (days >= 0 && (next == Unknown || days < next)) next = days;
        }

        return next;
    }

    private static bool CertificateOpen(Assessed a)
    {
        foreach (var certificate in a.State.Certificates)
        {
            if (certificate.AwardedAt == 0 && certificate.Completed < certificate.Required) return true;
        }

        return false;
    }

    private static bool OrganisationSeat(Assessed a) => a.State.Registrations.Count > 0 && a.State.Registrations[^1].PayerOrganisation != 0;

    private static bool SelfPaid(Assessed a) =>
        a.State.Registrations.Count > 0 && a.State.Registrations[^1] is { PayerOrganisation: 0, PaidByOther: false };
}
