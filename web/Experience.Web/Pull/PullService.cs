using System.Collections.Concurrent;
using System.Threading.Channels;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Imports;

namespace Experience.Web.Pull;

/// <summary>
/// Asks each polled system when its time has come: on a schedule with a little jitter, later and later while it fails, and not before it asked to be asked. Settings are
/// read from the data folder each round, so that the command line may change them beside a running server. Nothing is polled into the sample.
/// </summary>
internal sealed partial class PullService(EngineHost host, PullStore store, MappingStore mappings, Puller puller, ServeOptions options, Random random, ILogger<PullService> logger) : BackgroundService
{
    /// <summary>Systems that are asked at once.</summary>
    public const int MaxAtOnce = 4;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _places = new(MaxAtOnce, MaxAtOnce);
    // A semaphore would do but for one thing: a wait of an earlier round that was given up may still take what wakes the next.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private CancellationToken _stopping;

    public IReadOnlyList<PullView> List() => [.. store.List().Select(View)];

    /// <summary>The polled systems of each source, as its page shows them.</summary>
    public ILookup<string, SourcePoll> BySource() => store.List()
        .Select(p => (Source: PullCheck.Mapping(p.Settings, mappings)?.Source, View: View(p))).Where(p => p.Source is not null)
        .ToLookup(p => p.Source!, p => new SourcePoll(p.View.Name, p.View.State, p.View.LastSuccessAt, p.View.LastTriedAt, p.View.NextAt, p.View.Failures, p.View.Problem), StringComparer.Ordinal);

    public PullView? Find(string name) => store.Find(name) is { } pull ? View(pull) : null;

    public (PullView? View, Refusal? Refusal) Put(string name, PullPut put)
    {
        var (pull, refusal) = Put(store, mappings, name, put);
        Wake();
        return (pull is null ? null : View(pull), refusal);
    }

    /// <summary>Checks settings and keeps them: the same for the server and for the command line.</summary>
    public static (StoredPull? Pull, Refusal? Refusal) Put(PullStore store, MappingStore mappings, string name, PullPut put)
    {
        if (!MappingStore.IsName(name)) return (null, new Refusal("name", "is not a name", MappingStore.AcceptedName));
        if (put.Settings is null) return (null, new Refusal("settings", "is missing", "how the system is asked"));
        if (put.Secret is { Length: > PullCheck.MaxSecret } || put.Secret?.Any(char.IsControl) == true) return (null, new Refusal("secret", "is not a secret", $"at most {PullCheck.MaxSecret} characters on one line"));
        if (PullCheck.Of(put.Settings, mappings, whole: true) is { } wrong) return (null, wrong);
        var before = store.Find(name);
        if (before is null && store.List().Count >= PullStore.MaxPulls) return (null, new Refusal("name", "would be one too many", $"at most {PullStore.MaxPulls} polled systems"));
        // A secret belongs to the system that it was given for: another address must not be told it.
        if (before?.Secret is not null && put.Secret is null && Authority(before.Settings) != Authority(put.Settings)) return (null, new Refusal("secret", "is that of another system", "the secret again, with an address of another system"));
        return (store.Put(name, put.Settings, put.Secret), null);
    }

    public bool Delete(string name) => store.Delete(name);

    /// <summary>Asks now, and answers when it was asked.</summary>
    /// <param name="confirmed">Rows that were held back because they are too many have vanished indeed.</param>
    public async Task<PullView?> RunAsync(string name, bool confirmed, CancellationToken cancellation)
    {
        if (store.Find(name) is null) return null;
        await StartAsync(name, confirmed).WaitAsync(cancellation);
        return Find(name);
    }

    public async Task<PullLook> LookAsync(string? name, PullPut put, CancellationToken cancellation)
    {
        var kept = name is not null && put.Secret is null && store.Find(name) is { } pull && Authority(pull.Settings) == Authority(put.Settings) ? store.Secret(pull) : put.Secret;
        return await puller.LookAsync(put.Settings, kept, cancellation);
    }

    /// <summary>Completes when the next poll of the system has ended: for tests, whose clock stands still until it is told to go on.</summary>
    internal Task Next(string name) => _waiting.GetOrAdd(name, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>How long to wait after so many failures in a row: doubled each time, half of it by chance, so that many that failed together do not come back together.</summary>
    internal static TimeSpan Backoff(int failures, TimeSpan every, Random random)
    {
        var longest = every > LongestRetry ? every : LongestRetry;
        var wait = Math.Min(FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 20)), longest.TotalSeconds);
        return TimeSpan.FromSeconds((wait / 2) + (random.NextDouble() * wait / 2));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        try
        {
            await host.Opening.WaitAsync(stoppingToken);
            while (!stoppingToken.IsCancellationRequested)
            {
                // What woke this round is taken before the clock is read: what comes after wakes the next.
                _wake.Reader.TryRead(out _);
                var now = options.Time.GetUtcNow().ToUnixTimeMilliseconds();
                var soonest = now + (long)Round.TotalMilliseconds;
                // Who runs is looked at before what is kept: a poll that ends in between has noted its next time already.
                var running = _running.Keys.ToHashSet(StringComparer.Ordinal);
                foreach (var pull in host.IsSample || host.Failure is not null ? [] : store.List())
                {
                    if (pull.Settings.Paused || running.Contains(pull.Name)) continue;
                    if (pull.Track.NextAt is null || pull.Track.NextAt <= now) _ = StartAsync(pull.Name, confirmed: false);
                    else soonest = Math.Min(soonest, pull.Track.NextAt.Value);
                }

                using var round = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                var timer = Task.Delay(TimeSpan.FromMilliseconds(Math.Max(1, soonest - now)), options.Time, round.Token);
                await Task.WhenAny(timer, _wake.Reader.WaitToReadAsync(round.Token).AsTask());
                await round.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }

        foreach (var task in _running.Values) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        _places.Dispose();
        base.Dispose();
    }

    private Task StartAsync(string name, bool confirmed)
    {
        // One poll of a system at a time; whoever asks meanwhile waits for that one.
        lock (_running)
        {
            if (_running.TryGetValue(name, out var running)) return running;
            return _running[name] = Task.Run(() => PollAsync(name, confirmed));
        }
    }

    private async Task PollAsync(string name, bool confirmed)
    {
        await _places.WaitAsync();
        try
        {
            if (store.Find(name) is not { } pull || host.IsSample) return;
            var tried = options.Time.GetUtcNow();
            var every = TimeSpan.FromMinutes(pull.Settings.EveryMinutes);
            PullTrack track;
            try
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping, host.Hold().Switched);
                var result = await puller.RunAsync(pull, confirmed, stop.Token);
                var next = options.Time.GetUtcNow() + every + TimeSpan.FromSeconds(every.TotalSeconds * 0.1 * random.NextDouble());
                var held = result.Held == 0 ? null : $"{result.Held} rows are missing at once and were held back: confirm that they have vanished, or see what the system answers.";
                // An answer without rows to read says nothing of those that were refused before.
                var last = result.Unchanged && pull.Track.Last is { } before ? before with { At = result.At, Unchanged = true, Appeared = 0, Changed = 0, Vanished = 0, Events = 0, Duplicates = 0 } : result;
                track = new PullTrack(tried.ToUnixTimeMilliseconds(), options.Time.GetUtcNow().ToUnixTimeMilliseconds(), next.ToUnixTimeMilliseconds(), 0, result.Unchanged ? pull.Track.Problem : held, last);
                LogPolled(logger, name, result.Rows, result.Events, result.Refused);
            }
            catch (Exception e)
            {
                // A poll that is not noted as failed would be tried again at once, for ever: so every failure is, and what is a mistake of ours is logged whole.
                var failures = pull.Track.Failures + 1;
                var wait = Backoff(failures, every, random);
                if ((e as PullException)?.RetryAfter is { } after && after > wait) wait = after < LongestWait ? after : LongestWait;
                track = pull.Track with { TriedAt = tried.ToUnixTimeMilliseconds(), NextAt = (options.Time.GetUtcNow() + wait).ToUnixTimeMilliseconds(), Failures = failures, Problem = Words(e) };
                if (IsExpected(e)) LogFailed(logger, name, failures, e.GetType().Name);
                else LogMistake(logger, name, e);
            }

            store.Track(name, track);
        }
        finally
        {
            _places.Release();
            lock (_running) _running.TryRemove(name, out _);
            if (_waiting.TryRemove(name, out var waiting)) waiting.SetResult();
            Wake();
        }
    }

    private static bool IsExpected(Exception e) =>
        e is PullException or EngineBusyException or EngineUnavailableException or IOException or UnauthorizedAccessException or OperationCanceledException or ObjectDisposedException;

    private static string Words(Exception e) => e switch
    {
        PullException => e.Message,
        OperationCanceledException or ObjectDisposedException => "The server stopped while it was asking.",
        _ when IsExpected(e) => $"It could not be recorded: {e.Message}",
        _ => "A mistake of ours, which was logged.",
    };

    /// <summary>Begins a round now, whatever the timer says.</summary>
    internal void Wake() => _wake.Writer.TryWrite(true);

    private static string Authority(PullSettings settings) => settings.Kind == "folder" ? "" : new Uri(settings.Address).GetLeftPart(UriPartial.Authority);

    private PullView View(StoredPull pull)
    {
        var track = pull.Track;
        var state = _running.ContainsKey(pull.Name) ? "running" : pull.Settings.Paused ? "paused" : host.IsSample ? "stopped" : track.Failures > 0 ? "failing" : track.Last?.Held > 0 ? "held" : "waiting";
        return new PullView(pull.Name, pull.Settings, pull.Secret is not null, state, track.TriedAt, track.SucceededAt, pull.Settings.Paused ? null : track.NextAt, track.Failures, track.Problem, track.Last);
    }

    [LoggerMessage(40, LogLevel.Information, "Polled {Name}: {Rows} rows, {Events} events, {Refused} refused.")]
    private static partial void LogPolled(ILogger logger, string name, long rows, long events, long refused);

    [LoggerMessage(42, LogLevel.Error, "Polling {Name} failed by a mistake.")]
    private static partial void LogMistake(ILogger logger, string name, Exception exception);

    [LoggerMessage(41, LogLevel.Warning, "Polling {Name} failed {Failures} times in a row: {Problem}.")]
    private static partial void LogFailed(ILogger logger, string name, int failures, string problem);
}
