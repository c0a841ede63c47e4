using System.Diagnostics;

namespace Experience.Embedded.Loops;

/// <summary>
/// When a loop folds what waits. Facts wait for <see cref="FoldedWithin"/>. Where more comes than can be folded beside it they wait for longer, so that each turn is for more of
/// them; from <see cref="MostBehind"/> or a share of <see cref="MaxBytes"/> on, folding goes before what comes. Times are readings of <see cref="Stopwatch"/>.
/// </summary>
/// <param name="loops">Loops of the folder, which share its memory.</param>
internal sealed class FoldingPace(int loops)
{
    /// <summary>Facts wait for so long to be folded.</summary>
    public static readonly TimeSpan FoldedWithin = TimeSpan.FromMilliseconds(250);

    /// <summary>Nobody's facts wait for much longer, whatever comes.</summary>
    public static readonly TimeSpan MostBehind = TimeSpan.FromSeconds(1.5);

    /// <summary>Memory of the facts that wait in a folder at most.</summary>
    public const long MaxBytes = 128 * 1024 * 1024;

    /// <summary>How long it is until what waits has waited for long enough: zero or less once it has.</summary>
    /// <param name="since">Since when somebody waits at most; <see cref="long.MaxValue"/> when nobody does.</param>
    /// <param name="now">The time now.</param>
    public static TimeSpan DueIn(long since, long now) => since == long.MaxValue ? TimeSpan.MaxValue : FoldedWithin - Stopwatch.GetElapsedTime(since, now);

    /// <summary>Whether folding goes before what comes.</summary>
    /// <param name="since">Since when somebody waits at most; <see cref="long.MaxValue"/> when nobody does.</param>
    /// <param name="now">The time now.</param>
    /// <param name="bytes">Memory of the facts that wait in this loop.</param>
    public bool GoesFirst(long since, long now, long bytes) => since != long.MaxValue && (bytes > MaxBytes / loops || Stopwatch.GetElapsedTime(since, now) >= MostBehind);
}
