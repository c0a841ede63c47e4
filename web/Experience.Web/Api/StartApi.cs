using System.Text.Json.Nodes;
using Experience.Domain.Wire;
using Experience.Sample;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Keys;
using Experience.Web.Samples;

namespace Experience.Web.Api;

/// <summary>What a first start needs: where it runs, a fresh key with a working curl, the sample, the keys.</summary>
internal static class StartApi
{
    /// <summary>Source of the first event that a newcomer sends.</summary>
    private const string FirstSource = "/desk";

    public static void MapStart(this IEndpointRouteBuilder routes)
    {
        var start = routes.MapGroup("/v1").WithTags("Start").ForThisComputer();
        start.MapGet("/start", GetStartAsync).WithName("getStart").WithSummary("What the start page shows.").Produces<StartView>();
        start.MapPut("/start", PutStartAsync).WithName("putStart").WithSummary("Set the program's name, time zone or currency.").Accepts<StartSettings>("application/json").Produces<StartView>();
        start.MapPost("/sample", PostSampleAsync).WithName("startSample").WithSummary("Fill and stream the sample program, in a folder of its own.").Accepts<SampleRequest>("application/json").Produces<SampleView>();
        start.MapDelete("/sample", async (SampleRunner sample, HttpContext context) =>
        {
            await sample.StopSampleAsync(context.RequestAborted);
            return TypedResults.Json(sample.View, Json.Options);
        }).WithName("stopSample").WithSummary("Leave the sample and go back to the program's own data.").Produces<SampleView>();

        var keys = routes.MapGroup("/v1/keys").WithTags("Keys").ForThisComputer();
        keys.MapGet("", (KeyRing ring) => TypedResults.Json(ring.List(), Json.Options)).WithName("listKeys").WithSummary("Keys, without the keys themselves.").Produces<IReadOnlyList<KeyInfo>>();
        keys.MapPost("", PostKeyAsync).WithName("createKey").WithSummary("Make a key for a source; it is shown once.").Accepts<KeyRequest>("application/json").Produces<KeyCreated>();
        keys.MapDelete("/{id}", (string id, KeyRing ring) => ring.Revoke(id) ? TypedResults.NoContent() : Problems.NotFound("There is no such key."))
            .WithName("revokeKey").WithSummary("Revoke a key.");
    }

    private static async Task<IResult> GetStartAsync(HttpContext context, EngineHost host, StartKey startKey, ServeOptions options)
    {
        var program = await host.Engine.ProgramAsync(context.RequestAborted);
        var empty = host.Status.People == 0 && !host.IsSample;
        var address = $"{context.Request.Scheme}://{context.Request.Host}";
        // Newcomers send a first event while there is nothing, or into the sample; elsewhere keys are made on purpose.
        var key = empty || host.IsSample ? startKey.Get(FirstSource, Zone(program.TimeZone)) : null;
        return TypedResults.Json(
            new StartView(empty, host.IsSample, address, options.Urls.Count == 0, Path.GetFullPath(options.DataFolder), program.TimeZone, program.Currency, key, key is null ? null : Curl(address, key), StatusReader.Version),
            Json.Options);
    }

    private static string Curl(string address, string key) =>
        $$"""
        curl {{address}}/v1/events \
         -H 'authorization: Bearer {{key}}' \
         -H 'content-type: application/cloudevents+json' \
         -d '{ "specversion": "1.0",
           "id": "r-1001", "source": "{{FirstSource}}",
           "type": "registration.confirmed",
           "subject": "p-17",
           "data": { "section": "excel-03",
             "amount": 19000 } }'
        """.ReplaceLineEndings("\n");

    private static async Task<IResult> PutStartAsync(StartSettings settings, HttpContext context, EngineHost host, StartKey startKey, ServeOptions options)
    {
        if (settings.TimeZone is { } zone && !WireTime.TryZone(zone, out _)) return Problems.Field("timeZone", "is not a time zone", "an IANA name such as America/Chicago");
        if (settings.Currency is { } currency && !(currency.Length == 3 && currency.All(char.IsAsciiLetterUpper))) return Problems.Field("currency", "is not a currency", "three capital letters such as USD");
        if (settings.Name is { } name && (string.IsNullOrWhiteSpace(name) || name.Length > 80)) return Problems.Field("name", "is not a name", "1 to 80 characters");
        // Money that was recorded means the currency that it was recorded in.
        if (settings.Currency is not null && host.Status.People > 0) return Problems.Field("currency", "is fixed once there are people", "another data folder for another currency");
        var (json, _) = await host.Engine.PolicyAsync(context.RequestAborted);
        var policy = JsonNode.Parse(json)!.AsObject();
        if (settings.TimeZone is not null) policy["timeZone"] = settings.TimeZone;
        if (settings.Currency is not null) policy["currency"] = settings.Currency;
        if (settings.Name is not null) policy["program"] = settings.Name.Trim();
        return await ProgramApi.PublishPolicyAsync(host.Engine, policy.ToJsonString(), context.AccessFor("start"), options.Time, context.RequestAborted)
            ?? await GetStartAsync(context, host, startKey, options);
    }

    private static async Task<IResult> PostSampleAsync(SampleRequest request, HttpContext context, SampleRunner sample)
    {
        if (request.People is < SampleOptions.MinPeople or > SampleOptions.MaxPeople) return Problems.Field("people", "is out of range", $"{SampleOptions.MinPeople} to {SampleOptions.MaxPeople}");
        if (request.Years is < SampleOptions.MinYears or > SampleOptions.MaxYears) return Problems.Field("years", "is out of range", $"{SampleOptions.MinYears} to {SampleOptions.MaxYears}");
        if (request.Speed is < 0 or > 1000 or double.NaN) return Problems.Field("speed", "is out of range", "0 to 1000");
        if (await sample.StartSampleAsync(request, context.RequestAborted) is { } other) return Problems.Of(StatusCodes.Status409Conflict, "There is another sample.", other);
        return TypedResults.Json(sample.View, Json.Options, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> PostKeyAsync(KeyRequest request, HttpContext context, EngineHost host, KeyRing ring)
    {
        if (string.IsNullOrWhiteSpace(request.Source) || request.Source.Length > 200) return Problems.Field("source", "is not a source", "1 to 200 characters, such as /registrations; * for every source");
        var name = request.TimeZone ?? (await host.Engine.ProgramAsync(context.RequestAborted)).TimeZone;
        if (!WireTime.TryZone(name, out var zone)) return Problems.Field("timeZone", "is not a time zone", "an IANA name such as America/Chicago");
        return TypedResults.Json(ring.Create(request.Source.Trim(), zone, request.MayErase == true), Json.Options);
    }

    private static TimeZoneInfo Zone(string name) => WireTime.TryZone(name, out var zone) ? zone : TimeZoneInfo.Utc;
}
