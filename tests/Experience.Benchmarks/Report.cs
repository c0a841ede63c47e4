using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Experience.Benchmarks;

/// <summary>What was measured: lines for people as it goes, one JSON object at the end for machines.</summary>
internal sealed class Report(string name)
{
    private readonly JsonObject _figures = new() { ["benchmark"] = name };

    public static void Say(string line) => Console.WriteLine(line);

    public Report Add(string figure, double value, int digits = 3)
    {
        _figures[figure] = Math.Round(value, digits);
        return this;
    }

    public Report Add(string figure, string value)
    {
        _figures[figure] = value;
        return this;
    }

    /// <summary>A figure that the project promises, and whether it was reached.</summary>
    public Report Goal(string figure, double value, double goal, bool atLeast, int digits = 3)
    {
        var reached = atLeast ? value >= goal : value <= goal;
        Say($"{(reached ? "reached" : "MISSED "),-8} {figure} = {Math.Round(value, digits)} (goal {(atLeast ? "at least" : "at most")} {goal})");
        return Add(figure, value, digits);
    }

    public void Close(bool json)
    {
        Add("processors", Environment.ProcessorCount);
        if (json) Console.WriteLine(_figures.ToJsonString(new JsonSerializerOptions { WriteIndented = false }));
    }
}

internal static class Measure
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The smallest value that at least this share of all is not above.</summary>
    public static double Percentile(List<double> values, double share)
    {
        if (values.Count == 0) return double.NaN;
        values.Sort();
        return values[Math.Clamp((int)Math.Ceiling(share * values.Count) - 1, 0, values.Count - 1)];
    }

    public static TimeSpan Processor(int process)
    {
        using var p = Process.GetProcessById(process);
        return p.TotalProcessorTime;
    }

    /// <summary>Peak resident memory of a process, as the kernel counts it.</summary>
    public static long PeakResidentBytes(int process) => Status(process, "VmHWM:");

    public static long ResidentBytes(int process) => Status(process, "VmRSS:");

    /// <summary>What the journal holds: all files of the folder but checkpoints, which replace one another.</summary>
    public static long StoredBytes(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(f => !f.Contains("checkpoint", StringComparison.OrdinalIgnoreCase))
        .Sum(f => File.Exists(f) ? new FileInfo(f).Length : 0);

    private static long Status(int process, string name)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length).Trim().ToString().Split(' ')[0]) * 1024;
    }
}
