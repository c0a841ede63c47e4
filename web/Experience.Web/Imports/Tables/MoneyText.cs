using System.Globalization;

namespace Experience.Web.Imports.Tables;

/// <summary>
/// Amounts and numbers as exports write them: "$1,234.50", "1.234,50 €", "1 234,50", "(12.00)", "12.00-", "CHF 1'250". Which sign is the decimal mark is
/// said, or seen from the number itself where it can be; groups must be of three, so that "1.23,4" is nobody's number.
/// </summary>
internal static class MoneyText
{
    private const int MaxLength = 40;

    /// <param name="mark">The decimal mark, or null to see it from the number.</param>
    public static bool TryParse(string text, char? mark, out decimal value)
    {
        value = 0;
        if (text.Length is 0 or > MaxLength) return false;
        Span<char> digits = stackalloc char[MaxLength];
        var n = 0;
        var negative = false;
        var open = false;
        foreach (var c in text)
        {
            switch (c)
            {
                case '-' or '−':
                    negative = true;
                    break;
                case '(':
                    open = true;
                    break;
                case ')':
                    if (!open) return false;
                    negative = true;
                    break;
                case '+' or '%' or '\'' or '’':
                    break;
                default:
                    // Currency signs, codes such as EUR, and spaces of every width are no part of the number.
                    if (char.IsWhiteSpace(c) || char.IsLetter(c) || char.GetUnicodeCategory(c) == UnicodeCategory.CurrencySymbol) break;
                    if (c is not ('.' or ',') && !char.IsAsciiDigit(c)) return false;
                    digits[n++] = c;
                    break;
            }
        }

        var number = digits[..n];
        // "Rs. 500": the dot belongs to the letters.
        if (number is ['.' or ',', .. var rest] && rest.Length > 2 && text.AsSpan().TrimStart() is [var head, ..] && char.IsLetter(head)) number = rest;
        if (!number.ContainsAnyInRange('0', '9') || HasLongWord(text)) return false;
        return Read(number, mark ?? MarkOf(number), ref value) && Sign(ref value, negative);
    }

    /// <summary>The decimal mark that a number shows by itself; null when it shows none ("1,234" may be either).</summary>
    public static char? Evidence(string text)
    {
        var last = text.LastIndexOfAny(['.', ',']);
        if (last < 0) return null;
        var other = text[last] == '.' ? ',' : '.';
        var after = text.Skip(last + 1).Count(char.IsAsciiDigit);
        if (text.AsSpan(0, last).Contains(other)) return text[last];
        if (text.AsSpan(0, last).Contains(text[last])) return other;
        return after == 3 ? null : text[last];
    }

    private static bool Sign(ref decimal value, bool negative)
    {
        if (negative) value = -value;
        return true;
    }

    private static char MarkOf(ReadOnlySpan<char> number)
    {
        var last = number.LastIndexOfAny('.', ',');
        if (last < 0) return '.';
        var sign = number[last];
        var other = sign == '.' ? ',' : '.';
        if (number[..last].Contains(other)) return sign;
        if (number[..last].Contains(sign)) return other;
        // "1,234" is a thousand and more in English, and "1.234" is one and a bit: as the invariant form has it.
        return sign == ',' && number.Length - last - 1 != 3 ? ',' : '.';
    }

    private static bool Read(ReadOnlySpan<char> number, char mark, ref decimal value)
    {
        var group = mark == '.' ? ',' : '.';
        var point = number.IndexOf(mark);
        var whole = point < 0 ? number : number[..point];
        var fraction = point < 0 ? [] : number[(point + 1)..];
        if (fraction.ContainsAny('.', ',')) return false;
        Span<char> plain = stackalloc char[MaxLength];
        var n = 0;
        var since = -1;
        foreach (var c in whole)
        {
            if (c == group)
            {
                // Two is how lakhs are grouped: 1,23,456.
                if (n == 0 || since is not (-1 or 2 or 3)) return false;
                since = 0;
                continue;
            }

            plain[n++] = c;
            if (since >= 0) since++;
        }

        if (since is not (-1 or 3)) return false;
        if (fraction.Length > 0)
        {
            if (n + fraction.Length + 1 > MaxLength) return false;
            plain[n++] = '.';
            fraction.CopyTo(plain[n..]);
            n += fraction.Length;
        }

        return decimal.TryParse(plain[..n], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Letters are a currency's only up to three of them: "three 4" is no number.</summary>
    private static bool HasLongWord(string text)
    {
        var run = 0;
        foreach (var c in text)
        {
            run = char.IsLetter(c) ? run + 1 : 0;
            if (run > 3) return true;
        }

        return false;
    }
}
