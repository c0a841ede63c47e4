using System.Text.Json;
using Experience.Domain.Wire;

namespace Experience.Web.Ways.Xapi;

/// <summary>
/// The rules of an xAPI statement to the letter: IEEE 9274.1.1 (xAPI 2.0) and "Experience API, Part Two: Data" 1.0.3, whose
/// requirement each check implements. The first thing that is wrong is said, with its path; nothing is repaired.
/// </summary>
internal sealed partial class XapiRules
{
    private const string Voided = "http://adlnet.gov/expapi/verbs/voided";

    private static readonly HashSet<string> StatementKeys = ["id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version", "attachments"];
    private static readonly HashSet<string> SubStatementKeys = ["objectType", "actor", "verb", "object", "result", "context", "timestamp", "attachments"];
    private static readonly HashSet<string> AgentKeys = ["objectType", "name", "mbox", "mbox_sha1sum", "openid", "account"];
    private static readonly HashSet<string> GroupKeys = [.. AgentKeys, "member"];
    private static readonly HashSet<string> ActivityKeys = ["objectType", "id", "definition"];
    private static readonly HashSet<string> DefinitionKeys = ["name", "description", "type", "moreInfo", "extensions", "interactionType", "correctResponsesPattern", "choices", "scale", "source", "target", "steps"];
    private static readonly HashSet<string> ResultKeys = ["score", "success", "completion", "response", "duration", "extensions"];
    private static readonly HashSet<string> ContextKeys = ["registration", "instructor", "team", "contextActivities", "revision", "platform", "language", "statement", "extensions"];
    private static readonly string[] IdentifierKeys = ["mbox", "mbox_sha1sum", "openid", "account"];
    private static readonly string[] ComponentKeys = ["choices", "scale", "source", "target", "steps"];
    private static readonly string[] OfActivities = ["revision", "platform"];
    private static readonly HashSet<string> AttachmentKeys = ["usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"];

    /// <summary>Which lists of components an interaction may have (Part Two, 2.4.4.1, interaction types).</summary>
    private static readonly Dictionary<string, string[]> Interactions = new(StringComparer.Ordinal)
    {
        ["true-false"] = [],
        ["choice"] = ["choices"],
        ["fill-in"] = [],
        ["long-fill-in"] = [],
        ["matching"] = ["source", "target"],
        ["performance"] = ["steps"],
        ["sequencing"] = ["choices"],
        ["likert"] = ["scale"],
        ["numeric"] = [],
        ["other"] = [],
    };

    private readonly bool _second;
    private Refusal? _refusal;

    private XapiRules(bool second) => _second = second;

    /// <summary>What is wrong with a statement, or null.</summary>
    /// <param name="statement">One JSON value.</param>
    /// <param name="second">Whether xAPI 2.0 was asked for, which knows contextAgents and contextGroups; else 1.0.</param>
    public static Refusal? Check(JsonElement statement, bool second)
    {
        var rules = new XapiRules(second);
        rules.Statement(statement);
        return rules._refusal;
    }

    private bool Statement(JsonElement statement)
    {
        if (!Object(statement, "statement", StatementKeys) || !NoNulls(statement, "statement")) return false;
        if (!Optional(statement, "", "id", Uuid) || !Clauses(statement, "", sub: false)) return false;
        if (!Optional(statement, "", "stored", Time) || !Optional(statement, "", "version", Version)) return false;
        return !statement.TryGetProperty("authority", out var authority) || Authority(authority);
    }

    private bool Clauses(JsonElement statement, string path, bool sub)
    {
        if (!statement.TryGetProperty("actor", out var actor)) return Refuse(At(path, "actor"), "is missing", "an Agent or a Group");
        if (!statement.TryGetProperty("verb", out var verb)) return Refuse(At(path, "verb"), "is missing", "an object with an id");
        if (!statement.TryGetProperty("object", out var target)) return Refuse(At(path, "object"), "is missing", "an Activity, Agent, Group, StatementRef or SubStatement");
        if (!Actor(actor, At(path, "actor")) || !Verb(verb, At(path, "verb")) || !Target(target, At(path, "object"), sub)) return false;
        if (!sub && verb.GetProperty("id").GetString() == Voided && Kind(target) != "StatementRef") return Refuse(At(path, "object"), "is not a reference to a statement", "a StatementRef, because the verb is voided");
        if (!Optional(statement, path, "timestamp", Time) || !Optional(statement, path, "result", Result) || !Optional(statement, path, "attachments", Attachments)) return false;
        return !statement.TryGetProperty("context", out var context) || Context(context, At(path, "context"), Kind(target) == "Activity");
    }

    private bool Actor(JsonElement actor, string path)
    {
        if (actor.ValueKind != JsonValueKind.Object) return Refuse(path, "is not a JSON object", "an Agent or a Group");
        return Kind(actor, "Agent") switch
        {
            "Agent" => Agent(actor, path),
            "Group" => Group(actor, path),
            _ => Refuse(At(path, "objectType"), "is neither Agent nor Group", "\"Agent\" or \"Group\""),
        };
    }

    private bool Agent(JsonElement agent, string path)
    {
        if (!Object(agent, path, AgentKeys) || !Optional(agent, path, "objectType", OneOf("Agent")) || !Optional(agent, path, "name", Text)) return false;
        return Identifiers(agent, path, out var count) && (count == 1 || Refuse(path, $"has {count} identifiers", "exactly one of mbox, mbox_sha1sum, openid, account"));
    }

    private bool Group(JsonElement group, string path)
    {
        if (!Object(group, path, GroupKeys) || !Optional(group, path, "name", Text) || !Identifiers(group, path, out var count)) return false;
        if (count > 1) return Refuse(path, $"has {count} identifiers", "at most one of mbox, mbox_sha1sum, openid, account");
        if (!group.TryGetProperty("member", out var members)) return count == 1 || Refuse(At(path, "member"), "is missing", "the members of a group without identifier");
        if (members.ValueKind != JsonValueKind.Array || (count == 0 && members.GetArrayLength() == 0)) return Refuse(At(path, "member"), "is not a list of Agents", "a JSON array of Agents");
        var i = 0;
        foreach (var member in members.EnumerateArray())
        {
            if (!Agent(member, $"{path}.member[{i++}]")) return false;
        }

        return true;
    }

    private bool Identifiers(JsonElement who, string path, out int count)
    {
        count = 0;
        foreach (var name in IdentifierKeys)
        {
            if (who.TryGetProperty(name, out _)) count++;
        }

        return Optional(who, path, "mbox", Mailbox) && Optional(who, path, "mbox_sha1sum", Sha1) && Optional(who, path, "openid", Iri) && Optional(who, path, "account", Account);
    }

    private bool Account(JsonElement account, string path) =>
        Object(account, path, ["homePage", "name"]) && Required(account, path, "homePage", Iri) && Required(account, path, "name", Text);

    private bool Verb(JsonElement verb, string path) =>
        Object(verb, path, ["id", "display"]) && Required(verb, path, "id", Iri) && Optional(verb, path, "display", Languages);

    private bool Target(JsonElement target, string path, bool sub)
    {
        if (target.ValueKind != JsonValueKind.Object) return Refuse(path, "is not a JSON object", "an Activity, Agent, Group, StatementRef or SubStatement");
        return Kind(target) switch
        {
            "Activity" => Activity(target, path),
            "Agent" => Agent(target, path),
            "Group" => Group(target, path),
            "StatementRef" => Reference(target, path),
            "SubStatement" when !sub => Object(target, path, SubStatementKeys) && Clauses(target, path, sub: true),
            "SubStatement" => Refuse(path, "is a SubStatement inside a SubStatement", "an Activity, Agent, Group or StatementRef"),
            _ => Refuse(At(path, "objectType"), "is not a kind of object", "Activity, Agent, Group, StatementRef or SubStatement"),
        };
    }

    private bool Reference(JsonElement reference, string path) =>
        Object(reference, path, ["objectType", "id"]) && Required(reference, path, "objectType", OneOf("StatementRef")) && Required(reference, path, "id", Uuid);

    private bool Activity(JsonElement activity, string path) =>
        Object(activity, path, ActivityKeys) && Optional(activity, path, "objectType", OneOf("Activity")) && Required(activity, path, "id", Iri) && Optional(activity, path, "definition", Definition);

    private bool Definition(JsonElement definition, string path)
    {
        if (!Object(definition, path, DefinitionKeys) || !Optional(definition, path, "name", Languages) || !Optional(definition, path, "description", Languages)) return false;
        if (!Optional(definition, path, "type", Iri) || !Optional(definition, path, "moreInfo", Iri) || !Optional(definition, path, "extensions", Extensions)) return false;
        var parts = ComponentKeys.Where(p => definition.TryGetProperty(p, out _)).ToList();
        var patterned = definition.TryGetProperty("correctResponsesPattern", out var pattern);
        if (!definition.TryGetProperty("interactionType", out var kind)) return (parts.Count == 0 && !patterned) || Refuse(At(path, "interactionType"), "is missing", "the type of the interaction whose answers are given");
        if (!OneOf([.. Interactions.Keys])(kind, At(path, "interactionType"))) return false;
        if (patterned && (pattern.ValueKind != JsonValueKind.Array || pattern.EnumerateArray().Any(p => p.ValueKind != JsonValueKind.String))) return Refuse(At(path, "correctResponsesPattern"), "is not a list of texts", "a JSON array of texts");
        foreach (var part in parts)
        {
            if (!Interactions[kind.GetString()!].Contains(part)) return Refuse(At(path, part), $"does not belong to the interaction {kind.GetString()}", "the lists of that interaction type");
            if (!Components(definition.GetProperty(part), At(path, part))) return false;
        }

        return true;
    }

    private bool Components(JsonElement components, string path)
    {
        if (components.ValueKind != JsonValueKind.Array) return Refuse(path, "is not a list", "a JSON array of components");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var component in components.EnumerateArray())
        {
            if (!Object(component, path, ["id", "description"]) || !Required(component, path, "id", Text) || !Optional(component, path, "description", Languages)) return false;
            if (!seen.Add(component.GetProperty("id").GetString()!)) return Refuse(path, "has two components of one id", "distinct ids");
        }

        return true;
    }

    private bool Result(JsonElement result, string path)
    {
        if (!Object(result, path, ResultKeys) || !Optional(result, path, "score", Score) || !Optional(result, path, "success", Flag) || !Optional(result, path, "completion", Flag)) return false;
        return Optional(result, path, "response", Text) && Optional(result, path, "duration", Duration) && Optional(result, path, "extensions", Extensions);
    }

    private bool Score(JsonElement score, string path)
    {
        if (!Object(score, path, ["scaled", "raw", "min", "max"])) return false;
        double? Of(string name) => score.TryGetProperty(name, out var value) ? value.GetDouble() : null;
        foreach (var part in score.EnumerateObject())
        {
            if (part.Value.ValueKind != JsonValueKind.Number) return Refuse(At(path, part.Name), "is not a number", "a number");
        }

        if (Of("scaled") is < -1 or > 1) return Refuse(At(path, "scaled"), "lies outside -1 to 1", "a number from -1 to 1");
        if (Of("min") >= Of("max")) return Refuse(At(path, "min"), "is not below max", "a number below max");
        if (Of("raw") < Of("min") || Of("raw") > Of("max")) return Refuse(At(path, "raw"), "lies outside min to max", "a number from min to max");
        return true;
    }

    private bool Context(JsonElement context, string path, bool ofActivity)
    {
        var keys = _second ? new HashSet<string>([.. ContextKeys, "contextAgents", "contextGroups"], StringComparer.Ordinal) : ContextKeys;
        if (!Object(context, path, keys) || !Optional(context, path, "registration", Uuid) || !Optional(context, path, "instructor", Actor) || !Optional(context, path, "team", Team)) return false;
        foreach (var name in OfActivities)
        {
            if (!Optional(context, path, name, Text)) return false;
            if (!ofActivity && context.TryGetProperty(name, out _)) return Refuse(At(path, name), "stands where the object is not an Activity", "only with an Activity");
        }

        if (!Optional(context, path, "language", Language) || !Optional(context, path, "statement", Reference) || !Optional(context, path, "extensions", Extensions)) return false;
        return Optional(context, path, "contextActivities", ContextActivities) && Optional(context, path, "contextAgents", Relevant("agent")) && Optional(context, path, "contextGroups", Relevant("group"));
    }

    private bool Team(JsonElement team, string path) =>
        (team.ValueKind == JsonValueKind.Object && Kind(team, "Agent") == "Group") ? Group(team, path) : Refuse(path, "is not a Group", "a Group");

    private bool ContextActivities(JsonElement activities, string path)
    {
        if (!Object(activities, path, ["parent", "grouping", "category", "other"])) return false;
        foreach (var part in activities.EnumerateObject())
        {
            if (part.Value.ValueKind != JsonValueKind.Array)
            {
                if (!Activity(part.Value, At(path, part.Name))) return false;
                continue;
            }

            foreach (var activity in part.Value.EnumerateArray())
            {
                if (!Activity(activity, At(path, part.Name))) return false;
            }
        }

        return true;
    }

    /// <summary>contextAgents and contextGroups of xAPI 2.0: who else matters, and how.</summary>
    private Func<JsonElement, string, bool> Relevant(string what) => (list, path) =>
    {
        if (list.ValueKind != JsonValueKind.Array) return Refuse(path, "is not a list", "a JSON array");
        foreach (var item in list.EnumerateArray())
        {
            var kind = what == "agent" ? "contextAgent" : "contextGroup";
            if (!Object(item, path, ["objectType", what, "relevantTypes"]) || !Required(item, path, "objectType", OneOf(kind))) return false;
            if (!Required(item, path, what, what == "agent" ? Agent : Team)) return false;
            if (!item.TryGetProperty("relevantTypes", out var types)) continue;
            if (types.ValueKind != JsonValueKind.Array || types.GetArrayLength() == 0) return Refuse(At(path, "relevantTypes"), "is not a list of types", "a JSON array of IRIs");
            if (types.EnumerateArray().Any(type => !Iri(type, At(path, "relevantTypes")))) return false;
        }

        return true;
    };

    private bool Authority(JsonElement authority)
    {
        if (!Actor(authority, "authority")) return false;
        if (Kind(authority, "Agent") == "Agent") return true;
        var anonymous = !IdentifierKeys.Any(name => authority.TryGetProperty(name, out _));
        return (anonymous && authority.GetProperty("member").GetArrayLength() == 2) || Refuse("authority", "is a Group that is not made of two Agents", "an Agent, or a Group of exactly two (OAuth)");
    }

    private bool Attachments(JsonElement attachments, string path)
    {
        if (attachments.ValueKind != JsonValueKind.Array) return Refuse(path, "is not a list", "a JSON array of attachments");
        foreach (var one in attachments.EnumerateArray())
        {
            if (!Object(one, path, AttachmentKeys) || !Required(one, path, "usageType", Iri) || !Required(one, path, "display", Languages) || !Optional(one, path, "description", Languages)) return false;
            if (!Required(one, path, "contentType", Text) || !Required(one, path, "length", Length) || !Required(one, path, "sha2", Sha2) || !Optional(one, path, "fileUrl", Iri)) return false;
        }

        return true;
    }
}
