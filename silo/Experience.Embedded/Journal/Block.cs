using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Experience.Embedded.Journal;

/// <summary>What a record is besides its type.</summary>
[Flags]
internal enum RecordFlags : byte
{
    None = 0,

    /// <summary>Sent as it happened.</summary>
    Live = 1,

    /// <summary>Written by the engine itself: what people were shown. Folded into nothing, counted nowhere.</summary>
    Observation = 2,

    /// <summary>The sealed part starts with the subject's key: the first record of its stream.</summary>
    Opening = 4,

    /// <summary>The program's own stream.</summary>
    Program = 8,

    /// <summary>Three bits of what folding needs of the sealed fields: <see cref="Experience.Domain.People.Traces"/>.</summary>
    Traces = 7 << RecordFlagBits.Traces,
}

internal static class RecordFlagBits
{
    public const int Traces = 4;

    public static RecordFlags Of(Domain.People.Traces traces) => (RecordFlags)((int)traces << Traces);

    public static Domain.People.Traces TracesOf(RecordFlags flags) => (Domain.People.Traces)((int)(flags & RecordFlags.Traces) >> Traces);
}

/// <summary>The fixed part of a record, as it is stored: little-endian, 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
internal struct RecordHeader
{
    public const int Size = 64;

    /// <summary>Of the whole record, this header included.</summary>
    public int Length;
    public byte Type;
    public RecordFlags Flags;
    public ushort Source;
    public long Time;
    public UInt128 Id;
    public UInt128 Stream;

    /// <summary>Position of the stream's record before this one; 0 when it is the first.</summary>
    public long Previous;
    public int ClearLength;

    /// <summary>Of the sealed part with its tag; 0 when there is none.</summary>
    public int SealedLength;

    /// <summary>The fact's place in the order of folding.</summary>
    public readonly Domain.Events.Stamp Stamp => new(Time, (ulong)(Id >> 64));
}

/// <summary>Where a record stands: block id × 2^20 + offset. Ids ascend, so positions of one shard ascend in the order of folding.</summary>
internal static class Position
{
    public const int OffsetBits = 20;

    public static long Of(long block, int offset) => (block << OffsetBits) | (uint)offset;

    public static long Block(long position) => position >> OffsetBits;

    public static int Offset(long position) => (int)(position & ((1 << OffsetBits) - 1));
}

/// <summary>
/// A block under construction, and the stored form itself: a 40-byte header (magic, version, loop, record count, length,
/// CRC-32C of all but itself, the loop's previous block, nonce base, id), then records. One loop writes it; after it is handed over nobody does.
/// </summary>
internal sealed class Block
{
    public const int HeaderSize = 40;

    /// <summary>
    /// Bytes of one of SQLite's pages. A page is what is read for one record of a person's history, and what is written, four of them at least, for a commit however small; larger ones
    /// are copied for nothing, smaller ones cost more steps of SQLite an event.
    /// </summary>
    public const int PageBytes = 8 * 1024;

    /// <summary>
    /// A block is closed at this size: the row fills one page and no overflow page, so one record of a person's history costs one page read. (A table's leaf
    /// holds rows of up to 35 bytes less than a page: "Database File Format", 1.6.)
    /// </summary>
    public const int TargetBytes = PageBytes - 64;

    /// <summary>Capacity: a block takes a record beyond the target rather than refuse a long one. One event is at most 64 KiB.</summary>
    public const int MaxBytes = 128 * 1024 + HeaderSize;

    private const ushort Magic = 0x4258;
    private const ushort Version = 1;

    public byte[] Data { get; private set; } = new byte[PageBytes];

    public long Id { get; private set; }

    public int Length { get; private set; }

    public int Count { get; private set; }

    public long NonceBase { get; private set; }

    public bool Full => Length >= TargetBytes;

    public void Open(long id, int loop, long previous, long nonceBase)
    {
        Id = id;
        NonceBase = nonceBase;
        Count = 0;
        Length = HeaderSize;
        var head = Data.AsSpan(0, HeaderSize);
        head.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(head, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(head[2..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], loop);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], previous);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], nonceBase);
        BinaryPrimitives.WriteInt64LittleEndian(head[32..], id);
    }

    /// <summary>Whether a record of this length still goes in without passing the target. An empty block takes any.</summary>
    public bool Fits(int length) => Count == 0 || Length + length <= TargetBytes;

    /// <summary>Reserves the bytes of one record; the caller fills them at once.</summary>
    public Span<byte> Append(int length, out int offset)
    {
        if (Length + length > Data.Length)
        {
            if (Length + length > MaxBytes) throw new InvalidOperationException($"A record of {length} bytes does not fit a block.");
            var data = Data;
            Array.Resize(ref data, Length + length + sizeof(uint));
            Data = data;
        }

        offset = Length;
        Length += length;
        Count++;
        return Data.AsSpan(offset, length);
    }

    /// <summary>Completes the header. The block is then ready to be stored.</summary>
    public ReadOnlySpan<byte> Close()
    {
        var bytes = Data.AsSpan(0, Length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], (ushort)Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[10..], Length);
        BinaryPrimitives.WriteInt16LittleEndian(bytes[14..], 0);
        StampCrc(bytes);
        return bytes;
    }

    /// <summary>Checks a stored block; throws when it is not whole.</summary>
    public static BlockView Read(long id, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize + 4) throw new InvalidDataException($"Block {id} is cut short.");
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes) != Magic) throw new InvalidDataException($"Block {id} is not a block.");
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) != Version) throw new InvalidDataException($"Block {id} was written by a later version.");
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[10..]) != bytes.Length - 4) throw new InvalidDataException($"Block {id} has a wrong length.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) != Crc32C.Compute(bytes[..^4])) throw new InvalidDataException($"Block {id} fails its checksum.");
        if (BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]) != id) throw new InvalidDataException($"Block {id} carries another id.");
        return new BlockView(id, BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]), bytes[..^4]);
    }

    // The checksum stands behind the last record.
    private void StampCrc(Span<byte> bytes)
    {
        if (Length + 4 > Data.Length)
        {
            var data = Data;
            Array.Resize(ref data, Length + 4);
            Data = data;
            bytes = Data.AsSpan(0, Length);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(Data.AsSpan(Length), Crc32C.Compute(bytes));
    }

    /// <summary>The stored bytes, after <see cref="Close"/>.</summary>
    public ReadOnlySpan<byte> Stored => Data.AsSpan(0, Length + 4);
}

/// <summary>A checked block, to walk its records.</summary>
internal readonly ref struct BlockView(long id, long nonceBase, ReadOnlySpan<byte> bytes)
{
    public long Id { get; } = id;

    public long NonceBase { get; } = nonceBase;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>The record at an offset.</summary>
    public RecordView At(int offset) => new(Id, NonceBase, offset, Bytes);

    /// <summary>Walks all records: start with <see cref="Block.HeaderSize"/>; false at the end.</summary>
    public bool TryNext(ref int offset, out RecordView record)
    {
        if (offset >= Bytes.Length)
        {
            record = default;
            return false;
        }

        record = At(offset);
        offset += record.Header.Length;
        return true;
    }
}

/// <summary>A record as it stands in its block.</summary>
internal readonly ref struct RecordView
{
    private readonly ReadOnlySpan<byte> _bytes;

    public RecordView(long block, long nonceBase, int offset, ReadOnlySpan<byte> bytes)
    {
        if (offset < Block.HeaderSize || offset + RecordHeader.Size > bytes.Length) throw new InvalidDataException($"Block {block} has no record at {offset}.");
        ref readonly var header = ref MemoryMarshal.AsRef<RecordHeader>(bytes.Slice(offset, RecordHeader.Size));
        if (header.Length < RecordHeader.Size || offset + header.Length > bytes.Length || (long)header.ClearLength + header.SealedLength + RecordHeader.Size != header.Length)
            throw new InvalidDataException($"Block {block} has a broken record at {offset}.");
        Position = Journal.Position.Of(block, offset);
        NonceBase = nonceBase;
        _bytes = bytes.Slice(offset, header.Length);
    }

    public long Position { get; }

    public long NonceBase { get; }

    public ref readonly RecordHeader Header => ref MemoryMarshal.AsRef<RecordHeader>(_bytes);

    public ReadOnlySpan<byte> Clear => _bytes.Slice(RecordHeader.Size, Header.ClearLength);

    public ReadOnlySpan<byte> Sealed => _bytes[(RecordHeader.Size + Header.ClearLength)..];
}
