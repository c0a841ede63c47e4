using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Cards;

/// <summary>The words of flags and needs, and their receipts.</summary>
public static class ItemText
{
    public static string Title(in OpenItem item, ProgramSnapshot p) => item.Rule switch
    {
        RuleId.LowRating => $"Low rating, {Wording.Rating(item.Number)} of 5",
        RuleId.Refund => item.Number == 0 ? "Refund, our fault" : $"Refund, the {Wording.Ordinal((int)item.Number)} in {p.Policy[RuleId.Refund][1]} months",
        RuleId.Certificate => $"One course left: {p.NameOf(item.Subject)}",
        RuleId.Licence => $"Licence hours: {p.NameOf(item.Subject)}",
        RuleId.Waitlist => $"Waiting: {p.TitleOf(item.Subject)}",
        RuleId.DeliveryMode => ModeNeed.Title(item, p),
        _ => Rules.Of(item.Rule).Title,
    };

    public static string Detail(in OpenItem item, ProgramSnapshot p, long now)
    {
        var today = p.Zone.Day(now);
        return item.Rule switch
        {
            RuleId.Silence => $"{item.Number} terms kept, then {item.When} usual terms missed",
            RuleId.SecondTerm => $"{p.TitleOf(item.Subject)} is over, nothing {item.Number} days into registration",
            RuleId.LowRating => item.When == 1 ? p.TitleOf(item.Subject) : item.Subject == 0 ? "our service" : $"our service, {p.NameOf(item.Subject)} desk",
            RuleId.PastClock => $"{NameOr(p, item.Subject, "Complaint")}, {Wording.Duration(now - item.Number)} past the clock",
            RuleId.Promise => $"{NameOr(p, item.Subject, "A promise")}, due {Wording.Instant(p.Zone, item.When, now)}",
            RuleId.NoShow => $"{p.TitleOf(item.Subject)}, absent from the first meeting",
            RuleId.Attendance => $"{p.TitleOf(item.Subject)}, missed {item.Number} running",
            RuleId.Refund => p.TitleOf(item.Subject),
            RuleId.WeCancelled => $"{p.TitleOf(item.Subject)}, {Wording.Instant(p.Zone, item.When, now)}; nothing instead yet",
            RuleId.Waitlist => Wording.Count(item.Number, "day", "days") + (item.When == 0 ? "" : $", starts {Wording.Day(p.Zone.Day(item.When), today)}"),
            RuleId.Certificate => p.Section((ulong)item.When) is { } open ? $"{open.Title} starts {Wording.Day(open.Starts, today)}" : "",
            RuleId.Licence => $"expires {Wording.Day((int)item.When, today)}, {Wording.Rating(item.Number)} h short",
            RuleId.FirstOnline => $"{(item.Number == 0 ? "today" : $"in {Wording.Count(item.Number, "day", "days")}")}, {p.TitleOf(item.Subject)}",
            RuleId.Advising => item.Number == 0 ? $"back after a withdrawal, {p.TitleOf(item.Subject)}" : $"{item.Number} subjects in 24 months, no plan",
            RuleId.Job => $"{p.NameOf(item.Subject)} awarded {Wording.Day(p.Zone.Day(item.Causing.Time), today)}",
            RuleId.Employer => $"{item.Number} from {p.NameOf(item.Subject)} pay themselves",
            RuleId.Withdrawal => $"{p.TitleOf(item.Subject)}: {LearnedRisks.Because(item)}",
            RuleId.Dissatisfaction => LearnedRisks.Because(item),
            RuleId.Lapse => LapseRule.Detail(item, p, now),
            RuleId.DeliveryMode => ModeNeed.Detail(item, p),
            RuleId.OwnCertificate => $"{item.Number} courses of {p.NameOf(item.Subject)} completed, no certificate",
            RuleId.NotOffered => $"searched {item.Number} times: {p.NameOf(item.Subject)}",
            _ => "",
        };
    }

    /// <summary>What staff can say, with the names of this case in it.</summary>
    public static string Words(in OpenItem item, PersonState s, ProgramSnapshot p, SectionSums? sections, long now)
    {
        var words = p.Policy[item.Rule].Words;
        if (!words.Contains('{', StringComparison.Ordinal)) return words;
        string about = "", when = "", hours = "";
        switch (item.Rule)
        {
            case RuleId.LowRating:
                about = item.When == 1 ? p.TitleOf(item.Subject) : "our service";
                break;
            case RuleId.PastClock:
                about = Complaint(s, item) is { } complaint ? About(complaint, p) : "Your complaint";
                break;
            case RuleId.Withdrawal:
                about = p.TitleOf(item.Subject);
                break;
            case RuleId.DeliveryMode:
                about = p.Section(item.Subject) is { } place ? Models.Needs.OfferingReason.TitleOf(place.Course, p) : p.TitleOf(item.Subject);
                when = ModeNeed.Mode(item, p, other: true);
                break;
            case RuleId.OwnCertificate:
                about = p.NameOf(item.Subject);
                hours = item.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
                break;
            case RuleId.Promise:
                about = item.Subject == 0 ? "to call" : $"“{p.NameOf(item.Subject)}”";
                break;
            case RuleId.Waitlist:
                var (other, day) = RoomElsewhere(item.Subject, p, sections, now);
                if (other is null) return $"Still no seat in {p.TitleOf(item.Subject)}. Shall we look for another day?";
                (about, when) = (other.Title, day);
                break;
            case RuleId.Licence:
                hours = Wording.Rating(item.Number);
                when = Wording.Day((int)item.When, p.Zone.Day(now));
                break;
        }

        return words.Replace("{about}", about, StringComparison.Ordinal).Replace("{when}", when, StringComparison.Ordinal).Replace("{hours}", hours, StringComparison.Ordinal);
    }

    /// <summary>The rule with the policy's numbers, and the facts that decided it as far as they are at hand.</summary>
    public static RuleReceipt Receipt(in OpenItem item, ProgramSnapshot p, IReadOnlyList<JourneyFact> facts, long now)
    {
        var rule = Rules.Of(item.Rule);
        var events = Events(item.Causing, p, facts);
        if (events.Count == 0) events = [new EventReceipt(null, rule.Key, item.Causing.Time / 1000, Detail(item, p, now))];
        var formula = rule.FormulaOf(p.Policy[item.Rule]);
        if (LearnedRisks.InForce(item.Rule, p) is { } learned) formula += " " + learned.Receipt(item.Number);
        if (item.Rule == RuleId.Lapse && p.Models.Lapse is { } lapse) formula += " " + lapse.Receipt(item.Number);
        if (item.Rule == RuleId.DeliveryMode) formula += " " + ModeNeed.Receipt(item, p);
        if (item.Rule == RuleId.Employer) formula += $" Counted in the daily inputs no. {item.When} of {Wording.Day(p.Frozen.Day, p.Zone.Day(now))}.";
        return new RuleReceipt(rule.Key, rule.Title, p.Policy.Version, formula, events);
    }

    /// <summary>Who says so: a rule of the policy, or a learned model by version and last day.</summary>
    public static string By(in OpenItem item, ProgramSnapshot p)
    {
        if (item.Rule == RuleId.Lapse && p.Models.Lapse is { } lapse) return lapse.By;
        return LearnedRisks.InForce(item.Rule, p) is { } learned ? $"learned, version {learned.Version}, trained to {learned.TrainedTo}" : "by rule";
    }

    internal static IReadOnlyList<EventReceipt> Events(Stamp causing, ProgramSnapshot p, IReadOnlyList<JourneyFact> facts)
    {
        var events = new List<EventReceipt>();
        foreach (var fact in facts)
        {
            if (fact.At != causing.Time || causing.Tie != 0 && fact.Stamp != causing) continue;
            if (fact.Voided || fact.Type.Family == EventFamily.Observation) continue;
            events.Add(new EventReceipt(fact.IdText, fact.Type.Name, fact.At / 1000, JourneyText.Text(fact, p)));
        }

        return events;
    }

    /// <summary>Another section of the course with room, still to start.</summary>
    internal static (SectionInfo? Section, string Day) RoomElsewhere(ulong section, ProgramSnapshot p, SectionSums? sums, long now)
    {
        if (p.Section(section) is not { } from || sums is null) return (null, "");
        foreach (var other in p.SectionsOfCourse(from.Course))
        {
            if (other.Hash == section || other.Capacity == 0 || other.BeginsAt(p.Zone) <= now || sums[other.Hash].Seats >= other.Capacity) continue;
            var begins = other.BeginsAt(p.Zone);
            return (other, other.Meets ?? (begins == long.MaxValue ? "another day" : Wording.Weekday(p.Zone.Day(begins))));
        }

        return (null, "");
    }

    internal static Complaint? Complaint(PersonState s, OpenItem item)
    {
        foreach (var complaint in s.Complaints)
        {
            if (complaint.Open && OpenItem.CauseOf(RuleId.PastClock, SipHash.Name(complaint.Key), Math.Max(complaint.OpenedAt, complaint.UpdatedAt)) == item.Cause) return complaint;
        }

        return null;
    }

    private static string About(Complaint complaint, ProgramSnapshot p)
    {
        if (complaint.Access) return "Your " + Lower(NameOr(p, complaint.Category, "log-in"));
        if (complaint.Title != 0) return $"Your complaint ‘{p.NameOf(complaint.Title)}’";
        return complaint.Category == 0 ? "Your complaint" : $"Your complaint about {Lower(p.NameOf(complaint.Category))}";
    }

    private static string NameOr(ProgramSnapshot p, ulong name, string otherwise) => name == 0 ? otherwise : p.NameOf(name);

    internal static string Lower(string text) => text.Length > 1 && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}
