using Experience.Domain.Events;

namespace Experience.Web.Imports.Tables;

/// <summary>Words of exports for the codes of the vocabulary: "In person" is a room, "Marketing" a promotion cost. A mapping's own words come first.</summary>
internal static class CodeText
{
    private static readonly Dictionary<(string Field, string Word), string> Known = Words(
        (Fields.Presence, ["present: p yes attended here attend x 1 true late", "absent: a no missed abs 0 false noshow", "excused: e exc"]),
        (Fields.Channel, ["counter: inperson walkin desk office person", "phone: telephone call", "online: web website internet portal", "email: mail", "text: sms", "chat: messenger", "post: letter fax"]),
        (Fields.Mode, ["room: inperson classroom campus facetoface f2f onsite", "online: virtual remote zoom web distance live", "hybrid: blended hyflex", "self-paced: selfpaced asynchronous ondemand"]),
        (Fields.CostKind, ["promotion: marketing advertising brochure catalog catalogue printing mailing ads promo", "production: instruction instructor instructors teaching direct materials room rent salary", "service: administration admin overhead registration staff indirect office"]),
        (Fields.Audience, ["professional: career workforce business", "leisure: enrichment personal hobby", "language: languages", "youth: kids children teens", "senior: seniors", "contract: corporate", "licence: license ceu", "academic: credit"]),
        (Fields.Survey, ["annual: yearly", "transactional: service transaction", "course: class evaluation"]),
        (Fields.Fault, ["ours: us college provider", "theirs: student participant customer", "nobody: none"]),
        (Fields.Purpose, ["offers: marketing newsletter", "service: contact", "research: surveys", "sharing: thirdparty"]));

    /// <summary>The code that a word means, or the word as it came, for the reader to refuse.</summary>
    public static string Of(Field field, string value, IReadOnlyDictionary<string, string>? own)
    {
        if (own is not null)
        {
            foreach (var (word, code) in own)
            {
                if (word.Equals(value, StringComparison.OrdinalIgnoreCase)) return code;
            }
        }

        var lower = value.ToLowerInvariant();
        if (field.Codes.Contains(lower, StringComparer.Ordinal)) return lower;
        var bare = string.Concat(lower.Where(char.IsLetterOrDigit));
        if (field.Codes.FirstOrDefault(c => string.Concat(c.Where(char.IsLetterOrDigit)) == bare) is { } code2) return code2;
        return Known.GetValueOrDefault((field.Name, bare)) ?? value;
    }

    public static bool? Flag(string value) => value.ToLowerInvariant() switch
    {
        "true" or "yes" or "y" or "1" or "x" or "ja" or "oui" or "si" or "sí" => true,
        "false" or "no" or "n" or "0" or "nein" or "non" => false,
        _ => null,
    };

    private static Dictionary<(string, string), string> Words(params ReadOnlySpan<(Field Field, string[] Codes)> entries)
    {
        var words = new Dictionary<(string, string), string>();
        foreach (var (field, codes) in entries)
        {
            foreach (var line in codes)
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                foreach (var word in line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)) words[(field.Name, word)] = line[..colon];
            }
        }

        return words;
    }
}
