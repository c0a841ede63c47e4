namespace Experience.Embedded.Journal;

/// <summary>
/// Where blocks are kept. <see cref="Commit"/> is called by one thread; readers are made for one thread each and see what
/// was committed, nothing else.
/// </summary>
internal interface IJournal : IDisposable
{
    /// <summary>The highest block id ever committed, 0 when empty.</summary>
    long LastBlock { get; }

    /// <summary>Bytes of all blocks.</summary>
    long StoredBytes { get; }

    /// <summary>The sources by number, in order; number 0 is no source.</summary>
    IReadOnlyList<string> Sources();

    /// <summary>Names learned from clear fields, with their hashes.</summary>
    IReadOnlyList<(int Field, ulong Hash, string Name)> Names();

    /// <summary>
    /// Stores blocks, and the sources and names that they are the first to use, all or nothing, and returns when they would survive
    /// the loss of power. Throws <see cref="JournalException"/> when they are not stored.
    /// </summary>
    void Commit(IReadOnlyList<Block> blocks, IReadOnlyList<(int Number, string Source)> sources, IReadOnlyList<(int Field, ulong Hash, string Name)> names);

    /// <summary>Housekeeping between commits, when there is time or need.</summary>
    void Maintain(bool idle);

    IJournalReader OpenReader();
}

internal delegate bool BlockVisitor(long id, ReadOnlySpan<byte> bytes);

internal interface IJournalReader : IDisposable
{
    /// <summary>
    /// Calls <paramref name="visit"/> with the block's bytes, valid during the call only; false when there is no such block. What was committed since the first
    /// read may be missed until <see cref="Release"/>.
    /// </summary>
    bool Read(long id, BlockVisitor visit);

    /// <summary>Lets go of the state of the journal that reads have held: soon after them, since the journal keeps what it could tidy away meanwhile.</summary>
    void Release();

    /// <summary>Visits committed blocks with ids above <paramref name="after"/> in ascending order, until it answers false.</summary>
    void Scan(long after, BlockVisitor visit);
}

/// <summary>The journal did not store what it was given.</summary>
internal sealed class JournalException(string message, Exception? inner = null) : Exception(message, inner);
