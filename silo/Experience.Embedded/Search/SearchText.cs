using System.Globalization;
using System.Text;

namespace Experience.Embedded.Search;

/// <summary>How text is compared: case and accents folded, words split at anything that is neither letter nor digit.</summary>
internal static class SearchText
{
    public static string Fold(string text)
    {
        var plain = true;
        foreach (var c in text) plain &= c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or ' ' or '.' or '@' or '-' or '+' or '_';
        if (plain) return text;
        var folded = new StringBuilder(text.Length);
        foreach (var c in text.Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark) continue;
            switch (char.ToLowerInvariant(c))
            {
                case 'ß': folded.Append("ss"); break;
                case 'ø': folded.Append('o'); break;
                case 'æ': folded.Append("ae"); break;
                case 'ł': folded.Append('l'); break;
                case var lower: folded.Append(lower); break;
            }
        }

        return folded.ToString();
    }

    public static string Digits(string text)
    {
        var digits = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c)) digits.Append(c);
        }

        return digits.ToString();
    }

    public static IEnumerable<string> Words(string folded)
    {
        var start = -1;
        for (var i = 0; i <= folded.Length; i++)
        {
            var inWord = i < folded.Length && char.IsLetterOrDigit(folded[i]);
            if (inWord && start < 0) start = i;
            if (inWord || start < 0) continue;
            yield return folded[start..i];
            start = -1;
        }
    }

    /// <summary>
    /// Edits (insert, delete, replace, swap of neighbours) from the word to the nearest beginning of the other one, or more than <paramref name="most"/>. The optimal
    /// string alignment distance (Damerau 1964), last row taken at its minimum so that what is not typed yet costs nothing.
    /// </summary>
    public static int PrefixEdits(ReadOnlySpan<byte> typed, ReadOnlySpan<byte> word, int most)
    {
        if (typed.Length > 40) return most + 1;
        var width = Math.Min(word.Length, typed.Length + most);
        Span<int> before = stackalloc int[width + 1];
        Span<int> last = stackalloc int[width + 1];
        Span<int> row = stackalloc int[width + 1];
        for (var j = 0; j <= width; j++) last[j] = j;
        for (var i = 1; i <= typed.Length; i++)
        {
            row[0] = i;
            var smallest = i;
            for (var j = 1; j <= width; j++)
            {
                var same = typed[i - 1] == word[j - 1];
                var edits = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && typed[i - 1] == word[j - 2] && typed[i - 2] == word[j - 1]) edits = Math.Min(edits, before[j - 2] + 1);
                row[j] = edits;
                smallest = Math.Min(smallest, edits);
            }

            if (smallest > most) return most + 1;
            var spare = before;
            before = last;
            last = row;
            row = spare;
        }

        var best = most + 1;
        for (var j = 0; j <= width; j++) best = Math.Min(best, last[j]);
        return best;
    }
}
