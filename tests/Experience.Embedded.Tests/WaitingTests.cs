using Experience.Contract;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Xunit.Abstractions;

namespace Experience.Embedded.Tests;

/// <summary>Under load facts are folded some moments after they are recorded: nobody can tell.</summary>
public sealed class WaitingTests(ITestOutputHelper output)
{
    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Whatever_is_asked_or_happens_meanwhile_the_state_is_the_same(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        const int people = 60;
        var facts = Histories.Make(seed, people, 6_000, Folder.Start);

        // Two thirds in order, the others whenever.
        var late = Histories.Shuffle(facts.Where(_ => random.Next(3) == 0), seed);
        var sent = facts.Except(late).OrderBy(f => f.Stamp).ToList();
        foreach (var fact in late) sent.Insert(random.Next(people, sent.Count), fact);
        var erased = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            var who = Histories.Key(random.Next(people));
            if (erased.Add(who)) sent.Insert(random.Next(2_000, 4_000), Given.Of(EventTypes.ParticipantErased, who, $"erased-{who}", Folder.Start).Build());
        }

        for (var i = 0; i < 6; i++)
        {
            var (one, other) = (Histories.Key(random.Next(people)), Histories.Key(random.Next(people)));
            if (one != other) sent.InsertRange(random.Next(2_000, 5_000), Unions.Merge(one, other, $"merged-{i}", Folder.Start));
        }

        await using var folder = new Folder();
        var engine = await folder.OpenAsync(1 + random.Next(2));
        long waited = 0;
        foreach (var batch in sent.Chunk(400))
        {
            var receipt = await engine.RecordAsync([.. batch, .. batch.Take(20)], Folder.Access, None);
            Assert.Equal(batch.Length, receipt.Accepted);
            Assert.All(receipt.Outcomes.Skip(batch.Length), outcome => Assert.Equal(RecordOutcome.Duplicate, outcome));
            switch (random.Next(7))
            {
                case 0:
                    Assert.NotNull(await engine.CardAsync((await engine.FindAsync(Given.Source, Histories.Key(random.Next(people)), None))!, Folder.Access, None));
                    break;
                case 1:
                    Assert.NotNull(await engine.BoardAsync("everyone", Folder.Access, None));
                    break;
                case 2:
                    await engine.FlagsAsync(Folder.Access, None);
                    break;
                case 3:
                    engine.WriteCheckpoints();
                    break;
                case 4:
                    waited += engine.Diagnose().Waited;
                    engine = await folder.OpenAsync(1 + random.Next(2));
                    break;
                case 5:
                    await Folder.VerifyAsync(engine);
                    break;
                default:
                    break;
            }
        }

        var report = await Folder.VerifyAsync(engine);
        waited += engine.Diagnose().Waited;
        output.WriteLine($"{waited} waited");
        Assert.True(waited > 500, $"Only {waited} facts waited.");
        Assert.Equal(await Folder.HashOfAsync(sent), report.StateHash);
        engine = await folder.OpenAsync(2);
        Assert.Equal(report.StateHash, (await Folder.VerifyAsync(engine)).StateHash);
    }

    [Xunit.Fact]
    public async Task What_was_acknowledged_is_on_the_card_the_board_and_among_the_flags()
    {
        const int people = 100;
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(1);
        await Folder.RecordAsync(engine, Enumerable.Range(0, people).Select(p => Given.Person($"p-{p}", Folder.Start.AddDays(-9))), people);
        await Folder.RecordAsync(engine, Enumerable.Range(0, people).Select(p => Given.Payment($"p-{p}", $"pay-{p}", Folder.Start.AddMinutes(-p), 100 + p, live: true)), people);
        Assert.Equal(people, engine.Diagnose().Waited);
        var card = await engine.CardAsync((await engine.FindAsync(Given.Source, "p-7", None))!, Folder.Access, None);
        Assert.Equal(107, card!.Value!.NetPaid);
        await Folder.RecordAsync(engine, Enumerable.Range(0, people).Select(p => Given.Complaint($"p-{p}", $"no-{p}", Folder.Start.AddDays(-8))), people);
        Assert.Equal(2 * people, engine.Diagnose().Waited);
        Assert.True((await engine.FlagsAsync(Folder.Access, None)).Total >= people);
        var board = await engine.BoardAsync("everyone", Folder.Access, None);
        Assert.Equal(people, board!.People);
        await Folder.VerifyAsync(engine);
    }

    [Xunit.Fact]
    public async Task Nobody_has_more_waiting_than_is_folded_in_a_moment()
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(1);
        await Folder.RecordAsync(engine, [Given.Person("p-1", Folder.Start.AddDays(-90))]);
        Fact[] facts = [.. Enumerable.Range(0, 10_000).Select(i => Given.Payment("p-1", $"pay-{i}", Folder.Start.AddMinutes(i - 10_000), 100))];
        await Folder.RecordAsync(engine, facts, facts.Length);
        var card = await engine.CardAsync((await engine.FindAsync(Given.Source, "p-1", None))!, Folder.Access, None);
        Assert.Equal(1_000_000, card!.Value!.NetPaid);
        Assert.Equal(0, (await Folder.VerifyAsync(engine)).Differences);
    }
}
