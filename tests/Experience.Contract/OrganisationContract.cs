using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>An organisation is one group under all of its names, its value its own, and its erased people are counted and nameless.</summary>
public abstract class OrganisationContract(IEngineLab lab) : ContractBase(lab)
{
    private const string Harlan = "Harlan Precision";

    private static Fact Seat(string who, string id, string organisation) =>
        Given.Of(EventTypes.RegistrationConfirmed, who, id, Start.AddDays(-30), live: true).Set(Fields.Section, "sup-01").Set(Fields.Term, "2026-q1").Set(Fields.PayerOrganisation, organisation).Build();

    private static Fact Paid(string who, string id, string organisation, long cents, DateTimeOffset at) =>
        Given.Of(EventTypes.PaymentReceived, who, id, at, live: true).Set(Fields.Section, "sup-01").Set(Fields.Amount, cents).Set(Fields.PayerOrganisation, organisation).Build();

    private static Fact Program(EventType type, string id, Action<FactBuilder> fields)
    {
        var builder = Given.Of(type, "", id, Start.AddDays(-40), live: true);
        fields(builder);
        return builder.Build();
    }

    // Twelve seats on a purchase order, under three spellings of one name.
    private static IEnumerable<Fact> Seats()
    {
        string[] spellings = [Harlan, "HARLAN PRECISION, Inc.", "Harlan  Precision Ltd"];
        for (var i = 0; i < 12; i++)
        {
            var who = $"h-{i}";
            yield return Given.Person(who, Start.AddDays(-60), "Hal", $"Worker{i}");
            yield return Seat(who, $"s-{i}", spellings[i % 3]);
            yield return Paid(who, $"p-{i}", spellings[i % 3], 45_000, Start.AddDays(-30).AddMinutes(2));
        }

        yield return Program(EventTypes.EngagementOpened, "e-1", f => f.Set(Fields.Organisation, Harlan).Set(Fields.Engagement, "e-1").Set(Fields.EngagementKind, "training")
            .Set(Fields.Amount, 600_000L).Set(Fields.PurchaseOrder, "PO-7781").Set(Fields.Section, "sup-01").Set(Fields.Count, 12L));
        yield return Program(EventTypes.EngagementPaid, "e-2", f => f.Set(Fields.Organisation, "Harlan Precision Inc").Set(Fields.Amount, 30_000L));
    }

    [Fact]
    public async Task Twelve_seats_on_a_purchase_order_are_one_organisations_whatever_its_name_is_spelled()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Seats(), Given.Person("self", Start.AddDays(-60)), Given.Payment("self", "own", Start.AddDays(-20), 19_000)]);
        var list = await engine.OrganisationsAsync(new OrganisationQuery(null, null, 10), Desk, None);
        var row = Assert.Single(list.Rows);
        Assert.Equal((12L, 12L, 570_000L, 1), (row.People, row.Seats, row.Value, row.Open));
        var view = (await engine.OrganisationAsync("harlan precision INC.", Desk, None))!;
        Assert.Equal((570_000L, 540_000L, 600_000L, 60_000L), (view.Value.Paid, view.Value.ForPlaces, view.Value.Agreed!.Value, view.Value.Outstanding!.Value));
        var order = Assert.Single(view.Engagements);
        Assert.Equal(("PO-7781", "training", "open", 12L, 12, 540_000L), (order.PurchaseOrder, order.Kind, order.Status, order.Taken, order.Seats!.Value, order.Paid));
        Assert.Equal((12L, 540_000L, "PO-7781"), (Assert.Single(view.Seats).Seats, view.Seats[0].Income, view.Seats[0].PurchaseOrder));
        Assert.Equal(12, view.Members.Count);

        // Its value is in no person's, and nobody's own money is in it.
        Assert.Equal(0, (await CardAsync(engine, "h-0")).Value!.NetPaid);
        Assert.Null(await engine.OrganisationAsync("Nobody & Sons", Desk, None));
        Assert.Empty((await engine.OrganisationsAsync(new OrganisationQuery("nobody", null, 10), Desk, None)).Rows);
    }

    [Fact]
    public async Task Late_money_an_alias_trouble_and_an_erasure_show_at_once()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Seats(), Given.Person("m", Start.AddDays(-10), "Mia", "Moss"),
            Given.Of(EventTypes.OrganisationLinked, "m", "l", Start.AddDays(-9), live: true).Set(Fields.Organisation, "HP Machining").Build(),
            Given.Of(EventTypes.OrganisationContact, "m", "k", Start.AddDays(-9), live: true).Set(Fields.Organisation, "HP Machining").Build()]);
        Assert.Equal(2, (await engine.OrganisationsAsync(new OrganisationQuery(null, null, 10), Desk, None)).Total);

        // Older than everything known of the person: no row changes, the organisation's value does.
        await AcceptAsync(engine, [Paid("h-0", "late", Harlan, 1_000, Start.AddDays(-29))]);
        Assert.Equal(571_000, (await engine.OrganisationAsync(Harlan, Desk, None))!.Value.Paid);

        await AcceptAsync(engine, [
            Program(EventTypes.OrganisationDescribed, "a", f => f.Set(Fields.Organisation, Harlan).Set(Fields.Alias, "HP Machining").Set(Fields.Industry, "Machining")),
            Given.Complaint("h-1", "c", Start.AddHours(-1))]);
        var merged = (await engine.OrganisationAsync("HP Machining", Desk, None))!;
        Assert.Equal((Harlan, "Machining", 13L, 1L), (merged.Name, merged.Industry, merged.People, merged.Complaints));
        Assert.Equal("Mia Moss", merged.Members[0].Name);
        Assert.True(merged.Members[0].Contact);
        Assert.Equal("Hal Worker1", merged.Members[1].Name);

        await AcceptAsync(engine, [Given.Of(EventTypes.ParticipantErased, "h-1", "gone", Start).Build()]);
        var after = await UntilAsync(() => engine.OrganisationAsync(Harlan, Desk, None), v => v!.Erased == 1);
        Assert.Equal((13L, 571_000L, 0L), (after!.People, after.Value.Paid, after.Complaints));
        Assert.DoesNotContain(after.Members, m => m.Name == "Hal Worker1");
        Assert.Null(Assert.Single(after.Members, m => m.Name == "Erased").Id);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_watched_organisation_moves_with_its_people()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Seats()]);
        await using var watch = engine.WatchOrganisationAsync(Harlan, Desk, None).GetAsyncEnumerator();
        Assert.Equal(12, (await NextAsync(watch, _ => true)).People);
        await AcceptAsync(engine, [Given.Person("new", Start), Seat("new", "s-new", Harlan)]);
        Assert.Equal(540_000 + 30_000, (await NextAsync(watch, v => v.People == 13)).Value.Paid);
    }
}
