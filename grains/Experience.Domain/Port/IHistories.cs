using Experience.Domain.Events;

namespace Experience.Domain.Port;

/// <summary>
/// One person's facts in the order of folding, voided ones left out; the engine's own observations stand among them, and folds
/// pass over those (<see cref="People.PersonFold.Folds"/>). Valid during the visit only.
/// </summary>
public interface IPersonHistory
{
    /// <summary>Number of the stream; means something within this engine only.</summary>
    UInt128 Person { get; }

    /// <summary>The person's first live fact, µs; <see cref="long.MaxValue"/> when everything was imported.</summary>
    long LiveSince { get; }

    int Count { get; }

    /// <summary>Personal fields are there for the types whose fold reads them, and are empty for a person who was erased.</summary>
    FactView this[int index] { get; }
}

/// <summary>Is shown one person after the other, on one thread.</summary>
public interface IHistoryVisitor
{
    /// <summary>False ends the walk.</summary>
    bool Visit(IPersonHistory person);
}

/// <param name="Share">Of all people, those that were visited: below 1 when the facts of all were more than asked for. Whoever is left out is so by a keyed hash.</param>
public sealed record HistoryWalk(long People, long Facts, double Share);

/// <summary>
/// Everything that was recorded, person by person, read in the background: nothing of it holds an event loop, and it waits while
/// events wait. For models, which learn from histories, and for backtests.
/// </summary>
public interface IHistories
{
    /// <summary>Facts that a walk covers unless it is told otherwise: some twenty seconds of one core.</summary>
    const long UsualFacts = 2_000_000;

    /// <exception cref="EngineUnavailableException">Not ready, or the journal cannot be read.</exception>
    Task<HistoryWalk> WalkAsync(IHistoryVisitor visitor, long maxFacts, CancellationToken cancellation);

    /// <summary>
    /// Whose events these are: for each, the key of its person at its source, or null when there is no such event or it is the program's own.
    /// Reads the whole journal (a gigabyte in a few seconds), so it is for what is rare: undoing an event whose person the sender does not name.
    /// </summary>
    /// <param name="events">As <see cref="Fact.IdOf"/> has them.</param>
    /// <exception cref="EngineUnavailableException">Not ready, or the journal cannot be read.</exception>
    Task<IReadOnlyList<string?>> SubjectsAsync(IReadOnlyList<UInt128> events, CancellationToken cancellation);
}
