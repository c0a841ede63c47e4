using System.Diagnostics;
using System.Text.RegularExpressions;
using Experience.Grains.Storage;
using Experience.Silo.Hosting;
using Experience.Silo.Redis;

namespace Experience.Cluster.Tests;

/// <summary>What a failover to a replica keeps, with a real replica.</summary>
public sealed class ReplicaTests : IDisposable
{
    private static readonly UInt128 Somebody = UInt128.One << 100;

    private readonly string _folder = Directory.CreateTempSubdirectory("experience-replica-").FullName;
    private readonly RedisServer _master = new();
    private readonly RedisServer _replica;

    public ReplicaTests() => _replica = RedisServer.ReplicaOf(_master);

    [Fact]
    public async Task Where_nobody_waits_for_replicas_it_is_stated_that_a_failover_can_lose()
    {
        await ConnectedAsync();
        await using var store = await OpenAsync(0);
        Assert.Contains("Cluster:Replicas is 0", store.MayLose, StringComparison.Ordinal);
        var epoch = await store.Parts.Store.TakeOverAsync(0);
        Assert.Equal(new[] { true }, await store.Parts.Store.FlushAsync(0, epoch, [Write(0, 1)]));
    }

    [Fact]
    public async Task More_replicas_than_there_are_end_the_start_with_a_message_that_names_the_setting()
    {
        await ConnectedAsync();
        if (Redis72FactAttribute.Version < new Version(7, 2))
        {
            await using var store = await OpenAsync(2);
            Assert.Contains("7.2 or later", store.MayLose, StringComparison.Ordinal);
            return;
        }

        var wrong = await Assert.ThrowsAsync<ClusterSettingsException>(() => OpenAsync(2));
        Assert.Contains("Cluster:Replicas must be 0–1", wrong.Message, StringComparison.Ordinal);
    }

    [Redis72Fact]
    public async Task Nothing_is_acknowledged_that_a_replica_has_not_on_its_disk()
    {
        await ConnectedAsync();
        await using var opened = await OpenAsync(1);
        Assert.Null(opened.MayLose);
        var store = opened.Parts.Store;
        var epoch = await store.TakeOverAsync(0);
        Assert.Equal(new[] { true }, await store.FlushAsync(0, epoch, [Write(0, 1)]));

        // Many at once share waits, and each is waited for.
        var others = await Task.WhenAll(Enumerable.Range(1, 63).Select(async shard =>
            await store.FlushAsync(shard, await store.TakeOverAsync(shard), [Write(0, 1, ((UInt128)(uint)shard << 122) + 1)])));
        Assert.All(others, done => Assert.Equal(new[] { true }, done));

        await SignalAsync("STOP");
        await Assert.ThrowsAsync<StoreException>(() => store.FlushAsync(0, epoch, [Write(1, 2)]));
        await SignalAsync("CONT");
        Assert.Equal(new[] { true }, await store.FlushAsync(0, epoch, [Write((await store.RecordsAsync(Somebody, 0)).Length, 3)]));

        // The master is gone for ever: the replica reads its own disk, and has what was acknowledged.
        _master.Stop();
        _replica.Restart();
        RedisServer.Cli("-p", $"{_replica.Port}", "replicaof", "no", "one");
        await using var after = await OpenAsync(1, _replica.Address);
        var kept = await after.Parts.Store.RecordsAsync(Somebody, 0);
        Assert.Equal([1], kept[0]);
        Assert.Equal([3], kept[^1]);
        for (var shard = 1; shard < 64; shard++) Assert.Single(await after.Parts.Store.RecordsAsync(((UInt128)(uint)shard << 122) + 1, 0));
        Assert.True(await after.Parts.Store.TakeOverAsync(0) > epoch);
    }

    public void Dispose()
    {
        _replica.Dispose();
        _master.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task ConnectedAsync() => ClusterUnderLoad.UntilAsync(
        () => _replica.Info("replication", "master_link_status") == "up" && _master.Info("replication", "slave0").Contains("state=online", StringComparison.Ordinal), "The replica did not connect.");

    private Task<RedisOpener> OpenAsync(int replicas, string? address = null) => RedisOpener.OpenAsync(
        new ClusterSettings { Redis = address ?? _master.Address, Name = "kept", MasterKeyFile = Path.Combine(_folder, "master.key"), Replicas = replicas }, TimeProvider.System);

    private static StreamWrite Write(long expected, byte record, UInt128? stream = null) => new(stream ?? Somebody, expected, null, [[record]], null, [], null);

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_replica.ProcessId}"]);
        await kill.WaitForExitAsync();
    }
}

/// <summary>A test that needs a Redis that can say what its replicas have on disk, and is skipped with a plain line where it cannot.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed partial class Redis72FactAttribute : FactAttribute
{
    public Redis72FactAttribute()
    {
        if (Version < new Version(7, 2)) Skip = $"{RedisServer.Program} is {Version}: WAITAOF needs 7.2 (EXPERIENCE_REDIS names another one)";
    }

    public static Version Version { get; } = Find();

    private static Version Find()
    {
        using var process = Process.Start(new ProcessStartInfo(RedisServer.Program, ["--version"]) { RedirectStandardOutput = true })!;
        return Version.Parse(Number().Match(process.StandardOutput.ReadToEnd()).Groups[1].Value);
    }

    [GeneratedRegex("v=([0-9.]+)")]
    private static partial Regex Number();
}
