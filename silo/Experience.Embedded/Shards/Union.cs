using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Embedded.Loops;
using Experience.Embedded.Persons;

namespace Experience.Embedded.Shards;

/// <summary>What the row that holds a person of several streams knows of them.</summary>
internal sealed class Union(IReadOnlyList<UnitedStream> streams)
{
    public IReadOnlyList<UnitedStream> Streams { get; set; } = streams;

    /// <summary>All facts of the person: one that was sent under two keys counts once.</summary>
    public HashSet<UInt128> Ids { get; } = [];

    /// <summary>What the person's voids undo, whichever of the streams they came in.</summary>
    public HashSet<UInt128> Voids { get; } = [];

    public bool AnyErased => Streams.Any(static s => s.Erased);

    /// <summary>Judged as of now when any of the sources is live, else as of the latest end of an imported history.</summary>
    public AsOf AsOf(LoopContext cx, short? active)
    {
        var live = false;
        var instant = long.MinValue;
        var since = long.MaxValue;
        foreach (var stream in Streams)
        {
            live |= cx.Clocks.Live(stream.Source);
            instant = Math.Max(instant, cx.Clocks.Instant(stream.Source, cx.Now));
            if (stream.LiveSince != 0) since = Math.Min(since, stream.LiveSince);
        }

        return new AsOf(instant, !live, since) { Active = active };
    }

    /// <summary>The same streams, further on: what came since can be folded alone where it is newer.</summary>
    public bool Continues(IReadOnlyList<UnitedStream> streams)
    {
        if (streams.Count != Streams.Count) return false;
        for (var i = 0; i < streams.Count; i++)
        {
            if (streams[i].Stream != Streams[i].Stream || streams[i].Erased != Streams[i].Erased) return false;
        }

        return true;
    }
}

/// <summary>
/// The other stream of a link, as its record has it in clear: who was erased has no readable keys any more, and is the same person still. It is the
/// folder's keyed hash, and no field of the vocabulary.
/// </summary>
internal static class LinkBytes
{
    /// <summary>Stored number beyond every field of the vocabulary; ascending order keeps it last.</summary>
    private const int Number = 1000;

    public const int Length = 19;

    public static byte[] Append(ReadOnlySpan<byte> clear, UInt128 other)
    {
        var bytes = new byte[clear.Length + Length];
        clear.CopyTo(bytes);
        var n = clear.Length + Varint.Write(bytes.AsSpan(clear.Length), ((ulong)Number << 1) | 1);
        bytes[n++] = 16;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(n), other);
        return bytes;
    }

    /// <summary>The other stream: as it was written, or in records from before links were carried out by the key that they name.</summary>
    public static UInt128 Other(EngineParts parts, string source, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> personal)
    {
        var fields = new FieldReader(clear);
        while (fields.Next())
        {
            if (fields.Number == Number && fields.Bytes.Length == 16) return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(fields.Bytes);
            if (fields.Number == Fields.OtherSource.Number) source = fields.Text;
        }

        var sealedFields = new FieldReader(personal);
        while (sealedFields.Next())
        {
            if (sealedFields.Number == Fields.Other.Number && sealedFields.Bytes.Length > 0) return parts.StreamOf(source, sealedFields.Text);
        }

        return UInt128.Zero;
    }
}
