using Experience.Domain.Port;

namespace Experience.Web.Sources;

/// <summary>What the ways in keep beside the journal and what may name a person.</summary>
internal interface IKeptOfPeople
{
    /// <summary>Takes away what names the person; durable when it returns.</summary>
    Task RemoveAsync(ErasedPerson who);

    /// <summary>Seals what stays anew, under the newest key.</summary>
    Task SealAnewAsync() => Task.CompletedTask;
}

/// <summary>
/// Somebody who is about to be erased, as texts may name them: by a key standing by itself, by given and family name, by e-mail address or phone number. A key is one at its own source or at
/// one that is not known; the rest is the person's wherever it stands, also where a household shares it.
/// </summary>
internal sealed class ErasedPerson(IReadOnlyList<SourceKey> keys, StatedIdentities? stated)
{
    private const int PhoneDigits = 10;

    private readonly string _phone = Digits(stated?.Phone) is { Length: >= 7 } digits ? digits[^Math.Min(PhoneDigits, digits.Length)..] : "";

    public IReadOnlyList<SourceKey> Keys => keys;

    /// <summary>Whether it is a key of the person at this source.</summary>
    public bool IsKey(string source, string? key) => key is not null && keys.Any(k => k.Key == key && IsSame(source, k.Source));

    /// <summary>Whether a text names the person; keys count at this source, or at any where null.</summary>
    public bool IsNamedIn(string text, string? source = null) => keys.Any(k => (source is null || IsSame(source, k.Source)) && Stands(text, k.Key)) || IsMeantBy(text);

    /// <summary>Whether names, address or number of the person stand in it.</summary>
    public bool IsMeantBy(string text) => stated is not null
        && ((stated.Given.Length > 0 && stated.Family.Length > 0 && Stands(text, stated.Given) && Stands(text, stated.Family))
            || (stated.Email.Length > 0 && Stands(text, stated.Email))
            || (_phone.Length > 0 && Digits(text).Contains(_phone, StringComparison.Ordinal)));

    /// <summary>Whether what came from a source, "*" where it is not known, may be of another that is written fully.</summary>
    public static bool IsSame(string source, string own) => source == own || source == "*" || own.StartsWith(source, StringComparison.Ordinal) || source.StartsWith(own, StringComparison.Ordinal);

    /// <summary>Whether a word stands in a text by itself: not as a part of a longer word or number.</summary>
    private static bool Stands(string text, string word)
    {
        for (var at = word.Length == 0 ? -1 : text.IndexOf(word, StringComparison.OrdinalIgnoreCase); at >= 0;)
        {
            var end = at + word.Length;
            if ((at == 0 || !IsWord(text[at - 1])) && (end == text.Length || !IsWord(text[end]))) return true;
            at = at + 1 < text.Length ? text.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase) : -1;
        }

        return false;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '-' or '_';

    private static string Digits(string? text) => text is null ? "" : new string([.. text.Where(char.IsAsciiDigit)]);
}
