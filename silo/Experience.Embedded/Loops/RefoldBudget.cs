using System.Diagnostics;

namespace Experience.Embedded.Loops;

/// <summary>
/// How much of a loop's time goes into folding people anew: who is busy and late again and again is folded once for many facts, and not at all meanwhile. One part in
/// <see cref="PatientShare"/>, and in <see cref="PressedShare"/> once somebody has waited for longer than <see cref="MostStale"/>; all of it once no fact has come for
/// <see cref="QuietAfter"/>. What is not used is saved up to <see cref="MaxCredit"/>. Times are readings of <see cref="Stopwatch"/>.
/// </summary>
internal sealed class RefoldBudget(long now)
{
    /// <summary>One part in so many of the time is for folding people anew.</summary>
    public const int PatientShare = 24;

    /// <summary>The same once somebody has waited for that for longer than <see cref="MostStale"/>.</summary>
    public const int PressedShare = 8;

    /// <summary>Whoever waits for longer presses.</summary>
    public static readonly TimeSpan MostStale = TimeSpan.FromSeconds(5);

    /// <summary>Without a fact for so long, nobody is in the way.</summary>
    public static readonly TimeSpan QuietAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>Saved up at most, and owed at most.</summary>
    public static readonly TimeSpan MaxCredit = TimeSpan.FromMilliseconds(300);

    private TimeSpan _credit = MaxCredit;
    private long _at = now;

    /// <summary>Whether there is time for a refold.</summary>
    /// <param name="now">The time now; never less than that of the call before.</param>
    /// <param name="since">Since when somebody waits at most; <see cref="long.MaxValue"/> when nobody does.</param>
    /// <param name="last">When a fact last came.</param>
    /// <param name="cost">What it is thought to take. What would take more than can be saved up begins with all that can.</param>
    public bool Affords(long now, long since, long last, TimeSpan cost)
    {
        var share = since < now && Stopwatch.GetElapsedTime(since, now) > MostStale ? PressedShare : PatientShare;
        _credit += Stopwatch.GetElapsedTime(_at, now) / share;
        if (_credit > MaxCredit) _credit = MaxCredit;
        _at = now;
        return _credit >= cost || _credit == MaxCredit || Stopwatch.GetElapsedTime(last, now) >= QuietAfter;
    }

    /// <summary>What a refold took, which an estimate does not know: a snapshot that was too new means folding from further back.</summary>
    public void Charge(TimeSpan taken)
    {
        _credit -= taken;
        if (_credit < -MaxCredit) _credit = -MaxCredit;
    }
}
