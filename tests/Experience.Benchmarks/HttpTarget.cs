using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Experience.Domain.Wire;
using Experience.Testing;

namespace Experience.Benchmarks;

/// <summary>The real program in a process of its own, fed with NDJSON by a client on the same machine.</summary>
internal sealed class HttpTarget(ServerProcess server, string folder) : IIngestTarget
{
    /// <summary>Requests at a time, as two exporting systems would.</summary>
    private const int Connections = 2;

    private static readonly MediaTypeHeaderValue Ndjson = new("application/x-ndjson");

    public ServerProcess Server => server;

    public int ProcessId => server.ProcessId;

    public string Folder => folder;

    public static async Task<HttpTarget> StartAsync(string folder)
    {
        var server = await ServerProcess.StartAsync(folder);
        await server.AuthorizeAsync();
        return new HttpTarget(server, folder);
    }

    public async Task FillAsync(IEnumerable<Domain.Events.Fact> facts)
    {
        foreach (var chunk in facts.Chunk(100_000)) await PostAsync(EventWriter.Lines(chunk));
    }

    /// <summary>The program's own; the client runs beside it, in this process.</summary>
    public TimeSpan Processor() => Measure.Processor(server.ProcessId);

    /// <summary>Making the lines is not timed; sending them is.</summary>
    public Func<Task<(int Accepted, TimeSpan Elapsed)>> Prepare(Domain.Events.Fact[] facts)
    {
        var streams = Enumerable.Range(0, Connections).Select(c => EventWriter.Lines(facts.Where((_, i) => i % Connections == c))).ToArray();
        return () => SendAsync(streams);
    }

    // As many streams as there are connections; when they are answered all is durable.
    private async Task<(int Accepted, TimeSpan Elapsed)> SendAsync(byte[][] streams)
    {
        var clock = Stopwatch.StartNew();
        var accepted = await Task.WhenAll(streams.Select(PostAsync));
        using var board = await server.Http.GetAsync("v1/boards/everyone");
        board.EnsureSuccessStatusCode();
        return ((int)accepted.Sum(), clock.Elapsed);
    }

    /// <summary>Sends lines until they are taken, and gives how many of them were new.</summary>
    public async Task<long> PostAsync(byte[] lines)
    {
        while (true)
        {
            using var content = new ByteArrayContent(lines);
            content.Headers.ContentType = Ndjson;
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/events") { Content = content };
            using var answer = await server.Http.SendAsync(request);
            if (answer.StatusCode == System.Net.HttpStatusCode.TooManyRequests)
            {
                await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1));
                continue;
            }

            var body = await answer.Content.ReadAsStringAsync();
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{(int)answer.StatusCode}: {body[..Math.Min(body.Length, 2_000)]}\n{server.Output}");
            using var last = JsonDocument.Parse(body.TrimEnd().Split('\n')[^1]);
            var refused = last.RootElement.GetProperty("refused").GetInt64();
            if (refused > 0) throw new InvalidOperationException($"{refused} events were refused: {body[..Math.Min(body.Length, 2_000)]}");
            return last.RootElement.GetProperty("accepted").GetInt64();
        }
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
