using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;

namespace Experience.Web.Api;

/// <summary>Rules that are edited and published live: the policy and the segments. Each change is an event like any other.</summary>
internal static class ProgramApi
{
    /// <summary>Source of what this computer's staff publish.</summary>
    public const string Source = "/experience/desk";

    public static void MapProgram(this IEndpointRouteBuilder routes)
    {
        var program = routes.MapGroup("/v1").WithTags("Program").ForThisComputer();
        program.MapGet("/policy", GetPolicyAsync).WithName("getPolicy").WithSummary("The policy in force.").Produces<PolicyAnswer>();
        program.MapPut("/policy", PutPolicyAsync).WithName("putPolicy").WithSummary("Publish a policy; it is in force at once.").Accepts<JsonElement>("application/json").Produces<PolicyAnswer>();
        program.MapGet("/segments", GetSegmentsAsync).WithName("listSegments").WithSummary("The segments.").Produces<IReadOnlyList<SegmentAnswer>>();
        program.MapPut("/segments/{id}", PutSegmentAsync).WithName("putSegment").WithSummary("Define a segment by a rule; it is counted at once.").Accepts<SegmentPut>("application/json").Produces<SegmentAnswer>();
    }

    /// <summary>Publishes a policy document; the problem when it is not a valid one.</summary>
    public static async Task<IResult?> PublishPolicyAsync(IExperienceEngine engine, string document, Access access, TimeProvider time, CancellationToken cancellation)
    {
        if (ProgramDocuments.CheckPolicy(document) is { } refusal) return Problems.Field(refusal.Field, refusal.Reason, refusal.Accepted);
        var (_, version) = await engine.PolicyAsync(cancellation);
        var id = $"policy-{version + 1}-{Guid.NewGuid():n}";
        var fact = new FactBuilder(EventTypes.PolicyPublished, Source, id, "", Now(time)) { Live = true }
            .Set(Fields.Document, document).Set(Fields.Version, version + 1L).Set(Fields.Staff, access.Actor).Build();
        await EventRecorder.RecordAsync(engine, [fact], access, time, cancellation);
        return null;
    }

    private static async Task<IResult> GetPolicyAsync(HttpContext context, EngineHost host)
    {
        var (json, version) = await host.Engine.PolicyAsync(context.RequestAborted);
        return TypedResults.Json(new PolicyAnswer(version, Json.Parse(json)), Json.Options);
    }

    private static async Task<IResult> PutPolicyAsync(JsonElement document, HttpContext context, EngineHost host, ServeOptions options)
    {
        // What GET answers may be sent back as it is: the document then stands in its member.
        if (document.ValueKind == JsonValueKind.Object && document.TryGetProperty("document", out var inner)) document = inner;
        if (document.ValueKind != JsonValueKind.Object) return Problems.Field("document", "is not a JSON object", "the policy document");
        return await PublishPolicyAsync(host.Engine, document.GetRawText(), context.AccessFor("policy"), options.Time, context.RequestAborted) ?? await GetPolicyAsync(context, host);
    }

    private static async Task<IResult> GetSegmentsAsync(HttpContext context, EngineHost host)
    {
        var program = await host.Engine.ProgramAsync(context.RequestAborted);
        return TypedResults.Json(program.Segments.Select(s => new SegmentAnswer(s.Id, s.Title, s.Count, s.Rule is null ? null : Json.Parse(s.Rule), s.Description)).ToList(), Json.Options);
    }

    private static async Task<IResult> PutSegmentAsync(string id, SegmentPut put, HttpContext context, EngineHost host, ServeOptions options)
    {
        if (id.Length is 0 or > EventLimits.MaxNameLength) return Problems.Field("id", "is not a name", $"1 to {EventLimits.MaxNameLength} characters");
        if (string.IsNullOrWhiteSpace(put.Title) || put.Title.Length > EventLimits.MaxNameLength) return Problems.Field("title", "is not a title", $"1 to {EventLimits.MaxNameLength} characters");
        if (put.Rule.ValueKind != JsonValueKind.Object) return Problems.Field("rule", "is not a JSON object", "a segment's rule");
        var document = put.Rule.GetRawText();
        if (ProgramDocuments.CheckSegment(document) is { } refusal) return Problems.Field(refusal.Field, refusal.Reason, refusal.Accepted);
        var access = context.AccessFor("segments");
        var fact = new FactBuilder(EventTypes.SegmentDefined, Source, $"segment-{id}-{Guid.NewGuid():n}", "", Now(options.Time)) { Live = true }
            .Set(Fields.Segment, id).Set(Fields.Document, document).Set(Fields.Title, put.Title).Set(Fields.Staff, access.Actor).Build();
        await EventRecorder.RecordAsync(host.Engine, [fact], access, options.Time, context.RequestAborted);
        return TypedResults.Json(new SegmentAnswer(id, put.Title, null, put.Rule, null), Json.Options);
    }

    private static long Now(TimeProvider time) => (time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
