using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>A certificate of one's own is planned from what was taken and wanted, saved as the goal, and raised when one course is left.</summary>
public abstract class PlanContract(IEngineLab lab) : ContractBase(lab)
{
    private static Fact Section(string key, string course, int startsIn, string? prerequisite = null, long fee = 20_000)
    {
        var first = Start.AddDays(startsIn);
        long day = DateOnly.FromDateTime(first.UtcDateTime).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        return Given.Of(EventTypes.SectionPublished, "", $"pub-{key}", Start.AddDays(-100), live: true)
            .Set(Fields.Section, key).Set(Fields.Course, course).Set(Fields.Title, key).Set(Fields.Starts, day).Set(Fields.Ends, day + 7).Set(Fields.Meetings, [first.Micros(), first.AddDays(7).Micros()])
            .Set(Fields.Capacity, 2L).Set(Fields.Fee, fee).Set(Fields.Prerequisite, prerequisite).Build();
    }

    private static Fact Told(EventType type, string who, string id, string section, int daysAgo) =>
        Given.Of(type, who, id, Start.AddDays(-daysAgo), live: true).Set(Fields.Section, section).Build();

    private static Fact[] Dana() =>
    [
        Section("b1-old", "b1", -60), Section("b2-soon", "b2", 20, "b1"), Section("b3-soon", "b3", 20, "b2", 30_000), Section("b3-later", "b3", 40, "b2", 31_000), Section("pay", "pay", 20, null, 15_000),
        Given.Person("dana", Start.AddDays(-80), "Dana", "Reyes"),
        Told(EventTypes.RegistrationConfirmed, "dana", "r1", "b1-old", 65), Told(EventTypes.SectionCompleted, "dana", "r2", "b1-old", 40),
    ];

    [Fact]
    public async Task A_plan_follows_prerequisites_seats_and_clashes_and_sums_its_cost()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Dana());
        var person = await PersonAsync(engine, "dana");
        var plan = (await engine.PlanAsync(person, new PlanQuery(["b3", "b2", "b1", "pay", "nothing"], null), Desk, None))!;
        Assert.Equal(["b1", "b2", "b3", "pay"], plan.Courses.Select(c => c.Id));
        Assert.Equal((1, 4, "nothing"), (plan.Done, plan.Required, Assert.Single(plan.Unknown)));
        // B3 begins after B2 is over, so in its later section; Payroll meets when B2 does.
        Assert.Equal("b3-later", plan.Courses[2].Next!.Section);
        Assert.Equal(("pay", "b2-soon"), (Assert.Single(plan.Conflicts).Section, plan.Conflicts[0].With));
        Assert.Equal(20_000 + 31_000 + 15_000, plan.Cost);
        Assert.Null(plan.SavedAt);

        // The only section of B2 fills: nothing after it can be taken.
        await AcceptAsync(engine, [Told(EventTypes.RegistrationConfirmed, "x", "x1", "b2-soon", 1), Told(EventTypes.RegistrationConfirmed, "y", "y1", "b2-soon", 1)]);
        var full = (await engine.PlanAsync(person, new PlanQuery(["b1", "b2", "b3"], null), Desk, None))!;
        Assert.Null(full.Courses[1].Next);
        Assert.Null(full.Finish);
        Assert.Null(await engine.PlanAsync("nobody", new PlanQuery(null, null), Desk, None));
    }

    [Fact]
    public async Task A_saved_plan_is_on_the_card_and_its_last_course_is_a_need()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Dana());
        var person = await PersonAsync(engine, "dana");
        await AcceptAsync(engine, [Given.Of(EventTypes.CertificatePlanned, "dana", "plan-1", Start, live: true)
            .Set(Fields.Certificate, "Office manager").Set(Fields.Goal, "job").Set(Fields.Document, PlanDocument.Write(["b1", "pay"])).Build()]);
        var card = await CardAsync(engine, "dana");
        Assert.Equal(("Office manager", 1, 2), (card.Plan!.Title, card.Plan.Done, card.Plan.Required));
        Assert.Equal("job", card.More.Goal);
        Assert.Contains(card.Needs, n => n.Rule == "certificate" && n.Detail.Contains("pay", StringComparison.Ordinal));
        var saved = (await engine.PlanAsync(person, new PlanQuery(null, null), Desk, None))!;
        Assert.Equal(("Office manager", 15_000L), (saved.Title, saved.Cost!.Value));
        Assert.NotNull(saved.SavedAt);

        await AcceptAsync(engine, [Given.Of(EventTypes.CertificatePlanned, "dana", "plan-2", Start.AddMinutes(1), live: true).Set(Fields.Certificate, "Office manager").Set(Fields.Document, PlanDocument.Write([])).Build()]);
        Assert.Null((await CardAsync(engine, "dana")).Plan);
        Assert.DoesNotContain((await CardAsync(engine, "dana")).Needs, n => n.Rule == "certificate");
        await VerifyAsync(engine);
    }
}
