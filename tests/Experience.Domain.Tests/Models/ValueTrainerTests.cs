using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.Models;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Domain.Tests.Assessments;

namespace Experience.Domain.Tests.Models;

/// <summary>What the engine learns of value: from whom, by which purchases, and that it is the same wherever they stand.</summary>
public class ValueTrainerTests
{
    private static readonly int Today = CivilZone.DayOf(2026, 11, 20);

    [Fact]
    public async Task The_same_people_teach_the_same_in_any_order_and_shard()
    {
        var people = Buyers(400, 3);
        var first = await TrainAsync(people, shards: 1, Program(""));
        var second = await TrainAsync([.. people.AsEnumerable().Reverse()], shards: 7, Program(""));
        Assert.Equal(first.Write(), second.Write());
        Assert.Equal(400, first.Receipt.People);
        var chosen = Assert.Single(first.Receipt.Scores, s => s.Chosen);
        Assert.All(first.Receipt.Scores, s => Assert.True(s.Figures[HeldOut.LogLikelihood] <= chosen.Figures[HeldOut.LogLikelihood] || s.Figures[HeldOut.OriginsMae] >= chosen.Figures[HeldOut.OriginsMae]));
    }

    [Fact]
    public async Task Regular_buyers_are_given_the_model_of_regular_gaps()
    {
        var document = await TrainAsync(Buyers(600, 4), 3, Program(""));
        Assert.Matches("^MBG/CNBD-[2-9]$", document.Receipt.Name);
    }

    [Fact]
    public void A_term_paid_on_several_days_is_one_purchase_on_its_first_day()
    {
        var program = new Case().Snapshot();
        var person = Person([CivilZone.DayOf(2025, 8, 20), CivilZone.DayOf(2025, 9, 20), CivilZone.DayOf(2025, 10, 20), CivilZone.DayOf(2026, 1, 10), CivilZone.DayOf(2026, 2, 10), CivilZone.DayOf(2026, 9, 1)]);
        Assert.Equal(5, ValueModel.HistoryOf(person, null, Today)!.Value.Count);
        var terms = ValueModel.GrainOf(program, Today);
        Assert.NotNull(terms);
        var byTerm = ValueModel.HistoryOf(person, terms, Today)!.Value;
        Assert.Equal(2, byTerm.Count);
        Assert.Equal((CivilZone.DayOf(2026, 9, 1) - CivilZone.DayOf(2025, 8, 20)) / 7.0, byTerm.Last);
        Assert.Equal(Math.Log(143 / 7.0) + Math.Log(234 / 7.0), byTerm.LogGaps, 1e-9);
    }

    [Fact]
    public async Task A_document_in_force_reads_as_what_was_fitted_and_a_broken_one_changes_nothing()
    {
        var document = await TrainAsync(Buyers(300, 2), 2, Program(""));
        var state = new ProgramState(Case.Zone, "Test", "USD");
        state.Apply(document.ToFact(1, Case.At(2026, 11, 20)).View());
        var snapshot = state.Snapshot(1);
        var inForce = snapshot.Models.Find(ModelKinds.Value)!;
        Assert.Equal(document.Receipt.Name, inForce.Receipt.Name);
        Assert.Contains(ModelKinds.Value, snapshot.Changed.Models);
        var person = Person([Today - 300, Today - 200, Today - 90]);
        var measures = ((ValueModel)inForce.Model).Measure(person, snapshot, AsOf.Live(Case.At(Today)));
        Assert.True(measures is { Forecast: true, Expected: > 0, Active: > 0 and <= 10_000 });

        var broken = document.Write().Replace("\"margin\":1", "\"margin\":\"all\"", StringComparison.Ordinal);
        Assert.NotEqual(document.Write(), broken);
        state.Apply(new FactBuilder(EventTypes.ModelFitted, "/elsewhere", "broken", "", Case.At(2026, 11, 20, 13))
            .Set(Fields.Model, ModelKinds.Value).Set(Fields.Version, 2L).Set(Fields.Document, broken).Build().View());
        Assert.Equal(1, state.UnreadDocuments);
        Assert.Equal(1, state.Snapshot(2).Models.Find(ModelKinds.Value)!.Version);
    }

    [Fact]
    public async Task Too_few_who_came_back_teach_nothing_and_say_so()
    {
        var outcome = await new ValueTrainer().TrainAsync(new Source([.. Enumerable.Range(0, 200).Select(i => Person([Today - 200 + i % 90]))], 2, Program("")), CancellationToken.None);
        Assert.Equal("Not enough history: 0 people came back, 30 are needed.", Assert.IsType<NotTrained>(outcome).Reason);
    }

    private static async Task<ModelDocument> TrainAsync(PersonState[] people, int shards, ProgramSnapshot program) =>
        Assert.IsType<TrainedModel>(await new ValueTrainer().TrainAsync(new Source(people, shards, program), CancellationToken.None)).Document with { Report = null };

    private static ProgramSnapshot Program(string more)
    {
        var state = new ProgramState(Case.Zone, "Test" + more, "USD");
        return state.Snapshot(1);
    }

    /// <summary>People who buy at Erlang-k gaps of a rate of their own, and are lost after a purchase by a chance of their own.</summary>
    private static PersonState[] Buyers(int people, int k)
    {
        var paths = new Simulated(26).Paths(new BetaGeometricModel(3 * k, 3 * 45, .6, 3, lostAtFirst: true, k: k), people, 800);
        return [.. paths.Select((path, i) =>
        {
            var first = Today - 900 + i % 100;
            return Person([.. path.Select(t => first + (int)t).Prepend(first).Distinct()]);
        })];
    }

    private static PersonState Person(int[] days)
    {
        var state = new PersonState();
        foreach (var day in days.Where(d => d < Today))
        {
            var fact = new FactBuilder(EventTypes.PaymentReceived, "/registrar", $"{day}", "p", Case.At(day)).Set(Fields.Amount, 9_000L + day % 7 * 1_000).Build();
            PersonFold.Apply(state, fact.View(), Case.Zone);
        }

        return state;
    }

    /// <summary>People in shards, and nobody's facts.</summary>
    private sealed class Source(PersonState[] people, int shards, ProgramSnapshot program) : ITrainingSource, IHistories
    {
        public ProgramSnapshot Program => program;

        public long AsOf => Case.At(Today);

        public IHistories Histories => this;

        public Task<T> ComputeAsync<T>(Func<T> compute, CancellationToken cancellation) => Task.FromResult(compute());

        public Task<HistoryWalk> WalkAsync(IHistoryVisitor visitor, long maxFacts, CancellationToken cancellation) => Task.FromResult(new HistoryWalk(0, 0, 1));

        public Task<IReadOnlyList<string?>> SubjectsAsync(IReadOnlyList<UInt128> events, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string?>>(new string?[events.Count]);

        public Task<IReadOnlyList<TSample>> PeopleAsync<TSample>(Func<TSample> create, CancellationToken cancellation)
            where TSample : ITrainingSample
        {
            var samples = Enumerable.Range(0, shards).Select(_ => create()).ToArray();
            for (var i = 0; i < people.Length; i++) samples[i % shards].Add(people[i], Domain.Assessments.AsOf.Live(AsOf));
            return Task.FromResult<IReadOnlyList<TSample>>(samples);
        }
    }
}
