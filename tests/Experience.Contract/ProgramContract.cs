using System.Text.Json.Nodes;
using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>Rules are events too: what a program publishes is in force when it is acknowledged, for everybody.</summary>
public abstract class ProgramContract(IEngineLab lab) : ContractBase(lab)
{
    private static Fact Policy(string id, DateTimeOffset at, string json) =>
        Given.Of(EventTypes.PolicyPublished, "", id, at, live: true).Set(Fields.Document, json).Build();

    private static Fact Segment(string name, string title, string rule, DateTimeOffset at) =>
        Given.Of(EventTypes.SegmentDefined, "", $"{name}-{at.Micros()}", at, live: true)
            .Set(Fields.Segment, name).Set(Fields.Title, title).Set(Fields.Document, rule).Build();

    [Fact]
    public async Task A_program_has_a_policy_before_anybody_published_one()
    {
        var engine = await OpenAsync();
        var (json, version) = await engine.PolicyAsync(None);
        Assert.True(version >= 0);
        Assert.NotNull(JsonNode.Parse(json)!["rules"]!["low-rating"]);
        var program = await engine.ProgramAsync(None);
        Assert.Equal("USD", program.Currency);
        Assert.Equal(version, program.PolicyVersion);
        Assert.Contains(program.Segments, s => s.Id == "everyone");
    }

    [Fact]
    public async Task A_published_policy_changes_what_was_assessed_before_it_and_names_its_version()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Person("p-1", Start.AddDays(-1)), Given.Rating("p-1", "r-1", Start.AddMinutes(-5), 400)]);
        Assert.DoesNotContain((await CardAsync(engine, "p-1")).Flags, f => f.Rule == "low-rating");

        var (json, version) = await engine.PolicyAsync(None);
        var document = JsonNode.Parse(json)!;
        document["rules"]!["low-rating"]!["medium"] = 4;
        await AcceptAsync(engine, [Policy("policy-1", Start, document.ToJsonString())]);
        var card = await UntilAsync(async () => await CardAsync(engine, "p-1"), c => c.Flags.Any(f => f.Rule == "low-rating"));
        var published = await engine.PolicyAsync(None);
        Assert.True(published.Version > version);
        Assert.Equal(published.Version, card.Flags.Single(f => f.Rule == "low-rating").Receipt.PolicyVersion);
        Assert.Equal(4, (int)JsonNode.Parse(published.Json)!["rules"]!["low-rating"]!["medium"]!);

        engine = await ReopenAsync(engine);
        Assert.Equal(published.Version, (await engine.PolicyAsync(None)).Version);
        Assert.Contains((await CardAsync(engine, "p-1")).Flags, f => f.Rule == "low-rating");
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_policy_changes_nothing_of_the_folded_state()
    {
        var facts = Histories.Make(61, 10, 400, Start);
        var plain = await OpenAsync("plain");
        await AcceptAsync(plain, facts);
        var document = JsonNode.Parse((await plain.PolicyAsync(None)).Json)!;
        document["score"]!["satisfaction"] = 40;
        document["score"]!["effort"] = 25;
        var program = Given.Of(EventTypes.PolicyPublished, "", "policy", Start).Set(Fields.Document, document.ToJsonString()).Build();
        await AcceptAsync(plain, [program]);

        // The program's own stream is folded too, so the hash tells of the publication; people must not differ.
        var first = await OpenAsync("first");
        await AcceptAsync(first, [program]);
        await AcceptAsync(first, Histories.Shuffle(facts, 9));
        Assert.Equal((await VerifyAsync(plain)).StateHash, (await VerifyAsync(first)).StateHash);
        Assert.Equal(await TellAsync(plain, Histories.Keys(10)), await TellAsync(first, Histories.Keys(10)));
    }

    [Fact]
    public async Task A_segment_defined_live_counts_everybody_that_its_rule_means()
    {
        var engine = await OpenAsync();
        const int people = 30;
        await AcceptAsync(engine, [.. Enumerable.Range(0, people).SelectMany(i => Enumerable.Range(0, 1 + (i % 5)).Select(n => Given.Payment(Histories.Key(i), $"pay-{i}-{n}", Start.AddDays(-n), 100)))]);
        await AcceptAsync(engine, [Segment("regulars", "Regulars", """{"field":"payments","is":">=","value":3}""", Start)]);

        var expected = Enumerable.Range(0, people).Count(i => 1 + (i % 5) >= 3);
        var board = await UntilAsync(() => engine.BoardAsync("regulars", Desk, None), b => b?.People == expected);
        Assert.Equal("Regulars", board!.Title);
        Assert.Contains((await engine.ProgramAsync(None)).Segments, s => s.Id == "regulars");
        Assert.Equal(expected, (await engine.PeopleAsync(new PeopleQuery("segment", "regulars", null, null, 100), Desk, None)).Total);

        // One more payment moves one more person in; an edited rule moves others.
        await AcceptAsync(engine, [Given.Payment(Histories.Key(1), "pay-more", Start, 100)]);
        await UntilAsync(() => engine.BoardAsync("regulars", Desk, None), b => b?.People == expected + 1);
        await AcceptAsync(engine, [Segment("regulars", "Regulars", """{"not":{"field":"payments","is":">=","value":3}}""", Start.AddSeconds(1))]);
        await UntilAsync(() => engine.BoardAsync("regulars", Desk, None), b => b?.People == people - expected - 1);
        engine = await ReopenAsync(engine);
        Assert.Equal(people - expected - 1, (await BoardAsync(engine, "regulars")).People);
        await VerifyAsync(engine);
    }

    [Fact]
    public async Task A_published_section_gives_its_title_to_those_who_are_in_it_already()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Registration("p-1", "1", Start.AddDays(-3), "excel-03", live: true)]);
        await AcceptAsync(engine, [Given.Section("excel-03", Start.AddDays(-1), Start.AddDays(5))]);
        var card = await UntilAsync(async () => await CardAsync(engine, "p-1"), c => c.Sections.Any(s => s.Title == "Excel, evenings"));
        Assert.Equal("excel-03", card.Sections[0].Section);
    }

    [Fact]
    public async Task Market_segments_hold_everybody_exactly_once()
    {
        var engine = await OpenAsync();
        const int people = 30;
        await AcceptAsync(engine, Histories.Make(71, people, 1_200, Start));
        string[] market = ["youth-families", "employer-sponsored", "certificate", "seniors", "career", "enrichment", "occasional"];
        var program = await engine.ProgramAsync(None);
        Assert.All(market, m => Assert.Contains(program.Segments, s => s.Id == m));
        var sum = 0L;
        foreach (var segment in market) sum += (await BoardAsync(engine, segment)).People;
        Assert.Equal(people, sum);
    }
}
