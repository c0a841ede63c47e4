using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Grains.Contracts;

namespace Experience.Grains.Roster;

/// <summary>
/// What each source is judged as of: one that has sent live events as of now, one that was only imported as of its own last event. What this
/// shard saw, and what it was told that others saw.
/// </summary>
internal sealed class Clocks
{
    private readonly Dictionary<string, (long End, bool Live)> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long End, bool Live)> _told = new(StringComparer.Ordinal);

    /// <summary>What this shard's own people say.</summary>
    public SourceClock[] Seen => [.. _seen.Select(s => new SourceClock(s.Key, s.Value.End, s.Value.Live))];

    public void See(string source, long end, bool live) => Raise(_seen, source, end, live);

    /// <summary>Takes over what all shards together say.</summary>
    public void Tell(SourceClock[] clocks)
    {
        foreach (var clock in clocks) Raise(_told, clock.Source, clock.End, clock.Live);
    }

    public AsOf AsOf(string source, long liveSince, long now)
    {
        (long End, bool Live) mine = _seen.GetValueOrDefault(source, (long.MinValue, false));
        (long End, bool Live) others = _told.GetValueOrDefault(source, (long.MinValue, false));
        var live = mine.Live || others.Live;
        var instant = Instant(live, Math.Max(mine.End, others.End), now);
        return new AsOf(instant, !live, liveSince == 0 ? long.MaxValue : liveSince);
    }

    /// <summary>Of a person of several streams: as of now when any of the sources is live, else as of the latest end.</summary>
    public static AsOf Latest(IEnumerable<AsOf> streams)
    {
        var all = streams.ToArray();
        return new AsOf(all.Max(static a => a.Instant), Array.TrueForAll(all, static a => a.History), all.Min(static a => a.LiveSince));
    }

    public static long Instant(bool live, long end, long now) => live ? now : Math.Min(now, Math.Max(end, 0));

    /// <summary>Whether two are the same for judging: the end of a live source moves all the time and means nothing.</summary>
    public static bool Same(SourceClock[] one, SourceClock[] other) =>
        one.Length == other.Length && one.Zip(other).All(p => p.First.Source == p.Second.Source && p.First.Live == p.Second.Live && (p.First.Live || p.First.End == p.Second.End));

    /// <summary>The newest of each source, by source.</summary>
    public static SourceClock[] Merge(IEnumerable<SourceClock> clocks)
    {
        var all = new SortedDictionary<string, (long End, bool Live)>(StringComparer.Ordinal);
        foreach (var clock in clocks)
        {
            all[clock.Source] = all.TryGetValue(clock.Source, out var known) ? (Math.Max(known.End, clock.End), known.Live || clock.Live) : (clock.End, clock.Live);
        }

        return [.. all.Select(c => new SourceClock(c.Key, c.Value.End, c.Value.Live))];
    }

    private static void Raise(Dictionary<string, (long End, bool Live)> clocks, string source, long end, bool live)
    {
        ref var clock = ref CollectionsMarshal.GetValueRefOrAddDefault(clocks, source, out var exists);
        clock = exists ? (Math.Max(clock.End, end), clock.Live || live) : (end, live);
    }
}
