using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>Two keys of one person are one person everywhere, whatever came first, and two again when they turn out to be two.</summary>
public abstract class UnionContract(IEngineLab lab) : ContractBase(lab)
{
    private static Fact[] Maria(string who, string given, string email) =>
    [
        Given.Person(who, Start.AddDays(-300), given, "Delgado", email),
        Given.Registration(who, $"{who}-r", Start.AddDays(-40), "s-1", live: true),
        Given.Payment(who, $"{who}-pay", Start.AddDays(-39), 10_000, live: true),
    ];

    private static Fact[] Two() => [Given.Section("s-1", Start.AddDays(-60), Start.AddDays(3)), .. Maria("m-1", "Maria", "maria@example.org"), .. Maria("m-2", "Marie", "mdelgado@example.org")];

    [Fact]
    public async Task Two_keys_that_are_merged_are_one_person_everywhere()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Two());
        var second = await PersonAsync(engine, "m-2");
        Assert.Equal(2, (await BoardAsync(engine)).People);
        await AcceptAsync(engine, Unions.Merge("m-2", "m-1", "merge", Start));

        var person = await PersonAsync(engine, "m-1");
        Assert.Equal(person, await PersonAsync(engine, "m-2"));
        Assert.NotEqual(second, person);
        foreach (var id in new[] { person, second })
        {
            var card = await engine.CardAsync(id, Desk, None);
            Assert.Equal(person, card!.Id);
            Assert.Equal(["m-1", "m-2"], card.Person.Keys.Select(k => k.Key));
            Assert.Equal(20_000, card.Value!.NetPaid);
            var lines = (await engine.JourneyAsync(id, null, 100, Desk, None))!.Lines;
            Assert.Equal(8, lines.Count);
            Assert.Equal(lines.OrderByDescending(l => l.At).Select(l => l.At), lines.Select(l => l.At));
        }

        Assert.Equal(1, (await BoardAsync(engine)).People);
        Assert.Equal(20_000, await NetPaidAsync(engine));
        Assert.Equal(1, engine.Status.People);
        Assert.Equal(1, (await engine.PeopleAsync(new PeopleQuery("segment", "everyone", null, null, 10), Desk, None)).Total);
        foreach (var typed in new[] { "m-1", "m-2", "delgado" })
        {
            Assert.Equal(person, Assert.Single((await UntilAsync(() => engine.SearchAsync(typed, 10, Desk, None), r => r.Ready)).Hits).Id);
        }

        Assert.Equal(1, (await VerifyAsync(engine)).Participants);
        engine = await ReopenAsync(engine);
        Assert.Equal(1, (await BoardAsync(engine)).People);
        Assert.Equal(20_000, await NetPaidAsync(engine));
        Assert.Equal(person, await PersonAsync(engine, "m-2"));
        Assert.Equal(1, (await VerifyAsync(engine)).Participants);
    }

    [Fact]
    public async Task An_unmerge_restores_exactly()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Two(), Given.Rating("m-2", "low", Start.AddDays(-2), 200)]);
        var before = await VerifyAsync(engine);
        var board = JsonSerializer.Serialize(await BoardAsync(engine));
        await AcceptAsync(engine, Unions.Merge("m-1", "m-2", "merge", Start.AddHours(-2)));
        Assert.Equal(1, (await BoardAsync(engine)).People);
        Assert.NotEqual(before.StateHash, (await VerifyAsync(engine)).StateHash);
        await AcceptAsync(engine, Unions.Unmerge("m-2", "m-1", "unmerge", Start.AddHours(-1)));
        Assert.Equal(2, (await BoardAsync(engine)).People);
        Assert.Equal(before.StateHash, (await VerifyAsync(engine)).StateHash);
        Assert.Equal(board, JsonSerializer.Serialize(await BoardAsync(engine)));
        Assert.NotEqual(await PersonAsync(engine, "m-1"), await PersonAsync(engine, "m-2"));
        Assert.Equal("m-2", Assert.Single((await CardAsync(engine, "m-2")).Person.Keys).Key);

        // A merge that is older than the unmerge changes nothing, however late it comes.
        await AcceptAsync(engine, Unions.Merge("m-1", "m-2", "older", Start.AddHours(-3)));
        Assert.Equal(before.StateHash, (await VerifyAsync(engine)).StateHash);
        engine = await ReopenAsync(engine);
        Assert.Equal(before.StateHash, (await VerifyAsync(engine)).StateHash);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Any_order_batching_and_repetition_gives_the_fold_of_the_right_unions(int seed)
    {
        var random = new Random(seed);
        const int people = 14;
        var facts = Histories.Make(seed, people, 700, Start);
        var known = facts.ToList();
        for (var n = 0; n < 16; n++)
        {
            // Few pairs, so that merges and unmerges of one pair follow each other; and keys that nothing else names.
            var (a, b) = (random.Next(people), random.Next(people + 2));
            if (a == b) continue;
            var at = Start.AddHours(-random.Next(24 * 100));
            facts.AddRange(random.Next(3) == 0 ? Unions.Unmerge(Histories.Key(a), Histories.Key(b), $"link-{n}", at) : Unions.Merge(Histories.Key(a), Histories.Key(b), $"link-{n}", at));
            if (random.Next(3) == 0) facts.AddRange(Unions.Unmerge(Histories.Key(a), Histories.Key(b), $"unlink-{n}", at.AddHours(random.Next(-48, 48))));
        }

        // One event that was sent under two keys.
        foreach (var fact in known.Where(f => f.Subject == "p-1").Take(10)) facts.Add(Unions.Under(fact, "p-2"));
        var expected = Unions.HashOf(facts);
        var ordered = await OpenAsync("ordered");
        await AcceptAsync(ordered, [.. facts.OrderBy(f => f.Stamp)], 300);
        Assert.Equal(expected, (await VerifyAsync(ordered)).StateHash);
        var board = JsonSerializer.Serialize(await BoardAsync(ordered));

        // Links before everything, then all of it in any order, some of it twice.
        var shuffled = await OpenAsync("shuffled");
        foreach (var part in Histories.Shuffle([.. facts, .. facts.Take(90)], seed).Chunk(1 + random.Next(60))) await RecordAsync(shuffled, part);
        Assert.Equal(expected, (await VerifyAsync(shuffled)).StateHash);
        Assert.Equal(board, JsonSerializer.Serialize(await BoardAsync(shuffled)));
        shuffled = await ReopenAsync(shuffled, "shuffled");
        Assert.Equal(expected, (await VerifyAsync(shuffled)).StateHash);
        Assert.Equal(board, JsonSerializer.Serialize(await BoardAsync(shuffled)));

        // Without any link everybody is alone, and what everybody was undone to.
        foreach (var link in facts.Where(f => Domain.People.PersonFold.Links(f.Type)).Select(f => f.Subject).Distinct().ToArray())
        {
            foreach (var other in Histories.Keys(people + 2).Where(k => k != link)) await RecordAsync(ordered, Unions.Unmerge(link, other, $"apart-{link}-{other}", Start));
        }

        var apart = facts.Where(f => !Domain.People.PersonFold.Links(f.Type)).ToList();
        var report = await VerifyAsync(ordered);
        Assert.Equal(people + 2, report.Participants);
        var alone = await OpenAsync("alone");
        await AcceptAsync(alone, apart);
        foreach (var key in Histories.Keys(people))
        {
            Assert.Equal(JsonSerializer.Serialize((await CardAsync(alone, key)).Money), JsonSerializer.Serialize((await CardAsync(ordered, key)).Money));
            Assert.Equal(JsonSerializer.Serialize((await CardAsync(alone, key)).Score), JsonSerializer.Serialize((await CardAsync(ordered, key)).Score));
        }
    }

    [Fact]
    public async Task What_comes_after_a_merge_reaches_the_person_under_either_key()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Two(), .. Unions.Merge("m-1", "m-2", "merge", Start.AddDays(-10))]);
        await AcceptAsync(engine, [Given.Payment("m-2", "new", Start.AddHours(-1), 500, live: true)]);
        await AcceptAsync(engine, [Given.Payment("m-1", "newer", Start, 70, live: true)]);
        Assert.Equal(20_570, (await CardAsync(engine, "m-1")).Value!.NetPaid);
        await AcceptAsync(engine, [Given.Payment("m-2", "late", Start.AddDays(-200), 1, live: true)]);
        Assert.Equal(20_571, (await CardAsync(engine, "m-2")).Value!.NetPaid);

        // An event is undone by a void under the other key, before it comes or after, and counts once however often and under whichever keys it is sent.
        await AcceptAsync(engine, [Given.Void("m-1", "void", Start, "new"), Given.Void("m-2", "early", Start, "never")]);
        await AcceptAsync(engine, [Given.Payment("m-1", "never", Start, 9_999), Given.Payment("m-1", "late", Start.AddDays(-200), 1, live: true)]);
        Assert.Equal(RecordOutcome.Duplicate, Assert.Single((await RecordAsync(engine, Given.Payment("m-2", "late", Start.AddDays(-200), 1))).Outcomes));
        Assert.Equal(20_071, (await CardAsync(engine, "m-1")).Value!.NetPaid);
        Assert.Equal(20_071, await NetPaidAsync(engine));
        await VerifyAsync(engine);
        engine = await ReopenAsync(engine);
        Assert.Equal(20_071, (await CardAsync(engine, "m-2")).Value!.NetPaid);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_void_reaches_what_lies_in_another_shard_for_as_long_as_the_two_are_one()
    {
        var engine = await OpenAsync();
        var (first, second) = await ApartAsync(engine);
        Fact[] history = [Given.Payment(first, "kept", Start.AddDays(-9), 1_000), Given.Payment(first, "wrong", Start.AddDays(-8), 20), Given.Payment(second, "other", Start.AddDays(-7), 300), Given.Payment(second, "early", Start.AddDays(-6), 7)];
        await AcceptAsync(engine, [.. history[..3], .. Unions.Merge(first, second, "merge", Start.AddHours(-5))]);

        // Each voids what the other has; one of them before it came.
        await AcceptAsync(engine, [Given.Void(second, "v-1", Start, "wrong"), Given.Void(first, "v-2", Start, "early")]);
        await AcceptAsync(engine, [history[3]]);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(1_300, (await CardAsync(engine, second)).Value!.NetPaid);
            Assert.Equal(1_300, await NetPaidAsync(engine));
            await VerifyAsync(engine);
            engine = await ReopenAsync(engine);
        }

        // Apart, nobody's void is about somebody else's event; and one again, it is.
        await AcceptAsync(engine, Unions.Unmerge(second, first, "unmerge", Start.AddHours(-4)));
        Assert.Equal((1_020, 307), ((await CardAsync(engine, first)).Value!.NetPaid, (await CardAsync(engine, second)).Value!.NetPaid));
        Assert.Equal(1_327, await NetPaidAsync(engine));
        await VerifyAsync(engine);
        await AcceptAsync(engine, Unions.Merge(first, second, "again", Start.AddHours(-3)));
        Assert.Equal(1_300, await NetPaidAsync(engine));
        await VerifyAsync(engine);
    }

    // Two keys whose streams lie in different shards: the first six bits of a stream say which.
    private static async Task<(string First, string Second)> ApartAsync(IExperienceEngine engine)
    {
        string? first = null;
        for (var n = 0; ; n++)
        {
            await AcceptAsync(engine, [Given.Person($"k-{n}", Start.AddDays(-30), $"Given{n}", "Delgado")]);
            if (first is null) first = $"k-{n}";
            else if (await ShardAsync(first) != await ShardAsync($"k-{n}")) return (first, $"k-{n}");
        }

        async Task<int> ShardAsync(string key) => Convert.ToInt32((await PersonAsync(engine, key))[..2], 16) >> 2;
    }

    [Fact]
    public async Task A_merge_before_anything_is_known_joins_what_comes_later()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Unions.Merge("m-2", "m-1", "merge", Start.AddDays(-400)));
        await AcceptAsync(engine, Two());
        Assert.Equal(20_000, (await CardAsync(engine, "m-1")).Value!.NetPaid);
        Assert.Equal(1, (await BoardAsync(engine)).People);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_merge_of_which_one_side_was_recorded_stands()
    {
        var engine = await OpenAsync();
        var merge = Unions.Merge("m-2", "m-1", "merge", Start);
        await AcceptAsync(engine, [merge[1]]);
        await AcceptAsync(engine, Two());
        Assert.Equal(1, (await BoardAsync(engine)).People);
        var half = (await VerifyAsync(engine)).StateHash;
        engine = await ReopenAsync(engine);
        Assert.Equal(half, (await VerifyAsync(engine)).StateHash);

        // The sender's retry brings the other side, and changes nothing.
        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Duplicate], (await RecordAsync(engine, merge)).Outcomes);
        Assert.Equal(half, (await VerifyAsync(engine)).StateHash);
    }

    [Fact]
    public async Task Keys_of_two_sources_are_one_person_and_clocks_are_those_of_both()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Maria("m-1", "Maria", "maria@example.org"));
        await AcceptAsync(engine, [new FactBuilder(EventTypes.PaymentReceived, Unions.Second, "s-1", "cust-9", Start.AddDays(-1).Micros()).Set(Fields.Amount, 300L).Build()]);
        await AcceptAsync(engine, Unions.Merge("cust-9", "m-1", "merge", Start, Unions.Second, Given.Source));
        var person = await PersonAsync(engine, "m-1");
        Assert.Equal(person, await PersonAsync(engine, "cust-9", Unions.Second));
        var card = await engine.CardAsync(person, Desk, None);
        Assert.Equal([Given.Source, Unions.Second], card!.Person.Keys.Select(k => k.Source));
        Assert.Equal(10_300, card.Value!.NetPaid);
        Assert.False(card.History);
        await VerifyAsync(engine);
        await AcceptAsync(engine, Unions.Unmerge("m-1", "cust-9", "unmerge", Start.AddMinutes(1), Given.Source, Unions.Second));
        Assert.Equal(10_000, (await CardAsync(engine, "m-1")).Value!.NetPaid);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task Three_keys_are_one_person_until_the_one_between_them_is_taken_out()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Two(), .. Maria("m-3", "M.", "m@example.org")]);
        await AcceptAsync(engine, [.. Unions.Merge("m-1", "m-2", "one", Start.AddMinutes(-5)), .. Unions.Merge("m-3", "m-2", "two", Start.AddMinutes(-4))]);
        Assert.Equal(30_000, (await CardAsync(engine, "m-3")).Value!.NetPaid);
        await AcceptAsync(engine, Unions.Unmerge("m-1", "m-3", "no", Start.AddMinutes(-3)));
        Assert.Equal(30_000, (await CardAsync(engine, "m-3")).Value!.NetPaid);
        await AcceptAsync(engine, Unions.Unmerge("m-2", "m-1", "yes", Start.AddMinutes(-2)));
        Assert.Equal(10_000, (await CardAsync(engine, "m-1")).Value!.NetPaid);
        Assert.Equal(20_000, (await CardAsync(engine, "m-3")).Value!.NetPaid);
        Assert.Equal(2, (await BoardAsync(engine)).People);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task What_was_raised_of_one_key_is_not_raised_again_by_a_merge()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Two(), Given.Rating("m-2", "low", Start.AddDays(-1), 200)]);
        var before = await engine.FlagsAsync(Desk, None);
        var low = Assert.Single(before.Flags, f => f.Rule == "low-rating");
        await AcceptAsync(engine, Unions.Merge("m-1", "m-2", "merge", Start));
        var after = await engine.FlagsAsync(Desk, None);
        var still = Assert.Single(after.Flags, f => f.Rule == "low-rating");
        Assert.Equal((low.Cause, low.Since), (still.Cause, still.Since));
        Assert.Equal(await PersonAsync(engine, "m-1"), still.Person);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_watched_card_moves_with_a_merge_and_with_what_comes_under_the_other_key()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Two());
        await using var watch = engine.WatchCardAsync(await PersonAsync(engine, "m-2"), Desk, None).GetAsyncEnumerator();
        Assert.Equal(10_000, (await NextAsync(watch, _ => true)).Value!.NetPaid);
        await AcceptAsync(engine, Unions.Merge("m-1", "m-2", "merge", Start.AddMinutes(-1)));
        var merged = await NextAsync(watch, c => c.Value!.NetPaid == 20_000);
        Assert.Equal(await PersonAsync(engine, "m-1"), merged.Id);
        await AcceptAsync(engine, [Given.Payment("m-1", "more", Start, 5)]);
        await NextAsync(watch, c => c.Value!.NetPaid == 20_005);
        await AcceptAsync(engine, Unions.Unmerge("m-1", "m-2", "unmerge", Start.AddMinutes(1)));
        await NextAsync(watch, c => c.Value!.NetPaid == 10_000 && c.Person.Keys[0].Key == "m-2");
    }

    [Fact]
    public async Task Who_is_erased_is_erased_under_every_key()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Two(), .. Unions.Merge("m-1", "m-2", "merge", Start.AddDays(-1))]);
        var person = await PersonAsync(engine, "m-2");
        var erased = Given.Of(EventTypes.ParticipantErased, "m-2", "gone", Start, live: true).Build();
        await AcceptAsync(engine, [erased]);
        Assert.Equal(RecordOutcome.Duplicate, Assert.Single((await RecordAsync(engine, erased)).Outcomes));
        await CheckAsync();
        var hash = (await VerifyAsync(engine)).StateHash;
        engine = await ReopenAsync(engine);
        await CheckAsync();
        Assert.Equal(hash, (await VerifyAsync(engine)).StateHash);

        // Somebody new under an old merge with somebody who was erased is somebody new.
        await AcceptAsync(engine, Maria("m-3", "Maria", "maria@example.org"));
        await AcceptAsync(engine, Unions.Merge("m-3", "m-1", "back", Start.AddDays(-2)));
        Assert.Equal(2, (await BoardAsync(engine)).People);
        Assert.Equal("Delgado", (await CardAsync(engine, "m-3")).Person.FamilyName);
        await VerifyAsync(engine);

        async Task CheckAsync()
        {
            var left = await engine.ErasureAsync(person, Desk, None);
            Assert.True(left!.Complete, left.ToString());
            Assert.Equal(1, (await BoardAsync(engine)).People);
            Assert.Equal(20_000, await NetPaidAsync(engine));
            foreach (var typed in new[] { "delgado", "m-1", "m-2", "maria@example.org", "mdelgado@example.org" }) Assert.Empty((await engine.SearchAsync(typed, 10, Desk, None)).Hits);
            Assert.DoesNotContain("Delgado", JsonSerializer.Serialize(await engine.CardAsync(person, Desk, None)), StringComparison.Ordinal);
        }
    }

    private static async Task<long> NetPaidAsync(IExperienceEngine engine)
    {
        var value = (await BoardAsync(engine)).Tiles.Single(t => t.Id == "value");
        return (long)value.Rows.Single(r => r.Name == "Net paid in all").Value!.Value;
    }
}
