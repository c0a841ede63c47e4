using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hooks;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Keys;
using Experience.Web.Sources;
using Experience.Web.Ways;

namespace Experience.Web.Api;

/// <summary>Webhooks of any shape: calls come in at /v1/hooks/{name}, and staff say what they mean.</summary>
internal static class HooksApi
{
    /// <summary>One payload.</summary>
    public const int MaxPayloadBytes = 1 << 20;

    private const int MaxSecret = 200;

    public static void MapHooks(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/hooks/{name}", TakeAsync).WithName("postHook").WithTags("Webhooks").WithSummary("Where a system sends its webhooks; the hook's mapping says what they mean.");
        var group = routes.MapGroup("/v1/hooks").WithTags("Webhooks").ForThisComputer();
        group.MapGet("", (HookStore hooks, HookCalls calls) => Ok<IReadOnlyList<HookView>>([.. hooks.List().Select(h => View(h, calls))])).WithName("listHooks").WithSummary("Every webhook with its mapping.").Produces<IReadOnlyList<HookView>>();
        group.MapPut("/{name}", PutAsync).WithName("putHook").WithSummary("Make a webhook or put the next version of its mapping in force.").Accepts<HookRequest>("application/json").Produces<HookPut>();
        group.MapDelete("/{name}", async (string name, HookStore hooks) => await hooks.DeleteAsync(name) ? TypedResults.NoContent() : None()).WithName("deleteHook").WithSummary("End a webhook; its versions stay.");
        group.MapGet("/{name}/versions", (string name, HookStore hooks) => Ok(hooks.Versions(name))).WithName("listHookVersions").WithSummary("The versions of a webhook's mapping, newest first.").Produces<IReadOnlyList<HookVersion>>();
        group.MapGet("/{name}/payloads", (string name, HookStore hooks) => Ok<IReadOnlyList<HookPayload>>([.. hooks.Payloads(name).Select(p => new HookPayload(p.Id, p.At, Encoding.UTF8.GetString(p.Payload.Body), p.Payload.Headers))]))
            .WithName("listHookPayloads").WithSummary("The last payloads of a webhook, newest first.").Produces<IReadOnlyList<HookPayload>>();
        group.MapPost("/{name}/test", TestAsync).WithName("testHook").WithSummary("The events that a payload would give, the last one if none is given; nothing is recorded.").Accepts<HookTest>("application/json").Produces<HookTested>();
    }

    private static Microsoft.AspNetCore.Http.HttpResults.JsonHttpResult<T> Ok<T>(T value) => TypedResults.Json(value, Json.Options);

    private static IResult None() => Problems.NotFound("There is no such webhook.");

    private static HookView View((string Name, int Version, long At, string By, string Document) hook, HookCalls calls)
    {
        var (taken, unsigned, lastUnsigned) = calls.Of(hook.Name);
        return new HookView(hook.Name, hook.Version, hook.At, hook.By, Json.Parse(hook.Document), taken, unsigned, lastUnsigned);
    }

    private static async Task TakeAsync(string name, HttpContext context, EngineHost host, HookStore hooks, HookCalls calls, KeyRing keys, SourceDesk desk, ArrivalLog arrivals, ServeOptions options)
    {
        if (context.Request.ContentLength > MaxPayloadBytes) throw new BadHttpRequestException($"The payload is larger than {MaxPayloadBytes} bytes.", StatusCodes.Status413PayloadTooLarge);
        if (await hooks.FindAsync(name, context.RequestAborted) is not { } hook)
        {
            await None().ExecuteAsync(context);
            return;
        }

        var body = await WayRequest.ReadBytesAsync(context);
        if (body.Length > MaxPayloadBytes) throw new BadHttpRequestException($"The payload is larger than {MaxPayloadBytes} bytes.", StatusCodes.Status413PayloadTooLarge);
        var sender = hook.Mapping.Sender;
        var wrong = hook.Mapping.Signature.NeedsSecret
            ? hook.Mapping.Signature.Check(h => context.Request.Headers[h], body.Span, hook.Secrets, options.Time.GetUtcNow())
            : WayRequest.TryAuthorize(context, keys, out var rules) && rules.Allows(sender.Source) ? null : "The source's key is needed, as bearer token or password.";
        if (wrong is not null)
        {
            // Not kept: anybody could fill the list. It is counted, and shown beside the hook.
            calls.Unsigned(name, options.Time.GetUtcNow());
            await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "The call is not the sender's.", wrong);
            return;
        }

        calls.Taken(name);
        if (!host.Status.Ready) throw new EngineUnavailableException("The engine is not ready.");
        var headers = hook.Mapping.Headers.Where(h => context.Request.Headers.ContainsKey(h)).ToDictionary(h => h, h => context.Request.Headers[h].ToString(), StringComparer.OrdinalIgnoreCase);
        var intake = desk.Open(WayNames.Hook, sender, HookLetters.PlaceOf(name, headers));
        await RecordAsync(context, host, hooks, name, hook, new HookStore.Payload(body.ToArray(), headers), intake, arrivals, options);
    }

    private static async Task RecordAsync(HttpContext context, EngineHost host, HookStore hooks, string name, HookStore.Loaded hook, HookStore.Payload came, Intake intake, ArrivalLog arrivals, ServeOptions options)
    {
        using var events = new TranslatedEvents(hook.Mapping.Source);
        ReadOnlyMemory<byte> body = came.Body;
        using var payload = WayRequest.Parse(body, out var refusal);
        refusal ??= hook.Mapping.Translate(payload!.RootElement, body.Span, came.Headers, events);
        var people = Enumerable.Range(0, events.Count).SelectMany(i => NamedPeople.In(events[i])).Distinct(StringComparer.Ordinal).ToList();
        if (!await intake.AnyErasedAsync(hook.Mapping.Source, people)) await hooks.KeepAsync(name, came);
        EventAnswer[] answers = [];
        if (refusal is null && events.Count > 0)
        {
            answers = await EventBatch.RecordAsync(host.Engine, hook.Mapping.Sender, intake, [.. Enumerable.Range(0, events.Count).Select(i => events[i])], options, context.RequestAborted, keep: false);
            arrivals.Count(answers.Length);
            if (Array.Find(answers, a => a.Outcome == EventOutcome.Refused) is { } refused) refusal = new Refusal(refused.Field!, refused.Reason!, refused.Accepted!);
        }

        if (refusal is not null) intake.Refused(refusal, body.Span, people: people);
        var lost = await intake.FlushAsync();
        // A sender of webhooks cannot mend a mapping: while the payload waits in the list of refused events, sending it again would help nobody.
        if (refusal is not null && lost > 0) await Problems.Refused(refusal).ExecuteAsync(context);
        else await Ok(new HookAnswer(answers.Length, answers.Count(a => a.Outcome == EventOutcome.Accepted), answers.Count(a => a.Outcome == EventOutcome.Duplicate), refusal is null ? 0 : Math.Max(1, answers.Count(a => a.Outcome == EventOutcome.Refused)), refusal?.Field, refusal?.Reason)).ExecuteAsync(context);
    }

    private static async Task<IResult> PutAsync(string name, HookRequest request, HttpContext context, EngineHost host, HookStore hooks)
    {
        if (!HookStore.IsName(name)) return Problems.Field("name", "is not a name", "1 to 40 of a-z, 0-9 and -, such as eventbrite");
        if (request.Secret is { } secret && (secret.Length is < 8 or > MaxSecret || secret.Any(char.IsControl))) return Problems.Field("secret", "is not a secret", $"8 to {MaxSecret} characters; left out, one is made");
        if (request.Mapping.ValueKind == JsonValueKind.Undefined) return Problems.Field("mapping", "is missing", "source, signature and events");
        var document = Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(request.Mapping));
        var zone = (await host.Engine.ProgramAsync(context.RequestAborted)).TimeZone;
        if (HookMapping.Parse(Encoding.UTF8.GetBytes(document), zone, out var refusal) is not { } mapping) return Problems.Field(refusal!.Field, refusal.Reason, refusal.Accepted);
        var (put, wrong) = await hooks.PutAsync(name, document, mapping, request.Secret, context.AccessFor("webhooks").Actor, context.RequestAborted);
        return put is null ? Problems.Field(wrong!.Field, wrong.Reason, wrong.Accepted) : Ok(put);
    }

    private static async Task<IResult> TestAsync(string name, HookTest request, HttpContext context, EngineHost host, HookStore hooks, ServeOptions options)
    {
        var zone = (await host.Engine.ProgramAsync(context.RequestAborted)).TimeZone;
        HookMapping? mapping;
        if (request.Mapping is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } given)
        {
            mapping = HookMapping.Parse(JsonMarshal.GetRawUtf8Value(given).ToArray(), zone, out var refusal);
            if (mapping is null) return Problems.Field(refusal!.Field, refusal.Reason, refusal.Accepted);
        }
        else if ((await hooks.FindAsync(name, context.RequestAborted))?.Mapping is { } stored)
        {
            mapping = stored;
        }
        else
        {
            return None();
        }

        var last = request.Payload is null ? hooks.Payloads(name).Where(p => request.PayloadId is not { } id || p.Id == id).Select(p => p.Payload).FirstOrDefault() : null;
        var body = request.Payload is { } text ? Encoding.UTF8.GetBytes(text) : last?.Body;
        if (body is null) return Problems.Field("payload", "is missing", "a payload: nothing came in yet that could be taken for one");
        if (body.Length > MaxPayloadBytes) return Problems.Field("payload", "is too large", $"at most {MaxPayloadBytes} bytes");
        var headers = new Dictionary<string, string>(request.Headers ?? last?.Headers ?? [], StringComparer.OrdinalIgnoreCase);
        using var payload = WayRequest.Parse(body, out var unread);
        if (payload is null) return Ok(new HookTested([], unread!.Field, unread.Reason));
        using var events = new TranslatedEvents(mapping.Source);
        var wrong = mapping.Translate(payload.RootElement, body, headers, events);
        var reader = new EventReader(mapping.Sender);
        var now = (options.Time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        var results = Enumerable.Range(0, events.Count).Select(i =>
        {
            var refused = reader.Read(events[i].Span, now, new List<Fact>());
            return new HookTestedEvent(JsonSerializer.Deserialize<JsonElement>(events[i].Span), refused?.Field, refused?.Reason, refused?.Accepted);
        }).ToList();
        return Ok(new HookTested(results, wrong?.Field ?? (results.Count == 0 ? "payload" : null), wrong?.Reason ?? (results.Count == 0 ? "means no event by this mapping" : null)));
    }
}

/// <summary>Calls of each hook since the start, for the page: those whose sender could not prove itself are nowhere else.</summary>
internal sealed class HookCalls
{
    private readonly ConcurrentDictionary<string, (long Taken, long Unsigned, long? Last)> _calls = new(StringComparer.Ordinal);

    public (long Taken, long Unsigned, long? LastUnsigned) Of(string name) => _calls.GetValueOrDefault(name);

    public void Taken(string name) => _calls.AddOrUpdate(name, (1, 0, null), (_, c) => (c.Taken + 1, c.Unsigned, c.Last));

    public void Unsigned(string name, DateTimeOffset now) => _calls.AddOrUpdate(name, (0, 1, now.ToUnixTimeMilliseconds()), (_, c) => (c.Taken, c.Unsigned + 1, now.ToUnixTimeMilliseconds()));
}
