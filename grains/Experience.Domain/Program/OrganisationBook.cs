using System.Globalization;
using System.Text;

namespace Experience.Domain.Programs;

/// <summary>What was agreed with an organisation.</summary>
/// <param name="Kind">Code of <c>engagementKind</c>, or −1.</param>
/// <param name="Amount">Agreed, minor units; −1 when not stated.</param>
/// <param name="Seats">0 when not stated.</param>
/// <param name="Starts">Civil day, or <see cref="SectionInfo.NoDay"/>.</param>
public sealed record EngagementInfo(
    ulong Hash, string Key, string Organisation, int Kind, string? Title, long Amount, string? PurchaseOrder, ulong Section, int Seats, int Starts, int Ends, long OpenedAt, long ClosedAt, int Outcome, long Paid);

/// <summary>What was said of an organisation itself.</summary>
public sealed record OrganisationInfo(string Name, string? Title, string? Industry);

/// <summary>
/// Organisations by their key: the normal form of their name, or of the name that theirs is another one of. So "Harlan Precision, Inc." and "HARLAN PRECISION" are one without a word, and
/// "HP Machining" is when an alias says so. Immutable.
/// </summary>
public sealed class OrganisationBook
{
    /// <summary>Aliases followed from one name to the next; a circle ends there.</summary>
    private const int MaxSteps = 8;

    private static readonly HashSet<string> LegalForms =
        ["inc", "incorporated", "llc", "llp", "ltd", "limited", "corp", "corporation", "co", "company", "gmbh", "ag", "kg", "sa", "sarl", "plc", "bv", "nv", "ab", "oy", "as", "srl", "spa", "pty"];

    /// <summary>Letters with marks, by the plain one. A table of its own: what a platform's normalisation does depends on its libraries, and a key must be the same on every host.</summary>
    private static readonly Dictionary<char, string> PlainLetters = new (string Plain, string Letters)[]
    {
        ("a", "àáâãäåāăą"), ("ae", "æ"), ("c", "çćĉċč"), ("d", "ďđð"), ("e", "èéêëēĕėęě"), ("g", "ĝğġģ"), ("h", "ĥħ"), ("i", "ìíîïĩīĭįı"), ("j", "ĵ"), ("k", "ķ"), ("l", "ĺļľŀł"), ("n", "ñńņň"),
        ("o", "òóôõöøōŏő"), ("oe", "œ"), ("r", "ŕŗř"), ("s", "śŝşšș"), ("ss", "ß"), ("t", "ţťŧț"), ("th", "þ"), ("u", "ùúûüũūŭůűų"), ("w", "ŵ"), ("y", "ýÿŷ"), ("z", "źżž"),
    }.SelectMany(static p => p.Letters.Select(c => (c, p.Plain))).ToDictionary(static p => p.c, static p => p.Plain);

    private readonly Dictionary<string, string> _aliases;
    private readonly Dictionary<string, OrganisationInfo> _infos;
    private readonly ILookup<string, EngagementInfo> _engagements;
    private readonly Dictionary<string, long> _otherPaid;

    internal OrganisationBook(
        IReadOnlyDictionary<string, string> aliases, IReadOnlyDictionary<string, OrganisationInfo> infos, IEnumerable<EngagementInfo> engagements, IReadOnlyDictionary<string, long> otherPaid)
    {
        _aliases = new Dictionary<string, string>(aliases, StringComparer.Ordinal);
        _infos = new Dictionary<string, OrganisationInfo>(StringComparer.Ordinal);
        foreach (var (name, info) in infos.OrderBy(static i => i.Key, StringComparer.Ordinal))
        {
            var key = KeyOf(name);
            // Of several names the one that the others lead to speaks, where it says something.
            var known = _infos.GetValueOrDefault(key);
            var own = known is null || Normal(name) == key;
            _infos[key] = own ? new OrganisationInfo(info.Name, info.Title ?? known?.Title, info.Industry ?? known?.Industry) : known! with { Title = known.Title ?? info.Title, Industry = known.Industry ?? info.Industry };
        }

        _engagements = engagements.ToLookup(e => KeyOf(e.Organisation));
        _otherPaid = [];
        foreach (var (name, amount) in otherPaid) _otherPaid[KeyOf(name)] = _otherPaid.GetValueOrDefault(KeyOf(name)) + amount;
    }

    public static OrganisationBook None { get; } = new(new Dictionary<string, string>(), new Dictionary<string, OrganisationInfo>(), [], new Dictionary<string, long>());

    /// <summary>Keys that something was said of, or engaged us.</summary>
    public IEnumerable<string> Keys => _infos.Keys.Union(_engagements.Select(static g => g.Key)).Union(_otherPaid.Keys);

    public OrganisationInfo? Find(string key) => _infos.GetValueOrDefault(key);

    public IEnumerable<EngagementInfo> EngagementsOf(string key) => _engagements[key];

    /// <summary>Paid for no engagement that is known, and no one's seat.</summary>
    public long OtherPaidOf(string key) => _otherPaid.GetValueOrDefault(key);

    /// <summary>Names that were said to be other names of an organisation.</summary>
    public IEnumerable<string> AliasesOf(string key) => _aliases.Keys.Where(a => a != key && KeyOf(a) == key).Order(StringComparer.Ordinal);

    public string KeyOf(string name)
    {
        var key = Normal(name);
        for (var step = 0; step < MaxSteps && _aliases.TryGetValue(key, out var next) && next != key; step++) key = next;
        return key;
    }

    private static string Plain(char letter) => letter < 128 ? letter.ToString() : PlainLetters.GetValueOrDefault(letter) ?? letter.ToString();

    /// <summary>Lower case, without marks, punctuation and legal form; "&amp;" is "and".</summary>
    public static string Normal(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var c in name.Replace("&", " and ", StringComparison.Ordinal))
        {
            if (char.IsLetterOrDigit(c)) word.Append(Plain(char.ToLowerInvariant(c)));
            // A mark belongs to its letter; an apostrophe and a full stop are within a word (O'Neil, S.A.).
            else if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark && c is not ('\'' or '’' or '.')) End();
        }

        End();
        // "Borg & Co" is "Borg".
        while (words.Count > 1 && (LegalForms.Contains(words[^1]) || words[^1] == "and")) words.RemoveAt(words.Count - 1);
        return words.Count > 0 ? string.Join(' ', words) : name.Trim();

        void End()
        {
            if (word.Length > 0) words.Add(word.ToString());
            word.Clear();
        }
    }
}
