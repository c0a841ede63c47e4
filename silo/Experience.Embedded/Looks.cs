using System.Threading.Channels;
using Experience.Domain.Port;
using Experience.Embedded.Journal;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Experience.Embedded;

/// <summary>
/// The audit of looks, <c>looks.db</c>: who looked at whom, from where, why and when. Append-only, written in batches beside the
/// journal: a look waits for a place in the queue, never for the disk.
/// </summary>
internal sealed class Looks : IDisposable
{
    /// <summary>Looks that wait to be written; beyond it a look waits for a place.</summary>
    private const int MaxQueued = 4_096;

    private readonly Channel<Look> _queue = Channel.CreateBounded<Look>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });
    private readonly RawSqlite _sqlite;
    private readonly sqlite3_stmt _insert;
    private readonly ILogger _log;
    private readonly Task _writing;

    public Looks(string path, ILogger log)
    {
        _log = log;
        _sqlite = new RawSqlite(path, write: true);
        _sqlite.Execute(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" +
            "CREATE TABLE IF NOT EXISTS look(at INTEGER NOT NULL, actor TEXT NOT NULL, desk TEXT, purpose TEXT NOT NULL, about TEXT NOT NULL);");
        _insert = _sqlite.Prepare("INSERT INTO look(at, actor, desk, purpose, about) VALUES(?, ?, ?, ?, ?)");
        _writing = Task.Run(WriteAsync);
    }

    public ValueTask RecordAsync(Access access, string about, long at, CancellationToken cancellation) =>
        _queue.Writer.WriteAsync(new Look(at, access.Actor, access.Desk, access.Purpose, about), cancellation);

    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _writing.GetAwaiter().GetResult();
        _sqlite.Dispose();
    }

    private async Task WriteAsync()
    {
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            try
            {
                _sqlite.Execute("BEGIN");
                while (_queue.Reader.TryRead(out var look)) Insert(look);
                _sqlite.Execute("COMMIT");
            }
            catch (JournalException failure)
            {
                EngineLog.LooksFailed(_log, failure);
                if (raw.sqlite3_get_autocommit(_sqlite.Db) == 0) _sqlite.Execute("ROLLBACK");
            }
        }
    }

    private void Insert(Look look)
    {
        raw.sqlite3_bind_int64(_insert, 1, look.At);
        raw.sqlite3_bind_text(_insert, 2, look.Actor);
        if (look.Desk is null) raw.sqlite3_bind_null(_insert, 3);
        else raw.sqlite3_bind_text(_insert, 3, look.Desk);
        raw.sqlite3_bind_text(_insert, 4, look.Purpose);
        raw.sqlite3_bind_text(_insert, 5, look.About);
        _sqlite.Run(_insert);
    }

    private sealed record Look(long At, string Actor, string? Desk, string Purpose, string About);
}
