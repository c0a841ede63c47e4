using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Experience.Domain.Events;

namespace Experience.Benchmarks;

/// <summary>A fact as the CloudEvents line that a source would have sent. Its id is the fact's own, in hexadecimal.</summary>
internal static class FactJson
{
    public static byte[] Lines(IEnumerable<Fact> facts)
    {
        var output = new ArrayBufferWriter<byte>(1 << 20);
        using var json = new Utf8JsonWriter(output);
        foreach (var fact in facts)
        {
            json.Reset(output);
            Write(json, fact);
            json.Flush();
            output.Write("\n"u8);
        }

        return output.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, Fact fact)
    {
        json.WriteStartObject();
        json.WriteString("specversion", "1.0");
        json.WriteString("id", fact.Id.ToString("x32", CultureInfo.InvariantCulture));
        json.WriteString("source", fact.Source);
        json.WriteString("type", fact.Type.Name);
        json.WriteString("time", Instant(fact.Time));
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
                    json.WriteStringValue(Instant(fields.Value));
                    break;
                case FieldKind.Date:
                    json.WriteStringValue(DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays((int)fields.Value).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                    break;
                case FieldKind.Instants:
                    json.WriteStartArray();
                    foreach (var instant in InstantList.Read(fields.Bytes)) json.WriteStringValue(Instant(instant));
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

    private static string Instant(long micros) =>
        DateTimeOffset.UnixEpoch.AddMicroseconds(micros).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
