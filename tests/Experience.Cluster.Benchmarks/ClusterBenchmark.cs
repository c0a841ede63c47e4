using System.Diagnostics;
using Experience.Benchmarks;
using Experience.Cluster.Tests;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Grains.Contracts;
using Experience.Sample;
using Experience.Silo.Hosting;

namespace Experience.Cluster.Benchmarks;

/// <summary>
/// Events through one silo with its journal on Redis, against bare calls of grains on the same silo and against raw appends to the same Redis:
/// three rounds of the three, on the same two cores, so that what else the machine does weighs on all alike. Then two silos, and memory.
/// </summary>
internal static class ClusterBenchmark
{
    private const int Rounds = 3;

    /// <summary>Facts of one call of the port, and calls that wait for their acknowledgement at a time.</summary>
    private const int Batch = 4_000;
    private const int Outstanding = 8;

    private const int BareGrains = 10_000;
    private const int BareCallers = 64;

    /// <summary>Facts of one segment at most: they are made before the clock starts.</summary>
    private const int MaxSegment = 1_500_000;

    private static readonly Access Source = new("benchmark", null, "ingest");

    public static async Task RunAsync(ClusterOptions options)
    {
        var report = new Report("cluster").Add("hot", options.Hot).Add("batch", Batch);
        var folder = Directory.CreateTempSubdirectory("experience-cluster-benchmark-").FullName;
        using var redis = new RedisServer();
        try
        {
            var settings = Settings(redis, folder, "bench");
            await using (var silo = await SiloProcess.OpenAsync(settings, TimeProvider.System))
            {
                if (options.Runs("events") || options.Runs("silos") || options.Runs("load")) await EventsAsync(options, redis, settings, silo, folder, report);
            }

            if (options.Runs("memory")) await MemoryBench.RunAsync(options, redis, folder, report);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        report.Close(options.Json);
    }

    public static ClusterSettings Settings(RedisServer redis, string folder, string name) => new()
    {
        Redis = redis.Address,
        Name = name,
        MasterKeyFile = Path.Combine(folder, $"{name}.key"),
        SiloPort = RedisServer.FreePort(),
        GatewayPort = RedisServer.FreePort(),

        // As in the other benchmarks through the port: the pauses in which the load is made would start fits that a program under load does not.
        FitModels = false,
    };

    /// <summary>Records all facts and waits until they are durable. Answers how many were new, and the time that it took.</summary>
    public static async Task<(int Accepted, TimeSpan Elapsed)> RecordAsync(IExperienceEngine engine, Fact[] facts)
    {
        var accepted = 0;
        var waiting = new Queue<Task<BatchReceipt>>(Outstanding);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < facts.Length; i += Batch)
        {
            if (waiting.Count == Outstanding) accepted += (await waiting.Dequeue()).Accepted;
            waiting.Enqueue(engine.RecordAsync(new ArraySegment<Fact>(facts, i, Math.Min(Batch, facts.Length - i)), Source, CancellationToken.None).AsTask());
        }

        while (waiting.Count > 0) accepted += (await waiting.Dequeue()).Accepted;
        return (accepted, clock.Elapsed);
    }

    private static async Task EventsAsync(ClusterOptions options, RedisServer redis, ClusterSettings settings, SiloProcess silo, string folder, Report report)
    {
        var load = new Load(options.Hot, LoadDistribution.Uniform, 20_000_000, late: 0.01);
        await RecordAsync(silo.Engine, [.. load.Catalogue()]);
        await RecordAsync(silo.Engine, [.. load.Identities()]);
        var stored = redis.StoredBytes();
        var warm = load.Next(100_000);
        var (fresh, took) = await RecordAsync(silo.Engine, warm);
        var bytes = (int)((redis.StoredBytes() - stored) / fresh);
        (fresh, took) = await RecordAsync(silo.Engine, load.Next(100_000));
        var rate = fresh / took.TotalSeconds;
        var compared = options.Only != "load";
        if (compared) await BareAsync(silo, TimeSpan.FromSeconds(1));
        var raw = compared ? await RawAppend.RunAsync(redis, bytes, 100_000) : 0;
        Report.Say($"{options.Hot:N0} people, {bytes} bytes an event stored");
        double total = 0, cpu = 0, store = 0, allocated = 0;
        List<double> toCalls = [], toAppends = [], events = [], calls = [], appends = [];
        for (var round = 0; round < Rounds; round++)
        {
            calls.Add(compared ? await BareAsync(silo, TimeSpan.FromSeconds(options.Seconds / 2)) : double.NaN);
            appends.Add(compared ? raw = await RawAppend.RunAsync(redis, bytes, (long)(raw * options.Seconds / 2)) : double.NaN);
            var facts = load.Next((int)Math.Clamp(rate * options.Seconds, Batch, MaxSegment));
            GC.Collect();
            var (before, storeBefore, allocatedBefore) = (Measure.Processor(Environment.ProcessId), Measure.Processor(redis.ProcessId), GC.GetTotalAllocatedBytes());
            (fresh, took) = await RecordAsync(silo.Engine, facts);
            cpu += (Measure.Processor(Environment.ProcessId) - before).TotalSeconds;
            store += (Measure.Processor(redis.ProcessId) - storeBefore).TotalSeconds;
            allocated += GC.GetTotalAllocatedBytes() - allocatedBefore;
            total += fresh;
            events.Add(rate = fresh / took.TotalSeconds);
            toCalls.Add(events[^1] / calls[^1]);
            toAppends.Add(events[^1] / appends[^1]);
            Report.Say($"  round {round + 1}: {events[^1]:N0} events/s" + (compared ? $", {calls[^1]:N0} bare calls/s ({toCalls[^1]:F3}), {appends[^1]:N0} appends/s ({toAppends[^1]:F3})" : ""));
        }

        Report.Say($"  {cpu / total * 1e6:F2} µs of the silo's processor an event, {store / total * 1e6:F2} of Redis'; {allocated / total:N0} bytes allocated");
        if (!compared) return;
        report.Add("eventsPerSecond", Measure.Median(events), 0).Add("callsPerSecond", Measure.Median(calls), 0).Add("appendsPerSecond", Measure.Median(appends), 0)
            .Add("storedBytesPerEvent", bytes, 0).Add("processorMicrosPerEvent", cpu / total * 1e6, 2).Add("redisMicrosPerEvent", store / total * 1e6, 2)
            .Add("allocatedBytesPerEvent", allocated / total, 0)
            .Goal("ratioToCalls", Measure.Median(toCalls), 0.15, atLeast: true).Goal("ratioToAppends", Measure.Median(toAppends), 0.5, atLeast: true);
        if (!options.Runs("silos")) return;

        using var child = await SiloChild.StartAsync(settings, folder);
        await MovedAsync(silo);
        await RecordAsync(silo.Engine, load.Next(100_000));
        var two = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var facts = load.Next((int)Math.Clamp(rate * options.Seconds / 2, Batch, MaxSegment));
            (fresh, took) = await RecordAsync(silo.Engine, facts);
            two.Add(fresh / took.TotalSeconds);
        }

        report.Add("eventsPerSecondTwoSilos", Measure.Median(two), 0).Add("twoSilosToOne", Measure.Median(two) / Measure.Median(events));
        Report.Say($"  two silos on the same cores: {Measure.Median(two):N0} events/s, {Measure.Median(two) / Measure.Median(events):F2} of one");
    }

    /// <summary>Calls of grains that do nothing, from the same process as the events come from.</summary>
    private static async Task<double> BareAsync(SiloProcess silo, TimeSpan time)
    {
        var grains = Enumerable.Range(0, BareGrains).Select(i => silo.Grains.GetGrain<IBareGrain>(i)).ToArray();
        foreach (var grain in grains) await grain.TouchAsync(1);
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, BareCallers).Select(caller => Task.Run(async () =>
        {
            long calls = 0;
            for (var i = caller; clock.Elapsed < time; i = (i + 7) % BareGrains, calls++) await grains[i].TouchAsync(i);
            return calls;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    // About half of the shards go to the silo that joined, some seconds after it did.
    private static async Task MovedAsync(SiloProcess silo)
    {
        var clock = Stopwatch.StartNew();
        var epochs = await EpochsAsync();
        var moved = 0;
        var seen = clock.Elapsed;
        while (clock.Elapsed < TimeSpan.FromSeconds(60) && (moved == 0 || clock.Elapsed - seen < TimeSpan.FromSeconds(4)))
        {
            await Task.Delay(250);
            var now = (await EpochsAsync()).Zip(epochs).Count(p => p.First != p.Second);
            if (now == moved) continue;
            moved = now;
            seen = clock.Elapsed;
        }

        Report.Say($"  {moved} of 64 shards moved to the second silo");

        async Task<long[]> EpochsAsync()
        {
            try
            {
                return await Task.WhenAll(Enumerable.Range(0, 64).Select(async s => (await silo.Grains.GetGrain<IRosterShardGrain>(s).PulseAsync()).Totals.Epoch));
            }
            catch (Exception)
            {
                // A shard is on its way.
                return new long[64];
            }
        }
    }
}
