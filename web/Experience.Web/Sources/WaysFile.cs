using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Experience.Web.Hosting;
using Microsoft.Data.Sqlite;

namespace Experience.Web.Sources;

/// <summary>
/// <c>ways.db</c> of the data folder: events that were refused, counters of sources, webhooks. Writers hand in work and wait until it is durable;
/// what waits together is one transaction, so that a burst of refusals costs a few syncs. Opened when it is first needed: a server whose
/// folder could not be opened touches nothing of it.
/// </summary>
internal sealed partial class WaysFile(ServeOptions options, WaysKeys keys, ILogger<WaysFile> logger) : IAsyncDisposable
{
    /// <summary>Pieces of work that wait at most; more wait in their callers.</summary>
    private const int MaxWaiting = 1024;

    private const int MaxTogether = 256;

    private const string Schema = """
        PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=1; PRAGMA cache_size=-2048; PRAGMA busy_timeout=5000;
        CREATE TABLE IF NOT EXISTS letter(id INTEGER PRIMARY KEY AUTOINCREMENT, sample INTEGER NOT NULL, key BLOB NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL,
          last INTEGER NOT NULL, times INTEGER NOT NULL, way TEXT NOT NULL, source TEXT NOT NULL, field TEXT NOT NULL, bytes INTEGER NOT NULL, closed INTEGER, by TEXT, body BLOB);
        CREATE TABLE IF NOT EXISTS source(sample INTEGER NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY(sample, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert(id TEXT NOT NULL, sample INTEGER NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, since INTEGER NOT NULL, raised INTEGER NOT NULL, ended INTEGER,
          PRIMARY KEY(sample, id)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS hook(name TEXT PRIMARY KEY, version INTEGER NOT NULL, secrets BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS hook_version(name TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY(name, version)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS hook_payload(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL);
        PRAGMA user_version=1;
        """;

    /// <summary>A file that could not be opened is tried again after this long.</summary>
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(30);

    private readonly Channel<Work> _work = Channel.CreateBounded<Work>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly Lock _opening = new();
    private readonly Lock _reading = new();
    private SqliteConnection? _writer;
    private SqliteConnection? _reader;
    private Task _loop = Task.CompletedTask;
    private (long At, string Problem)? _failed;
    private bool _closed;

    private sealed record Work(Action<SqliteConnection> Do, TaskCompletionSource Done);

    public WaysKeys Keys => keys;

    /// <summary>Runs in a transaction, alone, and returns when it is durable.</summary>
    public async Task WriteAsync(Action<SqliteConnection> work)
    {
        Open();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _work.Writer.WriteAsync(new Work(work, done));
        }
        catch (ChannelClosedException e)
        {
            throw Stopping(e);
        }

        await done.Task;
    }

    /// <summary>Reads what is durable.</summary>
    public T Read<T>(Func<SqliteConnection, T> read)
    {
        Open();
        lock (_reading) return _closed ? throw Stopping() : read(_reader!);
    }

    /// <summary>
    /// Reads what memory is filled from. False when the file cannot be opened: events are taken all the same, and nobody's page stands still for
    /// counters. It was logged, and is tried again later.
    /// </summary>
    public bool TryRead<T>(Func<SqliteConnection, T> read, [MaybeNullWhen(false)] out T result)
    {
        try
        {
            result = Read(read);
            return true;
        }
        catch (Exception e) when (e is IOException or SqliteException or InvalidDataException or UnauthorizedAccessException or FormatException)
        {
            result = default;
            return false;
        }
    }

    /// <summary>Leaves nothing of deleted rows in the WAL.</summary>
    public void Scrub()
    {
        Read(static reader =>
        {
            Execute(reader, "PRAGMA wal_checkpoint(TRUNCATE)");
            return true;
        });
    }

    public async ValueTask DisposeAsync()
    {
        // Somebody may be opening it at this moment, and nobody may open it afterwards.
        lock (_opening) _closed = true;
        _work.Writer.TryComplete();
        await _loop;

        // Somebody may be reading.
        lock (_reading) _reader?.Dispose();
        _writer?.Dispose();
    }

    public static void Execute(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(connection, sql, values);
        command.ExecuteNonQuery();
    }

    public static SqliteCommand Command(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    private static IOException Stopping(Exception? because = null) => new("The server is stopping.", because);

    private void Open()
    {
        if (Volatile.Read(ref _reader) is not null) return;
        lock (_opening)
        {
            if (_reader is not null) return;
            if (_closed) throw Stopping();
            if (_failed is { } failed && options.Time.GetElapsedTime(failed.At) < TryAgain) throw new IOException(failed.Problem);
            try
            {
                OpenFile();
            }
            catch (Exception e)
            {
                // Whoever needed it is told; the next ones are told quickly.
                _writer?.Dispose();
                _writer = null;
                _failed = (options.Time.GetTimestamp(), "ways.db could not be opened: " + e.Message);
                LogNotOpened(logger, PlainLines.Brief(e));
                throw;
            }
        }
    }

    private void OpenFile()
    {
        Directory.CreateDirectory(options.DataFolder);
        keys.Load();
        _writer = Connect();
        Execute(_writer, Schema);
        var reader = Connect();
        Execute(reader, "PRAGMA busy_timeout=5000");
        _loop = Task.Run(RunAsync);
        Volatile.Write(ref _reader, reader);
    }

    // Pooled connections would keep the file open after the server ended.
    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(options.DataFolder, "ways.db"), Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private async Task RunAsync()
    {
        var together = new List<Work>();
        while (await _work.Reader.WaitToReadAsync())
        {
            together.Clear();
            while (together.Count < MaxTogether && _work.Reader.TryRead(out var work)) together.Add(work);
            try
            {
                Execute(_writer!, "BEGIN IMMEDIATE");
                foreach (var work in together) work.Do(_writer!);
                Execute(_writer!, "COMMIT");
                foreach (var work in together) work.Done.SetResult();
            }
            catch (Exception e)
            {
                // The end of a queue: whatever it was, those who wait are told, and the next transaction begins anew.
                RollBack();
                foreach (var work in together) work.Done.TrySetException(new IOException("ways.db was not written: " + e.Message, e));
            }
        }
    }

    private void RollBack()
    {
        try
        {
            Execute(_writer!, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // The transaction had ended already.
        }
    }

    [LoggerMessage(43, LogLevel.Error, "ways.db could not be opened: {Problem}")]
    private static partial void LogNotOpened(ILogger logger, string problem);
}
