using System.Globalization;
using Experience.Domain.People;

namespace Experience.Domain.Programs;

/// <summary>How money, days and durations read in the sentences that the server composes.</summary>
public static class Wording
{
    private static readonly string[] Weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    private static readonly string[] LongWeekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary>Currencies without minor units (ISO 4217); all others are taken to have two.</summary>
    private static readonly string[] WholeCurrencies = ["JPY", "KRW", "VND", "CLP", "ISK", "UGX", "PYG"];

    /// <summary>"17 Nov", with the year where it is not this one's.</summary>
    public static string Day(int day, int today)
    {
        var (year, month, of) = CivilZone.Civil(day);
        var text = $"{of} {Months[month - 1]}";
        return year == CivilZone.Civil(today).Year ? text : $"{text} {year}";
    }

    public static string Month(int month) => $"{Months[(month % 12 + 12) % 12]} {1970 + (int)Math.Floor(month / 12.0)}";

    public static string Weekday(int day) => LongWeekdays[CivilZone.Weekday(day)];

    /// <summary>"today 10:38", "Tue 18:00" within six days, "Tue 17 Nov, 18:00" otherwise.</summary>
    public static string Instant(CivilZone zone, long at, long now)
    {
        var day = zone.Day(at);
        var today = zone.Day(now);
        var clock = Clock(zone.TimeOfDay(at));
        if (day == today) return "today " + clock;
        if (day == today + 1) return "tomorrow " + clock;
        var weekday = Weekdays[CivilZone.Weekday(day)];
        return Math.Abs(day - today) < 7 ? $"{weekday} {clock}" : $"{weekday} {Day(day, today)}, {clock}";
    }

    /// <summary>"2 h 12 min", "52 h", "3 days".</summary>
    public static string Duration(long micros)
    {
        var minutes = Math.Max(0, micros / (60 * CivilZone.MicrosPerSecond));
        return minutes switch
        {
            < 60 => $"{minutes} min",
            < 10 * 60 => minutes % 60 == 0 ? $"{minutes / 60} h" : $"{minutes / 60} h {minutes % 60} min",
            < 100 * 60 => $"{minutes / 60} h",
            _ => $"{minutes / (24 * 60)} days",
        };
    }

    /// <summary>A number of days as one would say it: in days up to three weeks, in weeks up to four months, then in months, then in years.</summary>
    public static string Span(int days) => days switch
    {
        < 21 => Count(days, "day", "days"),
        < 120 => $"{Math.Round(days / 7.0)} weeks",
        < 700 => $"{Math.Round(days / 30.44)} months",
        _ => $"{Rating((long)Math.Round(days / 365.25 * 10) * 10)} years",
    };

    /// <summary>"$1,284" for whole amounts, "$171.50" otherwise.</summary>
    public static string Money(long minor, string currency)
    {
        var whole = Array.IndexOf(WholeCurrencies, currency) >= 0;
        var value = whole ? minor : Math.Abs((decimal)minor) / 100;
        var text = Math.Abs(value).ToString(whole || value == decimal.Truncate(value) ? "#,0" : "#,0.00", CultureInfo.InvariantCulture);
        var symbol = currency switch
        {
            "USD" => "$",
            "EUR" => "€",
            "GBP" => "£",
            _ => currency + " ",
        };
        return (minor < 0 ? "−" : "") + symbol + text;
    }

    /// <summary>A rating in hundredths as people say it: "2", "3.5".</summary>
    public static string Rating(long hundredths) => (hundredths / 100m).ToString("0.##", CultureInfo.InvariantCulture);

    public static string Number(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Count(long count, string one, string many) => count == 1 ? $"1 {one}" : $"{Number(count)} {many}";

    /// <summary>"1st", "2nd", "9th".</summary>
    public static string Ordinal(int n) => n + ((n % 100 is >= 11 and <= 13) ? "th" : (n % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" });

    private static string Clock(long micros) => new TimeOnly(micros * TimeSpan.TicksPerMicrosecond).ToString("HH:mm", CultureInfo.InvariantCulture);
}
