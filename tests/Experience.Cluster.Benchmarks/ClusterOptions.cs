namespace Experience.Cluster.Benchmarks;

/// <summary>What to run, and how much of it. The defaults are what the documented figures were made with.</summary>
/// <param name="Seconds">Of each round of each side.</param>
/// <param name="Hot">People of the hot set.</param>
/// <param name="People">Active participants that memory is counted over.</param>
/// <param name="Only">events, memory or silos alone; or load, which is events without what they are compared with, to look at with a profiler.</param>
internal sealed record ClusterOptions(double Seconds = 8, int Hot = 250, int People = 50_000, string? Only = null, bool Json = false)
{
    public const string Usage = """
        dotnet run -c Release --project tests/Experience.Cluster.Benchmarks -- cluster [--json]
          --seconds N          how long each side is measured in each of three rounds (8)
          --hot N              people of the hot set (250)
          --people N           active participants that memory is counted over (50,000)
          --only NAME          events, memory or silos alone; load: events with nothing to compare them with, for a profiler
          --json               the last line is one JSON object
        Needs redis-server and redis-benchmark.
        """;

    public bool Runs(string part) => Only is null || Only == part;
}
