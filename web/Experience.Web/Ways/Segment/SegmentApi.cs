using System.Text.Json;
using Experience.Domain.Wire;
using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Keys;

namespace Experience.Web.Ways.Segment;

/// <summary>
/// The Segment HTTP tracking API (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api), so that its libraries
/// work as they are: point them at this server and give the source's key as write key.
/// </summary>
internal static class SegmentApi
{
    /// <summary>Each address, its short form that browsers' libraries use, and what a message there is; a batch says it in each message.</summary>
    private static readonly (string Name, string Short, string? Kind)[] Addresses =
    [
        ("track", "t", "track"), ("identify", "i", "identify"), ("group", "g", "group"), ("alias", "a", "alias"), ("page", "p", "page"), ("screen", "s", "screen"), ("batch", "b", null),
    ];

    public static void MapSegment(this IEndpointRouteBuilder routes)
    {
        foreach (var (name, shortened, kind) in Addresses)
        {
            Task Post(HttpContext context, EngineHost host, KeyRing keys, ServeOptions options, ArrivalLog arrivals) => PostAsync(context, host, keys, options, arrivals, kind);
            routes.MapPost("/v1/" + name, Post).WithName("segment" + name).WithTags("Segment").WithSummary($"Segment HTTP API: {name}.");
            routes.MapPost("/v1/" + shortened, Post).ExcludeFromDescription();
        }
    }

    private static async Task PostAsync(HttpContext context, EngineHost host, KeyRing keys, ServeOptions options, ArrivalLog arrivals, string? kind)
    {
        var (body, problem) = await WayRequest.ReadAsync(context);
        using (body)
        {
            var authorized = WayRequest.TryAuthorize(context, keys, out var rules) || (body?.RootElement.Get("writeKey").Text() is { } key && keys.TryAuthorize(key, out rules));
            if (!authorized)
            {
                context.Response.Headers.WWWAuthenticate = "Basic";
                await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "A key is needed.", "Give the source's key as the write key; make one with `keys create` or on the start page.");
                return;
            }

            if (body is null)
            {
                await Problems.Refused(problem!).ExecuteAsync(context);
                return;
            }

            var request = new WayRequest(context, host, options, arrivals, rules!);
            using var events = new TranslatedEvents(request.Source("/segment"));
            var refusals = Translate(body.RootElement, kind, events);
            var answers = await request.RecordAsync(events);
            refusals.AddRange(answers.Where(a => a.Outcome == EventOutcome.Refused).Select(a => new Refusal(a.Field!, a.Reason!, a.Accepted!)));

            // Segment answers 200 to nearly everything and drops in silence; here the sender hears of what was not taken. The rest was.
            if (refusals.Count > 0) await Problems.Refused(refusals[0]).ExecuteAsync(context);
            else await TypedResults.Json(new SegmentAnswer(true), Json.Options).ExecuteAsync(context);
        }
    }

    private static List<Refusal> Translate(JsonElement body, string? kind, TranslatedEvents events)
    {
        if (kind is not null) return SegmentTranslator.Translate(body, kind, events) is { } refusal ? [refusal] : [];
        if (body.Get("batch") is not { ValueKind: JsonValueKind.Array } batch) return [new Refusal("batch", "is missing", "a JSON array of messages")];
        if (batch.GetArrayLength() > WayRequest.MaxMessages) return [new Refusal("batch", "is too long", $"at most {WayRequest.MaxMessages} messages")];
        var refusals = new List<Refusal>();
        var i = 0;
        foreach (var message in batch.EnumerateArray())
        {
            if (SegmentTranslator.Translate(message, null, events) is { } refusal) refusals.Add(refusal with { Field = $"batch[{i}].{refusal.Field}" });
            i++;
        }

        return refusals;
    }
}

/// <summary>What Segment's libraries expect of a message that was taken.</summary>
internal sealed record SegmentAnswer(bool Success);
