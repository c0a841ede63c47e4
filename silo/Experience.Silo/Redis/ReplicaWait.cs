using System.Collections.Concurrent;
using System.Net;
using Experience.Grains.Storage;
using StackExchange.Redis;

namespace Experience.Silo.Redis;

/// <summary>Waits until what was written is on the disk of replicas too, so that a failover to one of them loses nothing of it (WAITAOF, Redis 7.2). Any thread.</summary>
/// <remarks>
/// A mark is written and waited for. What a server writes has one order, so whatever it answered before the mark was sent stands before the mark, whichever connection it came by.
/// One wait a server is under way at a time, and who comes meanwhile shares the next: there are as many waits as round trips to a replica, not as many as flushes. On a
/// connection of its own, because Redis answers nothing else on one that waits; and the number of that connection is asked before and after: on a new one WAITAOF would
/// answer at once, since it wrote nothing yet.
/// </remarks>
internal sealed class ReplicaWait(IConnectionMultiplexer redis, int replicas)
{
    /// <summary>Milliseconds after which nobody knows what a failover would keep. Shorter than a command may take.</summary>
    public const int Patience = 3_000;

    private readonly ConcurrentDictionary<EndPoint, Server> _servers = new();

    /// <summary>Completes when what was answered before stands on the replicas' disks.</summary>
    /// <param name="mark">A key of its own on the server that the writes went to.</param>
    /// <exception cref="StoreException">Too few replicas said so in time.</exception>
    public Task ReachedAsync(RedisKey mark) => _servers.GetOrAdd(MasterOf(mark), static (at, wait) => new Server(wait, at), this).JoinAsync(mark);

    // From what the connection knows: to ask would wait behind the wait that is under way.
    private EndPoint MasterOf(RedisKey mark)
    {
        foreach (var server in redis.GetServers())
        {
            if (server.ClusterConfiguration?.GetBySlot(mark)?.EndPoint is { } holder) return holder;
            if (server is { IsConnected: true, IsReplica: false, ServerType: not ServerType.Cluster }) return server.EndPoint;
        }

        throw new StoreException("No Redis server that takes writes can be reached.");
    }

    private async Task WaitAsync(EndPoint endpoint, RedisKey mark)
    {
        var server = redis.GetServer(endpoint);
        var before = server.ExecuteAsync("CLIENT", "ID");
        var written = server.ExecuteAsync("INCR", mark);
        var reached = server.ExecuteAsync("WAITAOF", 0, replicas, Patience);
        var after = server.ExecuteAsync("CLIENT", "ID");
        await Task.WhenAll(before, written, reached, after);
        if ((long)await before != (long)await after) throw new StoreException("The connection that waits for Redis' replicas was lost meanwhile.");
        var counts = (long[])(await reached)!;
        if (counts[1] < replicas) throw new StoreException($"Of Redis' replicas {counts[1]} had it on disk after {Patience} ms; {replicas} must.");
    }

    private sealed class Server(ReplicaWait wait, EndPoint endpoint)
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource? _next;
        private RedisKey _mark;
        private bool _waits;

        public Task JoinAsync(RedisKey mark)
        {
            lock (_gate)
            {
                _mark = mark;
                var next = _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (!_waits)
                {
                    _waits = true;
                    _ = RunAsync();
                }

                return next.Task;
            }
        }

        // Ends when nobody joined meanwhile; what it meets is told to those who wait.
        private async Task RunAsync()
        {
            while (Take() is { } round)
            {
                try
                {
                    await wait.WaitAsync(endpoint, round.Mark);
                    round.Done.SetResult();
                }
                catch (Exception failure)
                {
                    round.Done.SetException(failure);
                }
            }
        }

        private (TaskCompletionSource Done, RedisKey Mark)? Take()
        {
            lock (_gate)
            {
                _waits = _next is not null;
                if (_next is not { } next) return null;
                _next = null;
                return (next, _mark);
            }
        }
    }
}
