using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;
using Experience.Web.Keys;
using Experience.Web.Sources;

namespace Experience.Web.Streams;

/// <summary>
/// GET /v1/stream: a WebSocket on which frames of NDJSON go in and an answer for each event comes back, by its id, when it is durable. What is not answered
/// is sent again on the next connection. The key comes as Authorization header or in the first frame, never in the address, which stands in logs.
/// </summary>
/// <remarks>
/// The frames are written into a pipe that <see cref="EventStream"/> reads as it reads a request: chunks, commits and back-pressure are the same.
/// Window: at most <see cref="EventStream.MaxUnderWay"/> chunks wait for their commit and <see cref="Buffered"/> bytes for being read; beyond it the
/// socket is not read, and TCP holds the sender. Answers that the sender does not take hold it in the same way, and end it after <see cref="AnswerWait"/>.
/// </remarks>
internal static class StreamSocket
{
    /// <summary>Bytes that are taken from a socket before they are read.</summary>
    public const int Buffered = 1 << 20;

    /// <summary>Events without an answer at most.</summary>
    public const int Window = EventStream.MaxUnderWay * EventChunk.Size;

    public static readonly TimeSpan KeyWait = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan AnswerWait = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan CloseWait = TimeSpan.FromSeconds(2);

    private const int MaxKeyFrame = 1024;

    public static void MapStream(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/stream", RunAsync).WithName("stream").WithTags("Events").WithSummary("A WebSocket: CloudEvents as NDJSON frames in, an answer for each event out.");

    private static async Task RunAsync(HttpContext context, EngineHost host, KeyRing keys, StreamSlots slots, SourceDesk desk, ArrivalLog arrivals, ServeOptions options)
    {
        if (context.Request.Query.ContainsKey("key") || context.Request.Query.ContainsKey("access_token"))
        {
            await Problems.Field("key", "stands in the address", "the Authorization header, or {\"key\":\"exp_…\"} as the first frame: addresses are kept in logs").ExecuteAsync(context);
            return;
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await Problems.WriteAsync(context, StatusCodes.Status426UpgradeRequired, "This is a WebSocket.", "Connect with ws:// or wss://; POST /v1/events takes events by request.");
            return;
        }

        string? header = context.Request.Headers.Authorization;
        var key = header?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true ? header[7..].Trim() : null;
        if (header is not null && (key is null || !keys.TryAuthorize(key, out _)))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "A key is needed.", "Send the source's key as bearer token.");
            return;
        }

        if (!host.Status.Ready) throw new EngineUnavailableException("The engine is not ready.");
        using var slot = slots.Take();
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        try
        {
            key ??= await ReadKeyAsync(socket, options, context.RequestAborted);
            if (key is null || !keys.TryAuthorize(key, out var rules))
            {
                await CloseAsync(socket, WebSocketCloseStatus.PolicyViolation, "A key is needed: {\"key\":\"exp_…\"} as the first frame.");
                return;
            }

            await SendAsync(socket, JsonSerializer.SerializeToUtf8Bytes(new StreamWelcome(true, Window, Buffered, EventLimits.MaxEventBytes), Json.Options), context.RequestAborted);
            await PumpAsync(socket, host, keys, key, rules, desk.Open(WayNames.Stream, rules), arrivals, options, context.RequestAborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The sender is gone: what was not answered it sends again.
        }
    }

    private static async Task PumpAsync(WebSocket socket, EngineHost host, KeyRing keys, string key, SenderRules rules, Intake intake, ArrivalLog arrivals, ServeOptions options, CancellationToken cancellation)
    {
        var (engine, switched) = host.Hold();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation, switched);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: Buffered, resumeWriterThreshold: Buffered / 2, useSynchronizationContext: false));
        var answers = new ArrayBufferWriter<byte>();
        var stream = new EventStream(engine, rules, new Access(rules.Source ?? "any source", null, "ingest"), intake, options.Time, dryRun: false)
        {
            MaxWait = options.QueueWait,
            Answered = answer =>
            {
                answers.Write(JsonSerializer.SerializeToUtf8Bytes(answer, Json.Options));
                answers.Write("\n"u8);
            },
            Acknowledged = _ => FlushAsync(),
            Idle = FlushAsync,
        };
        var receive = ReceiveAsync(socket, pipe.Writer, ended.Token);
        try
        {
            await stream.RunAsync(pipe.Reader, ended.Token);
            await FlushAsync();
            await SendAsync(socket, JsonSerializer.SerializeToUtf8Bytes(new BatchAnswer(stream.Events, stream.Accepted, stream.Duplicates, stream.Refused, false, []), Json.Options), ended.Token);
            await CloseAsync(socket, WebSocketCloseStatus.NormalClosure, "");
        }
        catch (Exception e) when (e is EngineBusyException or EngineUnavailableException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            // 1013, "try again later" (IANA registry of close codes).
            await CloseAsync(socket, (WebSocketCloseStatus)1013, "Too much at once, or not ready: connect again, and send what was not answered.");
        }
        catch (KeyRevokedException)
        {
            await CloseAsync(socket, WebSocketCloseStatus.PolicyViolation, "The key was revoked.");
        }
        finally
        {
            arrivals.Count(stream.Events);
            // The sender answers a close with its own, and reads ours before: cancelling the read at once would tear the connection down under it.
            await pipe.Reader.CompleteAsync();
            await Task.WhenAny(receive, Task.Delay(CloseWait, options.Time, CancellationToken.None));
            await ended.CancelAsync();
            await receive.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async ValueTask FlushAsync()
        {
            if (answers.WrittenCount == 0) return;
            // A refusal is answered when its letter is durable, as an event is when it is.
            await intake.FlushAsync();
            await SendAsync(socket, answers.WrittenMemory, ended.Token);
            answers.ResetWrittenCount();
            if (!keys.TryAuthorize(key, out _)) throw new KeyRevokedException();
        }
    }

    private static async Task ReceiveAsync(WebSocket socket, PipeWriter writer, CancellationToken cancellation)
    {
        Exception? failure = null;
        try
        {
            var newline = true;
            while (true)
            {
                var memory = writer.GetMemory(16 * 1024);
                var received = await socket.ReceiveAsync(memory, cancellation);
                if (received.MessageType == WebSocketMessageType.Close) break;
                if (received.Count > 0) newline = memory.Span[received.Count - 1] == (byte)'\n';
                writer.Advance(received.Count);
                // A frame ends a line, whether it says so or not.
                if (received.EndOfMessage && !newline)
                {
                    writer.GetSpan(1)[0] = (byte)'\n';
                    writer.Advance(1);
                    newline = true;
                }

                if ((await writer.FlushAsync(cancellation)).IsCompleted) break;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // It ended without a close frame: half a line is no event. What was not answered is sent again.
            failure = e;
        }

        await writer.CompleteAsync(failure);
    }

    private static async Task<string?> ReadKeyAsync(WebSocket socket, ServeOptions options, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(KeyWait, options.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        var buffer = new byte[MaxKeyFrame];
        var length = 0;
        try
        {
            while (length < buffer.Length)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(length), both.Token);
                if (received.MessageType == WebSocketMessageType.Close) return null;
                length += received.Count;
                if (!received.EndOfMessage) continue;
                using var json = JsonDocument.Parse(buffer.AsMemory(0, length));
                return json.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("key", out var key) && key.ValueKind == JsonValueKind.String ? key.GetString() : null;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // No key, or none in time: the caller closes and says so.
        }

        return null;
    }

    private static async Task SendAsync(WebSocket socket, ReadOnlyMemory<byte> text, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(AnswerWait);
        await socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
    }

    private static async Task CloseAsync(WebSocket socket, WebSocketCloseStatus status, string reason)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await socket.CloseOutputAsync(status, reason, patience.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // It is closed already.
        }
    }

    private sealed class KeyRevokedException : Exception;
}

/// <summary>The first frame of the server.</summary>
/// <param name="Window">Events without an answer at most; more wait in the connection.</param>
internal sealed record StreamWelcome(bool Ready, int Window, int Buffer, int MaxEventBytes);
