using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Sources;

namespace Experience.Web.Pull;

/// <summary>A polled system as it is kept: settings in clear, the secret sealed, and how the last polls went.</summary>
internal sealed record StoredPull(int Format, string Name, PullSettings Settings, byte[]? Secret, PullTrack Track);

/// <summary>How the polls of a system went.</summary>
internal sealed record PullTrack(long? TriedAt, long? SucceededAt, long? NextAt, int Failures, string? Problem, PullResult? Last)
{
    public static PullTrack New { get; } = new(null, null, null, 0, null, null);
}

/// <summary>Polled systems in <c>pulls/</c> of the data folder: a document each, and beside it the sealed knowledge of its table.</summary>
internal sealed class PullStore(string folder, WaysKeys keys) : IKeptOfPeople
{
    public const int MaxPulls = 100;

    private const int Format = 1;

    private readonly string _folder = Path.Combine(folder, "pulls");
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _holds = new(StringComparer.Ordinal);

    public IReadOnlyList<StoredPull> List()
    {
        Renew();
        return Directory.Exists(_folder) ? [.. Directory.EnumerateFiles(_folder, "*.json").Order(StringComparer.Ordinal).Select(Read).OfType<StoredPull>()] : [];
    }

    public StoredPull? Find(string name) => Imports.MappingStore.IsName(name) && File.Exists(PathOf(name)) ? Read(PathOf(name)) : null;

    public string? Secret(StoredPull pull) => pull.Secret is { } secret && keys.Open(secret, SecretOf(pull.Name)) is { } plain ? Encoding.UTF8.GetString(plain) : null;

    /// <param name="secret">Null keeps the one there is, "" forgets it.</param>
    public StoredPull Put(string name, PullSettings settings, string? secret)
    {
        Directory.CreateDirectory(_folder);
        using (Lock())
        {
            var before = Find(name);
            var kept = secret is null ? before?.Secret : secret.Length == 0 ? null : keys.Seal(Encoding.UTF8.GetBytes(secret), SecretOf(name));
            var pull = new StoredPull(Format, name, settings, kept, (before?.Track ?? PullTrack.New) with { NextAt = null, Failures = 0, Problem = null });
            Write(pull);
            return pull;
        }
    }

    /// <summary>Notes how a poll went, unless the system was deleted meanwhile; settings that were changed meanwhile stay.</summary>
    public void Track(string name, PullTrack track)
    {
        using (Lock())
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
        File.Exists(StateOf(name)) && keys.Open(File.ReadAllBytes(StateOf(name)), BoundTo(name)) is { } plain && JsonSerializer.Deserialize<PullState>(plain, Json.Options) is { Format: 1 } state ? state : new PullState();

    public void Keep(string name, PullState state)
    {
        if (Find(name) is not null) SafeFile.Replace(StateOf(name), keys.Seal(JsonSerializer.SerializeToUtf8Bytes(state, Json.Options), BoundTo(name)));
    }

    /// <summary>
    /// Rows of the person are known no more, and read no more: only a hash of each stays. What a poll quoted of refused rows goes for everybody, since it may be
    /// a part of a word.
    /// </summary>
    public async Task RemoveAsync(ErasedPerson who)
    {
        foreach (var pull in List())
        {
            using var hold = await HoldAsync(pull.Name, CancellationToken.None);
            var state = State(pull.Name);
            // A key counts at the source whose events the rows were; the mapping of now may be another.
            var rows = state.Rows.Where(r => r.Value.Events.Any(e => who.Keys.Any(k => k.Key == e.Subject || k.Key == e.Other)) || r.Value.Cells.Append(r.Key).Any(c => who.Keys.Any(k => k.Key == c)) || who.IsMeantBy(string.Join('\n', r.Value.Cells)))
                .Select(r => r.Key).ToList();
            foreach (var row in rows)
            {
                state.Rows.Remove(row);
                state.Erased.Add(PullDiff.Hash("key\u001f" + row));
            }

            if (rows.Count > 0) Keep(pull.Name, state);
            if (pull.Track.Last is { Refusals.Count: > 0 } last) Track(pull.Name, pull.Track with { Last = last with { Refusals = [] } });
        }
    }

    public async Task SealAnewAsync()
    {
        foreach (var name in List().Select(p => p.Name))
        {
            using var hold = await HoldAsync(name, CancellationToken.None);
            using (Lock())
            {
                if (Find(name) is not { } pull) continue;
                if (pull.Secret is { } secret && keys.Open(secret, SecretOf(name)) is { } plain) Write(pull with { Secret = keys.Seal(plain, SecretOf(name)) });
                if (File.Exists(StateOf(name)) && keys.Open(File.ReadAllBytes(StateOf(name)), BoundTo(name)) is { } state) SafeFile.Replace(StateOf(name), keys.Seal(state, BoundTo(name)));
            }
        }
    }

    private FileStream Lock() => SafeFile.Lock(Path.Combine(_folder, "all"));

    private static byte[] SecretOf(string name) => Encoding.UTF8.GetBytes("secret:" + name);

    private static byte[] BoundTo(string name) => Encoding.UTF8.GetBytes("state:" + name);

    private void Renew()
    {
        var old = OldPullKey.PathOf(folder);
        if (!File.Exists(old)) return;
        Directory.CreateDirectory(_folder);
        using (Lock())
        {
            if (!File.Exists(old)) return;
            var open = OldPullKey.Read(old);
            foreach (var pull in Directory.EnumerateFiles(_folder, "*.json").Select(Read).OfType<StoredPull>().ToList())
            {
                if (pull.Secret is { } secret && open(secret, "secret:" + pull.Name) is { } plain) Write(pull with { Secret = keys.Seal(plain, SecretOf(pull.Name)) });
                if (File.Exists(StateOf(pull.Name)) && open(File.ReadAllBytes(StateOf(pull.Name)), "state:" + pull.Name) is { } state) SafeFile.Replace(StateOf(pull.Name), keys.Seal(state, BoundTo(pull.Name)));
            }

            File.Delete(old);
        }
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
