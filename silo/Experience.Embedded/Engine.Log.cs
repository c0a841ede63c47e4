using Microsoft.Extensions.Logging;

namespace Experience.Embedded;

internal static partial class EngineLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Opened: {Events} events of {People} people, {Replayed} records folded again, {Milliseconds} ms")]
    public static partial void Opened(ILogger log, long events, long people, long replayed, long milliseconds);

    [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "A commit failed; what was not acknowledged is discarded and its shards are loaded again")]
    public static partial void CommitFailed(ILogger log, Exception failure);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "The checkpoint of shard {Shard} does not open; the shard is folded from the journal")]
    public static partial void CheckpointDropped(ILogger log, int shard);

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "Reloading the shards of loop {Loop} failed; it is tried again")]
    public static partial void ReloadFailed(ILogger log, int loop, Exception failure);

    [LoggerMessage(EventId = 5, Level = LogLevel.Error, Message = "Writing the checkpoint of shard {Shard} failed")]
    public static partial void CheckpointFailed(ILogger log, int shard, Exception failure);

    [LoggerMessage(EventId = 6, Level = LogLevel.Error, Message = "The tick failed")]
    public static partial void TickFailed(ILogger log, Exception failure);

    [LoggerMessage(EventId = 8, Level = LogLevel.Information, Message = "Rules of segments changed: {Entered} memberships began, {Left} ended")]
    public static partial void Switched(ILogger log, long entered, long left);

    [LoggerMessage(EventId = 7, Level = LogLevel.Error, Message = "The audit of looks could not be written")]
    public static partial void LooksFailed(ILogger log, Exception failure);
}
