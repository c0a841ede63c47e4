using System.Collections.Concurrent;
using System.Text.Json;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Pull;

/// <summary>A polled system as it is kept: settings in clear, the secret sealed, and how the last polls went.</summary>
internal sealed record StoredPull(int Format, string Name, PullSettings Settings, byte[]? Secret, PullTrack Track);

/// <summary>How the polls of a system went.</summary>
internal sealed record PullTrack(long? TriedAt, long? SucceededAt, long? NextAt, int Failures, string? Problem, PullResult? Last)
{
    public static PullTrack New { get; } = new(null, null, null, 0, null, null);
}

/// <summary>Polled systems in <c>pulls/</c> of the data folder: a document each, and beside it the sealed knowledge of its table.</summary>
internal sealed class PullStore(string folder, SecretBox box)
{
    public const int MaxPulls = 100;

    private const int Format = 1;

    private readonly string _folder = Path.Combine(folder, "pulls");
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _holds = new(StringComparer.Ordinal);

    public IReadOnlyList<StoredPull> List() =>
        Directory.Exists(_folder) ? [.. Directory.EnumerateFiles(_folder, "*.json").Order(StringComparer.Ordinal).Select(Read).OfType<StoredPull>()] : [];

    public StoredPull? Find(string name) => Imports.MappingStore.IsName(name) && File.Exists(PathOf(name)) ? Read(PathOf(name)) : null;

    public string? Secret(StoredPull pull) => pull.Secret is { } secret && box.Open(secret, "secret:" + pull.Name) is { } plain ? System.Text.Encoding.UTF8.GetString(plain) : null;

    /// <param name="secret">Null keeps the one there is, "" forgets it.</param>
    public StoredPull Put(string name, PullSettings settings, string? secret)
    {
        Directory.CreateDirectory(_folder);
        using (SafeFile.Lock(Path.Combine(_folder, "all")))
        {
            var before = Find(name);
            var kept = secret is null ? before?.Secret : secret.Length == 0 ? null : box.Seal(System.Text.Encoding.UTF8.GetBytes(secret), "secret:" + name);
            var pull = new StoredPull(Format, name, settings, kept, (before?.Track ?? PullTrack.New) with { NextAt = null, Failures = 0, Problem = null });
            Write(pull);
            return pull;
        }
    }

    /// <summary>Notes how a poll went, unless the system was deleted meanwhile; settings that were changed meanwhile stay.</summary>
    public void Track(string name, PullTrack track)
    {
        using (SafeFile.Lock(Path.Combine(_folder, "all")))
        {
            if (Find(name) is { } pull) Write(pull with { Track = track });
        }
    }

    public bool Delete(string name)
    {
        if (Find(name) is null) return false;
        File.Delete(PathOf(name));
        File.Delete(StateOf(name));
        return true;
    }

    /// <summary>Waits until nobody else reads and changes what is known of the table, in this process; the folder belongs to one.</summary>
    public async Task<IDisposable> HoldAsync(string name, CancellationToken cancellation)
    {
        var hold = _holds.GetOrAdd(name, static _ => new SemaphoreSlim(1, 1));
        await hold.WaitAsync(cancellation);
        return new Held(hold);
    }

    public PullState State(string name) =>
        File.Exists(StateOf(name)) && box.Open(File.ReadAllBytes(StateOf(name)), "state:" + name) is { } plain && JsonSerializer.Deserialize<PullState>(plain, Json.Options) is { Format: 1 } state ? state : new PullState();

    public void Keep(string name, PullState state)
    {
        if (Find(name) is not null) SafeFile.Replace(StateOf(name), box.Seal(JsonSerializer.SerializeToUtf8Bytes(state, Json.Options), "state:" + name));
    }

    private void Write(StoredPull pull) => SafeFile.Replace(PathOf(pull.Name), JsonSerializer.SerializeToUtf8Bytes(pull, Json.Options));

    private static StoredPull? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<StoredPull>(File.ReadAllBytes(path), Json.Options) is { Format: Format, Settings: not null } pull ? pull : null;
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            // Of another version, or deleted this moment.
            return null;
        }
    }

    private sealed class Held(SemaphoreSlim hold) : IDisposable
    {
        public void Dispose() => hold.Release();
    }

    private string PathOf(string name) => Path.Combine(_folder, name + ".json");

    private string StateOf(string name) => Path.Combine(_folder, name + ".state");
}
