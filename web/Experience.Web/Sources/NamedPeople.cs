using System.Text.Json;
using Experience.Domain.Events;
using Experience.Web.Ways;
using Experience.Web.Ways.Xapi;

namespace Experience.Web.Sources;

/// <summary>
/// The participants' keys that stand in a refused body, whichever way it came: where an event of ours, a message of Segment, a statement or a Caliper event say who
/// somebody is. Lenient, because the body was refused; what it does not find is as if nobody were named.
/// </summary>
internal static class NamedPeople
{
    /// <summary>Of one body; a request of an xAPI or Caliper source may hold many statements.</summary>
    public const int Max = 2_000;

    private static readonly HashSet<string> Names =
    [
        "subject", "userId", "user_id", "anonymousId", "anonymous_id", "previousId", "previous_id", "actor", "assignee",
        .. Fields.All.Where(static f => f.Kind == FieldKind.Person).Select(static f => f.Name),
    ];

    public static IReadOnlyCollection<string> In(ReadOnlyMemory<byte> body)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        using var json = WayRequest.Parse(body, out _);
        if (json is not null) Walk(json.RootElement, found);
        return found;
    }

    // As deep as the parser lets JSON be: 64.
    private static void Walk(JsonElement value, HashSet<string> found)
    {
        if (found.Count >= Max) return;
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) Walk(item, found);
        }

        if (value.ValueKind != JsonValueKind.Object) return;
        if (Agent(value) is { } agent) Add(agent);
        if (value.Get("type").Text() == "Person") Add(value.Get("id").Text());
        foreach (var property in value.EnumerateObject())
        {
            if (Names.Contains(property.Name)) Add(((JsonElement?)property.Value).Text() ?? property.Value.Get("id").Text());
            Walk(property.Value, found);
        }

        void Add(string? key)
        {
            if (key is { Length: <= EventLimits.MaxKeyLength } && found.Count < Max) found.Add(key);
        }
    }

    private static string? Agent(JsonElement value)
    {
        if (value.Get("account") is { } account && (account.Get("homePage").Text() is null || account.Get("name").Text() is null)) return null;
        return value.Get("mbox").Text() is { } mailbox && !mailbox.StartsWith("mailto:", StringComparison.Ordinal) ? null : XapiTranslator.Subject(value);
    }
}
