using Experience.Domain.People;

namespace Experience.Domain.Programs;

/// <summary>
/// When the office works: weekdays, hours, holidays. The clocks of complaints and promises run on it. Immutable.
/// </summary>
/// <param name="Weekdays">Bit 0 is Sunday.</param>
/// <param name="Opens">µs after local midnight.</param>
/// <param name="Closes">µs after local midnight, later than <paramref name="Opens"/>.</param>
public sealed record OfficeCalendar(int Weekdays, long Opens, long Closes, IReadOnlyList<int> Holidays)
{
    public const long Hour = 3_600_000_000;

    /// <summary>A calendar without one working day in two years is refused by the policy, so a search ends here.</summary>
    private const int MaxDays = 800;

    private readonly HashSet<int> _holidays = [.. Holidays];

    public static OfficeCalendar Default { get; } = new(0b0111110, 8 * Hour, 17 * Hour, []);

    public bool Works(int day) => (Weekdays >> CivilZone.Weekday(day) & 1) != 0 && (_holidays.Count == 0 || !_holidays.Contains(day));

    /// <summary>The instant when so many hours have passed, counting all 24 hours of working days and none of others.</summary>
    public long AddHoursOfDays(CivilZone zone, long from, long hours)
    {
        var left = hours * Hour;
        var day = zone.Day(from);
        for (var i = 0; i < MaxDays; i++, day++)
        {
            if (!Works(day)) continue;
            var start = Math.Max(from, zone.StartOfDay(day));
            var end = zone.StartOfDay(day + 1);
            // Reaching midnight exactly counts as that midnight: due times read as "by the end of".
            if (start + left <= end) return start + left;
            left -= end - start;
        }

        return from + hours * Hour;
    }

    /// <summary>The instant when so many opening hours have passed.</summary>
    public long AddOfficeHours(CivilZone zone, long from, long hours)
    {
        var left = hours * Hour;
        var day = zone.Day(from);
        for (var i = 0; i < MaxDays; i++, day++)
        {
            if (!Works(day)) continue;
            var midnight = zone.StartOfDay(day);
            var start = Math.Max(from, midnight + Opens);
            var end = midnight + Closes;
            if (start >= end) continue;
            if (start + left <= end) return start + left;
            left -= end - start;
        }

        return from + hours * Hour;
    }

    /// <summary>The same time of day, so many working days later.</summary>
    public long AddOfficeDays(CivilZone zone, long from, int days)
    {
        var day = zone.Day(from);
        var timeOfDay = from - zone.StartOfDay(day);
        for (var i = 0; days > 0 && i < MaxDays; i++)
        {
            day++;
            if (Works(day)) days--;
        }

        return zone.StartOfDay(day) + timeOfDay;
    }
}
