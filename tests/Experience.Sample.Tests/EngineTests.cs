using System.Diagnostics;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Experience.Sample.Tests;

/// <summary>The sample in the embedded engine, at the sample's own time of day, by the rules alone: when a fit in the background is through depends on the machine.</summary>
public sealed class FilledEngine : IAsyncLifetime
{
    private const int Chunk = 2_000;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "experience-sample-" + Guid.NewGuid().ToString("n"));

    public Riverbend Riverbend { get; } = new();

    public EmbeddedEngine Engine { get; private set; } = null!;

    public long Accepted { get; private set; }

    public async Task InitializeAsync()
    {
        var options = new EmbeddedOptions { DataFolder = _folder, ProgramName = "Riverbend College", TimeZone = "America/Chicago", Sample = true, FitModels = false };
        Engine = await EmbeddedEngine.OpenAsync(options, new RunningFrom(Riverbend.Now), NullLoggerFactory.Instance, CancellationToken.None);
        foreach (var chunk in Riverbend.Facts.Chunk(Chunk)) Accepted += (await Engine.RecordAsync(chunk, Access.System("sample"), CancellationToken.None)).Accepted;
    }

    public async Task DisposeAsync()
    {
        await Engine.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        File.Delete(_folder + ".key");
    }

    private sealed class RunningFrom(DateTimeOffset start) : TimeProvider
    {
        private readonly long _begun = Stopwatch.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => start + Stopwatch.GetElapsedTime(_begun);
    }
}

/// <summary>What the rules see of what was planted, asked at the port.</summary>
public sealed class EngineTests(FilledEngine filled) : IClassFixture<FilledEngine>
{
    private static readonly Access Board = Access.System("board");

    private SampleTruth Truth => filled.Riverbend.Truth;

    private async Task<CardView> Card(string key)
    {
        var person = await filled.Engine.FindAsync(SampleOptions.Source, key, CancellationToken.None);
        return (await filled.Engine.CardAsync(person!, Access.System("counter"), CancellationToken.None))!;
    }

    private async Task<Dictionary<string, Tile>> Tiles() => (await filled.Engine.BoardAsync("everyone", Board, CancellationToken.None))!.Tiles.ToDictionary(t => t.Id);

    [Fact]
    public async Task Every_fact_counts_once_and_verify_finds_no_difference()
    {
        Assert.Equal(filled.Riverbend.Facts.Count, filled.Accepted);
        Assert.Equal(6_000, filled.Engine.Status.People);
        var report = await filled.Engine.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None);
        Assert.Equal(0, report.Differences);
    }

    [Fact]
    public async Task The_planted_duplicate_is_suggested_and_the_Okafors_stay_three_people()
    {
        SuggestionsView list;
        do list = await filled.Engine.SuggestionsAsync(null, 200, Board, CancellationToken.None);
        while (!list.Ready);
        var pairs = list.Suggestions.Select(s => new[] { s.First, s.Second }.SelectMany(p => p.Keys).Select(k => k.Key).Order(StringComparer.Ordinal).ToArray()).ToArray();
        Assert.Contains(pairs, p => p.SequenceEqual(Truth.Duplicate.Order(StringComparer.Ordinal)));
        Assert.DoesNotContain(list.Suggestions, s => s.First.Name.EndsWith("Okafor", StringComparison.Ordinal) || s.Second.Name.EndsWith("Okafor", StringComparison.Ordinal));
        Assert.InRange(list.Total, 1, 12);
        Assert.Empty(list.Merged);
    }

    [Fact]
    public async Task The_board_shows_a_plausible_college()
    {
        var tiles = await Tiles();
        Assert.Equal(4.1, Math.Round(tiles["service"].Value!.Value, 1));
        Assert.Equal(61, tiles["clock"].N);
        Assert.Equal(Truth.OverdueComplaints, tiles["clock"].Value);
        Assert.InRange(tiles["pace"].Value!.Value, 92, 100);
        Assert.InRange(tiles["repeat"].Value!.Value, 42, 54);
        Assert.InRange(tiles["attrition"].Value!.Value, 33, 43);
        Assert.InRange(tiles["risk"].Value!.Value, 90, 175);
        Assert.InRange(tiles["needs"].Value!.Value, 66, 71);
        Assert.InRange(tiles["cost"].Value!.Value, 140_00, 156_00);
        Assert.InRange(tiles["refunds"].Value!.Value, 4.4, 4.8);
        Assert.Contains("instructor", tiles["refunds"].Trend!.Caption, StringComparison.Ordinal);
        Assert.Equal(46, tiles["thanks"].Value);
        Assert.InRange(tiles["sections"].Value!.Value, 5, 8);
    }

    [Fact]
    public async Task The_West_desk_is_below_its_goal_and_the_unmeasured_are_not_zero()
    {
        var desks = (await Tiles())["service"].Rows.ToDictionary(r => r.Name);
        Assert.Equal((3.7, 212L, Standing.Bad), (Math.Round(desks["West"].Value!.Value, 1), desks["West"].N, desks["West"].Standing));
        Assert.Equal(Standing.Good, desks["Main"].Standing);
        Assert.Equal((null, Measured.TooFew), (desks["Youth"].Value, desks["Youth"].Measured));
        Assert.Equal((null, Measured.No), (desks["Phone"].Value, desks["Phone"].Measured));
    }

    [Fact]
    public async Task Who_went_quiet_is_flagged_Walter_and_the_forty()
    {
        foreach (var key in Truth.LostSeniors.Append(Truth.People.Walter)) Assert.Contains((await Card(key)).Flags, f => f.Rule == "silence");
    }

    [Fact]
    public async Task Each_of_the_people_one_can_look_up_raises_what_was_planted()
    {
        var maria = await Card(Truth.People.Maria);
        Assert.Equal("dissatisfier", maria.SayFirst!.Kind);
        Assert.Equal(2, maria.Dissatisfiers.Count);
        Assert.Contains(maria.Dissatisfiers, d => d.Past);
        Assert.Contains(maria.Flags, f => f.Rule == "low-rating");
        Assert.Equal((4, 11), (maria.Waits[0].Place, maria.Waits[0].Waiting));
        Assert.Contains(maria.Needs, n => n.Rule == "first-online");
        Assert.Equal("6th term with us", maria.Person.Tenure);
        Assert.Contains((await Card(Truth.People.Dana)).Needs, n => n.Rule == "certificate");
        Assert.Contains((await Card(Truth.People.Priya)).Needs, n => n.Rule == "licence");
        Assert.Equal("promise", (await Card(Truth.People.Ken)).SayFirst!.Kind);
        Assert.Contains((await Card(Truth.People.Grace)).Flags, f => f.Rule == "attendance");
        Assert.Equal(2, (await Card(Truth.People.Ngozi)).Household.Count);
        var ada = await Card(Truth.People.Ada);
        Assert.True(ada.Person.Minor && ada.Score is null && ada.Value is null);
    }

    [Fact]
    public async Task A_refund_that_streams_in_stands_on_the_card_with_what_may_be_given_back()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await foreach (var fact in filled.Riverbend.Program.Continue(60, new JumpingTime(Riverbend.Now), deadline.Token))
        {
            if (fact.Subject != Truth.People.Maria) continue;
            await filled.Engine.RecordAsync([fact], Access.System("sample"), deadline.Token);
            if (fact.Type == EventTypes.RefundRequested) break;
        }

        var card = await Card(Truth.People.Maria);
        Assert.Equal("refund", card.Transaction!.Kind);
        Assert.Equal((171_00L, Truth.InstructorChange.Section), (card.Money.Refundable!.Amount, card.Money.Refundable.Section));
        Assert.Contains(card.Flags, f => f.Rule == "refund");
    }

    [Fact]
    public async Task Names_are_found_by_their_beginning()
    {
        var found = await filled.Engine.SearchAsync("delg", 10, Access.System("counter"), CancellationToken.None);
        Assert.True(found.Ready);
        Assert.Equal("Maria Delgado", found.Hits[0].Name);
        Assert.Equal(await filled.Engine.FindAsync(SampleOptions.Source, Truth.People.Maria, CancellationToken.None), found.Hits[0].Id);
        foreach (var typed in (string[])["delgaod", "maria delagdo", "mria delgado"])
            Assert.Contains((await filled.Engine.SearchAsync(typed, 10, Access.System("counter"), CancellationToken.None)).Hits, h => h.Name == "Maria Delgado");
        Assert.Equal(3, (await filled.Engine.SearchAsync("okafor", 50, Access.System("counter"), CancellationToken.None)).Hits.Count(h => h.Name is "Ngozi Okafor" or "Ada Okafor" or "Chidi Okafor"));
    }

    [Fact]
    public async Task Of_the_section_whose_instructor_was_changed_everybody_who_rated_low_is_flagged()
    {
        var low = filled.Riverbend.Of(EventTypes.FeedbackSubmitted).Where(f => f.Text(Fields.Section) == Truth.InstructorChange.Section && f.Number(Fields.CourseRating) <= 200).Select(f => f.Subject).ToList();
        Assert.Equal(19, low.Count);
        var risk = await Everyone("risk");
        foreach (var key in low) Assert.Contains(await filled.Engine.FindAsync(SampleOptions.Source, key, CancellationToken.None), risk);
    }

    [Fact]
    public void Ratings_prove_a_problem_of_the_planted_section_and_none_of_the_control()
    {
        Assert.True(Proves(Truth.InstructorChange.Section));
        Assert.False(Proves(Truth.Control.Section));
    }

    private bool Proves(string section)
    {
        var ratings = filled.Riverbend.Of(EventTypes.FeedbackSubmitted).Where(f => f.Text(Fields.Section) == section).Select(f => f.Number(Fields.CourseRating)!.Value).ToList();
        return Statistics.RatingsProveProblem(ratings.Count, ratings.Sum(), ratings.Sum(r => r * r), 400);
    }

    private async Task<HashSet<string?>> Everyone(string list)
    {
        var people = new HashSet<string?>();
        string? after = null;
        do
        {
            var page = await filled.Engine.PeopleAsync(new PeopleQuery(list, "everyone", null, after, 200), Board, CancellationToken.None);
            people.UnionWith(page.Rows.Select(r => r.Id));
            after = page.Next;
        }
        while (after is not null);
        return people;
    }
}
