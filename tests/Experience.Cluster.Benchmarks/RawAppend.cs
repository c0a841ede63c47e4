using System.Diagnostics;
using System.Globalization;
using Experience.Cluster.Tests;

namespace Experience.Cluster.Benchmarks;

/// <summary>The yardstick of the journal: redis-benchmark appends as many bytes as an event stores to one stream, pipelined, on the same server with the same durability.</summary>
internal static class RawAppend
{
    /// <summary>Appends that a client sends before it reads answers, and clients: enough that the server never waits for either.</summary>
    private const int Pipelined = 64;
    private const int Clients = 4;

    public static async Task<double> RunAsync(RedisServer redis, int bytes, long count)
    {
        var start = new ProcessStartInfo("redis-benchmark") { RedirectStandardOutput = true };
        string[] arguments =
        [
            "-p", $"{redis.Port}", "-n", count.ToString(CultureInfo.InvariantCulture), "-c", $"{Clients}", "-P", $"{Pipelined}", "--csv",
            "XADD", "benchmark:raw", "*", "e", new string('x', Math.Max(1, bytes)),
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("redis-benchmark does not start: apt-get install redis-tools");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        // Columns: test, rps, latencies; the command's own text stands quoted in the first.
        var line = output.Split('\n').Last(l => l.StartsWith("\"XADD", StringComparison.Ordinal));
        return double.Parse(line.Split("\",\"")[1], CultureInfo.InvariantCulture);
    }
}
