using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Keys;
using Experience.Web.Pull;
using Experience.Web.Sources;

namespace Experience.Web.Api;

/// <summary>What is known of each source: how fast, how late, how complete, and whether it is silent.</summary>
internal static class SourcesApi
{
    public static void MapSources(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/sources").WithTags("Sources").ForThisComputer();
        group.MapGet("", (SourceReader reader) => TypedResults.Json(reader.Read(), Json.Options)).WithName("listSources").WithSummary("Every source: rate, lag, refusals, duplicates, missing fields, clock, key, rhythm and silence.").Produces<SourcesView>();
        group.MapPost("/quiet", async (QuietRequest request, SourceMeters meters, SourceWatch watch, HttpContext context) =>
        {
            if (string.IsNullOrEmpty(request.Source) || meters.Find(request.Source) is not { } meter) return Problems.NotFound("There is no such source.");
            meter.With(m =>
            {
                m.Dirty = true;
                return m.QuietUntil = Math.Max(0, request.Until ?? 0);
            });
            await watch.TickAsync(context.RequestAborted);
            return TypedResults.NoContent();
        }).WithName("quietSource").WithSummary("Expect silence of a source until a time: a holiday, or for good.").Accepts<QuietRequest>("application/json");
        group.MapPost("/forget", async (SourceRequest request, SourceMeters meters) =>
            !string.IsNullOrEmpty(request.Source) && await meters.ForgetAsync(request.Source) ? TypedResults.NoContent() : Problems.NotFound("There is no such source."))
            .WithName("forgetSource").WithSummary("Forget a source's counters and rhythm; its events stay.").Accepts<SourceRequest>("application/json");
    }
}

/// <summary>The view of sources, made from counters, letters, keys and flags.</summary>
internal sealed class SourceReader(SourceMeters meters, SourceAlerts alerts, DeadLetters letters, KeyRing keys, PullService pulls, EngineHost host, ServeOptions options)
{
    /// <summary>For every page; nothing while the folder is not open.</summary>
    public SourcesNotice Notice() => host.Status.Ready ? new SourcesNotice(letters.Open(), alerts.AllOpen()) : new SourcesNotice(0, []);

    public SourcesView Read()
    {
        var known = keys.List();
        var now = options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var open = letters.OpenBySource();
        var polls = pulls.BySource();
        var sources = meters.All().Select(s => s.Meter.With(m => View(s.Name, m, now, KeyOf(s.Name, known), open.GetValueOrDefault(s.Name), alerts.Open(s.Name), polls[s.Name]))).ToList();
        // So is one that is polled and never answered.
        sources.AddRange(polls.Where(p => !sources.Exists(s => s.Name == p.Key)).Select(p => View(p.Key, new SourceMeter(), now, KeyOf(p.Key, known), open.GetValueOrDefault(p.Key), null, p)));
        // A key that nobody ever used is a source that never spoke: whoever set it up should see so.
        foreach (var key in known.Where(k => k.RevokedAt is null && k.Source != "*" && !sources.Exists(s => Covers(k.Source, s.Name))).DistinctBy(k => k.Source))
        {
            sources.Add(View(key.Source, new SourceMeter(), now, "active", 0, null, []));
        }

        return new SourcesView(meters.Started.ToUnixTimeMilliseconds(), letters.Open(), [.. sources.OrderBy(s => s.Name, StringComparer.Ordinal)], alerts.All());
    }

    private static SourceView View(string name, SourceMeter m, long now, string key, long open, SourceAlert? alert, IEnumerable<SourcePoll> polls) => new(
        name, [.. m.Ways.OrderByDescending(w => w.Value).Select(w => w.Key)], key, m.Ways.Count > 0 && m.Ways.Keys.All(WayNames.IsImport),
        m.Seconds.Sum(now), m.Minutes.Sum(now), m.HoursOfDay.Sum(now), m.Lag.Percentile(now, 0.5), m.Lag.Percentile(now, 0.95), m.Lag.Ahead,
        m.FirstAt == 0 ? null : m.FirstAt, m.LastAt == 0 ? null : m.LastAt, m.LastEvent == long.MinValue ? null : m.LastEvent / 1000,
        m.Accepted, m.History, m.Duplicates, m.Refused, m.NotKept, open,
        [.. m.RefusedFields.OrderByDescending(f => f.Value).ThenBy(f => f.Key, StringComparer.Ordinal).Select(f => new FieldCount(f.Key, f.Value))],
        [.. m.Missing.Where(f => f.Value[1] > 0).OrderByDescending(f => (double)f.Value[1] / f.Value[0]).ThenBy(f => f.Key, StringComparer.Ordinal).Select(f => Missing(f.Key.Split(' '), f.Value))],
        new SourceRhythm(m.Rhythm.IsLearned, m.Rhythm.Seen, [.. Enumerable.Range(0, Rhythm.Hours).Select(h => Share(m.Rhythm, h))]), alert, m.QuietUntil > now ? m.QuietUntil : null, [.. polls]);

    private static MissingField Missing(string[] name, long[] counts) => new(name[0], name[1], counts[1], counts[0]);

    // 1970-01-01 was a Thursday: the week that begins on Monday is three days earlier.
    private static double? Share(Rhythm rhythm, int hour)
    {
        var h = (hour + Rhythm.Hours - 72) % Rhythm.Hours;
        return rhythm.Weeks[h] > 0 ? Math.Round(rhythm.Spoke[h] / rhythm.Weeks[h], 2) : null;
    }

    private static string KeyOf(string source, IReadOnlyList<KeyInfo> keys)
    {
        var own = keys.Where(k => k.Source != "*" && Covers(k.Source, source)).ToList();
        if (own.Exists(k => k.RevokedAt is null)) return "active";
        if (own.Count > 0) return "revoked";
        return keys.Any(k => k.Source == "*" && k.RevokedAt is null) ? "every" : "none";
    }

    private static bool Covers(string key, string source) => new Experience.Domain.Wire.SenderRules(key, TimeZoneInfo.Utc).Allows(source);
}
