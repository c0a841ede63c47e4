using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Experience.Domain.Wire;
using Experience.Sample;

namespace Experience.Benchmarks;

/// <summary>
/// Open loop: requests go out when they are meant to, whatever became of those before, and every latency counts from the
/// intended moment. So a stall is felt by all that would have been sent meanwhile.
/// </summary>
internal static class LatencyBenchmark
{
    private const int WarmUp = 200_000;

    /// <summary>Events a second at most: what the load's times are spread for.</summary>
    private const double MaxRate = 250_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>A probe every so many intervals: an event of a watched person, and an event of a new person on the watched board.</summary>
    private const int ProbeEvery = 10;

    public static async Task RunAsync(BenchmarkOptions options, string folder)
    {
        await using var http = await HttpTarget.StartAsync(Path.Combine(folder, "data"));
        var load = new Load(options.People, LoadDistribution.Zipf, (3 * WarmUp) + (long)(options.Seconds * MaxRate), overHttp: true);
        await http.FillAsync(load.Catalogue().Concat(load.Identities()));
        var rates = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            var (_, took) = await http.Prepare(load.Next(WarmUp))();
            rates.Add(WarmUp / took.TotalSeconds);
        }

        var rate = Math.Min(MaxRate, Measure.Median(rates) / 2);
        var batch = Math.Max(1, (int)(rate * Interval.TotalSeconds));
        var ticks = (int)(options.Seconds / Interval.TotalSeconds);
        Report.Say($"{Measure.Median(rates):N0} events/s over HTTP; sending {rate:N0}/s, {batch} events every {Interval.TotalMilliseconds:N0} ms, for {options.Seconds:N0} s");

        await http.PostAsync(Probe("card-probe", "first"));
        var person = await PersonAsync(http, "card-probe");
        var acknowledged = new ConcurrentBag<double>();
        var card = new ProbeClock();
        var board = new ProbeClock();
        await using var hub = await HubClient.ConnectAsync(http.Server.Address, frame =>
        {
            // A delta that does not mention the counter left it as it was.
            if (frame.Topic.StartsWith("card:", StringComparison.Ordinal))
            {
                if (frame.Body.TryGetProperty("more", out var more)) card.Seen(more.GetProperty("facts").GetInt64(), frame.ReceivedAtMicros);
            }
            else if (frame.Body.TryGetProperty("people", out var people))
            {
                board.Seen(people.GetInt64(), frame.ReceivedAtMicros);
            }
        });
        await hub.WatchAsync($"card:{person}");
        await hub.WatchAsync("board:everyone");
        await card.FirstAsync();
        await board.FirstAsync();

        // A second of load at a time is made beforehand; making the next one must not delay what is due.
        var sends = new List<Task>(ticks);
        var bodies = new Queue<byte[]>();
        var perSecond = (int)(1 / Interval.TotalSeconds);
        var next = Make();
        var begun = Clock.Micros();
        for (var tick = 0; tick < ticks; tick++)
        {
            if (bodies.Count == 0)
            {
                foreach (var body in await next) bodies.Enqueue(body);
                next = Make();
            }

            var intended = begun + (long)(tick * Interval.TotalMicroseconds);
            while (Clock.Micros() is var now && now < intended) await Task.Delay(TimeSpan.FromMicroseconds(Math.Max(0, intended - now)));
            sends.Add(SendAsync(bodies.Dequeue(), intended, acknowledged));
            if (tick % ProbeEvery != 0) continue;
            card.Sent(intended);
            sends.Add(http.PostAsync(Probe("card-probe", $"c-{tick}")));
            board.Sent(intended);
            sends.Add(http.PostAsync(Probe($"board-probe-{tick}", $"b-{tick}")));
        }

        await Task.WhenAll(sends);
        await card.DrainedAsync();
        await board.DrainedAsync();

        var report = new Report("latency").Add("people", options.People).Add("rate", rate, 0).Add("seconds", options.Seconds)
            .Add("probes", card.Latencies.Count).Add("acknowledgeP50Ms", Measure.Percentile([.. acknowledged], 0.5), 1)
            .Add("cardP50Ms", Measure.Percentile(card.Latencies, 0.5), 1).Add("boardP50Ms", Measure.Percentile(board.Latencies, 0.5), 1);
        report.Goal("acknowledgeP99Ms", Measure.Percentile([.. acknowledged], 0.99), 50, atLeast: false, 1);
        report.Goal("cardP99Ms", Measure.Percentile(card.Latencies, 0.99), 100, atLeast: false, 1);
        report.Goal("boardP99Ms", Measure.Percentile(board.Latencies, 0.99), 400, atLeast: false, 1);
        report.Close(options.Json);

        Task<byte[][]> Make() => Task.Run(() => Enumerable.Range(0, perSecond).Select(_ => EventWriter.Lines(load.Next(batch))).ToArray());

        async Task SendAsync(byte[] body, long intended, ConcurrentBag<double> latencies)
        {
            await http.PostAsync(body);
            latencies.Add((Clock.Micros() - intended) / 1000.0);
        }
    }

    public static byte[] Probe(string who, string id)
    {
        var time = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        return Encoding.UTF8.GetBytes($$$"""{"specversion":"1.0","id":"{{{id}}}","source":"{{{SampleLoad.Source}}}","type":"payment.received","time":"{{{time}}}","subject":"{{{who}}}","data":{"amount":1900}}""" + "\n");
    }

    public static async Task<string> PersonAsync(HttpTarget http, string key)
    {
        using var answer = await http.Server.Http.GetAsync($"v1/participants?source={Uri.EscapeDataString(SampleLoad.Source)}&key={key}");
        answer.EnsureSuccessStatusCode();
        using var json = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        return json.RootElement.GetProperty("id").GetString()!;
    }

    /// <summary>
    /// Each probe raises a counter by one. A frame that shows the counter at base + k shows the first k probes, so frames that
    /// hold several are counted for each.
    /// </summary>
    private sealed class ProbeClock
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private readonly Lock _gate = new();
        private readonly List<long> _intended = [];
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _base = -1;
        private int _seen;

        public List<double> Latencies { get; } = [];

        public Task FirstAsync() => _first.Task.WaitAsync(Patience);

        public void Sent(long intended)
        {
            lock (_gate) _intended.Add(intended);
        }

        public void Seen(long counter, long at)
        {
            lock (_gate)
            {
                if (_base < 0) _base = counter;
                while (_seen < counter - _base && _seen < _intended.Count) Latencies.Add((at - _intended[_seen++]) / 1000.0);
            }

            _first.TrySetResult();
        }

        public async Task DrainedAsync()
        {
            using var deadline = new CancellationTokenSource(Patience);
            while (true)
            {
                lock (_gate)
                {
                    if (_seen == _intended.Count) return;
                }

                await Task.Delay(20, deadline.Token);
            }
        }
    }
}
