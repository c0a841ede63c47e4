using System.Text.Json;
using Experience.Domain.Events;

namespace Experience.Web.Ways.Caliper;

/// <summary>
/// Events that keep the rules as events of the vocabulary: grades, feedback, log-ins and what people did in a course. The event itself
/// is kept with each. docs/ways-in.md has the table.
/// </summary>
internal static class CaliperTranslator
{
    public static void Translate(JsonElement item, string sendTime, TranslatedEvents events)
    {
        var type = item.Get("type").Text()!;
        if (!type.EndsWith("Event", StringComparison.Ordinal))
        {
            Entity(item, type, sendTime, events);
            return;
        }

        var id = item.Get("id").Text()!;
        var time = item.Get("eventTime").Text();
        if (type == "GradeEvent" && Score(item) is { } grade)
        {
            // Who was graded, not who graded: the attempt's assignee.
            var learner = Key(item.Get("object").Get("assignee")) ?? Person(item.Get("actor"));
            events.Begin(EventTypes.AssessmentGraded.Name, id, learner, time).Text(Fields.Section.Name, Section(item) ?? Name(item.Get("object").Get("assignable") ?? item.Get("object")))
                .Text(Fields.Assessment.Name, Name(item.Get("object").Get("assignable") ?? item.Get("object"))).Number(Fields.Grade.Name, grade).Keep("event", item).End();
            return;
        }

        if (type == "FeedbackEvent" && (Words(item) is not null || Rating(item) is not null))
        {
            events.Begin(EventTypes.FeedbackSubmitted.Name, id, Person(item.Get("actor")), time).Text(Fields.Survey.Name, "course").Text(Fields.Section.Name, Section(item))
                .Number(Fields.CourseRating.Name, Rating(item)).Text(Fields.Words.Name, Words(item)).Text(Fields.Channel.Name, "online").Keep("event", item).End();
            return;
        }

        events.Begin(EventTypes.ActivityRecorded.Name, id, Person(item.Get("actor")), time).Text(Fields.Section.Name, Section(item))
            .Text(Fields.Activity.Name, Kind(type, item.Get("action").Text()!)).Keep("event", item).End();
    }

    /// <summary>A person who is described; other entities are kept with the program's events.</summary>
    private static void Entity(JsonElement item, string type, string sendTime, TranslatedEvents events)
    {
        var id = item.Get("id").Text()!;
        var stamp = $"{id}@{item.Get("dateModified").Text() ?? item.Get("dateCreated").Text() ?? sendTime}";
        if (stamp.Length > EventLimits.MaxKeyLength) stamp = stamp[^EventLimits.MaxKeyLength..];
        var name = item.Get("name").Text()?.Trim();
        if (type == "Person" && name is not null)
        {
            var space = name.LastIndexOf(' ');
            events.Begin(EventTypes.ParticipantIdentified.Name, stamp, id, sendTime).Text(Fields.GivenName.Name, space > 0 ? name[..space] : name)
                .Text(Fields.FamilyName.Name, space > 0 ? name[(space + 1)..] : null).Keep("entity", item).End();
            return;
        }

        events.Begin("caliper." + type, stamp, type == "Person" ? id : null, sendTime).Keep("entity", item).End();
    }

    private static string? Key(JsonElement? entity) => entity is { ValueKind: JsonValueKind.String } iri ? iri.GetString() : entity.Get("id").Text();

    /// <summary>The key of an actor who is a person; software acts for the program.</summary>
    private static string? Person(JsonElement? actor) => actor.Get("type").Text() is null or "Person" ? Key(actor) : null;

    /// <summary>The section of the event's group, or the one that the group belongs to.</summary>
    private static string? Section(JsonElement item)
    {
        var group = item.Get("group");
        for (var depth = 0; group is not null && depth < 8; depth++)
        {
            if (group.Get("type").Text() is "CourseSection" or "CourseOffering") return Name(group);
            group = group.Get("subOrganizationOf");
        }

        return item.Get("group") is { } only && only.Get("type").Text() is null or "Group" ? Name(only) : null;
    }

    /// <summary>An IRI, short enough for a name: a long one by its last part, where systems put what differs.</summary>
    private static string? Name(JsonElement? entity)
    {
        var iri = Key(entity);
        if (iri is not { Length: > EventLimits.MaxNameLength }) return iri;
        var last = iri.TrimEnd('/')[(iri.TrimEnd('/').LastIndexOf('/') + 1)..];
        return last.Length is > 0 and <= EventLimits.MaxNameLength ? last : iri[^EventLimits.MaxNameLength..];
    }

    private static decimal? Score(JsonElement item)
    {
        var score = item.Get("generated");
        return TranslatedEvents.Decimal(score.Get("scoreGiven")) is { } given && TranslatedEvents.Decimal(score.Get("maxScore")) is { } max && max > 0
            ? Math.Round(Math.Clamp(given / max, 0, 1) * 100, 2)
            : null;
    }

    /// <summary>A rating on a numeric scale with its ends, drawn onto 1 to 5.</summary>
    private static decimal? Rating(JsonElement item)
    {
        var rating = item.Get("generated");
        var scale = rating.Get("question").Get("scale");
        if (rating.Get("selections") is not { ValueKind: JsonValueKind.Array } selections || selections.GetArrayLength() != 1) return null;
        var least = TranslatedEvents.Decimal(scale.Get("minValue")) ?? 1;
        return TranslatedEvents.Decimal(selections[0]) is { } value && TranslatedEvents.Decimal(scale.Get("maxValue")) is { } most && most > least && value >= least && value <= most
            ? Math.Round(1 + (4 * (value - least) / (most - least)), 2)
            : null;
    }

    private static string? Words(JsonElement item) => item.Get("generated").Get("value").Text() ?? item.Get("generated").Get("ratingComment").Get("value").Text();

    private static string Kind(string type, string action) => (type, action) switch
    {
        (_, "LoggedIn") => "login",
        (_, "Submitted" or "Completed") => "submission",
        (_, "Downloaded" or "Retrieved") => "download",
        ("ForumEvent" or "MessageEvent" or "ThreadEvent" or "AnnotationEvent" or "FeedbackEvent", _) => "discussion",
        ("ViewEvent" or "NavigationEvent" or "MediaEvent", _) => "view",
        _ => "other",
    };
}
