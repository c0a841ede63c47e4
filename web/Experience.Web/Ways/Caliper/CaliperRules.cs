using System.Text.Json;
using System.Text.RegularExpressions;
using Experience.Domain.Wire;

namespace Experience.Web.Ways.Caliper;

/// <summary>
/// What an envelope and an event of Caliper 1.1 and 1.2 must hold (1EdTech, "Caliper Analytics Specification", envelopes and
/// events): strict about types, actions, dates and required properties; whatever else is there is kept.
/// </summary>
internal static partial class CaliperRules
{
    private const string Time = "an ISO 8601 time in UTC with milliseconds, such as 2026-11-23T17:00:00.000Z";

    /// <summary>The actions of each type of event; those of 1.2 stand beside those of 1.1. A plain Event takes any.</summary>
    private static readonly Dictionary<string, string[]> Actions = new(StringComparer.Ordinal)
    {
        ["Event"] = [],
        ["AnnotationEvent"] = ["Bookmarked", "Highlighted", "Shared", "Tagged"],
        ["AssessmentEvent"] = ["Started", "Paused", "Resumed", "Restarted", "Reset", "Submitted"],
        ["AssessmentItemEvent"] = ["Started", "Skipped", "Completed"],
        ["AssignableEvent"] = ["Activated", "Deactivated", "Started", "Completed", "Submitted", "Reviewed"],
        ["FeedbackEvent"] = ["Commented", "Ranked"],
        ["ForumEvent"] = ["Subscribed", "Unsubscribed"],
        ["GradeEvent"] = ["Graded"],
        ["MediaEvent"] =
        [
            "Started", "Ended", "Paused", "Resumed", "Restarted", "ForwardedTo", "JumpedTo", "ChangedResolution", "ChangedSize", "ChangedSpeed", "ChangedVolume", "EnabledClosedCaptioning",
            "DisabledClosedCaptioning", "EnteredFullScreen", "ExitedFullScreen", "Muted", "Unmuted", "OpenedPopout", "ClosedPopout",
        ],
        ["MessageEvent"] = ["MarkedAsRead", "MarkedAsUnread", "Posted"],
        ["NavigationEvent"] = ["NavigatedTo"],
        ["QuestionnaireEvent"] = ["Started", "Submitted"],
        ["QuestionnaireItemEvent"] = ["Started", "Skipped", "Completed"],
        ["ResourceManagementEvent"] =
        [
            "Archived", "Copied", "Created", "Deleted", "Described", "Downloaded", "Modified", "Printed", "Published", "Restored", "Retrieved", "Saved", "Unpublished", "Uploaded",
        ],
        ["SearchEvent"] = ["Searched"],
        ["SessionEvent"] = ["LoggedIn", "LoggedOut", "TimedOut"],
        ["SurveyEvent"] = ["OptedIn", "OptedOut"],
        ["SurveyInvitationEvent"] = ["Accepted", "Declined", "Sent"],
        ["ThreadEvent"] = ["MarkedAsRead", "MarkedAsUnread"],
        ["ToolUseEvent"] = ["Used"],
        ["ToolLaunchEvent"] = ["Launched", "Returned"],
        ["ViewEvent"] = ["Viewed"],
    };

    private static readonly string[] Entities = ["edApp", "group", "membership", "session", "federatedSession", "target", "generated", "referrer"];

    /// <summary>What is wrong with an envelope, its data aside, or null.</summary>
    public static Refusal? Envelope(JsonElement envelope)
    {
        if (envelope.ValueKind != JsonValueKind.Object) return new("envelope", "is not a JSON object", "an envelope with sensor, sendTime, dataVersion and data");
        if (!IsIri(envelope.Get("sensor"))) return new("sensor", Missing(envelope, "sensor", "is not an IRI"), "the IRI of the sensor");
        if (!IsTime(envelope.Get("sendTime"))) return new("sendTime", Missing(envelope, "sendTime", "is not a time"), Time);
        if (envelope.Get("dataVersion").Text() is not { } version || !Version().IsMatch(version)) return new("dataVersion", Missing(envelope, "dataVersion", "is not a version that is spoken here"), "http://purl.imsglobal.org/ctx/caliper/v1p1 or v1p2");
        return envelope.Get("data") is { ValueKind: JsonValueKind.Array } data && data.GetArrayLength() > 0 ? null : new("data", Missing(envelope, "data", "is not a list with something in it"), "a JSON array of events or entities");
    }

    /// <summary>What is wrong with an event, or with an entity that is described, or null.</summary>
    public static Refusal? Item(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object) return new("data", "is not a JSON object", "an event or an entity");
        if (item.Get("type").Text() is not { } type) return new("type", Missing(item, "type", "is not text"), "the type of an event or an entity");
        return type.EndsWith("Event", StringComparison.Ordinal) ? Event(item, type) : Entity(item);
    }

    private static Refusal? Event(JsonElement item, string type)
    {
        if (!Actions.TryGetValue(type, out var actions)) return new("type", $"is not a type of event ({type})", string.Join(", ", Actions.Keys));
        if (item.Get("@context") is null) return new("@context", "is missing", "the context of the version, such as http://purl.imsglobal.org/ctx/caliper/v1p2");
        if (item.Get("id").Text() is not { } id || !Urn().IsMatch(id)) return new("id", Missing(item, "id", "is not a UUID as a URN"), "urn:uuid: and a UUID");
        if (Reference(item, "actor") is { } actor) return actor;
        if (item.Get("action").Text() is not { } action || (actions.Length > 0 && !actions.Contains(action))) return new("action", Missing(item, "action", $"is none of {type}"), actions.Length > 0 ? string.Join(", ", actions) : "an action");
        if (Reference(item, "object") is { } target) return target;
        if (!IsTime(item.Get("eventTime"))) return new("eventTime", Missing(item, "eventTime", "is not a time"), Time);
        foreach (var name in Entities)
        {
            if (item.Get(name) is not null && Reference(item, name) is { } entity) return entity;
        }

        return item.Get("extensions") is { ValueKind: not JsonValueKind.Object } ? new("extensions", "is not a JSON object", "a JSON object") : null;
    }

    private static Refusal? Entity(JsonElement item)
    {
        if (!IsIri(item.Get("id"))) return new("id", Missing(item, "id", "is not an IRI"), "the entity's IRI");
        foreach (var name in new[] { "dateCreated", "dateModified" })
        {
            if (item.Get(name) is { } time && !IsTime(time)) return new(name, "is not a time", Time);
        }

        return null;
    }

    /// <summary>An entity stands as its IRI, or as an object with id and type.</summary>
    private static Refusal? Reference(JsonElement item, string name)
    {
        var value = item.Get(name);
        if (value is null) return new(name, "is missing", "an entity: its IRI, or an object with id and type");
        if (value is { ValueKind: JsonValueKind.String }) return IsIri(value) ? null : new(name, "is not an IRI", "an entity: its IRI, or an object with id and type");
        if (!IsIri(value.Get("id"))) return new(name + ".id", value.Get("id") is null ? "is missing" : "is not an IRI", "the entity's IRI");
        return value.Get("type").Text() is null ? new(name + ".type", "is missing", "the entity's type") : null;
    }

    private static string Missing(JsonElement item, string name, string otherwise) => item.Get(name) is null ? "is missing" : otherwise;

    private static bool IsIri(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text && Iri().IsMatch(text.GetString()!);

    private static bool IsTime(JsonElement? value) =>
        value is { ValueKind: JsonValueKind.String } text && Utc().IsMatch(text.GetString()!) && WireTime.TryParse(System.Text.Encoding.UTF8.GetBytes(text.GetString()!), TimeZoneInfo.Utc, out _);

    [GeneratedRegex(@"^https?://purl\.imsglobal\.org/ctx/caliper/v1p[12]\z")]
    private static partial Regex Version();

    [GeneratedRegex(@"^urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\z")]
    private static partial Regex Urn();

    /// <summary>RFC 3987 roughly: a scheme and no blanks; blank node identifiers ("_:a") are allowed for what has no IRI of its own.</summary>
    [GeneratedRegex(@"^(_|[A-Za-z][A-Za-z0-9+.\-]*):[^\s<>""{}|\\^`]+\z")]
    private static partial Regex Iri();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z")]
    private static partial Regex Utc();
}
