using Experience.Domain.People;
using Experience.Grains.People;
using Experience.Grains.Storage;

namespace Experience.Grains.Kin;

/// <summary>
/// Which streams are one person, as this process has read it from the shards' lists of links: one for all its grains, as new as somebody asked for it to be. People of
/// several keys are few, so every process knows all of them. Any thread.
/// </summary>
internal sealed class KinCache(IClusterStore store) : IDisposable
{
    /// <summary>Links of one stream, and streams of one person; a source that says more has mistaken something. Beyond it links are refused.</summary>
    public const int MaxLinks = 500;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Kinship _kinship = new();
    private readonly Dictionary<UInt128, Told> _told = [];
    private readonly long[] _read = new long[Streams.Shards];
    private int _known;

    private sealed class Told
    {
        public List<StreamLink> Links { get; } = [];

        public bool Erased { get; set; }
    }

    /// <summary>Takes over everything that was durable when this was called.</summary>
    public async Task RefreshAsync()
    {
        await _turn.WaitAsync();
        try
        {
            var lists = await store.KinAsync(_read);
            lock (_lock)
            {
                var changed = new HashSet<UInt128>();
                for (var shard = 0; shard < lists.Length; shard++)
                {
                    _read[shard] += lists[shard].Length;
                    foreach (var stored in lists[shard])
                    {
                        if (KinRecord.Read(stored) is not { } said) continue;
                        if (!_told.TryGetValue(said.Stream, out var told)) _told[said.Stream] = told = new Told();
                        if (said.Kind == KinKind.Erased) told.Erased = true;
                        else told.Links.Add(said.Link);
                        changed.Add(said.Stream);
                    }
                }

                foreach (var stream in changed) _kinship.Put(stream, _told[stream].Links, _told[stream].Erased);
                Volatile.Write(ref _known, _kinship.Streams);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Whether a shard's list was begun.</summary>
    public bool Begun(int shard)
    {
        lock (_lock) return _read[shard] > 0;
    }

    /// <summary>Whether any link has or names the stream. Asked for each append: mostly a comparison with zero.</summary>
    public bool Touches(UInt128 stream)
    {
        if (Volatile.Read(ref _known) == 0) return false;
        lock (_lock) return _kinship.Touches(stream);
    }

    public bool IsErased(UInt128 stream)
    {
        lock (_lock) return _told.TryGetValue(stream, out var told) && told.Erased;
    }

    /// <summary>The streams that a stream is one person with, itself among them, whether anything was recorded of them or not.</summary>
    public IReadOnlyList<UInt128> PersonOf(UInt128 stream)
    {
        if (Volatile.Read(ref _known) == 0) return [stream];
        lock (_lock) return _kinship.PersonOf(stream);
    }

    /// <summary>Whose person these streams' links may have changed.</summary>
    public HashSet<UInt128> Around(IEnumerable<UInt128> streams)
    {
        var around = new HashSet<UInt128>();
        lock (_lock)
        {
            foreach (var stream in streams) around.UnionWith(_kinship.Around(stream));
        }

        return around;
    }

    /// <summary>What a stream's own records say of others.</summary>
    public IReadOnlyList<StreamLink> LinksOf(UInt128 stream)
    {
        lock (_lock) return _told.TryGetValue(stream, out var told) ? [.. told.Links] : [];
    }

    public bool IsFull(UInt128 stream) => LinksOf(stream).Count >= MaxLinks || PersonOf(stream).Count >= MaxLinks;

    /// <summary>Whether somebody said of any two of their streams that these are two people.</summary>
    public bool Apart(UInt128 first, UInt128 second)
    {
        lock (_lock)
        {
            var others = _kinship.PersonOf(second);
            return _kinship.PersonOf(first).Any(a => others.Any(b => _kinship.Apart(a, b)));
        }
    }

    /// <summary>The newest merges that stand.</summary>
    public IReadOnlyList<(UInt128 First, UInt128 Second, StreamLink Link)> Merges(int most)
    {
        lock (_lock) return [.. _kinship.Merges().OrderByDescending(static m => m.Link.Stamp.Time).ThenBy(static m => m.First).Take(most)];
    }

    public void Dispose() => _turn.Dispose();
}
