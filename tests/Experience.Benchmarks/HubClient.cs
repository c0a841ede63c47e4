using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Experience.Benchmarks;

/// <summary>A frame as it came, and when its last byte did.</summary>
internal readonly record struct ReceivedFrame(string Topic, long Epoch, long Sequence, bool Snapshot, JsonElement Body, long ReceivedAtMicros);

/// <summary>The live hub's JSON protocol over a plain WebSocket: records end in 0x1e, pings are answered by being alive.</summary>
internal sealed class HubClient : IAsyncDisposable
{
    private const byte EndOfRecord = 0x1e;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Action<ReceivedFrame>? _onFrame;
    private Task _reading = Task.CompletedTask;
    private Task _pinging = Task.CompletedTask;
    private int _invocation;

    private HubClient(Action<ReceivedFrame>? onFrame) => _onFrame = onFrame;

    public static async Task<HubClient> ConnectAsync(Uri server, Action<ReceivedFrame>? onFrame = null)
    {
        var client = new HubClient(onFrame);
        var address = new UriBuilder(server) { Scheme = "ws", Path = "/hubs/live", Query = "staff=Benchmark&desk=Main" };
        await client._socket.ConnectAsync(address.Uri, CancellationToken.None);
        await client.SendAsync("""{"protocol":"json","version":1}""");
        client._reading = client.ReadAsync();
        client._pinging = client.PingAsync();
        return client;
    }

    public Task WatchAsync(string topic) => SendAsync(JsonSerializer.Serialize(new
    {
        type = 1,
        invocationId = (++_invocation).ToString(System.Globalization.CultureInfo.InvariantCulture),
        target = "Watch",
        arguments = new object[] { topic, 0, 0 },
    }));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Abort();
        await _reading;
        await _pinging;
        _socket.Dispose();
        _sending.Dispose();
        _stop.Dispose();
    }

    private async Task SendAsync(string record)
    {
        var bytes = Encoding.UTF8.GetBytes(record + (char)EndOfRecord);
        await _sending.WaitAsync(_stop.Token);
        try
        {
            await _socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, _stop.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task PingAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(KeepAlive);
            while (await timer.WaitForNextTickAsync(_stop.Token)) await SendAsync("""{"type":6}""");
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            // The connection is over; the reader says why if it matters.
        }
    }

    private async Task ReadAsync()
    {
        var received = new ArrayBufferWriter<byte>(64 * 1024);
        try
        {
            while (true)
            {
                var result = await _socket.ReceiveAsync(received.GetMemory(16 * 1024), _stop.Token);
                if (result.MessageType == WebSocketMessageType.Close) return;
                received.Advance(result.Count);
                if (!result.EndOfMessage) continue;
                var now = Clock.Micros();
                var rest = received.WrittenMemory;
                while (rest.Span.IndexOf(EndOfRecord) is var end and >= 0)
                {
                    Take(rest[..end], now);
                    rest = rest[(end + 1)..];
                }

                received.ResetWrittenCount();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // Closed by us, or by the server's end: what it missed shows in the figures.
        }
    }

    private void Take(ReadOnlyMemory<byte> record, long now)
    {
        using var json = JsonDocument.Parse(record);
        var root = json.RootElement;
        if (root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String) throw new InvalidOperationException(error.GetString());
        if (_onFrame is null || !root.TryGetProperty("target", out var target) || target.GetString() != "frame") return;
        var frame = root.GetProperty("arguments")[0];
        _onFrame(new ReceivedFrame(
            frame.GetProperty("topic").GetString()!,
            frame.GetProperty("epoch").GetInt64(),
            frame.GetProperty("sequence").GetInt64(),
            frame.GetProperty("kind").GetString() == "snapshot",
            frame.GetProperty("body").Clone(),
            now));
    }
}

internal static class Clock
{
    /// <summary>µs since 1970 UTC: the one clock of both processes.</summary>
    public static long Micros() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
