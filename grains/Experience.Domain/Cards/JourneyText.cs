using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using static Experience.Domain.Events.Fields;

namespace Experience.Domain.Cards;

/// <summary>One recorded fact of a person, unsealed, as journeys and receipts show it. Immutable.</summary>
public sealed record JourneyFact(UInt128 Id, EventType Type, long At, ReadOnlyMemory<byte> Clear, ReadOnlyMemory<byte> Personal, string Source, bool Voided)
{
    public Stamp Stamp => new(At, (ulong)(Id >> 64));

    public string IdText => Id.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The text of a clear or personal field, or null.</summary>
    public string? Text(Field field)
    {
        var reader = new FieldReader((field.Personal ? Personal : Clear).Span);
        while (reader.Next())
        {
            if (reader.Number == field.Number) return reader.Text;
        }

        return null;
    }

    /// <summary>The number of a field, or null.</summary>
    public long? Number(Field field)
    {
        var reader = new FieldReader((field.Personal ? Personal : Clear).Span);
        while (reader.Next())
        {
            if (reader.Number == field.Number) return reader.Value;
        }

        return null;
    }

    /// <summary>The word of a code field, or null.</summary>
    public string? Code(Field field) => Number(field) is { } value && value >= 0 && value < field.Codes.Count ? field.Codes[(int)value] : null;

    /// <summary>The newest fact whose clear key or name has this hash, spelt out.</summary>
    public static string? Spell(IReadOnlyList<JourneyFact> newestFirst, Field field, ulong hash)
    {
        if (hash == 0) return null;
        foreach (var fact in newestFirst)
        {
            var reader = new FieldReader(fact.Clear.Span);
            while (reader.Next())
            {
                if (reader.Number == field.Number && reader.Hash == hash) return reader.Text;
            }
        }

        return null;
    }
}

/// <summary>One line of plain words for every type of the vocabulary, and where on the journey it stands.</summary>
public static class JourneyText
{
    private const int MaxDetail = 300;

    public static JourneyLine Line(JourneyFact fact, ProgramSnapshot program) =>
        new(fact.IdText, fact.At / 1000, Phase(fact.Type), fact.Type.Name, Text(fact, program), Detail(fact), fact.Source, fact.Voided);

    /// <summary>before, at or after the sale; staff and engine lines say so.</summary>
    public static string Phase(EventType type) => type.Family switch
    {
        EventFamily.Before => "before",
        EventFamily.Transaction => "at",
        EventFamily.Learning or EventFamily.Voice => "after",
        EventFamily.Answer or EventFamily.Staff => "staff",
        EventFamily.Observation => "engine",
        EventFamily.Correction => "staff",
        _ => "person",
    };

    public static string Text(JourneyFact f, ProgramSnapshot p)
    {
        var section = f.Text(Section) is { } key ? p.TitleOf(SipHash.Name(key)) : null;
        var money = f.Number(Amount) is { } amount ? Wording.Money(amount, p.Policy.Currency) : null;
        var staff = f.Text(Staff);
        return f.Type.Name switch
        {
            "participant.identified" => "Details recorded",
            "participant.merged" => "Found to be the same person as another key",
            "participant.unmerged" => "Found to be another person after all",
            "participant.erased" => "Data erased",
            "household.linked" => f.Text(Guardian) is not null ? "Linked to a guardian" : "Linked to a child",
            "organisation.linked" => Join("Works at", f.Text(Organisation)),
            "organisation.contact" => Join("Speaks for", f.Text(Organisation)),
            "contact.allowed" => Join("May be contacted by", f.Code(Channel)) + (f.Code(Purpose) is { } allowed ? $", for {allowed}" : ""),
            "contact.refused" => Join("No contact by", f.Code(Channel)) + (f.Code(Purpose) is { } refused ? $", for {refused}" : ""),
            "consent.granted" => Join("Consent given:", f.Code(Purpose)),
            "consent.revoked" => Join("Consent taken back:", f.Code(Purpose)),
            "goal.stated" => Join("Goal:", f.Code(Goal)),
            "preference.stated" => Join("Prefers", f.Code(Mode) ?? f.Code(Channel) ?? f.Text(Topic)),
            "note.added" => With("Note", staff),
            "inquiry.received" => Join("Asked about", f.Text(Topic) ?? CourseName(f, p) ?? "our courses"),
            "search.unmatched" => $"Searched for “{f.Text(Topic)}”: nothing found",
            "expectation.stated" => With("Expectation stated", section),
            "elsewhere.reported" => Join("Takes elsewhere:", f.Text(Topic) ?? f.Text(Provider) ?? Wording.Count(f.Number(Count) ?? 0, "course", "courses")),
            "transaction.opened" => With($"{Capital(f.Code(Kind) ?? "Transaction")} in progress", section ?? f.Text(Desk)),
            "transaction.closed" => With($"{Capital(f.Code(Kind) ?? "Transaction")} ended", f.Code(Outcome)),
            "registration.confirmed" => Payee(f, With("Registered", section), "Registered somebody"),
            "registration.cancelled" => Payee(f, With("We cancelled the registration", section), "We cancelled a registration paid for"),
            "registration.dropped" => Payee(f, With("Dropped", section), "Dropped a registration paid for"),
            "registration.withdrawn" => Payee(f, With("Withdrew", section), "Withdrew a registration paid for"),
            "registration.transferred" => With("Moved", section) + (f.Text(ToSection) is { } to ? " to " + p.TitleOf(SipHash.Name(to)) : ""),
            "waitlist.joined" => With("Joined the waiting list", section),
            "waitlist.offered" => With("Seat offered", section),
            "waitlist.expired" => With("Left the waiting list", section),
            "balance.due" => Join("Balance due:", money),
            "payment.received" => With(Join("Paid", money), section ?? f.Text(PayerOrganisation)),
            "refund.requested" => With("Refund asked", section) + (f.Text(Reason) is { } why ? $" ({why})" : ""),
            "refund.issued" => With(Join("Refunded", money), section),
            "credit.issued" => With(Join("Credit given:", money), section),
            "credit.redeemed" => With(Join("Credit used:", money), section),
            "attendance.recorded" => With(Capital(f.Code(Presence) ?? "Attendance"), section),
            "activity.recorded" => With(Join("Online:", f.Code(Activity) ?? "activity"), section),
            "assessment.graded" => With("Graded" + (f.Number(Grade) is { } grade ? " " + Wording.Rating(grade) + " %" : ""), section),
            "contacthours.earned" => With($"{Wording.Rating(f.Number(Hours) ?? 0)} contact hours earned", f.Text(Credential) ?? section),
            "section.completed" => With(f.Number(Passed) == 0 ? "Finished without passing" : "Completed", section),
            "certificate.progressed" => With($"Certificate: {f.Number(Completed)} of {f.Number(Required)}", f.Text(Certificate)),
            "certificate.planned" => With("Certificate planned", f.Text(Certificate)),
            "certificate.awarded" => With("Certificate awarded", f.Text(Certificate)),
            "credential.expiring" => With("Licence expires" + (f.Number(Expires) is { } day ? " " + Wording.Day((int)day, p.Zone.Day(f.At)) : ""), f.Text(Credential)),
            "feedback.submitted" => Feedback(f, section),
            "comment.posted" => With("Comment", section),
            "complaint.opened" => With("Complaint: " + (f.Text(Fields.Title) ?? f.Text(Category)), section),
            "complaint.updated" => With("Complaint: told how it stands", staff),
            "complaint.resolved" => With("Complaint put right", staff),
            "promise.made" => With("Promise: " + (f.Text(Fields.Title) ?? "made"), staff),
            "promise.kept" => With("Promise kept", staff),
            "promise.broken" => With("Promise broken", staff),
            "delight.given" => With(f.Text(Fields.Title) ?? "More than was expected", staff),
            "referral.made" => "Sent somebody to us",
            "kudos.given" => Join("Thanks to", staff),
            "idea.submitted" => With("Idea", f.Text(Fields.Title)),
            "idea.decided" => Join("Idea:", f.Code(Fields.Decision)),
            "pulse.submitted" => "How work is: " + Wording.Rating(f.Number(Morale) ?? 0),
            "section.published" => With("Section offered", section),
            "section.rescheduled" => With("Section rescheduled", section),
            "section.cancelled" => With("Section cancelled", section),
            "instructor.changed" => With("Instructor changed", section),
            "cost.recorded" => Join("Cost:", money),
            "course.published" => Join("Course offered:", CourseName(f, p)),
            "certificate.published" => Join("Certificate offered:", f.Text(Fields.Title) ?? f.Text(Certificate)),
            "occupation.published" => Join("Occupation:", f.Text(Fields.Title)),
            "occupation.linked" => With("Course leads to an occupation", CourseName(f, p)),
            "organisation.described" => Join("Organisation:", f.Text(Organisation)),
            "engagement.opened" => Join("Engagement:", f.Text(Fields.Title) ?? f.Text(Organisation)),
            "engagement.closed" => "Engagement ended",
            "engagement.paid" => With(Join("Paid", money), f.Text(Organisation)),
            "initiative.started" => Join("Initiative began:", f.Text(Fields.Initiative)),
            "initiative.ended" => Join("Initiative ended:", f.Text(Fields.Initiative)),
            "segment.defined" => Join("Segment set:", f.Text(Segment)),
            "policy.published" => "Policy published",
            "model.fitted" => Join("Model fitted:", f.Text(Model)),
            "event.voided" => Join("Voided:", f.Text(TargetId)),
            "need.offered" => With("Offered: " + RuleTitle(f), staff),
            "need.accepted" => With("Accepted: " + RuleTitle(f), staff),
            "need.declined" => With("Not now: " + RuleTitle(f), staff),
            "risk.acknowledged" => With("Taken care of: " + RuleTitle(f), staff),
            "need.raised" => "Need: " + RuleTitle(f),
            "need.cleared" => "Need gone: " + RuleTitle(f),
            "risk.raised" => "Flag: " + RuleTitle(f),
            "risk.cleared" => "Flag gone: " + RuleTitle(f),
            "segment.entered" => Join("Entered", f.Text(Segment)),
            "segment.left" => Join("Left", f.Text(Segment)),
            _ => Join("Recorded:", f.Text(UnknownType) ?? f.Type.Name),
        };
    }

    private static string? Detail(JourneyFact fact)
    {
        var words = fact.Text(Words);
        return words is null || words.Length <= MaxDetail ? words : string.Concat(words.AsSpan(0, MaxDetail - 1), "…");
    }

    private static string Feedback(JourneyFact f, string? section)
    {
        string? rated = null;
        if (f.Number(CourseRating) is { } course) rated = $"Rated {section ?? "the course"} {Wording.Rating(course)} of 5";
        else if (f.Number(Service) is { } service) rated = With($"Rated our service {Wording.Rating(service)} of 5", f.Text(Desk));
        else if (f.Number(Csat) is { } satisfied) rated = With($"Satisfied {Wording.Rating(satisfied)} of 5", section);
        else if (f.Number(Nps) is { } recommend) rated = $"Would recommend: {recommend} of 10";
        else if (f.Number(Ces) is { } effort) rated = $"Ease {Wording.Rating(effort)} of 7";
        else if (f.Number(Easy) is { } easy) rated = $"Easy to deal with: {Wording.Rating(easy)} of 5";
        return rated ?? With("Feedback", section);
    }

    private static string? CourseName(JourneyFact f, ProgramSnapshot p) => f.Text(Course) is { } course ? p.NameOf(SipHash.Name(course)) : null;

    private static string RuleTitle(JourneyFact f) => f.Text(Rule) is { } key ? Rules.Find(key)?.Title ?? key : "?";

    private static string Payee(JourneyFact f, string own, string other) =>
        f.Text(Beneficiary) is null ? own : other + (own.IndexOf(',', StringComparison.Ordinal) is var at and > 0 ? own[at..] : "");

    private static string With(string text, string? about) => string.IsNullOrEmpty(about) ? text : text + ", " + about;

    private static string Join(string text, string? what) => string.IsNullOrEmpty(what) ? text.TrimEnd(':') : text + " " + what;

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
