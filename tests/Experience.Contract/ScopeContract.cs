using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>Boards and lists narrowed to a program area or a desk count exactly its people.</summary>
public abstract class ScopeContract(IEngineLab lab) : ContractBase(lab)
{
    private static Fact In(string who, string id, string program, DateTimeOffset at) =>
        Given.Of(EventTypes.RegistrationConfirmed, who, id, at, live: true).Set(Fields.Section, $"s-{program}").Set(Fields.Program, program).Set(Fields.Amount, 10_000L).Build();

    private static Fact Answer(string who, string id, string desk, long service) =>
        Given.Of(EventTypes.FeedbackSubmitted, who, id, Start.AddDays(-5), live: true).Set(Fields.Survey, "annual").Set(Fields.Service, service).Set(Fields.Desk, desk).Build();

    // 40 people in Computing, 40 in Trades, 10 of both; the even ones answered West (2), the odd ones Main (5).
    private static IEnumerable<Fact> People()
    {
        for (var i = 0; i < 70; i++)
        {
            var who = $"p-{i}";
            yield return Given.Person(who, Start.AddDays(-100), "Ann", $"Body{i}");
            if (i < 40) yield return In(who, $"c-{i}", "Computing & more; 1", Start.AddDays(-50));
            if (i >= 30) yield return In(who, $"t-{i}", "Trades", Start.AddDays(-40));
            yield return Answer(who, $"a-{i}", i % 2 == 0 ? "West" : "Main", i % 2 == 0 ? 200 : 500);
        }

        // Long ago: not a person of the program any more.
        yield return Given.Person("p-old", Start.AddDays(-900), "Old", "Timer");
        yield return In("p-old", "c-old", "Computing & more; 1", Start.AddDays(-800));
    }

    [Fact]
    public async Task A_scope_has_the_people_of_its_program_and_desk()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. People()]);
        Assert.Equal(71, (await BoardAsync(engine)).People);
        Assert.Equal(40, (await BoardAsync(engine, new BoardScope("everyone", "Computing & more; 1").ToString())).People);
        Assert.Equal(40, (await BoardAsync(engine, "everyone;program=Trades")).People);
        Assert.Equal(20, (await BoardAsync(engine, "everyone;program=Trades;desk=West")).People);
        Assert.Null(await engine.BoardAsync("everyone;program=Nothing", Desk, None));
        Assert.Null(await engine.BoardAsync("everyone;desk=Nowhere", Desk, None));
        Assert.Null(await engine.BoardAsync("nobody;desk=West", Desk, None));
        Assert.Null(await engine.BoardAsync("everyone;color=red", Desk, None));

        var west = await BoardAsync(engine, "everyone;desk=West");
        var service = west.Tiles.Single(t => t.Id == "service");
        Assert.Equal((35L, 2.0, "West desk"), (service.N, service.Value, west.Title));
        Assert.Equal("everyone;desk=West", west.Segment);

        var list = await engine.PeopleAsync(new PeopleQuery("answers", "everyone;program=Trades;desk=West", null, null, 100), Desk, None);
        Assert.Equal((20L, 20), (list.Total, list.Rows.Count));
        Assert.All(list.Rows, r => Assert.Equal(2.0, r.Answer));
        Assert.Equal(20, list.Histogram!.Counts[1]);
    }

    [Fact]
    public async Task Sections_are_narrowed_to_their_program_and_thanks_to_their_desk()
    {
        var engine = await OpenAsync();
        static Fact Section(string name, string program, bool few) => new FactBuilder(EventTypes.SectionPublished, Given.Source, $"{name}-published", "", Start.AddDays(-60).Micros())
            .Set(Fields.Section, name).Set(Fields.Program, program).Set(Fields.Title, name).Set(Fields.Minimum, few ? 5L : 0L)
            .Set(Fields.Starts, DateOnly.FromDateTime(Start.AddDays(7).UtcDateTime).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber).Build();
        static Fact Thanks(string id, string staff, string desk) => new FactBuilder(EventTypes.KudosGiven, Given.Source, id, "", Start.AddHours(-2).Micros()).Set(Fields.Staff, staff).Set(Fields.Desk, desk).Build();
        await AcceptAsync(engine,
        [
            .. People(), Section("s-a", "Trades", true), Section("s-b", "Trades", true), Section("s-c", "Computing & more; 1", true), Section("s-d", "Trades", false),
            Thanks("k-1", "Rosa Lin", "West"), Thanks("k-2", "Tom Reed", "Main"), Thanks("k-3", "Rosa Lin", "West"),
        ]);

        Assert.Equal((3.0, 3.0), await Both("everyone"));
        Assert.Equal((2.0, null), await Both("everyone;program=Trades"));
        Assert.Equal((null, 2.0), await Both("everyone;desk=West"));
        Assert.Equal((null, null), await Both("everyone;program=Trades;desk=West"));
        Assert.Equal((null, null), await Both("enrichment"));

        async Task<(double?, double?)> Both(string segment)
        {
            var tiles = (await BoardAsync(engine, segment)).Tiles;
            return (tiles.Single(t => t.Id == "sections").Value, tiles.Single(t => t.Id == "thanks").Value);
        }
    }

    [Fact]
    public async Task A_watched_scope_moves_with_its_people()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [.. People()]);
        using var stop = new CancellationTokenSource();
        await using var watch = engine.WatchBoardAsync("everyone;program=Trades", Desk, stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.Equal(40, (await NextAsync(watch, _ => true)).People);
        await AcceptAsync(engine, [In("p-1", "t-1", "Trades", Start)]);
        await NextAsync(watch, b => b.People == 41);
    }

    [Fact]
    public async Task Every_segment_tells_its_rule()
    {
        var engine = await OpenAsync();
        var rule = """{"field":"netPaid","is":">","value":1000}""";
        await AcceptAsync(engine, [new FactBuilder(EventTypes.SegmentDefined, Given.Source, "seg-1", "", Start.Micros()).Set(Fields.Segment, "payers").Set(Fields.Title, "Payers").Set(Fields.Document, rule).Build()]);
        var segments = (await engine.ProgramAsync(None)).Segments;
        Assert.All(segments, s => Assert.True(s.Rule is not null ^ s.Description is not null, s.Id));
        Assert.Equal(("own", rule), (segments.Single(s => s.Id == "payers").Kind, segments.Single(s => s.Id == "payers").Rule));
        Assert.Contains("credentialDays", segments.Single(s => s.Id == "certificate").Rule, StringComparison.Ordinal);
    }
}
