using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Sources;
using Microsoft.Data.Sqlite;

namespace Experience.Web.Hooks;

/// <summary>Webhooks in <c>ways.db</c>: documents with their versions in clear, secrets and the last payloads sealed.</summary>
internal sealed partial class HookStore(WaysFile file, EngineHost host, ServeOptions options, ILogger<HookStore> logger)
{
    public const int MaxHooks = 100;
    public const int MaxVersions = 50;

    /// <summary>Payloads of a hook that are kept for the test button.</summary>
    public const int MaxPayloads = 5;

    public const int MaxKeptPayload = 256 * 1024;

    private readonly ConcurrentDictionary<string, Loaded> _loaded = new(StringComparer.Ordinal);

    /// <summary>A hook as it answers calls.</summary>
    /// <param name="Secrets">The newest first; the one before it works until another one is made, so that a sender can be changed without a gap.</param>
    internal sealed record Loaded(int Version, HookMapping Mapping, IReadOnlyList<string> Secrets);

    /// <summary>A payload that came.</summary>
    internal sealed record Payload(byte[] Body, Dictionary<string, string> Headers);

    public static bool IsName(string name) => NameForm().IsMatch(name);

    public async ValueTask<Loaded?> FindAsync(string name, CancellationToken cancellation)
    {
        if (_loaded.TryGetValue(name, out var loaded)) return loaded;
        if (!IsName(name)) return null;
        if (!file.TryRead(c => DeadLetters.Rows(c, "SELECT h.version, h.secrets, v.document FROM hook h JOIN hook_version v ON v.name=h.name AND v.version=h.version WHERE h.name=$name",
            r => (Version: r.GetInt32(0), Secrets: (byte[])r[1], Document: r.GetString(2)), ("$name", name)), out var rows))
        {
            throw new EngineUnavailableException("The webhooks cannot be read.");
        }

        if (rows.Count == 0) return null;
        var mapping = HookMapping.Parse(Encoding.UTF8.GetBytes(rows[0].Document), (await host.Engine.ProgramAsync(cancellation)).TimeZone, out _);
        if (mapping is null) return null;
        var secrets = file.Keys.Open(rows[0].Secrets, Encoding.UTF8.GetBytes(name)) is { } plain ? JsonSerializer.Deserialize<List<string>>(plain)! : [];
        return _loaded[name] = new Loaded(rows[0].Version, mapping, secrets);
    }

    public IReadOnlyList<(string Name, int Version, long At, string By, string Document)> List() =>
        file.Read(c => DeadLetters.Rows(c, "SELECT h.name, h.version, v.at, v.by, v.document FROM hook h JOIN hook_version v ON v.name=h.name AND v.version=h.version ORDER BY h.name",
            r => (r.GetString(0), r.GetInt32(1), r.GetInt64(2), r.GetString(3), r.GetString(4))));

    public IReadOnlyList<HookVersion> Versions(string name) =>
        file.Read(c => DeadLetters.Rows(c, "SELECT version, at, by, document FROM hook_version WHERE name=$name ORDER BY version DESC", r => new HookVersion(r.GetInt32(0), r.GetInt64(1), r.GetString(2), Json.Parse(r.GetString(3))), ("$name", name)));

    /// <summary>Puts a document in force as the next version; returns it, with a secret when one was made.</summary>
    /// <param name="secret">The sender's secret; null keeps the one that is there, or makes one.</param>
    public async Task<(HookPut? Put, Refusal? Refusal)> PutAsync(string name, string document, HookMapping mapping, string? secret, string by, CancellationToken cancellation)
    {
        var before = await FindAsync(name, cancellation);
        if (before is null && List().Count >= MaxHooks) return (null, new Refusal("name", $"would be one of more than {MaxHooks} hooks", "an existing name, or fewer hooks"));
        var made = secret is null && before is not { Secrets.Count: > 0 } && mapping.Signature.NeedsSecret ? "whsec_" + Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24)) : null;
        var given = secret ?? made;
        IReadOnlyList<string> secrets = given is null ? before?.Secrets ?? [] : [given, .. (before?.Secrets ?? []).Where(s => s != given).Take(1)];
        var version = Math.Max(before?.Version ?? 0, (Versions(name) is [var newest, ..] ? newest.Version : 0)) + 1;
        await file.WriteAsync(c =>
        {
            WaysFile.Execute(c, "INSERT INTO hook_version(name, version, at, by, document) VALUES($name, $version, $at, $by, $document)", ("$name", name), ("$version", version), ("$at", options.Time.GetUtcNow().ToUnixTimeMilliseconds()), ("$by", by), ("$document", document));
            WaysFile.Execute(c, "INSERT OR REPLACE INTO hook(name, version, secrets) VALUES($name, $version, $secrets)", ("$name", name), ("$version", version), ("$secrets", file.Keys.Seal(JsonSerializer.SerializeToUtf8Bytes(secrets), Encoding.UTF8.GetBytes(name))));
            WaysFile.Execute(c, "DELETE FROM hook_version WHERE name=$name AND version<=$old", ("$name", name), ("$old", version - MaxVersions));
        });
        _loaded[name] = new Loaded(version, mapping, secrets);
        return (new HookPut(name, version, made), null);
    }

    /// <summary>Ends a hook; its versions stay, and a new one of the same name goes on counting.</summary>
    public async Task<bool> DeleteAsync(string name)
    {
        if (!List().Any(h => h.Name == name)) return false;
        _loaded.TryRemove(name, out _);
        await file.WriteAsync(c =>
        {
            WaysFile.Execute(c, "DELETE FROM hook WHERE name=$name", ("$name", name));
            WaysFile.Execute(c, "DELETE FROM hook_payload WHERE name=$name", ("$name", name));
        });
        return true;
    }

    public async Task KeepAsync(string name, Payload payload)
    {
        if (payload.Body.Length > MaxKeptPayload) return;
        try
        {
            await WritePayloadAsync(name, JsonSerializer.SerializeToUtf8Bytes(payload));
        }
        catch (Exception e) when (e is IOException or SqliteException)
        {
            // It is for the test button only: the events are what counts.
            LogNotKept(logger, PlainLines.Brief(e));
        }
    }

    private Task WritePayloadAsync(string name, byte[] body) =>
        file.WriteAsync(c =>
        {
            WaysFile.Execute(c, "INSERT INTO hook_payload(name, at, body) VALUES($name, $at, $body)", ("$name", name), ("$at", options.Time.GetUtcNow().ToUnixTimeMilliseconds()), ("$body", file.Keys.Seal(body, Encoding.UTF8.GetBytes(name))));
            WaysFile.Execute(c, "DELETE FROM hook_payload WHERE name=$name AND id NOT IN (SELECT id FROM hook_payload WHERE name=$name ORDER BY id DESC LIMIT $max)", ("$name", name), ("$max", MaxPayloads));
        });

    public IReadOnlyList<(long Id, long At, Payload Payload)> Payloads(string name) =>
        [.. file.Read(c => DeadLetters.Rows(c, "SELECT id, at, body FROM hook_payload WHERE name=$name ORDER BY id DESC", r => (Id: r.GetInt64(0), At: r.GetInt64(1), Body: file.Keys.Open((byte[])r[2], Encoding.UTF8.GetBytes(name))), ("$name", name)))
            .Where(p => p.Body is not null).Select(p => (p.Id, p.At, JsonSerializer.Deserialize<Payload>(p.Body!)!))];

    [LoggerMessage(60, LogLevel.Warning, "A payload was not kept: {Problem}")]
    private static partial void LogNotKept(ILogger logger, string problem);

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,39}\z")]
    private static partial Regex NameForm();
}
