using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Experience.Web.Contracts;
using Experience.Web.Keys;
using Experience.Web.Streams;
using Microsoft.Extensions.DependencyInjection;

namespace Experience.Web.Tests.Sources;

/// <summary>/v1/stream over real sockets.</summary>
public sealed class StreamTests(Server server) : IClassFixture<Server>
{
    [Fact]
    public async Task Each_event_is_answered_by_its_id_when_it_is_durable()
    {
        using var socket = await ConnectAsync();
        var welcome = await ReadAsync(socket);
        Assert.Equal(StreamSocket.Window, welcome.GetProperty("window").GetInt32());
        await SendAsync(socket, Server.Event("s-1") + "\n" + Server.Event("s-2", data: "{}"));
        var answers = await AnswersAsync(socket, 2);
        Assert.Equal(EventOutcome.Accepted, answers["s-1"].Outcome);
        Assert.Equal((EventOutcome.Refused, "data.amount"), (answers["s-2"].Outcome, answers["s-2"].Field));

        // One frame in pieces, with its line break at the end; the same event again.
        var bytes = Encoding.UTF8.GetBytes(Server.Event("s-1") + "\n");
        await socket.SendAsync(bytes.AsMemory(0, 30), WebSocketMessageType.Text, false, default);
        await socket.SendAsync(bytes.AsMemory(30), WebSocketMessageType.Text, true, default);
        Assert.Equal(EventOutcome.Duplicate, (await AnswersAsync(socket, 1))["s-1"].Outcome);

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        var totals = await ReadAsync(socket);
        Assert.Equal((3, 1, 1, 1), (totals.GetProperty("events").GetInt32(), totals.GetProperty("accepted").GetInt32(), totals.GetProperty("duplicates").GetInt32(), totals.GetProperty("refused").GetInt32()));
        Assert.NotNull(await server.Client.GetStringAsync("/v1/participants?source=/desk&key=p-s-1"));
        using var letters = JsonDocument.Parse(await server.Client.GetStringAsync("/v1/dead-letters?way=stream"));
        Assert.Contains(letters.RootElement.GetProperty("letters").EnumerateArray(), l => l.GetProperty("event").GetString() == "s-2");
    }

    [Fact]
    public async Task Many_events_are_answered_each_once_while_they_are_still_sent()
    {
        const int count = 12_000;
        using var socket = await ConnectAsync();
        await ReadAsync(socket);
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < count; i += 100) await SendAsync(socket, string.Join('\n', Enumerable.Range(i, 100).Select(n => Server.Event($"many-{n}"))));
        });
        var answers = await AnswersAsync(socket, count);
        await sending;
        Assert.Equal(count, answers.Count);
        Assert.All(answers.Values, a => Assert.Equal(EventOutcome.Accepted, a.Outcome));
    }

    [Fact]
    public async Task The_key_comes_in_the_first_frame_or_the_header_and_never_in_the_address()
    {
        using (var socket = await ConnectAsync(key: null))
        {
            await SendAsync(socket, JsonSerializer.Serialize(new { key = server.Key }));
            Assert.True((await ReadAsync(socket)).GetProperty("ready").GetBoolean());
            await SendAsync(socket, Server.Event("first-frame"));
            Assert.Equal(EventOutcome.Accepted, (await AnswersAsync(socket, 1))["first-frame"].Outcome);
        }

        using (var socket = await ConnectAsync(key: null))
        {
            await SendAsync(socket, Server.Event("no-key"));
            await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync(socket));
            Assert.Equal(WebSocketCloseStatus.PolicyViolation, socket.CloseStatus);
        }

        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(key: "exp_wrong"));
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(query: "?key=" + server.Key));
        using var plain = await server.Client.GetAsync("/v1/stream");
        Assert.Equal(HttpStatusCode.UpgradeRequired, plain.StatusCode);
    }

    [Fact]
    public async Task A_key_that_is_revoked_ends_the_stream()
    {
        var ring = server.Services.GetRequiredService<KeyRing>();
        var key = ring.Create("/desk", TimeZoneInfo.Utc);
        using var socket = await ConnectAsync(key.Key);
        await ReadAsync(socket);
        await SendAsync(socket, Server.Event("revoked-1"));
        await AnswersAsync(socket, 1);
        Assert.True(ring.Revoke(key.Id));
        await SendAsync(socket, Server.Event("revoked-2"));
        await AnswersAsync(socket, 1);
        await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync(socket));
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, socket.CloseStatus);
    }

    [Fact]
    public async Task A_line_without_end_is_refused_once_and_the_next_is_taken()
    {
        using var socket = await ConnectAsync();
        await ReadAsync(socket);
        await SendAsync(socket, "{\"specversion\":\"" + new string('x', 3_000_000) + "\n" + Server.Event("after-long"));
        var answers = new List<EventAnswer>();
        while (answers.Count < 2) answers.AddRange(await FrameAsync(socket));
        Assert.Equal([EventOutcome.Refused, EventOutcome.Accepted], answers.Select(a => a.Outcome));
    }

    private async Task<ClientWebSocket> ConnectAsync(string? key = "", string query = "")
    {
        var socket = new ClientWebSocket();
        if (key is not null) socket.Options.SetRequestHeader("Authorization", "Bearer " + (key.Length == 0 ? server.Key : key));
        await socket.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = "/v1/stream", Query = query }.Uri, default);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);

    private static async Task<string> TextAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var buffer = new byte[1 << 16];
        using var all = new MemoryStream();
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            if (received.MessageType == WebSocketMessageType.Close) throw new InvalidOperationException("Closed.");
            all.Write(buffer, 0, received.Count);
            if (received.EndOfMessage) return Encoding.UTF8.GetString(all.ToArray());
        }
    }

    private static async Task<JsonElement> ReadAsync(ClientWebSocket socket) => JsonSerializer.Deserialize<JsonElement>(await TextAsync(socket));

    private static async Task<IEnumerable<EventAnswer>> FrameAsync(ClientWebSocket socket) =>
        (await TextAsync(socket)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<EventAnswer>(line, Json.Options)!);

    private static async Task<Dictionary<string, EventAnswer>> AnswersAsync(ClientWebSocket socket, int count)
    {
        var answers = new Dictionary<string, EventAnswer>(StringComparer.Ordinal);
        while (answers.Count < count)
        {
            foreach (var answer in await FrameAsync(socket)) answers.Add(answer.Id!, answer);
        }

        return answers;
    }
}
