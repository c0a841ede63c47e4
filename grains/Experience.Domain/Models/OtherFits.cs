namespace Experience.Domain.Models;

/// <summary>The fit of "comes back this term, or not".</summary>
public static class BetaBernoulliFit
{
    public static FitOutcome<BetaBernoulliModel> Fit(IEnumerable<OpportunityHistory> people, ParameterPrior? prior = null)
    {
        var rows = people.GroupBy(static person => (person.Count, person.Last, person.Opportunities))
            .OrderBy(static group => group.Key)
            .Select(static group => group.First() with { People = group.Sum(static person => person.People) })
            .ToArray();
        var count = rows.Sum(static row => row.People);
        var returned = rows.Where(static row => row.Count > 0).Sum(static row => row.People);
        if (count == 0) return new NotEnoughHistory<BetaBernoulliModel>("There is nobody to learn from.");
        if (prior is null && (count < HistoryLimits.People || returned < HistoryLimits.Repeaters))
        {
            return new NotEnoughHistory<BetaBernoulliModel>(
                $"Not enough history: {count:0} people of whom {returned:0} came back; {HistoryLimits.People} and {HistoryLimits.Repeaters} are needed.");
        }

        double All(double[] logs)
        {
            var model = new BetaBernoulliModel(Math.Exp(logs[0]), Math.Exp(logs[1]), Math.Exp(logs[2]), Math.Exp(logs[3]));
            return ChunkedSum.Over(rows.Length, (from, to) =>
            {
                var sum = 0.0;
                for (var i = from; i < to; i++) sum += rows[i].People * model.LogLikelihood(rows[i]);
                return sum;
            });
        }

        double[][] starts = [[1, 1, 1, 3], [0.5, 0.5, 0.5, 5], [2, 1, 1, 1]];
        return Fitter.Fit(All, All, 1, starts, prior, count, BetaBernoulliModel.ParameterNames,
            static p => new BetaBernoulliModel(p[0], p[1], p[2], p[3]));
    }
}

/// <summary>The fit of spend. People whose mean is not positive say nothing about it and are left out.</summary>
public static class GammaGammaFit
{
    public static FitOutcome<GammaGammaModel> Fit(IEnumerable<SpendHistory> people, ParameterPrior? prior = null)
    {
        var rows = people.Where(static person => person is { Count: > 0, Mean: > 0 })
            .GroupBy(static person => (person.Count, person.Mean))
            .OrderBy(static group => group.Key)
            .Select(static group => group.First() with { People = group.Sum(static person => person.People) })
            .ToArray();
        var count = rows.Sum(static row => row.People);
        if (count == 0) return new NotEnoughHistory<GammaGammaModel>("There is nobody to learn from.");
        if (prior is null && count < HistoryLimits.Repeaters)
            return new NotEnoughHistory<GammaGammaModel>($"Not enough history: {count:0} people came back and paid, {HistoryLimits.Repeaters} are needed.");
        double All(double[] logs)
        {
            var model = new GammaGammaModel(Math.Exp(logs[0]), Math.Exp(logs[1]), Math.Exp(logs[2]));
            return ChunkedSum.Over(rows.Length, (from, to) =>
            {
                var sum = 0.0;
                for (var i = from; i < to; i++) sum += rows[i].People * model.LogLikelihood(rows[i]);
                return sum;
            });
        }

        // E[spend] = pγ / (q − 1): starts agree with the mean that people paid.
        var mean = rows.Sum(static row => row.People * row.Mean) / count;
        double[][] starts = [[1, 2, mean], [5, 3, mean / 2.5], [2, 8, mean * 3.5]];
        return Fitter.Fit(All, All, 1, starts, prior, count, GammaGammaModel.ParameterNames, static p => new GammaGammaModel(p[0], p[1], p[2]));
    }
}
