using Experience.Cluster.Tests.Contract;
using Experience.Contract;
using Experience.Domain.Port;
using Experience.Embedded;
using Experience.Grains.Storage;
using Experience.Silo.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Experience.Cluster.Tests;

/// <summary>The journal on a real Redis: histories cannot fork.</summary>
public sealed class FencingTests
{
    private static readonly UInt128 Somebody = UInt128.One << 100;

    [Fact]
    public async Task A_record_on_an_old_version_is_refused_and_changes_nothing()
    {
        await using var redis = await ConnectAsync();
        var store = Store(redis);
        var epoch = await store.TakeOverAsync(0);
        Assert.Equal(new[] { true }, await store.FlushAsync(0, epoch, [Write(0, [1])]));
        Assert.Equal(new[] { false, true }, await store.FlushAsync(0, epoch, [Write(0, [2]), Write(0, [3], Somebody + 1)]));
        Assert.Equal(new byte[][] { [1] }, await store.RecordsAsync(Somebody, 0));
        Assert.Equal(new[] { true }, await store.FlushAsync(0, epoch, [Write(1, [4])]));
        Assert.Equal(new byte[][] { [1], [4] }, await store.RecordsAsync(Somebody, 0));
    }

    [Fact]
    public async Task A_shard_that_was_taken_over_writes_nothing_any_more()
    {
        await using var redis = await ConnectAsync();
        var store = Store(redis);
        var before = await store.TakeOverAsync(0);
        var after = await store.TakeOverAsync(0);
        Assert.True(after > before);
        await Assert.ThrowsAsync<ShardFencedException>(() => store.FlushAsync(0, before, [Write(0, [1])]));
        Assert.Empty(await store.RecordsAsync(Somebody, 0));
        Assert.Equal(new[] { true }, await store.FlushAsync(0, after, [Write(0, [1])]));
    }

    [Fact]
    public async Task A_secret_is_made_once_and_stays_erased()
    {
        await using var redis = await ConnectAsync();
        var store = Store(redis);
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.SecretAsync(Somebody, create: true)));
        Assert.All(made, secret => Assert.Equal(made[0], secret));
        await store.EraseSecretAsync(Somebody);
        Assert.Empty(await store.SecretAsync(Somebody, create: true));
    }

    [Theory]
    [InlineData(3, 25, false)]
    [InlineData(8, 2, true)]
    public async Task Both_engines_fold_the_same_history_to_the_same_hash(int seed, int people, bool somewhatLate)
    {
        var facts = Histories.Make(seed, people, 1_200, new DateTimeOffset(2026, 3, 10, 15, 0, 0, TimeSpan.Zero));

        // As a queue between two systems delivers: almost in order. Busy people's late facts are then among the newest ones.
        var random = new Random(seed);
        IReadOnlyList<Domain.Events.Fact> order = somewhatLate
            ? [.. facts.OrderBy(f => f.Stamp).Select((f, i) => (Fact: f, Comes: i + random.Next(25))).OrderBy(f => f.Comes).Select(f => f.Fact)]
            : Histories.Shuffle(facts, seed);
        var folder = Directory.CreateTempSubdirectory("experience-both-");
        try
        {
            await using var embedded = await EmbeddedEngine.OpenAsync(
                new EmbeddedOptions { DataFolder = Path.Combine(folder.FullName, "data") }, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
            await using var lab = new ClusterLab();
            await using var cluster = await lab.OpenAsync("a", TimeProvider.System);
            Assert.Equal(await HashAsync(embedded, facts), await HashAsync(cluster, order, somewhatLate ? 7 : 100));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> HashAsync(IExperienceEngine engine, IReadOnlyList<Domain.Events.Fact> facts, int batch = 100)
    {
        foreach (var part in facts.Chunk(batch)) await engine.RecordAsync(part, Access.System("test"), CancellationToken.None);
        var report = await engine.VerifyAsync(new VerifyOptions(null), null, CancellationToken.None);
        Assert.Equal(0, report.Differences);
        return report.StateHash;
    }

    private static StreamWrite Write(long expected, byte[] record, UInt128? stream = null) => new(stream ?? Somebody, expected, null, [record], null, [], null);

    private static RedisStore Store(ConnectionMultiplexer redis) => new(redis, redis, $"f{Guid.NewGuid().ToString("n")[..8]}");

    private static async Task<ConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync(RedisServer.Shared.Address);
}
