using System.Text.Json;
using Experience.Domain.Wire;
using Experience.Web.Sources;
using Experience.Web.Ways;

namespace Experience.Web.Hooks;

/// <summary>A payload, read by the mapping that is in force now: the mapping may be what was wrong. The place is the hook's name, then the headers that its mapping read.</summary>
internal sealed class HookLetters(HookStore hooks) : ILetterReader
{
    public string Way => WayNames.Hook;

    public static string PlaceOf(string name, IReadOnlyDictionary<string, string> headers) => headers.Count == 0 ? name : name + "\n" + JsonSerializer.Serialize(headers);

    public async ValueTask<Refusal?> ReadAsync(ReadOnlyMemory<byte> body, LetterOrigin origin, TranslatedEvents events)
    {
        var place = (origin.Place ?? "").Split('\n', 2);
        if (await hooks.FindAsync(place[0], CancellationToken.None) is not { } hook) return new Refusal("hook", $"is no more ({place[0]})", "a hook of this name");
        using var json = WayRequest.Parse(body, out var refusal);
        if (json is null) return refusal;
        var headers = place.Length > 1 ? JsonSerializer.Deserialize<Dictionary<string, string>>(place[1])! : [];
        return hook.Mapping.Translate(json.RootElement, body.Span, new Dictionary<string, string>(headers, StringComparer.OrdinalIgnoreCase), events)
            ?? (events.Count == 0 ? new Refusal("payload", "means no event by the mapping", "a payload that a rule fits") : null);
    }
}
