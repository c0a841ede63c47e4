using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>Builds the views of organisations from a pass. Pure.</summary>
public static class OrganisationBuilder
{
    public const int MaxRows = 200;

    private const string Product = "product definition";

    /// <summary>The organisations that a query asks for, from a pass over all.</summary>
    public static OrganisationsPage List(OrganisationQuery query, ProgramSnapshot program, OrganisationPass pass, long now)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(pass);
        var search = string.IsNullOrWhiteSpace(query.Search) ? null : OrganisationBook.Normal(query.Search);
        var book = program.Organisations;
        var rows = pass.Tallies.Keys.Union(book.Keys)
            .Where(key => search is null || key.Contains(search, StringComparison.Ordinal) || book.AliasesOf(key).Any(a => a.Contains(search, StringComparison.Ordinal)))
            .Select(key => Row(key, book, pass))
            .OrderByDescending(static r => r.Value).ThenByDescending(static r => r.People).ThenBy(static r => r.Id, StringComparer.Ordinal)
            .ToList();
        // A page begins after the row that ended the last one, by its key: a list that moved meanwhile leaves nobody out for good.
        var from = query.After is null ? 0 : rows.FindIndex(r => r.Id == query.After) + 1;
        var page = rows.Skip(from).Take(Math.Clamp(query.Limit, 1, MaxRows)).ToList();
        return new OrganisationsPage(now / 1000, program.Policy.Currency, rows.Count, page, from + page.Count < rows.Count ? page[^1].Id : null);
    }

    /// <summary>One organisation, from a pass for it; null when nothing is known of it.</summary>
    /// <param name="idOf">How the engine names a person outside.</param>
    public static OrganisationView? One(string key, ProgramSnapshot program, OrganisationPass pass, Func<UInt128, string> idOf, long now)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(idOf);
        var book = program.Organisations;
        if (!pass.Tallies.TryGetValue(key, out var tally) && !book.Keys.Contains(key)) return null;
        var today = program.Zone.Day(now);
        var row = Row(key, book, pass);
        var engagements = book.EngagementsOf(key).OrderBy(static e => e.ClosedAt != 0).ThenByDescending(static e => e.OpenedAt).ThenBy(static e => e.Key, StringComparer.Ordinal).ToList();
        var stated = engagements.Where(static e => e.Amount >= 0).ToList();
        var spelled = pass.NamesOf(key).Where(n => n != row.Name).ToList();
        var names = spelled.Concat(book.AliasesOf(key).Where(a => !spelled.Exists(n => OrganisationBook.Normal(n) == a))).Order(StringComparer.Ordinal).ToList();
        return new OrganisationView(
            now / 1000, program.Policy.Currency, key, row.Name, row.Industry, names, tally.People, tally.Erased, tally.SelfPayers,
            new OrganisationValue(
                row.Value, tally.Paid, stated.Count == 0 ? null : stated.Sum(static e => e.Amount), stated.Count == 0 ? null : stated.Sum(e => Math.Max(0, e.Amount - PaidOf(e, pass))),
                new Formula("Paid − refunded by the organisation, for its people's places and for engagements. It is the organisation's value and in no person's.", "all time", Product)),
            Repeat(key, program, pass, engagements, today),
            tally.Complaints, tally.Past, tally.Promises,
            [.. engagements.Select(e => View(e, program, pass, today))],
            [.. pass.Sections
                .Select(s => (Info: program.Section(s.Key), s.Key, s.Value))
                .OrderByDescending(static s => s.Info?.Starts ?? int.MinValue).ThenBy(s => program.TitleOf(s.Key), StringComparer.Ordinal)
                .Select(s => new SeatsView(
                    s.Info?.Key ?? program.NameOf(s.Key), program.TitleOf(s.Key), s.Info is null ? null : program.Terms.Of(s.Info)?.Name, s.Value.Seats, s.Value.Income,
                    engagements.Find(e => e.Section == s.Key && e.PurchaseOrder is not null)?.PurchaseOrder))],
            [.. pass.People.Select(p => Member(p, idOf))]);
    }

    private static OrganisationRow Row(string key, OrganisationBook book, OrganisationPass pass)
    {
        var tally = pass.Tallies.GetValueOrDefault(key);
        var info = book.Find(key);
        var engagements = book.EngagementsOf(key).ToList();
        return new OrganisationRow(
            key, info?.Title ?? info?.Name ?? pass.NameOf(key) ?? engagements.Select(static e => e.Organisation).FirstOrDefault() ?? key, info?.Industry,
            tally.People, tally.Seats, tally.SelfPayers, tally.Paid + engagements.Sum(static e => e.Paid) + book.OtherPaidOf(key), engagements.Count(static e => e.ClosedAt == 0),
            tally.Complaints, tally.Past, tally.Promises);
    }

    /// <summary>What was paid for an engagement: itself, and for the places of its section.</summary>
    private static long PaidOf(EngagementInfo engagement, OrganisationPass pass) =>
        engagement.Paid + (engagement.Section != 0 && pass.Sections.TryGetValue(engagement.Section, out var seats) ? seats.Income : 0);

    private static EngagementView View(EngagementInfo e, ProgramSnapshot program, OrganisationPass pass, int today)
    {
        var ended = e.Ends != SectionInfo.NoDay && e.Ends < today;
        var status = e.ClosedAt == 0 ? ended ? "ended" : "open" : e.Outcome >= 0 ? Fields.Outcome.Codes[e.Outcome] : "closed";
        return new EngagementView(
            e.Key, e.Title ?? (e.Section != 0 ? program.TitleOf(e.Section) : e.Key), e.Kind >= 0 ? Fields.EngagementKind.Codes[e.Kind] : null, status, e.PurchaseOrder,
            e.Amount < 0 ? null : e.Amount, PaidOf(e, pass), e.Section == 0 ? null : program.NameOf(e.Section), e.Seats > 0 ? e.Seats : null,
            e.Section != 0 && pass.Sections.TryGetValue(e.Section, out var seats) ? seats.Seats : 0,
            e.Starts == SectionInfo.NoDay ? null : CatalogueBuilder.Date(e.Starts), e.Ends == SectionInfo.NoDay ? null : CatalogueBuilder.Date(e.Ends), e.OpenedAt / 1000);
    }

    /// <summary>It bought in a term when it pays a place of it that is kept, or an engagement began in it.</summary>
    private static OrganisationRepeat Repeat(string key, ProgramSnapshot program, OrganisationPass pass, List<EngagementInfo> engagements, int today)
    {
        var began = engagements.Select(e => program.Terms.OfDay(e.Starts != SectionInfo.NoDay ? e.Starts : program.Zone.Day(e.OpenedAt))).OfType<Term>().ToHashSet();
        int bought = 0, again = 0;
        foreach (var term in program.Terms.Main)
        {
            if (!Bought(term) || program.Terms.MainAfter(term) is not { } next || next.Closes >= today) continue;
            bought++;
            if (Bought(next)) again++;
        }

        return new OrganisationRepeat(bought == 0 ? null : 100.0 * again / bought, bought, again, new Formula(
            "Main terms after which the organisation bought in the next main term too ÷ main terms in which it bought, whose next one is closed. It bought when it pays a kept place of the term, or an engagement began in it.",
            "all terms", Product));

        bool Bought(Term term) => pass.SeatsIn(key, term) > 0 || began.Contains(term);
    }

    private static OrganisationMember Member(OrganisationPerson p, Func<UInt128, string> idOf)
    {
        if (p.Name.Length == 0) return new OrganisationMember(null, "Erased", false, p.Seats, Standing.None, "erased");
        var (standing, text) = p.Past > 0 ? (Standing.Bad, "past the clock") : p.Complaints > 0 ? (Standing.Watch, "complaint open") : p.Promises > 0 ? (Standing.Watch, "promise open") : (Standing.None, "none");
        return new OrganisationMember(idOf(p.Person), p.Name, p.Contact, p.Seats, standing, text);
    }
}
