using System.Globalization;

namespace Experience.Domain.Models.Reports;

/// <summary>Numbers as reports write them: the same digits whatever the computer's language.</summary>
public static class Figures
{
    private const char Minus = '−';

    public static string Count(double value) => Write(value, "#,0");

    public static string Fixed(double value, int digits) => Write(value, digits == 0 ? "#,0" : "#,0." + new string('0', digits));

    public static string LogLikelihood(double? value) => value is { } known ? Fixed(known, 2) : "–";

    public static string Share(double? value) => value is { } known ? Write(known * 100, "0.0") + " %" : "–";

    /// <summary>Five significant digits: enough to compare with published parameters.</summary>
    public static string Parameter(double value) =>
        Math.Abs(value) is >= 1e-4 and < 1e6 ? Write(value, value.ToString("G5", CultureInfo.InvariantCulture).Contains('E') ? "0" : "G5") : Write(value, "0.0000e0");

    public static string Money(double minorUnits) => Fixed(minorUnits / 100, 2);

    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Write(double value, string format)
    {
        if (!double.IsFinite(value)) return "–";
        var text = value.ToString(format, CultureInfo.InvariantCulture);
        // A rounded nothing has no sign.
        return text.StartsWith('-') ? text.AsSpan().IndexOfAnyInRange('1', '9') < 0 ? text[1..] : Minus + text[1..] : text;
    }
}
