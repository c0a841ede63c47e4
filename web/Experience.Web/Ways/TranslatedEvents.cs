using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Experience.Web.Ways;

/// <summary>
/// The CloudEvents that a foreign message means, written one after another into one buffer. A translator says what it found;
/// what is missing or empty is not written, and whether it may be missing is for the vocabulary to say, in one place for all ways in.
/// </summary>
internal sealed class TranslatedEvents(string source) : IDisposable
{
    private const decimal Largest = 1_000_000_000_000;

    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _bytes = new(1024);
    private readonly List<Range> _events = [];
    private readonly Utf8JsonWriter _json = new(Stream.Null, Options);
    private int _start;

    public int Count => _events.Count;

    public ReadOnlyMemory<byte> this[int index] => _bytes.WrittenMemory[_events[index]];

    /// <summary>Starts an event; its data follow until <see cref="End"/>.</summary>
    /// <param name="time">As it came; null means the time of receipt.</param>
    /// <param name="subject">The participant's key at the source; null means the program itself.</param>
    public TranslatedEvents Begin(string type, string id, string? subject, string? time)
    {
        _start = _bytes.WrittenCount;
        _json.Reset(_bytes);
        _json.WriteStartObject();
        _json.WriteString("specversion", "1.0");
        _json.WriteString("type", type);
        _json.WriteString("id", id);
        _json.WriteString("source", source);
        if (!string.IsNullOrEmpty(subject)) _json.WriteString("subject", subject);
        if (!string.IsNullOrEmpty(time)) _json.WriteString("time", time);
        _json.WriteStartObject("data");
        return this;
    }

    /// <summary>Adds an event that is one already.</summary>
    public void Add(ReadOnlySpan<byte> json)
    {
        _start = _bytes.WrittenCount;
        _bytes.Write(json);
        _events.Add(_start.._bytes.WrittenCount);
    }

    public TranslatedEvents Text(string field, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value)) _json.WriteString(field, value.Trim());
        return this;
    }

    public TranslatedEvents Number(string field, decimal? value)
    {
        if (value is { } number) _json.WriteNumber(field, number);
        return this;
    }

    public TranslatedEvents Flag(string field, bool? value)
    {
        if (value is { } flag) _json.WriteBoolean(field, flag);
        return this;
    }

    /// <summary>An amount in whole units of the currency, as minor units; half a minor unit is rounded away from zero.</summary>
    public TranslatedEvents Money(string field, decimal? value) =>
        Number(field, value is { } amount ? Math.Round(amount * 100, 0, MidpointRounding.AwayFromZero) : null);

    /// <summary>What the vocabulary does not know is kept as it came, beside the fields.</summary>
    public TranslatedEvents Keep(string name, JsonElement? value)
    {
        if (value is not { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } kept) return this;
        _json.WritePropertyName(name);
        kept.WriteTo(_json);
        return this;
    }

    public void End()
    {
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        _events.Add(_start.._bytes.WrittenCount);
    }

    public void Dispose() => _json.Dispose();

    /// <summary>A number that came as a number or as text, as many systems send amounts; null when it is neither, or beyond ±10^12, where no measure lies.</summary>
    public static decimal? Decimal(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Number } number when number.TryGetDecimal(out var result) && Math.Abs(result) <= Largest => result,
        { ValueKind: JsonValueKind.String } text when decimal.TryParse(text.GetString(), NumberStyles.Number, CultureInfo.InvariantCulture, out var result) && Math.Abs(result) <= Largest => result,
        _ => null,
    };
}

/// <summary>Reading foreign JSON, where a property may be missing, null, or of another kind than agreed.</summary>
internal static class ForeignJson
{
    public static JsonElement? Get(this JsonElement value, params ReadOnlySpan<string> names)
    {
        if (value.ValueKind != JsonValueKind.Object) return null;
        foreach (var name in names)
        {
            if (value.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null) return found;
        }

        return null;
    }

    public static JsonElement? Get(this JsonElement? value, params ReadOnlySpan<string> names) => value?.Get(names);

    /// <summary>Text, or the digits of a number: keys come as either.</summary>
    public static string? Text(this JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString() is { Length: > 0 } found ? found : null,
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };
}
