using Experience.Benchmarks;
using Experience.Cluster.Tests;
using Experience.Sample;
using Experience.Silo.Hosting;

namespace Experience.Cluster.Benchmarks;

/// <summary>
/// What one more participant takes: active (activation, ledger and row together), at rest (the row alone, in a silo that has just loaded it), and in Redis. Active ones are
/// counted as the growth of resident memory after full collections, which holds rows, states and search in native memory as well, and whatever the runtime keeps
/// for itself; the collector's heap is told beside it.
/// </summary>
internal static class MemoryBench
{
    private const int FactsEach = 12;

    /// <summary>What the first people bring once for all is not theirs.</summary>
    private const int First = 2_000;

    public static async Task RunAsync(ClusterOptions options, RedisServer redis, string folder, Report report)
    {
        var settings = ClusterBenchmark.Settings(redis, folder, "memory");
        var empty = ClusterBenchmark.Settings(redis, folder, "empty");
        var alone = await RestingAsync(empty, folder);
        var people = options.People - First;
        await using (var silo = await SiloProcess.OpenAsync(settings, TimeProvider.System))
        {
            var load = new Load(options.People, LoadDistribution.Uniform, 20_000_000, late: 0);
            await ClusterBenchmark.RecordAsync(silo.Engine, [.. load.Catalogue()]);
            var identities = load.Identities().ToArray();
            await ClusterBenchmark.RecordAsync(silo.Engine, identities[..First]);
            var (heap, resident, stored) = (Heap(), Measure.ResidentBytes(Environment.ProcessId), redis.UsedMemory());
            await ClusterBenchmark.RecordAsync(silo.Engine, identities[First..]);
            for (var left = options.People * FactsEach; left > 0; left -= 200_000) await ClusterBenchmark.RecordAsync(silo.Engine, load.Next(Math.Min(left, 200_000)));
            identities = [];
            var each = (Heap() - heap) / (double)people;
            var all = (Measure.ResidentBytes(Environment.ProcessId) - resident) / (double)people;
            var kept = (redis.UsedMemory() - stored) / (double)people;
            Report.Say($"{options.People:N0} active participants of about {FactsEach + 1} facts: {each:N0} bytes each in the heap, {all:N0} of resident memory, {kept:N0} in Redis");
            report.Add("heapBytesPerParticipant", each, 0).Add("redisBytesPerParticipant", kept, 0).Goal("residentBytesPerParticipant", all, 4_096, atLeast: false, digits: 0);
        }

        var resting = (await RestingAsync(settings, folder) - alone) / (double)options.People;
        Report.Say($"  the same at rest: {resting:N0} bytes each");
        report.Add("restingBytesPerParticipant", resting, 0);
    }

    /// <summary>Resident memory of a silo of its own, which has loaded everybody and done nothing else.</summary>
    private static async Task<long> RestingAsync(ClusterSettings settings, string folder)
    {
        settings.Role = "all";
        using var child = await SiloChild.StartAsync(settings, folder);
        using var http = new HttpClient { BaseAddress = child.Web };
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!(await http.GetAsync(new Uri("/health/ready", UriKind.Relative), limit.Token)).IsSuccessStatusCode) await Task.Delay(200, limit.Token);
        return Measure.ResidentBytes(child.ProcessId);
    }

    private static long Heap()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
