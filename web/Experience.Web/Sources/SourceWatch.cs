using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Hosting;
using Microsoft.Data.Sqlite;

namespace Experience.Web.Sources;

/// <summary>Every half minute: learns when sources speak, raises and ends silences, writes counters, forgets old letters.</summary>
internal sealed partial class SourceWatch(SourceMeters meters, SourceAlerts alerts, DeadLetters letters, EngineHost host, ServeOptions options, ILogger<SourceWatch> logger) : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    public async Task TickAsync(CancellationToken cancellation)
    {
        var now = options.Time.GetUtcNow();
        var zone = await ZoneAsync(cancellation);
        foreach (var (name, meter) in meters.All()) await WatchAsync(name, meter, now, zone);
        await meters.SaveAsync();
        await letters.SweepAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await host.Opening.WaitAsync(stoppingToken);
        if (host.Failure is not null) return;
        using var timer = new PeriodicTimer(Every, options.Time);
        try
        {
            do
            {
                try
                {
                    await TickAsync(stoppingToken);
                }
                catch (Exception e) when (e is IOException or SqliteException or EngineUnavailableException or ObjectDisposedException)
                {
                    // A disk that is full or an engine that changes: the next turn comes.
                    LogMissed(logger, e.GetType().Name);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server ends; what was counted since the last turn is written below.
        }

        try
        {
            await meters.SaveAsync();
        }
        catch (Exception e) when (e is IOException or SqliteException)
        {
            LogMissed(logger, e.GetType().Name);
        }
    }

    private async Task WatchAsync(string name, SourceMeter meter, DateTimeOffset now, TimeZoneInfo zone)
    {
        var open = alerts.Open(name);
        // On the program's own clock: an hour of the week means the same hour in summer and in winter.
        double Local(DateTimeOffset at) => (at.UtcDateTime + zone.GetUtcOffset(at) - DateTime.UnixEpoch).TotalHours;
        var listening = meters.Started.ToUnixTimeMilliseconds();
        var (spoke, since, silent) = meter.With(m =>
        {
            m.Rhythm.Advance((long)Local(now), learn: open is null && m.LastLiveAt > 0 && m.QuietUntil <= now.ToUnixTimeMilliseconds());
            // What was said before this process listened, or while silence was expected, says nothing about now.
            var from = Math.Max(Math.Max(m.LastLiveAt, listening), m.QuietUntil);
            var expected = m.LastLiveAt > 0 && m.Rhythm.IsLearned && m.QuietUntil <= now.ToUnixTimeMilliseconds();
            var chance = expected ? m.Rhythm.ChanceOfSilence(Local(DateTimeOffset.FromUnixTimeMilliseconds(from)), Local(now)) : 1;
            return (m.LastLiveAt, Math.Max(m.LastLiveAt, m.QuietUntil), chance < Rhythm.Chance);
        });
        if (open is not null)
        {
            if (spoke > open.RaisedAt || meter.With(m => m.QuietUntil) > now.ToUnixTimeMilliseconds()) await alerts.EndAsync(open);
        }
        else if (silent)
        {
            await alerts.RaiseAsync(name, SourceAlerts.Silence, since);
        }
    }

    private async Task<TimeZoneInfo> ZoneAsync(CancellationToken cancellation) =>
        WireTime.TryZone((await host.Engine.ProgramAsync(cancellation)).TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;

    [LoggerMessage(50, LogLevel.Warning, "Sources were not looked after this time: {Problem}.")]
    private static partial void LogMissed(ILogger logger, string problem);
}
