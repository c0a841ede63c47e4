using Experience.Embedded.Journal;

namespace Experience.Embedded.Loops;

/// <summary>
/// What one loop did since it last handed over: blocks to store, secrets to store before them, and everything that may only be seen when they
/// are durable. Built by its loop, then owned by the committer.
/// </summary>
internal sealed class Segment(EventLoop loop, int epoch)
{
    public EventLoop Loop { get; } = loop;

    /// <summary>The loop's epoch: a segment of an epoch that has ended is refused, since it stands on memory that was discarded.</summary>
    public int Epoch { get; } = epoch;

    public List<Block> Blocks { get; } = [];

    public List<int> KeySlots { get; } = [];

    /// <summary>People whose erasure is among the records.</summary>
    public List<ErasedPerson> Erased { get; } = [];

    /// <summary>Answers, frames and acknowledgements; called with null after the commit, with the reason when it failed.</summary>
    public List<IReleasable> Releases { get; } = [];

    /// <summary>Shards with records in here, one bit each.</summary>
    public ulong Shards { get; set; }

    public bool Program { get; set; }

    public Counts Counts { get; set; }

    public bool Empty => Blocks.Count == 0 && Releases.Count == 0;
}

/// <summary>Something that waits for a commit.</summary>
internal interface IReleasable
{
    void Release(Exception? failure);
}

internal sealed class Release(Action<Exception?> action) : IReleasable
{
    void IReleasable.Release(Exception? failure) => action(failure);
}

/// <summary>What a segment adds to the engine's totals; added when it is durable.</summary>
/// <param name="FirstAt">Smallest time of a fact, µs; <see cref="long.MaxValue"/> when there is none.</param>
internal readonly record struct Counts(long Facts, long People, long FirstAt, long LastAt)
{
    public static Counts None => new(0, 0, long.MaxValue, long.MinValue);

    public Counts Fact(long time, bool newPerson) =>
        new(Facts + 1, People + (newPerson ? 1 : 0), Math.Min(FirstAt, time), Math.Max(LastAt, time));

    public Counts Plus(Counts other) =>
        new(Facts + other.Facts, People + other.People, Math.Min(FirstAt, other.FirstAt), Math.Max(LastAt, other.LastAt));
}
