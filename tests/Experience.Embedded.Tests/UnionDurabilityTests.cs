using Experience.Contract;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Embedded.Shards;
using Xunit.Abstractions;

namespace Experience.Embedded.Tests;

/// <summary>People of several keys through everything that can go wrong between their streams: each has its own loop, shard, commit and image.</summary>
public sealed class UnionDurabilityTests(ITestOutputHelper output)
{
    private const int People = 24;

    private static CancellationToken None => CancellationToken.None;

    private static List<Fact> Linked(int seed)
    {
        var random = new Random(seed);
        var facts = Histories.Make(seed, People, 1_500, Folder.Start);
        for (var n = 0; n < 30; n++)
        {
            var (a, b) = (random.Next(People), random.Next(People));
            if (a == b) continue;
            var at = Folder.Start.AddHours(-random.Next(24 * 100));
            facts.AddRange(random.Next(4) == 0 ? Unions.Unmerge(Histories.Key(a), Histories.Key(b), $"link-{n}", at) : Unions.Merge(Histories.Key(a), Histories.Key(b), $"link-{n}", at));
        }

        return Histories.Shuffle(facts, seed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task People_are_whole_after_power_is_lost_at_any_moment(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var facts = Linked(seed);
        await using var folder = new Folder();
        var store = new PowerStore();
        var kept = new HashSet<UInt128>();
        for (var loss = 0; loss < 5; loss++)
        {
            var engine = await folder.OpenAsync(1 + random.Next(3), store.Open);

            // What is there after the loss, acknowledged or not, folds to whole people.
            await Folder.VerifyAsync(engine);
            if (random.Next(2) == 0) engine.WriteCheckpoints();
            var sending = facts.Where(f => !kept.Contains(f.Id)).Take(random.Next(50, 500)).Chunk(1 + random.Next(30))
                .Select(batch => (Batch: batch, Receipt: engine.RecordAsync(batch, Folder.Access, None).AsTask())).ToArray();
            if (sending.Length > 0) await Task.WhenAny(sending[random.Next(sending.Length)].Receipt, Task.Delay(10_000));
            store.LosePower();
            foreach (var (batch, receipt) in sending)
            {
                try
                {
                    await receipt;
                    kept.UnionWith(batch.Select(f => f.Id));
                }
                catch (EngineUnavailableException)
                {
                    // Not acknowledged: it is sent again.
                }
            }

            await engine.DisposeAsync();
            store.RestorePower();
        }

        var last = await folder.OpenAsync(2, store.Open);
        Assert.Equal(kept.Count, (await last.RecordAsync([.. facts.Where(f => kept.Contains(f.Id))], Folder.Access, None)).Duplicates);
        await Folder.RecordAsync(last, facts);
        Assert.Equal(Unions.HashOf(facts), (await Folder.VerifyAsync(last)).StateHash);
        last.WriteCheckpoints();
        last = await folder.OpenAsync(3, store.Open);
        Assert.Equal(Unions.HashOf(facts), (await Folder.VerifyAsync(last)).StateHash);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Commits_that_fail_leave_nobody_halved(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var facts = Linked(seed);
        await using var folder = new Folder();
        var store = new PowerStore();
        var engine = await folder.OpenAsync(2, store.Open);
        var failures = 0;
        foreach (var batch in facts.Chunk(40))
        {
            if (random.Next(4) == 0) store.RefuseCommits(1);
            if (random.Next(12) == 0) engine.WriteCheckpoints();
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    await engine.RecordAsync(batch, Folder.Access, None);
                    break;
                }
                catch (EngineUnavailableException)
                {
                    failures++;
                    Assert.True(attempt < 5, "The engine did not recover.");
                }
            }
        }

        store.RefuseCommits(0);
        Assert.True(failures > 2, "No commit failed.");
        var report = await Folder.VerifyAsync(engine);
        Assert.Equal(Unions.HashOf(facts), report.StateHash);
        Assert.Equal(report.Participants, engine.Status.People);
    }

    [Fact]
    public void The_stored_form_of_a_link_stays() =>
        Assert.Equal("2302d10f100f0e0d0c0b0a09080706050403020100", Convert.ToHexStringLower(LinkBytes.Append([0x23, 0x02], new UInt128(0x0001020304050607, 0x08090a0b0c0d0e0f))));

    [Fact]
    public async Task A_busy_person_of_several_keys_is_folded_further_not_anew()
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(2);
        var facts = new List<Fact>(Unions.Merge("p-0", "p-1", "merge", Folder.Start.AddDays(-400)));
        for (var n = 0; n < 2_000; n++) facts.Add(Given.Payment($"p-{n % 2}", $"pay-{n}", Folder.Start.AddDays(-300).AddMinutes(n), 100 + n));
        await Folder.RecordAsync(engine, facts, 20);
        Assert.Equal(Unions.HashOf(facts), (await Folder.VerifyAsync(engine)).StateHash);
        var late = Given.Payment("p-1", "late", Folder.Start.AddDays(-299).AddSeconds(1), 5);
        await Folder.RecordAsync(engine, [late]);
        Assert.Equal(Unions.HashOf([.. facts, late]), (await Folder.VerifyAsync(engine)).StateHash);
    }
}
