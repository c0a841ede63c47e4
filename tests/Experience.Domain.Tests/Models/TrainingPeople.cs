using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Tests.Models;

/// <summary>People in shards, and nobody's facts.</summary>
internal sealed class TrainingPeople(PersonState[] people, int shards, ProgramSnapshot program, long asOf) : ITrainingSource, IHistories
{
    public ProgramSnapshot Program => program;

    public long AsOf => asOf;

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
