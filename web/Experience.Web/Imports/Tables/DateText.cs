using System.Globalization;
using System.Text;
using Experience.Domain.Wire;

namespace Experience.Web.Imports.Tables;

/// <summary>
/// Dates and times as exports write them. A format names the form of the day ("d/M/yyyy"); a time may follow it or not, with seconds or without,
/// of 24 hours or of 12. ISO 8601 is always read: it cannot be mistaken. "excel" are serial numbers, days since 1899-12-30.
/// </summary>
internal static class DateText
{
    public const string Excel = "excel";

    /// <summary>Forms of a day, in the order in which they are tried; the two readings of 3/4/2026 are told apart by the column.</summary>
    public static readonly string[] Forms =
    [
        "yyyy-MM-dd", "yyyy/M/d", "yyyyMMdd", "M/d/yyyy", "d/M/yyyy", "d.M.yyyy", "M-d-yyyy", "d-M-yyyy", "M/d/yy", "d/M/yy", "d.M.yy",
        "d-MMM-yyyy", "d-MMM-yy", "d MMM yyyy", "MMM d, yyyy", "MMM d yyyy", "MMMM d, yyyy", "d MMMM yyyy", "d. MMMM yyyy",
    ];

    private const decimal MinSerial = 1;
    private const decimal MaxSerial = 109_575;
    private static readonly DateTime SerialZero = new(1899, 12, 30);

    /// <summary>The same day in the other order of day and month, or null when the form has only one.</summary>
    public static string? Rival(string form) => form switch
    {
        "M/d/yyyy" => "d/M/yyyy",
        "d/M/yyyy" => "M/d/yyyy",
        "M-d-yyyy" => "d-M-yyyy",
        "d-M-yyyy" => "M-d-yyyy",
        "M/d/yy" => "d/M/yy",
        "d/M/yy" => "M/d/yy",
        _ => null,
    };

    public static Refusal? Check(string field, string? format)
    {
        if (format is null or Excel) return null;
        var usable = format.Length is > 1 and <= 40 && format.Contains('y') && format.Contains('d') && format.Contains('M');
        return usable ? null : new Refusal(field, $"is \"{format}\"", "a form such as M/d/yyyy, d/M/yyyy, d.M.yyyy, \"excel\" for serial numbers, or null for ISO 8601");
    }

    /// <summary>As µs since 1970 UTC; what names no zone is read in <paramref name="zone"/>.</summary>
    public static bool TryInstant(string text, string? format, TimeZoneInfo zone, out long microseconds)
    {
        if (TryIso(text, zone, out microseconds)) return true;
        return TryLocal(text, format, out var local) && WireTime.TryFromLocal((local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond, zone, out microseconds);
    }

    public static bool TryDate(string text, string? format, out DateOnly date)
    {
        date = default;
        if (!TryLocal(text, format, out var local)) return false;
        date = DateOnly.FromDateTime(local);
        return true;
    }

    /// <summary>Whether the whole text is a day of this form, with or without a time.</summary>
    public static bool Fits(string text, string form) => TryLocal(text, form, out _, iso: false);

    /// <summary>Whether it may be a serial number of our days: 1954 to 2064.</summary>
    public static bool MayBeSerial(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var serial) && serial is >= 20_000 and <= 60_000;

    public static bool IsIso(string text) => TryIso(text, TimeZoneInfo.Utc, out _) || Exact(text, "yyyy-MM-dd", out _);

    private static bool TryLocal(string text, string? format, out DateTime local, bool iso = true)
    {
        if (iso && TryIso(text, TimeZoneInfo.Utc, out var utc))
        {
            // The day that stands there, whatever the zone behind it.
            local = Exact(text[..10], "yyyy-MM-dd", out var day) ? day : DateTime.UnixEpoch.AddTicks(utc * TimeSpan.TicksPerMicrosecond);
            return true;
        }

        if (iso && Exact(text, "yyyy-MM-dd", out local)) return true;
        local = default;
        if (format is null) return SplitTime(text, out var isoDay, out var isoTime) && Exact(isoDay, "yyyy-MM-dd", out local) && Add(ref local, isoTime);
        if (format == Excel) return TrySerial(text, out local);
        if (Exact(text, format, out local)) return true;
        var form = DayOf(format);
        if (form != format && Exact(text, form, out local)) return true;
        return SplitTime(text, out var date, out var time) && Exact(date, form, out local) && Add(ref local, time);
    }

    private static bool Add(ref DateTime day, TimeSpan time)
    {
        day += time;
        return true;
    }

    private static bool TrySerial(string text, out DateTime local)
    {
        local = default;
        if (!decimal.TryParse(text.Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var serial) || serial < MinSerial || serial > MaxSerial) return false;
        // Excel counts a 29 February 1900 that was none; days before it are one off, and nobody registered then.
        local = SerialZero.AddSeconds((double)Math.Round(serial * 86_400));
        return true;
    }

    private static bool TryIso(string text, TimeZoneInfo zone, out long microseconds)
    {
        microseconds = 0;
        if (text.Length < 16 || text[4] != '-' || text[7] != '-' || !char.IsAsciiDigit(text[0])) return false;
        Span<char> form = stackalloc char[64];
        if (text.Length + 3 > form.Length) return false;
        text.CopyTo(form);
        var length = text.Length;
        if (form[10] == ' ') form[10] = 'T';
        // "2026-11-03T18:00": seconds are often left out.
        if (length == 16 || !(form[16] == ':'))
        {
            form[16..length].CopyTo(form[19..]);
            ":00".CopyTo(form[16..]);
            length += 3;
        }

        Span<byte> bytes = stackalloc byte[64 * 3];
        return WireTime.TryParse(bytes[..Encoding.UTF8.GetBytes(form[..length], bytes)], zone, out microseconds);
    }

    /// <summary>The part of a format that says the day: "M/d/yyyy h:mm tt" is "M/d/yyyy".</summary>
    private static string DayOf(string format)
    {
        var at = format.IndexOfAny(['H', 'h']);
        return at < 0 ? format : format[..at].TrimEnd(' ', '\'', 'T', ',');
    }

    /// <summary>"3/4/2026 5:30 PM" as a day and a time of day.</summary>
    private static bool SplitTime(string text, out string date, out TimeSpan time)
    {
        (date, time) = ("", default);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 2) return false;
        var hourAt = colon;
        while (hourAt > 0 && colon - hourAt < 2 && char.IsAsciiDigit(text[hourAt - 1])) hourAt--;
        if (hourAt == colon || hourAt == 0 || char.IsAsciiDigit(text[hourAt - 1])) return false;
        date = text[..hourAt].TrimEnd(' ', 'T', ',', '\u00A0', '\u202F');
        var rest = text[hourAt..].Trim().Replace(".", "", StringComparison.Ordinal).Replace("\u202F", " ", StringComparison.Ordinal).ToUpperInvariant();
        var half = rest.EndsWith("AM", StringComparison.Ordinal) ? 0 : rest.EndsWith("PM", StringComparison.Ordinal) ? 12 : -1;
        if (half >= 0) rest = rest[..^2].TrimEnd();
        var parts = rest.Split(':');
        if (parts.Length is < 2 or > 3 || !Number(parts[0], 23, out var hour) || !Number(parts[1], 59, out var minute)) return false;
        var second = 0;
        if (parts.Length == 3 && !Number(parts[2].Length > 2 ? parts[2][..2] : parts[2], 59, out second)) return false;
        if (half >= 0)
        {
            if (hour is < 1 or > 12) return false;
            hour = (hour % 12) + half;
        }

        time = new TimeSpan(hour, minute, second);
        return true;
    }

    private static bool Number(string text, int max, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && text.Length <= 2 && value <= max;

    private static bool Exact(string text, string format, out DateTime local) => DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out local);
}
