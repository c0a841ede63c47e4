using Microsoft.AspNetCore.SignalR;

namespace Experience.Web.Live;

/// <summary>
/// One browser's connection: its place in each topic that it watches, and the pump that writes to it. It holds places, not frames:
/// however slow the reader, what waits for it is a few numbers, and what it gets next is the newest state.
/// </summary>
internal sealed class LiveConnection(string id, IClientProxy client, CancellationToken aborted) : IAsyncDisposable
{
    public const int MaxTopics = 16;

    private readonly Dictionary<string, (LiveTopic Topic, LivePlace Place)> _watched = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closing = CancellationTokenSource.CreateLinkedTokenSource(aborted);
    private Task _pump = Task.CompletedTask;
    private bool _ended;

    public string Id => id;

    public void Start() => _pump = Task.Run(PumpAsync, CancellationToken.None);

    /// <summary>Watches a topic from a place; false when too many are watched already.</summary>
    public bool Watch(LiveTopic topic, LivePlace place, out LiveTopic? replaced)
    {
        lock (_gate)
        {
            replaced = _watched.TryGetValue(topic.Name, out var before) && before.Topic != topic ? before.Topic : null;
            if (!_watched.ContainsKey(topic.Name) && _watched.Count >= MaxTopics) return false;
            _watched[topic.Name] = (topic, place);
        }

        Signal();
        return true;
    }

    public LiveTopic? Unwatch(string name)
    {
        lock (_gate) return _watched.Remove(name, out var watched) ? watched.Topic : null;
    }

    public IReadOnlyList<LiveTopic> UnwatchAll()
    {
        lock (_gate)
        {
            var topics = _watched.Values.Select(w => w.Topic).ToList();
            _watched.Clear();
            return topics;
        }
    }

    /// <summary>Says that something may be new. Never waits: called from the topics' publishing, and by a watch that comes while the browser leaves.</summary>
    public void Signal()
    {
        lock (_signal)
        {
            if (!_ended && _signal.CurrentCount == 0) _signal.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
        lock (_signal)
        {
            _ended = true;
            _signal.Dispose();
        }
    }

    private async Task PumpAsync()
    {
        var frames = new List<Contracts.LiveFrame>();
        var topics = new List<string>();
        try
        {
            while (true)
            {
                await _signal.WaitAsync(_closing.Token);
                topics.Clear();
                lock (_gate) topics.AddRange(_watched.Keys);
                foreach (var name in topics)
                {
                    frames.Clear();
                    lock (_gate)
                    {
                        if (!_watched.TryGetValue(name, out var watched)) continue;
                        watched.Topic.Since(watched.Place, frames);
                        if (frames.Count == 0) continue;
                        _watched[name] = (watched.Topic, new LivePlace(frames[^1].Epoch, frames[^1].Sequence));
                    }

                    // Waits for the transport's buffer to drain: the slowness of one reader stays in its own pump.
                    foreach (var frame in frames) await client.SendAsync("frame", frame, _closing.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The connection closed.
        }
    }
}
