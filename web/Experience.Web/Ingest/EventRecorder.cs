using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Web.Ingest;

/// <summary>Events of one chunk on their way: the facts of all, and how many facts each event became.</summary>
internal sealed class EventChunk
{
    /// <summary>Events of a chunk: large enough that a completion costs little of each, small enough for a bounded wait.</summary>
    public const int Size = 1000;

    public List<Fact> Facts { get; } = new(Size + (Size / 4));

    /// <summary>The place of each event in the request, and its number of facts.</summary>
    public List<(long Index, int Facts)> Events { get; } = new(Size);

    /// <summary>The events' ids, where they are answered by id; as many as <see cref="Events"/> then.</summary>
    public List<string?> Ids { get; } = [];

    public bool IsFull => Events.Count >= Size || Facts.Count >= 2 * Size;

    public void Clear()
    {
        Facts.Clear();
        Events.Clear();
        Ids.Clear();
    }
}

/// <summary>Records through the port, waiting out a full queue for a while: back-pressure reaches the sender through TCP.</summary>
internal static class EventRecorder
{
    /// <summary>After this long in a full queue the caller is told to come back (429).</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(20);

    /// <param name="maxWait"><see cref="MaxWait"/> when left out.</param>
    public static async Task<BatchReceipt> RecordAsync(IExperienceEngine engine, IReadOnlyList<Fact> facts, Access access, TimeProvider time, CancellationToken cancellation, TimeSpan? maxWait = null)
    {
        var patience = maxWait ?? MaxWait;
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await engine.RecordAsync(facts, access, cancellation);
            }
            catch (EngineBusyException busy) when (time.GetElapsedTime(started) < patience)
            {
                // What was taken before the queue was full is taken once: sending all of it again is safe.
                await Task.Delay(busy.RetryAfter > TimeSpan.Zero ? busy.RetryAfter : TimeSpan.FromMilliseconds(10), time, cancellation);
            }
        }
    }

    /// <summary>The outcome of an event that became several facts: new when any of them is.</summary>
    public static RecordOutcome Combine(IReadOnlyList<RecordOutcome> outcomes, int start, int count)
    {
        var result = outcomes[start];
        for (var i = start + 1; i < start + count; i++)
        {
            if (outcomes[i] == RecordOutcome.Accepted) return RecordOutcome.Accepted;
            if (outcomes[i] == RecordOutcome.Refused) result = RecordOutcome.Refused;
        }

        return result;
    }
}
