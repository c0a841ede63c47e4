using Experience.Contract;
using Experience.Domain.Events;
using Experience.Embedded.Loops;
using Xunit.Abstractions;

namespace Experience.Embedded.Tests;

/// <summary>A very long history is folded anew in steps: nobody else waits for it, and it comes out as if in order.</summary>
public sealed class LongRefoldTests(ITestOutputHelper output)
{
    private const int Long = 20_000;

    private static CancellationToken None => CancellationToken.None;

    [Xunit.Fact]
    public async Task A_void_of_long_ago_is_folded_in_steps_between_which_others_are_served()
    {
        var facts = History();
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(1);
        await Folder.RecordAsync(engine, facts, 1_000);
        var person = (await engine.FindAsync(Given.Source, "p-1", None))!;
        var before = engine.Diagnose();
        Fact[] more = [Given.Void("p-1", "v-1", Folder.Start, "pay-7")];
        await Folder.RecordAsync(engine, more);

        // Asked for at once: the card waits for the fold, the others do not wait for the card.
        var card = engine.CardAsync(person, Folder.Access, None).AsTask();
        Fact[] others = [.. Enumerable.Range(0, 50).Select(i => Given.Payment("p-2", $"other-{i}", Folder.Start.AddMinutes(-i), 100))];
        await Folder.RecordAsync(engine, others, 1);
        Assert.NotNull(await card);
        var after = engine.Diagnose();
        output.WriteLine($"{after}");
        Assert.InRange(after.RefoldSteps - before.RefoldSteps, ((2 * Long) - LongRefold.LeftForSettling) / LongRefold.StepFacts, 4 * Long / LongRefold.StepFacts);
        Assert.InRange(after.LongestHold, 0, Long / 2);
        Assert.Equal(await Folder.HashOfAsync([.. facts, .. more, .. others]), (await Folder.VerifyAsync(engine)).StateHash);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_comes_late_or_is_voided_while_a_long_history_is_folded_is_folded_too(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var facts = History();
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(1);
        await Folder.RecordAsync(engine, facts, 1_000);
        var late = new List<Fact> { Given.Void("p-1", "v-0", Folder.Start, "pay-1") };
        for (var i = 1; i < 120; i++)
        {
            var at = Folder.Start.AddMinutes(-random.Next(Long));
            late.Add(random.Next(4) switch
            {
                0 => Given.Void("p-1", $"v-{i}", Folder.Start, $"pay-{random.Next(Long)}"),
                1 => Given.Registration("p-1", $"late-r-{i}", at, $"s-{i % 5}"),
                _ => Given.Payment("p-1", $"late-{i}", at, i),
            });
        }

        await Folder.RecordAsync(engine, late, 1);
        var report = await Folder.VerifyAsync(engine);
        Assert.True(engine.Diagnose().RefoldSteps > 0, "Nothing was folded in steps.");
        Assert.Equal(await Folder.HashOfAsync([.. facts, .. late]), report.StateHash);
        engine = await folder.OpenAsync(2);
        Assert.Equal(report.StateHash, (await Folder.VerifyAsync(engine)).StateHash);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9_000)]
    public async Task What_came_since_a_snapshot_is_folded_on_top_of_it(int late)
    {
        var facts = History();
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(1);
        await Folder.RecordAsync(engine, facts, 1_000);

        // Whoever is asked for is folded: nothing of the history waits any more.
        Assert.NotNull(await engine.CardAsync((await engine.FindAsync(Given.Source, "p-1", None))!, Folder.Access, None));
        var before = engine.Diagnose();

        // A confirmation that comes late has the person wait for a fold; what comes in the same batch waits with it: newer facts, and some that are older than all snapshots of now.
        const int newer = 10_000;
        Fact[] more =
        [
            Given.Registration("p-1", "late-r", Folder.Start.AddMinutes(-1.5), "s-late"),
            .. Enumerable.Range(0, newer).Select(i => Given.Payment("p-1", $"newer-{i}", Folder.Start.AddSeconds(i), 100)),
            .. Enumerable.Range(0, late).Select(i => Given.Payment("p-1", $"older-{i}", Folder.Start.AddDays(-10).AddSeconds(i + 0.5), 1)),
        ];
        await Folder.RecordAsync(engine, more, more.Length);
        var report = await Folder.VerifyAsync(engine);
        var after = engine.Diagnose();
        output.WriteLine($"{after}");

        // Read and folded, with what one snapshot is back: by far not all of the history.
        Assert.InRange(after.RefoldSteps - before.RefoldSteps, 1, (2 * (newer + late) / LongRefold.StepFacts) + 8);
        Assert.Equal(0, report.Differences);
        Assert.Equal(await Folder.HashOfAsync([.. facts, .. more]), report.StateHash);
    }

    [Xunit.Fact]
    public async Task Somebody_of_whom_hundreds_of_facts_were_voided_does_not_wait_for_ever()
    {
        var facts = History();
        Fact[] voids = [.. Enumerable.Range(0, 1_500).Select(i => Given.Void("p-1", $"v-{i}", Folder.Start, $"pay-{(3 * i) + 1}"))];
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(1);
        await Folder.RecordAsync(engine, [.. facts, .. voids], 1_000);
        var person = (await engine.FindAsync(Given.Source, "p-1", None))!;
        for (var i = 0; i < 3; i++)
        {
            Fact[] more = [Given.Registration("p-1", $"late-r-{i}", Folder.Start.AddMinutes(-100 * (i + 1)), $"s-late-{i}")];
            await Folder.RecordAsync(engine, more);
            facts = [.. facts, .. more];
            Assert.NotNull(await engine.CardAsync(person, Folder.Access, None).AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
        }

        Assert.Equal(await Folder.HashOfAsync([.. facts, .. voids]), (await Folder.VerifyAsync(engine)).StateHash);
    }

    [Xunit.Fact]
    public async Task Where_snapshots_take_too_much_room_the_longest_histories_keep_theirs()
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(1);

        // Whose shard it is, is known when somebody is: one shard is to be crowded.
        var keys = Enumerable.Range(0, 13_000).Select(i => $"c-{i}").Prepend("p-1").ToArray();
        await Folder.RecordAsync(engine, keys.Select(k => Given.Payment(k, $"first-{k}", Folder.Start.AddDays(-400), 1)));
        var shard = await ShardAsync("p-1");
        var crowd = new List<string>();
        foreach (var key in keys.Skip(1))
        {
            if (await ShardAsync(key) == shard) crowd.Add(key);
        }

        var facts = History();
        await Folder.RecordAsync(engine, facts, 1_000);
        await Folder.RecordAsync(engine, crowd.SelectMany(Busy), 5_000);
        var before = engine.Diagnose();
        Fact[] more = [Given.Registration("p-1", "late-r", Folder.Start.AddMinutes(-1.5), "s-late")];
        await Folder.RecordAsync(engine, more);
        Assert.NotNull(await engine.CardAsync((await engine.FindAsync(Given.Source, "p-1", None))!, Folder.Access, None));
        output.WriteLine($"{crowd.Count} in shard {shard}; {engine.Diagnose()}");
        Assert.InRange(engine.Diagnose().RefoldSteps - before.RefoldSteps, 0, Long / LongRefold.StepFacts / 10);
        Assert.Equal(0, (await Folder.VerifyAsync(engine)).Differences);

        // Some eight kilobytes of state each, from a hundred facts.
        static IEnumerable<Fact> Busy(string who)
        {
            var name = new string('x', 180);
            for (var i = 0; i < 16; i++)
            {
                yield return Given.Of(EventTypes.ComplaintOpened, who, $"{who}-c{i}", Folder.Start.AddDays(-300).AddMinutes(i)).Set(Fields.Complaint, $"{name}{i}").Build();
                yield return Given.Of(EventTypes.PromiseMade, who, $"{who}-p{i}", Folder.Start.AddDays(-300).AddMinutes(i + 0.5)).Set(Fields.Promise, $"{name}{i}").Build();
            }

            for (var i = 0; i < 66; i++) yield return Given.Registration(who, $"{who}-{i}", Folder.Start.AddDays(-200).AddHours(i), $"s-{i}");
        }

        async Task<int> ShardAsync(string key) => Shards.Shard.Of(UInt128.Parse((await engine.FindAsync(Given.Source, key, None))!, System.Globalization.NumberStyles.AllowHexSpecifier));
    }

    private static Fact[] History() => [.. Enumerable.Range(0, Long).Select(i =>
    {
        var at = Folder.Start.AddMinutes(i - Long);
        return i % 3 == 0 ? Given.Registration("p-1", $"r-{i}", at, $"s-{i % 7}") : Given.Payment("p-1", $"pay-{i}", at, 100 + i);
    })];
}
