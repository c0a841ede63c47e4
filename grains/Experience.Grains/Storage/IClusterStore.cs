namespace Experience.Grains.Storage;

/// <summary>A person as the store has it.</summary>
/// <param name="Identity">Null when nobody is there.</param>
/// <param name="Snapshot">Sealed fold snapshot, or null.</param>
/// <param name="Tail">Records after the snapshot's version, or all of them.</param>
/// <param name="Open">Open flags and needs, or null.</param>
internal sealed record StoredPerson(UInt128 Stream, byte[]? Identity, byte[]? Snapshot, byte[][] Tail, byte[]? Open, long Observations);

/// <summary>What one person adds to a flush: all of it, or nothing when the stream is not at the expected version.</summary>
/// <param name="Expected">Records of the stream so far.</param>
/// <param name="Kin">What the records say about who is one person: <see cref="KinRecord"/>.</param>
internal sealed record StreamWrite(
    UInt128 Stream, long Expected, byte[]? Identity, IReadOnlyList<byte[]> Records, byte[]? Snapshot, IReadOnlyList<byte[]> Observations, byte[]? Open, IReadOnlyList<byte[]>? Kin = null);

/// <summary>Another activation took the shard over: this one must go.</summary>
internal sealed class ShardFencedException(int shard) : Exception($"Shard {shard} was taken over by another activation.");

/// <summary>The store did not take it, or did not answer: whether it was taken is not known.</summary>
internal sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Where journals, snapshots and secrets are. Appends are fenced twice: by the epoch of the shard's activation, and by the version
/// of each stream; both are checked in the same atomic step as the write.
/// </summary>
internal interface IClusterStore
{
    /// <summary>Whether the store can be reached from this process now, as far as is known.</summary>
    bool Connected { get; }

    /// <summary>Begins a new epoch of the shard: writes of older ones are refused from now on.</summary>
    Task<long> TakeOverAsync(int shard);

    /// <summary>Everybody of a shard.</summary>
    IAsyncEnumerable<StoredPerson> PeopleAsync(int shard);

    /// <summary>One person, without open flags.</summary>
    Task<StoredPerson> PersonAsync(UInt128 stream);

    /// <summary>Source and sealed key of a stream; null when nothing was recorded of it.</summary>
    Task<byte[]?> IdentityAsync(UInt128 stream);

    /// <summary>Open flags and needs that somebody was shown of a stream, or null.</summary>
    Task<byte[]?> OpenAsync(UInt128 stream);

    /// <summary>Every shard's list of links and erasures, each from a place on.</summary>
    Task<byte[][][]> KinAsync(long[] from);

    /// <summary>Begins a shard's list, which has no mark yet; nothing happens where it has.</summary>
    /// <exception cref="ShardFencedException">The epoch is over; nothing was written.</exception>
    Task BeginKinAsync(int shard, long epoch, IReadOnlyList<byte[]> entries);

    /// <summary>Records from a version on.</summary>
    Task<byte[][]> RecordsAsync(UInt128 stream, long from);

    /// <summary>The newest records, newest last.</summary>
    Task<byte[][]> NewestRecordsAsync(UInt128 stream, int count);

    Task<byte[][]> NewestObservationsAsync(UInt128 stream, int count);

    /// <summary>Writes what stands on its expected version, durably, and tells which did.</summary>
    /// <exception cref="ShardFencedException">The epoch is over; nothing was written.</exception>
    /// <exception cref="StoreException">Not known whether it was written.</exception>
    Task<bool[]> FlushAsync(int shard, long epoch, IReadOnlyList<StreamWrite> writes);

    /// <summary>The person's secret; made and durable when it is missing and <paramref name="create"/> is set. Empty when erased or missing.</summary>
    Task<byte[]> SecretAsync(UInt128 stream, bool create);

    /// <summary>Forgets a person's secret for ever. Its place is kept, so that no new one is made.</summary>
    Task EraseSecretAsync(UInt128 stream);

    Task<IReadOnlyDictionary<UInt128, byte[]>> SecretsAsync(int shard);

    Task<byte[][]> ProgramRecordsAsync(long from);

    /// <summary>Appends to the program's stream; false when it is not at the expected version.</summary>
    Task<bool> AppendProgramAsync(long expected, IReadOnlyList<byte[]> records);

    Task<byte[]?> FrozenAsync();

    Task StoreFrozenAsync(byte[] frozen);

    /// <summary>Names with their hashes from a place on, in the order in which they were learned.</summary>
    Task<IReadOnlyList<(int Field, string Name)>> NamesAsync(long from);

    Task LearnNamesAsync(IReadOnlyList<(int Field, string Name)> names);

    Task StoreLookAsync(string actor, byte[] look);
}
