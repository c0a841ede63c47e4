using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Embedded;
using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports;
using Experience.Web.Ingest;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Experience.Web.Tests;

/// <summary>What senders are told when there is too much, or nothing is ready yet: the real server and the real engine, under real pressure.</summary>
public sealed class PressureTests
{
    private const string Structured = "application/cloudevents+json";
    private const string Ndjson = "application/x-ndjson";

    [Fact]
    public async Task Senders_that_are_faster_than_checkpoints_are_told_when_to_come_back_and_nothing_counts_twice()
    {
        // The smallest tail that an engine may have, and no patience: what a large one tells a sender after minutes, this one tells at once.
        var server = new Server
        {
            With = o => o with { QueueWait = TimeSpan.Zero },
            Configure = b => b.Services.AddSingleton<OpenEngine>(p => async (folder, cancellation) => await EmbeddedEngine.OpenAsync(
                new EmbeddedOptions { DataFolder = folder.Folder, MaxReplayFacts = 1_000 }, TimeProvider.System, NullLoggerFactory.Instance, cancellation)),
        };
        await StartedAsync(server);
        await using var end = new End(server);
        const int Senders = 4, Bodies = 4, Each = 1_500;
        var told = 0;
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(async sender =>
        {
            for (var body = 0; body < Bodies; body++)
            {
                var text = string.Join('\n', Enumerable.Range(0, Each).Select(i => Server.Event($"{sender}-{body}-{i}", subject: $"p-{i % 50}")));
                while (true)
                {
                    using var answer = await server.SendAsync(text, Ndjson);
                    if (answer.StatusCode == HttpStatusCode.OK) break;
                    Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
                    Assert.Equal("Too much at once.", (await Server.ReadAsync<ProblemView>(answer)).Title);
                    var after = answer.Headers.RetryAfter!.Delta!.Value;
                    Assert.InRange(after.TotalSeconds, 1, 20);
                    Interlocked.Increment(ref told);
                    await Task.Delay(after / 10);
                }
            }
        }));
        Assert.True(told > 0, "Nobody was told to come back: there was no pressure.");
        Assert.Equal(Senders * Bodies * Each, (await StatusAsync(server)).Events);
        using var verified = await server.Client.PostAsJsonAsync("/v1/verify", new { });
        Assert.Equal(0, (await Server.ReadAsync<VerifyReport>(verified)).Differences);
    }

    [Fact]
    public async Task One_stream_more_than_there_are_places_is_told_when_to_come_back()
    {
        var server = new Server();
        await StartedAsync(server);
        await using var end = new End(server);
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = Enumerable.Range(0, StreamSlots.Max).Select(i => server.SendAsync(new OpenContent(Server.Event($"open-{i}") + "\n", finish.Task))).ToList();
        // Each has a place once its first event is in.
        await UntilAsync(async () => (await StatusAsync(server)).Events == StreamSlots.Max);
        using (var refused = await server.SendAsync(Server.Event("one-more"), Ndjson))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal(1, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        }

        // A single event needs no place.
        using (var single = await server.SendAsync(Server.Event("single"), Structured)) Assert.Equal(HttpStatusCode.OK, single.StatusCode);
        finish.SetResult();
        foreach (var answer in await Task.WhenAll(open))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }

        using var taken = await server.SendAsync(Server.Event("one-more"), Ndjson);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task Until_the_folder_is_open_the_server_says_that_it_is_not_ready_and_why()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = new Server
        {
            UntilReady = false,
            Configure = b => b.Services.AddSingleton<OpenEngine>(p => async (folder, cancellation) =>
            {
                await gate.Task.WaitAsync(cancellation);
                return await EmbeddedEngine.OpenAsync(new EmbeddedOptions { DataFolder = folder.Folder }, TimeProvider.System, NullLoggerFactory.Instance, cancellation);
            }),
        };
        await StartedAsync(server);
        await using var end = new End(server);
        Assert.Equal("live", await server.Client.GetStringAsync("/health/live"));
        using (var ready = await server.Client.GetAsync("/health/ready"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Equal("The data folder is being opened.", (await Server.ReadAsync<ProblemView>(ready)).Detail);
        }

        var status = await StatusAsync(server);
        Assert.Equal((false, "The data folder is being opened."), (status.Ready, status.Reason));
        foreach (var (body, type) in ((string, string)[])[(Server.Event("early"), Structured), ($"[{Server.Event("early")}]", "application/cloudevents-batch+json"), (Server.Event("early"), Ndjson)])
        {
            using var early = await server.SendAsync(body, type);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
            Assert.True(early.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
            Assert.Contains("/health/ready", (await Server.ReadAsync<ProblemView>(early)).Detail, StringComparison.Ordinal);
        }

        using (var asked = await server.Client.GetAsync("/v1/boards/everyone")) Assert.Equal(HttpStatusCode.ServiceUnavailable, asked.StatusCode);
        gate.SetResult();
        await UntilAsync(async () => (await server.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
        using var taken = await server.SendAsync(Server.Event("early"), Structured);
        Assert.Equal(EventOutcome.Accepted, (await Server.ReadAsync<EventAnswer>(taken)).Outcome);
    }

    [Fact]
    public async Task A_folder_that_another_server_holds_is_said_to_be_held_and_is_left_alone()
    {
        var first = new Server();
        await StartedAsync(first);
        await using var end = new End(first);
        var second = new Server { UntilReady = false, With = o => o with { DataFolder = first.DataFolder } };
        await StartedAsync(second);
        await using var secondEnd = new End(second);
        var host = second.Services.GetRequiredService<EngineHost>();
        await host.Opening;
        Assert.Contains("process", host.Failure, StringComparison.Ordinal);
        using var ready = await second.Client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using var taken = await first.SendAsync(Server.Event("still-mine"), Structured);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_beyond_its_limit_is_told_so_whether_it_states_its_length_or_not(bool stated)
    {
        var server = new Server();
        await StartedAsync(server);
        await using var end = new End(server);
        var (status, body) = await RawAsync(server, stated ? $"Content-Length: {EventsApi.MaxBodyBytes + 1}" : "Transfer-Encoding: chunked", stated ? 0 : EventsApi.MaxBodyBytes + 1, "/v1/events", Structured);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("\"status\":413", body, StringComparison.Ordinal);
        // A stream has no such limit.
        using var content = new OpenContent(string.Join('\n', Enumerable.Repeat(Server.Event("same", data: $$"""{"amount":1,"more":"{{new string('x', 60_000)}}"}"""), 300)), Task.CompletedTask);
        using var streamed = await server.SendAsync(content);
        Assert.Contains("\"duplicates\":299", await streamed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_beyond_its_limit_is_refused_before_it_is_sent()
    {
        var server = new Server();
        await StartedAsync(server);
        await using var end = new End(server);
        var (status, _) = await RawAsync(server, $"Content-Length: {ImportService.MaxFileBytes + 1}", 0, "/v1/imports?name=large.csv", "application/octet-stream");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    [Fact]
    public async Task An_event_beyond_its_limit_is_refused_and_the_rest_is_taken()
    {
        var server = new Server();
        await StartedAsync(server);
        await using var end = new End(server);
        var large = Server.Event("large", data: $$"""{"amount":1,"more":"{{new string('x', EventLimits.MaxEventBytes)}}"}""");
        using var one = await server.SendAsync(large, Structured);
        Assert.Equal(HttpStatusCode.BadRequest, one.StatusCode);
        Assert.Equal("event", (await Server.ReadAsync<ProblemView>(one)).Field);
        using var batch = await server.SendAsync($"[{large},{Server.Event("small")}]", "application/cloudevents-batch+json");
        Assert.Equal(HttpStatusCode.MultiStatus, batch.StatusCode);
        var answer = await Server.ReadAsync<BatchAnswer>(batch);
        Assert.Equal((1L, 1L), (answer.Accepted, answer.Refused));
    }

    private static async Task StartedAsync(Server server) => await server.InitializeAsync();

    private static async Task<StatusView> StatusAsync(Server server) => (await server.Client.GetFromJsonAsync<StatusView>("/v1/status", Json.Options))!;

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await holds()) await Task.Delay(20, deadline.Token);
    }

    /// <summary>A request by hand: clients would not send a length that is not true, and would give up on a server that answers early.</summary>
    private static async Task<(HttpStatusCode Status, string Body)> RawAsync(Server server, string length, int bytes, string path, string contentType)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port);
        await using var connection = client.GetStream();
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\nAuthorization: Bearer {server.Key}\r\nContent-Type: {contentType}\r\n{length}\r\nConnection: close\r\n\r\n"));
        var sending = Task.Run(async () =>
        {
            var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string(' ', 0x10000) + "\r\n");
            try
            {
                for (var sent = 0; sent < bytes; sent += 0x10000) await connection.WriteAsync(chunk);
                if (bytes > 0) await connection.WriteAsync("0\r\n\r\n"u8.ToArray());
            }
            catch (IOException)
            {
                // The server has answered and closed.
            }
        });
        using var reader = new StreamReader(connection, Encoding.ASCII);
        var status = (HttpStatusCode)int.Parse((await reader.ReadLineAsync())!.Split(' ')[1], CultureInfo.InvariantCulture);
        var rest = new StringBuilder();
        try
        {
            while (await reader.ReadLineAsync() is { } line) rest.AppendLine(line);
        }
        catch (IOException)
        {
            // Closed before everything that was sent was read: the answer is here.
        }

        await sending;
        return (status, rest.ToString());
    }

    private sealed class End(Server server) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await server.DisposeAsync();
    }

    /// <summary>A stream that sends something at once and ends when it is told to.</summary>
    private sealed class OpenContent : HttpContent
    {
        private readonly byte[] _first;
        private readonly Task _finish;

        public OpenContent(string first, Task finish)
        {
            _first = Encoding.UTF8.GetBytes(first);
            _finish = finish;
            Headers.ContentType = new(Ndjson);
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_first);
            await stream.FlushAsync();
            await _finish;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
