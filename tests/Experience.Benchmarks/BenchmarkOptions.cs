using System.Globalization;

namespace Experience.Benchmarks;

/// <summary>What to run, and how much of it. The defaults are what the documented figures were made with.</summary>
internal sealed record BenchmarkOptions(string Name, bool Json, double Seconds, int People, long Events, int Watchers, bool History, double Late, string? Distribution, bool NoHttp, bool NoPort, string Folder)
{
    public const string Usage = """
        dotnet run -c Release --project tests/Experience.Benchmarks -- NAME [--json]
          NAME                 ingest, latency, memory, scale, fanout or fit
          --seconds N          how long the engine itself is measured (60)
          --people N           people in the roster, or to fit (1,000,000)
          --events N           events of `memory`, and history of `latency` (10,000,000)
          --watchers N         watchers of `fanout` (1,000)
          --history            send facts as an imported history instead of live ones (`ingest`, port only)
          --late SHARE         late events of `ingest` (0.05)
          --only NAME          zipf or uniform alone (`ingest`)
          --no-http            without the part over HTTP (`ingest`)
          --no-port            without the part through the port (`ingest`)
          --folder PATH        where data are written, on the disk that is to be measured (the system's temporary folder)
          --json               the last line is one JSON object
        """;

    public static BenchmarkOptions? Parse(string[] args)
    {
        var options = new BenchmarkOptions("", false, 60, 1_000_000, 10_000_000, 1_000, false, 0.05, null, false, false, Path.GetTempPath());
        for (var i = 0; i < args.Length; i++)
        {
            var more = i + 1 < args.Length;
            switch (args[i])
            {
                case "--json":
                    options = options with { Json = true };
                    break;
                case "--history":
                    options = options with { History = true };
                    break;
                case "--seconds" when more:
                    options = options with { Seconds = double.Parse(args[++i], CultureInfo.InvariantCulture) };
                    break;
                case "--people" when more:
                    options = options with { People = int.Parse(args[++i], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) };
                    break;
                case "--events" when more:
                    options = options with { Events = long.Parse(args[++i], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) };
                    break;
                case "--watchers" when more:
                    options = options with { Watchers = int.Parse(args[++i], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) };
                    break;
                case "--late" when more:
                    options = options with { Late = double.Parse(args[++i], CultureInfo.InvariantCulture) };
                    break;
                case "--only" when more:
                    options = options with { Distribution = args[++i] };
                    break;
                case "--no-http":
                    options = options with { NoHttp = true };
                    break;
                case "--no-port":
                    options = options with { NoPort = true };
                    break;
                case "--folder" when more:
                    options = options with { Folder = args[++i] };
                    break;
                case var name when !name.StartsWith('-') && options.Name.Length == 0:
                    options = options with { Name = name };
                    break;
                default:
                    return null;
            }
        }

        return options.Name.Length == 0 ? null : options;
    }
}
