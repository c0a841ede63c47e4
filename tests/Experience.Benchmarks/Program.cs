using System.Globalization;
using Experience.Benchmarks;

if (args is [MemoryBenchmark.FillerCommand, var folder, var people, var events])
{
    await MemoryBenchmark.FillerAsync(folder, int.Parse(people, CultureInfo.InvariantCulture), long.Parse(events, CultureInfo.InvariantCulture));
    return 0;
}

Func<BenchmarkOptions, string, Task>? run = BenchmarkOptions.Parse(args)?.Name switch
{
    "ingest" => IngestBenchmark.RunAsync,
    "latency" => LatencyBenchmark.RunAsync,
    "memory" => MemoryBenchmark.RunAsync,
    "scale" => ScaleBenchmark.RunAsync,
    "fanout" => FanoutBenchmark.RunAsync,
    "fit" => FitBenchmark.RunAsync,
    _ => null,
};
if (run is null)
{
    Console.Error.WriteLine(BenchmarkOptions.Usage);
    return 2;
}

var options = BenchmarkOptions.Parse(args)!;
var place = Path.Combine(options.Folder, $"experience-benchmark-{Guid.NewGuid():n}");
Directory.CreateDirectory(place);
try
{
    await run(options, place);
    return 0;
}
catch (Exception failure)
{
    // Nothing ends silently: the reason, and a last line that says so.
    Console.Error.WriteLine(failure);
    if (options.Json) Console.WriteLine(new System.Text.Json.Nodes.JsonObject { ["benchmark"] = options.Name, ["failed"] = failure.Message }.ToJsonString());
    return 1;
}
finally
{
    try
    {
        Directory.Delete(place, recursive: true);
    }
    catch (IOException left)
    {
        // Something that failed still writes there; why it failed is said already.
        Console.Error.WriteLine($"{place} is left: {left.Message}");
    }
}
