using Experience.Contract;
using Experience.Domain.Port;
using Xunit.Abstractions;

namespace Experience.Embedded.Tests;

/// <summary>Acknowledged means durable, once; what was not acknowledged leaves nothing behind.</summary>
public sealed class DurabilityTests(ITestOutputHelper output)
{
    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Every_acknowledged_event_is_there_once_after_power_is_lost_at_any_moment(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var facts = Histories.Shuffle(Histories.Make(seed, 40, 3_000, Folder.Start), seed);
        await using var folder = new Folder();
        var store = new PowerStore();
        var acknowledged = new HashSet<UInt128>();
        for (var loss = 0; loss < 5; loss++)
        {
            var engine = await folder.OpenAsync(1 + random.Next(3), store.Open);
            var again = await engine.RecordAsync([.. facts.Where(f => acknowledged.Contains(f.Id))], Folder.Access, None);
            Assert.Equal(acknowledged.Count, again.Duplicates);
            if (random.Next(2) == 0) engine.WriteCheckpoints();
            var until = acknowledged.Count + random.Next(50, 500);
            var batches = facts.Where(f => !acknowledged.Contains(f.Id)).Chunk(1 + random.Next(40)).ToArray();
            var sending = new List<(Domain.Events.Fact[] Batch, Task<BatchReceipt> Receipt)>();
            var count = 0;
            foreach (var batch in batches)
            {
                sending.Add((batch, engine.RecordAsync(batch, Folder.Access, None).AsTask()));
                if (sending.Count > 4) await Task.WhenAny(sending[^4].Receipt, Task.Delay(1_000));
                count = sending.Where(s => s.Receipt.IsCompletedSuccessfully).Sum(s => s.Batch.Length);
                if (acknowledged.Count + count >= until) break;
            }

            store.LosePower();
            foreach (var (batch, receipt) in sending)
            {
                try
                {
                    Assert.Equal(batch.Length, (await receipt).Outcomes.Count);
                    acknowledged.UnionWith(batch.Select(f => f.Id));
                }
                catch (EngineUnavailableException)
                {
                    // Not acknowledged: it may not be there, and is sent again.
                }
            }

            await engine.DisposeAsync();
            store.RestorePower();
        }

        var last = await folder.OpenAsync(2, store.Open);
        Assert.Equal(acknowledged.Count, (await last.RecordAsync([.. facts.Where(f => acknowledged.Contains(f.Id))], Folder.Access, None)).Duplicates);
        await Folder.RecordAsync(last, facts);
        Assert.Equal(facts.Count, last.Status.Events);
        Assert.Equal(await Folder.HashOfAsync(facts), (await Folder.VerifyAsync(last)).StateHash);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task A_failed_commit_is_told_and_leaves_nothing_behind(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var facts = Histories.Shuffle(Histories.Make(seed, 30, 2_000, Folder.Start), seed);
        await using var folder = new Folder();
        var store = new PowerStore();
        var engine = await folder.OpenAsync(2, store.Open);
        var failures = 0;
        foreach (var batch in facts.Chunk(50))
        {
            if (random.Next(4) == 0) store.RefuseCommits(1);
            if (random.Next(20) == 0) engine.WriteCheckpoints();
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
        Assert.True(failures > 3, "No commit failed.");
        Assert.Equal(facts.Count, engine.Status.Events);
        Assert.Equal(await Folder.HashOfAsync(facts), (await Folder.VerifyAsync(engine)).StateHash);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public async Task Busy_people_with_late_and_voided_facts_are_folded_as_in_order_through_restarts(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var facts = Histories.Make(seed, 5, 6_000, Folder.Start).OrderBy(f => f.Stamp)
            .Select((f, i) => (Fact: f, At: i + (random.Next(12) == 0 ? random.Next(random.Next(4) == 0 ? 3_000 : 200) : 0))).OrderBy(f => f.At).Select(f => f.Fact).ToArray();
        await using var folder = new Folder();
        var engine = await folder.OpenAsync();
        var refolds = 0L;
        for (var from = 0; from < facts.Length;)
        {
            var batch = facts[from..Math.Min(facts.Length, from + 1 + random.Next(400))];
            from += batch.Length;
            await engine.RecordAsync(batch, Folder.Access, None);
            if (random.Next(8) == 0) engine.WriteCheckpoints();
            if (random.Next(5) == 0) await engine.BoardAsync("everyone", Folder.Access, None);
            if (random.Next(12) != 0) continue;
            refolds += engine.Diagnose().Refolds;
            engine = await folder.OpenAsync(1 + random.Next(3));
        }

        Assert.True(refolds + engine.Diagnose().Refolds > 20, "Nobody was folded anew.");
        Assert.Equal(facts.Length, await Duplicates(engine, facts));
        Assert.Equal(await Folder.HashOfAsync(facts), (await Folder.VerifyAsync(engine)).StateHash);

        static async Task<int> Duplicates(EmbeddedEngine engine, Domain.Events.Fact[] facts) => (await engine.RecordAsync(facts, Folder.Access, None)).Duplicates;
    }

    [Xunit.Fact]
    public async Task Nothing_is_acknowledged_or_shown_before_its_commit()
    {
        await using var folder = new Folder();
        var store = new PowerStore();
        var engine = await folder.OpenAsync(1, store.Open);
        await engine.RecordAsync([Given.Payment("p-0", "before", Folder.Start, 100)], Folder.Access, None);
        while (await store.Arrived.WaitAsync(0))
        {
        }

        store.Gate.Reset();
        try
        {
            var receipt = engine.RecordAsync([Given.Payment("p-1", "pay", Folder.Start, 100)], Folder.Access, None).AsTask();

            // The event is folded by now, and on its way to the disk.
            Assert.True(await store.Arrived.WaitAsync(TimeSpan.FromSeconds(30)));
            var found = engine.FindAsync(Given.Source, "p-1", None).AsTask();
            await Task.WhenAny(receipt, found, Task.Delay(300));
            Assert.False(receipt.IsCompleted);
            Assert.False(found.IsCompleted);
            Assert.Equal(1, engine.Status.Events);
            store.Gate.Set();
            Assert.Equal(1, (await receipt).Accepted);
            Assert.NotNull(await found);
        }
        finally
        {
            store.Gate.Set();
        }
    }

    [Xunit.Fact]
    public async Task Full_queues_are_told_to_the_caller()
    {
        await using var folder = new Folder();
        var store = new PowerStore();
        var engine = await folder.OpenAsync(1, store.Open);
        store.Gate.Reset();
        var sent = new List<Task<BatchReceipt>>();
        try
        {
            await Assert.ThrowsAsync<EngineBusyException>(async () =>
            {
                for (var b = 0; b < 400; b++)
                {
                    var batch = Enumerable.Range(0, 1_000).Select(i => Given.Payment($"p-{i}", $"pay-{b}-{i}", Folder.Start, 1)).ToArray();
                    var task = engine.RecordAsync(batch, Folder.Access, None).AsTask();
                    if (task.IsFaulted) await task;
                    sent.Add(task);
                }
            });
        }
        finally
        {
            store.Gate.Set();
        }

        foreach (var task in sent) Assert.Equal(1_000, (await task).Accepted);
        Assert.Equal(sent.Count * 1_000L, engine.Status.Events);
    }

    [Xunit.Fact]
    public async Task A_folder_belongs_to_one_process()
    {
        await using var folder = new Folder();
        await folder.OpenAsync();
        await Assert.ThrowsAsync<FolderInUseException>(() => EmbeddedEngine.OpenAsync(folder.Options(), folder.Time, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, None));
    }

    [Theory]
    [InlineData(41, 1, 40)]
    [InlineData(42, 2, 400)]
    [InlineData(43, 1, 4_000)]
    public async Task A_long_history_that_comes_late_by_places_is_the_fold_of_its_facts(int seed, int people, int places)
    {
        // Each fact is held back by up to so many places: snapshots are made, used, mended and dropped.
        var random = new Random(seed);
        var facts = Histories.Make(seed, people, 4_000, Folder.Start).OrderBy(f => f.Stamp).Select((fact, at) => (Fact: fact, At: at + (random.Next(4) == 0 ? random.Next(places) : 0)))
            .OrderBy(f => f.At).Select(f => f.Fact).ToList();
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(1);
        await Folder.RecordAsync(engine, facts.Take(2_500));
        engine.WriteCheckpoints();
        engine = await folder.OpenAsync(2);
        await Folder.RecordAsync(engine, facts.Skip(2_500));
        var report = await Folder.VerifyAsync(engine);
        Assert.Equal(0, report.Differences);
        Assert.Equal(await Folder.HashOfAsync(Histories.Shuffle(facts, seed)), report.StateHash);
    }

    [Theory]
    [InlineData(21, false)]
    [InlineData(22, true)]
    public async Task A_start_from_checkpoints_or_without_them_and_with_other_loops_gives_the_same_state(int seed, bool erase)
    {
        var facts = Histories.Shuffle(Histories.Make(seed, 50, 3_000, Folder.Start), seed);
        await using var folder = new Folder();
        var engine = await folder.OpenAsync(1);
        await Folder.RecordAsync(engine, facts.Take(1_000));
        engine.WriteCheckpoints();
        await Folder.RecordAsync(engine, facts.Skip(1_000).Take(1_000));
        engine = await folder.OpenAsync(3);
        await Folder.RecordAsync(engine, facts.Skip(2_000).Take(500));
        engine.WriteCheckpoints();
        await Folder.RecordAsync(engine, facts.Skip(2_500));
        var before = await Folder.VerifyAsync(engine);
        await engine.DisposeAsync();
        if (erase) Directory.Delete(Path.Combine(folder.Data, "checkpoints"), recursive: true);
        engine = await folder.OpenAsync(2);
        Assert.Equal(before, await Folder.VerifyAsync(engine) with { Examples = before.Examples });
        Assert.Equal(facts.Count, engine.Status.Events);
        Assert.Equal(0, await Folder.RecordAsync(engine, facts));
        Assert.Equal(await Folder.HashOfAsync(facts), before.StateHash);
    }

    [Xunit.Fact]
    public async Task A_broken_checkpoint_is_dropped_and_its_shard_folded_from_the_journal()
    {
        var facts = Histories.Make(31, 50, 1_000, Folder.Start);
        await using var folder = new Folder();
        var engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, facts);
        engine.WriteCheckpoints();
        var before = await Folder.VerifyAsync(engine);
        await engine.DisposeAsync();
        foreach (var file in Directory.GetFiles(Path.Combine(folder.Data, "checkpoints")))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            bytes[^20] ^= 1;
            await File.WriteAllBytesAsync(file, bytes);
        }

        engine = await folder.OpenAsync();
        Assert.Equal(before.StateHash, (await Folder.VerifyAsync(engine)).StateHash);
    }

    [Xunit.Fact]
    public async Task A_long_history_takes_late_facts_and_voids_without_losing_count()
    {
        var random = new Random(5);
        var facts = new List<Domain.Events.Fact>();
        for (var i = 0; i < 4_000; i++)
        {
            var at = Folder.Start.AddMinutes(-4_000 + i);
            facts.Add(i % 3 == 0 ? Given.Registration("p-1", $"r-{i}", at, $"s-{i % 7}") : Given.Payment("p-1", $"pay-{i}", at, 100 + i));
        }

        // Nearly in order, as it comes: a tenth is late by up to 600 places; some are undone.
        var order = facts.Select((f, i) => (f, At: i + (random.Next(10) == 0 ? random.Next(600) : 0))).OrderBy(x => x.At).Select(x => x.f).ToList();
        for (var i = 0; i < 40; i++) order.Insert(random.Next(1_500, order.Count), Given.Void("p-1", $"v-{i}", Folder.Start, i % 2 == 0 ? $"pay-{(random.Next(1_300) * 3) + 1}" : $"r-{random.Next(1_300) * 3}"));
        await using var folder = new Folder();
        var engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, order.Take(3_000), 70);
        engine.WriteCheckpoints();
        engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, order.Skip(3_000), 70);
        Assert.Equal(0, await Folder.RecordAsync(engine, order));
        Assert.Equal(await Folder.HashOfAsync(order), (await Folder.VerifyAsync(engine)).StateHash);
    }

    [Xunit.Fact]
    public async Task Personal_text_and_keys_of_people_never_stand_in_the_folder_in_clear()
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, [Given.Person("key-of-zebedee", Folder.Start.AddDays(-1), "Zebedee", "Quackenbush", "zebedee@example.org")]);
        engine.WriteCheckpoints();
        await engine.DisposeAsync();
        foreach (var file in Directory.GetFiles(folder.Data, "*", SearchOption.AllDirectories))
        {
            var text = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            foreach (var word in new[] { "Zebedee", "zebedee", "Quackenbush" }) Assert.False(text.Contains(word, StringComparison.Ordinal), $"{word} stands in {Path.GetFileName(file)}");
        }
    }

    [Xunit.Fact]
    public async Task Watches_and_questions_end_when_the_engine_closes()
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, [Given.Payment("p-1", "pay", Folder.Start, 100)]);
        var person = await engine.FindAsync(Given.Source, "p-1", None);
        await using var card = engine.WatchCardAsync(person!, Folder.Access, None).GetAsyncEnumerator();
        await using var board = engine.WatchBoardAsync("everyone", Folder.Access, None).GetAsyncEnumerator();
        Assert.True(await card.MoveNextAsync());
        Assert.True(await board.MoveNextAsync());
        var ended = Task.WhenAll(EndAsync(card), EndAsync(board));
        await engine.DisposeAsync();
        await ended.WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<EngineUnavailableException>(async () => await engine.CardAsync(person!, Folder.Access, None));
    }

    // A view that was on its way may still come.
    private static async Task EndAsync<T>(IAsyncEnumerator<T> watch)
    {
        while (true)
        {
            try
            {
                if (!await watch.MoveNextAsync()) return;
            }
            catch (EngineUnavailableException)
            {
                return;
            }
        }
    }
}
