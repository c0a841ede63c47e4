using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Wire;

namespace Experience.Web.Ways.Segment;

/// <summary>
/// Messages of the Segment specification (https://segment.com/docs/connections/spec) as events of the vocabulary: who somebody is,
/// orders as registrations, payments and refunds, reviews as feedback. A track call named as an event type of the vocabulary is that event;
/// everything else is kept as it came and shown in the journey. docs/ways-in.md has the table.
/// </summary>
internal static class SegmentTranslator
{
    private static readonly string[] Kinds = ["track", "identify", "group", "alias", "page", "screen"];
    private static readonly JsonWriterOptions Canonical = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Adds the events of one message, or says why there is none.</summary>
    /// <param name="message">One JSON object of the specification.</param>
    /// <param name="kind">What the address says that it is; null within a batch, where each message says so itself.</param>
    public static Refusal? Translate(JsonElement message, string? kind, TranslatedEvents events)
    {
        if (message.ValueKind != JsonValueKind.Object) return new("message", "is not a JSON object", "one message of the Segment specification");
        kind = (message.Get("type") ?? message.Get("action")).Text() ?? kind;
        if (kind is null) return new("type", "is missing", string.Join(", ", Kinds));
        var call = new Call(message, (message.Get("messageId", "message_id")).Text() ?? Derived(message),
            message.Get("userId", "user_id", "anonymousId", "anonymous_id").Text(), Time(message));
        return kind switch
        {
            "identify" => Identify(call, events),
            "alias" => Alias(call, events),
            "group" => Group(call, events),
            "track" => Track(call, events),
            "page" or "screen" => Kept(call, "segment." + kind, events),
            _ => new("type", $"is not a kind of message ({kind})", string.Join(", ", Kinds)),
        };
    }

    private static Refusal? Identify(Call call, TranslatedEvents events)
    {
        if (call.Subject is null) return new("userId", "is missing", "userId or anonymousId");
        var traits = call.Message.Get("traits") ?? call.Message.Get("context").Get("traits");
        var given = traits.Get("firstName", "first_name").Text();
        var family = traits.Get("lastName", "last_name").Text();
        if (given is null && family is null && traits.Get("name").Text() is { } name) (given, family) = Names(name);
        var values = new (string Field, string? Value)[]
        {
            (Fields.GivenName.Name, given), (Fields.FamilyName.Name, family), (Fields.Email.Name, traits.Get("email").Text()), (Fields.Phone.Name, traits.Get("phone").Text()),
            (Fields.PostalCode.Name, traits.Get("address").Get("postalCode", "postal_code", "zip").Text()), (Fields.BirthDate.Name, Day(traits.Get("birthday").Text())),
            (Fields.Organisation.Name, traits.Get("company").Get("name").Text() ?? traits.Get("company").Text()), (Fields.Student.Name, traits.Get("studentId", "student_id").Text()),
        };
        if (values.All(v => string.IsNullOrWhiteSpace(v.Value))) return Kept(call, "segment.identify", events);
        events.Begin(EventTypes.ParticipantIdentified.Name, call.Id, call.Subject, call.Time);
        foreach (var (field, value) in values) events.Text(field, value);
        events.Keep("traits", traits).End();
        return null;
    }

    /// <summary>One key turned out to be another one's person: kept as a merge of the two keys.</summary>
    private static Refusal? Alias(Call call, TranslatedEvents events)
    {
        var previous = call.Message.Get("previousId", "previous_id").Text();
        var user = call.Message.Get("userId", "user_id").Text();
        if (user is null) return new("userId", "is missing", "the key that holds from now on");
        if (previous is null) return new("previousId", "is missing", "the key that was used before");
        events.Begin(EventTypes.ParticipantMerged.Name, call.Id, user, call.Time).Text(Fields.Other.Name, previous).Text(Fields.Reason.Name, "alias").End();
        return null;
    }

    private static Refusal? Group(Call call, TranslatedEvents events)
    {
        var group = call.Message.Get("groupId", "group_id").Text();
        if (group is null) return new("groupId", "is missing", "the organisation's key");
        if (call.Subject is null) return Kept(call, "segment.group", events);
        events.Begin(EventTypes.OrganisationLinked.Name, call.Id, call.Subject, call.Time)
            .Text(Fields.Organisation.Name, call.Message.Get("traits").Get("name").Text() ?? group).Text("groupId", group).Keep("traits", call.Message.Get("traits")).End();
        return null;
    }

    private static Refusal? Track(Call call, TranslatedEvents events)
    {
        var name = call.Message.Get("event").Text();
        if (name is null) return new("event", "is missing", "what happened, such as Order Completed");
        var properties = call.Message.Get("properties");
        if (EventTypes.Find(name) is not null)
        {
            events.Begin(name, call.Id, call.Subject, call.Time);
            if (properties is { ValueKind: JsonValueKind.Object } data)
            {
                foreach (var property in data.EnumerateObject()) events.Keep(property.Name, property.Value);
            }

            events.End();
            return null;
        }

        return name switch
        {
            "Order Completed" => SegmentOrders.Completed(call, properties, events),
            "Order Refunded" => SegmentOrders.Refunded(call, properties, events),
            "Order Cancelled" => SegmentOrders.Cancelled(call, properties, events),
            "Product Reviewed" => SegmentOrders.Reviewed(call, properties, events),
            "Products Searched" when TranslatedEvents.Decimal(properties.Get("results", "result_count")) == 0 && properties.Get("query").Text() is { } query => Unmatched(call, query, events),
            _ => Kept(call, "segment." + name, events),
        };
    }

    private static Refusal? Unmatched(Call call, string query, TranslatedEvents events)
    {
        events.Begin(EventTypes.SearchUnmatched.Name, call.Id, call.Subject, call.Time).Text(Fields.Topic.Name, query).Text(Fields.Channel.Name, "online").End();
        return null;
    }

    /// <summary>What the vocabulary has no event for: the message itself, under a type of its own.</summary>
    internal static Refusal? Kept(Call call, string type, TranslatedEvents events)
    {
        events.Begin(type, call.Id, call.Subject, call.Time);
        foreach (var name in new[] { "name", "category", "properties", "traits", "context", "groupId" }) events.Keep(name, call.Message.Get(name));
        events.End();
        return null;
    }

    private static string? Time(JsonElement message) => message.Get("timestamp", "originalTimestamp", "original_timestamp", "sentAt", "sent_at").Text();

    /// <summary>A message without an id gets the hash of what it says, its time of sending left out: sent again, it is the same.</summary>
    private static string Derived(JsonElement message)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Canonical))
        {
            writer.WriteStartObject();
            foreach (var part in message.EnumerateObject().Where(p => p.Name is not ("sentAt" or "sent_at" or "writeKey")).OrderBy(p => p.Name, StringComparer.Ordinal)) part.WriteTo(writer);
            writer.WriteEndObject();
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)).AsSpan(0, 16));
    }

    private static (string? Given, string? Family) Names(string name)
    {
        var end = name.Trim().LastIndexOf(' ');
        return end < 0 ? (name.Trim(), null) : (name.Trim()[..end], name.Trim()[(end + 1)..]);
    }

    private static string? Day(string? time) => time is { Length: > 10 } && time[10] is 'T' or 't' or ' ' ? time[..10] : time;
}

/// <summary>One message with what every kind of it has.</summary>
internal sealed record Call(JsonElement Message, string Id, string? Subject, string? Time);
