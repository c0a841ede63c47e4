using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Wire;
using Experience.Web.Contracts;

namespace Experience.Web.Samples;

/// <summary>
/// Sends the sample's events as a registration system sends its own: NDJSON to <c>POST /v1/events</c>, with a key. A chunk that was not
/// answered is sent again, whole, which is safe because what was taken counts once.
/// </summary>
internal sealed class SampleSender : IDisposable
{
    /// <summary>Goes on trying for this long while the server is busy or not ready, or not listening yet.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan DefaultPause = TimeSpan.FromSeconds(1);
    private static readonly MediaTypeHeaderValue Ndjson = new("application/x-ndjson");

    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    /// <param name="address">Where this very program listens.</param>
    public SampleSender(Uri address, string key, TimeProvider time)
    {
        _time = time;
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The events of these facts as lines; the second copy of a two-sided event is left to the edge.</summary>
    public static void Lines(IEnumerable<Fact> facts, ArrayBufferWriter<byte> lines)
    {
        lines.ResetWrittenCount();
        EventWriter.Lines(facts.Where(f => !EventWriter.IsCopy(f)), lines);
    }

    /// <summary>Sends lines and returns once they are durable.</summary>
    /// <exception cref="IOException">An event was refused, or the server did not take them in time.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation)
    {
        if (lines.IsEmpty) return;
        var started = _time.GetTimestamp();
        while (true)
        {
            var (taken, pause, problem) = await TryAsync(lines, cancellation);
            if (taken) return;
            if (_time.GetElapsedTime(started) > Patience) throw new IOException(problem);
            await Task.Delay(pause, _time, cancellation);
        }
    }

    private async Task<(bool Taken, TimeSpan Pause, string Problem)> TryAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation)
    {
        try
        {
            using var body = new ReadOnlyMemoryContent(lines);
            body.Headers.ContentType = Ndjson;
            using var answer = await _client.PostAsync("/v1/events", body, cancellation);
            var text = await answer.Content.ReadAsStringAsync(cancellation);
            if (answer.IsSuccessStatusCode)
            {
                var totals = JsonSerializer.Deserialize<BatchAnswer>(text.TrimEnd().Split('\n')[^1], Json.Options)!;
                return totals.Refused == 0 ? (true, default, "") : throw new IOException($"{totals.Refused} events of the sample were refused: {text.Split('\n')[0]}");
            }

            if (answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            {
                return (false, answer.Headers.RetryAfter?.Delta ?? DefaultPause, $"The server did not take events within {Patience.TotalSeconds} s: {text}");
            }

            throw new IOException($"The server answered {(int)answer.StatusCode}: {text}");
        }
        catch (HttpRequestException e)
        {
            return (false, DefaultPause, e.Message);
        }
    }
}
