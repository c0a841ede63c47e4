using Experience.Domain.Port;

namespace Experience.Web.Ingest;

/// <summary>Places for streams of events: each holds buffers for as long as it lasts, so there are only so many.</summary>
internal sealed class StreamSlots
{
    /// <summary>NDJSON streams at once; 429 beyond it.</summary>
    public const int Max = 64;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private int _taken;

    /// <summary>A place until it is disposed.</summary>
    /// <exception cref="EngineBusyException">All places are taken.</exception>
    public IDisposable Take()
    {
        if (Interlocked.Increment(ref _taken) <= Max) return new Slot(this);
        Interlocked.Decrement(ref _taken);
        throw new EngineBusyException($"There are {Max} streams already.", RetryAfter);
    }

    private sealed class Slot(StreamSlots slots) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref slots._taken);
    }
}
