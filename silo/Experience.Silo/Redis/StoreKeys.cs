using Experience.Domain.Port;
using Experience.Web.Keys;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Experience.Silo.Redis;

/// <summary>
/// API keys in the cluster's store, hashed as in a file: made on one host, they work on all, and what is revoked ends on all within <see cref="LookEvery"/>. Requests
/// are judged from memory; a host that cannot reach the store goes on with what it knew, and cannot record anything then.
/// </summary>
internal sealed partial class StoreKeys(IConnectionMultiplexer redis, string name, ILogger<StoreKeys> log) : BackgroundService, IKeyShelf
{
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Changes that are tried while others change the list too.</summary>
    private const int MaxTries = 20;

    private readonly RedisKey _list = $"{name}:{{api-keys}}";
    private readonly Lock _gate = new();
    private byte[]? _known;
    private long _stamp;
    private bool _read;

    public byte[]? Read(bool now, out long stamp)
    {
        // Keys are listed and made by hand: only that, and the first request of all, waits for the store.
        if (now || !Volatile.Read(ref _read)) Keep(Ask(redis => redis.StringGet(_list)));
        lock (_gate)
        {
            stamp = _stamp;
            return _known;
        }
    }

    public void Change(Func<byte[]?, byte[]> change)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var before = (byte[]?)Ask(redis => redis.StringGet(_list));
            var after = change(before);
            var written = Ask(redis =>
            {
                var step = redis.CreateTransaction();
                step.AddCondition(before is null ? Condition.KeyNotExists(_list) : Condition.StringEqual(_list, before));
                _ = step.StringSetAsync(_list, after);
                return step.Execute();
            });
            if (!written) continue;
            Keep(after);
            return;
        }

        throw new EngineBusyException("The keys are being changed by others.", TimeSpan.FromSeconds(1));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                Keep(await redis.GetDatabase().StringGetAsync(_list).ConfigureAwait(false));
            }
            catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
            {
                LogNotRead(log, failure);
            }
        }
    }

    private void Keep(RedisValue list)
    {
        var bytes = (byte[]?)list;
        lock (_gate)
        {
            if (_read && _known.AsSpan().SequenceEqual(bytes)) return;
            _known = bytes;
            _stamp++;
            Volatile.Write(ref _read, true);
        }
    }

    private T Ask<T>(Func<IDatabase, T> ask)
    {
        try
        {
            return ask(redis.GetDatabase());
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
        {
            throw new EngineUnavailableException("The store of the API keys does not answer.", failure);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "The API keys could not be looked at; those that were known stand")]
    private static partial void LogNotRead(ILogger logger, Exception failure);
}
