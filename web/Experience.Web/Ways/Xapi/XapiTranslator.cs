using System.Globalization;
using System.Text.Json;
using Experience.Domain.Events;

namespace Experience.Web.Ways.Xapi;

/// <summary>
/// A statement that keeps the rules as events of the vocabulary. Verbs are known by their IRI's last part, because ADL, ActivityStreams
/// and profiles give the same verbs under several addresses. What has no event of its own is activity in a course; the statement itself is kept
/// with each. docs/ways-in.md has the table.
/// </summary>
internal static class XapiTranslator
{
    /// <summary>Adds the events of a statement, one for each person that it is about.</summary>
    /// <param name="id">The statement's id, its own or the one that it was given here.</param>
    /// <param name="now">When it was received.</param>
    public static void Translate(JsonElement statement, string id, DateTimeOffset now, TranslatedEvents events)
    {
        var actor = statement.GetProperty("actor");
        var time = Time(statement, now);
        if (Subject(actor) is { } one)
        {
            One(statement, actor, one, id, time, events);
            return;
        }

        // A group without identifier is its members: each of them did it.
        var n = 0;
        foreach (var member in actor.GetProperty("member").EnumerateArray()) One(statement, member, Subject(member), $"{id}#{++n}", time, events);
    }

    /// <summary>The participant's key: the account's name within its home page, an e-mail address, its sum, or an OpenID; null of a group without one.</summary>
    public static string? Subject(JsonElement who)
    {
        if (who.Get("account") is { } account) return $"{account.Get("homePage").Text()!.TrimEnd('/')}/{account.Get("name").Text()}";
        if (who.Get("mbox").Text() is { } mailbox) return mailbox["mailto:".Length..].ToLowerInvariant();
        if (who.Get("mbox_sha1sum").Text() is { } sum) return "sha1:" + sum.ToLowerInvariant();
        return who.Get("openid").Text();
    }

    /// <summary>
    /// When it happened, in the one form that the vocabulary reads; null, which is the time of receipt, when the statement does not say, or
    /// says what lies ahead: xAPI allows that, and nothing can have happened then.
    /// </summary>
    public static string? Time(JsonElement statement, DateTimeOffset now) =>
        (statement.Get("timestamp") ?? statement.Get("stored")).Text() is { } text && XapiRules.TryTime(text, out var at) && at <= (now - DateTimeOffset.UnixEpoch + EventLimits.MaxFuture).TotalMicroseconds
            ? DateTimeOffset.UnixEpoch.AddMicroseconds(at).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)
            : null;

    private static void One(JsonElement statement, JsonElement who, string? subject, string id, string? time, TranslatedEvents events)
    {
        Identify(who, subject, id, time, events);
        var target = statement.GetProperty("object");
        var activity = target.Get("objectType").Text() is null or "Activity";
        var result = statement.Get("result");
        var section = activity ? Section(statement, target) : null;
        var type = Event(Last(statement.GetProperty("verb").Get("id").Text()!), Last(target.Get("definition").Get("type").Text() ?? ""), result, activity);
        events.Begin(type.Name, id, subject, time);
        if (type != EventTypes.CommentPosted || section is not null) events.Text(Fields.Section.Name, section);
        if (type == EventTypes.AttendanceRecorded) events.Text(Fields.Presence.Name, "present");
        else if (type == EventTypes.AssessmentGraded) events.Text(Fields.Assessment.Name, Name(target)).Number(Fields.Grade.Name, Grade(result)).Flag(Fields.Passed.Name, Passed(statement, result));
        else if (type == EventTypes.SectionCompleted) events.Number(Fields.Grade.Name, Grade(result)).Flag(Fields.Passed.Name, Passed(statement, result));
        else if (type == EventTypes.CommentPosted) events.Text(Fields.Words.Name, result.Get("response").Text());
        else if (type == EventTypes.ActivityRecorded) events.Text(Fields.Activity.Name, Kind(Last(statement.GetProperty("verb").Get("id").Text()!)));
        events.Keep("statement", statement).End();
    }

    /// <summary>Who the actor says to be; sent with each statement, and no more than a repetition after the first.</summary>
    private static void Identify(JsonElement who, string? subject, string id, string? time, TranslatedEvents events)
    {
        var mailbox = who.Get("mbox").Text();
        if (subject is null || (mailbox is null && who.Get("name").Text() is null)) return;
        var name = who.Get("name").Text()?.Trim();
        var space = name?.LastIndexOf(' ') ?? -1;
        events.Begin(EventTypes.ParticipantIdentified.Name, id + "#actor", subject, time).Text(Fields.GivenName.Name, space > 0 ? name![..space] : name)
            .Text(Fields.FamilyName.Name, space > 0 ? name![(space + 1)..] : null).Text(Fields.Email.Name, mailbox?["mailto:".Length..]).End();
    }

    private static EventType Event(string verb, string kind, JsonElement? result, bool activity)
    {
        if (!activity) return EventTypes.ActivityRecorded;
        return verb switch
        {
            "attended" => EventTypes.AttendanceRecorded,
            "registered" => EventTypes.RegistrationConfirmed,
            "unregistered" or "withdrew" => EventTypes.RegistrationWithdrawn,
            "completed" when kind is "course" or "Course" => EventTypes.SectionCompleted,
            "passed" or "failed" or "mastered" => EventTypes.AssessmentGraded,
            "scored" or "answered" or "completed" when Grade(result) is not null => EventTypes.AssessmentGraded,
            "commented" or "reviewed" when result.Get("response").Text() is not null => EventTypes.CommentPosted,
            _ => EventTypes.ActivityRecorded,
        };
    }

    /// <summary>The course that the activity belongs to: its grouping or parent of the type course, else the first parent, else itself.</summary>
    private static string? Section(JsonElement statement, JsonElement target)
    {
        var around = statement.Get("context").Get("contextActivities");
        JsonElement? first = null;
        foreach (var name in new[] { "grouping", "parent" })
        {
            if (around.Get(name) is not { } list) continue;
            foreach (var one in list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : new[] { list })
            {
                if (Last(one.Get("definition").Get("type").Text() ?? "") is "course" or "Course") return Name(one);
                if (name == "parent") first ??= one;
            }
        }

        return Last(target.Get("definition").Get("type").Text() ?? "") is "course" or "Course" ? Name(target) : Name(first ?? target);
    }

    /// <summary>An activity's id, short enough for a name: a long IRI by its last part, where systems put what differs.</summary>
    private static string? Name(JsonElement activity)
    {
        var id = activity.Get("id").Text();
        return id is { Length: > EventLimits.MaxNameLength } ? Last(id) is { Length: > 0 and <= EventLimits.MaxNameLength } last ? last : id[^EventLimits.MaxNameLength..] : id;
    }

    private static decimal? Grade(JsonElement? result)
    {
        var score = result.Get("score");
        if (TranslatedEvents.Decimal(score.Get("scaled")) is { } scaled) return Math.Round(Math.Max(0, scaled) * 100, 2);
        return TranslatedEvents.Decimal(score.Get("raw")) is { } raw && TranslatedEvents.Decimal(score.Get("max")) is { } max && max > (TranslatedEvents.Decimal(score.Get("min")) ?? 0)
            ? Math.Round((raw - (TranslatedEvents.Decimal(score.Get("min")) ?? 0)) * 100 / (max - (TranslatedEvents.Decimal(score.Get("min")) ?? 0)), 2)
            : null;
    }

    private static bool? Passed(JsonElement statement, JsonElement? result) => Last(statement.GetProperty("verb").Get("id").Text()!) switch
    {
        "passed" or "mastered" => true,
        "failed" => false,
        _ => result.Get("success") is { ValueKind: JsonValueKind.True or JsonValueKind.False } success ? success.GetBoolean() : null,
    };

    private static string Kind(string verb) => verb switch
    {
        "logged-in" or "launched" or "initialized" => "login",
        "experienced" or "viewed" or "watched" or "read" or "played" => "view",
        "submitted" or "answered" or "attempted" or "completed" or "turned-in" => "submission",
        "commented" or "replied" or "asked" or "shared" or "responded" => "discussion",
        "downloaded" => "download",
        _ => "other",
    };

    private static string Last(string iri)
    {
        var trimmed = iri.TrimEnd('/', '#');
        return trimmed[(trimmed.LastIndexOfAny(['/', '#', ':']) + 1)..];
    }
}
