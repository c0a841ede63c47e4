using System.Globalization;
using Experience.Cluster.Benchmarks;

var options = new ClusterOptions();
for (var i = 0; i < args.Length; i++)
{
    var more = i + 1 < args.Length;
    switch (args[i])
    {
        case "cluster":
            break;
        case "--json":
            options = options with { Json = true };
            break;
        case "--seconds" when more:
            options = options with { Seconds = double.Parse(args[++i], CultureInfo.InvariantCulture) };
            break;
        case "--people" when more:
            options = options with { People = int.Parse(args[++i], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) };
            break;
        case "--hot" when more:
            options = options with { Hot = int.Parse(args[++i], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) };
            break;
        case "--only" when more:
            options = options with { Only = args[++i] };
            break;
        default:
            Console.Error.WriteLine(ClusterOptions.Usage);
            return 2;
    }
}

await ClusterBenchmark.RunAsync(options);
return 0;
