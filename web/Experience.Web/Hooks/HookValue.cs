using System.Globalization;
using System.Text.Json;
using Experience.Web.Ways;

namespace Experience.Web.Hooks;

/// <summary>What an expression gave: JSON of the payload as it came, or a text, number or flag that was made.</summary>
internal readonly record struct HookValue(JsonElement? Json, string? Text, decimal? Number, bool? Flag)
{
    public static HookValue None => default;

    public bool IsNone => Json is null && Text is null && Number is null && Flag is null;

    public static HookValue Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => new(null, json.GetString(), null, null),
        JsonValueKind.True => new(null, null, null, true),
        JsonValueKind.False => new(null, null, null, false),
        JsonValueKind.Null or JsonValueKind.Undefined => None,
        // A number keeps the digits that came: a key of twenty digits is no decimal.
        _ => new(json, null, null, null),
    };

    public static HookValue Of(string? text) => new(null, text, null, null);

    public static HookValue Of(decimal number) => new(null, null, number, null);

    public static HookValue Of(bool flag) => new(null, null, null, flag);

    /// <summary>As text: numbers as they came, flags as true and false; null for objects and lists.</summary>
    public string? AsText() => Text ?? Number?.ToString(CultureInfo.InvariantCulture) ?? (Flag is { } flag ? (flag ? "true" : "false") : Json is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : null);

    public void Write(TranslatedEvents events, string field)
    {
        if (Text is not null) events.Text(field, Text);
        else if (Number is { } number) events.Number(field, number);
        else if (Flag is { } flag) events.Flag(field, flag);
        else events.Keep(field, Json);
    }
}

/// <summary>What expressions are evaluated on.</summary>
internal sealed record HookContext(JsonElement Root, JsonElement Item, IReadOnlyDictionary<string, string> Headers, JsonPath.Budget Budget);

internal delegate HookValue HookExpression(HookContext context);
