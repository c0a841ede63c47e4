using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using Experience.Domain.Wire;
using Experience.Sample;

namespace Experience.Benchmarks;

/// <summary>
/// Open loop: requests go out when they are meant to, whatever became of those before, and every latency counts from the
/// intended moment. So a stall is felt by all that would have been sent meanwhile. The rate is half of what the program, with as long a history, was just seen to
/// take over HTTP for as long, checkpoint passes included: a burst of seconds, which no checkpoint falls into, says nothing of it.
/// </summary>
internal static class LatencyBenchmark
{
    /// <summary>The first streams: they tell how long the next ones are to be.</summary>
    private const int WarmUp = 200_000;

    /// <summary>Events of the two streams that are sent at a time while the rate is measured.</summary>
    private const int MaxSegment = 1_200_000;

    /// <summary>Checkpoint passes over everybody that each of the two parts has to see.</summary>
    private const int Passes = 2;

    /// <summary>Beyond this many times the asked seconds a part ends without its passes, and says how many it saw.</summary>
    private const double MostTime = 1.6;

    /// <summary>Events a second at most: what the load's times are spread for.</summary>
    private const double MaxRate = 400_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Intervals before the clock starts: short requests, and probes, are compiled and their connections opened, and the making of the bodies has ended.</summary>
    private const int WarmIntervals = 300;

    /// <summary>
    /// Probes every so many intervals: an event of a watched person; an event of a new person on the watched board; and, among the events of the interval, one of somebody who is
    /// known and whom nobody watches, on the board of a segment that only this event leads to.
    /// </summary>
    private const int ProbeEvery = 10;

    private const string ProbeSegment = "probed";
    private const string ProbeSection = "probe-section";

    public static async Task RunAsync(BenchmarkOptions options, string folder)
    {
        await using var http = await HttpTarget.StartAsync(Path.Combine(folder, "data"));
        var load = new Load(options.People, LoadDistribution.Zipf, options.Events + (long)(MostTime * options.Seconds * MaxRate * 1.5), overHttp: true);
        var report = new Report("latency").Add("people", options.People);
        await http.FillAsync(load.Catalogue().Concat(load.Identities()));

        // A rule has everybody looked at once: long before the clock starts.
        using (var put = await http.Server.Http.PutAsync($"v1/segments/{ProbeSegment}", JsonContent.Create(new { title = "Probed", rule = new { field = "section", @is = "=", value = ProbeSection } })))
            put.EnsureSuccessStatusCode();
        await RipenAsync(options, http, load, report);
        var sustained = await SustainedAsync(options, http, load, report);

        var rate = Math.Min(MaxRate, sustained) / 2;
        var batch = Math.Max(1, (int)(rate * Interval.TotalSeconds));
        var perSecond = (int)(1 / Interval.TotalSeconds);

        // All of it is made beforehand: making it would take the processors that are measured.
        var bodies = new byte[WarmIntervals + (int)(MostTime * options.Seconds * perSecond)][];
        for (var i = 0; i < bodies.Length; i++) bodies[i] = EventWriter.Lines(load.Next(batch));
        GC.Collect();
        Report.Say($"{sustained:N0} events/s over HTTP; sending {rate:N0}/s, {batch} events every {Interval.TotalMilliseconds:N0} ms, for {options.Seconds:N0} s");

        await http.PostAsync(Probe("card-probe", "first"));
        await http.PostAsync([.. Enumerable.Range(0, bodies.Length / ProbeEvery + 1).SelectMany(i => Probe(Known(i), $"k-{i}-first"))]);
        var person = await PersonAsync(http, "card-probe");
        var acknowledged = new ConcurrentBag<double>();
        var card = new ProbeClock();
        var newcomers = new ProbeClock();
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
                (frame.Topic == $"board:{ProbeSegment}" ? board : newcomers).Seen(people.GetInt64(), frame.ReceivedAtMicros);
            }
        });
        await hub.WatchAsync($"card:{person}");
        await hub.WatchAsync("board:everyone");
        await hub.WatchAsync($"board:{ProbeSegment}");
        await card.FirstAsync();
        await newcomers.FirstAsync();
        await board.FirstAsync();

        var passes = new CheckpointPasses(http.Folder);
        var (serverBefore, clientBefore) = (http.Processor(), Measure.Processor(Environment.ProcessId));
        var sends = new List<Task>(bodies.Length);
        var begun = Clock.Micros() + (long)(WarmIntervals * Interval.TotalMicroseconds);
        for (var ticks = -WarmIntervals; ticks < bodies.Length - WarmIntervals; ticks++)
        {
            if (ticks % perSecond == 0 && ticks >= options.Seconds * perSecond && passes.Since() >= Passes) break;
            var intended = begun + (long)(ticks * Interval.TotalMicroseconds);
            while (Clock.Micros() is var now && now < intended) await Task.Delay(TimeSpan.FromMicroseconds(Math.Max(0, intended - now)));
            if (ticks == 0) (passes, serverBefore, clientBefore) = (new CheckpointPasses(http.Folder), http.Processor(), Measure.Processor(Environment.ProcessId));
            var body = bodies[WarmIntervals + ticks];
            if (ticks < 0 || ticks % ProbeEvery != 0)
            {
                sends.Add(SendAsync(body, intended, ticks < 0 ? [] : acknowledged));
                continue;
            }

            board.Sent(intended);
            sends.Add(SendAsync([.. body, .. Probe(Known(ticks / ProbeEvery), $"k-{ticks}", "registration.confirmed", $$"""{"section":"{{ProbeSection}}"}""")], intended, acknowledged));
            card.Sent(intended);
            sends.Add(http.PostAsync(Probe("card-probe", $"c-{ticks}")));
            newcomers.Sent(intended);
            sends.Add(http.PostAsync(Probe($"board-probe-{ticks}", $"b-{ticks}")));
        }

        var seconds = (Clock.Micros() - begun) / 1e6;
        var (server, client) = (http.Processor() - serverBefore, Measure.Processor(Environment.ProcessId) - clientBefore);
        await Task.WhenAll(sends);
        await card.DrainedAsync();
        await newcomers.DrainedAsync();
        await board.DrainedAsync();

        Report.Say($"{seconds:N0} s, {passes.Since()} checkpoint passes, {server.TotalSeconds / seconds:F2} processors of the program, {client.TotalSeconds / seconds:F2} of the client");
        report.Add("rate", rate, 0).Add("seconds", seconds, 1).Add("checkpointPasses", passes.Since(), 0).Add("processorShare", server.TotalSeconds / seconds).Add("clientProcessorShare", client.TotalSeconds / seconds)
            .Add("probes", card.Latencies.Count).Add("acknowledgeP50Ms", Measure.Percentile([.. acknowledged], 0.5), 1)
            .Add("cardP50Ms", Measure.Percentile(card.Latencies, 0.5), 1).Add("boardP50Ms", Measure.Percentile(board.Latencies, 0.5), 1)
            .Add("boardOfNewcomersP50Ms", Measure.Percentile(newcomers.Latencies, 0.5), 1);
        report.Goal("acknowledgeP99Ms", Measure.Percentile([.. acknowledged], 0.99), 50, atLeast: false, 1);
        report.Goal("cardP99Ms", Measure.Percentile(card.Latencies, 0.99), 100, atLeast: false, 1);
        report.Goal("boardP99Ms", Measure.Percentile(board.Latencies, 0.99), 400, atLeast: false, 1);
        report.Goal("boardOfNewcomersP99Ms", Measure.Percentile(newcomers.Latencies, 0.99), 400, atLeast: false, 1);
        report.Close(options.Json);

        static string Known(int i) => $"known-probe-{i}";

        async Task SendAsync(byte[] body, long intended, ConcurrentBag<double> latencies)
        {
            await http.PostAsync(body);
            latencies.Add((Clock.Micros() - intended) / 1000.0);
        }
    }

    /// <summary>
    /// Sends what is history afterwards. An event costs twice as much of somebody with a long history as of a newcomer: a rate that was measured while all are newcomers is no
    /// rate of the program that is then asked for half of it.
    /// </summary>
    private static async Task RipenAsync(BenchmarkOptions options, HttpTarget http, Load load, Report report)
    {
        for (var left = options.Events; left > 0; left -= MaxSegment) await http.Prepare(load.Next((int)Math.Min(left, MaxSegment)))();
        Report.Say($"{options.Events:N0} events of history");
        report.Add("historyEvents", options.Events, 0);
    }

    /// <summary>Events a second that the program takes without a rest in two long streams, for as long as is asked and two checkpoint passes.</summary>
    private static async Task<double> SustainedAsync(BenchmarkOptions options, HttpTarget http, Load load, Report report)
    {
        var (accepted, took) = await http.Prepare(load.Next(WarmUp))();
        var rate = accepted / took.TotalSeconds;
        var passes = new CheckpointPasses(http.Folder);
        double events = 0, seconds = 0;
        while (seconds < options.Seconds || (passes.Since() < Passes && seconds < MostTime * options.Seconds))
        {
            // What is left of the time, and at least some seconds of it. All lines are made beforehand: a program that rests while lines are made catches up with what it put off.
            var left = (long)(rate * Math.Max(options.Seconds - seconds, options.Seconds / 10));
            var sends = new List<Func<Task<(int Accepted, TimeSpan Elapsed)>>>();
            for (; left > 0; left -= MaxSegment) sends.Add(http.Prepare(load.Next((int)Math.Min(left, MaxSegment))));
            GC.Collect();
            foreach (var send in sends)
            {
                (accepted, took) = await send();
                events += accepted;
                seconds += took.TotalSeconds;
            }

            rate = events / seconds;
        }

        Report.Say($"{rate:N0} events/s over HTTP for {seconds:N0} s with {passes.Since()} checkpoint passes");
        report.Add("sustainedEventsPerSecond", rate, 0).Add("sustainedSeconds", seconds, 1).Add("sustainedCheckpointPasses", passes.Since(), 0);
        return rate;
    }

    public static byte[] Probe(string who, string id, string type = "payment.received", string data = """{"amount":1900}""")
    {
        var time = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        return Encoding.UTF8.GetBytes($$$"""{"specversion":"1.0","id":"{{{id}}}","source":"{{{SampleLoad.Source}}}","type":"{{{type}}}","time":"{{{time}}}","subject":"{{{who}}}","data":{{{data}}}}""" + "\n");
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
