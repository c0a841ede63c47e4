using System.Collections.Concurrent;
using Experience.Domain.Port;

namespace Experience.Web.Sources;

/// <summary>
/// Whether something names a person who was erased: nothing of it may be kept beside the journal. The engine knows who was, by keys alone. Between the moment in which an erasure
/// takes away what is kept and the one in which it is recorded the engine does not know yet; the keys of those who leave stand in here.
/// </summary>
internal sealed class GonePeople(Func<IExperienceEngine?> engine, SourceMeters meters)
{
    /// <summary>An erasure is recorded milliseconds after it was begun, so the newest are enough.</summary>
    public const int MaxLeaving = 1_000;

    private readonly ConcurrentDictionary<SourceKey, bool> _leaving = [];
    private readonly ConcurrentQueue<SourceKey> _order = [];

    public void Leave(IReadOnlyList<SourceKey> keys)
    {
        foreach (var key in keys)
        {
            if (_leaving.TryAdd(key, true)) _order.Enqueue(key);
        }

        while (_order.Count > MaxLeaving && _order.TryDequeue(out var old)) _leaving.TryRemove(old, out _);
    }

    /// <summary>Whether an erasure of anybody of these keys was begun in this process.</summary>
    public bool AreLeaving(IReadOnlyList<SourceKey> keys) => !_leaving.IsEmpty && keys.Any(_leaving.ContainsKey);

    /// <summary>Whether anybody of these keys was erased, or is about to be.</summary>
    /// <exception cref="EngineUnavailableException">It cannot be said now.</exception>
    public async ValueTask<bool> AnyAsync(IReadOnlyList<SourceKey> keys)
    {
        if (keys.Count == 0) return false;
        return AreLeaving(keys) || (engine() is { } open && await open.AnyErasedAsync(keys, CancellationToken.None));
    }

    /// <summary>The same for keys of a source; where that is not known, or only the beginning of it, at every source that it may be.</summary>
    public ValueTask<bool> AnyAsync(string source, IReadOnlyCollection<string> keys) => keys.Count == 0 || engine() is null ? new(false) : AnyAsync(KeysOf(source, keys));

    public IReadOnlyList<SourceKey> KeysOf(string source, IReadOnlyCollection<string> keys)
    {
        if (keys.Count == 0) return [];
        var sources = meters.All().Select(static m => m.Name).Where(name => ErasedPerson.IsSame(source, name)).Append(source).Distinct(StringComparer.Ordinal);
        return [.. sources.SelectMany(s => keys.Select(k => new SourceKey(s, k)))];
    }
}
