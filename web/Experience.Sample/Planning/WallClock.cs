namespace Experience.Sample.Planning;

/// <summary>Civil times of the program's zone as instants, µs since 1970 UTC.</summary>
internal sealed class WallClock(TimeZoneInfo zone)
{
    public const long Second = 1_000_000;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    private static readonly long EpochTicks = DateTime.UnixEpoch.Ticks;

    /// <summary>An hour that a change of clocks leaves out reads as the hour after it.</summary>
    public long At(DateOnly day, int minuteOfDay)
    {
        var local = day.ToDateTime(TimeOnly.MinValue).AddMinutes(minuteOfDay);
        if (zone.IsInvalidTime(local)) local = local.AddHours(1);
        return (local.Ticks - EpochTicks - zone.GetUtcOffset(local).Ticks) / 10;
    }

    public DateOnly DayOf(long instant) => DateOnly.FromDateTime(Local(instant));

    public DateTime Local(long instant) => TimeZoneInfo.ConvertTimeFromUtc(new DateTime(EpochTicks + instant * 10, DateTimeKind.Utc), zone);

    public static int Number(DateOnly day) => day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static long Instant(DateTimeOffset time) => (time.UtcTicks - EpochTicks) / 10;

    /// <summary>Whether a desk is open: Monday to Friday, 8:00 to 18:00.</summary>
    public bool Open(long instant)
    {
        var local = Local(instant);
        return local.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && local.Hour is >= 8 and < 18;
    }

    /// <summary>The instant, or the next opening of the desks when they are closed.</summary>
    public long NextOpen(long instant)
    {
        while (!Open(instant))
        {
            var local = Local(instant);
            var day = DateOnly.FromDateTime(local);
            instant = local.Hour < 8 ? At(day, 8 * 60) : At(day.AddDays(1), 8 * 60);
        }

        return instant;
    }

    /// <summary>The instant so many hours of working days ago: all 24 hours of Monday to Friday count, none of the weekend's.</summary>
    public long WorkdayHoursBefore(long instant, double hours)
    {
        var left = (long)(hours * Hour);
        var day = DayOf(instant);
        while (true)
        {
            if (day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
            {
                var start = At(day, 0);
                var end = Math.Min(instant, At(day.AddDays(1), 0));
                if (end - start >= left) return end - left;
                left -= end - start;
            }

            day = day.AddDays(-1);
        }
    }
}
