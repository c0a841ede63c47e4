using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Experience.Sample;
using Experience.Testing;

namespace Experience.Benchmarks;

/// <summary>
/// Peak resident memory of a process that holds everyone: first of one that is filled, then of the real program started on that
/// folder, with its search index complete and cards, boards and searches asked for.
/// </summary>
internal static class MemoryBenchmark
{
    public const string FillerCommand = "memory-filler";

    public static async Task RunAsync(BenchmarkOptions options, string folder)
    {
        var report = new Report("memory").Add("people", options.People).Add("events", options.Events);
        var data = Path.Combine(folder, "data");
        var (fillPeak, fillSeconds) = await FillAsync(options, data);
        Report.Say($"filled with {options.Events:N0} events of {options.People:N0} people in {fillSeconds:N0} s, peak {fillPeak / 1e9:F2} GB");

        var clock = Stopwatch.StartNew();
        await using var server = await ServerProcess.StartAsync(data);
        var ready = clock.Elapsed;
        var searchReady = await UntilSearchReadyAsync(server, clock);
        for (var i = 0; i < 200; i++)
        {
            var person = await LatencyBenchmark.PersonAsync(new HttpTarget(server, data), SampleLoad.KeyOf(i * (options.People / 200)));
            await AskAsync(server, $"v1/participants/{person}");
            await AskAsync(server, $"v1/search?q={(i % 2 == 0 ? "maria" : "okafor")}");
        }

        await AskAsync(server, "v1/boards/everyone");
        await AskAsync(server, "v1/people?list=risk&segment=everyone&limit=50");
        var servePeak = Measure.PeakResidentBytes(server.ProcessId);
        Report.Say($"ready after {ready.TotalSeconds:F1} s, search after {searchReady.TotalSeconds:F1} s, peak {servePeak / 1e9:F2} GB");
        report.Add("fillSeconds", fillSeconds, 0).Add("fillPeakBytes", fillPeak, 0).Add("servePeakBytes", servePeak, 0)
            .Add("searchReadySeconds", searchReady.TotalSeconds, 1).Add("storedBytesPerEvent", Measure.StoredBytes(data) / (double)options.Events, 1);
        report.Goal("peakGigabytes", Math.Max(fillPeak, servePeak) / 1e9, 1.5, atLeast: false);
        report.Goal("readySeconds", ready.TotalSeconds, 15, atLeast: false, 1);
        report.Close(options.Json);
    }

    /// <summary>The filling process itself: makes facts as it goes, and says its peak when all are durable.</summary>
    public static async Task FillerAsync(string folder, int people, long events)
    {
        await using var engine = await EngineTarget.OpenAsync(folder);
        var load = new Load(people, LoadDistribution.Uniform, events);
        await engine.FillAsync(load.Catalogue().Concat(load.Identities()));
        const int chunk = 20_000;
        for (var sent = (long)people; sent < events; sent += chunk) await engine.RecordAsync(load.Next((int)Math.Min(chunk, events - sent)));
        Console.WriteLine(Measure.PeakResidentBytes(Environment.ProcessId).ToString(CultureInfo.InvariantCulture));
    }

    private static async Task<(long Peak, double Seconds)> FillAsync(BenchmarkOptions options, string data)
    {
        var clock = Stopwatch.StartNew();
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { typeof(MemoryBenchmark).Assembly.Location, FillerCommand, data, $"{options.People}", $"{options.Events}" }) start.ArgumentList.Add(argument);
        using var filler = Process.Start(start)!;
        var said = await filler.StandardOutput.ReadToEndAsync();
        await filler.WaitForExitAsync();
        if (filler.ExitCode != 0) throw new InvalidOperationException($"Filling ended with {filler.ExitCode}: {said}");
        return (long.Parse(said.Trim().Split('\n')[^1], CultureInfo.InvariantCulture), clock.Elapsed.TotalSeconds);
    }

    private static async Task<TimeSpan> UntilSearchReadyAsync(ServerProcess server, Stopwatch clock)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (true)
        {
            using var status = JsonDocument.Parse(await server.Http.GetStringAsync("v1/status", deadline.Token));
            if (status.RootElement.GetProperty("searchReady").GetBoolean()) return clock.Elapsed;
            await Task.Delay(100, deadline.Token);
        }
    }

    private static async Task AskAsync(ServerProcess server, string path)
    {
        using var answer = await server.Http.GetAsync(path);
        answer.EnsureSuccessStatusCode();
    }
}
