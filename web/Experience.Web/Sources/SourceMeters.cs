using System.Collections.Concurrent;
using Experience.Web.Hosting;

namespace Experience.Web.Sources;

/// <summary>
/// The counters of all sources, in memory, and written to <c>ways.db</c> every half minute and at the end where they changed: a crash loses at most that of
/// counters, never of events. The sample's sources are kept apart.
/// </summary>
internal sealed class SourceMeters(WaysFile file, Func<bool> isSample, ServeOptions options)
{
    /// <summary>Sources that are told apart; the events of more are counted as one.</summary>
    public const int Max = 500;

    public const string Others = "(other sources)";

    private readonly ConcurrentDictionary<(bool Sample, string Name), SourceMeter> _meters = new();
    private readonly Lock _loading = new();
    private bool _loaded;

    public SourceMeter Of(string name)
    {
        Load();
        var key = (isSample(), name);
        if (_meters.TryGetValue(key, out var meter)) return meter;
        if (_meters.Count >= Max) key = (isSample(), Others);
        return _meters.GetOrAdd(key, _ => new SourceMeter());
    }

    public SourceMeter? Find(string name)
    {
        Load();
        return _meters.GetValueOrDefault((isSample(), name));
    }

    /// <summary>The sources of what is shown now.</summary>
    public IReadOnlyList<(string Name, SourceMeter Meter)> All()
    {
        Load();
        var sample = isSample();
        return [.. _meters.Where(m => m.Key.Sample == sample).Select(m => (m.Key.Name, m.Value)).OrderBy(m => m.Name, StringComparer.Ordinal)];
    }

    /// <summary>Forgets a source that is no more: its counters and its rhythm, not its events.</summary>
    public async Task<bool> ForgetAsync(string name)
    {
        Load();
        var sample = isSample();
        if (!_meters.TryRemove((sample, name), out _)) return false;
        await file.WriteAsync(connection => WaysFile.Execute(connection, "DELETE FROM source WHERE sample=$sample AND name=$name", ("$sample", sample), ("$name", name)));
        return true;
    }

    public async Task SaveAsync()
    {
        var dirty = _meters.Where(m => m.Value.Dirty).ToList();
        if (dirty.Count == 0) return;
        foreach (var (_, meter) in dirty) meter.Dirty = false;
        await file.WriteAsync(connection =>
        {
            foreach (var (key, meter) in dirty)
            {
                WaysFile.Execute(connection, "INSERT OR REPLACE INTO source(sample, name, data) VALUES($sample, $name, $data)", ("$sample", key.Sample), ("$name", key.Name), ("$data", meter.ToBytes()));
            }
        });
    }

    private void Load()
    {
        if (Volatile.Read(ref _loaded)) return;
        lock (_loading)
        {
            if (_loaded) return;
            if (Started == default) Started = options.Time.GetUtcNow();
            if (!file.TryRead(connection => DeadLetters.Rows(connection, "SELECT sample, name, data FROM source LIMIT $max", r => (r.GetBoolean(0), r.GetString(1), SourceMeter.Read((byte[])r[2])), ("$max", Max)), out var rows))
            {
                return;
            }

            foreach (var (sample, name, meter) in rows)
            {
                if (meter is null) continue;
                // The hours while nothing ran are not hours of silence.
                meter.Rhythm.Hour = 0;
                _meters[(sample, name)] = meter;
            }

            Volatile.Write(ref _loaded, true);
        }
    }

    /// <summary>Since when this process listens: nobody can be heard before.</summary>
    public DateTimeOffset Started { get; private set; }
}
