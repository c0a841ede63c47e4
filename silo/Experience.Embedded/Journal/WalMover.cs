using Microsoft.Win32.SafeHandles;

namespace Experience.Embedded.Journal;

/// <summary>
/// A thread and connection of its own that move the WAL into the file while the writer goes on appending to it: a passive checkpoint takes no lock that a commit needs
/// (SQLite, "Write-Ahead Logging", 2.3).
/// </summary>
/// <remarks>
/// SQLite syncs the file only when no reader stands in the way of the whole WAL, which under load is seldom: some hundred megabytes would then be written at once, and a commit that comes
/// meanwhile wait for them. So what was moved is synced here each time.
/// </remarks>
internal sealed class WalMover : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly RawSqlite _sqlite;
    private readonly AutoResetEvent _asked = new(false);
    private readonly Thread _thread;
    private int _busy;
    private volatile bool _stopping;

    /// <param name="path">Of the database.</param>
    /// <param name="file">The same, opened by whoever closes it after all connections: to close a file gives up all locks of the process on it (fcntl(2), "Advisory record locking").</param>
    public WalMover(string path, SafeFileHandle file)
    {
        _file = file;
        _sqlite = new RawSqlite(path, write: true);
        _sqlite.Execute("PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-256;");
        _thread = new Thread(Run) { IsBackground = true, Name = "wal" };
        _thread.Start();
    }

    /// <summary>Whether what was begun last is through.</summary>
    public bool Free => Volatile.Read(ref _busy) == 0;

    /// <summary>Moves what is in the WAL by now. One caller, and not before it is <see cref="Free"/>.</summary>
    public void Begin()
    {
        Volatile.Write(ref _busy, 1);
        _asked.Set();
    }

    public void Dispose()
    {
        _stopping = true;
        _asked.Set();
        _thread.Join();
        _asked.Dispose();
        _sqlite.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _asked.WaitOne();
            if (_stopping) return;
            _sqlite.MoveWal();
            DataSync.TryFlush(_file);
            Volatile.Write(ref _busy, 0);
        }
    }
}
