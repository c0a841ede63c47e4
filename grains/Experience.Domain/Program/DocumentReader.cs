using System.Globalization;
using System.Text.Json;

namespace Experience.Domain.Programs;

/// <summary>Why a policy or a segment's rule was refused: the field by its path, the reason, and what is accepted.</summary>
public sealed record DocumentError(string Field, string Reason, string Accepted);

/// <summary>Thrown inside a parser and caught at its edge: a document has one first error.</summary>
internal sealed class DocumentException(string field, string reason, string accepted) : Exception(reason)
{
    public DocumentError Error { get; } = new(field, reason, accepted);
}

/// <summary>
/// Reads one JSON object strictly: each member is asked for by name, and what was not asked for is refused at the end, so a
/// misspelt setting is an error and not a default.
/// </summary>
internal readonly struct ObjectReader
{
    private readonly JsonElement _element;
    private readonly string _path;
    private readonly List<string> _known;

    public ObjectReader(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new DocumentException(Name(path), "is not an object", "a JSON object");
        _element = element;
        _path = path;
        _known = [];
    }

    public string PathOf(string member) => _path.Length == 0 ? member : _path + "." + member;

    public bool Find(string member, out JsonElement value)
    {
        _known.Add(member);
        return _element.TryGetProperty(member, out value) && value.ValueKind != JsonValueKind.Null;
    }

    public string Text(string member, string otherwise, int maxLength = 200)
    {
        if (!Find(member, out var value)) return otherwise;
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 } text || text.Length > maxLength)
            throw new DocumentException(PathOf(member), "is not a text of the right length", $"1–{maxLength} characters");
        return text;
    }

    public bool Flag(string member, bool otherwise)
    {
        if (!Find(member, out var value)) return otherwise;
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new DocumentException(PathOf(member), "is not true or false", "true or false"),
        };
    }

    public int Whole(string member, int otherwise, int min, int max)
    {
        if (!Find(member, out var value)) return otherwise;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number) || number < min || number > max)
            throw new DocumentException(PathOf(member), "is not a whole number in range", $"a whole number, {min}–{max}");
        return number;
    }

    /// <summary>A number with at most two decimals, as hundredths.</summary>
    public int Hundredths(string member, int otherwise, int min, int max)
    {
        if (!Find(member, out var value)) return otherwise;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out var number) || number * 100 != decimal.Truncate(number * 100)
            || number * 100 < min || number * 100 > max)
            throw new DocumentException(PathOf(member), "is not a number in range", $"a number with at most two decimals, {min / 100m}–{max / 100m}");
        return (int)(number * 100);
    }

    public int Date(string member)
    {
        if (!Find(member, out var value)) throw new DocumentException(PathOf(member), "is missing", "a date such as 2026-09-08");
        return DateOf(value, PathOf(member));
    }

    public JsonElement.ArrayEnumerator Items(string member, int max)
    {
        if (!Find(member, out var value)) return default;
        if (value.ValueKind != JsonValueKind.Array) throw new DocumentException(PathOf(member), "is not a list", "a JSON array");
        if (value.GetArrayLength() > max) throw new DocumentException(PathOf(member), "is too long", $"at most {max} items");
        return value.EnumerateArray();
    }

    public ObjectReader? Child(string member) => Find(member, out var value) ? new ObjectReader(value, PathOf(member)) : null;

    public void Close()
    {
        foreach (var property in _element.EnumerateObject())
        {
            if (!_known.Contains(property.Name))
                throw new DocumentException(PathOf(property.Name), "is not known", string.Join(", ", _known));
        }
    }

    public static int DateOf(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String
            || !DateOnly.TryParseExact(value.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            throw new DocumentException(path, "is not a date", "a date such as 2026-09-08");
        return date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
    }

    private static string Name(string path) => path.Length == 0 ? "document" : path;
}
