using Experience.Domain.Programs;

namespace Experience.Domain.Models.Learning;

/// <summary>
/// The end of a program's time, kept from the models: each is fitted on what was known before it, and asked for each person's number of
/// purchases in it. Once for each of <see cref="ModelChoice.Origins"/>; the figures that are shown are those of the last third.
/// </summary>
internal sealed class HeldOut
{
    public const string LogLikelihood = "heldOutLogLikelihood";

    /// <summary>How well the chance of being active told those who came back from those who did not.</summary>
    public const string Return = "auroc";

    /// <summary>Mean absolute error of a person's count, the mean over the origins.</summary>
    public const string OriginsMae = "maeOfThreeOrigins";

    private const double DaysAWeek = 7;

    private readonly Origin[] _origins;
    private readonly Origin _main;

    private HeldOut(Origin[] origins) => (_origins, _main) = (origins, origins[ModelChoice.Origins.ToList().IndexOf(ModelChoice.Main)]);

    /// <summary>People of each group that the candidates' likelihoods are of.</summary>
    public double[] People => Array.ConvertAll(_main.Groups, static group => group.People);

    /// <param name="people">In an order that does not depend on where they stand.</param>
    /// <param name="terms">Where purchases are counted by term; null by day.</param>
    /// <param name="limit">More people than this are represented by that many, at equal steps.</param>
    public static HeldOut Of(IReadOnlyList<ValueTrainer.Person> people, int start, int end, int limit, TermCalendar? terms)
    {
        var step = Math.Max(1, people.Count / (double)limit);
        return new HeldOut([.. ModelChoice.Origins.Select(origin => At(people, start + (int)((end - start) * origin), step, terms))]);
    }

    /// <summary>Null when what was known at one of the origins does not support the model.</summary>
    /// <param name="bySegment">Whether each segment has parameters of its own, with those of all as prior.</param>
    public (ModelChoice.Candidate Candidate, Dictionary<string, double> Figures)? Score(
        string name, Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> fit, bool bySegment = false)
    {
        var errors = 0.0;
        (double[] Logs, Dictionary<string, double> Figures)? main = null;
        foreach (var origin in _origins)
        {
            if (fit(origin.Data, null) is not Fitted<CountModel> fitted || origin.Groups.Length == 0) return null;
            var scored = Score(bySegment ? SegmentFits.Of(fitted, origin.Segments) : [fitted.Model], origin);
            errors += scored.Figures["mae"] / _origins.Length;
            if (origin == _main) main = scored;
        }

        if (main is not { } shown) return null;
        shown.Figures[OriginsMae] = errors;
        return (new ModelChoice.Candidate(name, shown.Logs, errors), shown.Figures);
    }

    private static (double[] Logs, Dictionary<string, double> Figures) Score(CountModel[] models, Origin origin)
    {
        double likelihood = 0, absolute = 0, squared = 0, expected = 0, actual = 0, people = 0;
        var logs = new double[origin.Groups.Length];
        var active = new (double Chance, bool Back, double People)[logs.Length];
        for (var i = 0; i < logs.Length; i++)
        {
            var (before, after, weeks, segment, count) = origin.Groups[i];
            var model = models.Length > 1 ? models[segment] : models[0];
            logs[i] = Math.Log(Math.Max(1e-300, model.ProbabilityAfter(before, after, weeks)));
            likelihood += count * logs[i];
            var forecast = model.ExpectedAfter(before, weeks);
            absolute += count * Math.Abs(after - forecast);
            squared += count * (after - forecast) * (after - forecast);
            expected += count * forecast;
            actual += count * after;
            people += count;
            active[i] = (model.ProbabilityActive(before), after > 0, count);
        }

        return (logs, new Dictionary<string, double>
        {
            [LogLikelihood] = likelihood,
            ["mae"] = absolute / people,
            ["rmse"] = Math.Sqrt(squared / people),
            ["expected"] = expected,
            ["actual"] = actual,
            [Return] = Auroc(active),
        });
    }

    /// <summary>How often somebody who came back had the higher chance of being active than somebody who did not; ties count half, .5 where all are alike.</summary>
    private static double Auroc((double Chance, bool Back, double People)[] all)
    {
        Array.Sort(all, static (a, b) => a.Chance.CompareTo(b.Chance));
        double below = 0, back = 0, wins = 0;
        for (var i = 0; i < all.Length;)
        {
            double yes = 0, no = 0;
            var chance = all[i].Chance;
            for (; i < all.Length && all[i].Chance == chance; i++)
            {
                if (all[i].Back) yes += all[i].People;
                else no += all[i].People;
            }

            wins += yes * (below + no / 2);
            below += no;
            back += yes;
        }

        return below > 0 && back > 0 ? wins / (below * back) : 0.5;
    }

    private static Origin At(IReadOnlyList<ValueTrainer.Person> people, int split, double step, TermCalendar? terms)
    {
        var seen = new List<(PurchaseHistory Before, int After, double Weeks, int Segment)>();
        for (var at = 0.0; at < people.Count; at += step)
        {
            if (Cut(people[(int)at], split, terms) is var (before, after, weeks)) seen.Add((before, after, weeks, people[(int)at].Segment));
        }

        // Log-gaps tell models of regular gaps apart; the forecast needs the rest only, so equal people are asked about once.
        var groups = seen.GroupBy(static s => (s.Before with { LogGaps = 0 }, s.After, s.Weeks, s.Segment))
            .Select(static g => (g.Key.Item1, g.Key.After, g.Key.Weeks, g.Key.Segment, (double)g.Count())).ToArray();
        return new Origin(PurchaseData.From(seen.Select(static s => s.Before)), SegmentFits.Split(seen.Select(static s => (s.Before, s.Segment))), groups);
    }

    /// <summary>
    /// The person as known at the end of the split day. Null for somebody who came later, whom nobody has watched since, or whose days before it are
    /// no longer kept one by one (more than <see cref="People.PersonState.MaxPurchaseDays"/> purchases in the last third).
    /// </summary>
    private static (PurchaseHistory Before, int After, double Weeks)? Cut(ValueTrainer.Person person, int split, TermCalendar? terms)
    {
        if (person.FirstDay > split || person.Day <= split) return null;
        var days = person.Days.Span;
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
        var before = new PurchaseHistory(count, (last - person.FirstDay) / DaysAWeek, (split - person.FirstDay) / DaysAWeek, count == 0 ? 0 : person.History.LogGaps - gaps);
        return (terms is null ? before : TermPositions.Of(before, terms, person.FirstDay, last, split), after, (person.Day - split) / DaysAWeek);
    }

    private sealed record Origin(PurchaseData Data, PurchaseData?[] Segments, (PurchaseHistory Before, int After, double Weeks, int Segment, double People)[] Groups);
}
