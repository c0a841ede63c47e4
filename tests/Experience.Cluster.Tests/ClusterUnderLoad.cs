using System.Collections.Concurrent;
using System.Diagnostics;
using Experience.Contract;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Embedded;
using Experience.Silo.Engine;
using Experience.Silo.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Experience.Cluster.Tests;

/// <summary>
/// Payments of some people, sent without a pause through one host, some of whom are merged and taken apart again meanwhile, with a card and a board watched there; afterwards,
/// whether everything that was acknowledged counts once and for whom it should, and whether both watches came to what is true.
/// </summary>
internal sealed class ClusterUnderLoad : IAsyncDisposable
{
    public const int People = 120;

    private const int Batch = 40;

    /// <summary>People from here on are merged and taken apart, in pairs and in chains; the others are as they are.</summary>
    private const int FirstMerged = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly OrleansEngine _engine;
    private readonly string _folder;
    private readonly bool _merges;
    private readonly ConcurrentQueue<Fact> _acknowledged = new();
    private readonly ConcurrentQueue<string> _refusals = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _load;
    private readonly Task<int> _card;
    private readonly Task<int> _board;
    private long _paid;
    private BoardView? _seen;
    private long _longest;

    /// <param name="merges">False where nobody has several keys: what is recorded of a person then concerns one silo.</param>
    public ClusterUnderLoad(OrleansEngine engine, string folder, bool merges = true)
    {
        _engine = engine;
        _folder = folder;
        _merges = merges;
        _load = Task.Run(LoadAsync);
        _card = Task.Run(WatchCardAsync);
        _board = Task.Run(WatchBoardAsync);
    }

    public int Acknowledged => _acknowledged.Count;

    /// <summary>Why the host gave batches back to their sender, who sent them again.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    /// <summary>The longest that one batch took until it was acknowledged, retries included.</summary>
    public TimeSpan Longest => Stopwatch.GetElapsedTime(0, Volatile.Read(ref _longest));

    /// <summary>Waits until events are acknowledged again.</summary>
    public async Task GoesOnAsync(string otherwise, int events = 400)
    {
        var before = Acknowledged;
        await UntilAsync(() => Acknowledged > before + events, otherwise);
    }

    /// <summary>Ends the load and compares with what a single process makes of the same facts.</summary>
    public async Task CheckAsync()
    {
        await _stop.CancelAsync();
        await UntilAsync(() => _load.IsCompleted, "The last batch was not acknowledged.");
        await _load;
        var facts = _acknowledged.ToArray();
        var report = await _engine.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None);
        Assert.True(report.Differences == 0, string.Join('\n', report.Examples));
        Assert.Equal(facts.Length, report.Events);
        var (hash, expected) = await ReferenceAsync(facts);
        Assert.Equal(hash, report.StateHash);
        Assert.Equal(expected, Figures(await _engine.BoardAsync("everyone", Access.System("test"), CancellationToken.None)));

        // The watches went on through all of it, and come to what is true.
        var paid = facts.Where(f => f.Subject == "p-0").Sum(Cents);
        await UntilAsync(() => _card.IsCompleted || Volatile.Read(ref _paid) == paid, "The watched card did not come to what was paid.");
        await UntilAsync(() => _board.IsCompleted || Figures(Volatile.Read(ref _seen)) == expected, "The watched board did not come to what is true.");
        await _ended.CancelAsync();
        Assert.True(await _card > 0);
        Assert.True(await _board > 0);
        Assert.Equal(paid, _paid);
        Assert.Equal(expected, Figures(_seen));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _ended.CancelAsync();
        await Task.WhenAll(_load, _card, _board).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _ended.Dispose();
    }

    public static async Task UntilAsync(Func<bool> holds, string otherwise)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!holds())
        {
            Assert.False(deadline.IsCancellationRequested, otherwise);
            await Task.Delay(20);
        }
    }

    // A batch that is not acknowledged is sent again, as it is, until it is.
    private async Task LoadAsync()
    {
        var start = DateTimeOffset.UtcNow.AddDays(-30);
        for (var batch = 0; !_stop.IsCancellationRequested; batch++)
        {
            var facts = Enumerable.Range(0, Batch).Select(i =>
            {
                var n = (batch * Batch) + i;
                return Given.Payment($"p-{n % People}", $"pay-{n}", start.AddSeconds(n), 100 + (n % 7), live: true);
            }).Concat(_merges ? Link(batch, start) : []).ToArray();
            var began = Stopwatch.GetTimestamp();
            while (true)
            {
                try
                {
                    var receipt = await _engine.RecordAsync(facts, Access.System("load"), CancellationToken.None);
                    Assert.All(receipt.Outcomes, o => Assert.NotEqual(RecordOutcome.Refused, o));
                    foreach (var fact in facts) _acknowledged.Enqueue(fact);
                    break;
                }
                catch (Exception failure) when (failure is EngineUnavailableException or EngineBusyException)
                {
                    _refusals.Enqueue($"{DateTime.UtcNow:HH:mm:ss.f}, after {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s: {failure}");
                    if (_ended.IsCancellationRequested) return;
                }
            }

            _longest = Math.Max(_longest, Stopwatch.GetTimestamp() - began);
        }
    }

    // Of each pair one link after the other: two rounds in three say that they are one, and of every other pair that it is one with the next.
    private static Fact[] Link(int batch, DateTimeOffset start)
    {
        const int pairs = (People - FirstMerged) / 2;
        var (pair, round) = (batch % pairs, batch / pairs);
        var (first, second) = (FirstMerged + (2 * pair), FirstMerged + (((2 * pair) + (pair % 2) + 1) % (People - FirstMerged)));
        var at = start.AddSeconds(batch * Batch);
        return round % 3 == 2 ? Unions.Unmerge($"p-{first}", $"p-{second}", $"link-{batch}", at) : Unions.Merge($"p-{first}", $"p-{second}", $"link-{batch}", at);
    }

    // Somebody's card on a screen: views never go back, and one is opened again if its watch ends.
    private Task<int> WatchCardAsync() => WatchAsync(async views =>
    {
        if (await _engine.FindAsync(Given.Source, "p-0", _ended.Token) is not { } person)
        {
            await Task.Delay(50, _ended.Token);
            return;
        }

        await foreach (var card in _engine.WatchCardAsync(person, Access.System("watch"), _ended.Token))
        {
            views();
            Volatile.Write(ref _paid, card.Value!.NetPaid);
        }
    });

    private Task<int> WatchBoardAsync() => WatchAsync(async views =>
    {
        await foreach (var board in _engine.WatchBoardAsync("everyone", Access.System("watch"), _ended.Token))
        {
            views();
            Volatile.Write(ref _seen, board);
        }
    });

    private async Task<int> WatchAsync(Func<Action, Task> watch)
    {
        var views = 0;
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                await watch(() => views++);
            }
            catch (Exception failure) when (failure is EngineUnavailableException or EngineBusyException or OperationCanceledException)
            {
                // A page opens its watch again.
            }
        }

        return views;
    }

    /// <summary>The hash and the board that the other engine gives the same facts.</summary>
    private async Task<(string Hash, string Figures)> ReferenceAsync(Fact[] facts)
    {
        await using var engine = await EmbeddedEngine.OpenAsync(
            new EmbeddedOptions { DataFolder = Path.Combine(_folder, "reference"), FitModels = false }, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        foreach (var part in facts.Chunk(1_000)) await engine.RecordAsync(part, Access.System("test"), CancellationToken.None);
        var report = await engine.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None);
        return (report.StateHash, Figures(await engine.BoardAsync("everyone", Access.System("test"), CancellationToken.None)));
    }

    private static string Figures(BoardView? board) => board is null ? "" : $"{board.People} people\n{string.Join('\n', board.Tiles.Select(t => $"{t.Id}: {t.Value} of {t.N}, {t.Detail}"))}";

    private static long Cents(Fact fact)
    {
        var fields = fact.Fields();
        while (fields.Next())
        {
            if (fields.Number == Fields.Amount.Number) return fields.Value;
        }

        return 0;
    }
}

/// <summary>A folder and a Redis of a cluster's own, and the settings of its silos.</summary>
internal sealed class ClusterPlace(RedisServer redis) : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("experience-place-").FullName;

    public RedisServer Redis => redis;

    // A silo is declared dead after two missed probes of a second each.
    public ClusterSettings Settings(string role, string address = "127.0.0.1", string? redisAddress = null) => new()
    {
        Redis = redisAddress ?? redis.Address,
        Name = "place",
        MasterKeyFile = Path.Combine(Folder, "master.key"),
        Role = role,
        Address = address,
        SiloPort = RedisServer.FreePort(),
        GatewayPort = RedisServer.FreePort(),
        ProbeSeconds = 1,
        MissedProbes = 2,
        FitModels = false,
    };

    public void Dispose()
    {
        redis.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
