using Experience.Domain.Events;
using SQLitePCL;

namespace Experience.Benchmarks;

/// <summary>
/// The yardstick: a row an event, appended in sequence to SQLite with the same durability (WAL, synchronous=FULL) and 500 rows
/// a transaction. A row holds what a journal record holds of the event: stream, id, time, type, source, the position of the
/// person's record before, the clear fields, and the sealed ones with their tag. No fold, no check for duplicates, no sealing.
/// </summary>
internal sealed class SqliteBaseline : IDisposable
{
    private const int RowsATransaction = 500;
    private const int Envelope = 16 + 16 + 8 + 1 + 2 + 8;
    private const int SealingTag = 16;

    private readonly sqlite3 _db;
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;

    public SqliteBaseline(string path)
    {
        Batteries_V2.Init();
        Check(raw.sqlite3_open_v2(path, out _db, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null));
        Check(raw.sqlite3_exec(_db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE event(id INTEGER PRIMARY KEY, data BLOB NOT NULL)"));
        _insert = Prepare("INSERT INTO event(data) VALUES(?)");
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
    }

    /// <summary>The rows of these facts, made before the clock starts.</summary>
    public static byte[][] Rows(ReadOnlySpan<Fact> facts)
    {
        var rows = new byte[facts.Length][];
        for (var i = 0; i < facts.Length; i++)
        {
            var fact = facts[i];
            var sealedBytes = fact.Personal.IsEmpty ? 0 : fact.Personal.Length + SealingTag;
            var row = rows[i] = new byte[Envelope + fact.Clear.Length + sealedBytes];
            Random.Shared.NextBytes(row.AsSpan(0, Envelope));
            fact.Clear.Span.CopyTo(row.AsSpan(Envelope));
            fact.Personal.Span.CopyTo(row.AsSpan(Envelope + fact.Clear.Length));
        }

        return rows;
    }

    public void Append(byte[][] rows)
    {
        for (var i = 0; i < rows.Length;)
        {
            Step(_begin);
            var end = Math.Min(rows.Length, i + RowsATransaction);
            for (; i < end; i++)
            {
                Check(raw.sqlite3_bind_blob(_insert, 1, rows[i]));
                Step(_insert);
            }

            Step(_commit);
        }
    }

    public void Dispose()
    {
        _insert.Dispose();
        _begin.Dispose();
        _commit.Dispose();
        _db.Dispose();
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_db, sql, out var statement));
        return statement;
    }

    private void Step(sqlite3_stmt statement)
    {
        var rc = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (rc != raw.SQLITE_DONE) Check(rc);
    }

    private void Check(int rc)
    {
        if (rc is not (raw.SQLITE_OK or raw.SQLITE_DONE)) throw new InvalidOperationException(raw.sqlite3_errmsg(_db).utf8_to_string());
    }
}
