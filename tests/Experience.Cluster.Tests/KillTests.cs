using System.Collections.Concurrent;
using Experience.Cluster.Tests.Contract;
using Experience.Contract;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Embedded;
using Experience.Silo.Engine;
using Experience.Silo.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Experience.Cluster.Tests;

/// <summary>Three silos under load, one of them killed again and again, and the store once: nothing that was acknowledged is lost or counted twice.</summary>
public sealed class KillTests : IDisposable
{
    private const int People = 120;
    private const int Rounds = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("experience-kill-").FullName;
    private readonly RedisServer _redis = new();
    private readonly ConcurrentQueue<Fact> _acknowledged = new();
    private int _refused;

    [Fact]
    public async Task What_was_acknowledged_counts_once_whatever_is_killed()
    {
        // Dead after two missed probes of a second each; the next silo is killed when its forerunner is declared dead and replaced.
        var settings = Settings();
        await using var here = (await SiloProcess.OpenAsync(settings, TimeProvider.System)).Engine;
        var children = new List<SiloChild> { await SiloChild.StartAsync(settings, _folder), await SiloChild.StartAsync(settings, _folder) };
        using var stop = new CancellationTokenSource();
        using var ended = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        try
        {
            var load = Task.Run(() => LoadAsync(here, stop.Token));
            var seen = Task.Run(() => WatchAsync(here, ended.Token));
            for (var round = 0; round < Rounds; round++)
            {
                var before = _acknowledged.Count;
                children[0].Kill();
                children[0].Dispose();
                children.RemoveAt(0);
                await UntilAsync(() => _acknowledged.Count > before + 400, "Events were not acknowledged after a silo was killed.");
                children.Add(await SiloChild.StartAsync(settings, _folder));
                if (round == 0)
                {
                    before = _acknowledged.Count;
                    _redis.Restart();
                    await UntilAsync(() => _acknowledged.Count > before + 400, "Events were not acknowledged after the store was restarted.");
                }
            }

            await stop.CancelAsync();
            await load;
            var facts = _acknowledged.ToArray();
            var report = await here.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None);
            Assert.True(report.Differences == 0, string.Join('\n', report.Examples));
            Assert.Equal(facts.Length, report.Events);
            Assert.Equal(await HashAsync(facts), report.StateHash);

            // The watch went on through all of it, and comes to what is true.
            var board = await here.BoardAsync("everyone", Access.System("test"), CancellationToken.None);
            Assert.Equal(People, board!.People);
            var paid = facts.Where(f => f.Subject == "p-0").Sum(Cents);
            await UntilAsync(() => seen.IsCompleted || Volatile.Read(ref _paid) == paid, "The watched card did not come to what was paid.");
            await ended.CancelAsync();
            Assert.True(await seen > 0);
            Assert.Equal(paid, _paid);
        }
        finally
        {
            await stop.CancelAsync();
            await ended.CancelAsync();
            foreach (var child in children) child.Dispose();
        }
    }

    public void Dispose()
    {
        _redis.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private long _paid;

    private ClusterSettings Settings() => new()
    {
        Redis = _redis.Address,
        Name = "kill",
        MasterKeyFile = Path.Combine(_folder, "master.key"),
        SiloPort = RedisServer.FreePort(),
        GatewayPort = RedisServer.FreePort(),
        ProbeSeconds = 1,
        MissedProbes = 2,
    };

    // A batch that is not acknowledged is sent again, as it is, until it is.
    private async Task LoadAsync(OrleansEngine engine, CancellationToken stop)
    {
        var start = DateTimeOffset.UtcNow.AddDays(-30);
        for (var batch = 0; !stop.IsCancellationRequested; batch++)
        {
            var facts = Enumerable.Range(0, 40).Select(i =>
            {
                var n = (batch * 40) + i;
                return Given.Payment($"p-{n % People}", $"pay-{n}", start.AddSeconds(n), 100 + (n % 7), live: true);
            }).ToArray();
            while (true)
            {
                try
                {
                    var receipt = await engine.RecordAsync(facts, Access.System("load"), CancellationToken.None);
                    Assert.All(receipt.Outcomes, o => Assert.NotEqual(RecordOutcome.Refused, o));
                    foreach (var fact in facts) _acknowledged.Enqueue(fact);
                    break;
                }
                catch (Exception failure) when (failure is EngineUnavailableException or EngineBusyException)
                {
                    Interlocked.Increment(ref _refused);
                }
            }
        }
    }

    // Somebody's card on a screen: views never go back, and one is opened again if its watch ends.
    private async Task<int> WatchAsync(OrleansEngine engine, CancellationToken stop)
    {
        var views = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var person = await engine.FindAsync(Given.Source, "p-0", stop);
                if (person is null)
                {
                    await Task.Delay(50, stop);
                    continue;
                }

                await foreach (var card in engine.WatchCardAsync(person, Access.System("watch"), stop))
                {
                    views++;
                    Volatile.Write(ref _paid, card.Value!.NetPaid);
                }
            }
            catch (Exception failure) when (failure is EngineUnavailableException or EngineBusyException or OperationCanceledException)
            {
                // A page opens its watch again.
            }
        }

        return views;
    }

    /// <summary>The hash that the other engine gives the same facts.</summary>
    private async Task<string> HashAsync(Fact[] facts)
    {
        await using var engine = await EmbeddedEngine.OpenAsync(
            new EmbeddedOptions { DataFolder = Path.Combine(_folder, "reference") }, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        foreach (var part in facts.Chunk(1_000)) await engine.RecordAsync(part, Access.System("test"), CancellationToken.None);
        return (await engine.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None)).StateHash;
    }

    private static long Cents(Fact fact)
    {
        var fields = fact.Fields();
        while (fields.Next())
        {
            if (fields.Number == Fields.Amount.Number) return fields.Value;
        }

        return 0;
    }

    private static async Task UntilAsync(Func<bool> holds, string otherwise)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!holds())
        {
            Assert.False(deadline.IsCancellationRequested, otherwise);
            await Task.Delay(20);
        }
    }
}
