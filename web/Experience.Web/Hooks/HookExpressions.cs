using System.Globalization;
using System.Text.Json;
using Experience.Domain.Wire;

namespace Experience.Web.Hooks;

/// <summary>
/// Expressions of a mapping. A text that begins with <c>/</c>, <c>$</c> or <c>@</c> is a path, any other text, number or flag is itself. An object is one of
/// <c>const</c>, <c>path</c>, <c>header</c>, <c>concat</c>, <c>first</c>, <c>lookup</c>, <c>date</c>, <c>money</c>, <c>number</c>, <c>flag</c>, <c>lower</c>.
/// </summary>
internal sealed class HookExpressions(IReadOnlyDictionary<string, Dictionary<string, HookValue>> lookups, TimeZoneInfo zone)
{
    public const string Accepted = "a path (/a/b, $.a.b, @.a), a constant, or an object with const, path, header, concat, first, lookup, date, money, number, flag or lower";

    private const int MaxDepth = 8;

    /// <summary>From 1970, in either direction, within what a date can be: some 1,900 years.</summary>
    private const long MaxTicks = 1900L * 365 * TimeSpan.TicksPerDay;
    private const int MaxParts = 20;

    private static readonly string[] IsoForms = ["yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"];

    private readonly HashSet<string> _headers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Headers that some expression reads: they are kept with a payload.</summary>
    public IReadOnlyCollection<string> Headers => _headers;

    /// <exception cref="FormatException">What is wrong.</exception>
    public HookExpression Compile(JsonElement json, int depth = 0)
    {
        if (depth > MaxDepth) throw new FormatException($"is nested deeper than {MaxDepth}");
        switch (json.ValueKind)
        {
            case JsonValueKind.String when JsonPath.LooksLikeOne(json.GetString()!):
                return Path(json.GetString()!);
            case JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                return Constant(json);
            case JsonValueKind.Object:
                break;
            default:
                throw new FormatException("is no expression");
        }

        var properties = json.EnumerateObject().ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        if (properties.Remove("const", out var constant)) return Only(properties, Constant(constant));
        if (properties.Remove("path", out var path)) return Only(properties, Path(Text(path, "path")));
        if (properties.Remove("header", out var header)) return Only(properties, Header(Text(header, "header")));
        if (properties.Remove("concat", out var concat)) return Only(properties, Concat(Parts(concat, depth)));
        if (properties.Remove("first", out var first)) return Only(properties, First(Parts(first, depth)));
        if (properties.Remove("lower", out var lower)) return Only(properties, Lower(Compile(lower, depth + 1)));
        if (properties.Remove("flag", out var flag)) return Only(properties, Flag(Compile(flag, depth + 1)));
        if (properties.Remove("lookup", out var lookup)) return Lookup(Text(lookup, "lookup"), properties, depth);
        if (properties.Remove("date", out var date)) return Date(Compile(date, depth + 1), properties);
        if (properties.Remove("money", out var money)) return Money(Compile(money, depth + 1), properties);
        if (properties.Remove("number", out var number)) return Number(Compile(number, depth + 1), properties);
        throw new FormatException("says none of const, path, header, concat, first, lookup, date, money, number, flag, lower");
    }

    private static HookExpression Only(Dictionary<string, JsonElement> left, HookExpression expression) =>
        left.Count == 0 ? expression : throw new FormatException($"says {left.Keys.First()} beside it");

    private static string Text(JsonElement json, string name) => json.ValueKind == JsonValueKind.String ? json.GetString()! : throw new FormatException($"{name} is not text");

    private static string? Option(Dictionary<string, JsonElement> properties, string name) => properties.Remove(name, out var value) ? Text(value, name) : null;

    private static HookExpression Constant(JsonElement json)
    {
        var value = HookValue.Of(json.Clone());
        return _ => value;
    }

    private static HookExpression Path(string text)
    {
        var path = JsonPath.Parse(text);
        return context =>
        {
            foreach (var found in path.Find(context.Root, context.Item, context.Budget)) return HookValue.Of(found);
            return HookValue.None;
        };
    }

    private HookExpression Header(string name)
    {
        if (name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) || name.Equals("Cookie", StringComparison.OrdinalIgnoreCase)) throw new FormatException("reads a header that holds a secret");
        _headers.Add(name);
        return context => HookValue.Of(context.Headers.GetValueOrDefault(name));
    }

    private List<HookExpression> Parts(JsonElement json, int depth)
    {
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() is 0 or > MaxParts) throw new FormatException($"is not a list of 1 to {MaxParts} expressions");
        return [.. json.EnumerateArray().Select(part => Compile(part, depth + 1))];
    }

    /// <summary>Nothing when a part is missing: half a key is no key.</summary>
    private static HookExpression Concat(List<HookExpression> parts) => context =>
    {
        var texts = parts.Select(part => part(context).AsText()).ToArray();
        return texts.Contains(null) ? HookValue.None : HookValue.Of(string.Concat(texts));
    };

    private static HookExpression First(List<HookExpression> parts) => context =>
    {
        foreach (var part in parts)
        {
            if (part(context) is { IsNone: false } value && value.Text is not "") return value;
        }

        return HookValue.None;
    };

    private static HookExpression Lower(HookExpression of) => context => HookValue.Of(of(context).AsText()?.ToLowerInvariant());

    private static HookExpression Flag(HookExpression of) => context => of(context).AsText()?.Trim().ToLowerInvariant() switch
    {
        "true" or "yes" or "y" or "1" or "on" => HookValue.Of(true),
        "false" or "no" or "n" or "0" or "off" => HookValue.Of(false),
        _ => HookValue.None,
    };

    private HookExpression Lookup(string name, Dictionary<string, JsonElement> properties, int depth)
    {
        if (!lookups.TryGetValue(name, out var table)) throw new FormatException($"looks up in \"{name}\", which is not among lookups");
        if (!properties.Remove("of", out var of)) throw new FormatException("lookup needs \"of\"");
        var key = Compile(of, depth + 1);
        var otherwise = properties.Remove("otherwise", out var other) ? Compile(other, depth + 1) : _ => HookValue.None;
        return Only(properties, context => key(context).AsText() is { } text && table.TryGetValue(text, out var value) ? value : otherwise(context));
    }

    /// <summary>A time or a day in a form of its own, as RFC 3339 in the zone; what does not fit is left as it came, so that the refusal shows it.</summary>
    private HookExpression Date(HookExpression of, Dictionary<string, JsonElement> properties)
    {
        var format = Option(properties, "format");
        var own = zone;
        if (Option(properties, "zone") is { } name && !WireTime.TryZone(name, out own)) throw new FormatException($"zone {name} is not a time zone");
        return Only(properties, context =>
        {
            var text = of(context).AsText()?.Trim();
            if (string.IsNullOrEmpty(text)) return HookValue.None;
            if (format is "unix" or "unixMs")
            {
                // Milliseconds that are read as seconds lie beyond the year 9999: such a number is left as it came.
                var unit = format == "unix" ? TimeSpan.TicksPerSecond : TimeSpan.TicksPerMillisecond;
                return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var since) && Math.Abs(since) < MaxTicks / unit
                    ? HookValue.Of(Rfc3339(DateTimeOffset.UnixEpoch.AddTicks((long)(since * unit)))) : HookValue.Of(text);
            }

            if (!DateTime.TryParseExact(text, format is null ? IsoForms : [format], CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var local)) return HookValue.Of(text);
            // A form without hours is a day, and stays one.
            if (local.TimeOfDay == TimeSpan.Zero && format?.Contains('H', StringComparison.OrdinalIgnoreCase) != true && text.Length <= 12) return HookValue.Of(local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            return WireTime.TryFromLocal((local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond, own, out var at)
                ? HookValue.Of(Rfc3339(DateTimeOffset.UnixEpoch.AddTicks(at * TimeSpan.TicksPerMicrosecond))) : HookValue.Of(text);
        });
    }

    private static string Rfc3339(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>An amount as minor units: of whole units with decimals, or of minor units already.</summary>
    private static HookExpression Money(HookExpression of, Dictionary<string, JsonElement> properties)
    {
        var unit = Option(properties, "unit") ?? "whole";
        if (unit is not ("whole" or "minor")) throw new FormatException("unit is neither whole nor minor");
        var decimals = Decimal(properties);
        return Only(properties, context =>
        {
            var value = of(context).AsText();
            if (value is null) return HookValue.None;
            return Parse(value, decimals) is { } amount ? HookValue.Of(Math.Round(amount * (unit == "whole" ? 100 : 1), 0, MidpointRounding.AwayFromZero)) : HookValue.Of(value);
        });
    }

    private static HookExpression Number(HookExpression of, Dictionary<string, JsonElement> properties)
    {
        var decimals = Decimal(properties);
        return Only(properties, context => of(context).AsText() is not { } text ? HookValue.None : Parse(text, decimals) is { } number ? HookValue.Of(number) : HookValue.Of(text));
    }

    private static char Decimal(Dictionary<string, JsonElement> properties) => Option(properties, "decimal") switch
    {
        null or "." => '.',
        "," => ',',
        _ => throw new FormatException("decimal is neither . nor ,"),
    };

    private static decimal? Parse(string text, char decimals)
    {
        var plain = string.Concat(text.Where(c => char.IsAsciiDigit(c) || c is '.' or ',' or '-' or '(' or ')'));
        plain = decimals == ',' ? plain.Replace(".", "", StringComparison.Ordinal).Replace(',', '.') : plain.Replace(",", "", StringComparison.Ordinal);
        return text.Any(char.IsAsciiDigit) && decimal.TryParse(plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowParentheses, CultureInfo.InvariantCulture, out var value) && Math.Abs(value) <= 1_000_000_000_000 ? value : null;
    }
}
