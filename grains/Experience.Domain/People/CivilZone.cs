namespace Experience.Domain.People;

/// <summary>
/// Civil days and months of one time zone, as integers and cheap: offsets are looked up once, when it is made, and kept as a
/// table of transitions with an index by 64 days, so a question costs a few instructions. Immutable: any thread may ask.
/// </summary>
/// <remarks>
/// Days never run backwards. Where a clock is set back across midnight (Newfoundland until 2011, at 00:01), the new offset counts only
/// from the moment at which it reaches the day that had already begun; so folds in order of time meet days in order too.
/// Before 1900 and after 2100 the nearest known offset is used.
/// </remarks>
public sealed class CivilZone
{
    public const long MicrosPerSecond = 1_000_000;
    public const long MicrosPerDay = 86_400 * MicrosPerSecond;

    private const long TableStart = -25_567 * MicrosPerDay; // 1900-01-01
    private const long TableEnd = 47_482 * MicrosPerDay; // 2100-01-01
    private const long BucketSize = 64 * MicrosPerDay;

    // Transition i holds from _from[i] to _from[i + 1]; _from[0] reaches back for ever.
    private readonly long[] _from;
    private readonly long[] _offset;
    private readonly ushort[] _bucket;

    public CivilZone(TimeZoneInfo zone)
    {
        Zone = zone;
        List<long> from = [long.MinValue];
        List<long> offset = [OffsetAt(zone, TableStart)];
        for (var at = TableStart; at < TableEnd; at += MicrosPerDay)
        {
            // An offset is looked for once a day: no zone changed and changed back within one.
            var next = OffsetAt(zone, at + MicrosPerDay);
            if (next == offset[^1]) continue;
            var change = FirstWith(zone, at, at + MicrosPerDay, next);
            from.Add(Postpone(change, offset[^1], next));
            offset.Add(next);
        }

        _from = [.. from];
        _offset = [.. offset];
        _bucket = new ushort[(TableEnd - TableStart) / BucketSize + 1];
        for (int bucket = 0, i = 0; bucket < _bucket.Length; bucket++)
        {
            while (i + 1 < _from.Length && _from[i + 1] <= TableStart + bucket * BucketSize) i++;
            _bucket[bucket] = (ushort)i;
        }
    }

    public static CivilZone Utc { get; } = new(TimeZoneInfo.Utc);

    public TimeZoneInfo Zone { get; }

    /// <summary>The civil day (days since 1970-01-01) of an instant in µs.</summary>
    public int Day(long time) => (int)Math.DivRem(time + Offset(time) + DayBias, MicrosPerDay).Quotient - DayBiasDays;

    /// <summary>The first instant (µs) of a civil day; of the next day that exists, where the zone skipped it.</summary>
    public long StartOfDay(int day)
    {
        var local = day * MicrosPerDay;
        // Offsets lie within ±18 h, so the day begins within a day of its UTC namesake: in one of the few offsets that hold
        // there, or at the very transition where a clock jumps over midnight.
        var i = Index(local - MicrosPerDay);
        while (true)
        {
            var start = Math.Max(local - _offset[i], _from[i]);
            if (i + 1 == _from.Length || start < _from[i + 1]) return start;
            i++;
        }
    }

    /// <summary>Months since January 1970 of an instant in µs.</summary>
    public int Month(long time) => MonthOfDay(Day(time));

    /// <summary>Months since January 1970 of a civil day.</summary>
    public static int MonthOfDay(int day)
    {
        var (year, month, _) = Civil(day);
        return (year - 1970) * 12 + month - 1;
    }

    /// <summary>Microseconds since local midnight, by the clock on the wall.</summary>
    public long TimeOfDay(long time)
    {
        var micros = (time + Offset(time)) % MicrosPerDay;
        return micros < 0 ? micros + MicrosPerDay : micros;
    }

    /// <summary>0 is Sunday: 1970-01-01 was a Thursday.</summary>
    public static int Weekday(int day) => (int)(((day + 4L) % 7 + 7) % 7);

    /// <summary>Year, month (1–12) and day of a civil day. Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.</summary>
    public static (int Year, int Month, int Day) Civil(int day)
    {
        var z = day + 719_468L;
        var era = (z >= 0 ? z : z - 146_096) / 146_097;
        var dayOfEra = (uint)(z - era * 146_097);
        var yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        var dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        var mp = (5 * dayOfYear + 2) / 153;
        var month = (int)(mp < 10 ? mp + 3 : mp - 9);
        return ((int)(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month, (int)(dayOfYear - (153 * mp + 2) / 5 + 1));
    }

    /// <summary>The civil day of a date; days_from_civil of the same source.</summary>
    public static int DayOf(int year, int month, int day)
    {
        long y = month <= 2 ? year - 1 : year;
        var era = (y >= 0 ? y : y - 399) / 400;
        var yearOfEra = y - era * 400;
        var dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        return (int)(era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468);
    }

    // Makes every dividend positive, so that truncation is a floor: 2^20 days reach back before year 0.
    private const int DayBiasDays = 1 << 20;
    private const long DayBias = DayBiasDays * MicrosPerDay;

    private long Offset(long time) => _offset[Index(time)];

    private int Index(long time)
    {
        if (time < TableStart) return 0;
        if (time >= TableEnd) return _from.Length - 1;
        int i = _bucket[(time - TableStart) / BucketSize];
        while (i + 1 < _from.Length && _from[i + 1] <= time) i++;
        return i;
    }

    private static long OffsetAt(TimeZoneInfo zone, long time) =>
        zone.GetUtcOffset(DateTimeOffset.UnixEpoch.AddTicks(time * TimeSpan.TicksPerMicrosecond)).Ticks / TimeSpan.TicksPerMicrosecond;

    private static long FirstWith(TimeZoneInfo zone, long low, long high, long offset)
    {
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (OffsetAt(zone, middle) == offset) high = middle;
            else low = middle;
        }

        return high;
    }

    private static long Postpone(long change, long before, long after)
    {
        var begun = (long)Math.Floor((double)(change - 1 + before) / MicrosPerDay) * MicrosPerDay;
        return after < before ? Math.Max(change, begun - after) : change;
    }
}
