using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Keys;
using Experience.Web.Sources;

namespace Experience.Web.Ways;

/// <summary>
/// One request of a foreign protocol: its key, its JSON, and the recording of the events that it means, through the same reader,
/// limits and acknowledgement as POST /v1/events.
/// </summary>
internal sealed class WayRequest(HttpContext context, EngineHost host, ServeOptions options, ArrivalLog arrivals, Intake intake, SenderRules rules)
{
    /// <summary>Messages of one request; foreign protocols have no stream form, so a batch is bounded.</summary>
    public const int MaxMessages = EventLimits.MaxBatchEvents;

    private static readonly SemaphoreSlim Lookups = new(1);
    private static readonly TimeSpan LookupWait = TimeSpan.FromSeconds(10);

    /// <summary>Where the events come from, as they are kept: the source that the key stands for, or the protocol's name when it stands for all.</summary>
    public string Source(string otherwise) => rules.Source ?? otherwise;

    public DateTimeOffset Now { get; } = options.Time.GetUtcNow();

    /// <summary>The rules of the key: "Authorization: Bearer", or Basic with the key as user or as password.</summary>
    public static bool TryAuthorize(HttpContext context, KeyRing keys, [NotNullWhen(true)] out SenderRules? rules)
    {
        rules = null;
        string? header = context.Request.Headers.Authorization;
        if (header is null) return false;
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return keys.TryAuthorize(header[7..].Trim(), out rules);
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return false;
        var buffer = new byte[512];
        if (!Convert.TryFromBase64String(header[6..].Trim(), buffer, out var length)) return false;
        var pair = Encoding.UTF8.GetString(buffer, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return keys.TryAuthorize(pair, out rules);
        return keys.TryAuthorize(pair[..colon], out rules) || keys.TryAuthorize(pair[(colon + 1)..], out rules);
    }

    /// <summary>The body as JSON, or why it is not, and as it came.</summary>
    public static async Task<(JsonDocument? Body, Refusal? Refusal, ReadOnlyMemory<byte> Bytes)> ReadAsync(HttpContext context)
    {
        var bytes = await ReadBytesAsync(context);
        var body = Parse(bytes, out var refusal);
        return (body, refusal, bytes);
    }

    /// <summary>Foreign JSON, or why it is none.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> bytes, out Refusal? refusal)
    {
        refusal = null;
        try
        {
            if (IsText(bytes.Span)) return JsonDocument.Parse(bytes);
            refusal = new Refusal("body", "holds text that is not Unicode", "JSON in UTF-8");
        }
        catch (JsonException e)
        {
            refusal = new Refusal("body", $"is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})", "JSON in UTF-8");
        }

        return null;
    }

    /// <summary>Answers a request that is refused as a whole, after keeping it.</summary>
    public static async Task RefuseAsync(HttpContext context, Intake intake, Refusal refusal, ReadOnlyMemory<byte> body)
    {
        intake.Refused(refusal, body.Span);
        await intake.FlushAsync();
        await Problems.Refused(refusal).ExecuteAsync(context);
    }

    /// <summary>Records all of the events or none; says why it was none.</summary>
    public async Task<Refusal?> RecordWholeAsync(TranslatedEvents events) =>
        Array.Find(await RecordAsync(events, whole: true), static a => a.Outcome == EventOutcome.Refused) is { } refused ? new Refusal(refused.Field!, refused.Reason!, refused.Accepted!) : null;

    /// <summary>
    /// Records the events; each has its answer in order. Those that cannot be read are refused one by one and the others are taken,
    /// unless <paramref name="whole"/> says that a request is taken whole or not at all. What was taken is counted here; what was refused is for the caller to keep,
    /// who knows which message it was.
    /// </summary>
    public async Task<EventAnswer[]> RecordAsync(TranslatedEvents events, bool whole = false)
    {
        if (!host.Engine.Status.Ready) throw new EngineUnavailableException("The engine is not ready.");
        var request = new EventRequest(context, host.Engine, rules, new Access(rules.Source ?? "any source", null, "ingest"), arrivals, intake, options, dryRun: false);
        var answers = new EventAnswer[events.Count];
        var counts = new int[events.Count];
        var facts = new List<Fact>(events.Count);
        for (var i = 0; i < events.Count; i++)
        {
            var before = facts.Count;
            if (request.Read(events[i].Span, i, facts) is { } refused) answers[i] = refused;
            counts[i] = facts.Count - before;
        }

        if (whole && Array.Exists(answers, a => a is not null)) return [.. answers.Where(a => a is not null)];
        var outcomes = facts.Count == 0 ? [] : (await request.RecordAsync(facts)).Outcomes;
        for (int i = 0, at = 0; i < events.Count; at += counts[i++])
        {
            if (counts[i] > 0)
            {
                var outcome = EventRecorder.Combine(outcomes, at, counts[i]);
                answers[i] = request.Answer(events[i].Span, i, outcome);
                intake.Answered(facts[at], outcome);
            }

            if (events.Count <= ArrivalLog.Kept) await request.ShowAsync(events[i], answers[i], counts[i] > 0 ? facts[at] : null);
        }

        if (events.Count > ArrivalLog.Kept) arrivals.Count(events.Count);
        return answers;
    }

    /// <summary>The subjects of events that were sent before, for undoing them; null where there is none. One journal is read at a time.</summary>
    public async Task<IReadOnlyList<string?>> SubjectsAsync(IReadOnlyList<(string Source, string Id)> events)
    {
        if (host.Engine is not IHistories histories) return new string?[events.Count];
        if (!await Lookups.WaitAsync(LookupWait, context.RequestAborted)) throw new EngineBusyException("Another look-up is under way.", LookupWait);
        try
        {
            return await histories.SubjectsAsync([.. events.Select(e => Fact.IdOf(e.Source, e.Id))], context.RequestAborted);
        }
        finally
        {
            Lookups.Release();
        }
    }

    /// <summary>Whether all text can be read: UTF-8 throughout, and no escape of half a surrogate pair, which JSON allows and text does not.</summary>
    public static bool IsText(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) return false;
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped) reader.GetString();
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The body as it came, without a byte order mark.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            if (result.Buffer.Length > EventsApi.MaxBodyBytes) throw new BadHttpRequestException($"The body is larger than {EventsApi.MaxBodyBytes} bytes.", StatusCodes.Status413PayloadTooLarge);
            if (result.IsCompleted)
            {
                var body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body.AsSpan().StartsWith("\uFEFF"u8) ? body.AsMemory(3) : body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
