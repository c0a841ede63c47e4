using Experience.Domain.Events;
using Experience.Domain.Models;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;

namespace Experience.Domain.Tests.Models;

/// <summary>What decides between the models of a program's own people, where it is known how they were made.</summary>
public class ValueChoiceTests
{
    private const int Days = 1_100;
    private static readonly int Start = CivilZone.DayOf(2023, 9, 1);

    [Fact]
    public void Segments_that_come_back_at_paces_of_their_own_are_given_parameters_of_their_own()
    {
        // By gaps alone nobody knows a newcomer's pace; by the segment one does.
        var often = Bought(new BetaGeometricModel(30, 30 * 25, .8, 6, lostAtFirst: true), 200, 1, segment: 0);
        var seldom = Bought(new BetaGeometricModel(30, 30 * 140, .8, 6, lostAtFirst: true), 200, 2, segment: 3);
        var (choice, scores) = Choose([.. often, .. seldom]);
        Assert.Equal("MBG/NBD", choice.Name);
        choice.ChallengeBySegment();
        Assert.True(choice.BySegment);
        Assert.EndsWith(ValueChoice.OfEach, choice.Name, StringComparison.Ordinal);
        Assert.Contains(scores, s => s.Model == choice.Name);
    }

    [Fact]
    public void Who_comes_back_this_term_or_not_is_given_the_model_of_terms()
    {
        // Every look falls between two terms, so that each has been taken or missed.
        var terms = Terms(13);
        var truth = new BetaBernoulliModel(30, 3, .5, 3);
        var last = terms.Main[^1];
        ValueTrainer.Person[] people =
        [
            .. new Simulated(9).Attended(truth, 300, terms.Main.Count - 1).Select((attended, i) =>
            {
                var first = i % 4;
                int[] days = [.. attended.Where(t => first + t < terms.Main.Count).Select(t => terms.Main[first + t].Starts + i % 7).Prepend(terms.Main[first].Starts + i % 7)];
                return Person(days, last.Starts + 150, 0, terms);
            }),
        ];
        var (choice, scores) = Choose(people, terms);
        choice.Challenge(BetaBernoulliModel.Name, (histories, prior) => TermModel.Fit(histories, TermPositions.Weeks(terms), prior));
        Assert.Equal(["MBG/NBD", BetaBernoulliModel.Name], scores.Select(static s => s.Model));
        Assert.Equal(BetaBernoulliModel.Name, choice.Name);
        Assert.IsType<TermModel>(Assert.IsType<Fitted<CountModel>>(choice.Fit(PurchaseData.From(people.Select(static p => p.History)), null)).Model);
    }

    [Fact]
    public void Bg_nbd_is_not_eligible_where_those_who_came_once_stay_away_and_the_table_says_so()
    {
        // Half come once; it takes none of them for lost, and everybody who came back for less sure than they are.
        ValueTrainer.Person[] people =
        [
            .. Enumerable.Range(0, 200).Select(i => Person([Start + i % 200], Start + Days, 0)),
            .. Bought(new BetaGeometricModel(4, 4 * 40, .7, 3), 200, 5, segment: 0),
        ];
        var (choice, scores) = Choose(people, null, "BG/NBD", "MBG/NBD");
        Assert.True(choice.TellsActive);
        Assert.Equal("MBG/NBD", choice.Name);
        var row = Assert.Single(scores, static s => s.Model == "BG/NBD");
        Assert.Equal(ValueChoice.NoBetter, row.Note);
        Assert.True(row.Figures[HeldOut.Return] < .5);
    }

    [Fact]
    public async Task Where_nobody_leaves_no_model_tells_who_has_and_nobody_is_flagged_or_told_a_chance()
    {
        // All alike and none lost: who comes back is chance alone.
        var random = new Random(4);
        PersonState[] people =
        [
            .. Enumerable.Range(0, 300).Select(i =>
            {
                var days = new List<int>();
                for (var day = Start + i % 60; day < Start + Days; day += 1 + (int)(-70 * Math.Log(1 - random.NextDouble()))) days.Add(day);
                return State([.. days]);
            }),
        ];
        var source = new TrainingPeople(people, 3, new ProgramState(Case.Zone, "Test", "USD").Snapshot(1), Case.At(Start + Days));
        var document = Assert.IsType<TrainedModel>(await new ValueTrainer().TrainAsync(source, CancellationToken.None)).Document;
        Assert.StartsWith("No model told who comes back better than chance", Assert.Single(document.Receipt.Scores, static s => s.Chosen).Note, StringComparison.Ordinal);
        var state = new ProgramState(Case.Zone, "Test", "USD");
        state.Apply(document.ToFact(1, Case.At(Start + Days)).View());
        var models = state.Snapshot(1).Models;
        Assert.False(models.Of<ValueModel>(ModelKinds.Value)!.TellsActive);
        Assert.Null(models.Lapse);
    }

    private static (ValueChoice Choice, List<ModelScore> Scores) Choose(ValueTrainer.Person[] people, TermCalendar? terms = null, params string[] names)
    {
        Array.Sort(people, static (a, b) => a.CompareTo(b));
        var held = HeldOut.Of(people, people.Min(static p => p.FirstDay), people.Max(static p => p.Day), people.Length, terms);
        var scores = new List<ModelScore>();
        var candidates = new List<ModelChoice.Candidate>();
        foreach (var (name, fit) in CountModels.All.Where(c => names.Contains(c.Name) || (names.Length == 0 && c.Name == "MBG/NBD")))
        {
            var scored = held.Score(name, fit)!.Value;
            candidates.Add(scored.Candidate);
            scores.Add(ValueChoice.Row(scored.Candidate, scored.Figures));
        }

        return (new ValueChoice(candidates, held, scores), scores);
    }

    private static ValueTrainer.Person[] Bought(BetaGeometricModel truth, int people, int seed, int segment) =>
    [
        .. new Simulated(seed).Paths(truth, people, Days).Select((path, i) =>
        {
            var first = Start + i % 200;
            return Person([.. path.Select(t => first + (int)t).Prepend(first).Distinct()], Start + Days, segment);
        }),
    ];

    private static ValueTrainer.Person Person(int[] days, int today, int segment, TermCalendar? terms = null)
    {
        var state = State([.. days.Where(d => d < today)]);
        Span<int> kept = stackalloc int[PersonState.MaxPurchaseDays];
        var count = ValueModel.DaysOf(state, terms, kept);
        var history = ValueModel.HistoryOf(state, terms, today)!.Value;
        return new ValueTrainer.Person(history, ValueModel.MeanSpendOf(state, history), state.Purchases.FirstDay, today, kept[..count].ToArray(), segment);
    }

    private static PersonState State(int[] days)
    {
        var state = new PersonState();
        foreach (var day in days) PersonFold.Apply(state, new FactBuilder(EventTypes.PaymentReceived, "/registrar", $"{day}", "p", Case.At(day)).Set(Fields.Amount, 9_000L).Build().View(), Case.Zone);
        return state;
    }

    /// <summary>Main terms that follow each other, half a year each.</summary>
    private static TermCalendar Terms(int count)
    {
        var first = CivilZone.DayOf(2019, 9, 2);
        static string On(int day) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(day).ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        var terms = string.Join(",", Enumerable.Range(0, count).Select(i =>
        {
            var starts = first + i * 182;
            return $$"""{"key":"t{{i}}","name":"Term {{i}}","season":"{{(i % 2 == 0 ? "fall" : "spring")}}","main":true,"registrationOpens":"{{On(starts - 40)}}","registrationCloses":"{{On(starts + 7)}}","starts":"{{On(starts)}}","ends":"{{On(starts + 30)}}"}""";
        }));
        return new Case($$"""{"program":"Test College","currency":"USD","timeZone":"America/Chicago","terms":[{{terms}}]}""").Snapshot().Terms;
    }
}
