using System.Diagnostics;
using Experience.Sample;

namespace Experience.Benchmarks;

/// <summary>
/// What an in-order event costs among many people, against among few: two engines in one process, taken in turns, uniform so
/// that the many are really touched.
/// </summary>
internal static class ScaleBenchmark
{
    private const int Few = 10_000;
    private const int Rounds = 5;
    private const int WarmUp = 200_000;
    private const int MaxSegment = 3_000_000;
    private const long MostEvents = WarmUp + (2L * Rounds * MaxSegment);

    public static async Task RunAsync(BenchmarkOptions options, string folder)
    {
        await using var few = await EngineTarget.OpenAsync(Path.Combine(folder, "few"));
        await using var many = await EngineTarget.OpenAsync(Path.Combine(folder, "many"));
        var fewLoad = new Load(Few, LoadDistribution.Uniform, MostEvents, late: 0);
        var manyLoad = new Load(options.People, LoadDistribution.Uniform, MostEvents, late: 0);
        await few.FillAsync(fewLoad.Catalogue().Concat(fewLoad.Identities()));
        await many.FillAsync(manyLoad.Catalogue().Concat(manyLoad.Identities()));
        await few.RecordAsync(fewLoad.Next(WarmUp));
        var (warm, took) = await many.RecordAsync(manyLoad.Next(WarmUp));
        var count = (int)Math.Clamp(warm / took.TotalSeconds * options.Seconds / (4 * Rounds), EngineTarget.Batch, MaxSegment);
        Report.Say($"{Few:N0} and {options.People:N0} people, segments of {count:N0} in-order events");

        var process = Process.GetCurrentProcess();
        var walls = new List<double>();
        var processors = new List<double>();
        var micros = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            double fewWall = 0, manyWall = 0, fewProcessor = 0, manyProcessor = 0;
            foreach (var isFew in new[] { true, false, false, true })
            {
                var facts = (isFew ? fewLoad : manyLoad).Next(count);
                GC.Collect();
                process.Refresh();
                var before = process.TotalProcessorTime;
                var (_, elapsed) = await (isFew ? few : many).RecordAsync(facts);
                process.Refresh();
                var used = (process.TotalProcessorTime - before).TotalSeconds;
                if (isFew) (fewWall, fewProcessor) = (fewWall + elapsed.TotalSeconds, fewProcessor + used);
                else (manyWall, manyProcessor) = (manyWall + elapsed.TotalSeconds, manyProcessor + used);
            }

            walls.Add(manyWall / fewWall);
            processors.Add(manyProcessor / fewProcessor);
            micros.Add(manyWall / (2 * count) * 1e6);
            Report.Say($"  round {round + 1}: {fewWall / (2 * count) * 1e6:F2} µs among few, {manyWall / (2 * count) * 1e6:F2} µs among many, ratio {walls[^1]:F3}, of CPU {processors[^1]:F3}");
        }

        var report = new Report("scale").Add("people", options.People).Add("few", Few).Add("microsPerEvent", Measure.Median(micros), 2)
            .Add("processorRatio", Measure.Median(processors));
        report.Goal("costRatio", Measure.Median(walls), 1.3, atLeast: false);
        report.Close(options.Json);
    }
}
