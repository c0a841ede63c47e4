using Experience.Domain.Events;
using Experience.Web.Contracts;
using Experience.Web.Hosting;

namespace Experience.Web.Sources;

/// <summary>
/// Flags about sources, not about people: raised once for each cause, with an end, kept in <c>ways.db</c>. The cause of a silence is the moment since which it
/// lasts, so a restart raises nothing again.
/// </summary>
internal sealed class SourceAlerts(WaysFile file, EngineHost host, ServeOptions options)
{
    public const string Silence = "silence";

    /// <summary>Ended flags that are shown and kept.</summary>
    public const int MaxEnded = 50;

    private readonly Lock _gate = new();
    private List<(bool Sample, SourceAlert Alert)>? _alerts;

    public SourceAlert? Open(string source)
    {
        lock (_gate) return Loaded().Find(a => a.Sample == host.IsSample && a.Alert.Source == source && a.Alert.EndedAt is null).Alert;
    }

    /// <summary>Open ones first, then the newest that ended.</summary>
    public IReadOnlyList<SourceAlert> All()
    {
        lock (_gate) return [.. Loaded().Where(a => a.Sample == host.IsSample).Select(a => a.Alert).OrderBy(a => a.EndedAt is not null).ThenByDescending(a => a.RaisedAt)];
    }

    public IReadOnlyList<SourceAlert> AllOpen()
    {
        lock (_gate) return [.. Loaded().Where(a => a.Sample == host.IsSample && a.Alert.EndedAt is null).Select(a => a.Alert).OrderByDescending(a => a.RaisedAt)];
    }

    /// <summary>Raises a flag, unless this cause was raised before.</summary>
    public async Task RaiseAsync(string source, string kind, long since)
    {
        var id = $"{SipHash.Public.Pair(source, $"{kind} {since}"):x32}";
        var sample = host.IsSample;
        var alert = new SourceAlert(id, source, kind, since, options.Time.GetUtcNow().ToUnixTimeMilliseconds(), null);
        lock (_gate)
        {
            if (Loaded().Exists(a => a.Sample == sample && a.Alert.Id == id)) return;
            if (_alerts is null) return;
            _alerts.Add((sample, alert));
        }

        await file.WriteAsync(connection => WaysFile.Execute(connection, "INSERT OR IGNORE INTO alert(id, sample, source, kind, since, raised) VALUES($id, $sample, $source, $kind, $since, $raised)",
            ("$id", id), ("$sample", sample), ("$source", source), ("$kind", kind), ("$since", since), ("$raised", alert.RaisedAt)));
    }

    public async Task EndAsync(SourceAlert alert)
    {
        var sample = host.IsSample;
        var ended = options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        lock (_gate)
        {
            var at = Loaded().FindIndex(a => a.Sample == sample && a.Alert.Id == alert.Id);
            if (at < 0 || _alerts is null || _alerts[at].Alert.EndedAt is not null) return;
            _alerts[at] = (sample, alert with { EndedAt = ended });
            foreach (var old in _alerts.Where(a => a.Alert.EndedAt is not null).OrderByDescending(a => a.Alert.EndedAt).Skip(MaxEnded).ToList()) _alerts.Remove(old);
        }

        await file.WriteAsync(connection =>
        {
            WaysFile.Execute(connection, "UPDATE alert SET ended=$ended WHERE sample=$sample AND id=$id", ("$ended", ended), ("$sample", sample), ("$id", alert.Id));
            WaysFile.Execute(connection, "DELETE FROM alert WHERE ended IS NOT NULL AND id NOT IN (SELECT id FROM alert WHERE ended IS NOT NULL ORDER BY ended DESC LIMIT $max)", ("$max", MaxEnded));
        });
    }

    private List<(bool Sample, SourceAlert Alert)> Loaded()
    {
        if (_alerts is not null) return _alerts;
        return file.TryRead(connection => DeadLetters.Rows(connection, "SELECT sample, id, source, kind, since, raised, ended FROM alert",
            r => (r.GetBoolean(0), new SourceAlert(r.GetString(1), r.GetString(2), r.GetString(3), r.GetInt64(4), r.GetInt64(5), r.IsDBNull(6) ? null : r.GetInt64(6)))), out var read) ? _alerts = read : [];
    }
}
