using System.Text.Json.Serialization;

namespace Experience.Web.Sources;

/// <summary>Counts of the newest slots of time, such as the last 60 seconds. Not locked: its meter is.</summary>
[method: JsonConstructor]
internal sealed class RateRing(int slots, long width)
{
    public int Slots => slots;

    /// <summary>Milliseconds of a slot.</summary>
    public long Width => width;

    public int[] Counts { get; init; } = new int[slots];

    /// <summary>The newest slot, counted since 1970.</summary>
    public long Slot { get; set; }

    public void Add(long nowMilliseconds, int count = 1)
    {
        Advance(nowMilliseconds / width);
        Counts[(int)(Slot % Counts.Length)] += count;
    }

    public long Sum(long nowMilliseconds)
    {
        Advance(nowMilliseconds / width);
        return Counts.Sum(c => (long)c);
    }

    private void Advance(long slot)
    {
        if (slot <= Slot) return;
        for (var s = Math.Max(Slot + 1, slot - Counts.Length + 1); s <= slot; s++) Counts[(int)(s % Counts.Length)] = 0;
        Slot = slot;
    }
}

/// <summary>
/// How long after they happened events come in: a histogram of powers of √2 from a millisecond, of the hour under way and the one before. A percentile is the
/// upper end of its bucket, at most 41 % too large.
/// </summary>
internal sealed class LagWindow
{
    private const int Buckets = 96;
    private const long Hour = 3_600_000;

    public int[] Now { get; set; } = new int[Buckets];

    public int[] Before { get; set; } = new int[Buckets];

    public long At { get; set; }

    /// <summary>How far an event's time lay ahead of its receipt at most, in ms: the sender's clock is at least so much ahead.</summary>
    public long AheadNow { get; set; }

    public long AheadBefore { get; set; }

    public long Ahead => Math.Max(AheadNow, AheadBefore);

    public void Add(long nowMilliseconds, long lagMicroseconds)
    {
        Advance(nowMilliseconds);
        if (lagMicroseconds < 0) AheadNow = Math.Max(AheadNow, -lagMicroseconds / 1000);
        Now[Bucket(lagMicroseconds)]++;
    }

    /// <summary>The lag that this share of events stayed below, in ms; null without events in the last hour or two.</summary>
    public double? Percentile(long nowMilliseconds, double share)
    {
        Advance(nowMilliseconds);
        long total = 0;
        for (var i = 0; i < Buckets; i++) total += Now[i] + Before[i];
        if (total == 0) return null;
        long sum = 0;
        for (var i = 0; i < Buckets; i++)
        {
            sum += Now[i] + Before[i];
            if (sum >= share * total) return Math.Pow(2, i / 2.0);
        }

        return null;
    }

    private void Advance(long nowMilliseconds)
    {
        var hour = nowMilliseconds / Hour;
        if (hour <= At) return;
        (Before, AheadBefore) = hour == At + 1 ? (Now, AheadNow) : (new int[Buckets], 0);
        (Now, AheadNow) = (new int[Buckets], 0);
        At = hour;
    }

    private static int Bucket(long microseconds) => microseconds <= 1000 ? 0 : Math.Min(Buckets - 1, (int)Math.Ceiling(2 * Math.Log2(microseconds / 1000.0)));
}
