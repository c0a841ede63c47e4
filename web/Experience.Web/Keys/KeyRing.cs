using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Experience.Domain.Wire;
using Experience.Web.Contracts;

namespace Experience.Web.Keys;

/// <summary>One key as it is kept: never the key itself.</summary>
internal sealed record StoredKey(string Id, string Source, string TimeZone, string Hash, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt, bool MayErase = false);

/// <summary>
/// API keys, one for each source: in <c>api-keys.json</c> of the data folder, or wherever several hosts share them. A key is 256 random bits, so a plain SHA-256 of it
/// cannot be searched and needs no salt.
/// </summary>
internal sealed class KeyRing(IKeyShelf shelf, TimeProvider time)
{
    public KeyRing(string folder, TimeProvider time)
        : this(new KeyFile(folder, time), time)
    {
    }

    /// <summary>Keys kept, revoked ones included; beyond it, the oldest revoked are forgotten, and creating fails when none is.</summary>
    public const int MaxKeys = 1000;

    private const string Prefix = "exp_";

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, StoredKey> _own = new(StringComparer.Ordinal);
    private Dictionary<string, StoredKey> _keys = [];
    private long? _stamp;

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

    /// <summary>Takes over keys that were kept elsewhere before.</summary>
    public void Adopt(byte[] list) => Change(keys => keys.AddRange(Read(list).Where(k => !keys.Exists(known => known.Id == k.Id)).Take(MaxKeys - Math.Min(MaxKeys, keys.Count)).ToArray()));

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
            var list = shelf.Read(force, out var stamp);
            if (stamp == _stamp && !force) return;
            _keys = Read(list).ToDictionary(k => k.Id, StringComparer.Ordinal);
            _stamp = stamp;
        }
    }

    private static List<StoredKey> Read(byte[]? list) => list is null ? [] : JsonSerializer.Deserialize<List<StoredKey>>(list, Json.Options) ?? [];

    private void Change(Action<List<StoredKey>> change)
    {
        shelf.Change(list =>
        {
            var keys = Read(list);
            change(keys);
            return JsonSerializer.SerializeToUtf8Bytes(keys, Json.Options);
        });
        Load(force: true);
    }
}
