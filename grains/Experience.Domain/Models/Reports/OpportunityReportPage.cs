namespace Experience.Domain.Models.Reports;

/// <summary>BG/BB on histories that are counted already, as a report. Without dates there is no holdout: the fit is held against the file itself.</summary>
public static class OpportunityReportPage
{
    /// <summary>The forecast that the report shows: the horizon of Fader, Hardie and Shang's own table.</summary>
    public const int Ahead = 5;

    public static (BacktestReport Page, Fitted<BetaBernoulliModel>? Fit) Build(IReadOnlyList<OpportunityHistory> histories, FitOutcome<BetaBernoulliModel> outcome)
    {
        ArgumentNullException.ThrowIfNull(histories);
        var people = histories.Sum(static row => row.People);
        if (outcome is not Fitted<BetaBernoulliModel> fit)
            return (new BacktestReport("Value: comes back, or not", $"No model: {((NotEnoughHistory<BetaBernoulliModel>)outcome).Reason}", []), null);
        var model = fit.Model;
        var expected = histories.Sum(row => row.People * model.ExpectedAfter(row, Ahead));
        var parameters = string.Join(", ", fit.Parameters.Select(static p =>
            $"{p.Name} {Figures.Parameter(p.Value)}" + (p.StandardError is { } error ? $" ± {Figures.Parameter(error)}" : "")));
        var fitted = new ReportTable(
            "Maximum likelihood", ["What", "Figure"],
            [
                new ReportRow(["Parameters", parameters]),
                new ReportRow(["Log-likelihood", Figures.LogLikelihood(fit.LogLikelihood)]),
                new ReportRow([$"Expected of everybody over the next {Ahead} opportunities", Figures.Fixed(expected, 1)]),
            ]);
        var active = new ReportTable(
            "By history", ["Came, last at", "People", "P(active) at the next", $"Expected over {Ahead}"],
            [.. histories.OrderBy(static row => (row.Opportunities, row.Count, row.Last)).Take(MostRows).Select(row => new ReportRow(
            [
                $"{row.Count} of {row.Opportunities}" + (row.Count > 0 ? $", last at {row.Last}" : ""), Figures.Count(row.People),
                Figures.Share(model.ProbabilityActive(row)), Figures.Fixed(model.ExpectedAfter(row, Ahead), 3),
            ]))]);
        return (new BacktestReport(
            "Value: comes back, or not",
            $"BG/BB fits {Figures.Count(people)} people with a log-likelihood of {Figures.LogLikelihood(fit.LogLikelihood)}. The file is counted already and has no dates, so nothing is held out and nothing else can be chosen.",
            [
                new ReportSection("BG/BB", "Fader, Hardie, Shang, Marketing Science 29 (2010).", [fitted], []),
                new ReportSection("Calibration", null, [], [ByCount(histories, model)]),
                new ReportSection("Who comes back", histories.Count > MostRows ? $"The first {MostRows} histories." : null, [active], []),
            ]), fit);
    }

    private const int MostRows = 100;

    private static ReportChart ByCount(IReadOnlyList<OpportunityHistory> histories, BetaBernoulliModel model)
    {
        var most = histories.Max(static row => row.Opportunities);
        var actual = new double[most + 1];
        var expected = new double[most + 1];
        foreach (var row in histories) actual[row.Count] += row.People;
        foreach (var group in histories.GroupBy(static row => row.Opportunities))
        {
            var people = group.Sum(static row => row.People);
            for (var count = 0; count <= group.Key; count++) expected[count] += people * model.Probability(count, group.Key);
        }

        double[] at = [.. Enumerable.Range(0, most + 1).Select(static i => (double)i)];
        return new ReportChart(
            ChartKind.Bars, "People by opportunities taken", "Bars are people, marks what the model says.",
            new ChartAxis("Opportunities taken"), new ChartAxis("People"), [.. at.Select(static i => Figures.Count(i))],
            [new ChartSeries("Happened", SeriesRole.Actual, at, actual), new ChartSeries(BetaBernoulliModel.Name, SeriesRole.Chosen, at, expected)]);
    }
}
