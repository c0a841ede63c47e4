using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>What questions are answered, and how.</summary>
public abstract class QueryContract(IEngineLab lab) : ContractBase(lab)
{
    [Fact]
    public async Task The_journey_is_paged_newest_first_without_gap_or_repeat()
    {
        var engine = await OpenAsync();
        var facts = Enumerable.Range(0, 73).Select(i => Given.Payment("p-1", $"pay-{i}", Start.AddHours(-i), 100 + i)).ToArray();
        await AcceptAsync(engine, Histories.Shuffle(facts, 7), 10);
        var person = await PersonAsync(engine, "p-1");
        var times = new List<long>();
        string? after = null;
        do
        {
            var page = await engine.JourneyAsync(person, after, 10, Desk, None);
            Assert.InRange(page!.Lines.Count, 1, 10);
            times.AddRange(page.Lines.Select(l => l.At));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(facts.Select(f => f.Time / 1000).OrderDescending(), times);
    }

    [Fact]
    public async Task Everyone_is_listed_once_page_by_page()
    {
        var engine = await OpenAsync();
        const int people = 57;
        await AcceptAsync(engine, [.. Enumerable.Range(0, people).Select(i => Given.Payment(Histories.Key(i), $"pay-{i}", Start.AddDays(-i), 100 * i))]);
        var seen = new HashSet<string>();
        string? after = null;
        do
        {
            var page = await engine.PeopleAsync(new PeopleQuery("segment", "everyone", null, after, 10), Desk, None);
            Assert.Equal(people, page.Total);
            Assert.All(page.Rows, r => Assert.True(seen.Add(r.Id), "A person stands on two pages."));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(people, seen.Count);
        foreach (var key in Histories.Keys(people)) Assert.Contains(await PersonAsync(engine, key), seen);
    }

    [Theory]
    [InlineData("Delgado")]
    [InlineData("delg")]
    [InlineData("Dlegado")]
    [InlineData("maria delgado")]
    [InlineData("MARÍA")]
    [InlineData("maria.delgado@example.org")]
    [InlineData("4471")]
    [InlineData("+1 555 0100 4471")]
    [InlineData("p-77")]
    public async Task A_person_is_found_by_name_mail_phone_or_key_despite_typing_errors(string typed)
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine,
        [
            Given.Person("p-77", Start.AddDays(-3), "María", "Delgado", "maria.delgado@example.org", "+1 555 0100 4471"),
            Given.Person("p-78", Start.AddDays(-3), "Walter", "Pym", "walter@example.org", "+1 555 0100 9920"),
            Given.Person("p-79", Start.AddDays(-3), "Priya", "Nair", "priya@example.org", "+1 555 0100 3318"),
        ]);
        var person = await PersonAsync(engine, "p-77");
        var found = await UntilAsync(() => engine.SearchAsync(typed, 5, Desk, None), r => r.Ready && r.Hits.Count > 0);
        Assert.Equal(person, found.Hits[0].Id);
    }

    [Fact]
    public async Task Of_people_found_alike_the_one_who_is_owed_an_answer_comes_first()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine,
        [
            Given.Person("p-1", Start.AddDays(-3), "Camila"), Given.Person("p-2", Start.AddDays(-3), "Maria"), Given.Person("p-3", Start.AddDays(-3), "Marisol"),
            Given.Complaint("p-2", "c-1", Start.AddDays(-2)), Given.Payment("p-1", "pay-1", Start.AddDays(-1), 100), Given.Payment("p-3", "pay-3", Start.AddDays(-2), 100),
        ]);
        var found = await UntilAsync(() => engine.SearchAsync("delg", 5, Desk, None), r => r.Ready && r.Hits.Count == 3);
        Assert.Equal(["Maria Delgado", "Camila Delgado", "Marisol Delgado"], found.Hits.Select(h => h.Name));
        Assert.Equal("waits for an answer", found.Hits[0].Detail);
    }

    [Fact]
    public async Task Nonsense_finds_nobody()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Person("p-77", Start.AddDays(-3))]);
        await UntilAsync(() => engine.SearchAsync("Delgado", 5, Desk, None), r => r.Hits.Count == 1);
        Assert.Empty((await engine.SearchAsync("zzqqxx", 5, Desk, None)).Hits);
        Assert.Empty((await engine.SearchAsync("", 5, Desk, None)).Hits);
    }

    [Fact]
    public async Task A_new_name_replaces_the_old_one_in_search_and_after_a_restart()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Person("p-1", Start.AddDays(-30), "Ann", "Kowalski")]);
        await AcceptAsync(engine, [Given.Of(EventTypes.ParticipantIdentified, "p-1", "renamed", Start.AddDays(-1)).Set(Fields.FamilyName, "Vandermeer").Build()]);
        engine = await ReopenAsync(engine);
        var person = await PersonAsync(engine, "p-1");
        var hit = await UntilAsync(() => engine.SearchAsync("Vandermeer", 5, Desk, None), r => r.Hits.Count == 1);
        Assert.Equal(person, hit.Hits[0].Id);
        Assert.Equal("Vandermeer", (await CardAsync(engine, "p-1")).Person.FamilyName);
    }

    [Fact]
    public async Task A_board_counts_exactly_the_people_who_are_listed_behind_it()
    {
        var engine = await OpenAsync();
        const int people = 40;
        await AcceptAsync(engine, Histories.Make(31, people, 1_500, Start));
        var program = await engine.ProgramAsync(None);
        Assert.NotEmpty(program.Segments);
        var inMarket = 0L;
        foreach (var segment in program.Segments)
        {
            var board = await BoardAsync(engine, segment.Id);
            var page = await engine.PeopleAsync(new PeopleQuery("segment", segment.Id, null, null, 200), Desk, None);
            Assert.Equal(page.Rows.Count, page.Total);
            Assert.Equal(page.Total, board.People);
            Assert.True(board.Tiles.Select(t => t.Id).SequenceEqual((await BoardAsync(engine)).Tiles.Select(t => t.Id)), "Tiles differ.");
            inMarket += board.People;
        }

        Assert.Equal(people, (await BoardAsync(engine)).People);
        Assert.True(inMarket >= people);
    }

    [Fact]
    public async Task A_segment_that_does_not_exist_has_no_board()
    {
        var engine = await OpenAsync();
        Assert.Null(await engine.BoardAsync("no-such-segment", Desk, None));
    }

    [Fact]
    public async Task What_was_not_measured_is_null_and_never_zero()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, [Given.Payment("p-1", "pay-1", Start.AddDays(-1), 100)]);
        foreach (var tile in (await BoardAsync(engine)).Tiles)
        {
            if (tile.Measured == Measured.No) Assert.Null(tile.Value);
        }

        Assert.Null((await CardAsync(engine, "p-1")).Score?.Value);
    }

    [Fact]
    public async Task A_minor_has_no_score_and_no_value_on_the_card()
    {
        var engine = await OpenAsync();
        var born = new DateOnly(2015, 5, 2).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        await AcceptAsync(engine,
        [
            Given.Of(EventTypes.ParticipantIdentified, "p-2", "child", Start.AddDays(-50)).Set(Fields.GivenName, "Ada").Set(Fields.BirthDate, (long)born).Build(),
            Given.Payment("p-2", "pay", Start.AddDays(-20), 12_000),
            Given.Rating("p-2", "r", Start.AddDays(-10), 200),
        ]);
        var card = await CardAsync(engine, "p-2");
        Assert.True(card.Person.Minor);
        Assert.Null(card.Score);
        Assert.Null(card.Value);
    }

    [Fact]
    public async Task A_guardian_and_a_child_see_each_other()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine,
        [
            Given.Person("p-1", Start.AddDays(-9), "Ngozi", "Okafor"),
            Given.Person("p-2", Start.AddDays(-9), "Ada", "Okafor"),
            Given.Of(EventTypes.HouseholdLinked, "p-1", "link", Start.AddDays(-8)).Set(Fields.Child, "p-2").Build(),
            Given.Of(EventTypes.HouseholdLinked, "p-2", "link#mirror", Start.AddDays(-8)).Set(Fields.Guardian, "p-1").Build(),
        ]);
        var guardian = await CardAsync(engine, "p-1");
        var child = await CardAsync(engine, "p-2");
        Assert.Equal(child.Id, Assert.Single(guardian.Person.Children).Id);
        Assert.Equal(guardian.Id, Assert.Single(child.Person.Guardians).Id);
        Assert.Contains("Ngozi", child.Person.Guardians[0].Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_has_all_its_guardians_the_newest_first()
    {
        var engine = await OpenAsync();
        var facts = new List<Fact> { Given.Person("kid", Start.AddDays(-9), "Ada", "Okafor"), Given.Payment("g-1", "pay-1", Start.AddDays(-7), 1_000), Given.Payment("g-2", "pay-2", Start.AddDays(-7), 200) };
        foreach (var (key, given, day) in new[] { ("g-1", "Ngozi", 8), ("g-2", "Emeka", 5) })
        {
            facts.Add(Given.Person(key, Start.AddDays(-9), given, "Okafor"));
            facts.Add(Given.Of(EventTypes.HouseholdLinked, key, $"link-{key}", Start.AddDays(-day)).Set(Fields.Child, "kid").Build());
            facts.Add(Given.Of(EventTypes.HouseholdLinked, "kid", $"link-{key}#mirror", Start.AddDays(-day)).Set(Fields.Guardian, key).Build());
        }

        facts.Reverse();
        await AcceptAsync(engine, facts, 2);
        for (var time = 0; time < 2; time++)
        {
            var child = await CardAsync(engine, "kid");
            Assert.Equal(["Emeka Okafor", "Ngozi Okafor"], child.Person.Guardians.Select(g => g.Name));
            Assert.Equal(["guardian", "guardian"], child.Household.Select(h => h.Role));
            Assert.Equal(new HouseholdWorth(3, 1_200), child.HouseholdWorth);
            Assert.Equal(child.Id, Assert.Single((await CardAsync(engine, "g-1")).Person.Children).Id);
            await VerifyAsync(engine);
            engine = await ReopenAsync(engine);
        }

        // Linked once more, the first one is the newest; so many guardians as that nobody has.
        await AcceptAsync(engine, [Given.Of(EventTypes.HouseholdLinked, "kid", "again", Start.AddDays(-1)).Set(Fields.Guardian, "g-1").Build()]);
        Assert.Equal(["Ngozi Okafor", "Emeka Okafor"], (await CardAsync(engine, "kid")).Person.Guardians.Select(g => g.Name));
        await AcceptAsync(engine, [.. Enumerable.Range(0, 9).Select(n => Given.Of(EventTypes.HouseholdLinked, "kid", $"more-{n}", Start.AddHours(n - 12)).Set(Fields.Guardian, $"x-{n}").Build())]);
        await VerifyAsync(engine);
        Assert.Empty((await CardAsync(engine, "kid")).Person.Guardians);
    }

    [Fact]
    public async Task Verify_at_another_moment_finds_no_difference_either()
    {
        var engine = await OpenAsync();
        await AcceptAsync(engine, Histories.Make(41, 15, 600, Start));
        var now = await VerifyAsync(engine);
        var then = await VerifyAsync(engine, Start.AddDays(200).Micros());
        Assert.Equal(now.StateHash, then.StateHash);
        Assert.Equal(15, now.Participants);
        Assert.Equal(600, now.Events);
    }
}
