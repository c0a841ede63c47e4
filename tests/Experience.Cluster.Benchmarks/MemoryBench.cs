using Experience.Benchmarks;
using Experience.Cluster.Tests;
using Experience.Sample;
using Experience.Silo.Hosting;

namespace Experience.Cluster.Benchmarks;

/// <summary>
/// What one more active participant takes in a silo: activation, ledger and row together. Counted as the growth of the collector's heap after full collections, and
/// of resident memory, which holds rows, states and search in native memory as well, and whatever the runtime keeps for itself.
/// </summary>
internal static class MemoryBench
{
    private const int FactsEach = 12;

    public static async Task RunAsync(ClusterOptions options, ClusterSettings settings, Report report)
    {
        await using var silo = await SiloProcess.OpenAsync(settings, TimeProvider.System);
        var load = new Load(options.People, LoadDistribution.Uniform, 20_000_000, late: 0);
        await ClusterBenchmark.RecordAsync(silo.Engine, [.. load.Catalogue()]);

        // What the first people bring once for all is not theirs.
        var people = load.Identities().ToArray();
        await ClusterBenchmark.RecordAsync(silo.Engine, people[..2_000]);
        var (heap, resident) = Now();
        await ClusterBenchmark.RecordAsync(silo.Engine, people[2_000..]);
        for (var left = options.People * FactsEach; left > 0; left -= 200_000) await ClusterBenchmark.RecordAsync(silo.Engine, load.Next(Math.Min(left, 200_000)));
        people = [];
        var (heapAfter, residentAfter) = Now();
        var counted = options.People - 2_000;
        var each = (heapAfter - heap) / (double)counted;
        var all = (residentAfter - resident) / (double)counted;
        Report.Say($"{options.People:N0} active participants of about {FactsEach + 1} facts: {each:N0} bytes each in the heap, {all:N0} of resident memory");
        report.Add("heapBytesPerParticipant", each, 0).Goal("residentBytesPerParticipant", all, 4_096, atLeast: false, digits: 0);
    }

    private static (long Heap, long Resident) Now()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return (GC.GetTotalMemory(forceFullCollection: true), Measure.ResidentBytes(Environment.ProcessId));
    }
}
