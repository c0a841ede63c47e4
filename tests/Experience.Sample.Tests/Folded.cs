using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Sample.Tests;

/// <summary>The sample folded by the domain alone, as trainers read it.</summary>
internal sealed class Folded : ITrainingSource
{
    private static readonly CivilZone Zone = new(TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"));

    private readonly IReadOnlyList<Fact> _facts;
    private readonly ProgramState _state;

    private Folded(IReadOnlyList<Fact> facts, ProgramState program, IReadOnlyList<KeyValuePair<string, PersonState>> people, long asOf)
    {
        (_facts, Keyed, AsOf, _state) = (facts, people, asOf, program);
        Program = program.Snapshot(1);
    }

    public ProgramSnapshot Program { get; }

    public IReadOnlyList<KeyValuePair<string, PersonState>> Keyed { get; }

    public IReadOnlyList<PersonState> People => [.. Keyed.Select(static p => p.Value)];

    public long AsOf { get; }

    public IHistories Histories => new Walker(new Told(_facts, "America/Chicago"));

    public static Folded Of(IReadOnlyList<Fact> facts, long? asOf = null)
    {
        var program = new ProgramState(Zone, "Riverbend College", "USD");
        var people = new SortedDictionary<string, PersonState>(StringComparer.Ordinal);
        foreach (var fact in facts.OrderBy(f => f.Stamp))
        {
            if (fact.Type.Target == EventTarget.Program || fact.Subject.Length == 0)
            {
                program.Apply(fact.View());
                continue;
            }

            if (!people.TryGetValue(fact.Subject, out var state)) people.Add(fact.Subject, state = new PersonState());
            PersonFold.Apply(state, fact.View(), Zone);
        }

        return new Folded(facts, program, [.. people], asOf ?? Riverbend.NowMicros);
    }

    public Folded Reversed() => new(_facts, _state, [.. Keyed.Reverse()], AsOf);

    /// <summary>With a model in force.</summary>
    public Folded With(ModelDocument document, int version = 1)
    {
        _state.Apply(document.ToFact(version, AsOf).View());
        return new Folded(_facts, _state, Keyed, AsOf);
    }

    public Task<IReadOnlyList<TSample>> PeopleAsync<TSample>(Func<TSample> create, CancellationToken cancellation)
        where TSample : ITrainingSample
    {
        var sample = create();
        foreach (var (_, person) in Keyed) sample.Add(person, Domain.Assessments.AsOf.Live(AsOf));
        return Task.FromResult<IReadOnlyList<TSample>>([sample]);
    }

    public Task<T> ComputeAsync<T>(Func<T> compute, CancellationToken cancellation) => Task.FromResult(compute());

    private sealed class Walker(Told told) : IHistories
    {
        public Task<HistoryWalk> WalkAsync(IHistoryVisitor visitor, long maxFacts, CancellationToken cancellation)
        {
            told.Walk(visitor);
            return Task.FromResult(new HistoryWalk(told.Keys.Count(), 0, 1));
        }

        public Task<IReadOnlyList<string?>> SubjectsAsync(IReadOnlyList<UInt128> events, CancellationToken cancellation) =>
            throw new NotSupportedException("Nothing here undoes events.");
    }
}
