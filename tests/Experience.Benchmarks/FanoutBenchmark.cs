using Experience.Domain.Wire;
using Experience.Sample;

namespace Experience.Benchmarks;

/// <summary>
/// Many browsers watch one board that changes at every tick. A frame's latency is from the moment that the server made the view
/// (its "as of") until its last byte is here; a gap is a delta that does not follow the frame before it.
/// </summary>
internal static class FanoutBenchmark
{
    private const int EventsPerSecond = 400;

    public static async Task RunAsync(BenchmarkOptions options, string folder)
    {
        await using var http = await HttpTarget.StartAsync(Path.Combine(folder, "data"));
        var people = Math.Min(options.People, 100_000);
        var load = new Load(people, LoadDistribution.Zipf, (long)(EventsPerSecond * options.Seconds), overHttp: true);
        await http.FillAsync(load.Catalogue().Concat(load.Identities()));

        var watchers = new Watcher[options.Watchers];
        for (var i = 0; i < watchers.Length; i++)
        {
            watchers[i] = new Watcher();
            await watchers[i].ConnectAsync(http.Server.Address);
        }

        foreach (var watcher in watchers) await watcher.Ready;
        foreach (var watcher in watchers) watcher.Start();
        Report.Say($"{watchers.Length:N0} watchers of one board; {EventsPerSecond} events/s for {options.Seconds:N0} s");
        var before = Measure.Processor(http.ProcessId);
        using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50)))
        {
            for (var i = 0; i < options.Seconds * 20; i++)
            {
                await http.PostAsync(EventWriter.Lines(load.Next(EventsPerSecond / 20)));
                await timer.WaitForNextTickAsync();
            }
        }

        // The last frame has gone out by then: a tick is 250 ms.
        await Task.Delay(TimeSpan.FromSeconds(1));
        var processor = Measure.Processor(http.ProcessId) - before;
        var latencies = watchers.SelectMany(w => w.Latencies).ToList();
        var frames = latencies.Count / (double)watchers.Length;
        var gaps = watchers.Sum(w => w.Gaps);
        var report = new Report("fanout").Add("watchers", watchers.Length).Add("framesPerWatcher", frames, 1)
            .Add("framesPerSecond", latencies.Count / options.Seconds, 0).Add("processorShare", processor.TotalSeconds / options.Seconds)
            .Add("p50Ms", Measure.Percentile(latencies, 0.5), 1);
        report.Goal("gaps", gaps, 0, atLeast: false);
        report.Goal("p99Ms", Measure.Percentile(latencies, 0.99), 250, atLeast: false, 1);

        // Fewer frames than the board ticked would make the latency of those few look good.
        report.Goal("framesPerTick", frames / (options.Seconds * 4), 0.8, atLeast: true);
        report.Close(options.Json);
        foreach (var watcher in watchers) await watcher.DisposeAsync();
    }

    private sealed class Watcher : IAsyncDisposable
    {
        private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private HubClient? _client;
        private volatile bool _counting;
        private long _epoch;
        private long _sequence = -1;

        public List<double> Latencies { get; } = [];

        public int Gaps { get; private set; }

        public Task Ready => _ready.Task.WaitAsync(TimeSpan.FromSeconds(60));

        public async Task ConnectAsync(Uri server)
        {
            _client = await HubClient.ConnectAsync(server, Take);
            await _client.WatchAsync("board:everyone");
        }

        public void Start() => _counting = true;

        public ValueTask DisposeAsync() => _client?.DisposeAsync() ?? default;

        /// <summary>Called by the one reader of this connection.</summary>
        private void Take(ReceivedFrame frame)
        {
            if (_counting)
            {
                if (frame.Snapshot || frame.Epoch != _epoch || frame.Sequence != _sequence + 1) Gaps++;
                if (frame.Body.TryGetProperty("asOf", out var asOf)) Latencies.Add((frame.ReceivedAtMicros / 1000.0) - asOf.GetInt64());
            }

            (_epoch, _sequence) = (frame.Epoch, frame.Sequence);
            _ready.TrySetResult();
        }
    }
}
