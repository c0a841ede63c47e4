using Experience.Domain.People;

namespace Experience.Domain.Tests.People;

public sealed class CivilZoneTests
{
    public static TheoryData<string> Zones =>
    [
        "UTC", "America/Chicago", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Gaza",
    ];

    [Theory]
    [MemberData(nameof(Zones))]
    public void A_day_is_the_date_on_the_calendar(string id)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        var civil = new CivilZone(zone);
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var time = random.NextInt64(-2_000_000_000_000_000, 4_000_000_000_000_000);
            var local = TimeZoneInfo.ConvertTime(DateTimeOffset.UnixEpoch.AddTicks(time * 10), zone);
            var day = DateOnly.FromDateTime(local.DateTime).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
            // An hour of a clock set back across midnight stays with the day that had begun.
            var behind = civil.Day(time) - day;
            Assert.True(behind == 0 || behind == 1 && id == "America/St_Johns", $"{id} {local}: {civil.Day(time)} for {day}");
            if (behind == 0) Assert.Equal((local.Year - 1970) * 12 + local.Month - 1, civil.Month(time));
        }
    }

    [Theory]
    [MemberData(nameof(Zones))]
    public void A_day_starts_at_its_first_instant_and_days_never_run_backwards(string id)
    {
        var civil = new CivilZone(TimeZoneInfo.FindSystemTimeZoneById(id));
        var last = long.MinValue;
        for (var day = -25_000; day < 45_000; day++)
        {
            var start = civil.StartOfDay(day);
            Assert.True(civil.Day(start) >= day && civil.Day(start - 1) < day, $"{id} day {day} starts at {start}");
            Assert.True(start >= last);
            last = start;
        }
    }

    [Theory]
    [MemberData(nameof(Zones))]
    public void Every_hour_belongs_to_one_day_and_the_next_hour_to_no_earlier_one(string id)
    {
        var civil = new CivilZone(TimeZoneInfo.FindSystemTimeZoneById(id));
        var last = int.MinValue;
        for (long minute = 0; minute < 60L * 24 * 365 * 50; minute += 20)
        {
            var day = civil.Day(minute * 60_000_000);
            Assert.True(day >= last, $"{id} at minute {minute}");
            last = day;
        }
    }

    [Fact]
    public void Dates_and_days_convert_both_ways()
    {
        for (var day = -200_000; day < 200_000; day += 13)
        {
            var (year, month, date) = CivilZone.Civil(day);
            Assert.Equal(day, CivilZone.DayOf(year, month, date));
            if (year < 1) continue;
            var expected = DateOnly.FromDayNumber(day + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);
            Assert.Equal(expected, new DateOnly(year, month, date));
            Assert.Equal((int)expected.DayOfWeek, CivilZone.Weekday(day));
        }
    }
}
