using Experience.Domain.Events;
using Microsoft.Data.Sqlite;

namespace Experience.Benchmarks;

/// <summary>
/// The yardstick: a row an event, appended in sequence to SQLite with the same durability (WAL, synchronous=FULL) and 500 rows
/// a transaction. A row is as long as the event is in the engine's own journal, as it was seen in the warm-up: its fields, and
/// beside them what names and links it. No fold, no check for duplicates, no sealing.
/// Written as .NET programs write to SQLite: Microsoft.Data.Sqlite, one prepared command, its parameter reused.
/// </summary>
internal sealed class SqliteBaseline : IDisposable
{
    private const int RowsATransaction = 500;
    private const int SealingTag = 16;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteParameter _data;

    public SqliteBaseline(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
        _connection.Open();
        using (var create = _connection.CreateCommand())
        {
            create.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE event(id INTEGER PRIMARY KEY, data BLOB NOT NULL)";
            create.ExecuteNonQuery();
        }

        _insert = _connection.CreateCommand();
        _insert.CommandText = "INSERT INTO event(data) VALUES($data)";
        _data = _insert.Parameters.Add("$data", SqliteType.Blob);
        _data.Value = Array.Empty<byte>();
        _insert.Prepare();
    }

    /// <summary>Bytes beside the fields that give a row the size that an event was seen to take in the engine's journal.</summary>
    public static int Envelope(ReadOnlySpan<Fact> facts, double storedBytes)
    {
        var fields = 0L;
        foreach (var fact in facts) fields += Fields(fact);
        return Math.Max(0, (int)Math.Round(storedBytes - ((double)fields / facts.Length)));
    }

    /// <summary>The rows of these facts, made before the clock starts.</summary>
    public static byte[][] Rows(ReadOnlySpan<Fact> facts, int envelope)
    {
        var rows = new byte[facts.Length][];
        for (var i = 0; i < facts.Length; i++)
        {
            var fact = facts[i];
            var row = rows[i] = new byte[envelope + Fields(fact)];
            Random.Shared.NextBytes(row.AsSpan(0, envelope));
            fact.Clear.Span.CopyTo(row.AsSpan(envelope));
            fact.Personal.Span.CopyTo(row.AsSpan(envelope + fact.Clear.Length));
        }

        return rows;
    }

    public void Append(byte[][] rows)
    {
        for (var i = 0; i < rows.Length;)
        {
            using var transaction = _connection.BeginTransaction();
            _insert.Transaction = transaction;
            var end = Math.Min(rows.Length, i + RowsATransaction);
            for (; i < end; i++)
            {
                _data.Value = rows[i];
                _insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private static int Fields(Fact fact) => fact.Clear.Length + (fact.Personal.IsEmpty ? 0 : fact.Personal.Length + SealingTag);
}
