using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Experience.Embedded.Journal;
using Experience.Embedded.Memory;
using SQLitePCL;

namespace Experience.Embedded.Keys;

/// <summary>
/// <c>keys.db</c>: a random secret for each person, by slot, and the folder's own wrapped keys. Secure delete is on, so a secret that
/// is erased leaves no bytes behind, and with it everything sealed under it is noise in every copy of the journal.
/// </summary>
/// <remarks>
/// A secret is in the file, synced, before the first record that needs it: the committer calls <see cref="Commit"/> before it
/// commits blocks. Slots of a failed commit stay unused. Secrets and data keys are kept in memory (32 bytes a person) so that sealing never waits for a disk.
/// </remarks>
internal sealed class KeyStore : IDisposable
{
    private const int ChunkSlots = 1 << 14;

    /// <summary>2^14 chunks of 2^14 slots: 268 million people a folder.</summary>
    private const int MaxChunks = 1 << 14;

    private readonly Lock _database = new();
    private readonly RawSqlite _sqlite;
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _erase;
    private readonly sqlite3_stmt _one;
    private readonly sqlite3_stmt _putMeta;
    private readonly sqlite3_stmt _getMeta;
    private readonly Person[]?[] _chunks = new Person[MaxChunks][];
    private int _lastSlot;

    public KeyStore(string path, MasterKey master)
    {
        Master = master;
        _sqlite = new RawSqlite(path, write: true);
        _sqlite.Execute(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=1; PRAGMA wal_autocheckpoint=1000; PRAGMA cache_size=-1024;" +
            "CREATE TABLE IF NOT EXISTS secret(slot INTEGER PRIMARY KEY, secret BLOB NOT NULL);" +
            "CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;");
        _insert = _sqlite.Prepare("INSERT OR REPLACE INTO secret(slot, secret) VALUES(?, ?)");
        // Zeroed, not deleted: the slot must not be given out again.
        _erase = _sqlite.Prepare("UPDATE secret SET secret = zeroblob(16) WHERE slot = ?");
        _one = _sqlite.Prepare("SELECT secret FROM secret WHERE slot = ?");
        _putMeta = _sqlite.Prepare("INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)");
        _getMeta = _sqlite.Prepare("SELECT value FROM meta WHERE name = ?");
        Load();
    }

    public MasterKey Master { get; }

    /// <summary>A fresh secret in a new slot. It is durable after the next <see cref="Commit"/> that names the slot.</summary>
    public int Create()
    {
        var slot = Interlocked.Increment(ref _lastSlot);
        Span<byte> secret = stackalloc byte[16];
        RandomNumberGenerator.Fill(secret);
        At(slot).Secret = BinaryPrimitives.ReadUInt128LittleEndian(secret);
        return slot;
    }

    /// <summary>The secret of a slot; 0 when it was erased.</summary>
    public UInt128 Secret(int slot) => slot > 0 && slot <= Volatile.Read(ref _lastSlot) ? At(slot).Secret : UInt128.Zero;

    /// <summary>Asks for the memory of a secret that is needed soon.</summary>
    public void Expect(int slot)
    {
        if (slot > 0 && Volatile.Read(ref _chunks[slot / ChunkSlots]) is { } slots) Prefetch.Read(ref slots[slot % ChunkSlots]);
    }

    /// <summary>The data key of a slot, where it was kept. For the loop that owns the person.</summary>
    public bool TryDataKey(int slot, Span<byte> key)
    {
        var kept = At(slot).DataKey;
        if (kept == UInt128.Zero) return false;
        BinaryPrimitives.WriteUInt128LittleEndian(key, kept);
        return true;
    }

    public void KeepDataKey(int slot, ReadOnlySpan<byte> key)
    {
        ref var person = ref At(slot);
        person.DataKey = BinaryPrimitives.ReadUInt128LittleEndian(key);
        // Erased meanwhile: then nobody keeps it.
        Interlocked.MemoryBarrier();
        if (person.Secret == UInt128.Zero) person.DataKey = UInt128.Zero;
    }

    public void Commit(IReadOnlyList<int> slots)
    {
        if (slots.Count == 0) return;
        lock (_database)
        {
            Transact(() =>
            {
                Span<byte> secret = stackalloc byte[16];
                foreach (var slot in slots)
                {
                    BinaryPrimitives.WriteUInt128LittleEndian(secret, At(slot).Secret);
                    raw.sqlite3_bind_int64(_insert, 1, slot);
                    raw.sqlite3_bind_blob(_insert, 2, secret);
                    _sqlite.Run(_insert);
                }
            });
        }
    }

    /// <summary>Forgets secrets for ever: in the file, in its WAL and in memory. May be done again.</summary>
    /// <exception cref="JournalException">The file was not written: the secrets stand, or some of their bytes do.</exception>
    public void Erase(IEnumerable<int> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        var erased = slots.Where(s => s > 0 && s <= Volatile.Read(ref _lastSlot)).ToArray();
        lock (_database)
        {
            Transact(() =>
            {
                foreach (var slot in erased)
                {
                    raw.sqlite3_bind_int64(_erase, 1, slot);
                    _sqlite.Run(_erase);
                }
            });
            ScrubLocked();
        }

        foreach (var slot in erased)
        {
            At(slot).Secret = UInt128.Zero;
            Interlocked.MemoryBarrier();
            At(slot).DataKey = UInt128.Zero;
        }
    }

    /// <summary>Whether a secret is gone, from memory and from the file.</summary>
    public bool IsErased(int slot)
    {
        if (Secret(slot) != UInt128.Zero) return false;
        lock (_database)
        {
            raw.sqlite3_bind_int64(_one, 1, slot);
            var gone = raw.sqlite3_step(_one) != raw.SQLITE_ROW || raw.sqlite3_column_blob(_one, 0).IndexOfAnyExcept((byte)0) < 0;
            raw.sqlite3_reset(_one);
            return gone;
        }
    }

    /// <summary>Leaves nothing of replaced values in the WAL.</summary>
    public void Scrub()
    {
        lock (_database) ScrubLocked();
    }

    /// <summary>A value of the folder itself, wrapped by the master key, or null.</summary>
    public byte[]? GetMeta(string name)
    {
        lock (_database)
        {
            raw.sqlite3_bind_text(_getMeta, 1, name);
            var wrapped = raw.sqlite3_step(_getMeta) == raw.SQLITE_ROW ? raw.sqlite3_column_blob(_getMeta, 0).ToArray() : null;
            raw.sqlite3_reset(_getMeta);
            return wrapped is null ? null : Master.Unwrap(wrapped, Encoding.UTF8.GetBytes(name));
        }
    }

    public void PutMeta(string name, ReadOnlySpan<byte> value)
    {
        var wrapped = Master.Wrap(value, Encoding.UTF8.GetBytes(name));
        lock (_database)
        {
            raw.sqlite3_bind_text(_putMeta, 1, name);
            raw.sqlite3_bind_blob(_putMeta, 2, wrapped);
            _sqlite.Run(_putMeta);
        }
    }

    public void Dispose()
    {
        lock (_database)
        {
            raw.sqlite3_wal_checkpoint_v2(_sqlite.Db, null, raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _);
            _sqlite.Dispose();
        }
    }

    private void Transact(Action work)
    {
        _sqlite.Execute("BEGIN IMMEDIATE");
        try
        {
            work();
            _sqlite.Execute("COMMIT");
        }
        catch (JournalException)
        {
            if (raw.sqlite3_get_autocommit(_sqlite.Db) == 0) _sqlite.Execute("ROLLBACK");
            throw;
        }
    }

    // Nobody else has the file open, so nothing keeps the WAL from being emptied.
    private void ScrubLocked() => _sqlite.Check(raw.sqlite3_wal_checkpoint_v2(_sqlite.Db, null, raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _));

    private ref Person At(int slot)
    {
        ref var chunk = ref _chunks[slot / ChunkSlots];
        var slots = Volatile.Read(ref chunk);
        if (slots is null)
        {
            Interlocked.CompareExchange(ref chunk, new Person[ChunkSlots], null);
            slots = chunk;
        }

        return ref slots![slot % ChunkSlots];
    }

    /// <summary>What is known of a slot; both parts 0 when it was erased, the data key also until it is first used.</summary>
    private struct Person
    {
        public UInt128 Secret;
        public UInt128 DataKey;
    }

    private void Load()
    {
        var statement = _sqlite.Prepare("SELECT slot, secret FROM secret ORDER BY slot");
        while (raw.sqlite3_step(statement) == raw.SQLITE_ROW)
        {
            _lastSlot = raw.sqlite3_column_int(statement, 0);
            At(_lastSlot).Secret = BinaryPrimitives.ReadUInt128LittleEndian(raw.sqlite3_column_blob(statement, 1));
        }

        raw.sqlite3_reset(statement);
    }
}
