using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Keys;
using Experience.Web.Sources;
using Microsoft.AspNetCore.SignalR;

namespace Experience.Web.Streams;

/// <summary>
/// /hubs/ingest: events over SignalR. The key comes as Authorization header where the client can set one, else by <see cref="Authenticate"/>; never in the address. An answer
/// means that the event is durable; what is not answered is sent again, and counts once.
/// </summary>
internal sealed class IngestHub(EngineHost host, KeyRing keys, SourceDesk desk, ArrivalLog arrivals, ServeOptions options) : Hub
{
    public const string Address = "/hubs/ingest";

    /// <summary>Events of one call of Send.</summary>
    public const int MaxEvents = 1_000;

    public const int MaxMessageBytes = 2 << 20;

    /// <summary>Items of a client's stream that wait at most; more wait in the connection.</summary>
    public const int Window = 1_000;

    private const string KeyItem = "key";

    public override Task OnConnectedAsync()
    {
        string? header = Context.GetHttpContext()?.Request.Headers.Authorization;
        if (header?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true) Context.Items[KeyItem] = header[7..].Trim();
        return Task.CompletedTask;
    }

    /// <summary>Gives the key on this connection.</summary>
    public IngestWelcome Authenticate(string key)
    {
        Context.Items[KeyItem] = key ?? "";
        Rules();
        return new IngestWelcome(MaxEvents, Window, EventLimits.MaxEventBytes);
    }

    /// <summary>Records events; answers for each, in order, when all are durable.</summary>
    public async Task<EventAnswer[]> Send(JsonElement[] events)
    {
        var rules = Rules();
        if (events is null || events.Length is 0 or > MaxEvents) throw new HubException($"Send takes 1 to {MaxEvents} events.");
        return await RecordAsync([.. events.Select(Bytes)], rules, desk.Open(WayNames.Stream, rules), Context.ConnectionAborted);
    }

    /// <summary>Takes a stream of events and gives a stream of answers, by id, as they become durable.</summary>
    public async IAsyncEnumerable<EventAnswer> Stream(IAsyncEnumerable<JsonElement> events, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var rules = Rules();
        var intake = desk.Open(WayNames.Stream, rules);
        var batch = new List<ReadOnlyMemory<byte>>();
        long index = 0;
        await using var items = events.GetAsyncEnumerator(cancellation);
        var next = items.MoveNextAsync().AsTask();
        while (await next)
        {
            // What came together is committed together.
            batch.Clear();
            do
            {
                batch.Add(Bytes(items.Current));
                next = items.MoveNextAsync().AsTask();
            }
            while (batch.Count < MaxEvents && next.IsCompletedSuccessfully && next.Result);

            foreach (var answer in await RecordAsync(batch, rules, intake, cancellation)) yield return answer with { Index = index++ };
            rules = Rules();
        }
    }

    // As they came: bytes that are no text are for the reader of events to refuse.
    private static ReadOnlyMemory<byte> Bytes(JsonElement json) => json.ValueKind == JsonValueKind.Undefined ? "null"u8.ToArray() : JsonMarshal.GetRawUtf8Value(json).ToArray();

    private async Task<EventAnswer[]> RecordAsync(List<ReadOnlyMemory<byte>> events, SenderRules rules, Intake intake, CancellationToken cancellation)
    {
        try
        {
            var answers = await EventBatch.RecordAsync(host.Engine, rules, intake, events, options, cancellation);
            arrivals.Count(answers.Length);
            return answers;
        }
        catch (EngineBusyException busy)
        {
            throw new HubException($"Too much at once: send the same events again after {Math.Max(1, (int)Math.Ceiling(busy.RetryAfter.TotalSeconds))} s.");
        }
        catch (EngineUnavailableException)
        {
            throw new HubException("Not ready: send the same events again.");
        }
    }

    /// <summary>Asked for each call and each batch: a key that is revoked ends here.</summary>
    private SenderRules Rules() =>
        Context.Items[KeyItem] is string key && keys.TryAuthorize(key, out var rules) ? rules : throw new HubException("A key is needed: send it as Authorization header, or call Authenticate first.");
}

/// <param name="MaxEvents">Events of one call of Send.</param>
/// <param name="Window">Items of a stream that wait at most.</param>
internal sealed record IngestWelcome(int MaxEvents, int Window, int MaxEventBytes);
