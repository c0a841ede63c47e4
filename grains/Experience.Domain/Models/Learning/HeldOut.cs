namespace Experience.Domain.Models.Learning;

/// <summary>
/// The last third of a program's time, kept from the models: each is fitted on what was known before it, and asked for each person's number of
/// purchases in it.
/// </summary>
internal sealed class HeldOut
{
    public const string LogLikelihood = "heldOutLogLikelihood";

    private const double DaysAWeek = 7;

    private readonly PurchaseData _data;
    private readonly (PurchaseHistory Before, int After, double Weeks, double People)[] _groups;

    private HeldOut(PurchaseData data, (PurchaseHistory, int, double, double)[] groups) => (_data, _groups) = (data, groups);

    /// <param name="people">In an order that does not depend on where they stand.</param>
    /// <param name="limit">More people than this are represented by that many, at equal steps.</param>
    public static HeldOut Of(ValueTrainer.Person[] people, int start, int end, int limit)
    {
        var split = start + (end - start) * 2 / 3;
        var step = Math.Max(1, people.Length / (double)limit);
        var seen = new List<(PurchaseHistory Before, int After, double Weeks)>();
        for (var at = 0.0; at < people.Length; at += step)
        {
            if (Cut(people[(int)at], split) is { } cut) seen.Add(cut);
        }

        // Log-gaps tell models of regular gaps apart; the forecast needs the rest only, so equal people are asked about once.
        var groups = seen.GroupBy(static s => (s.Before with { LogGaps = 0 }, s.After, s.Weeks)).Select(static g => (g.Key.Item1, g.Key.After, g.Key.Weeks, (double)g.Count())).ToArray();
        return new HeldOut(PurchaseData.From(seen.Select(static s => s.Before)), groups);
    }

    /// <summary>Null when the first two thirds do not support the model.</summary>
    public Dictionary<string, double>? Score(Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> fit)
    {
        if (fit(_data, null) is not Fitted<CountModel> fitted) return null;
        double likelihood = 0, absolute = 0, squared = 0, expected = 0, actual = 0, people = 0;
        foreach (var (before, after, weeks, count) in _groups)
        {
            likelihood += count * Math.Log(Math.Max(1e-300, fitted.Model.ProbabilityAfter(before, after, weeks)));
            var forecast = fitted.Model.ExpectedAfter(before, weeks);
            absolute += count * Math.Abs(after - forecast);
            squared += count * (after - forecast) * (after - forecast);
            expected += count * forecast;
            actual += count * after;
            people += count;
        }

        return people == 0 ? null : new Dictionary<string, double>
        {
            [LogLikelihood] = likelihood,
            ["mae"] = absolute / people,
            ["rmse"] = Math.Sqrt(squared / people),
            ["expected"] = expected,
            ["actual"] = actual,
        };
    }

    /// <summary>
    /// The person as known at the end of the split day. Null for somebody who came later, whom nobody has watched since, or whose days before it are
    /// no longer kept one by one (more than <see cref="People.PersonState.MaxPurchaseDays"/> purchases in the last third).
    /// </summary>
    private static (PurchaseHistory Before, int After, double Weeks)? Cut(ValueTrainer.Person person, int split)
    {
        if (person.FirstDay > split || person.Day <= split) return null;
        var days = person.Days;
        var after = 0;
        var gaps = 0.0;
        var first = days.Length;
        while (first > 0 && days[first - 1] > split)
        {
            after++;
            first--;
            if (first > 0) gaps += Math.Log((days[first] - days[first - 1]) / DaysAWeek);
        }

        // What stands before the split: kept day by day, or the first day alone.
        var count = person.History.Count - after;
        if (first == 0 && count > 0) return null;
        var last = first > 0 ? days[first - 1] : person.FirstDay;
        return (
            new PurchaseHistory(count, (last - person.FirstDay) / DaysAWeek, (split - person.FirstDay) / DaysAWeek, count == 0 ? 0 : person.History.LogGaps - gaps),
            after, (person.Day - split) / DaysAWeek);
    }
}
