using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace Experience.Embedded.Journal;

/// <summary>
/// The journal in one SQLite file: a row a block, WAL, <c>synchronous=FULL</c>. A commit returns after the WAL is synced.
/// Another thread moves the WAL into the file, so that commits do not wait for it.
/// </summary>
internal sealed class SqliteJournal : IJournal
{
    /// <summary>What is written between two moves of the WAL into the file: little, because a commit that comes meanwhile finds it before itself on the disk.</summary>
    private const long CheckpointBytes = 2L * 1024 * 1024;

    /// <summary>The WAL begins anew at this size: for that everything has to be moved, and the last of it while commits wait.</summary>
    private const long RestartBytes = 64L * 1024 * 1024;

    private readonly string _path;
    private readonly RawSqlite _sqlite;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;
    private readonly sqlite3_stmt _rollback;
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _source;
    private readonly sqlite3_stmt _name;
    private readonly SafeFileHandle _file;
    private readonly WalMover _mover;
    private long _sinceCheckpoint;
    private long _sinceRestart;
    private bool _moving;

    public SqliteJournal(string path)
    {
        _path = path;
        _sqlite = new RawSqlite(path, write: true);
        _sqlite.Execute(
            $"PRAGMA page_size={Block.PageBytes}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-4096; PRAGMA temp_store=MEMORY;" +
            "CREATE TABLE IF NOT EXISTS block(id INTEGER PRIMARY KEY, data BLOB NOT NULL);" +
            "CREATE TABLE IF NOT EXISTS source(id INTEGER PRIMARY KEY, name TEXT NOT NULL);" +
            "CREATE TABLE IF NOT EXISTS name(field INTEGER NOT NULL, hash INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY(field, hash)) WITHOUT ROWID;");
        _begin = _sqlite.Prepare("BEGIN IMMEDIATE");
        _commit = _sqlite.Prepare("COMMIT");
        _rollback = _sqlite.Prepare("ROLLBACK");
        _insert = _sqlite.Prepare("INSERT INTO block(id, data) VALUES(?, ?)");
        _source = _sqlite.Prepare("INSERT OR REPLACE INTO source(id, name) VALUES(?, ?)");
        _name = _sqlite.Prepare("INSERT OR REPLACE INTO name(field, hash, name) VALUES(?, ?, ?)");
        LastBlock = _sqlite.Scalar("SELECT max(id) FROM block");
        StoredBytes = new FileInfo(path).Length;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _mover = new WalMover(path, _file);
    }

    public long LastBlock { get; private set; }

    public long StoredBytes { get; private set; }

    public IReadOnlyList<string> Sources()
    {
        var sources = new List<string>();
        var statement = _sqlite.Prepare("SELECT id, name FROM source ORDER BY id");
        while (raw.sqlite3_step(statement) == raw.SQLITE_ROW)
        {
            while (sources.Count < raw.sqlite3_column_int(statement, 0)) sources.Add("");
            sources.Add(raw.sqlite3_column_text(statement, 1).utf8_to_string());
        }

        raw.sqlite3_reset(statement);
        return sources;
    }

    public IReadOnlyList<(int Field, ulong Hash, string Name)> Names()
    {
        var names = new List<(int, ulong, string)>();
        var statement = _sqlite.Prepare("SELECT field, hash, name FROM name");
        while (raw.sqlite3_step(statement) == raw.SQLITE_ROW)
            names.Add((raw.sqlite3_column_int(statement, 0), (ulong)raw.sqlite3_column_int64(statement, 1), raw.sqlite3_column_text(statement, 2).utf8_to_string()));
        raw.sqlite3_reset(statement);
        return names;
    }

    public void Commit(IReadOnlyList<Block> blocks, IReadOnlyList<(int Number, string Source)> sources, IReadOnlyList<(int Field, ulong Hash, string Name)> names)
    {
        _sqlite.Run(_begin);
        long bytes = 0;
        try
        {
            foreach (var (number, name) in sources)
            {
                raw.sqlite3_bind_int(_source, 1, number);
                raw.sqlite3_bind_text(_source, 2, name);
                _sqlite.Run(_source);
            }

            foreach (var (field, hash, name) in names)
            {
                raw.sqlite3_bind_int(_name, 1, field);
                raw.sqlite3_bind_int64(_name, 2, (long)hash);
                raw.sqlite3_bind_text(_name, 3, name);
                _sqlite.Run(_name);
            }

            for (var i = 0; i < blocks.Count; i++)
            {
                var stored = blocks[i].Stored;
                bytes += stored.Length;
                raw.sqlite3_bind_int64(_insert, 1, blocks[i].Id);
                raw.sqlite3_bind_blob(_insert, 2, stored);
                _sqlite.Run(_insert);
            }

            _sqlite.Run(_commit);
        }
        catch (JournalException)
        {
            // The transaction may have ended by itself; then there is nothing to roll back.
            if (raw.sqlite3_get_autocommit(_sqlite.Db) == 0) _sqlite.Run(_rollback);
            throw;
        }

        foreach (var block in blocks) LastBlock = Math.Max(LastBlock, block.Id);
        StoredBytes += bytes;
        _sinceCheckpoint += bytes;
        _sinceRestart += bytes;
    }

    public void Maintain(bool idle)
    {
        if (_moving)
        {
            if (!_mover.Free) return;
            _moving = false;
            if (_sinceRestart < RestartBytes && !idle) return;

            // What was written meanwhile is little, so that moving it here delays no commit by much; without it the WAL would never begin anew.
            _sqlite.MoveWal();
            _sinceRestart = 0;
            return;
        }

        if (_sinceCheckpoint < (idle ? CheckpointBytes / 4 : CheckpointBytes)) return;
        _moving = true;
        _sinceCheckpoint = 0;
        _mover.Begin();
    }

    public IJournalReader OpenReader() => new Reader(_path);

    public void Dispose()
    {
        _mover.Dispose();
        raw.sqlite3_wal_checkpoint_v2(_sqlite.Db, null, raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _);
        _sqlite.Dispose();
        _file.Dispose();
    }

    private sealed class Reader : IJournalReader
    {
        private readonly RawSqlite _sqlite;
        private readonly sqlite3_stmt _one;
        private readonly sqlite3_stmt _from;
        private readonly sqlite3_stmt _begin;
        private readonly sqlite3_stmt _end;
        private bool _holds;

        public Reader(string path)
        {
            // No mmap: the file grows with every checkpoint of the WAL, and each growth would map it anew; a page read is one
            // system call.
            _sqlite = new RawSqlite(path, write: false);
            _sqlite.Execute("PRAGMA query_only=1; PRAGMA cache_size=-2048; PRAGMA busy_timeout=5000;");
            _one = _sqlite.Prepare("SELECT data FROM block WHERE id = ?");
            _begin = _sqlite.Prepare("BEGIN");
            _end = _sqlite.Prepare("COMMIT");
            _from = _sqlite.Prepare("SELECT id, data FROM block WHERE id > ? ORDER BY id LIMIT 1024");
        }

        public bool Read(long id, BlockVisitor visit)
        {
            if (!_holds)
            {
                // One transaction for many reads: each would look at the WAL anew, and read the upper pages of the table again after every commit.
                _sqlite.Run(_begin);
                _holds = true;
            }

            raw.sqlite3_bind_int64(_one, 1, id);
            var rc = raw.sqlite3_step(_one);
            try
            {
                if (rc == raw.SQLITE_DONE) return false;
                _sqlite.Check(rc);
                visit(id, raw.sqlite3_column_blob(_one, 0));
                return true;
            }
            finally
            {
                raw.sqlite3_reset(_one);
            }
        }

        public void Release()
        {
            if (!_holds) return;
            _holds = false;
            if (raw.sqlite3_get_autocommit(_sqlite.Db) == 0) _sqlite.Run(_end);
        }

        public void Scan(long after, BlockVisitor visit)
        {
            // In pages, so that a scan of everything does not hold the WAL back.
            while (true)
            {
                Release();
                var seen = 0;
                raw.sqlite3_bind_int64(_from, 1, after);
                try
                {
                    int rc;
                    while ((rc = raw.sqlite3_step(_from)) == raw.SQLITE_ROW)
                    {
                        seen++;
                        after = raw.sqlite3_column_int64(_from, 0);
                        if (!visit(after, raw.sqlite3_column_blob(_from, 1))) return;
                    }

                    _sqlite.Check(rc);
                }
                finally
                {
                    raw.sqlite3_reset(_from);
                }

                if (seen == 0) return;
            }
        }

        public void Dispose() => _sqlite.Dispose();
    }
}
