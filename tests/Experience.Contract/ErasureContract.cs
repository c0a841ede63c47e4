using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>Who is erased is known by nobody any more, stays erased, and is counted as before.</summary>
public abstract class ErasureContract(IEngineLab lab) : ContractBase(lab)
{
    private static readonly string[] Personal = ["Zerlina", "Quibblewick", "zerlina@planted.example", "555 0199 8877", "p-gone", "the planted words"];

    private static Fact Erased(string who, string id, DateTimeOffset at) => Given.Of(EventTypes.ParticipantErased, who, id, at, live: true).Set(Fields.Reason, "asked for it").Build();

    private static Fact[] Known(string who) =>
    [
        Given.Person(who, Start.AddDays(-300), "Zerlina", "Quibblewick", "zerlina@planted.example", "+1 555 0199 8877"),
        Given.Registration(who, "r-1", Start.AddDays(-40), "s-1", live: true),
        Given.Payment(who, "pay-1", Start.AddDays(-39), 19_000, live: true),
        Given.Of(EventTypes.FeedbackSubmitted, who, "f-1", Start.AddDays(-2), live: true).Set(Fields.Survey, "annual").Set(Fields.Service, 200L).Set(Fields.Words, "the planted words").Build(),
        Given.Complaint(who, "c-1", Start.AddHours(-3)),
    ];

    [Fact]
    public async Task Nothing_personal_is_shown_or_found_after_an_erasure()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Section("s-1", Start.AddDays(-60), Start.AddDays(3)), .. Known("p-gone")]);
        var person = await PersonAsync(engine, "p-gone");
        Assert.Contains("Quibblewick", await EverythingAsync(engine, person), StringComparison.Ordinal);
        Assert.NotEmpty((await engine.SearchAsync("quibblewick", 10, Desk, None)).Hits);
        Assert.Equal(1, (await engine.PeopleAsync(new PeopleQuery("complaints", "everyone", null, null, 10), Desk, None)).Total);

        await AcceptAsync(engine, [Erased("p-gone", "gone", Start)]);
        var after = await EverythingAsync(engine, person);
        foreach (var text in Personal) Assert.DoesNotContain(text, after, StringComparison.OrdinalIgnoreCase);
        foreach (var typed in new[] { "quibblewick", "zerlina", "8877", "zerlina@planted.example", "p-gone", "erased" }) Assert.Empty((await engine.SearchAsync(typed, 10, Desk, None)).Hits);
        foreach (var list in new[] { "risk", "needs", "complaints", "answers", "segment" }) Assert.Equal(0, (await engine.PeopleAsync(new PeopleQuery(list, "everyone", null, null, 10), Desk, None)).Total);
        Assert.Equal(0, (await engine.FlagsAsync(Desk, None)).Total);
        await VerifyAsync(engine);

        engine = await ReopenAsync(engine);
        after = await EverythingAsync(engine, person);
        foreach (var text in Personal) Assert.DoesNotContain(text, after, StringComparison.OrdinalIgnoreCase);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task The_answer_says_what_an_erasure_left()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Known("p-gone"));
        var person = await PersonAsync(engine, "p-gone");
        var before = await engine.ErasureAsync(person, Desk, None);
        Assert.NotNull(before);
        Assert.False(before.Complete);
        Assert.Null(before.ErasedAt);
        Assert.True(before is { Searchable: true, Readable: > 1 });
        Assert.Equal(before.Sealed, before.Readable);

        await AcceptAsync(engine, [Erased("p-gone", "gone", Start)]);
        var after = await engine.ErasureAsync(person, Desk, None);
        Assert.NotNull(after);
        Assert.True(after.Complete, after.ToString());
        Assert.Equal(Start.ToUnixTimeMilliseconds(), after.ErasedAt);
        Assert.True(after.Records > before.Records);
        Assert.Equal(before.Sealed, after.Sealed);
        Assert.Null(await engine.ErasureAsync(new string('0', 31) + "1", Desk, None));
    }

    [Fact]
    public async Task Money_and_counts_stay_as_they_were()
    {
        var engine = await OpenAsync();
        var paid = Given.Of(EventTypes.PaymentReceived, "p-child", "pay-2", Start.AddDays(-10)).Set(Fields.Amount, 5_000L).Set(Fields.Payer, "p-parent").Build();
        var mirror = Given.Of(EventTypes.PaymentReceived, "p-parent", "pay-2#mirror", Start.AddDays(-10)).Set(Fields.Amount, 5_000L).Set(Fields.Beneficiary, "p-child").Build();
        await AcceptAsync(engine, [.. Known("p-gone"), Given.Person("p-child", Start.AddDays(-20), "Quill"), Given.Person("p-parent", Start.AddDays(-20), "Quentin"), paid, mirror]);
        var before = await NetPaidAsync(engine);
        await AcceptAsync(engine, [Erased("p-gone", "gone", Start), Erased("p-child", "gone-2", Start), Erased("p-parent", "gone-3", Start)]);
        Assert.Equal(24_000, before);
        Assert.Equal(before, await NetPaidAsync(engine));
        Assert.Equal(3, (await BoardAsync(engine)).People);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task What_a_source_sends_later_is_counted_and_brings_nobody_back()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Known("p-gone"), Erased("p-gone", "gone", Start.AddHours(-1))]);
        var person = await PersonAsync(engine, "p-gone");
        var again = Given.Of(EventTypes.ParticipantIdentified, "p-gone", "export-2", Start).Set(Fields.GivenName, "Zerlina").Set(Fields.FamilyName, "Quibblewick").Build();
        var old = Given.Of(EventTypes.ParticipantIdentified, "p-gone", "export-3", Start.AddDays(-900)).Set(Fields.FamilyName, "Quibblewick").Build();
        await AcceptAsync(engine, [again, old, Given.Payment("p-gone", "pay-2", Start, 1_000)]);
        Assert.Equal(20_000, await NetPaidAsync(engine));
        var text = await EverythingAsync(engine, person);
        Assert.DoesNotContain("Quibblewick", text, StringComparison.Ordinal);
        Assert.Empty((await engine.SearchAsync("quibblewick", 10, Desk, None)).Hits);
        Assert.Equal(RecordOutcome.Duplicate, Assert.Single((await RecordAsync(engine, Given.Payment("p-gone", "pay-1", Start, 1))).Outcomes));
        Assert.True((await engine.ErasureAsync(person, Desk, None))!.Complete);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task An_erasure_is_done_once_and_cannot_be_undone()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Void("p-gone", "void-early", Start.AddDays(-1), "gone"), .. Known("p-gone"), Erased("p-gone", "gone", Start)]);
        await AcceptAsync(engine, [Erased("p-gone", "gone-again", Start.AddMinutes(1)), Given.Void("p-gone", "void-late", Start.AddMinutes(2), "gone-again")]);
        Assert.Equal(RecordOutcome.Duplicate, Assert.Single((await RecordAsync(engine, Erased("p-gone", "gone", Start))).Outcomes));
        var left = await engine.ErasureAsync(await PersonAsync(engine, "p-gone"), Desk, None);
        Assert.True(left!.Complete);
        Assert.Equal(Start.ToUnixTimeMilliseconds(), left.ErasedAt);
        await VerifyAsync(engine);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task The_state_does_not_depend_on_when_an_erasure_comes(int seed)
    {
        var facts = Histories.Make(seed, 12, 900, Start);
        foreach (var who in new[] { 2, 3, 7, 8 }) facts.Add(Erased(Histories.Key(who), $"gone-{who}", Start.AddDays(-who)));
        var ordered = await OpenAsync("ordered");
        await AcceptAsync(ordered, [.. facts.OrderBy(f => f.Stamp)]);
        var shuffled = await OpenAsync("shuffled");
        await AcceptAsync(shuffled, Histories.Shuffle(facts, seed), 37);
        var late = await OpenAsync("late");
        await AcceptAsync(late, [.. facts.OrderBy(f => f.Type == EventTypes.ParticipantErased)]);
        var hash = (await VerifyAsync(ordered)).StateHash;
        Assert.Equal(hash, (await VerifyAsync(shuffled)).StateHash);
        Assert.Equal(hash, (await VerifyAsync(late)).StateHash);
        late = await ReopenAsync(late, "late");
        Assert.Equal(hash, (await VerifyAsync(late)).StateHash);
    }

    [Fact]
    public async Task Who_was_erased_is_known_by_key_after_a_restart_too()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Known("p-gone"), .. Known("p-here"), Erased("p-gone", "gone", Start)]);
        SourceKey here = new(Given.Source, "p-here"), gone = new(Given.Source, "p-gone");
        for (var time = 0; time < 2; time++)
        {
            Assert.False(await engine.AnyErasedAsync([here, new(Given.Source, "nobody"), new("/elsewhere", "p-gone"), new(Given.Source, "")], None));
            Assert.True(await engine.AnyErasedAsync([here, gone], None));
            Assert.Null(await engine.FindAsync(Given.Source, "nobody", None));
            engine = await ReopenAsync(engine);
        }
    }

    private static async Task<long> NetPaidAsync(IExperienceEngine engine)
    {
        var value = (await BoardAsync(engine)).Tiles.Single(t => t.Id == "value");
        return (long)value.Rows.Single(r => r.Name == "Net paid in all").Value!.Value;
    }

    private static async Task<string> EverythingAsync(IExperienceEngine engine, string person)
    {
        var card = await engine.CardAsync(person, Desk, None);
        var journey = await engine.JourneyAsync(person, null, 200, Desk, None);
        var lists = new List<object>();
        foreach (var list in new[] { "risk", "needs", "complaints", "answers", "segment", "refunds", "waitlist" })
            lists.Add(await engine.PeopleAsync(new PeopleQuery(list, "everyone", null, null, 100), Desk, None));
        return JsonSerializer.Serialize(card) + JsonSerializer.Serialize(journey) + JsonSerializer.Serialize(lists) + JsonSerializer.Serialize(await engine.FlagsAsync(Desk, None));
    }
}
