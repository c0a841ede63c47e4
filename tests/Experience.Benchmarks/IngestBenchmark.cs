using System.Diagnostics;
using Experience.Sample;

namespace Experience.Benchmarks;

/// <summary>
/// Durable events a second against the raw append of the same bytes: five rounds of baseline, engine, engine, baseline, so
/// that what else the machine does weighs on both alike; the ratio is the median of the rounds.
/// </summary>
internal static class IngestBenchmark
{
    private const int Rounds = 5;
    private const int Segments = 2 * Rounds;
    private const int WarmUp = 200_000;

    /// <summary>Facts of one segment that are held in memory at most; more seconds need more rounds, not more memory.</summary>
    private const int MaxSegment = 3_000_000;

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
            var (portRatio, rate) = await PortAsync(options, Path.Combine(folder, $"port-{name}"), distribution, name, report);
            portRatios.Add(portRatio);
            rates.Add(rate);
            if (!options.NoHttp) httpRatios.Add(await HttpAsync(options, Path.Combine(folder, $"http-{name}"), distribution, name, report));
        }

        // The worse of the two distributions is the figure.
        report.Goal("portRatio", portRatios.Min(), 0.8, atLeast: true);
        if (httpRatios.Count > 0) report.Goal("httpRatio", httpRatios.Min(), 0.3, atLeast: true);
        report.Add("eventsPerSecond", rates.Min(), 0).Close(options.Json);
    }

    private static async Task<(double Ratio, double Rate)> PortAsync(BenchmarkOptions options, string folder, LoadDistribution distribution, string name, Report report)
    {
        Directory.CreateDirectory(folder);
        using var baseline = new SqliteBaseline(Path.Combine(folder, "baseline.db"));
        await using var engine = await EngineTarget.OpenAsync(Path.Combine(folder, "data"));
        var load = new Load(options.People, distribution, live: !options.History, late: options.Late);
        await engine.FillAsync(load.Catalogue().Concat(load.Identities()));
        var stored = Measure.StoredBytes(engine.Folder);
        var first = load.Next(WarmUp);
        var (warm, took) = await engine.RecordAsync(first);
        var envelope = SqliteBaseline.Envelope(first, (Measure.StoredBytes(engine.Folder) - stored) / (double)warm);
        var count = (int)Math.Clamp(warm / took.TotalSeconds * options.Seconds / Segments, EngineTarget.Batch, MaxSegment);
        Report.Say($"port, {name}: {options.People:N0} people, {Segments} segments of {count:N0} events, batches of {EngineTarget.Batch:N0}");

        await using var passes = new CheckpointPasses(Path.Combine(folder, "data"));
        var process = Process.GetCurrentProcess();
        double seconds = 0, processor = 0;
        long accepted = 0;
        stored = Measure.StoredBytes(engine.Folder);
        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            double rawEvents = 0, rawSeconds = 0, engineEvents = 0, engineSeconds = 0;
            foreach (var raw in new[] { true, false, false, true })
            {
                var facts = load.Next(count);
                if (raw)
                {
                    var rows = SqliteBaseline.Rows(facts, envelope);
                    Settle();
                    var clock = Stopwatch.StartNew();
                    baseline.Append(rows);
                    rawSeconds += clock.Elapsed.TotalSeconds;
                    rawEvents += rows.Length;
                    continue;
                }

                Settle();
                process.Refresh();
                var before = process.TotalProcessorTime;
                var (fresh, elapsed) = await engine.RecordAsync(facts);
                process.Refresh();
                processor += (process.TotalProcessorTime - before).TotalSeconds;
                engineEvents += fresh;
                engineSeconds += elapsed.TotalSeconds;
            }

            var ratio = engineEvents / engineSeconds / (rawEvents / rawSeconds);
            ratios.Add(ratio);
            accepted += (long)engineEvents;
            seconds += engineSeconds;
            Report.Say($"  round {round + 1}: raw {rawEvents / rawSeconds:N0}/s, engine {engineEvents / engineSeconds:N0}/s, ratio {ratio:F3}");
        }

        var bytes = (Measure.StoredBytes(engine.Folder) - stored) / (double)accepted;
        var late = await LateAsync(options, engine, distribution);
        var rate = accepted / seconds;
        report.Add($"{name}PortRatio", Measure.Median(ratios)).Add($"{name}EventsPerSecond", rate, 0)
            .Add($"{name}ProcessorMicrosPerEvent", processor / accepted * 1e6, 2).Add($"{name}StoredBytesPerEvent", bytes, 1)
            .Add($"{name}LateEventsPerSecond", late, 0).Add($"{name}CheckpointPasses", await passes.StopAsync(), 0).Add($"{name}Seconds", seconds, 1);
        Report.Say($"  {rate:N0} events/s, {processor / accepted * 1e6:F2} µs CPU and {bytes:F1} bytes an event; late ones alone {late:N0}/s");
        return (Measure.Median(ratios), rate);
    }

    /// <summary>Late events alone: each is older than what its person had before.</summary>
    private static async Task<double> LateAsync(BenchmarkOptions options, EngineTarget engine, LoadDistribution distribution)
    {
        const int inOrderFirst = 20_000;
        var load = new Load(options.People, distribution, seed: 2, live: !options.History, late: 1);
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

    private static async Task<double> HttpAsync(BenchmarkOptions options, string folder, LoadDistribution distribution, string name, Report report)
    {
        Directory.CreateDirectory(folder);
        using var baseline = new SqliteBaseline(Path.Combine(folder, "baseline.db"));
        await using var http = await HttpTarget.StartAsync(Path.Combine(folder, "data"));
        await using var watcher = await HubClient.ConnectAsync(http.Server.Address);
        await watcher.WatchAsync("board:everyone");
        var load = new Load(options.People, distribution, late: options.Late, overHttp: true);
        await http.FillAsync(load.Catalogue().Concat(load.Identities()));
        var stored = Measure.StoredBytes(Path.Combine(folder, "data"));
        var first = load.Next(WarmUp);
        var warm = HttpTarget.Streams(first);
        var took = await http.SendAsync(warm);
        var envelope = SqliteBaseline.Envelope(first, (Measure.StoredBytes(Path.Combine(folder, "data")) - stored) / (double)WarmUp);
        var count = (int)Math.Clamp(WarmUp / took.TotalSeconds * options.Seconds / Segments, EngineTarget.Batch, MaxSegment / 4);
        Report.Say($"http, {name}: {Segments} segments of {count:N0} events, NDJSON");

        double seconds = 0, processor = 0;
        long events = 0;
        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            double rawEvents = 0, rawSeconds = 0, httpEvents = 0, httpSeconds = 0;
            foreach (var raw in new[] { true, false, false, true })
            {
                var facts = load.Next(count);
                if (raw)
                {
                    var rows = SqliteBaseline.Rows(facts, envelope);
                    Settle();
                    var clock = Stopwatch.StartNew();
                    baseline.Append(rows);
                    rawSeconds += clock.Elapsed.TotalSeconds;
                    rawEvents += rows.Length;
                    continue;
                }

                var streams = HttpTarget.Streams(facts);
                var fresh = facts.Select(f => f.Id).Distinct().Count();
                Settle();
                var before = Measure.Processor(http.ProcessId);
                httpSeconds += (await http.SendAsync(streams)).TotalSeconds;
                processor += (Measure.Processor(http.ProcessId) - before).TotalSeconds;
                httpEvents += fresh;
            }

            var ratio = httpEvents / httpSeconds / (rawEvents / rawSeconds);
            ratios.Add(ratio);
            events += (long)httpEvents;
            seconds += httpSeconds;
            Report.Say($"  round {round + 1}: raw {rawEvents / rawSeconds:N0}/s, http {httpEvents / httpSeconds:N0}/s, ratio {ratio:F3}");
        }

        report.Add($"{name}HttpRatio", Measure.Median(ratios)).Add($"{name}HttpEventsPerSecond", events / seconds, 0)
            .Add($"{name}HttpProcessorMicrosPerEvent", processor / events * 1e6, 2).Add($"{name}HttpSeconds", seconds, 1);
        return Measure.Median(ratios);
    }

    /// <summary>What making the load left behind is collected before the clock starts, for both sides.</summary>
    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
