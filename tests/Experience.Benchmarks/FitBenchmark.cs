using System.Diagnostics;
using Experience.Domain.Models;
using Experience.Domain.Models.Backtests;
using Experience.Domain.Tests.Models;
using Experience.Testing;
using Experience.Web.Cli.Backtests;

namespace Experience.Benchmarks;

/// <summary>
/// What fitting costs: the whole backtest of the CDNOW master with every model, and BG/NBD and MBG/CNBD-k for a million people. The clock
/// holds everything from transactions or histories in memory to a model: sorting, grouping, starts, polish, standard errors.
/// </summary>
internal static class FitBenchmark
{
    private const int Rounds = 3;
    private const int Seed = 11;

    /// <summary>Weeks of history of the simulated people; they came in its first third.</summary>
    private const double Weeks = 104;

    private static readonly DateOnly CalibrationEnd = new(1997, 9, 30);

    private sealed record Cost(double Wall, double Processor);

    public static Task RunAsync(BenchmarkOptions options, string folder)
    {
        var report = new Report("fit").Add("people", options.People);
        if (File.Exists(Repository.CdnowMaster))
        {
            var transactions = TransactionFile.Read(new FileInfo(Repository.CdnowMaster), "cdnow");
            var master = Time("CDNOW master, whole backtest with all models", () => ValueBacktest.Run(transactions, CalibrationEnd).Chosen!);
            report.Add("masterProcessorSeconds", master.Processor).Goal("masterSeconds", master.Wall, 5, atLeast: false);
        }
        else
        {
            Report.Say($"skipped: there is no {Repository.CdnowMaster}");
        }

        Million(options, report, "bgNbd", 5, new BetaGeometricModel(.6, 5, .8, 2.5), CountModels.BgNbd);
        Million(options, report, "mbgCnbd", 15, new BetaGeometricModel(1.4, 2.5, .9, 3, lostAtFirst: true, k: 3), CountModels.MbgCnbd);
        report.Close(options.Json);
        return Task.CompletedTask;
    }

    /// <summary>Once with days, as histories are counted here, and once with times that hardly repeat, where grouping saves nothing.</summary>
    private static void Million(BenchmarkOptions options, Report report, string name, double goal, BetaGeometricModel truth, Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> fit)
    {
        var people = new Simulated(Seed).BetaGeometric(truth, options.People, Weeks);
        PurchaseHistory[] days = [.. people.Select(static person => new PurchaseHistory(person.Count, Day(person.Last), Math.Max(Day(person.Last), Day(person.Age)), person.LogGaps))];
        var inDays = Time($"{truth.Name}, {options.People:N0} people, in days", () => Fit(fit, days));
        var exact = Time($"{truth.Name}, {options.People:N0} people, no two alike", () => Fit(fit, people));
        report.Add(name + "ProcessorSeconds", inDays.Processor).Goal(name + "Seconds", inDays.Wall, goal, atLeast: false);
        report.Add(name + "DistinctProcessorSeconds", exact.Processor).Goal(name + "DistinctSeconds", exact.Wall, goal, atLeast: false);
    }

    private static double Day(double weeks) => Math.Round(weeks * CustomerBase.DaysAWeek) / CustomerBase.DaysAWeek;

    private static string Fit(Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> fit, IReadOnlyCollection<PurchaseHistory> people)
    {
        var started = Stopwatch.GetTimestamp();
        var data = PurchaseData.From(people);
        var grouping = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var fitted = (Fitted<CountModel>)fit(data, null);
        return $"{data.Groups.Count:N0} rows grouped in {grouping:F2} s, {fitted.Model.Name}: {string.Join(", ", fitted.Parameters.Select(static p => $"{p.Name} {p.Value:G4}"))}";
    }

    /// <summary>The median of some rounds; the first one pays for compilation, as a fit at a desk does.</summary>
    private static Cost Time(string what, Func<string> run)
    {
        var walls = new List<double>();
        var processors = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            GC.Collect();
            using var process = Process.GetCurrentProcess();
            var (before, started) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
            var found = run();
            walls.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            process.Refresh();
            processors.Add((process.TotalProcessorTime - before).TotalSeconds);
            Report.Say($"  {what}: {walls[^1]:F2} s, of processors {processors[^1]:F2} s ({found})");
        }

        return new Cost(Measure.Median(walls), Measure.Median(processors));
    }
}
