namespace Experience.Embedded.Journal;

/// <summary>
/// A thread and connection of its own that move the WAL into the file while the writer goes on appending to it: a passive checkpoint takes no lock that a commit needs
/// (SQLite, "Write-Ahead Logging", 2.3).
/// </summary>
internal sealed class WalMover : IDisposable
{
    private readonly RawSqlite _sqlite;
    private readonly AutoResetEvent _asked = new(false);
    private readonly Thread _thread;
    private int _busy;
    private volatile bool _stopping;

    public WalMover(string path)
    {
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
            Volatile.Write(ref _busy, 0);
        }
    }
}
