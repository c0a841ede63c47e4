using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>What recording promises: once, durable, in any order, and visible when acknowledged.</summary>
public abstract class RecordContract(IEngineLab lab) : ContractBase(lab)
{
    [Fact]
    public async Task An_empty_engine_is_ready_and_knows_nobody()
    {
        var engine = await OpenAsync();
        Assert.True(engine.Status.Ready, engine.Status.Reason);
        Assert.Equal(0, engine.Status.Events);
        Assert.Equal(0, engine.Status.People);
        Assert.Null(await engine.FindAsync(Given.Source, "nobody", None));
        Assert.Null(await engine.CardAsync(new string('0', 32), Desk, None));
        Assert.Null(await engine.JourneyAsync(new string('0', 32), null, 10, Desk, None));
        Assert.Equal(0, (await BoardAsync(engine)).People);
        Assert.Equal(0, (await VerifyAsync(engine)).Events);
    }

    [Fact]
    public async Task Looking_for_somebody_creates_nobody()
    {
        var engine = await OpenAsync();
        for (var i = 0; i < 50; i++) Assert.Null(await engine.FindAsync(Given.Source, $"p-{i}", None));
        Assert.Equal(0, engine.Status.People);
        Assert.Equal(0, (await VerifyAsync(engine)).Participants);
    }

    [Fact]
    public async Task An_empty_batch_is_answered_with_nothing()
    {
        var engine = await OpenAsync();
        Assert.Empty((await RecordAsync(engine)).Outcomes);
        Assert.Equal(0, engine.Status.Events);
    }

    [Fact]
    public async Task What_is_acknowledged_is_visible()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Person("p-1", Start.AddDays(-2)), Given.Payment("p-1", "pay-1", Start.AddDays(-1), 19_000)]);

        Assert.Equal(2, engine.Status.Events);
        Assert.Equal(1, engine.Status.People);
        var card = await CardAsync(engine, "p-1");
        Assert.Equal("Delgado", card.Person.FamilyName);
        Assert.Equal(19_000, card.Value!.NetPaid);
        Assert.Equal(2, card.More.Facts);
        Assert.Contains(new SourceKey(Given.Source, "p-1"), card.Person.Keys);
        Assert.Equal(1, (await BoardAsync(engine)).People);
    }

    [Fact]
    public async Task An_id_that_is_sent_of_many_people_is_an_event_of_each()
    {
        var engine = await OpenAsync();
        var people = Histories.Keys(200);
        await AcceptAsync(engine, [.. people.Select(p => Given.Payment(p, $"first-{p}", Start.AddDays(-2), 100))]);
        Fact[] shared = [.. people.Select(p => Given.Payment(p, "shared", Start.AddDays(-1), 23))];
        await AcceptAsync(engine, shared);
        Assert.All((await RecordAsync(engine, shared)).Outcomes, static o => Assert.Equal(RecordOutcome.Duplicate, o));
        foreach (var person in people.Take(10)) Assert.Equal(123, (await CardAsync(engine, person)).Value!.NetPaid);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_retried_event_counts_once()
    {
        var engine = await OpenAsync();
        var payment = Given.Payment("p-1", "pay-1", Start.AddDays(-1), 19_000);
        await AcceptAsync(engine, [payment]);
        var before = await VerifyAsync(engine);

        Assert.Equal([RecordOutcome.Duplicate], (await RecordAsync(engine, payment)).Outcomes);
        Assert.Equal([RecordOutcome.Duplicate], (await RecordAsync(engine, Given.Payment("p-1", "pay-1", Start.AddDays(-1), 19_000))).Outcomes);

        Assert.Equal(1, engine.Status.Events);
        Assert.Equal(19_000, (await CardAsync(engine, "p-1")).Value!.NetPaid);
        Assert.Equal(before.StateHash, (await VerifyAsync(engine)).StateHash);
    }

    [Fact]
    public async Task A_repeat_inside_one_batch_counts_once()
    {
        var engine = await OpenAsync();
        var payment = Given.Payment("p-1", "pay-1", Start.AddDays(-1), 19_000);
        var receipt = await RecordAsync(engine, payment, payment, Given.Payment("p-2", "pay-2", Start.AddDays(-1), 100));
        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Duplicate, RecordOutcome.Accepted], receipt.Outcomes);
        Assert.Equal(2, engine.Status.Events);
    }

    [Fact]
    public async Task The_same_id_of_two_sources_is_two_events()
    {
        var engine = await OpenAsync();
        var one = new FactBuilder(EventTypes.PaymentReceived, "/one", "1", "p-1", Start.Micros()).Set(Fields.Amount, 100L).Build();
        var two = new FactBuilder(EventTypes.PaymentReceived, "/two", "1", "p-1", Start.Micros()).Set(Fields.Amount, 100L).Build();
        await AcceptAsync(engine, [one, two]);
        Assert.Equal(2, engine.Status.People);
        Assert.NotEqual(await PersonAsync(engine, "p-1", "/one"), await PersonAsync(engine, "p-1", "/two"));
    }

    [Fact]
    public async Task An_observation_is_taken_from_nobody()
    {
        var engine = await OpenAsync();
        var observation = Given.Of(EventTypes.RiskRaised, "p-1", "o-1", Start).Set(Fields.Rule, "low-rating").Set(Fields.Cause, "x").Build();
        Assert.Equal([RecordOutcome.Refused], (await RecordAsync(engine, observation)).Outcomes);
        Assert.Equal(0, engine.Status.Events);
        Assert.Null(await engine.FindAsync(Given.Source, "p-1", None));
    }

    [Fact]
    public async Task A_type_that_nobody_knows_is_kept_and_shown()
    {
        var engine = await OpenAsync();
        var unknown = Given.Of(EventTypes.Unknown, "p-1", "u-1", Start).Set(Fields.UnknownType, "locker.rented").Set(Fields.Extra, """{"locker":12}""").Build();
        await AcceptAsync(engine, [unknown]);
        var page = await engine.JourneyAsync(await PersonAsync(engine, "p-1"), null, 10, Desk, None);
        Assert.Contains("locker.rented", Assert.Single(page!.Lines).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Any_order_any_split_and_any_repetition_give_the_same_state(int seed)
    {
        const int people = 12;
        var facts = Histories.Make(seed, people, 900, Start);
        var inOrder = await OpenAsync("in-order");
        await AcceptAsync(inOrder, [.. facts.OrderBy(f => f.Stamp)], 200);
        var hash = (await VerifyAsync(inOrder)).StateHash;
        var told = await TellAsync(inOrder, Histories.Keys(people));

        var shuffled = await OpenAsync("shuffled");
        await AcceptAsync(shuffled, Histories.Shuffle(facts, seed + 100), 1 + (seed * 7));
        Assert.Equal(hash, (await VerifyAsync(shuffled)).StateHash);
        Assert.Equal(told, await TellAsync(shuffled, Histories.Keys(people)));

        var backwards = await OpenAsync("backwards");
        var random = new Random(seed);
        var twice = Histories.Shuffle([.. facts, .. facts.Where(_ => random.Next(3) == 0)], seed + 200);
        foreach (var batch in twice.Chunk(97)) await RecordAsync(backwards, batch);
        Assert.Equal(facts.Count, backwards.Status.Events);
        Assert.Equal(hash, (await VerifyAsync(backwards)).StateHash);
        Assert.Equal(told, await TellAsync(backwards, Histories.Keys(people)));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task A_restart_changes_nothing(int seed)
    {
        const int people = 10;
        var facts = Histories.Shuffle(Histories.Make(seed, people, 700, Start), seed);
        var engine = await OpenAsync();
        await AcceptAsync(engine, facts.Take(400).ToArray(), 50);
        engine = await ReopenAsync(engine);
        await AcceptAsync(engine, facts.Skip(400).ToArray(), 50);
        var hash = (await VerifyAsync(engine)).StateHash;
        var told = await TellAsync(engine, Histories.Keys(people));
        var status = engine.Status;

        engine = await ReopenAsync(engine);
        Assert.Equal(status.Events, engine.Status.Events);
        Assert.Equal(status.People, engine.Status.People);
        Assert.Equal(hash, (await VerifyAsync(engine)).StateHash);
        Assert.Equal(told, await TellAsync(engine, Histories.Keys(people)));
        var again = await RecordAsync(engine, [.. facts]);
        Assert.Equal(facts.Count, again.Duplicates);
        Assert.Equal(hash, (await VerifyAsync(engine)).StateHash);
    }

    [Fact]
    public async Task Callers_at_the_same_time_record_each_event_once()
    {
        var engine = await OpenAsync();
        var facts = Histories.Make(21, 20, 2_000, Start);
        var callers = Enumerable.Range(0, 6).Select(c => Task.Run(async () =>
        {
            var accepted = 0;
            foreach (var batch in Histories.Shuffle(facts, c).Chunk(60 + c)) accepted += (await RecordAsync(engine, batch)).Accepted;
            return accepted;
        }));
        Assert.Equal(facts.Count, (await Task.WhenAll(callers)).Sum());
        Assert.Equal(facts.Count, engine.Status.Events);

        var alone = await OpenAsync("alone");
        await AcceptAsync(alone, facts);
        Assert.Equal((await VerifyAsync(alone)).StateHash, (await VerifyAsync(engine)).StateHash);
    }

    [Fact]
    public async Task A_void_undoes_its_target_before_it_or_after_it()
    {
        Fact[] facts =
        [
            Given.Payment("p-1", "good", Start.AddDays(-9), 5_000),
            Given.Payment("p-1", "wrong", Start.AddDays(-8), 90_000),
            Given.Void("p-1", "void", Start.AddDays(-1), "wrong"),
        ];
        var after = await OpenAsync("after");
        await AcceptAsync(after, facts, 1);
        var before = await OpenAsync("before");
        await AcceptAsync(before, [facts[2], facts[1], facts[0]], 1);

        Assert.Equal(5_000, (await CardAsync(after, "p-1")).Value!.NetPaid);
        Assert.Equal(5_000, (await CardAsync(before, "p-1")).Value!.NetPaid);
        Assert.Equal((await VerifyAsync(after)).StateHash, (await VerifyAsync(before)).StateHash);
        var page = await after.JourneyAsync(await PersonAsync(after, "p-1"), null, 10, Desk, None);
        Assert.Single(page!.Lines, l => l.Voided && l.Type == "payment.received");
    }

    [Fact]
    public async Task A_void_cannot_be_voided()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine,
        [
            Given.Payment("p-1", "wrong", Start.AddDays(-8), 90_000),
            Given.Payment("p-1", "good", Start.AddDays(-7), 100),
            Given.Void("p-1", "void", Start.AddDays(-2), "wrong"),
            Given.Void("p-1", "void-of-void", Start.AddDays(-1), "void"),
        ]);
        Assert.Equal(100, (await CardAsync(engine, "p-1")).Value!.NetPaid);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_void_of_nothing_waits_for_its_target_across_a_restart()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Payment("p-1", "good", Start.AddDays(-9), 5_000), Given.Void("p-1", "void", Start.AddDays(-1), "wrong")]);
        engine = await ReopenAsync(engine);
        await AcceptAsync(engine, [Given.Payment("p-1", "wrong", Start.AddDays(-8), 90_000)]);
        Assert.Equal(5_000, (await CardAsync(engine, "p-1")).Value!.NetPaid);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_late_event_stands_where_its_time_says()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Payment("p-1", "first", Start.AddDays(-30), 100), Given.Payment("p-1", "last", Start.AddDays(-1), 300)]);
        await AcceptAsync(engine, [Given.Payment("p-1", "late", Start.AddDays(-10), 200)]);
        var page = await engine.JourneyAsync(await PersonAsync(engine, "p-1"), null, 10, Desk, None);
        Assert.Equal(
            [Start.AddDays(-1).ToUnixTimeMilliseconds(), Start.AddDays(-10).ToUnixTimeMilliseconds(), Start.AddDays(-30).ToUnixTimeMilliseconds()],
            page!.Lines.Select(l => l.At));
        Assert.Equal(600, (await CardAsync(engine, "p-1")).Value!.NetPaid);
    }

    [Fact]
    public async Task A_person_with_a_very_long_history_is_neither_refused_nor_truncated()
    {
        var engine = await OpenAsync();
        var facts = Enumerable.Range(0, 2_500).Select(i => Given.Payment("p-1", $"pay-{i}", Start.AddHours(-2_500 + i), 100)).ToArray();
        await AcceptAsync(engine, Histories.Shuffle(facts.Where((_, i) => i % 5 != 0), 5));
        await AcceptAsync(engine, facts.Where((_, i) => i % 5 == 0).ToArray());
        var card = await CardAsync(engine, "p-1");
        Assert.Equal(250_000, card.Value!.NetPaid);
        Assert.Equal(2_500, card.More.Facts);

        var person = await PersonAsync(engine, "p-1");
        var seen = new HashSet<string>();
        string? after = null;
        do
        {
            var page = await engine.JourneyAsync(person, after, 180, Desk, None);
            Assert.All(page!.Lines, l => Assert.True(seen.Add(l.Event), "A line stands on two pages."));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(2_500, seen.Count);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_disposed_engine_acknowledges_nothing()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Payment("p-1", "pay-1", Start, 100)]);
        await engine.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () => await RecordAsync(engine, Given.Payment("p-1", "pay-2", Start, 100)));
        engine = await ReopenAsync(engine);
        Assert.Equal(1, engine.Status.Events);
    }
}
