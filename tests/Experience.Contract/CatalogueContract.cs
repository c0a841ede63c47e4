using Experience.Domain.Events;

namespace Experience.Contract;

/// <summary>The catalogue counts places, people and money over everybody, and what changes shows at once.</summary>
public abstract class CatalogueContract(IEngineLab lab) : ContractBase(lab)
{
    private static Fact Program(EventType type, string id, Action<FactBuilder> fields, int daysAgo = 60)
    {
        var builder = Given.Of(type, "", id, Start.AddDays(-daysAgo), live: true);
        fields(builder);
        return builder.Build();
    }

    // Two courses in Q1 2026: Excel with two sections, one of them cancelled; Pottery with one.
    private static IEnumerable<Fact> Catalogue()
    {
        long first = DateOnly.FromDateTime(Start.UtcDateTime).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber - 10;
        foreach (var (section, course) in new[] { ("excel-01", "excel"), ("excel-02", "excel"), ("pottery-01", "pottery") })
        {
            yield return Program(EventTypes.SectionPublished, section, f => f.Set(Fields.Section, section).Set(Fields.Course, course).Set(Fields.Program, course == "excel" ? "Computing" : "Arts")
                .Set(Fields.Title, section).Set(Fields.Starts, first).Set(Fields.Ends, first + 40).Set(Fields.Capacity, 10L).Set(Fields.Fee, 20_000L).Set(Fields.Certificate, course == "excel" ? "office" : null));
        }

        yield return Program(EventTypes.SectionCancelled, "no-excel-02", f => f.Set(Fields.Section, "excel-02"));
        yield return Program(EventTypes.CoursePublished, "excel", f => f.Set(Fields.Course, "excel").Set(Fields.Title, "Excel for the office").Set(Fields.Hours, 1200L).Set(Fields.Prerequisite, "typing"));
        yield return Program(EventTypes.CertificatePublished, "office", f => f.Set(Fields.Certificate, "office").Set(Fields.Title, "Office certificate").Set(Fields.Required, 2L));
    }

    private static IEnumerable<Fact> People()
    {
        for (var i = 0; i < 70; i++)
        {
            var who = $"p-{i}";
            yield return Given.Person(who, Start.AddDays(-80), "Ann", $"Body{i}");
            // All take Excel, every seventh Pottery too.
            yield return Seat(who, $"e-{i}", "excel-01");
            yield return Paid(who, $"pe-{i}", "excel-01", 20_000);
            if (i % 7 != 0) continue;
            yield return Seat(who, $"k-{i}", "pottery-01");
            yield return Paid(who, $"pk-{i}", "pottery-01", 10_000);
        }
    }

    private static Fact Seat(string who, string id, string section) =>
        Given.Of(EventTypes.RegistrationConfirmed, who, id, Start.AddDays(-30), live: true).Set(Fields.Section, section).Build();

    private static Fact Paid(string who, string id, string section, long cents) =>
        Given.Of(EventTypes.PaymentReceived, who, id, Start.AddDays(-30).AddMinutes(1), live: true).Set(Fields.Section, section).Set(Fields.Amount, cents).Build();

    [Fact]
    public async Task Places_people_money_and_costs_are_counted_over_everybody()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Catalogue(), .. People()]);
        var bare = (await engine.CatalogueAsync(null, Desk, None))!;
        Assert.Equal("2026-q1", bare.Term);
        Assert.Equal((3, 1, 70L, 80L, 1_500_000L), (bare.Totals.Offerings, bare.Totals.Cancelled, bare.Totals.Participants, bare.Totals.Seats, bare.Totals.Income));
        Assert.Null(bare.Totals.Costs);
        Assert.Null(bare.Totals.Margin);

        await AcceptAsync(engine, [
            Program(EventTypes.CostRecorded, "c-1", f => f.Set(Fields.Amount, 700_000L).Set(Fields.CostKind, "promotion").Set(Fields.Term, "2026-q1"), 1),
            Program(EventTypes.CostRecorded, "c-2", f => f.Set(Fields.Amount, 400_000L).Set(Fields.CostKind, "production").Set(Fields.Section, "excel-01"), 1)]);
        var view = (await engine.CatalogueAsync("2026-q1", Desk, None))!;
        Assert.Equal((1_100_000L, 400_000L), (view.Totals.Costs!.Total, view.Totals.Margin!.Value));
        Assert.Equal(1_100_000 / 70.0, view.Totals.CostPerParticipant);
        var excel = view.Courses.Single(c => c.Id == "excel");
        Assert.Equal(("Excel for the office", "Computing", "typing", "office"), (excel.Title, excel.Program, excel.Prerequisite, excel.Certificate));
        Assert.Equal((2, 1, 70L, 1_400_000L, 1, 400_000L, 1_000_000L), (excel.Offerings, excel.Cancelled, excel.Participants, excel.Income, excel.Costed, excel.Costs!.Value, excel.Margin!.Value));
        Assert.Equal(10, view.Courses.Single(c => c.Id == "pottery").Participants);
        var office = Assert.Single(view.Certificates);
        Assert.Equal(("Office certificate", 2, "excel"), (office.Title, office.Required, Assert.Single(office.Courses)));

        // The board's cost per participant is the same figure.
        var cost = (await BoardAsync(engine)).Tiles.Single(t => t.Id == "cost");
        Assert.Equal(view.Totals.CostPerParticipant, cost.Value);
    }

    [Fact]
    public async Task A_void_and_a_new_place_show_in_a_course_at_once()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Catalogue(), Seat("a", "a-1", "excel-01"), Paid("a", "a-2", "excel-01", 20_000)]);
        var before = (await engine.CourseAsync("excel", null, Desk, None))!;
        Assert.Equal((1L, 20_000L, "on"), (before.Offerings[0].Seats, before.Offerings[0].Income, before.Offerings[0].Status));
        Assert.Equal(("cancelled", 12.0), (before.Offerings[1].Status, before.Hours));
        await AcceptAsync(engine, [Given.Void("a", "v-1", Start, "a-2"), Paid("a", "a-3", "excel-01", 18_500), Seat("b", "b-1", "excel-01")]);
        var after = (await engine.CourseAsync("excel", "all", Desk, None))!;
        Assert.Equal((2L, 2L, 18_500L), (after.Offerings[0].Seats, after.Offerings[0].Kept, after.Offerings[0].Income));
        Assert.Null(await engine.CourseAsync("nothing", null, Desk, None));
        Assert.Null(await engine.CourseAsync("excel", "no-such-term", Desk, None));
        Assert.Null(await engine.CatalogueAsync("no-such-term", Desk, None));
        await VerifyAsync(engine);
    }
}
