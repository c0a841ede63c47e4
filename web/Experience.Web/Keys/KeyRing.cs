using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Keys;

/// <summary>One key as it is kept: never the key itself.</summary>
internal sealed record StoredKey(string Id, string Source, string TimeZone, string Hash, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt, bool MayErase = false);

/// <summary>
/// API keys, one for each source, in <c>api-keys.json</c> of the data folder. A key is 256 random bits, so a plain SHA-256 of it
/// cannot be searched and needs no salt. The file is read again when it changes, so that the command line may create and revoke
/// keys beside a running server; writers hold a lock file and replace the file whole.
/// </summary>
internal sealed class KeyRing(string folder, TimeProvider time)
{
    /// <summary>Keys kept, revoked ones included; beyond it, the oldest revoked are forgotten, and creating fails when none is.</summary>
    public const int MaxKeys = 1000;

    private const string Prefix = "exp_";
    private static readonly TimeSpan RereadAfter = TimeSpan.FromSeconds(1);
    private readonly string _path = Path.Combine(folder, "api-keys.json");
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, StoredKey> _own = new(StringComparer.Ordinal);
    private Dictionary<string, StoredKey> _keys = [];
    private DateTime _stamp;
    private long _lookedAt;
    private bool _loaded;

    /// <summary>Makes a key; what is returned is shown once and kept nowhere.</summary>
    /// <param name="mayErase">The key may erase people; no other may.</param>
    public KeyCreated Create(string source, TimeZoneInfo zone, bool mayErase = false)
    {
        var (id, key) = Generate();
        Change(keys =>
        {
            if (keys.Count >= MaxKeys)
            {
                var oldest = keys.Where(k => k.RevokedAt is not null).MinBy(k => k.CreatedAt)
                    ?? throw new IOException($"There are {MaxKeys} keys already: revoke some first.");
                keys.Remove(oldest);
            }

            keys.Add(new StoredKey(id, source, zone.Id, HashOf(key), time.GetUtcNow(), null, mayErase));
        });
        return new KeyCreated(id, source, zone.Id, mayErase, key);
    }

    /// <summary>A key of this process for itself: it stands in no file, and ends with the process.</summary>
    public string CreateOwn(string source, TimeZoneInfo zone)
    {
        var (id, key) = Generate();
        _own[id] = new StoredKey(id, source, zone.Id, HashOf(key), time.GetUtcNow(), null);
        return key;
    }

    public bool Revoke(string id)
    {
        var found = false;
        Change(keys =>
        {
            var at = keys.FindIndex(k => k.Id == id && k.RevokedAt is null);
            if (at < 0) return;
            found = true;
            keys[at] = keys[at] with { RevokedAt = time.GetUtcNow() };
        });
        return found;
    }

    public IReadOnlyList<KeyInfo> List()
    {
        Load(force: true);
        return [.. _keys.Values.OrderBy(k => k.CreatedAt).Select(k => new KeyInfo(k.Id, k.Source, k.TimeZone, k.CreatedAt.ToUnixTimeMilliseconds(), k.RevokedAt?.ToUnixTimeMilliseconds(), k.MayErase))];
    }

    /// <summary>What the holder of a key may send.</summary>
    public bool TryAuthorize(string key, [NotNullWhen(true)] out SenderRules? rules)
    {
        rules = null;
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || key.Length is < 20 or > 100) return false;
        var end = key.IndexOf('_', Prefix.Length);
        if (end < 0) return false;
        Load(force: false);
        var id = key[Prefix.Length..end];
        if (!(_keys.TryGetValue(id, out var stored) || _own.TryGetValue(id, out stored)) || stored.RevokedAt is not null) return false;
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(stored.Hash), Encoding.ASCII.GetBytes(HashOf(key)))) return false;
        if (!WireTime.TryZone(stored.TimeZone, out var zone)) return false;
        rules = new SenderRules(stored.Source == "*" ? null : stored.Source, zone, MayErase: stored.MayErase);
        return true;
    }

    private static (string Id, string Key) Generate()
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        return (id, Prefix + id + "_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).Replace('+', '-').Replace('/', '_').TrimEnd('='));
    }

    private static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private void Load(bool force)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (!force && _loaded && time.GetElapsedTime(_lookedAt, now) < RereadAfter) return;
            _lookedAt = now;
            var stamp = File.GetLastWriteTimeUtc(_path);
            if (_loaded && !force && stamp == _stamp) return;
            _keys = Read().ToDictionary(k => k.Id, StringComparer.Ordinal);
            _stamp = stamp;
            _loaded = true;
        }
    }

    private List<StoredKey> Read() =>
        File.Exists(_path) ? JsonSerializer.Deserialize<List<StoredKey>>(File.ReadAllBytes(_path), Json.Options) ?? [] : [];

    private void Change(Action<List<StoredKey>> change)
    {
        Directory.CreateDirectory(folder);
        using (SafeFile.Lock(_path))
        {
            var keys = Read();
            change(keys);
            SafeFile.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(keys, Json.Options));
        }

        Load(force: true);
    }
}
