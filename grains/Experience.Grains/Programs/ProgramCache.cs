using System.Buffers.Binary;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;
using Experience.Grains.Contracts;
using Experience.Grains.People;
using Experience.Grains.Storage;

namespace Experience.Grains.Programs;

/// <summary>
/// The program as this process has folded it from the store, one snapshot for all grains of the process. It is as new as somebody asked it to be:
/// <see cref="AtLeastAsync"/> reads what it lacks, and only durable facts are there to be read.
/// </summary>
internal sealed class ProgramCache(IClusterStore store, ClusterFacts facts, CivilZone zone, NameTable names) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ProgramState _state = new(zone, facts.Name, facts.Currency, names.Find);
    private readonly List<(FactMessage Fact, string Source)> _facts = [];
    private readonly HashSet<UInt128> _voids = [];
    private volatile Known? _known;

    /// <param name="Events">Facts that were sent: what the engine fitted is its own.</param>
    /// <param name="FirstAt">Smallest time of a fact, µs; <see cref="long.MaxValue"/> when there is none.</param>
    internal sealed record Known(ProgramMark Mark, ProgramSnapshot Snapshot, long FrozenPeople, long Events, long FirstAt, long LastAt);

    /// <summary>The program at the mark or later.</summary>
    public async ValueTask<Known> AtLeastAsync(ProgramMark mark)
    {
        if (_known is { } known && known.Mark.Covers(mark)) return known;
        await _turn.WaitAsync();
        try
        {
            if (_known is { } meanwhile && meanwhile.Mark.Covers(mark)) return meanwhile;
            await names.RefreshAsync();
            foreach (var stored in await store.ProgramRecordsAsync(_facts.Count)) _facts.Add(ProgramRecords.Read(stored));
            var frozen = await store.FrozenAsync() is { } bytes ? FrozenRecord.Read(bytes) : null;
            Fold();
            if (frozen is not null) _state.Freeze(frozen.Inputs);
            var now = new ProgramMark(_facts.Count, frozen?.Generation ?? 0);

            // Grows with either, and is the same in every process.
            var snapshot = _state.Snapshot((int)Math.Min(int.MaxValue, now.Facts + now.Frozen));
            var sent = _facts.Where(f => f.Fact.Type != EventTypes.ModelFitted.Code).Select(f => f.Fact.Time).ToArray();
            return _known = new Known(
                now, snapshot, frozen?.People ?? -1, sent.Length, sent.Length == 0 ? long.MaxValue : sent.Min(), sent.Length == 0 ? long.MinValue : sent.Max());
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    // A catalogue is thousands of facts, and changes seldom: it is folded whole, so that late and voided ones need no case of their own.
    private void Fold()
    {
        _voids.Clear();
        foreach (var (fact, source) in _facts)
        {
            if (fact.Type == EventTypes.EventVoided.Code) _voids.Add(VoidTarget.Of(View(fact), source));
        }

        _state.Clear();
        foreach (var (fact, _) in _facts.OrderBy(f => f.Fact.Time).ThenBy(f => f.Fact.Event))
        {
            if (fact.Type != EventTypes.EventVoided.Code && !_voids.Contains(fact.Event)) _state.Apply(View(fact));
        }
    }

    private static FactView View(FactMessage fact) => new(EventTypes.Of(fact.Type), fact.Time, fact.Event, fact.Clear, default);
}

/// <summary>The day's inputs as stored. Layout 1: version byte, generation, day, threshold, people, count, then organisation and self-payers each.</summary>
/// <param name="People">How many people there were when they were taken.</param>
/// <param name="Generation">Grows by one each time: a day may be frozen again after it was filled.</param>
internal sealed record FrozenRecord(FrozenInputs Inputs, long People, int Generation)
{
    public byte[] Write()
    {
        var bytes = new byte[29 + (Inputs.SelfPayers.Count * 12)];
        bytes[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), Generation);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(5), Inputs.Day);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9), Inputs.BestThreshold);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(17), People);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(25), Inputs.SelfPayers.Count);
        var rest = bytes.AsSpan(29);
        foreach (var (organisation, count) in Inputs.SelfPayers)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, organisation);
            BinaryPrimitives.WriteInt32LittleEndian(rest[8..], count);
            rest = rest[12..];
        }

        return bytes;
    }

    public static FrozenRecord Read(ReadOnlySpan<byte> stored)
    {
        if (stored.Length < 29 || stored[0] != 1) throw new InvalidDataException("Frozen inputs of another version.");
        var payers = new Dictionary<ulong, int>();
        for (var rest = stored[29..]; rest.Length >= 12; rest = rest[12..]) payers[BinaryPrimitives.ReadUInt64LittleEndian(rest)] = BinaryPrimitives.ReadInt32LittleEndian(rest[8..]);
        var day = BinaryPrimitives.ReadInt32LittleEndian(stored[5..]);
        var inputs = new FrozenInputs(day, day, BinaryPrimitives.ReadInt64LittleEndian(stored[9..]), payers);
        return new FrozenRecord(inputs, BinaryPrimitives.ReadInt64LittleEndian(stored[17..]), BinaryPrimitives.ReadInt32LittleEndian(stored[1..]));
    }
}

/// <summary>Records of the program's stream: the source, which is not one, before the record. Personal fields are sealed under the program's own key and never folded.</summary>
internal static class ProgramRecords
{
    /// <summary>The stream id of the program: no keyed hash, since it names nobody.</summary>
    public static readonly UInt128 Stream = UInt128.Zero;

    public static byte[] Write(string source, FactMessage fact, Sealer sealer)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(source);
        Span<byte> length = stackalloc byte[Varint.MaxBytes];
        var prefix = Varint.Write(length, (ulong)name.Length);
        return [.. length[..prefix], .. name, .. RecordReader.Write(EventTypes.Of(fact.Type), fact.Live, fact.Time, fact.Event, fact.Clear, fact.Personal, Stream, sealer)];
    }

    public static (FactMessage Fact, string Source) Read(ReadOnlySpan<byte> stored)
    {
        var length = (int)Varint.Read(ref stored);
        var source = System.Text.Encoding.UTF8.GetString(stored[..length]);
        var record = new RecordReader(stored[length..]);
        return (new FactMessage(record.Type.Code, record.Time, record.Event, record.Clear.ToArray(), [], record.Live), source);
    }
}
