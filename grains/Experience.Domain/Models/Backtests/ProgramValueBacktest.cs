using Experience.Domain.Models.Learning;
using Experience.Domain.Models.Risk;
using Experience.Domain.Port;

namespace Experience.Domain.Models.Backtests;

/// <summary>The value models on the program's own history: fitted on its older part, judged on its newest.</summary>
public static class ProgramValueBacktest
{
    /// <summary>A year holds every season once.</summary>
    public const int LongestHoldout = 365;

    /// <summary>Days of history below which a third of it says nothing about coming back.</summary>
    public const int ShortestHistory = 90;

    /// <summary>The newest third of the history is held out, at most a year of it.</summary>
    /// <param name="calls">Reads the same walk, so that histories are read once.</param>
    public static async Task<FitOutcome<ValueReport>> RunAsync(ITrainingSource source, CancellationToken cancellation, CallOutcomes? calls = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        var zone = source.Program.Zone;
        var purchases = new ProgramTransactions(zone, ValueModel.GrainOf(source.Program, zone.Day(source.AsOf)), source.AsOf);
        await source.Histories.WalkAsync(new Both(purchases, calls), IHistories.UsualFacts, cancellation).ConfigureAwait(false);
        var end = DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(zone.Day(source.AsOf));
        return await source.ComputeAsync(() => Run(new CustomerBase(purchases.Customers()), end), cancellation).ConfigureAwait(false);
    }

    private sealed class Both(ProgramTransactions purchases, CallOutcomes? calls) : IHistoryVisitor
    {
        public bool Visit(IPersonHistory person)
        {
            calls?.Visit(person);
            return purchases.Visit(person);
        }
    }

    private static FitOutcome<ValueReport> Run(CustomerBase customers, DateOnly end)
    {
        var days = customers.Start == 0 ? 0 : end.DayNumber - customers.Start;
        if (days < ShortestHistory) return new NotEnoughHistory<ValueReport>($"Not enough history: purchases of {Math.Max(0, days)} days, {ShortestHistory} are needed.");
        var report = ValueBacktest.Run(customers, end.AddDays(-Math.Min(LongestHoldout, days / 3)), end);
        if (report.Chosen is null) return new NotEnoughHistory<ValueReport>(report.Unfitted.Count > 0 ? report.Unfitted[0].Reason : "There is nobody to learn from.");
        var chosen = report.Models.First(model => model.Name == report.Chosen);
        return new Fitted<ValueReport>(report, chosen.Parameters, chosen.LogLikelihood, report.Customers, Determined: true);
    }
}
