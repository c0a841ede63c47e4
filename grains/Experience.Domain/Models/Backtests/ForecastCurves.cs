namespace Experience.Domain.Models.Backtests;

/// <param name="People">Share of the people, those with the highest forecasts first.</param>
/// <param name="Found">Share of all that happened which they account for.</param>
public sealed record GainPoint(double People, double Found);

/// <summary>How well forecasts order people, and how well stated probabilities agree with what was seen.</summary>
internal static class ForecastCurves
{
    private const int GainSteps = 20;

    /// <summary>Cumulative gains at equal steps. People with equal forecasts stand in any order, so each counts as their mean.</summary>
    public static List<GainPoint> Gains(IReadOnlyList<double> forecast, IReadOnlyList<double> happened)
    {
        var total = happened.Sum();
        if (forecast.Count == 0 || total <= 0) return [];
        var order = Enumerable.Range(0, forecast.Count).OrderByDescending(i => forecast[i]).ToArray();
        var found = new double[order.Length + 1];
        for (var from = 0; from < order.Length;)
        {
            var to = from + 1;
            var sum = happened[order[from]];
            for (; to < order.Length && forecast[order[to]] == forecast[order[from]]; to++) sum += happened[order[to]];
            for (var i = from; i < to; i++) found[i + 1] = found[i] + sum / (to - from);
            from = to;
        }

        return [.. Enumerable.Range(0, GainSteps + 1).Select(step =>
        {
            var people = (double)step / GainSteps;
            return new GainPoint(people, found[(int)Math.Round(people * order.Length)] / total);
        })];
    }

    /// <summary>Ten bins of equal width in the stated probability; empty ones are left out.</summary>
    public static List<ReliabilityBin> Reliability(IReadOnlyList<double> stated, IReadOnlyList<bool> seen) =>
    [
        .. stated.Zip(seen)
            .GroupBy(static pair => Math.Min(RiskBacktest.ReliabilityBins - 1, (int)(pair.First * RiskBacktest.ReliabilityBins)))
            .OrderBy(static group => group.Key)
            .Select(static group => new ReliabilityBin(
                group.Key / (double)RiskBacktest.ReliabilityBins, (group.Key + 1) / (double)RiskBacktest.ReliabilityBins, group.Count(),
                group.Average(static pair => pair.First), group.Average(static pair => pair.Second ? 1.0 : 0))),
    ];
}
