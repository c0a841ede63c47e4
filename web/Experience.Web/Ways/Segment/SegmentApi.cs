using System.Text.Json;
using Experience.Domain.Wire;
using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Keys;
using Experience.Web.Sources;

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
            Task Post(HttpContext context, EngineHost host, KeyRing keys, ServeOptions options, ArrivalLog arrivals, SourceDesk desk) => PostAsync(context, host, keys, options, arrivals, desk, kind);
            routes.MapPost("/v1/" + name, Post).WithName("segment" + name).WithTags("Segment").WithSummary($"Segment HTTP API: {name}.");
            routes.MapPost("/v1/" + shortened, Post).ExcludeFromDescription();
        }
    }

    private static async Task PostAsync(HttpContext context, EngineHost host, KeyRing keys, ServeOptions options, ArrivalLog arrivals, SourceDesk desk, string? kind)
    {
        var (body, problem, bytes) = await WayRequest.ReadAsync(context);
        using (body)
        {
            var authorized = WayRequest.TryAuthorize(context, keys, out var rules) || (body?.RootElement.Get("writeKey").Text() is { } key && keys.TryAuthorize(key, out rules));
            if (!authorized)
            {
                context.Response.Headers.WWWAuthenticate = "Basic";
                await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "A key is needed.", "Give the source's key as the write key; make one with `keys create` or on the start page.");
                return;
            }

            var intake = desk.Open(WayNames.Segment, rules!, kind);
            if (body is null)
            {
                await WayRequest.RefuseAsync(context, intake, problem!, bytes);
                return;
            }

            if (Messages(body.RootElement, kind, out var messages) is { } whole)
            {
                await WayRequest.RefuseAsync(context, intake, whole, bytes);
                return;
            }

            var request = new WayRequest(context, host, options, arrivals, intake, rules!);
            using var events = new TranslatedEvents(request.Source("/segment"));
            var refusals = new Refusal?[messages.Count];
            var ends = new int[messages.Count];
            for (var i = 0; i < messages.Count; i++)
            {
                refusals[i] = SegmentTranslator.Translate(messages[i], kind, events);
                ends[i] = events.Count;
            }

            var answers = await request.RecordAsync(events);
            for (int i = 0, at = 0; i < messages.Count; at = ends[i++])
            {
                refusals[i] ??= answers[at..ends[i]].FirstOrDefault(a => a.Outcome == EventOutcome.Refused) is { } refused ? new Refusal(refused.Field!, refused.Reason!, refused.Accepted!) : null;
                if (refusals[i] is { } why) Keep(intake, messages[i], why, request.Source("/segment"));
            }

            await intake.FlushAsync();

            // Segment answers 200 to nearly everything and drops in silence; here the sender hears of what was not taken. The rest was.
            var first = Array.FindIndex(refusals, r => r is not null);
            if (first < 0) await TypedResults.Json(new SegmentAnswer(true), Json.Options).ExecuteAsync(context);
            else await Problems.Refused(kind is null ? refusals[first]! with { Field = $"batch[{first}].{refusals[first]!.Field}" } : refusals[first]!).ExecuteAsync(context);
        }
    }

    private static void Keep(Intake intake, JsonElement message, Refusal why, string source) =>
        intake.Refused(why, System.Text.Encoding.UTF8.GetBytes(message.GetRawText()), source, message.Get("messageId", "message_id").Text(), (message.Get("type") ?? message.Get("event")).Text(),
            message.Get("userId", "user_id", "anonymousId", "anonymous_id").Text());

    /// <summary>The messages of a body: of a batch many, else one.</summary>
    internal static Refusal? Messages(JsonElement body, string? kind, out List<JsonElement> messages)
    {
        messages = [body];
        if (kind is not null) return null;
        if (body.Get("batch") is not { ValueKind: JsonValueKind.Array } batch) return new Refusal("batch", "is missing", "a JSON array of messages");
        if (batch.GetArrayLength() > WayRequest.MaxMessages) return new Refusal("batch", "is too long", $"at most {WayRequest.MaxMessages} messages");
        messages = [.. batch.EnumerateArray()];
        return null;
    }
}

/// <summary>What Segment's libraries expect of a message that was taken.</summary>
internal sealed record SegmentAnswer(bool Success);
