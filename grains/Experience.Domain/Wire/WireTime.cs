using System.Diagnostics.CodeAnalysis;

namespace Experience.Domain.Wire;

/// <summary>
/// RFC 3339 times and civil days from UTF-8. Stricter than DateTimeOffset where the specification is (seconds and a whole
/// offset are required), and the one place where a time without a zone gets the source's zone.
/// </summary>
public static class WireTime
{
    private const long MicrosecondsPerDay = 86_400_000_000;
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMicrosecond;

    /// <summary>Reads an RFC 3339 time, or one without offset in <paramref name="zone"/>, as µs since 1970 UTC.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, TimeZoneInfo zone, out long microseconds)
    {
        microseconds = 0;
        if (text.Length < 19 || !TryDate(text[..10], out var day) || (text[10] | 0x20) != 't') return false;
        if (!Two(text, 11, out var hour) || text[13] != ':' || !Two(text, 14, out var minute) || text[16] != ':' || !Two(text, 17, out var second)) return false;
        // 60 is a leap second: it is read as the first instant of the next minute.
        if (hour > 23 || minute > 59 || second > 60) return false;
        var rest = text[19..];
        long fraction = 0;
        if (!rest.IsEmpty && rest[0] == '.')
        {
            var digits = 0;
            var scale = 100_000;
            rest = rest[1..];
            while (digits < rest.Length && (uint)(rest[digits] - '0') <= 9)
            {
                fraction += (rest[digits] - '0') * (long)scale;
                scale /= 10;
                digits++;
            }

            if (digits == 0) return false;
            rest = rest[digits..];
        }

        var local = (day * MicrosecondsPerDay) + ((((hour * 60L) + minute) * 60) + second) * 1_000_000 + fraction;
        if (rest.IsEmpty) return TryFromLocal(local, zone, out microseconds);
        if (rest.Length == 1 && (rest[0] | 0x20) == 'z')
        {
            microseconds = local;
            return true;
        }

        if (rest.Length != 6 || rest[0] is not ((byte)'+' or (byte)'-') || rest[3] != ':' || !Two(rest, 1, out var offsetHours) || !Two(rest, 4, out var offsetMinutes)) return false;
        if (offsetHours > 23 || offsetMinutes > 59) return false;
        var offset = ((offsetHours * 60L) + offsetMinutes) * 60_000_000;
        microseconds = rest[0] == '+' ? local - offset : local + offset;
        return true;
    }

    /// <summary>Reads YYYY-MM-DD as days since 1970-01-01.</summary>
    public static bool TryDate(ReadOnlySpan<byte> text, out int day)
    {
        day = 0;
        if (text.Length != 10 || text[4] != '-' || text[7] != '-') return false;
        if (!Two(text, 0, out var century) || !Two(text, 2, out var years) || !Two(text, 5, out var month) || !Two(text, 8, out var date)) return false;
        var year = (century * 100) + years;
        if (year < 1 || month is < 1 or > 12 || date < 1 || date > DateTime.DaysInMonth(year, month)) return false;
        day = new DateOnly(year, month, date).DayNumber - UnixEpochDay;
        return true;
    }

    /// <summary>
    /// The instant of a local time. A time that the clocks skipped is read with the offset before the gap, one that they showed
    /// twice as the first of the two, so that the same export always means the same instants.
    /// </summary>
    public static bool TryFromLocal(long localMicroseconds, TimeZoneInfo zone, out long microseconds)
    {
        microseconds = 0;
        var ticks = DateTime.UnixEpoch.Ticks + (localMicroseconds * TicksPerMicrosecond);
        if (ticks < TimeSpan.TicksPerDay || ticks > DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay) return false;
        var local = new DateTime(ticks, DateTimeKind.Unspecified);
        TimeSpan offset;
        if (zone.IsAmbiguousTime(local)) offset = zone.GetAmbiguousTimeOffsets(local).Max();
        else if (zone.IsInvalidTime(local)) offset = zone.GetUtcOffset(local - TimeSpan.FromHours(3));
        else offset = zone.GetUtcOffset(local);
        microseconds = localMicroseconds - (offset.Ticks / TicksPerMicrosecond);
        return true;
    }

    /// <summary>Finds an IANA zone by name.</summary>
    public static bool TryZone(string? name, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = null;
        return !string.IsNullOrWhiteSpace(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone);
    }

    private static readonly int UnixEpochDay = new DateOnly(1970, 1, 1).DayNumber;

    private static bool Two(ReadOnlySpan<byte> text, int at, out int value)
    {
        var a = (uint)(text[at] - '0');
        var b = (uint)(text[at + 1] - '0');
        value = (int)((a * 10) + b);
        return a <= 9 && b <= 9;
    }
}
