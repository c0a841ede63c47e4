namespace Experience.Embedded.Loops;

/// <summary>
/// What each source is judged as of: one that has sent live events as of now, one that was only imported as of its own last event. Greatest times
/// only ever grow, so loops raise them without a lock.
/// </summary>
internal sealed class SourceClocks
{
    private readonly long[] _ends = new long[SourceTable.MaxSources + 2];
    private readonly bool[] _live = new bool[SourceTable.MaxSources + 2];
    private long _version;

    public SourceClocks() => Array.Fill(_ends, long.MinValue);

    /// <summary>Counts moves of imported ends and sources that turned live: what was assessed before has to be looked at again.</summary>
    public long Version => Volatile.Read(ref _version);

    public bool Live(int source) => Volatile.Read(ref _live[source]);

    /// <summary>Greatest time seen of a source, <see cref="long.MinValue"/> when none was.</summary>
    public long End(int source) => Volatile.Read(ref _ends[source]);

    /// <summary>The moment that people of a source are judged as of.</summary>
    public long Instant(int source, long now) => Live(source) ? now : Math.Min(now, Math.Max(End(source), 0));

    public void SeeEnd(int source, long time)
    {
        var end = Volatile.Read(ref _ends[source]);
        while (time > end)
        {
            var before = Interlocked.CompareExchange(ref _ends[source], time, end);
            if (before == end)
            {
                if (!Live(source)) Interlocked.Increment(ref _version);
                return;
            }

            end = before;
        }
    }

    public void SeeLive(int source)
    {
        if (Live(source)) return;
        Volatile.Write(ref _live[source], true);
        Interlocked.Increment(ref _version);
    }
}
