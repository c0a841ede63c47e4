using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Experience.Domain.Events;

namespace Experience.Domain.Wire;

/// <summary>
/// A fact as the CloudEvents line that a source would have sent. A fact holds only a hash of its event's id: that hash, in hexadecimal,
/// is the id here, so equal facts give equal lines, and lines sent again are duplicates.
/// </summary>
public static class EventWriter
{
    /// <summary>
    /// Whether the fact is the other person's copy of a two-sided event. A source sends the event once, and the edge makes the copy. Types
    /// whose sides name each other by one and the same field do not show which came first: the one with the smaller subject is the event.
    /// </summary>
    public static bool IsCopy(Fact fact)
    {
        if (fact.Type.Mirror is not { } mirror || fact.Subject.Length == 0) return false;
        var side = mirror.As.Personal ? fact.PersonalFields() : fact.Fields();
        while (side.Next())
        {
            if (side.Number != mirror.As.Number) continue;
            return mirror.As != mirror.Other || string.CompareOrdinal(fact.Subject, side.Text) > 0;
        }

        return false;
    }

    /// <summary>One line for each fact, in their order: the body of an NDJSON request.</summary>
    public static byte[] Lines(IEnumerable<Fact> facts)
    {
        var output = new ArrayBufferWriter<byte>(1 << 20);
        Lines(facts, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Appends one line for each fact, in their order.</summary>
    public static void Lines(IEnumerable<Fact> facts, IBufferWriter<byte> output)
    {
        // What is written is well formed by construction, and is checked where it is read.
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        foreach (var fact in facts)
        {
            json.Reset(output);
            Write(json, fact);
            json.Flush();
            output.Write("\n"u8);
        }
    }

    private static void Write(Utf8JsonWriter json, Fact fact)
    {
        json.WriteStartObject();
        json.WriteString("specversion", "1.0");
        Span<byte> id = stackalloc byte[32];
        fact.Id.TryFormat(id, out _, "x32", CultureInfo.InvariantCulture);
        json.WriteString("id", id);
        json.WriteString("source", fact.Source);
        json.WriteString("type", fact.Type.Name);
        json.WritePropertyName("time");
        Instant(json, fact.Time);
        if (fact.Subject.Length > 0) json.WriteString("subject", fact.Subject);
        json.WriteStartObject("data");
        Data(json, fact.Fields());
        Data(json, fact.PersonalFields());
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Data(Utf8JsonWriter json, FieldReader fields)
    {
        while (fields.Next())
        {
            if (Fields.Find(fields.Number) is not { } field) continue;
            json.WritePropertyName(field.Name);
            switch (field.Kind)
            {
                case FieldKind.Money or FieldKind.Int:
                    json.WriteNumberValue(fields.Value);
                    break;
                case FieldKind.Hundredths:
                    json.WriteNumberValue(fields.Value / 100m);
                    break;
                case FieldKind.Bool:
                    json.WriteBooleanValue(fields.Value != 0);
                    break;
                case FieldKind.Code:
                    json.WriteStringValue(field.Codes[(int)fields.Value]);
                    break;
                case FieldKind.Instant:
                    Instant(json, fields.Value);
                    break;
                case FieldKind.Date:
                    json.WriteStringValue(DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays((int)fields.Value).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                    break;
                case FieldKind.Instants:
                    json.WriteStartArray();
                    foreach (var instant in InstantList.Read(fields.Bytes)) Instant(json, instant);
                    json.WriteEndArray();
                    break;
                case FieldKind.Json:
                    json.WriteRawValue(fields.Bytes);
                    break;
                default:
                    json.WriteStringValue(fields.Bytes);
                    break;
            }
        }
    }

    /// <summary>RFC 3339 in UTC, to the microsecond and one digit more.</summary>
    private static void Instant(Utf8JsonWriter json, long micros)
    {
        Span<byte> text = stackalloc byte[32];
        DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond).TryFormat(text, out var length, "O", CultureInfo.InvariantCulture);
        json.WriteStringValue(text[..length]);
    }
}
