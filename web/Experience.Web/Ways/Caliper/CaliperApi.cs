using System.Text.Json;
using Experience.Domain.Wire;
using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Keys;
using Experience.Web.Sources;

namespace Experience.Web.Ways.Caliper;

/// <summary>Where Caliper sensors send envelopes: POST /caliper, versions 1.1 and 1.2, with the source's key as bearer token. An envelope is taken whole or not at all.</summary>
internal static class CaliperApi
{
    public static void MapCaliper(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/caliper", PostAsync).WithName("caliper").WithTags("Caliper").WithSummary("Send a Caliper envelope.");

    private static async Task PostAsync(HttpContext context, EngineHost host, KeyRing keys, ServeOptions options, ArrivalLog arrivals, SourceDesk desk)
    {
        if (!WayRequest.TryAuthorize(context, keys, out var rules))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "A key is needed.", "Send the source's key as bearer token; make one with `keys create` or on the start page.");
            return;
        }

        var (body, problem, bytes) = await WayRequest.ReadAsync(context);
        var intake = desk.Open(WayNames.Caliper, rules);
        using (body)
        {
            if (body is null)
            {
                await WayRequest.RefuseAsync(context, intake, problem!, bytes);
                return;
            }

            var request = new WayRequest(context, host, options, arrivals, intake, rules);
            using var events = new TranslatedEvents(request.Source("/caliper"));
            var refusal = Translate(body.RootElement, events);
            refusal ??= await request.RecordWholeAsync(events);
            if (refusal is not null)
            {
                await WayRequest.RefuseAsync(context, intake, refusal, bytes);
                return;
            }

            await intake.FlushAsync();
            await TypedResults.Json(new CaliperAnswer(events.Count), Json.Options).ExecuteAsync(context);
        }
    }

    internal static Refusal? Translate(JsonElement envelope, TranslatedEvents events)
    {
        if (CaliperRules.Envelope(envelope) is { } wrong) return wrong;
        var data = envelope.GetProperty("data");
        if (data.GetArrayLength() > WayRequest.MaxMessages) return new("data", "is too long", $"at most {WayRequest.MaxMessages} events");
        for (var i = 0; i < data.GetArrayLength(); i++)
        {
            if (CaliperRules.Item(data[i]) is { } refusal) return refusal with { Field = $"data[{i}].{refusal.Field}" };
            CaliperTranslator.Translate(data[i], envelope.GetProperty("sendTime").GetString()!, events);
        }

        return null;
    }
}

internal sealed record CaliperAnswer(int Events);
