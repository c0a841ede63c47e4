using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Experience.Domain.Events;

namespace Experience.Domain.Wire;

/// <summary>
/// JSON Schema 2020-12 and a copyable example of each event type, derived from the vocabulary: what the reader checks is what
/// the schema says.
/// </summary>
public static class EventSchemas
{
    /// <summary>Where the schema of a type is served; also its <c>$id</c>.</summary>
    public static string PathOf(EventType type) => "/v1/schemas/" + type.Name;

    /// <summary>The types that a source may send: all but the engine's own observations.</summary>
    public static IEnumerable<EventType> FromOutside => EventTypes.All.Where(t => t.Family != EventFamily.Observation);

    /// <summary>The schema of one whole event of the type, with an example inside.</summary>
    public static byte[] Schema(EventType type) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
        json.WriteString("$id", PathOf(type));
        json.WriteString("title", type.Name);
        json.WriteString("description", type.Description);
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        json.WriteStartObject("specversion");
        json.WriteString("const", "1.0");
        json.WriteEndObject();
        Text(json, "id", EventLimits.MaxKeyLength, "Unique within the source: the same (source, id) again is a duplicate and changes nothing.");
        Text(json, "source", EventLimits.MaxSourceLength, "The system that sends it, such as \"/desk\".");
        json.WriteStartObject("type");
        json.WriteString("const", type.Name);
        json.WriteEndObject();
        json.WriteStartObject("time");
        json.WriteString("type", "string");
        json.WriteString("description", "When it happened, RFC 3339; without a zone it is read in the source's time zone, left out it is the time of receipt.");
        json.WriteEndObject();
        Text(json, "subject", EventLimits.MaxKeyLength, type.Target == EventTarget.Program ? "Not used: the event is the program's own." : "The participant's key at the source; left out, the event is the program's own.");
        json.WriteStartObject("datacontenttype");
        json.WriteString("type", "string");
        json.WriteString("description", "application/json when stated.");
        json.WriteEndObject();
        json.WriteStartObject("data");
        WriteData(json, type);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("required");
        foreach (var name in (string[])["specversion", "id", "source", "type"]) json.WriteStringValue(name);
        if (type.Fields.Any(f => f.Required) || type.OneOf.Count > 0) json.WriteStringValue("data");
        json.WriteEndArray();
        json.WriteStartArray("examples");
        WriteExample(json, type);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>An event of the type that is accepted as it stands.</summary>
    public static byte[] Example(EventType type) => Write(json => WriteExample(json, type));

    private const string SegmentExample = """{"all":[{"field":"kept","days":730,"is":">=","value":1},{"field":"age","is":">=","value":60}]}""";

    private const string PlanExample = """{"courses":["bookkeeping-1","payroll"]}""";

    private static void WriteData(Utf8JsonWriter json, EventType type)
    {
        json.WriteString("type", "object");
        json.WriteString("description", "Fields that are not named here are kept as they came.");
        json.WriteStartObject("properties");
        foreach (var use in type.Fields) WriteField(json, use.Field);
        if (type == EventTypes.PaymentReceived || type == EventTypes.RefundIssued || type == EventTypes.EventVoided) WriteAllocations(json, type);
        json.WriteEndObject();
        var required = type.Fields.Where(f => f.Required).ToList();
        if (required.Count > 0)
        {
            json.WriteStartArray("required");
            foreach (var use in required) json.WriteStringValue(use.Field.Name);
            json.WriteEndArray();
        }

        if (type.OneOf.Count > 0)
        {
            json.WriteStartArray("anyOf");
            foreach (var field in type.OneOf)
            {
                json.WriteStartObject();
                json.WriteStartArray("required");
                json.WriteStringValue(field.Name);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    private static void WriteField(Utf8JsonWriter json, Field field)
    {
        json.WriteStartObject(field.Name);
        json.WriteString("description", field.Description);
        switch (field.Kind)
        {
            case FieldKind.Money or FieldKind.Int:
                json.WriteString("type", "integer");
                Range(json, field, 1);
                break;
            case FieldKind.Hundredths:
                json.WriteString("type", "number");
                Range(json, field, 100);
                break;
            case FieldKind.Instant:
                // Not "format": "date-time", which would refuse a time without a zone.
                json.WriteString("type", "string");
                json.WriteString("$comment", Accepts.Time);
                break;
            case FieldKind.Instants:
                json.WriteString("type", "array");
                json.WriteNumber("maxItems", InstantList.MaxCount);
                json.WriteStartObject("items");
                json.WriteString("type", "string");
                json.WriteString("$comment", Accepts.Time);
                json.WriteEndObject();
                break;
            case FieldKind.Date:
                json.WriteString("type", "string");
                json.WriteString("format", "date");
                break;
            case FieldKind.Bool:
                json.WriteString("type", "boolean");
                break;
            case FieldKind.Code:
                json.WriteStartArray("enum");
                foreach (var code in field.Codes) json.WriteStringValue(code);
                json.WriteEndArray();
                break;
            case FieldKind.Json:
                json.WriteString("type", "object");
                break;
            default:
                json.WriteString("type", "string");
                json.WriteNumber("maxLength", new FieldPlan(field, 0).MaxLength);
                break;
        }

        json.WriteStartArray("examples");
        json.WriteRawValue(field.Example);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Range(Utf8JsonWriter json, Field field, long unit)
    {
        if (field.Min != long.MinValue) json.WriteNumber("minimum", field.Min / unit);
        if (field.Max != long.MaxValue) json.WriteNumber("maximum", field.Max / unit);
    }

    private static void WriteAllocations(Utf8JsonWriter json, EventType type)
    {
        var voids = type == EventTypes.EventVoided;
        json.WriteStartObject("allocations");
        json.WriteString("description", voids
            ? "Undoes a split event whole: the people of its parts, in its order; the subject is who paid."
            : "One payment or refund of the subject for several people: an amount each, which sum to the amount.");
        json.WriteString("type", "array");
        json.WriteNumber("minItems", 1);
        json.WriteNumber("maxItems", EventReader.MaxAllocations);
        json.WriteStartObject("items");
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        Text(json, "subject", EventLimits.MaxKeyLength, "For whom this part is.");
        if (!voids)
        {
            WriteField(json, Fields.Amount);
            WriteField(json, Fields.Registration);
            WriteField(json, Fields.Section);
        }

        json.WriteEndObject();
        json.WriteStartArray("required");
        json.WriteStringValue("subject");
        if (!voids) json.WriteStringValue("amount");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, int max, string description)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "string");
        json.WriteNumber("minLength", 1);
        json.WriteNumber("maxLength", max);
        json.WriteString("description", description);
        json.WriteEndObject();
    }

    private static void WriteExample(Utf8JsonWriter json, EventType type)
    {
        json.WriteStartObject();
        json.WriteString("specversion", "1.0");
        json.WriteString("id", "example-" + type.Name);
        json.WriteString("source", "/desk");
        json.WriteString("type", type.Name);
        json.WriteString("time", "2025-11-20T10:15:00-06:00");
        if (type.Target == EventTarget.Person) json.WriteString("subject", "p-17");
        json.WriteStartObject("data");
        foreach (var use in type.Fields)
        {
            if (!use.Required && IsOtherSide(type, use.Field)) continue;
            json.WritePropertyName(use.Field.Name);
            json.WriteRawValue(use.Field != Fields.Document ? use.Field.Example : type == EventTypes.SegmentDefined ? SegmentExample : type == EventTypes.CertificatePlanned ? PlanExample : use.Field.Example);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Fields that only some events of the type have: who else pays, and the other side of a two-sided event.</summary>
    private static bool IsOtherSide(EventType type, Field field) =>
        field == Fields.Payer || field == Fields.PayerOrganisation || field == type.Mirror?.As || field == type.Mirror?.Other;

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        // Served as JSON, never inside HTML: quotes and signs stay readable.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) write(json);
        return buffer.WrittenSpan.ToArray();
    }
}
