using System.Collections.Concurrent;
using System.Text.Json;
using Experience.Domain.Port;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;

namespace Experience.Web.Live;

/// <summary>
/// All topics that somebody watches, each fed by one subscription to the engine. A topic lives from its first watcher until
/// <see cref="Linger"/> after its last one left, so that a reconnecting page resumes where it was.
/// </summary>
internal sealed partial class LiveTopics(EngineHost host, StatusReader status, ArrivalLog arrivals, ServeOptions options, ILogger<LiveTopics> logger) : IAsyncDisposable
{
    public const int MaxTopics = 10_000;
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StatusEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Fed> _topics = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();

    // Epochs ascend over restarts: µs of the start, then one by one. Below 2^53, so that a browser counts it exactly.
    private long _epoch = options.Time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    private sealed class Fed(LiveTopic topic, CancellationTokenSource stop)
    {
        public LiveTopic Topic => topic;

        public CancellationTokenSource Stop => stop;

        public Task Feeding { get; set; } = Task.CompletedTask;

        /// <summary>When the last watcher left; null while there is one.</summary>
        public long? AloneSince { get; set; }
    }

    /// <summary>Whether a topic's name has a form that can be watched.</summary>
    public static bool IsTopic(string name) =>
        name is "flags" or "status" or "arrivals" || (name.Length is > 5 and <= 200 && name.StartsWith("card:", StringComparison.Ordinal))
        || (name.Length is > 6 and <= 200 && name.StartsWith("board:", StringComparison.Ordinal))
        || (name.Length is > 13 and <= 200 && name.StartsWith(Organisation, StringComparison.Ordinal));

    /// <summary>Before the key, or any name, of an organisation.</summary>
    public const string Organisation = "organisation:";

    /// <summary>Joins a topic, starting it when it is not fed yet; null when too many topics are watched.</summary>
    public LiveTopic? Join(string name, LiveConnection connection)
    {
        lock (_gate)
        {
            Sweep();
            if (!_topics.TryGetValue(name, out var fed))
            {
                if (_topics.Count >= MaxTopics) return null;
                fed = new Fed(new LiveTopic(name, ++_epoch), CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
                _topics[name] = fed;
                var started = fed;
                fed.Feeding = Task.Run(() => FeedAsync(started), CancellationToken.None);
            }

            fed.AloneSince = null;
            fed.Topic.Join(connection);
            return fed.Topic;
        }
    }

    public void Leave(LiveTopic topic, LiveConnection connection)
    {
        lock (_gate)
        {
            topic.Leave(connection);
            if (_topics.TryGetValue(topic.Name, out var fed) && fed.Topic == topic && topic.Listeners == 0) fed.AloneSince = options.Time.GetTimestamp();
            Sweep();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        List<Task> feeding;
        lock (_gate) feeding = [.. _topics.Values.Select(f => f.Feeding)];
        foreach (var task in feeding) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    /// <summary>Ends topics that nobody came back to. Run at each join and leave, so no timer is needed and none is left over.</summary>
    private void Sweep()
    {
        foreach (var (name, fed) in _topics)
        {
            if (fed.AloneSince is not { } since || options.Time.GetElapsedTime(since) < Linger) continue;
            _topics.Remove(name);
            fed.Stop.Cancel();
        }
    }

    private async Task FeedAsync(Fed fed)
    {
        var cancellation = fed.Stop.Token;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await FeedOnceAsync(fed.Topic, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is EngineUnavailableException or OperationCanceledException or ObjectDisposedException)
            {
                // Not ready yet, or another engine took the place of this one: the watchers keep their page and get its state when it is there.
                LogInterrupted(logger, fed.Topic.Name.Split(':')[0]);
            }

            await Task.Delay(RetryAfter, options.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FeedOnceAsync(LiveTopic topic, CancellationToken cancellation)
    {
        if (topic.Name == "status") await FeedStatusAsync(topic, cancellation);
        if (topic.Name == "arrivals") await FeedArrivalsAsync(topic, cancellation);
        var (engine, switched) = host.Hold();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, switched);
        // The shared subscription is the server's; each person's own look is recorded when it begins to watch.
        var access = Access.System("live");
        if (topic.Name == "flags") await FeedAsync(topic, engine.WatchFlagsAsync(access, both.Token));
        else if (topic.Name.StartsWith("card:", StringComparison.Ordinal)) await FeedAsync(topic, engine.WatchCardAsync(topic.Name[5..], access, both.Token));
        else if (topic.Name.StartsWith(Organisation, StringComparison.Ordinal)) await FeedAsync(topic, engine.WatchOrganisationAsync(topic.Name[Organisation.Length..], access, both.Token));
        else await FeedAsync(topic, engine.WatchBoardAsync(topic.Name[6..], access, both.Token));
    }

    private static async Task FeedAsync<T>(LiveTopic topic, IAsyncEnumerable<T> views)
    {
        await foreach (var view in views) topic.Publish(JsonSerializer.SerializeToUtf8Bytes(view, Json.Options));
    }

    private async Task FeedStatusAsync(LiveTopic topic, CancellationToken cancellation)
    {
        while (true)
        {
            topic.Publish(JsonSerializer.SerializeToUtf8Bytes(status.Read(), Json.Options));
            await Task.Delay(StatusEvery, options.Time, cancellation);
        }
    }

    private async Task FeedArrivalsAsync(LiveTopic topic, CancellationToken cancellation)
    {
        while (true)
        {
            var (view, changed) = arrivals.Read();
            topic.Publish(JsonSerializer.SerializeToUtf8Bytes(view, Json.Options));
            await changed.WaitAsync(cancellation);
        }
    }

    [LoggerMessage(10, LogLevel.Debug, "The feed of a {Kind} topic was interrupted and begins again.")]
    private static partial void LogInterrupted(ILogger logger, string kind);
}

/// <summary>Connections by id: a hub object lives for one call only.</summary>
internal sealed class LiveConnections
{
    private readonly ConcurrentDictionary<string, LiveConnection> _connections = new(StringComparer.Ordinal);

    public void Add(LiveConnection connection) => _connections[connection.Id] = connection;

    public LiveConnection? Find(string id) => _connections.GetValueOrDefault(id);

    public LiveConnection? Remove(string id) => _connections.TryRemove(id, out var connection) ? connection : null;
}
