using Experience.Domain.Assessments;
using Experience.Domain.Models.Risk;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Learning;

/// <summary>
/// Learns one kind of model. The engine's keeper runs it when enough has changed, off the loops and at low priority, and records what it
/// gives as <c>model.fitted</c>.
/// </summary>
/// <remarks>
/// Must be deterministic: the same people give the same document, in whatever order and shard they stand, so sort before summing doubles.
/// Implementations are stateless; one instance serves for ever.
/// </remarks>
public interface ITrainer
{
    /// <summary>One of <see cref="ModelKinds"/>.</summary>
    string Kind { get; }

    Task<TrainingOutcome> TrainAsync(ITrainingSource source, CancellationToken cancellation);
}

/// <summary>What a trainer may read. Both ways give way to live traffic.</summary>
public interface ITrainingSource
{
    /// <summary>The program as it was when training began.</summary>
    ProgramSnapshot Program { get; }

    /// <summary>µs: now for a live program, the end of its history for one that was only imported.</summary>
    long AsOf { get; }

    /// <summary>
    /// Everybody as of now: each shard shows its people, in small steps on its loop, to a sample of its own.
    /// </summary>
    /// <returns>One sample for each shard, in order of shard; which people share a shard differs from folder to folder.</returns>
    Task<IReadOnlyList<TSample>> PeopleAsync<TSample>(Func<TSample> create, CancellationToken cancellation)
        where TSample : ITrainingSample;

    /// <summary>
    /// Runs the expensive part: on one background lane of one core and the lowest priority, <see cref="Parallel"/> loops included, so that events
    /// keep the cores.
    /// </summary>
    Task<T> ComputeAsync<T>(Func<T> compute, CancellationToken cancellation);

    /// <summary>Everybody's facts, to learn from what was known at a past moment and judge by what came after.</summary>
    IHistories Histories { get; }
}

/// <summary>What a trainer keeps of the people of one shard. Used by one thread at a time.</summary>
public interface ITrainingSample
{
    /// <summary>One person. Runs on the shard's loop: copy what is needed (the state is reused), compute nothing.</summary>
    void Add(PersonState person, in AsOf asOf);
}

/// <summary>What training gives: a document, or the plain statement that history does not support one.</summary>
public abstract record TrainingOutcome;

public sealed record TrainedModel(ModelDocument Document) : TrainingOutcome;

/// <param name="Reason">A sentence for people: "Not enough history: 12 people came back, 30 are needed."</param>
public sealed record NotTrained(string Reason) : TrainingOutcome;

/// <summary>The trainers of the product, in the order they run.</summary>
public static class Trainers
{
    public static IReadOnlyList<ITrainer> All { get; } = [new ValueTrainer(), RiskTrainer.Withdrawal, RiskTrainer.Dissatisfaction, new Needs.NeedsTrainer()];
}
