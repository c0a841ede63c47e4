using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Voice;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Keys;
using Experience.Web.Sources;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Experience.Web.Api;

/// <summary>POST /v1/events in the forms of CloudEvents 1.0: structured, binary, batch, and NDJSON streams of any length.</summary>
internal static class EventsApi
{
    /// <summary>One request that is not a stream, in bytes; 413 beyond it.</summary>
    public const int MaxBodyBytes = 16 * 1024 * 1024;

    /// <summary>Events of one request that the start page shows one by one.</summary>
    private const int MaxShown = ArrivalLog.Kept;

    private static readonly string[] StreamTypes = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];

    public static void MapEvents(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/events", PostAsync).WithName("postEvents").WithTags("Events")
            .WithSummary("Send events: CloudEvents 1.0, structured, binary, batch or as an NDJSON stream.");

    private static async Task PostAsync(HttpContext context, EngineHost host, KeyRing keys, ArrivalLog arrivals, StreamSlots slots, SourceDesk desk, ServeOptions options)
    {
        if (!TryAuthorize(context, keys, out var rules))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "A key is needed.", "Send the source's key as \"Authorization: Bearer exp_…\"; make one with `keys create` or on the start page.");
            return;
        }

        if (context.Request.Query["history"] == "true") rules = rules with { History = true };
        if (context.Request.Query.TryGetValue("zone", out var zoneName))
        {
            if (!WireTime.TryZone(zoneName, out var zone))
            {
                await Problems.Field("zone", "is not a time zone", "an IANA name such as America/Chicago").ExecuteAsync(context);
                return;
            }

            rules = rules with { Zone = zone };
        }

        var dryRun = context.Request.Query["dryRun"] == "true";
        var request = new EventRequest(context, host.Engine, rules, new Access(rules.Source ?? "any source", null, "ingest"), arrivals, desk.Open(WayNames.Events, rules, dryRun: dryRun), options, dryRun);
        if (!request.DryRun && !request.Engine.Status.Ready) throw new EngineUnavailableException("The engine is not ready.");
        var mediaType = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var parsed) ? parsed.MediaType!.ToLowerInvariant() : "";
        if (StreamTypes.Contains(mediaType)) await StreamAsync(request, slots);
        else if (context.Request.Headers.ContainsKey("ce-specversion") && !mediaType.StartsWith("application/cloudevents", StringComparison.Ordinal)) await BinaryAsync(request);
        else if (mediaType is "application/cloudevents+json" or "application/cloudevents-batch+json" or "application/json") await StructuredAsync(request, mediaType);
        else
        {
            await Problems.Of(StatusCodes.Status415UnsupportedMediaType, "The content type is not taken.", $"\"{mediaType}\" is not a form of CloudEvents.", "content-type",
                "application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson, or ce- headers with any data").ExecuteAsync(context);
        }
    }

    private static bool TryAuthorize(HttpContext context, KeyRing keys, out SenderRules rules)
    {
        rules = null!;
        string? header = context.Request.Headers.Authorization;
        return header is not null && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && keys.TryAuthorize(header[7..].Trim(), out rules!);
    }

    private static async Task StreamAsync(EventRequest request, StreamSlots slots)
    {
        using (slots.Take())
        {
            // A stream may be endless and slow: neither its size nor its rate is limited, only what is kept of it.
            request.Http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
            if (request.Http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
            var progress = request.Http.Request.Query["progress"] == "true";
            var output = request.Http.Response;
            var stream = new EventStream(request.Engine, request.Rules, request.Access, request.Intake, request.Time, request.DryRun)
            {
                MaxWait = request.QueueWait,
                Acknowledged = progress ? events => WriteProgressAsync(output, events, request.Cancellation) : null,
            };
            await stream.RunAsync(request.Http.Request.BodyReader, request.Cancellation);
            if (!request.DryRun) request.Arrivals.Count(stream.Events);
            output.ContentType = "application/x-ndjson";
            foreach (var answer in stream.Answers) await WriteLineAsync(output, answer, request.Cancellation);
            await WriteLineAsync(output, new BatchAnswer(stream.Events, stream.Accepted, stream.Duplicates, stream.Refused, request.DryRun, []), request.Cancellation);
        }
    }

    private static async ValueTask WriteProgressAsync(HttpResponse output, long events, CancellationToken cancellation)
    {
        output.ContentType = "application/x-ndjson";
        await output.WriteAsync($"{{\"acknowledged\":{events}}}\n", cancellation);
        await output.Body.FlushAsync(cancellation);
    }

    private static async Task WriteLineAsync<T>(HttpResponse output, T value, CancellationToken cancellation)
    {
        await output.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, Json.Options), cancellation);
        await output.Body.WriteAsync("\n"u8.ToArray(), cancellation);
    }

    private static async Task StructuredAsync(EventRequest request, string mediaType)
    {
        var body = await ReadBodyAsync(request);
        var start = body.AsSpan().IndexOfAnyExcept(" \t\r\n"u8);
        var batch = mediaType == "application/cloudevents-batch+json" || (start >= 0 && body[start] == '[');
        if (batch) await BatchAsync(request, body);
        else await OneAsync(request, body);
    }

    private static async Task BinaryAsync(EventRequest request)
    {
        var body = await ReadBodyAsync(request);
        if (BinaryEvent.ToJson(request.Http.Request, body, out var json) is { } refusal)
        {
            request.Intake.Refused(refusal, body);
            await request.Intake.FlushAsync();
            await Problems.Refused(refusal).ExecuteAsync(request.Http);
            return;
        }

        await OneAsync(request, json);
    }

    private static async Task OneAsync(EventRequest request, byte[] json)
    {
        var facts = new List<Fact>(2);
        var answer = request.Read(json, 0, facts);
        if (answer is null)
        {
            var outcome = RecordOutcome.Accepted;
            if (!request.DryRun) outcome = EventRecorder.Combine((await request.RecordAsync(facts)).Outcomes, 0, facts.Count);
            answer = request.Answer(json, 0, outcome);
            request.Intake.Answered(facts[0], outcome);
        }
        else
        {
            request.Keep(answer, json);
        }

        await request.Intake.FlushAsync();

        await request.ShowAsync(json, answer, facts.Count > 0 ? facts[0] : null);
        if (answer.Outcome == EventOutcome.Refused) await Problems.Refused(new Refusal(answer.Field!, answer.Reason!, answer.Accepted!)).ExecuteAsync(request.Http);
        else await TypedResults.Json(answer, Json.Options).ExecuteAsync(request.Http);
    }

    /// <summary>Takes what can be taken of a batch, and answers for each event of it.</summary>
    private static async Task BatchAsync(EventRequest request, byte[] body)
    {
        if (Split(body, out var elements) is { } problem)
        {
            request.Intake.Refused(problem, body);
            await request.Intake.FlushAsync();
            await Problems.Refused(problem).ExecuteAsync(request.Http);
            return;
        }

        var results = new EventAnswer[elements.Count];
        var facts = new List<Fact>(elements.Count);
        var counts = new int[elements.Count];
        for (var i = 0; i < elements.Count; i++)
        {
            var before = facts.Count;
            if (request.Read(body.AsSpan(elements[i]), i, facts) is { } refused)
            {
                results[i] = refused;
                request.Keep(refused, body.AsSpan(elements[i]));
            }

            counts[i] = facts.Count - before;
        }

        var outcomes = request.DryRun || facts.Count == 0 ? null : (await request.RecordAsync(facts)).Outcomes;
        for (int i = 0, at = 0; i < elements.Count; at += counts[i++])
        {
            if (counts[i] > 0)
            {
                var outcome = outcomes is null ? RecordOutcome.Accepted : EventRecorder.Combine(outcomes, at, counts[i]);
                results[i] = request.Answer(body.AsSpan(elements[i]), i, outcome);
                request.Intake.Answered(facts[at], outcome);
            }

            if (elements.Count <= MaxShown) await request.ShowAsync(body.AsMemory(elements[i]), results[i], counts[i] > 0 ? facts[at] : null);
        }

        await request.Intake.FlushAsync();
        if (elements.Count > MaxShown && !request.DryRun) request.Arrivals.Count(elements.Count);
        var refusals = results.Count(r => r.Outcome == EventOutcome.Refused);
        var answer = new BatchAnswer(results.Length, results.Count(r => r.Outcome == EventOutcome.Accepted), results.Count(r => r.Outcome == EventOutcome.Duplicate), refusals, request.DryRun, results);
        await TypedResults.Json(answer, Json.Options, statusCode: refusals == 0 ? StatusCodes.Status200OK : StatusCodes.Status207MultiStatus).ExecuteAsync(request.Http);
    }

    private static Refusal? Split(byte[] body, out List<Range> elements)
    {
        elements = [];
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) return new Refusal("batch", "is not a JSON array", "a JSON array of CloudEvents");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (elements.Count == EventLimits.MaxBatchEvents) return new Refusal("batch", "is too long", $"at most {EventLimits.MaxBatchEvents} events; NDJSON streams have no limit");
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                elements.Add(start..(int)reader.BytesConsumed);
            }

            while (reader.Read())
            {
                // The reader itself says what is wrong with anything that follows.
            }

            return null;
        }
        catch (JsonException e)
        {
            return new Refusal("batch", $"is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})", "a JSON array of CloudEvents");
        }
    }

    private static async Task<byte[]> ReadBodyAsync(EventRequest request)
    {
        var reader = request.Http.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(request.Cancellation);
            if (result.Buffer.Length > MaxBodyBytes) throw new BadHttpRequestException($"The body is larger than {MaxBodyBytes} bytes: send application/x-ndjson for any length.", StatusCodes.Status413PayloadTooLarge);
            if (result.IsCompleted)
            {
                var body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}

/// <summary>One request's sender, reader and engine.</summary>
internal sealed class EventRequest(HttpContext context, IExperienceEngine engine, SenderRules rules, Access access, ArrivalLog arrivals, Intake intake, ServeOptions options, bool dryRun)
{
    private readonly EventReader _reader = new(rules);
    private readonly long _now = (options.Time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public HttpContext Http => context;

    public IExperienceEngine Engine => engine;

    public SenderRules Rules => rules;

    public Access Access => access;

    public ArrivalLog Arrivals => arrivals;

    /// <summary>Counts what came of each event, and keeps what was refused.</summary>
    public Intake Intake => intake;

    public TimeProvider Time => options.Time;

    public TimeSpan QueueWait => options.QueueWait;

    public bool DryRun => dryRun;

    public CancellationToken Cancellation => context.RequestAborted;

    public async Task<BatchReceipt> RecordAsync(List<Fact> facts)
    {
        await intake.ReachAsync(engine, facts, Cancellation);
        return await EventRecorder.RecordAsync(engine, facts, access, options.Time, Cancellation, options.QueueWait);
    }

    /// <summary>The refusal of an event, or null when its facts were added.</summary>
    public EventAnswer? Read(ReadOnlySpan<byte> json, long index, List<Fact> facts) =>
        _reader.Read(json, _now, facts) is { } refusal
            ? new EventAnswer(index, _reader.Source, _reader.Id(json), EventOutcome.Refused, refusal.Field, refusal.Reason, refusal.Accepted)
            : null;

    /// <summary>Keeps an event that <see cref="Read"/> refused.</summary>
    public void Keep(EventAnswer refused, ReadOnlySpan<byte> json) => intake.RefusedEvent(new Refusal(refused.Field!, refused.Reason!, refused.Accepted!), json);

    public EventAnswer Answer(ReadOnlySpan<byte> json, long index, RecordOutcome outcome)
    {
        var (source, id) = Name(json);
        return outcome switch
        {
            RecordOutcome.Accepted => new EventAnswer(index, source, id, EventOutcome.Accepted, null, null, null),
            RecordOutcome.Duplicate => new EventAnswer(index, source, id, EventOutcome.Duplicate, null, null, null),
            _ => new EventAnswer(index, source, id, EventOutcome.Refused, Sources.Intake.Limit.Field, Sources.Intake.Limit.Reason, Sources.Intake.Limit.Accepted),
        };
    }

    /// <summary>Shows one event to whoever listens on the start page.</summary>
    public async Task ShowAsync(ReadOnlyMemory<byte> json, EventAnswer answer, Fact? fact)
    {
        if (dryRun) return;
        var person = fact is { Subject.Length: > 0 } && answer.Outcome != EventOutcome.Refused ? await engine.FindAsync(fact.Source, fact.Subject, Cancellation) : null;
        arrivals.Add(new ArrivalView(_now / 1000, answer.Source, answer.Id, fact?.Type.Name, fact is null || Voices.IsKey(fact.Subject) ? null : fact.Subject, answer.Outcome, answer.Field, answer.Reason, answer.Accepted, person));
    }

    private (string? Source, string? Id) Name(ReadOnlySpan<byte> json)
    {
        // The reader holds the place of the id of the event that it read last; another one is read again.
        _reader.Read(json, _now, []);
        return (_reader.Source, _reader.Id(json));
    }
}
