using Experience.Silo.Redis;
using Experience.Web.Keys;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Experience.Cluster.Tests;

/// <summary>API keys of a cluster, on a real Redis.</summary>
public sealed class KeyTests
{
    [Fact]
    public async Task A_key_made_on_one_host_works_on_all_until_it_is_revoked_on_any()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisServer.Shared.Address);
        var name = $"k{Guid.NewGuid().ToString("n")[..8]}";
        using var one = await StartAsync(redis, name);
        using var two = await StartAsync(redis, name);
        var (here, there) = (new KeyRing(one, TimeProvider.System), new KeyRing(two, TimeProvider.System));
        Assert.False(there.TryAuthorize("exp_00000000_nobody-has-made-this-key", out _));
        var made = here.Create("/registrations", TimeZoneInfo.Utc, mayErase: true);
        Assert.True(here.TryAuthorize(made.Key, out _));
        await ClusterUnderLoad.UntilAsync(() => there.TryAuthorize(made.Key, out _), "The key did not come to the other host.");
        Assert.True(there.TryAuthorize(made.Key, out var rules) && rules.MayErase);
        Assert.Equal(made.Id, Assert.Single(there.List()).Id);

        // Nothing in the store opens anything.
        Assert.DoesNotContain(made.Key, (string?)await redis.GetDatabase().StringGetAsync($"{name}:{{api-keys}}"), StringComparison.Ordinal);
        Assert.True(there.Revoke(made.Id));
        Assert.False(there.TryAuthorize(made.Key, out _));
        await ClusterUnderLoad.UntilAsync(() => !here.TryAuthorize(made.Key, out _), "The key went on working on the other host.");
    }

    [Fact]
    public async Task Keys_made_at_once_on_several_hosts_are_all_kept_and_those_of_a_file_are_taken_over()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisServer.Shared.Address);
        var name = $"k{Guid.NewGuid().ToString("n")[..8]}";
        var rings = Enumerable.Range(0, 3).Select(_ => new KeyRing(new StoreKeys(redis, name, NullLogger<StoreKeys>.Instance), TimeProvider.System)).ToArray();
        var made = await Task.WhenAll(rings.Select(ring => Task.Run(() => ring.Create("/a", TimeZoneInfo.Utc))));
        var folder = Directory.CreateTempSubdirectory("experience-keys-").FullName;
        try
        {
            var old = new KeyRing(folder, TimeProvider.System).Create("/old", TimeZoneInfo.Utc);
            var list = await File.ReadAllBytesAsync(Path.Combine(folder, KeyFile.Name));
            rings[0].Adopt(list);
            rings[1].Adopt(list);
            Assert.Equal(made.Append(old).Select(k => k.Id).Order(), rings[2].List().Select(k => k.Id).Order());
            Assert.True(rings[2].TryAuthorize(old.Key, out _));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<StoreKeys> StartAsync(ConnectionMultiplexer redis, string name)
    {
        var keys = new StoreKeys(redis, name, NullLogger<StoreKeys>.Instance);
        await keys.StartAsync(CancellationToken.None);
        return keys;
    }
}
