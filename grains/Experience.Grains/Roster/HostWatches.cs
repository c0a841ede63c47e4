using Experience.Grains.Contracts;

namespace Experience.Grains.Roster;

/// <summary>
/// Which hosts show whose cards. A host repeats what it watches within a third of <see cref="Expiry"/>; one that does not is forgotten, so a host
/// that died costs nothing. A note is one way and may be lost: the version in the next pulse tells the same.
/// </summary>
internal sealed class HostWatches
{
    public static readonly TimeSpan Expiry = TimeSpan.FromSeconds(30);

    private readonly Dictionary<IHostObserver, (DateTime Until, HashSet<UInt128> Streams)> _hosts = [];

    public void Set(IHostObserver host, UInt128[] streams, DateTime now)
    {
        if (streams.Length == 0) _hosts.Remove(host);
        else _hosts[host] = (now + Expiry, [.. streams]);
    }

    /// <summary>Tells each host which of its people changed.</summary>
    public async Task NotifyAsync(int shard, IReadOnlyCollection<UInt128> changed, DateTime now)
    {
        foreach (var (host, (until, streams)) in _hosts.ToArray())
        {
            if (until < now)
            {
                _hosts.Remove(host);
                continue;
            }

            var mine = changed.Where(streams.Contains).ToArray();
            if (mine.Length > 0) await host.ChangedAsync(shard, mine);
        }
    }

    public bool Any => _hosts.Count > 0;
}
