using System.Security.Cryptography;
using System.Text.Json;
using Experience.Grains;
using Experience.Grains.Storage;
using Experience.Silo.Hosting;
using StackExchange.Redis;

namespace Experience.Silo.Redis;

/// <summary>A cluster's setting cannot be used: the message names it, and says what it may be.</summary>
public sealed class ClusterSettingsException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Connects, looks whether the server keeps what it acknowledges, and reads or makes what the store was made with.</summary>
internal sealed class RedisOpener : IAsyncDisposable
{
    /// <summary>The first version that says what replicas have on disk.</summary>
    private static readonly Version WaitsFrom = new(7, 2);

    private readonly ConnectionMultiplexer _redis;
    private readonly ConnectionMultiplexer _keys;
    private readonly ConnectionMultiplexer?[] _waits;

    private RedisOpener(ConnectionMultiplexer redis, ConnectionMultiplexer keys, ConnectionMultiplexer?[] waits, SiloParts parts, string? mayLose)
    {
        _redis = redis;
        _keys = keys;
        _waits = waits;
        Parts = parts;
        MayLose = mayLose;
    }

    public SiloParts Parts { get; }

    /// <summary>Why what was acknowledged may be lost; null when it may not.</summary>
    public string? MayLose { get; }

    /// <summary>The journal's server.</summary>
    public IConnectionMultiplexer Redis => _redis;

    public bool Connected => Parts.Store.Connected;

    /// <exception cref="ClusterSettingsException">Not reachable, not durable, or another master key.</exception>
    public static async Task<RedisOpener> OpenAsync(ClusterSettings settings, TimeProvider time)
    {
        var redis = await ConnectAsync(settings.Redis, "Cluster:Redis");
        var keys = settings.KeysRedis.Length == 0 ? redis : await ConnectAsync(settings.KeysRedis, "Cluster:KeysRedis");
        var mayLose = await LosesAsync(redis) ?? (ReferenceEquals(redis, keys) ? null : await LosesAsync(keys));
        if (mayLose is not null && !settings.MayLose) throw new ClusterSettingsException($"The Redis server may lose what was acknowledged: {mayLose} Change that, or set Cluster:MayLose to true.");
        var (journal, why) = await ReplicasAsync(redis, settings.Redis, "Cluster:Redis", settings.Replicas);
        var (secrets, whyKeys) = ReferenceEquals(redis, keys) ? (journal, why) : await ReplicasAsync(keys, settings.KeysRedis, "Cluster:KeysRedis", settings.Replicas);
        mayLose ??= why ?? whyKeys;
        var replicas = journal is null ? null : new ReplicaWait(journal, settings.Replicas);
        var keyReplicas = ReferenceEquals(journal, secrets) ? replicas : secrets is null ? null : new ReplicaWait(secrets, settings.Replicas);
        var name = settings.Name;
        var meta = (RedisKey)$"{name}:{{meta}}";
        var stored = (byte[]?)await redis.GetDatabase().HashGetAsync(meta, "facts");
        var master = OpenMaster(settings.MasterKeyFile, create: stored is null);
        using var sealer = new Sealer(HMACSHA256.HashData(master, "wrap/1"u8)[..16]);
        if (stored is null)
        {
            var made = new StoredFacts(1, settings.ProgramName, settings.TimeZone, settings.Currency, sealer.Seal(0, 0, RandomNumberGenerator.GetBytes(16)));
            await redis.GetDatabase().HashSetAsync(meta, "facts", JsonSerializer.SerializeToUtf8Bytes(made), When.NotExists);
            stored = (byte[]?)await redis.GetDatabase().HashGetAsync(meta, "facts");
            if (replicas is not null) await replicas.ReachedAsync($"{meta}:mark");
        }

        var read = JsonSerializer.Deserialize<StoredFacts>(stored!)!;
        if (read.Version != 1) throw new ClusterSettingsException($"The store '{name}' was made by another version ({read.Version}).");
        byte[] streams;
        try
        {
            streams = sealer.Open(0, 0, read.Streams);
        }
        catch (InvalidDataException failure)
        {
            throw new ClusterSettingsException($"Cluster:MasterKeyFile {settings.MasterKeyFile} is not the master key of the store '{name}'.", failure);
        }

        var facts = new ClusterFacts(read.Program, read.TimeZone, read.Currency, streams);
        return new RedisOpener(redis, keys, [journal, secrets], SiloParts.Create(new RedisStore(redis, keys, name, replicas, keyReplicas), facts, master, time), mayLose);
    }

    public async ValueTask DisposeAsync()
    {
        Parts.Dispose();
        await _redis.DisposeAsync();
        if (!ReferenceEquals(_redis, _keys)) await _keys.DisposeAsync();
        foreach (var wait in _waits.Distinct())
        {
            if (wait is not null) await wait.DisposeAsync();
        }
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(string address, string setting)
    {
        try
        {
            var options = ConfigurationOptions.Parse(address);

            // The server's own settings are read once; nothing is administered.
            options.AllowAdmin = true;
            options.AbortOnConnectFail = true;
            options.ClientName = "experience";
            return await ConnectionMultiplexer.ConnectAsync(options);
        }
        catch (Exception failure) when (failure is RedisConnectionException or ArgumentException)
        {
            throw new ClusterSettingsException($"{setting}: no Redis answers at {address}.", failure);
        }
    }

    private static async Task<string?> LosesAsync(ConnectionMultiplexer redis)
    {
        foreach (var server in redis.GetServers().Where(s => s is { IsConnected: true, IsReplica: false }))
        {
            if (server.Version < new Version(7, 0)) return $"version {server.Version}; 7.0 or later is needed.";
            var settings = (await server.ConfigGetAsync("*")).ToDictionary(s => s.Key, s => s.Value);
            if (settings.GetValueOrDefault("appendonly") != "yes") return "appendonly is not yes.";
            if (settings.GetValueOrDefault("appendfsync") != "always") return "appendfsync is not always.";
            if (settings.GetValueOrDefault("no-appendfsync-on-rewrite") != "no") return "no-appendfsync-on-rewrite is not no.";
            if (settings.GetValueOrDefault("maxmemory-policy") != "noeviction") return "maxmemory-policy is not noeviction.";
        }

        return null;
    }

    /// <summary>A connection to wait for replicas on, where there are any to wait for; otherwise why a failover can lose, if there can be one.</summary>
    private static async Task<(ConnectionMultiplexer? Wait, string? MayLose)> ReplicasAsync(ConnectionMultiplexer redis, string address, string setting, int wanted)
    {
        var fewest = int.MaxValue;
        var version = new Version(int.MaxValue, 0);
        foreach (var server in redis.GetServers().Where(s => s is { IsConnected: true, IsReplica: false }))
        {
            var replicas = (await server.InfoAsync("replication")).SelectMany(g => g).FirstOrDefault(p => p.Key == "connected_slaves").Value;
            fewest = Math.Min(fewest, int.TryParse(replicas, out var count) ? count : 0);
            if (server.Version < version) version = server.Version;
        }

        const string loses = "a failover of Redis can lose what its replica had not received yet";
        if (fewest is 0 or int.MaxValue) return (null, null);
        if (wanted == 0) return (null, $"{loses}: Cluster:Replicas is 0.");
        if (version < WaitsFrom) return (null, $"{loses}: version {version} cannot wait for it, {WaitsFrom} or later can.");
        if (fewest < wanted) throw new ClusterSettingsException($"Cluster:Replicas must be 0–{fewest}, the replicas that {setting} has; it is {wanted}.");
        var wait = await ConnectAsync(address, setting);
        try
        {
            // A replica that keeps nothing on disk would never be waited for to an end.
            foreach (var server in wait.GetServers().Where(s => s is { IsConnected: true, IsReplica: false }))
            {
                var reached = (long[])(await server.ExecuteAsync("WAITAOF", 0, wanted, ReplicaWait.Patience))!;
                if (reached[1] < wanted) throw new ClusterSettingsException($"{setting}: {reached[1]} replicas keep on disk what they receive (appendonly yes), and Cluster:Replicas is {wanted}.");
            }

            return (wait, null);
        }
        catch
        {
            await wait.DisposeAsync();
            throw;
        }
    }

    private static byte[] OpenMaster(string path, bool create)
    {
        if (File.Exists(path))
        {
            var text = File.ReadAllText(path).Trim();
            if (text.Length != 64 || !text.All(char.IsAsciiHexDigit)) throw new ClusterSettingsException($"Cluster:MasterKeyFile {path} does not hold 64 hexadecimal digits.");
            return Convert.FromHexString(text);
        }

        if (!create) throw new ClusterSettingsException($"Cluster:MasterKeyFile {path} is missing: without it nothing personal can be read.");
        var key = RandomNumberGenerator.GetBytes(32);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(key) + "\n"));
        file.Flush(flushToDisk: true);
        return key;
    }

    private sealed record StoredFacts(int Version, string Program, string TimeZone, string Currency, byte[] Streams);
}
