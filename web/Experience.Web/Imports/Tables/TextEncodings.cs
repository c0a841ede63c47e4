using System.Text;
using System.Text.Unicode;

namespace Experience.Web.Imports.Tables;

/// <summary>
/// In which encoding a table was written: by its mark, else UTF-16 by its zero bytes, else UTF-8 when every byte of the file is, else Windows-1252,
/// which is what Excel writes as "CSV". The whole file is looked at: one name with an accent may be its only sign.
/// </summary>
internal static class TextEncodings
{
    public const string Accepted = "utf-8, utf-16, utf-16be, windows-1252, iso-8859-15";

    private static readonly Encoding Windows = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
    private static readonly Encoding Latin9 = CodePagesEncodingProvider.Instance.GetEncoding("iso-8859-15")!;
    private static readonly UTF8Encoding Utf8Text = new(false);
    private static readonly UnicodeEncoding Utf16 = new(false, false);
    private static readonly UnicodeEncoding Utf16Big = new(true, false);

    public static string Name(Encoding encoding) => encoding.CodePage switch
    {
        1200 => "utf-16",
        1201 => "utf-16be",
        1252 => "windows-1252",
        28605 => "iso-8859-15",
        _ => "utf-8",
    };

    public static Encoding? Find(string name) => name.ToLowerInvariant() switch
    {
        "utf-8" or "utf8" => Utf8Text,
        "utf-16" or "utf-16le" or "unicode" => Utf16,
        "utf-16be" => Utf16Big,
        "windows-1252" or "cp1252" or "iso-8859-1" or "latin1" => Windows,
        "iso-8859-15" or "latin9" => Latin9,
        _ => null,
    };

    /// <summary>Looks from the start to the end, and goes back to the start.</summary>
    public static Encoding Detect(Stream file)
    {
        file.Position = 0;
        try
        {
            var buffer = new byte[1 << 16];
            var kept = 0;
            var first = true;
            int n;
            while ((n = file.ReadAtLeast(buffer.AsSpan(kept), buffer.Length - kept, throwOnEndOfStream: false)) > 0)
            {
                var text = buffer.AsSpan(0, kept + n);
                if (first && ByItsStart(text) is { } known) return known;
                first = false;
                var end = EndOfWholeCharacters(text);
                if (!Utf8.IsValid(text[..end])) return Windows;
                kept = text.Length - end;
                text[end..].CopyTo(buffer);
            }

            return kept == 0 ? Utf8Text : Windows;
        }
        finally
        {
            file.Position = 0;
        }
    }

    private static Encoding? ByItsStart(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("\uFEFF"u8)) return Utf8Text;
        if (text is [0xFF, 0xFE, ..]) return Utf16;
        if (text is [0xFE, 0xFF, ..]) return Utf16Big;
        var sample = text[..Math.Min(text.Length, 4096)];
        var even = 0;
        var odd = 0;
        for (var i = 0; i < sample.Length; i++)
        {
            if (sample[i] != 0) continue;
            if ((i & 1) == 0) even++;
            else odd++;
        }

        // Western text in UTF-16 has a zero in nearly every second byte; other encodings have none.
        if (odd * 4 > sample.Length && odd > even * 4) return Utf16;
        return even * 4 > sample.Length && even > odd * 4 ? Utf16Big : null;
    }

    /// <summary>Where the last character that is not cut off ends; at most three bytes from the end.</summary>
    private static int EndOfWholeCharacters(ReadOnlySpan<byte> text)
    {
        for (var back = 1; back <= Math.Min(3, text.Length); back++)
        {
            var b = text[^back];
            if (b < 0x80) break;
            if (b < 0xC0) continue;
            var length = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
            return length > back ? text.Length - back : text.Length;
        }

        return text.Length;
    }
}
