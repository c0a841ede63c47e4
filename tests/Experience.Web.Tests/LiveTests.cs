using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Experience.Web.Contracts;
using Experience.Web.Live;
using Microsoft.AspNetCore.SignalR;

namespace Experience.Web.Tests;

public sealed class LiveTopicTests
{
    [Fact]
    public void A_delta_holds_what_changed_and_of_tiles_the_changed_ones()
    {
        var before = Json.Parse("""{"a":1,"b":[1,2],"tiles":[{"id":"x","v":1},{"id":"y","v":2}]}""");
        var after = Json.Parse("""{"a":1,"b":[1,3],"tiles":[{"id":"x","v":1},{"id":"y","v":3}]}""");
        Assert.Equal("""{"b":[1,3],"tiles":[{"id":"y","v":3}]}""", LiveDelta.Between(before, after, out var whole)!.Value.GetRawText());
        Assert.False(whole);
        Assert.Null(LiveDelta.Between(before, before, out whole));
        Assert.False(whole);
        Assert.Null(LiveDelta.Between(before, Json.Parse("""{"a":1,"b":[1,2],"tiles":[{"id":"y","v":2},{"id":"x","v":1}]}"""), out whole));
        Assert.True(whole);
    }

    [Fact]
    public void A_place_is_resumed_by_deltas_while_they_are_few_and_by_a_snapshot_otherwise()
    {
        var topic = new LiveTopic("flags", 7);
        for (var i = 1; i <= 40; i++) topic.Publish(View(i));
        Assert.Empty(Since(topic, new LivePlace(7, 40)));
        var few = Since(topic, new LivePlace(7, 37));
        Assert.Equal([38L, 39, 40], few.Select(f => f.Sequence));
        Assert.All(few, f => Assert.Equal(FrameKind.Delta, f.Kind));
        foreach (var place in (LivePlace[])[new(7, 1), new(6, 39), new(0, 0), new(7, 41)])
        {
            var frame = Assert.Single(Since(topic, place));
            Assert.Equal((FrameKind.Snapshot, 40L, 7L), (frame.Kind, frame.Sequence, frame.Epoch));
            Assert.Equal(40, frame.Body.GetProperty("n").GetInt32());
        }
    }

    [Fact]
    public void Equal_states_make_no_frame()
    {
        var topic = new LiveTopic("flags", 1);
        topic.Publish(View(1));
        topic.Publish(View(1));
        Assert.Equal(1, Since(topic, default)[0].Sequence);
    }

    [Fact]
    public async Task A_slow_client_delays_nobody_and_gets_the_newest_state()
    {
        var topic = new LiveTopic("flags", 1);
        var slow = new Client { Held = new TaskCompletionSource() };
        var fast = new Client();
        await using var slowly = new LiveConnection("slow", slow, CancellationToken.None);
        await using var quickly = new LiveConnection("fast", fast, CancellationToken.None);
        foreach (var connection in (LiveConnection[])[slowly, quickly])
        {
            topic.Join(connection);
            connection.Start();
            Assert.True(connection.Watch(topic, default, out _));
        }

        for (var i = 1; i <= 200; i++)
        {
            topic.Publish(View(i));
            await fast.Until(f => f.Sequence == i);
        }

        await slow.Until(_ => true);
        slow.Held!.SetResult();
        await slow.Until(f => f.Sequence == 200);
        Assert.True(slow.Frames.Count <= 3, $"{slow.Frames.Count} frames reached the slow client");
        Assert.Equal(FrameKind.Snapshot, slow.Frames[^1].Kind);
        // The fast one saw every step, each exactly one more than the last.
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), fast.Frames.Select(f => f.Sequence));
    }

    [Fact]
    public async Task A_connection_watches_a_bounded_number_of_topics()
    {
        await using var connection = new LiveConnection("c", new Client(), CancellationToken.None);
        for (var i = 0; i < LiveConnection.MaxTopics; i++) Assert.True(connection.Watch(new LiveTopic($"card:{i}", 1), default, out _));
        Assert.False(connection.Watch(new LiveTopic("card:more", 1), default, out _));
        Assert.NotNull(connection.Unwatch("card:0"));
        Assert.True(connection.Watch(new LiveTopic("card:more", 1), default, out _));
    }

    private static byte[] View(int n) => Encoding.UTF8.GetBytes($$"""{"n":{{n}},"same":true}""");

    private static List<LiveFrame> Since(LiveTopic topic, LivePlace place)
    {
        var frames = new List<LiveFrame>();
        topic.Since(place, frames);
        return frames;
    }

    private sealed class Client : IClientProxy
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<LiveFrame> Frames { get; } = [];

        public TaskCompletionSource? Held { get; init; }

        public async Task SendCoreAsync(string method, object?[] args, CancellationToken cancellationToken = default)
        {
            TaskCompletionSource changed;
            lock (_gate)
            {
                Frames.Add((LiveFrame)args[0]!);
                changed = _changed;
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.SetResult();
            if (Held is not null) await Held.Task.WaitAsync(cancellationToken);
        }

        public async Task Until(Func<LiveFrame, bool> seen)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (Frames.Exists(f => seen(f))) return;
                    changed = _changed.Task;
                }

                await changed.WaitAsync(deadline.Token);
            }
        }
    }
}

[Collection(nameof(Server))]
public sealed class HubTests(Server server)
{
    [Fact]
    public async Task What_comes_in_is_seen_by_who_listens()
    {
        await using var hub = await Hub.ConnectAsync(server);
        await hub.InvokeAsync("Watch", "arrivals", 0, 0);
        var snapshot = await hub.FrameAsync(f => f.GetProperty("kind").GetString() == "snapshot");
        var epoch = snapshot.GetProperty("epoch").GetInt64();
        using (await server.SendAsync(Server.Event("seen"), "application/cloudevents+json"))
        {
        }

        var delta = await hub.FrameAsync(f => f.GetProperty("body").GetProperty("recent").EnumerateArray().Any(a => a.GetProperty("id").GetString() == "seen"));
        Assert.Equal(epoch, delta.GetProperty("epoch").GetInt64());
        Assert.Equal("accepted", delta.GetProperty("body").GetProperty("recent")[0].GetProperty("outcome").GetString());

        // Another connection that has seen the snapshot resumes from it.
        await using var resumed = await Hub.ConnectAsync(server);
        await resumed.InvokeAsync("Watch", "arrivals", epoch, snapshot.GetProperty("sequence").GetInt64());
        var next = await resumed.FrameAsync(_ => true);
        Assert.Equal("delta", next.GetProperty("kind").GetString());
        Assert.Equal(snapshot.GetProperty("sequence").GetInt64() + 1, next.GetProperty("sequence").GetInt64());
    }

    [Fact]
    public async Task What_is_not_a_topic_is_refused()
    {
        await using var hub = await Hub.ConnectAsync(server);
        Assert.Contains("Topics are", await hub.InvokeAsync("Watch", "nothing", 0, 0), StringComparison.Ordinal);
    }

    /// <summary>The JSON hub protocol over a WebSocket: records end in 0x1e.</summary>
    private sealed class Hub(ClientWebSocket socket) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
        private readonly Queue<JsonElement> _records = new();
        private readonly StringBuilder _rest = new();
        private int _invocation;

        public static async Task<Hub> ConnectAsync(Server server)
        {
            var socket = new ClientWebSocket();
            var hub = new Hub(socket);
            await socket.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = "/hubs/live" }.Uri, hub._deadline.Token);
            await hub.SendAsync("""{"protocol":"json","version":1}""");
            await hub.NextAsync();
            return hub;
        }

        /// <summary>The error of a call, or an empty text.</summary>
        public async Task<string> InvokeAsync(string method, params object[] args)
        {
            var id = (++_invocation).ToString();
            await SendAsync(JsonSerializer.Serialize(new { type = 1, invocationId = id, target = method, arguments = args }));
            var kept = new List<JsonElement>();
            while (true)
            {
                var record = await NextAsync();
                if (record.TryGetProperty("invocationId", out var answered) && answered.GetString() == id)
                {
                    foreach (var other in kept) _records.Enqueue(other);
                    return record.TryGetProperty("error", out var error) ? error.GetString()! : "";
                }

                kept.Add(record);
            }
        }

        public async Task<JsonElement> FrameAsync(Func<JsonElement, bool> wanted)
        {
            while (true)
            {
                var record = await NextAsync();
                if (!record.TryGetProperty("target", out var target) || target.GetString() != "frame") continue;
                var frame = record.GetProperty("arguments")[0];
                if (wanted(frame)) return frame;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (socket.State == WebSocketState.Open) await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, _deadline.Token);
            socket.Dispose();
            _deadline.Dispose();
        }

        private Task SendAsync(string json) => socket.SendAsync(Encoding.UTF8.GetBytes(json + '\u001e'), WebSocketMessageType.Text, true, _deadline.Token);

        private async Task<JsonElement> NextAsync()
        {
            var buffer = new byte[1 << 16];
            while (_records.Count == 0)
            {
                var result = await socket.ReceiveAsync(buffer, _deadline.Token);
                _rest.Append(Encoding.UTF8.GetString(buffer, 0, result.Count));
                var text = _rest.ToString();
                int end;
                while ((end = text.IndexOf('\u001e')) >= 0)
                {
                    _records.Enqueue(Json.Parse(text[..end]));
                    text = text[(end + 1)..];
                }

                _rest.Clear().Append(text);
            }

            return _records.Dequeue();
        }
    }
}
