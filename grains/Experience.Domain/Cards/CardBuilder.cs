using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Voice;

namespace Experience.Domain.Cards;

/// <summary>Builds the Counter's card of one person. Pure. The result's lists are reused by nobody, so it may be kept and sent.</summary>
public static partial class CardBuilder
{
    private const int JourneyLines = 5;

    /// <summary>Builds the card; <paramref name="assessed"/> is filled for the person, and may be reused afterwards.</summary>
    public static CardView Build(CardInput input, Assessed assessed)
    {
        var scoreFacts = new List<ScoreFact>();
        var parts = Assessor.Explain(input.State, input.Program, input.AsOf, assessed, scoreFacts);
        var card = new CardContext(input, assessed);
        var s = input.State;
        var minor = assessed.Row.Minor;
        var erased = s.ErasedAt != 0;
        var sections = CurrentSections(card);
        var dissatisfiers = Dissatisfiers(card);
        var promises = Promises(card);
        var flags = Flags(card);
        var needs = Needs(card);
        var refundable = Refundable(card);
        return new CardView(
            input.Id,
            card.Now / 1000,
            input.AsOf.History,
            Header(card),
            erased ? null : SayFirst(card, sections, needs),
            sections,
            Waits(card),
            new MoneyView(card.Program.Policy.Currency, s.Money.Balance, s.Money.BalanceDueAt == 0 ? null : s.Money.BalanceDueAt / 1000, s.Money.Credit, refundable),
            dissatisfiers,
            promises,
            flags,
            needs,
            minor || erased ? null : Score(card, parts, scoreFacts),
            minor || erased ? null : Value(card),
            Household(card),
            [.. input.Facts.Where(f => !Routine(f)).Take(JourneyLines).Select(f => JourneyText.Line(f, card.Program))],
            Decide(card, refundable, sections),
            Transaction(card),
            More(card))
        {
            Consent = erased ? [] : ConsentText.Views(s.Profile, card.Program.Policy.Consent),
            Plan = erased ? null : CertificatePlanner.Summary(s, card.Program, input.Sections, card.Now),
            HouseholdWorth = minor || erased ? null : HouseholdWorth(card),
        };
    }

    /// <summary>What somebody is in now, for the cards of the household: the first section that is on or to come.</summary>
    public static string? NowOf(PersonState state, ProgramSnapshot program, long now)
    {
        foreach (var r in state.Registrations)
        {
            if (r.Status == RegistrationStatus.Confirmed && program.Section(r.Section) is { } section && section.OverAt(program.Zone) > now) return section.Title;
        }

        return null;
    }

    /// <summary>Coming to class and logging in are told by the counts of the section; they would push everything else off the card.</summary>
    private static bool Routine(JourneyFact fact) => fact.Type == EventTypes.ActivityRecorded || fact.Type == EventTypes.AttendanceRecorded && fact.Code(Fields.Presence) == "present";

    private static PersonHeader Header(CardContext c)
    {
        var profile = c.State.Profile;
        var children = new List<PersonLink>();
        foreach (var key in profile.Children)
        {
            if (c.Input.Resolve(key) is { } child) children.Add(new PersonLink(child.Id, child.Name, child.Age));
        }

        var digits = new string([.. profile.Phone.Where(char.IsAsciiDigit)]);
        var preferred = profile.PreferredName.Length > 0 ? profile.PreferredName : profile.GivenName;
        return new PersonHeader(
            c.State.ErasedAt != 0 ? "Erased" : preferred.Length > 0 || profile.FamilyName.Length > 0 ? preferred : "No name",
            profile.FamilyName,
            profile.BirthDay == int.MinValue ? null : CivilZone.Civil(profile.BirthDay).Year,
            digits.Length >= 4 ? digits[^4..] : null,
            c.Assessed.Row.Minor,
            Tenure(c),
            [.. Guardians(c).Select(static g => new PersonLink(g.Id, g.Name, g.Age))],
            children,
            profile.Organisation == 0 ? null : c.Program.NameOf(profile.Organisation),
            c.State.ErasedAt != 0 ? [] : [.. c.Input.Keys.Where(static k => !Voices.IsKey(k.Key))]);
    }

    /// <summary>Those of whom something is known; two keys of one guardian are one.</summary>
    private static IEnumerable<HouseholdPerson> Guardians(CardContext c) => c.State.Profile.Guardians.Select(c.Input.Resolve).OfType<HouseholdPerson>().DistinctBy(static g => g.Id);

    private static string? Tenure(CardContext c)
    {
        if (c.Assessed.Row.TermsKept > 0 && c.Program.Terms.Named) return $"{Wording.Ordinal(c.Assessed.Row.TermsKept)} term with us";
        return c.Assessed.Row.FirstPurchaseDay == 0 ? null : "since " + Wording.Month(CivilZone.MonthOfDay(c.Assessed.Row.FirstPurchaseDay));
    }

    private static List<DissatisfierView> Dissatisfiers(CardContext c)
    {
        var views = new List<DissatisfierView>();
        foreach (var complaint in c.State.Complaints)
        {
            if (!complaint.Open || c.State.ErasedAt != 0) continue;
            var due = Clocks.Due(complaint, c.Program);
            views.Add(new DissatisfierView(
                complaint.Key,
                complaint.Title != 0 ? c.Program.NameOf(complaint.Title) : complaint.Category != 0 ? c.Program.NameOf(complaint.Category) : "Complaint",
                complaint.Section == 0 ? null : c.Program.TitleOf(complaint.Section),
                complaint.Department == 0 ? null : c.Program.NameOf(complaint.Department),
                complaint.EasilyFixable,
                complaint.OpenedAt / 1000,
                due / 1000,
                due < c.Now));
        }

        views.Sort((a, b) => a.DueAt.CompareTo(b.DueAt));
        return views;
    }

    private static List<PromiseView> Promises(CardContext c)
    {
        var views = new List<PromiseView>();
        foreach (var promise in c.State.Promises)
        {
            if (!promise.Open || c.State.ErasedAt != 0) continue;
            views.Add(new PromiseView(
                promise.Key,
                promise.Title == 0 ? "Promise" : c.Program.NameOf(promise.Title),
                promise.Staff == 0 ? null : c.Program.NameOf(promise.Staff),
                promise.Desk == 0 ? null : c.Program.NameOf(promise.Desk),
                promise.DueAt / 1000,
                Clocks.Late(promise, c.Program) <= c.Now));
        }

        views.Sort((a, b) => a.DueAt.CompareTo(b.DueAt));
        return views;
    }

    /// <summary>At most as many as the policy allows, high before medium, then the one that waits longest. Clocks and promises stand above already.</summary>
    private static List<FlagView> Flags(CardContext c) => [.. c.Assessed.Open
        .Where(i => !i.Need && i.Rule is not (RuleId.PastClock or RuleId.Promise))
        .OrderBy(i => i.Answer is ReplyKind.Accepted or ReplyKind.Declined)
        .ThenByDescending(i => i.High)
        .ThenBy(i => i.Since)
        .Take(c.Program.Policy.Offers.Flags)
        .Select(i => new FlagView(
            Rules.Of(i.Rule).Key, i.CauseText, ItemText.Title(i, c.Program), ItemText.Detail(i, c.Program, c.Now), ItemText.Words(i, c.State, c.Program, c.Input.Sections, c.Now),
            i.High ? Standing.Bad : Standing.Watch, i.High ? "high" : "medium", i.Since / 1000, Answer(i), ItemText.Receipt(i, c.Program, c.Input.Facts, c.Now), ItemText.By(i, c.Program)))];

    private static HouseholdWorth? HouseholdWorth(CardContext c)
    {
        var members = c.State.Profile.Household.Select(c.Input.Resolve).OfType<HouseholdPerson>().DistinctBy(static m => m.Id).ToArray();
        return members.Length == 0 ? null : new HouseholdWorth(1 + members.Length, c.State.Money.NetPaid + members.Sum(static m => m.NetPaid));
    }

    private static List<HouseholdMember> Household(CardContext c)
    {
        var members = Guardians(c).Select(static g => new HouseholdMember(g.Id, g.Name, "guardian", g.Age, g.Now)).ToList();
        foreach (var key in c.State.Profile.Children)
        {
            if (c.Input.Resolve(key) is { } child) members.Add(new HouseholdMember(child.Id, child.Name, "child", child.Age, child.Now));
        }

        return members;
    }

    private static TransactionView? Transaction(CardContext c)
    {
        if (c.State.Transaction is not { } open) return null;
        return new TransactionView(
            JourneyFact.Spell(c.Input.Facts, Fields.Transaction, open.Key) ?? OpenItem.Text(open.Key),
            open.Kind >= 0 && open.Kind < Fields.Kind.Codes.Count ? Fields.Kind.Codes[open.Kind] : "other",
            open.Section == 0 ? null : c.Program.TitleOf(open.Section),
            open.Staff == 0 ? null : c.Program.NameOf(open.Staff),
            open.Desk == 0 ? null : c.Program.NameOf(open.Desk),
            open.OpenedAt / 1000);
    }

    private static MoreView More(CardContext c)
    {
        var segments = new List<string>();
        foreach (var segment in c.Program.Segments.All)
        {
            if (segment.Bit > 0 && segment.Kind != "lifecycle" && (c.Assessed.Row.Segments >> segment.Bit & 1) != 0) segments.Add(segment.Title);
        }

        double? nps = null;
        foreach (var answer in c.State.Answers)
        {
            if (answer.NpsPlusOne > 0) nps = answer.NpsPlusOne - 1;
        }

        var goal = c.State.Profile.Goal;
        return new MoreView(
            segments, c.Program.Segments.All[SegmentSet.LifecycleFirst + c.Assessed.Row.Lifecycle].Title, c.Assessed.Row.Best, c.Assessed.Row.Minor ? null : Activity(c)?.Active, nps,
            goal >= 0 && goal < Fields.Goal.Codes.Count ? Fields.Goal.Codes[goal] : null, c.State.Facts);
    }
}

/// <summary>What the parts of one card share.</summary>
internal sealed class CardContext(CardInput input, Assessed assessed)
{
    public CardInput Input { get; } = input;

    public Assessed Assessed { get; } = assessed;

    public PersonState State => Input.State;

    public ProgramSnapshot Program => Input.Program;

    public long Now => Input.AsOf.Instant;

    public int Today { get; } = input.Program.Zone.Day(input.AsOf.Instant);

    /// <summary>A place that is still to begin or on: the person's current sections.</summary>
    public bool Current(Registration r)
    {
        if (r.Status != RegistrationStatus.Confirmed || r.FullyRefunded) return false;
        if (Program.Section(r.Section) is { } section)
        {
            var over = section.OverAt(Program.Zone);
            if (over != long.MaxValue) return over > Now;
        }

        return Program.TermOf(r) is { } term && Program.Terms.Named ? term.Ends >= Today : Today - Program.Zone.Day(r.ConfirmedAt) < UnknownSectionDays;
    }

    /// <summary>A place in a section that no catalogue describes counts as current for this long.</summary>
    private const int UnknownSectionDays = 120;
}
