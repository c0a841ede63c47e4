using SQLitePCL;

namespace Experience.Embedded.Journal;

/// <summary>
/// A connection and its statements on the raw SQLite interface: no parameter objects and no readers on the paths that
/// run for each block or each record of a person's history.
/// </summary>
internal sealed class RawSqlite : IDisposable
{
    private static readonly Lock Initialising = new();
    private static bool _initialised;
    private readonly List<sqlite3_stmt> _statements = [];

    public RawSqlite(string path, bool write)
    {
        lock (Initialising)
        {
            if (!_initialised)
            {
                Batteries_V2.Init();
                _initialised = true;
            }
        }

        // One thread at a time uses a connection: its own mutex would only cost.
        var flags = raw.SQLITE_OPEN_NOMUTEX | (write ? raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE : raw.SQLITE_OPEN_READWRITE);
        var rc = raw.sqlite3_open_v2(path, out var db, flags, null);
        Db = db;
        Check(rc);
    }

    public sqlite3 Db { get; }

    public void Execute(string sql) => Check(raw.sqlite3_exec(Db, sql));

    public sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(Db, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Runs a statement that gives no rows, and resets it.</summary>
    public void Run(sqlite3_stmt statement)
    {
        var rc = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (rc is not (raw.SQLITE_DONE or raw.SQLITE_ROW)) Check(rc);
    }

    /// <summary>Moves what no reader needs out of the WAL into the file. A reader in the middle of a block leaves some frames for the next time: that is no error.</summary>
    public void MoveWal() => raw.sqlite3_wal_checkpoint_v2(Db, null, raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);

    public long Scalar(string sql)
    {
        Check(raw.sqlite3_prepare_v2(Db, sql, out var statement));
        using (statement) return raw.sqlite3_step(statement) == raw.SQLITE_ROW ? raw.sqlite3_column_int64(statement, 0) : 0;
    }

    public void Check(int rc)
    {
        if (rc is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        throw new JournalException($"SQLite answered {rc}: {raw.sqlite3_errmsg(Db).utf8_to_string()}");
    }

    public void Dispose()
    {
        foreach (var statement in _statements) statement.Dispose();
        Db.Dispose();
    }
}
