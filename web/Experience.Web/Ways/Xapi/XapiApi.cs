using System.Text.Json;
using System.Text.RegularExpressions;
using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Keys;
using Experience.Web.Sources;

namespace Experience.Web.Ways.Xapi;

/// <summary>
/// Where learning systems send statements: POST and PUT of /xapi/statements, xAPI 1.0.3 and 2.0 (IEEE 9274.1.1). Statements are taken
/// whole or not at all, as the specification asks. What is kept are events, so statements are not given back: this is not a record store.
/// </summary>
internal static partial class XapiApi
{
    private const string VersionHeader = "X-Experience-API-Version";
    private const string Voided = "http://adlnet.gov/expapi/verbs/voided";
    private static readonly string[] Versions = ["1.0.3", "2.0.0"];

    public static void MapXapi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/xapi").WithTags("xAPI");
        group.MapGet("/about", (HttpContext context) =>
        {
            context.Response.Headers[VersionHeader] = Versions[^1];
            return TypedResults.Json(new XapiAbout(Versions), Json.Options);
        }).WithName("xapiAbout").WithSummary("The versions of xAPI that are spoken here.");
        group.MapPost("/statements", PostAsync).WithName("xapiPost").WithSummary("Send one statement or a JSON array of them.");
        group.MapPut("/statements", PutAsync).WithName("xapiPut").WithSummary("Send one statement under the id that the address states.");
    }

    private static Task PostAsync(HttpContext context, EngineHost host, KeyRing keys, ServeOptions options, ArrivalLog arrivals, SourceDesk desk) =>
        TakeAsync(context, host, keys, options, arrivals, desk, null);

    private static async Task PutAsync(HttpContext context, EngineHost host, KeyRing keys, ServeOptions options, ArrivalLog arrivals, SourceDesk desk)
    {
        string? id = context.Request.Query["statementId"];
        if (!Guid.TryParseExact(id, "D", out _)) await Problems.Field("statementId", "is not a UUID", "the statement's id in the address").ExecuteAsync(context);
        else await TakeAsync(context, host, keys, options, arrivals, desk, id);
    }

    private static async Task TakeAsync(HttpContext context, EngineHost host, KeyRing keys, ServeOptions options, ArrivalLog arrivals, SourceDesk desk, string? putId)
    {
        string? version = context.Request.Headers[VersionHeader];
        var second = version?.StartsWith("2.0", StringComparison.Ordinal) == true;
        context.Response.Headers[VersionHeader] = second ? Versions[1] : Versions[0];
        if (!WayRequest.TryAuthorize(context, keys, out var rules))
        {
            context.Response.Headers.WWWAuthenticate = "Basic";
            await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "A key is needed.", "Give the source's key as user or password of Basic authentication; make one with `keys create` or on the start page.");
            return;
        }

        if (version is null || !SpokenVersion().IsMatch(version))
        {
            await Problems.Field(VersionHeader, version is null ? "is missing" : $"is {version}", "1.0, 1.0.x, 2.0 or 2.0.0").ExecuteAsync(context);
            return;
        }

        var (body, problem, bytes) = await WayRequest.ReadAsync(context);
        // What a reader of the letter needs beside the body: the version, and the id of the address.
        var intake = desk.Open(WayNames.Xapi, rules, putId is null ? version : $"{version} {putId}");
        using (body)
        {
            if (body is null)
            {
                await WayRequest.RefuseAsync(context, intake, problem!, bytes);
                return;
            }

            var request = new WayRequest(context, host, options, arrivals, intake, rules);
            using var events = new TranslatedEvents(request.Source("/xapi"));
            var ids = new List<string>();
            var refusal = await TranslateAsync(body.RootElement, putId, second, request.Now, voids => request.SubjectsAsync([.. voids.Select(v => (request.Source("/xapi"), v))]), events, ids);
            refusal ??= await request.RecordWholeAsync(events);
            if (refusal is not null)
            {
                await WayRequest.RefuseAsync(context, intake, refusal, bytes);
                return;
            }

            await intake.FlushAsync();
            if (putId is not null) context.Response.StatusCode = StatusCodes.Status204NoContent;
            else await TypedResults.Json(ids, Json.Options).ExecuteAsync(context);
        }
    }

    /// <param name="subjects">Whom statements that are voided were about.</param>
    internal static async Task<Refusal?> TranslateAsync(JsonElement body, string? putId, bool second, DateTimeOffset now, Func<IReadOnlyList<string>, Task<IReadOnlyList<string?>>> subjects, TranslatedEvents events, List<string> ids)
    {
        if (body.ValueKind == JsonValueKind.Array && putId is not null) return new("body", "is a list", "one statement");
        if (body.ValueKind == JsonValueKind.Array && body.GetArrayLength() > WayRequest.MaxMessages) return new("body", "is too long", $"at most {WayRequest.MaxMessages} statements");
        var voids = new List<(string Id, string Target, JsonElement Statement)>();
        var i = 0;
        foreach (var statement in body.ValueKind == JsonValueKind.Array ? [.. body.EnumerateArray()] : new[] { body })
        {
            var place = body.ValueKind == JsonValueKind.Array ? $"[{i++}]." : "";
            if (XapiRules.Check(statement, second) is { } refusal) return refusal with { Field = place + refusal.Field };
            var id = statement.Get("id").Text()?.ToLowerInvariant();
            if (putId is not null && id is not null && !id.Equals(putId, StringComparison.OrdinalIgnoreCase)) return new("id", "is not that of the address", putId);
            id ??= putId?.ToLowerInvariant() ?? Guid.NewGuid().ToString("D");
            if (ids.Contains(id, StringComparer.Ordinal)) return new(place + "id", "stands twice in the request", "each id once");
            ids.Add(id);
            if (statement.GetProperty("verb").Get("id").Text() == Voided) voids.Add((id, statement.GetProperty("object").Get("id").Text()!.ToLowerInvariant(), statement));
            else XapiTranslator.Translate(statement, id, now, events);
        }

        if (voids.Count > 0) await VoidAsync(voids, now, subjects, events);
        return null;
    }

    /// <summary>
    /// A voiding statement names a statement, not whom it was about: the journal is asked. A statement that is not there (yet) is, as the
    /// specification has it, no reason to refuse; the void is kept with the program's events and undoes nothing.
    /// </summary>
    private static async Task VoidAsync(List<(string Id, string Target, JsonElement Statement)> voids, DateTimeOffset now, Func<IReadOnlyList<string>, Task<IReadOnlyList<string?>>> subjectsOf, TranslatedEvents events)
    {
        var subjects = await subjectsOf([.. voids.Select(v => v.Target)]);
        for (var i = 0; i < voids.Count; i++)
        {
            events.Begin(EventTypes.EventVoided.Name, voids[i].Id, subjects[i], XapiTranslator.Time(voids[i].Statement, now)).Text(Fields.TargetId.Name, voids[i].Target).Keep("statement", voids[i].Statement).End();
        }
    }

    [GeneratedRegex(@"^(1\.0(\.[0-9]+)?|2\.0(\.0)?)\z")]
    private static partial Regex SpokenVersion();
}

internal sealed record XapiAbout(IReadOnlyList<string> Version);
