using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>Flags and needs have a life: raised once by a cause, answered, cleared; silence raises them on time.</summary>
public abstract class RulesContract(IEngineLab lab) : ContractBase(lab)
{
    private static ValueTask<OpenFlagsView> FlagsAsync(IExperienceEngine engine) => engine.FlagsAsync(Desk, None);

    [Fact]
    public async Task A_low_rating_raises_one_flag_however_often_it_is_sent()
    {
        var engine = await OpenAsync();
        var rating = Given.Rating("p-1", "r-1", Start.AddMinutes(-5), 200);
        await AcceptAsync(engine, [Given.Person("p-1", Start.AddDays(-1)), rating]);
        await RecordAsync(engine, rating);
        var flags = await UntilAsync(() => FlagsAsync(engine), f => f.Total > 0);
        var flag = Assert.Single(flags.Flags, f => f.Rule == "low-rating");
        Assert.Equal(await PersonAsync(engine, "p-1"), flag.Person);
        Assert.Contains("Delgado", flag.Name, StringComparison.Ordinal);

        var onCard = Assert.Single((await CardAsync(engine, "p-1")).Flags, f => f.Rule == "low-rating");
        Assert.Equal(flag.Cause, onCard.Cause);
        Assert.Equal("high", onCard.Severity);
        Assert.Equal("feedback.submitted", Assert.Single(onCard.Receipt.Events).Type);
        var listed = await engine.PeopleAsync(new PeopleQuery("risk", "everyone", null, null, 10), Desk, None);
        Assert.Equal(flag.Person, Assert.Single(listed.Rows).Id);

        engine = await ReopenAsync(engine);
        Assert.Equal(flags.Flags.Select(f => f.Cause), (await FlagsAsync(engine)).Flags.Select(f => f.Cause));
        var lines = (await engine.JourneyAsync(flag.Person, null, 50, Desk, None))!.Lines;
        Assert.Single(lines, l => l.Type == "risk.raised");
    }

    [Fact]
    public async Task A_voided_cause_clears_its_flag()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Rating("p-1", "r-1", Start.AddMinutes(-5), 200)]);
        await UntilAsync(() => FlagsAsync(engine), f => f.Flags.Any(x => x.Rule == "low-rating"));
        await AcceptAsync(engine, [Given.Of(EventTypes.EventVoided, "p-1", "v", Start, live: true).Set(Fields.TargetId, "r-1").Build()]);
        await UntilAsync(() => FlagsAsync(engine), f => f.Flags.All(x => x.Rule != "low-rating"));
        Assert.DoesNotContain((await CardAsync(engine, "p-1")).Flags, f => f.Rule == "low-rating");
    }

    [Fact]
    public async Task An_imported_history_raises_no_alert()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Histories.Make(51, 30, 1_500, Start));
        Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(0, (await FlagsAsync(engine)).Total);
    }

    [Fact]
    public async Task A_complaint_past_its_clock_is_flagged_by_silence_alone()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Person("p-1", Start.AddDays(-1)), Given.Complaint("p-1", "1", Start)]);
        Assert.DoesNotContain((await CardAsync(engine, "p-1")).Dissatisfiers, d => d.Past);

        Time.Advance(TimeSpan.FromDays(4));
        var flags = await UntilAsync(() => FlagsAsync(engine), f => f.Total > 0);
        Assert.Contains(flags.Flags, f => f.Rule == "past-clock");
        Assert.True(Assert.Single((await CardAsync(engine, "p-1")).Dissatisfiers).Past);

        await AcceptAsync(engine, [Given.Of(EventTypes.ComplaintResolved, "p-1", "ok", Time.GetUtcNow(), live: true).Set(Fields.Complaint, "c-1").Build()]);
        await UntilAsync(() => FlagsAsync(engine), f => f.Total == 0);
        Assert.Empty((await CardAsync(engine, "p-1")).Dissatisfiers);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_clock_that_ran_out_while_the_engine_was_closed_is_seen_at_its_start()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Person("p-1", Start.AddDays(-1)), Given.Complaint("p-1", "1", Start)]);
        await engine.DisposeAsync();
        Time.Advance(TimeSpan.FromDays(4));
        engine = await ReopenAsync(engine);
        await UntilAsync(() => FlagsAsync(engine), f => f.Flags.Any(x => x.Rule == "past-clock"));
    }

    [Fact]
    public async Task An_acknowledged_flag_says_so_to_everybody()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Rating("p-1", "r-1", Start.AddMinutes(-5), 200)]);
        var flag = (await UntilAsync(() => FlagsAsync(engine), f => f.Total > 0)).Flags[0];
        await AcceptAsync(engine, [Given.Of(EventTypes.RiskAcknowledged, "p-1", "a", Start, live: true).Set(Fields.Rule, flag.Rule).Set(Fields.Cause, flag.Cause).Set(Fields.Staff, "Rosa Lin").Build()]);
        await UntilAsync(() => FlagsAsync(engine), f => f.Flags.All(x => x.Cause != flag.Cause || x.Answer == "acknowledged"));
    }
}
