using System.Buffers.Binary;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Grains.Contracts;

namespace Experience.Grains.Storage;

/// <summary>
/// What a record says about who is one person, as it stands in its shard's list besides: a merge, an unmerge, or an erasure. The list is written in the same step as the
/// record, so that nobody has to read histories to know who belongs together; the other stream is its keyed hash, which outlives the keys of somebody who was erased.
/// </summary>
/// <remarks>Layout 1: version, kind, stream (16), other stream (16), time (8), event (16). The first entry of a list is its mark: version and 0.</remarks>
internal readonly record struct KinRecord(KinKind Kind, UInt128 Stream, UInt128 Other, long Time, UInt128 Event)
{
    private const byte Layout = 1;
    private const int Size = 58;

    /// <summary>Says that the list holds everything from the shard's first record on.</summary>
    public static readonly byte[] Mark = [Layout, 0];

    public StreamLink Link => new(Other, new Stamp(Time, (ulong)(Event >> 64)), Event, Kind == KinKind.Merged);

    public byte[] Write()
    {
        var bytes = new byte[Size];
        bytes[0] = Layout;
        bytes[1] = (byte)Kind;
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(2), Stream);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(18), Other);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(34), Time);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(42), Event);
        return bytes;
    }

    /// <summary>Null for the mark.</summary>
    public static KinRecord? Read(ReadOnlySpan<byte> stored)
    {
        if (stored.Length < 2 || stored[0] != Layout || (stored[1] != 0 && stored.Length < Size)) throw new InvalidDataException("A link of another version, or cut short.");
        return stored[1] == 0 ? null : new KinRecord(
            (KinKind)stored[1], BinaryPrimitives.ReadUInt128LittleEndian(stored[2..]), BinaryPrimitives.ReadUInt128LittleEndian(stored[18..]),
            BinaryPrimitives.ReadInt64LittleEndian(stored[34..]), BinaryPrimitives.ReadUInt128LittleEndian(stored[42..]));
    }

    /// <summary>What a fact says of it; null for all but a few. The fact as it was sent: an erased person's record keeps no key.</summary>
    public static KinRecord? Of(SiloParts parts, UInt128 stream, string source, FactMessage fact)
    {
        var type = EventTypes.Of(fact.Type);
        if (type == EventTypes.ParticipantErased) return new KinRecord(KinKind.Erased, stream, UInt128.Zero, fact.Time, fact.Event);
        if (!PersonFold.Links(type)) return null;
        var other = "";
        for (var fields = new FieldReader(fact.Clear); fields.Next();)
        {
            if (fields.Number == Fields.OtherSource.Number) source = fields.Text;
        }

        for (var fields = new FieldReader(fact.Personal); fields.Next();)
        {
            if (fields.Number == Fields.Other.Number) other = fields.Text;
        }

        return other.Length == 0 ? null : new KinRecord(type == EventTypes.ParticipantMerged ? KinKind.Merged : KinKind.Unmerged, stream, parts.StreamOf(source, other), fact.Time, fact.Event);
    }
}

internal enum KinKind : byte
{
    Merged = 1,
    Unmerged = 2,
    Erased = 3,
}
