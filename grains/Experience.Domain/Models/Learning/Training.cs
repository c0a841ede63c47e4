using Experience.Domain.Assessments;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Learning;

/// <summary>When a model is fitted, and about what program.</summary>
/// <param name="AsOf">µs: now for a live program, the end of its history for an imported one.</param>
public sealed record TrainingMoment(ProgramSnapshot Program, long AsOf)
{
    public int Day { get; } = Program.Zone.Day(AsOf);
}

/// <summary>
/// Learns one kind of model. The engine's keeper asks every shard, in small steps between traffic, to show its people to a sample of
/// its own, then trains off the loops at low priority, and records the result as <c>model.fitted</c>.
/// </summary>
/// <remarks>
/// Must be deterministic: the same people give the same document, in whatever order and shard they stand, so sort before summing doubles.
/// Implementations are stateless; one instance serves for ever.
/// </remarks>
public interface ITrainer
{
    /// <summary>One of <see cref="ModelKinds"/>.</summary>
    string Kind { get; }

    /// <summary>
    /// Past instants, µs, ascending, that the sample wants to see everybody at, besides the present: to learn from what was known then and
    /// judge by what came after. Each costs a walk through the journal; empty costs nothing.
    /// </summary>
    IReadOnlyList<long> Moments(TrainingMoment moment);

    /// <summary>One for each shard; used by one thread at a time.</summary>
    ITrainingSample NewSample(TrainingMoment moment);

    /// <summary>Off the loops, at low priority.</summary>
    TrainingOutcome Train(IReadOnlyList<ITrainingSample> samples, TrainingMoment moment, CancellationToken cancellation);
}

/// <summary>What a trainer keeps of the people of one shard.</summary>
public interface ITrainingSample
{
    /// <summary>
    /// One person at one of the <see cref="ITrainer.Moments"/>, by its index, then at the present, by their count. Somebody who was unknown then
    /// is not shown. Runs on the shard's loop: copy what is needed (the state is reused), compute nothing.
    /// </summary>
    void Add(PersonState person, in AsOf asOf, int moment);
}

/// <summary>What training gives: a document, or the plain statement that history does not support one.</summary>
public abstract record TrainingOutcome;

public sealed record TrainedModel(ModelDocument Document) : TrainingOutcome;

/// <param name="Reason">A sentence for people: "Not enough history: 12 people came back, 30 are needed."</param>
public sealed record NotTrained(string Reason) : TrainingOutcome;

/// <summary>The trainers of the product, in the order they run.</summary>
public static class Trainers
{
    public static IReadOnlyList<ITrainer> All { get; } = [];
}
