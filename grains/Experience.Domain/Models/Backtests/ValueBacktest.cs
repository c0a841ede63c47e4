namespace Experience.Domain.Models.Backtests;

/// <summary>
/// Fits the value models on the time before a date and holds their forecasts against what came after it. Pure and deterministic:
/// the same transactions give the same report.
/// </summary>
public static class ValueBacktest
{
    /// <summary>Frequencies from this one on share a cell.</summary>
    public const int LastFrequency = 7;

    public static IReadOnlyList<string> ModelNames { get; } = [.. CountModels.All.Select(static model => model.Name)];

    /// <param name="end">The last day of the holdout; without it the day of the last transaction.</param>
    /// <param name="models">Names from <see cref="ModelNames"/>; without it all.</param>
    /// <exception cref="ArgumentException">The dates leave no calibration or no holdout, or a model is not known.</exception>
    public static ValueReport Run(
        IEnumerable<Transaction> transactions, DateOnly calibrationEnd, DateOnly? end = null, IReadOnlyCollection<string>? models = null)
    {
        ArgumentNullException.ThrowIfNull(transactions);
        return Run(new CustomerBase(transactions), calibrationEnd, end, models);
    }

    /// <summary>The same of customers whose transactions are sorted already.</summary>
    internal static ValueReport Run(CustomerBase customers, DateOnly calibrationEnd, DateOnly? end = null, IReadOnlyCollection<string>? models = null)
    {
        if (models?.FirstOrDefault(static name => !ModelNames.Contains(name)) is { } unknown)
            throw new ArgumentException($"There is no model \"{unknown}\"; known are {string.Join(", ", ModelNames)}.", nameof(models));
        var last = end?.DayNumber ?? customers.End;
        var cut = calibrationEnd.DayNumber;
        if (cut <= customers.Start || cut >= last)
            throw new ArgumentException("The calibration must end after the first transaction and before the end.", nameof(calibrationEnd));
        var chosenFrom = CountModels.All.Where(model => models is null || models.Contains(model.Name)).ToArray();
        var calibration = customers.Cut(cut, last).ToArray();
        var data = PurchaseData.From(calibration.Select(static customer => customer.History));
        var selection = Selection(customers, cut, chosenFrom);

        var results = new List<ValueModelResult>();
        var unfitted = new List<UnfittedModel>();
        var fits = new Dictionary<string, CountModel>();
        foreach (var (name, fit) in chosenFrom)
        {
            switch (fit(data, null))
            {
                case Fitted<CountModel> fitted:
                    fits.Add(name, fitted.Model);
                    results.Add(Result(name, fitted, customers, calibration, cut, last, selection.Figures.TryGetValue(name, out var s) ? s : null));
                    break;
                case NotEnoughHistory<CountModel> none:
                    unfitted.Add(new UnfittedModel(name, none.Reason));
                    break;
            }
        }

        // Without a selection period, such as a short history, the calibration's own likelihood has to do.
        var chosen = selection.Chosen ?? results.MaxBy(static model => model.LogLikelihood)?.Name;
        return new ValueReport(
            DateOnly.FromDayNumber(customers.Start), calibrationEnd, DateOnly.FromDayNumber(last), calibration.Length, (int)data.Repeaters,
            calibration.Sum(static customer => customer.After), chosen, results, unfitted,
            Spend(calibration, (last - cut) / CustomerBase.DaysAWeek, chosen is null ? null : fits[chosen], unfitted),
            customers.Lern(cut), customers.Tracking(cut, last));
    }

    /// <summary>How well each model, fitted on the calibration period's beginning, forecasts the rest of it, and which is chosen by that; nothing when one of them cannot be fitted so early.</summary>
    private static (string? Chosen, Dictionary<string, SelectionFigures> Figures) Selection(
        CustomerBase customers, int cut, IReadOnlyCollection<(string Name, Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> Fit)> models)
    {
        var errors = models.ToDictionary(static model => model.Name, static _ => 0.0);
        var candidates = new List<ModelChoice.Candidate>();
        var groups = Array.Empty<(PurchaseHistory History, int After, double People)>();
        foreach (var origin in ModelChoice.Origins)
        {
            var early = customers.Start + (int)((cut - customers.Start) * origin);
            var weeks = (cut - early) / CustomerBase.DaysAWeek;
            var people = customers.Cut(early, cut).ToArray();
            var data = PurchaseData.From(people.Select(static customer => customer.History));
            if (origin == ModelChoice.Main) groups = Groups(people);
            foreach (var (name, fit) in models)
            {
                if (fit(data, null) is not Fitted<CountModel> { Model: var model }) return (null, []);
                var forecast = Forecasts(model, people, weeks);
                errors[name] += people.Select((customer, i) => Math.Abs(customer.After - forecast[i])).Average() / ModelChoice.Origins.Count;
                if (origin == ModelChoice.Main) candidates.Add(new ModelChoice.Candidate(name, Array.ConvertAll(groups, group => LogLikelihood(model, group.History, group.After, weeks)), 0));
            }
        }

        if (candidates.Count == 0) return (null, []);
        candidates = candidates.ConvertAll(candidate => candidate with { Error = errors[candidate.Name] });
        var sizes = Array.ConvertAll(groups, static group => group.People);
        return (ModelChoice.Choose(candidates, sizes).Name, candidates.ToDictionary(static c => c.Name, c => new SelectionFigures(ModelChoice.Total(c, sizes), c.Error)));
    }

    private sealed record SelectionFigures(double LogLikelihood, double Mae);

    private static ValueModelResult Result(
        string name, Fitted<CountModel> fitted, CustomerBase customers, CustomerCut[] calibration, int cut, int end, SelectionFigures? selection)
    {
        var weeks = (end - cut) / CustomerBase.DaysAWeek;
        var model = fitted.Model;
        var forecast = Forecasts(model, calibration, weeks);
        double absolute = 0, squared = 0, total = 0;
        for (var i = 0; i < calibration.Length; i++)
        {
            var error = calibration[i].After - forecast[i];
            absolute += Math.Abs(error);
            squared += error * error;
            total += forecast[i];
        }

        var holdout = new FrequencyCell[LastFrequency + 1];
        foreach (var group in calibration.Select((customer, i) => (customer, Forecast: forecast[i])).GroupBy(static pair => Cell(pair.customer.History.Count)))
        {
            holdout[group.Key] = new FrequencyCell(
                Label(group.Key), group.Count(), group.Average(static pair => (double)pair.customer.After), group.Average(static pair => pair.Forecast));
        }

        var parameters = name == CountModels.Regular && model is BetaGeometricModel regular
            ? [.. fitted.Parameters, new FittedParameter("k", regular.K, null)]
            : fitted.Parameters;
        return new ValueModelResult(
            name, parameters, fitted.LogLikelihood, selection?.LogLikelihood, selection?.Mae, CountLogLikelihood(model, calibration, weeks),
            absolute / calibration.Length, Math.Sqrt(squared / calibration.Length), total,
            [.. holdout.Where(static cell => cell is not null)], CalibrationCells(model, calibration), Tracking(model, customers, calibration, end),
            ForecastCurves.Reliability(Returning(model, calibration, weeks), Array.ConvertAll(calibration, static customer => customer.After > 0)),
            ForecastCurves.Gains(forecast, Array.ConvertAll(calibration, static customer => (double)customer.After)));
    }

    /// <summary>Each customer's expected count.</summary>
    private static double[] Forecasts(CountModel model, CustomerCut[] people, double weeks) =>
        OfEach(people, history => model.ExpectedAfter(history, weeks));

    /// <summary>Each customer's probability of any transaction.</summary>
    private static double[] Returning(CountModel model, CustomerCut[] people, double weeks) =>
        OfEach(people, history => Math.Clamp(1 - model.ProbabilityAfter(history, 0, weeks), 0, 1));

    /// <summary>Customers with equal histories share one computation.</summary>
    private static double[] OfEach(CustomerCut[] people, Func<PurchaseHistory, double> compute)
    {
        var known = new Dictionary<PurchaseHistory, double>();
        return Array.ConvertAll(people, customer =>
        {
            var history = customer.History with { LogGaps = 0 };
            if (!known.TryGetValue(history, out var value)) known.Add(history, value = compute(history));
            return value;
        });
    }

    private static double CountLogLikelihood(CountModel model, CustomerCut[] people, double weeks) =>
        Groups(people).Sum(group => group.People * LogLikelihood(model, group.History, group.After, weeks));

    private static double LogLikelihood(CountModel model, PurchaseHistory history, int after, double weeks) => Math.Log(Math.Max(1e-300, model.ProbabilityAfter(history, after, weeks)));

    private static (PurchaseHistory History, int After, double People)[] Groups(CustomerCut[] people) =>
        [.. people.GroupBy(static customer => (History: customer.History with { LogGaps = 0 }, customer.After)).Select(static group => (group.Key.History, group.Key.After, (double)group.Count()))];
    private static List<FrequencyCell> CalibrationCells(CountModel model, CustomerCut[] people)
    {
        var actual = new int[LastFrequency + 1];
        var expected = new double[LastFrequency + 1];
        foreach (var customer in people) actual[Cell(customer.History.Count)]++;
        foreach (var group in people.GroupBy(static customer => customer.History.Age))
        {
            var rest = 1.0;
            for (var n = 0; n < LastFrequency; n++)
            {
                var probability = model.Probability(n, group.Key);
                expected[n] += group.Count() * probability;
                rest -= probability;
            }

            expected[LastFrequency] += group.Count() * Math.Max(0, rest);
        }

        return [.. actual.Select((count, n) => new FrequencyCell(Label(n), count, count, expected[n]))];
    }

    private static double[] Tracking(CountModel model, CustomerBase customers, CustomerCut[] people, int end)
    {
        var result = new double[customers.Weeks(end)];
        foreach (var group in people.GroupBy(static customer => customer.FirstDay))
        {
            for (var week = 0; week < result.Length; week++)
            {
                var age = Math.Min(end, customers.Start + 7 * week + 6) - group.Key;
                if (age > 0) result[week] += group.Count() * model.Expected(age / CustomerBase.DaysAWeek);
            }
        }

        return result;
    }

    private static SpendResult? Spend(CustomerCut[] people, double weeks, CountModel? model, List<UnfittedModel> unfitted)
    {
        switch (GammaGammaFit.Fit(people.Where(static customer => customer.History.Count > 0)
            .Select(static customer => new SpendHistory(customer.History.Count, customer.RepeatAmount / 100.0 / customer.History.Count))))
        {
            case Fitted<GammaGammaModel> fitted:
                double? expected = model is null ? null : 0;
                var (mae, rmse) = SpendErrors(fitted.Model, people);
                if (model is not null)
                {
                    var counts = Forecasts(model, people, weeks);
                    for (var i = 0; i < people.Length; i++)
                    {
                        var count = people[i].History.Count;
                        expected += counts[i] * fitted.Model.ExpectedSpend(count, count == 0 ? 0 : people[i].RepeatAmount / 100.0 / count);
                    }
                }

                return new SpendResult(
                    GammaGammaModel.Name, fitted.Parameters, fitted.LogLikelihood, (int)fitted.People,
                    people.Sum(static customer => customer.AfterAmount), expected is null ? null : (long)Math.Round(expected.Value * 100), mae, rmse);
            case NotEnoughHistory<GammaGammaModel> none:
                unfitted.Add(new UnfittedModel(GammaGammaModel.Name, none.Reason));
                return null;
            default:
                return null;
        }
    }

    private static (double? Mae, double? Rmse) SpendErrors(GammaGammaModel model, CustomerCut[] people)
    {
        double absolute = 0, squared = 0, judged = 0;
        foreach (var customer in people)
        {
            var count = customer.History.Count;
            if (customer.After == 0 || model.ExpectedSpend(count, count == 0 ? 0 : customer.RepeatAmount / 100.0 / count) is not { } expected) continue;
            var error = customer.AfterAmount / 100.0 / customer.After - expected;
            absolute += Math.Abs(error);
            squared += error * error;
            judged++;
        }

        return judged == 0 ? (null, null) : (absolute / judged, Math.Sqrt(squared / judged));
    }

    private static int Cell(int frequency) => Math.Min(frequency, LastFrequency);

    private static string Label(int cell) => cell == LastFrequency ? $"{cell}+" : cell.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
