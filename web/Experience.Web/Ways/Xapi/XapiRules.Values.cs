using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Experience.Domain.Wire;

namespace Experience.Web.Ways.Xapi;

/// <summary>The kinds of single values, and the shape of objects.</summary>
internal sealed partial class XapiRules
{
    private static string At(string path, string name) => path.Length == 0 ? name : path + "." + name;

    private static string Kind(JsonElement target, string otherwise = "Activity") =>
        target.ValueKind != JsonValueKind.Object || !target.TryGetProperty("objectType", out var kind) ? otherwise : kind.ValueKind == JsonValueKind.String ? kind.GetString()! : "";

    private bool Refuse(string field, string reason, string accepted)
    {
        _refusal ??= new Refusal(field, reason, accepted);
        return false;
    }

    private bool Object(JsonElement value, string path, HashSet<string> keys)
    {
        if (value.ValueKind != JsonValueKind.Object) return Refuse(path, "is not a JSON object", "a JSON object");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in value.EnumerateObject())
        {
            if (!keys.Contains(part.Name)) return Refuse(At(path, part.Name), "is not a property of it", string.Join(", ", keys));
            if (!seen.Add(part.Name)) return Refuse(At(path, part.Name), "is stated twice", "each property once");
        }

        return true;
    }

    /// <summary>Null is no value anywhere but inside of extensions (Part Two, 2.2).</summary>
    private bool NoNulls(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Null) return Refuse(path, "is null", "a value, or no such property");
        if (value.ValueKind == JsonValueKind.Array) return value.EnumerateArray().All(item => NoNulls(item, path));
        if (value.ValueKind != JsonValueKind.Object) return true;
        return value.EnumerateObject().All(part => part.Name == "extensions" || NoNulls(part.Value, At(path, part.Name)));
    }

    private bool Required(JsonElement value, string path, string name, Func<JsonElement, string, bool> check) =>
        value.TryGetProperty(name, out var part) ? check(part, At(path, name)) : Refuse(At(path, name), "is missing", "a value, because it is required");

    private static bool Optional(JsonElement value, string path, string name, Func<JsonElement, string, bool> check) =>
        !value.TryGetProperty(name, out var part) || check(part, At(path, name));

    private Func<JsonElement, string, bool> OneOf(params string[] values) => (value, path) =>
        (value.ValueKind == JsonValueKind.String && values.Contains(value.GetString())) || Refuse(path, "is not one of its values", string.Join(", ", values));

    private bool Text(JsonElement value, string path) => value.ValueKind == JsonValueKind.String || Refuse(path, "is not text", "text");

    private bool Flag(JsonElement value, string path) => value.ValueKind is JsonValueKind.True or JsonValueKind.False || Refuse(path, "is neither true nor false", "true or false");

    private bool Length(JsonElement value, string path) =>
        (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var bytes) && bytes >= 0) || Refuse(path, "is not a length", "a whole number of bytes");

    private bool Uuid(JsonElement value, string path) => Matches(value, path, UuidPattern(), "is not a UUID", "a UUID such as 6690e6c9-3ef0-4ed3-8b37-7f3964730bee");

    private bool Mailbox(JsonElement value, string path) => Matches(value, path, MailboxPattern(), "is not a mailto address", "mailto: and an e-mail address");

    private bool Sha1(JsonElement value, string path) => Matches(value, path, Sha1Pattern(), "is not a SHA-1 sum", "40 hexadecimal digits");

    private bool Sha2(JsonElement value, string path) => Matches(value, path, Sha2Pattern(), "is not a SHA-2 sum", "56 to 128 hexadecimal digits, or the same in Base64");

    private bool Iri(JsonElement value, string path) => Matches(value, path, IriPattern(), "is not an absolute IRI", "an IRI with its scheme, such as https://example.org/course/1");

    private bool Language(JsonElement value, string path) => Matches(value, path, LanguagePattern(), "is not a language tag", "a tag of RFC 5646 such as en-US");

    private bool Version(JsonElement value, string path) => Matches(value, path, _second ? SecondVersionPattern() : VersionPattern(), "is not a version of xAPI that is spoken here", _second ? "2.0 or 2.0.0" : "1.0 or 1.0.x");

    private bool Duration(JsonElement value, string path) => Matches(value, path, DurationPattern(), "is not a duration", "an ISO 8601 duration such as PT1H30M");

    private bool Time(JsonElement value, string path)
    {
        const string accepted = "an RFC 3339 time such as 2026-11-23T17:00:00Z";
        if (value.ValueKind != JsonValueKind.String) return Refuse(path, "is not a time", accepted);
        var text = value.GetString()!;
        // -00:00 says that the offset is not known, which xAPI forbids; the other forms of no offset at all are read in the source's zone.
        return (TryTime(text, out _) && !UnknownOffset().IsMatch(text)) || Refuse(path, "is not a time", accepted);
    }

    /// <summary>Reads the times that xAPI allows: ISO 8601 in its RFC 3339 profile, with offsets of ±hh:mm, ±hhmm or ±hh.</summary>
    public static bool TryTime(string text, out long microseconds)
    {
        text = ShortOffset().Replace(text, m => m.Groups[1].Value + ":" + (m.Groups[2].Length == 0 ? "00" : m.Groups[2].Value));
        return WireTime.TryParse(Encoding.UTF8.GetBytes(text), TimeZoneInfo.Utc, out microseconds);
    }

    private bool Languages(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object) return Refuse(path, "is not a language map", "a JSON object from language tags to texts");
        foreach (var part in value.EnumerateObject())
        {
            if (!LanguagePattern().IsMatch(part.Name)) return Refuse(path, $"has a key that is not a language tag ({part.Name})", "tags of RFC 5646 such as en-US");
            if (!Text(part.Value, At(path, part.Name))) return false;
        }

        return true;
    }

    private bool Extensions(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object) return Refuse(path, "is not a JSON object", "a JSON object whose keys are IRIs");
        foreach (var part in value.EnumerateObject())
        {
            if (!IriPattern().IsMatch(part.Name)) return Refuse(path, $"has a key that is not an IRI ({part.Name})", "a JSON object whose keys are IRIs");
        }

        return true;
    }

    private bool Matches(JsonElement value, string path, Regex pattern, string reason, string accepted) =>
        (value.ValueKind == JsonValueKind.String && pattern.IsMatch(value.GetString()!)) || Refuse(path, reason, accepted);

    [GeneratedRegex(@"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}\z")]
    private static partial Regex UuidPattern();

    [GeneratedRegex(@"^mailto:[^\s@:]+@[^\s@]+\z")]
    private static partial Regex MailboxPattern();

    [GeneratedRegex(@"^[0-9a-fA-F]{40}\z")]
    private static partial Regex Sha1Pattern();

    [GeneratedRegex(@"^([0-9a-fA-F]{56,128}|[A-Za-z0-9+/]{38,88}={0,2})\z")]
    private static partial Regex Sha2Pattern();

    /// <summary>RFC 3987: a scheme, then something without blanks or the delimiters that no IRI holds.</summary>
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>""{}|\\^`]+\z")]
    private static partial Regex IriPattern();

    /// <summary>RFC 5646, 2.1: language, extended language, script, region, variants, extensions, private use; or the grandfathered irregular tags.</summary>
    [GeneratedRegex(@"^((([a-z]{2,3}(-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[a-wy-z0-9](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?)|x(-[a-z0-9]{1,8})+|i-[a-z]{3,8}|en-gb-oed|sgn-(be-fr|be-nl|ch-de))\z", RegexOptions.IgnoreCase)]
    private static partial Regex LanguagePattern();

    [GeneratedRegex(@"^1\.0(\.[0-9]+)?\z")]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"^2\.0(\.0)?\z")]
    private static partial Regex SecondVersionPattern();

    /// <summary>ISO 8601 durations; only the smallest part may have a fraction, and weeks stand alone.</summary>
    [GeneratedRegex(@"^P(?=.)(\d+([.,]\d+)?W|(\d+([.,]\d+)?Y)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?D)?(T(?=\d)(\d+([.,]\d+)?H)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?S)?)?)\z")]
    private static partial Regex DurationPattern();

    [GeneratedRegex(@"-00(:?00)?\z")]
    private static partial Regex UnknownOffset();

    [GeneratedRegex(@"(?<=T.*[+-])(\d\d)(\d\d)?\z", RegexOptions.IgnoreCase)]
    private static partial Regex ShortOffset();
}
