using System.Diagnostics;
using Experience.Domain.Events;
using Experience.Sample;

namespace Experience.Benchmarks;

/// <summary>
/// Durable events a second against the raw append of the same events: five rounds of baseline, engine, engine, baseline, so
/// that what else the machine does weighs on both alike; the ratio is the median of the rounds.
/// </summary>
internal static class IngestBenchmark
{
    private const int Rounds = 5;
    private const int Segments = 2 * Rounds;

    /// <summary>Warm-ups of this many events: the last one tells how long a segment is to be.</summary>
    private const int WarmUp = 200_000;

    private const int WarmUps = 3;

    /// <summary>Facts of one segment at most: two are held in memory, and the rows of one.</summary>
    private const int MaxSegment = 3_000_000;

    /// <summary>The same over HTTP, where the lines are held too.</summary>
    private const int MaxHttpSegment = 2_000_000;

    public static async Task RunAsync(BenchmarkOptions options, string folder)
    {
        var report = new Report("ingest").Add("people", options.People).Add("batch", EngineTarget.Batch);
        var portRatios = new List<double>();
        var httpRatios = new List<double>();
        var rates = new List<double>();
        foreach (var distribution in new[] { LoadDistribution.Zipf, LoadDistribution.Uniform })
        {
            var name = distribution.ToString().ToLowerInvariant();
            if (options.Distribution is { } only && only != name) continue;
            if (!options.NoPort)
            {
                var (ratio, rate) = await PortAsync(options, Path.Combine(folder, $"port-{name}"), distribution, name, report);
                portRatios.Add(ratio);
                rates.Add(rate);
            }

            if (!options.NoHttp) httpRatios.Add(await HttpAsync(options, Path.Combine(folder, $"http-{name}"), distribution, name, report));
        }

        // The worse of the two distributions is the figure.
        if (portRatios.Count > 0) report.Goal("portRatio", portRatios.Min(), 0.8, atLeast: true).Add("eventsPerSecond", rates.Min(), 0);
        if (httpRatios.Count > 0) report.Goal("httpRatio", httpRatios.Min(), 0.3, atLeast: true);
        report.Close(options.Json);
    }

    private static async Task<(double Ratio, double Rate)> PortAsync(BenchmarkOptions options, string folder, LoadDistribution distribution, string name, Report report)
    {
        await using var engine = await EngineTarget.OpenAsync(Path.Combine(folder, "data"));
        var load = new Load(options.People, distribution, MostEvents(MaxSegment), live: !options.History, late: options.Late);
        var result = await RoundsAsync(options, folder, engine, load, MaxSegment, $"port, {name}", $"{name}Port", report);
        var late = await LateAsync(options, engine, distribution);
        report.Add($"{name}LateEventsPerSecond", late, 0).Add($"{name}BusyAnswers", engine.BusyAnswers, 0);
        Report.Say($"  late ones alone {late:N0}/s; asked to wait {engine.BusyAnswers:N0} times");
        return result;
    }

    private static async Task<double> HttpAsync(BenchmarkOptions options, string folder, LoadDistribution distribution, string name, Report report)
    {
        await using var http = await HttpTarget.StartAsync(Path.Combine(folder, "data"));
        await using var watcher = await HubClient.ConnectAsync(http.Server.Address);
        await watcher.WatchAsync("board:everyone");
        var load = new Load(options.People, distribution, MostEvents(MaxHttpSegment), late: options.Late, overHttp: true);
        return (await RoundsAsync(options, folder, http, load, MaxHttpSegment, $"http, {name}", $"{name}Http", report)).Ratio;
    }

    private static async Task<(double Ratio, double Rate)> RoundsAsync(
        BenchmarkOptions options, string folder, IIngestTarget target, Load load, int maxSegment, string title, string name, Report report)
    {
        using var baseline = new SqliteBaseline(Path.Combine(folder, "baseline.db"));
        var filling = Stopwatch.StartNew();
        await target.FillAsync(load.Catalogue().Concat(load.Identities()));
        Report.Say($"{title}: {options.People:N0} people, filled in {filling.Elapsed.TotalSeconds:N0} s");
        var stored = Measure.StoredBytes(target.Folder);
        double warm = 0, rate = 0;
        Fact[] first = [];
        for (var i = 0; i < WarmUps; i++)
        {
            first = load.Next(WarmUp);
            var (fresh, took) = await target.Prepare(first)();
            warm += fresh;
            rate = fresh / took.TotalSeconds;
        }

        var envelope = SqliteBaseline.Envelope(first, (Measure.StoredBytes(target.Folder) - stored) / warm);
        stored = Measure.StoredBytes(target.Folder);
        var passes = new CheckpointPasses(target.Folder);
        double seconds = 0, accepted = 0, processor = 0;
        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            // What is left of the time, at the rate seen last.
            var count = (int)Math.Clamp(rate * (options.Seconds - seconds) / (Segments - (2 * round)), EngineTarget.Batch, maxSegment);
            Fact[][] facts = [load.Next(count), load.Next(count)];
            double events = 0, elapsed = 0;
            var raw = Append(baseline, facts[0], envelope);
            foreach (var segment in facts)
            {
                var send = target.Prepare(segment);
                Settle();
                var before = target.Processor();
                var (fresh, took) = await send();
                processor += (target.Processor() - before).TotalSeconds;
                events += fresh;
                elapsed += took.TotalSeconds;
            }

            raw += Append(baseline, facts[1], envelope);
            rate = events / elapsed;
            var yardstick = 2 * count / raw.TotalSeconds;
            ratios.Add(rate / yardstick);
            accepted += events;
            seconds += elapsed;
            Report.Say($"  round {round + 1}: raw {yardstick:N0}/s, {rate:N0}/s of {2 * count:N0}, ratio {ratios[^1]:F3}");
        }

        var bytes = (Measure.StoredBytes(target.Folder) - stored) / accepted;
        var ratio = Measure.Median(ratios);
        report.Add($"{name}Ratio", ratio).Add($"{name}EventsPerSecond", accepted / seconds, 0).Add($"{name}ProcessorMicrosPerEvent", processor / accepted * 1e6, 2)
            .Add($"{name}StoredBytesPerEvent", bytes, 1).Add($"{name}CheckpointPasses", passes.Since(), 0).Add($"{name}Seconds", seconds, 1);
        Report.Say($"  {accepted / seconds:N0} events/s for {seconds:N0} s, {processor / accepted * 1e6:F2} µs CPU and {bytes:F1} bytes an event, {passes.Since()} checkpoint passes");
        return (ratio, accepted / seconds);
    }

    /// <summary>Late events alone: each is older than what its person had before.</summary>
    private static async Task<double> LateAsync(BenchmarkOptions options, EngineTarget engine, LoadDistribution distribution)
    {
        const int inOrderFirst = 20_000;
        var load = new Load(options.People, distribution, MostEvents(MaxSegment), seed: 2, live: !options.History, late: 1);
        await engine.RecordAsync(load.Next(inOrderFirst));
        Settle();
        double accepted = 0, seconds = 0;
        while (seconds < Math.Max(1, options.Seconds / 10))
        {
            var facts = load.Next(10 * EngineTarget.Batch);
            var (fresh, elapsed) = await engine.RecordAsync(facts);
            accepted += fresh;
            seconds += elapsed.TotalSeconds;
        }

        return accepted / seconds;
    }

    private static TimeSpan Append(SqliteBaseline baseline, Fact[] facts, int envelope)
    {
        var rows = SqliteBaseline.Rows(facts, envelope);
        Settle();
        var clock = Stopwatch.StartNew();
        baseline.Append(rows);
        return clock.Elapsed;
    }

    private static long MostEvents(long segment) => (WarmUps * WarmUp) + (Segments * segment);

    /// <summary>What making the load left behind is collected before the clock starts, for both sides.</summary>
    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
