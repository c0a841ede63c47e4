using Experience.Domain.Assessments;
using Experience.Domain.Models.Backtests;
using Experience.Domain.Models.Needs;
using Experience.Domain.Models.Reports;
using Experience.Domain.Models.Risk;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Learning;

/// <summary>
/// Learns <see cref="ValueModel"/>: of the count models the one that <see cref="ModelChoice"/> takes by what each forecast of the program's last
/// months, fitted again on all of its time; with spend, margin, and the costs of terms per participant.
/// </summary>
public sealed class ValueTrainer : ITrainer
{
    /// <summary>The choice is made on at most this many people: held-out likelihoods of the models differ by far more than such a sample's noise.</summary>
    private const int SampleForChoice = 50_000;

    private const string Scored =
        "Each model was fitted on the first two thirds of the time and asked for each person's purchases in the last third: " +
        "the logarithm of the likelihood it gave to what happened (higher is better; who is clearly worse by Vuong's test is out), and the errors of what it expected. " +
        "Of those that are left, the smallest mean absolute error over three such origins (a half, two thirds, five sixths) is chosen. " +
        "AUROC is how well the chance of being active told those who came back. What counts terms for weeks, or gives each segment parameters of its own, takes the place of the chosen one " +
        "only where it is better in likelihood by Vuong's test, has no larger error and tells who comes back no worse.";

    private const string ByTerm = "A purchase is a term in which somebody bought. ";

    public string Kind => ModelKinds.Value;

    public async Task<TrainingOutcome> TrainAsync(ITrainingSource source, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(source);
        var (outcome, changed) = await LearnAsync(source, cancellation).ConfigureAwait(false);
        if (outcome is not TrainedModel { Document: var document }) return outcome;
        var calls = new CallOutcomes(RuleId.Lapse, source.AsOf);
        var backtest = await ProgramValueBacktest.RunAsync(source, cancellation, calls).ConfigureAwait(false);
        var page = backtest is Fitted<ValueReport> { Model: var report } ? ValueReportPage.Build(report, document.Receipt) : null;
        return new TrainedModel(document with { Receipt = document.Receipt with { Calls = calls.Counts }, Report = With(page, document.Receipt.Name, changed, calls.Any ? calls.Section() : null) });
    }

    // On its own, so that the people are let go of before histories are read for the backtest.
    private static async Task<(TrainingOutcome Outcome, ReportSection? Changed)> LearnAsync(ITrainingSource source, CancellationToken cancellation)
    {
        var terms = ValueModel.GrainOf(source.Program, source.Program.Zone.Day(source.AsOf));
        var samples = await source.PeopleAsync(() => new Sample(source.Program, terms), cancellation).ConfigureAwait(false);
        return await source.ComputeAsync(() => Train(samples, source.Program, terms, cancellation), cancellation).ConfigureAwait(false);
    }

    /// <summary>The backtest with what changed before it and what came of calls after it.</summary>
    private static BacktestReport? With(BacktestReport? page, string name, ReportSection? changed, ReportSection? calls)
    {
        ReportSection[] sections = [.. new[] { changed }.OfType<ReportSection>(), .. page?.Sections ?? [], .. new[] { calls }.OfType<ReportSection>()];
        if (sections.Length == 0) return null;
        var verdict = page?.Verdict ?? $"{name} was chosen; the history is too short to hold enough of it out.";
        return new BacktestReport(page?.Title ?? "Value", changed is null ? verdict : $"{verdict} {changed.Title}: {changed.Text}", sections);
    }

    private static (TrainingOutcome Outcome, ReportSection? Changed) Train(IReadOnlyList<Sample> samples, ProgramSnapshot program, TermCalendar? terms, CancellationToken cancellation)
    {
        // Equal people are exchangeable.
        var people = new Sorted<Person>(samples.Select(static s => s.People), static (a, b) => a.CompareTo(b));
        if (people.Count == 0) return (new NotTrained("Not enough history: nobody has bought yet."), null);

        var data = PurchaseData.Of(Histories(people));
        var scores = new List<ModelScore>();
        (string Name, Fitted<CountModel>? Fit)? best = null;
        var candidates = new List<ModelChoice.Candidate>();
        var (start, end) = (people.Min(static p => p.FirstDay), people.Max(static p => p.Day));
        var held = HeldOut.Of(people, start, end, SampleForChoice, terms);
        string? reason = null;
        foreach (var (name, fit) in CountModels.All)
        {
            cancellation.ThrowIfCancellationRequested();
            if (held.Score(name, fit) is { } scored)
            {
                scores.Add(new ModelScore(name, false, scored.Figures));
                candidates.Add(scored.Candidate);
                continue;
            }

            // A short history holds nothing out: the likelihood of all of it has to do, as the models have as many parameters.
            switch (fit(data, null))
            {
                case Fitted<CountModel> fitted:
                    scores.Add(new ModelScore(name, false, new Dictionary<string, double> { ["logLikelihood"] = fitted.LogLikelihood }, "Too short a history to hold anything out."));
                    if (best is null || fitted.LogLikelihood > best.Value.Fit!.LogLikelihood) best = (name, fitted);
                    break;
                case NotEnoughHistory<CountModel> none:
                    reason ??= none.Reason;
                    break;
            }
        }

        var choice = candidates.Count > 0 ? new Choice(candidates, held, scores) : null;
        if (choice is not null && terms is not null) choice.Challenge(BetaBernoulliModel.Name, (histories, prior) => TermModel.Fit(histories, TermPositions.Weeks(terms), prior));
        cancellation.ThrowIfCancellationRequested();
        if (choice is not null && people.Any(p => p.Segment != people[0].Segment)) choice.ChallengeBySegment();
        var chosen = choice is null ? best?.Fit : choice.Fit(data, null) as Fitted<CountModel>;
        if (chosen is null) return (new NotTrained(reason ?? "Not enough history."), null);
        cancellation.ThrowIfCancellationRequested();
        var segments = choice is { BySegment: true } ? SegmentFits.Of(chosen, SegmentFits.Split(people.Select(static p => (p.History, p.Segment)))) : null;
        var called = chosen.Model.Name + (segments is null ? "" : Choice.OfEach);
        var taken = choice?.Name ?? best!.Value.Name;
        var spend = GammaGammaFit.Fit(people.Where(static p => p.History.Count > 0).Select(static p => new SpendHistory(p.History.Count, p.MeanSpend))) as Fitted<GammaGammaModel>;
        var (margin, costs) = Costs(samples, program);
        var receipt = new ModelReceipt(
            ModelKinds.Value, called, Day(start), Day(end), people.Count, terms is not null ? ByTerm + Scored : Scored,
            [.. scores.Select(s => s with { Chosen = s.Model == taken })]);
        var parameters = ValueModel.Write(chosen.Model, segments, terms is not null, chosen.Parameters, spend?.Model, spend?.Parameters, margin, costs);
        var changed = ValueSwitch.Section(program.Models.Find(ModelKinds.Value), ValueModel.Read(parameters), called, people, program.Policy[RuleId.Lapse][0], program.Policy.Currency);
        return (new TrainedModel(new ModelDocument(receipt, parameters)), changed);
    }

    private static PurchaseHistory[] Histories(Sorted<Person> people)
    {
        var histories = new PurchaseHistory[people.Count];
        for (var i = 0; i < histories.Length; i++) histories[i] = people[i].History;
        return histories;
    }

    /// <summary>What is chosen of what was held out: a model of counts by <see cref="ModelChoice"/>, and what may take its place.</summary>
    private sealed class Choice
    {
        public const string OfEach = " of each segment";

        private readonly HeldOut _held;
        private readonly List<ModelScore> _scores;
        private ModelChoice.Candidate _best;

        public Choice(List<ModelChoice.Candidate> candidates, HeldOut held, List<ModelScore> scores)
        {
            (_held, _scores) = (held, scores);
            _best = ModelChoice.Choose(candidates, held.People);
            Fit = CountModels.All.First(c => c.Name == _best.Name).Fit;
        }

        public string Name => _best.Name;

        public Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> Fit { get; private set; }

        public bool BySegment { get; private set; }

        public void Challenge(string name, Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> fit)
        {
            if (Wins(name, fit, bySegment: false, null)) Fit = fit;
        }

        public void ChallengeBySegment() => BySegment = Wins(Name + OfEach, Fit, bySegment: true, "Each segment's parameters lean on the program's.");

        /// <summary>
        /// Better in likelihood by Vuong's test, with no larger error of what is forecast, and telling who comes back no worse: flags and money hang on all three, and likelihood
        /// alone takes what counts terms for better than it forecasts.
        /// </summary>
        private bool Wins(string name, Func<PurchaseData, ParameterPrior?, FitOutcome<CountModel>> fit, bool bySegment, string? note)
        {
            if (_held.Score(name, fit, bySegment) is not { } other) return false;
            var rank = _scores.Find(s => s.Model == Name)!.Figures[HeldOut.Return];
            _scores.Add(new ModelScore(name, false, other.Figures, note));
            if (ModelChoice.Choose([_best, other.Candidate], _held.People) != other.Candidate || other.Candidate.Error > _best.Error || other.Figures[HeldOut.Return] < rank) return false;
            _best = other.Candidate;
            return true;
        }
    }

    /// <summary>
    /// Each costed term's total ÷ the people kept in it; and the share of those terms' fees that is left. Costs of a term in which nobody was
    /// kept belong to nobody.
    /// </summary>
    private static (double Margin, Dictionary<ulong, long> Costs) Costs(IReadOnlyList<Sample> samples, ProgramSnapshot program)
    {
        var each = new Dictionary<ulong, long>();
        long revenue = 0, total = 0;
        foreach (var (term, costs) in program.Costs)
        {
            long people = 0, paid = 0;
            foreach (var sample in samples)
            {
                if (!sample.Terms.TryGetValue(term, out var sums)) continue;
                people += sums.People;
                paid += sums.Paid;
            }

            if (people == 0 || costs.Total <= 0) continue;
            each[term] = costs.Total / people;
            total += costs.Total;
            revenue += paid;
        }

        return (revenue <= 0 ? 1 : Math.Clamp(1 - (double)total / revenue, 0, 1), each);
    }

    private static DateOnly Day(int day) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(day);

    /// <summary>One person as the models read them, with the newest purchase days, to look back.</summary>
    internal readonly record struct Person(PurchaseHistory History, double MeanSpend, int FirstDay, int Day, ReadOnlyMemory<int> Days, int Segment = 0) : IComparable<Person>
    {
        public int CompareTo(Person other)
        {
            var order = FirstDay.CompareTo(other.FirstDay);
            if (order == 0) order = History.Count.CompareTo(other.History.Count);
            if (order == 0) order = History.Last.CompareTo(other.History.Last);
            if (order == 0) order = Day.CompareTo(other.Day);
            if (order == 0) order = History.LogGaps.CompareTo(other.History.LogGaps);
            if (order == 0) order = MeanSpend.CompareTo(other.MeanSpend);
            if (order == 0) order = Segment.CompareTo(other.Segment);
            return order == 0 ? Days.Span.SequenceCompareTo(other.Days.Span) : order;
        }
    }

    internal sealed class Sample(ProgramSnapshot program, TermCalendar? terms) : ITrainingSample
    {
        /// <summary>Days of many people stand in one array: an object for each person would cost more than the days.</summary>
        private const int DaysAtOnce = 4 * 1024;

        private readonly HashSet<ulong> _seen = [];
        private Memory<int> _free;

        public Blocks<Person> People { get; } = new();

        /// <summary>People kept in a costed term, each once, and what was paid for their places less refunds.</summary>
        public Dictionary<ulong, (long People, long Paid)> Terms { get; } = [];

        public void Add(PersonState person, in AsOf asOf)
        {
            var day = program.Zone.Day(asOf.Instant);
            if (ValueModel.HistoryOf(person, terms, day) is { } history)
            {
                Span<int> days = stackalloc int[PersonState.MaxPurchaseDays];
                var count = ValueModel.DaysOf(person, terms, days);
                People.Add(new Person(history, ValueModel.MeanSpendOf(person, history), person.Purchases.FirstDay, Math.Max(day, person.Purchases.LastDay), Keep(days[..count]), CourseHistory.EntrySegment(person, program)));
            }

            if (program.Costs.Count == 0) return;
            _seen.Clear();
            foreach (var registration in person.Registrations)
            {
                if (!registration.Kept || program.TermOf(registration) is not { } term || !program.Costs.ContainsKey(term.Hash)) continue;
                var sums = Terms.GetValueOrDefault(term.Hash);
                Terms[term.Hash] = (sums.People + (_seen.Add(term.Hash) ? 1 : 0), sums.Paid + registration.Paid - registration.Refunded);
            }
        }

        private ReadOnlyMemory<int> Keep(ReadOnlySpan<int> days)
        {
            if (_free.Length < days.Length) _free = new int[DaysAtOnce];
            var kept = _free[..days.Length];
            days.CopyTo(kept.Span);
            _free = _free[days.Length..];
            return kept;
        }
    }
}
