using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Voice;

namespace Experience.Contract;

/// <summary>What nobody is known for is listed and counts nowhere; attributed it is the person's, and taken back it is nobody's again, whatever came first.</summary>
public abstract class VoiceContract(IEngineLab lab) : ContractBase(lab)
{
    private const string Reviews = "/reviews";

    private static string KeyOf(string id) => Voices.KeyOf(Fact.IdOf(Reviews, id));

    private static Fact Review(string id, DateTimeOffset at, string words, long rating = 0, string? section = null)
    {
        var builder = new FactBuilder(EventTypes.FeedbackSubmitted, Reviews, id, KeyOf(id), at.Micros()) { Live = true }.Set(Fields.Words, words).Set(Fields.Section, section);
        if (rating > 0) builder.Set(Fields.CourseRating, rating).Set(Fields.Service, rating).Set(Fields.Survey, "transactional");
        return builder.Build();
    }

    private static Fact Post(string id, DateTimeOffset at, string words) => new FactBuilder(EventTypes.CommentPosted, Reviews, id, KeyOf(id), at.Micros()) { Live = true }.Set(Fields.Words, words).Set(Fields.Site, "Google").Build();

    private static Fact[] Attribute(string voice, string person, string id, DateTimeOffset at) => Unions.Merge(KeyOf(voice), person, id, at, Reviews, Given.Source);

    private static Fact[] TakeBack(string voice, string person, string id, DateTimeOffset at) => Unions.Unmerge(KeyOf(voice), person, id, at, Reviews, Given.Source);

    private static Fact[] Maria(string key = "m-1") => [Given.Person(key, Start.AddDays(-300), "Maria", "Delgado", $"{key}@example.org"), Given.Payment(key, $"{key}-pay", Start.AddDays(-39), 10_000, live: true)];

    private static async Task<VoicePage> ListAsync(IExperienceEngine engine, bool attributed = false, string? section = null, string? after = null, int limit = 50) =>
        await ((IVoices)engine).VoicesAsync(new VoiceQuery(attributed, section, after, limit), Desk, None);

    private static async Task<string> LinesAsync(IExperienceEngine engine, string key) => JsonSerializer.Serialize(await engine.JourneyAsync(await PersonAsync(engine, key), null, 100, Desk, None));

    [Fact]
    public async Task What_nobody_is_known_for_is_listed_and_is_nobody()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Maria(), Review("r-1", Start.AddDays(-3), "Loud room.", 200, "s-1"), Review("r-2", Start.AddDays(-1), "Kind staff.", 500, "s-1"), Post("c-1", Start.AddDays(-2), "Parking!")]);
        for (var time = 0; time < 2; time++)
        {
            var page = await ListAsync(engine);
            Assert.Equal((3, 0, 3), (page.Open, page.Attributed, page.Total));
            Assert.Equal(["Kind staff.", "Parking!", "Loud room."], page.Voices.Select(v => v.Words));
            Assert.Equal((KeyOf("r-2"), Reviews, "s-1"), (page.Voices[0].Key.Key, page.Voices[0].Key.Source, page.Voices[0].Section));
            Assert.Equal("Google", page.Voices[1].Site);
            Assert.All(page.Voices, v => Assert.Null(v.Person));
            Assert.Equal([("s-1", 2L, 2L, 3.5), (null, 1L, 0L, null)], page.Sections.Select(s => (s.Section, s.Count, s.Rated, s.Rating)));
            Assert.Equal(2, (await ListAsync(engine, section: "s-1")).Voices.Count);
            var first = await ListAsync(engine, limit: 2);
            Assert.Equal("Loud room.", Assert.Single((await ListAsync(engine, after: first.Next, limit: 2)).Voices).Words);

            Assert.Equal((1, 1L), ((await BoardAsync(engine)).People, engine.Status.People));
            Assert.Null(await engine.FindAsync(Reviews, KeyOf("r-1"), None));
            Assert.Empty((await UntilAsync(() => engine.SearchAsync("voice:", 10, Desk, None), r => r.Ready)).Hits);
            Assert.Equal(1, (await VerifyAsync(engine)).Participants);
            engine = await ReopenAsync(engine);
        }

        Assert.Equal(RecordOutcome.Duplicate, Assert.Single((await RecordAsync(engine, Post("c-1", Start.AddDays(-2), "Parking!"))).Outcomes));
        await AcceptAsync(engine, [new FactBuilder(EventTypes.EventVoided, Reviews, "v#voice", KeyOf("c-1"), Start.Micros()).Set(Fields.TargetId, "c-1").Build()]);
        Assert.Equal(2, (await ListAsync(engine)).Total);
        Assert.Null(await ((IVoices)engine).VoiceAsync(Reviews, KeyOf("c-1"), Desk, None));
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task What_is_attributed_is_the_persons_and_taken_back_it_is_nobodys()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Maria(), .. Maria("m-2"), Review("r-1", Start.AddDays(-3), "Loud room.", 200)]);
        var (before, board, person) = ((await VerifyAsync(engine)).StateHash, JsonSerializer.Serialize(await BoardAsync(engine)), await PersonAsync(engine, "m-1"));
        await AcceptAsync(engine, Attribute("r-1", "m-1", "one", Start.AddHours(-3)));
        for (var time = 0; time < 2; time++)
        {
            // The person is named as before, though the review's source and key come first in any order of letters.
            var card = await engine.CardAsync(person, Desk, None);
            Assert.Equal((person, "m-1"), (card!.Id, Assert.Single(card.Person.Keys).Key));
            Assert.Contains("Loud room.", await LinesAsync(engine, "m-1"), StringComparison.Ordinal);
            Assert.Equal((2, 2L, 2L), ((await BoardAsync(engine)).People, engine.Status.People, (await VerifyAsync(engine)).Participants));
            var said = Assert.Single((await ListAsync(engine, attributed: true)).Voices);
            Assert.Equal(new VoicePerson(person, "Maria Delgado"), said.Person);
            Assert.Equal((0, 1), ((await ListAsync(engine)).Total, (await ListAsync(engine)).Attributed));
            Assert.Empty((await ((IIdentities)engine).SuggestionsAsync(null, 10, Desk, None)).Merged);
            engine = await ReopenAsync(engine);
        }

        // Attributed anew it is the other one's, and makes nobody one with nobody.
        await AcceptAsync(engine, Attribute("r-1", "m-2", "two", Start.AddHours(-2)));
        Assert.DoesNotContain("Loud room.", await LinesAsync(engine, "m-1"), StringComparison.Ordinal);
        Assert.Contains("Loud room.", await LinesAsync(engine, "m-2"), StringComparison.Ordinal);
        Assert.Equal(2, (await BoardAsync(engine)).People);
        await VerifyAsync(engine);

        // And nobody's again: not the first one's, who was wrong.
        await AcceptAsync(engine, TakeBack("r-1", "m-2", "three", Start.AddHours(-1)));
        Assert.Equal(before, (await VerifyAsync(engine)).StateHash);
        Assert.Equal(board, JsonSerializer.Serialize(await BoardAsync(engine)));
        Assert.Null(Assert.Single((await ListAsync(engine)).Voices).Person);
        engine = await ReopenAsync(engine);
        Assert.Equal(before, (await VerifyAsync(engine)).StateHash);
        Assert.Equal(1, (await ListAsync(engine)).Total);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Any_order_batching_and_repetition_gives_the_same_people(int seed)
    {
        var random = new Random(seed);
        var facts = Histories.Make(seed, 8, 300, Start);
        for (var n = 0; n < 20; n++)
        {
            facts.Add(Review($"r-{n}", Start.AddDays(-random.Next(300)), $"Words {n}.", 100 + (100 * random.Next(5))));
            for (var said = random.Next(4); said > 0; said--)
            {
                var (who, at) = (Histories.Key(random.Next(9)), Start.AddHours(-random.Next(2_000)));
                facts.AddRange(random.Next(3) == 0 ? TakeBack($"r-{n}", who, $"b-{n}-{said}", at) : Attribute($"r-{n}", who, $"a-{n}-{said}", at));
            }
        }

        var ordered = await OpenAsync("ordered");
        await AcceptAsync(ordered, [.. facts.OrderBy(f => f.Stamp)], 100);
        var expected = (await VerifyAsync(ordered)).StateHash;
        Assert.Equal(Unions.HashOf(facts), expected);
        var (board, open, theirs) = (JsonSerializer.Serialize(await BoardAsync(ordered)), await WordsAsync(ordered, false), await WordsAsync(ordered, true));
        Assert.Equal(20, open.Length + theirs.Length);
        Assert.NotEmpty(theirs);

        var shuffled = await OpenAsync("shuffled");
        foreach (var part in Histories.Shuffle([.. facts, .. facts.Take(60)], seed).Chunk(1 + random.Next(40))) await RecordAsync(shuffled, part);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(expected, (await VerifyAsync(shuffled)).StateHash);
            Assert.Equal(board, JsonSerializer.Serialize(await BoardAsync(shuffled)));
            Assert.Equal(open, await WordsAsync(shuffled, false));
            Assert.Equal(theirs, await WordsAsync(shuffled, true));
            shuffled = await ReopenAsync(shuffled, "shuffled");
        }
    }

    [Fact]
    public async Task What_is_attributed_goes_with_the_person()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. Maria(), Review("r-1", Start.AddDays(-3), "Loud room.", 200), Review("r-2", Start.AddDays(-3), "Late start."), Review("r-3", Start.AddDays(-3), "Of somebody else."), .. Attribute("r-1", "m-1", "one", Start.AddHours(-3))]);
        var person = await PersonAsync(engine, "m-1");
        await AcceptAsync(engine, [Given.Of(EventTypes.ParticipantErased, "m-1", "gone", Start, live: true).Build()]);

        // Attributed after the person was erased: it goes as well.
        await AcceptAsync(engine, Attribute("r-2", "m-1", "two", Start.AddHours(-2)));
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal("Of somebody else.", Assert.Single((await ListAsync(engine)).Voices).Words);
            Assert.Empty((await ListAsync(engine, attributed: true)).Voices);
            Assert.Null(await ((IVoices)engine).VoiceAsync(Reviews, KeyOf("r-1"), Desk, None));
            Assert.True((await engine.ErasureAsync(person, Desk, None))!.Complete);
            var told = JsonSerializer.Serialize(await engine.CardAsync(person, Desk, None)) + JsonSerializer.Serialize(await engine.JourneyAsync(person, null, 100, Desk, None));
            Assert.DoesNotContain("Loud room.", told, StringComparison.Ordinal);
            Assert.DoesNotContain("Late start.", told, StringComparison.Ordinal);
            Assert.Equal(1, engine.Status.People);
            await VerifyAsync(engine);
            engine = await ReopenAsync(engine);
        }
    }

    private static async Task<string[]> WordsAsync(IExperienceEngine engine, bool attributed) => [.. (await ListAsync(engine, attributed)).Voices.Select(v => $"{v.Words} {v.Person?.Name}")];
}
