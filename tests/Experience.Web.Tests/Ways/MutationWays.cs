using System.Globalization;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Experience.Web.Tests.Ways;

/// <summary>A way in that mutants go: an answer for each, a status or an outcome.</summary>
internal interface IWay : IAsyncDisposable
{
    Task<string[]> SendAsync(IReadOnlyList<byte[]> bodies);

    /// <summary>Events that it said it took, where it counts them: what the engine must have more.</summary>
    long? Taken => null;
}

/// <summary>A request for each.</summary>
internal sealed class RequestWay(Server server, string address, string contentType) : IWay
{
    public Task<string[]> SendAsync(IReadOnlyList<byte[]> bodies) => Task.WhenAll(bodies.Select(OneAsync));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<string> OneAsync(byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.Key);
        request.Headers.Add("X-Experience-API-Version", "1.0.3");
        request.Headers.Add("X-Hook", "a secret");
        using var response = await server.Client.SendAsync(request);
        return ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>A frame for each on one socket. Line breaks are taken out: a frame of one line has one answer.</summary>
internal sealed class StreamWay(Server server) : IWay
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1 << 20];

    public async Task<string[]> SendAsync(IReadOnlyList<byte[]> bodies)
    {
        if (_socket.State == WebSocketState.None)
        {
            _socket.Options.SetRequestHeader("Authorization", "Bearer " + server.Key);
            await _socket.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = "/v1/stream" }.Uri, default);
            await ReadAsync();
        }

        // A frame of nothing but blanks is no line, and has no answer.
        var asked = new List<int>();
        var answers = Enumerable.Repeat("none", bodies.Count).ToArray();
        for (var i = 0; i < bodies.Count; i++)
        {
            var line = bodies[i].Select(b => b is (byte)'\n' ? (byte)' ' : b).ToArray();
            if (line.AsSpan().Trim(" \t\r"u8).Length > 0) asked.Add(i);
            await _socket.SendAsync(line, WebSocketMessageType.Binary, true, default);
        }

        // Refusals overtake what waits for its commit, so answers are told apart by their place in the stream.
        var first = _next;
        for (var got = 0; got < asked.Count;)
        {
            foreach (var answer in (await ReadAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var json = JsonSerializer.Deserialize<JsonElement>(answer);
                answers[asked[(int)(json.GetProperty("index").GetInt64() - first)]] = json.GetProperty("outcome").GetString()!;
                got++;
            }
        }

        _next += asked.Count;
        return answers;
    }

    private long _next;

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> ReadAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var length = 0;
        while (true)
        {
            var received = await _socket.ReceiveAsync(_buffer.AsMemory(length), patience.Token);
            if (received.MessageType == WebSocketMessageType.Close) throw new InvalidOperationException($"Closed: {_socket.CloseStatus} {_socket.CloseStatusDescription}");
            length += received.Count;
            if (received.EndOfMessage) return Encoding.UTF8.GetString(_buffer, 0, length);
        }
    }
}

/// <summary>A call of Send for each, over a socket that speaks SignalR's JSON protocol. What is no JSON breaks the protocol itself, so it is sent as text.</summary>
internal sealed class HubWay(Server server) : IWay
{
    private const char End = (char)0x1e;

    private readonly byte[] _buffer = new byte[1 << 20];
    private ClientWebSocket? _socket;
    private int _invocation;

    public async Task<string[]> SendAsync(IReadOnlyList<byte[]> bodies)
    {
        var answers = new string[bodies.Count];
        for (var i = 0; i < bodies.Count; i++)
        {
            _socket ??= await ConnectAsync();
            var id = (++_invocation).ToString(CultureInfo.InvariantCulture);
            await TextAsync($$"""{"type":1,"invocationId":"{{id}}","target":"Send","arguments":[[{{Argument(bodies[i])}}]]}""");
            answers[i] = await AnswerAsync(id);
        }

        return answers;
    }

    public ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Argument(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var text = json.RootElement.GetRawText();
            return text.Contains(End) ? JsonSerializer.Serialize(text) : text;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return JsonSerializer.Serialize(Encoding.UTF8.GetString(body));
        }
    }

    private async Task<ClientWebSocket> ConnectAsync()
    {
        var socket = _socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + server.Key);
        await socket.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = "/hubs/ingest" }.Uri, default);
        await TextAsync("""{"protocol":"json","version":1}""");
        await socket.ReceiveAsync(_buffer.AsMemory(), default);
        return socket;
    }

    private Task TextAsync(string text) => _socket!.SendAsync(Encoding.UTF8.GetBytes(text + End), WebSocketMessageType.Text, true, default);

    private async Task<string> AnswerAsync(string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult received;
            do
            {
                received = await _socket!.ReceiveAsync(_buffer.AsMemory(length), patience.Token);
                length += received.Count;
            }
            while (!received.EndOfMessage);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                _socket.Dispose();
                _socket = null;
                return "closed";
            }

            foreach (var record in Encoding.UTF8.GetString(_buffer, 0, length).Split(End, StringSplitOptions.RemoveEmptyEntries))
            {
                var json = JsonSerializer.Deserialize<JsonElement>(record);
                if (json.GetProperty("type").GetInt32() != 3 || json.GetProperty("invocationId").GetString() != id) continue;
                return json.TryGetProperty("error", out var error) ? "5: " + error.GetString() : json.GetProperty("result")[0].GetProperty("outcome").GetString()!;
            }
        }
    }
}
