using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Experience.Domain.Events;
using Experience.Domain.People;

namespace Experience.Grains.Storage;

/// <summary>One stored record: clear fields as they stand, personal ones sealed under the person's key.</summary>
/// <remarks>Layout 1: version, type, flags (1 live; 2, 4, 8 <see cref="Traces"/>), time (8), event (16), length of the clear fields (varint), clear fields, sealed part.</remarks>
internal readonly ref struct RecordReader
{
    private const int HeadSize = 27;

    private readonly ReadOnlySpan<byte> _record;

    public RecordReader(ReadOnlySpan<byte> record)
    {
        if (record.Length < HeadSize + 1 || record[0] != Layout) throw new InvalidDataException("A record of another version, or cut short.");
        _record = record;
        var rest = record[HeadSize..];
        var clear = (int)Varint.Read(ref rest);
        if (clear > rest.Length) throw new InvalidDataException("A record is cut short.");
        Clear = rest[..clear];
        Sealed = rest[clear..];
    }

    private const byte Layout = 1;

    public EventType Type => EventTypes.Of(_record[1]);

    public bool Live => (_record[2] & 1) != 0;

    public long Time => BinaryPrimitives.ReadInt64LittleEndian(_record[3..]);

    public UInt128 Event => BinaryPrimitives.ReadUInt128LittleEndian(_record[11..]);

    public Traces Traces => (Traces)(_record[2] >> 1 & 7);

    public ReadOnlySpan<byte> Clear { get; }

    public ReadOnlySpan<byte> Sealed { get; }

    /// <summary>The stored form. Without a key personal fields leave their traces and nothing else.</summary>
    public static byte[] Write(EventType type, bool live, long time, UInt128 id, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> personal, UInt128 stream, Sealer? sealer)
    {
        Span<byte> length = stackalloc byte[Varint.MaxBytes];
        var prefix = Varint.Write(length, (ulong)clear.Length);
        var sealedLength = personal.IsEmpty || sealer is null ? 0 : personal.Length + Sealer.Overhead;
        var record = new byte[HeadSize + prefix + clear.Length + sealedLength];
        record[0] = Layout;
        record[1] = type.Code;
        record[2] = (byte)((live ? 1 : 0) | (int)PersonalTraces.Of(type, personal) << 1);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(3), time);
        BinaryPrimitives.WriteUInt128LittleEndian(record.AsSpan(11), id);
        length[..prefix].CopyTo(record.AsSpan(HeadSize));
        clear.CopyTo(record.AsSpan(HeadSize + prefix));
        if (sealedLength > 0) sealer!.Seal(stream, id, personal, record.AsSpan(HeadSize + prefix + clear.Length));
        return record;
    }

    /// <summary>The personal fields; only their traces without a key, which is how an erased person's facts are folded.</summary>
    public byte[] Personal(UInt128 stream, Sealer? sealer) =>
        sealer is null ? PersonalTraces.FieldsOf(Traces).ToArray() : Sealed.IsEmpty ? [] : sealer.Open(stream, Event, Sealed);
}

/// <summary>Seals what is personal of one person, AES-128-GCM; nonces are random, and the stream and the event are authenticated with it.</summary>
/// <remarks>96 random bits under a key of one person's own: a person would need 2^32 records before a repeat had a chance of 2^-33.</remarks>
internal sealed class Sealer(byte[] dataKey) : IDisposable
{
    public const int Overhead = NonceSize + TagSize;

    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly AesGcm _cipher = new(dataKey, TagSize);

    /// <summary>The key of a person's data: useless without the master key, gone with the secret.</summary>
    public static byte[] DataKey(byte[] master, ReadOnlySpan<byte> secret, UInt128 stream)
    {
        Span<byte> input = stackalloc byte[32];
        secret[..16].CopyTo(input);
        BinaryPrimitives.WriteUInt128LittleEndian(input[16..], stream);
        return HMACSHA256.HashData(master, input)[..16];
    }

    public byte[] Seal(UInt128 stream, UInt128 about, ReadOnlySpan<byte> plain)
    {
        var output = new byte[plain.Length + Overhead];
        Seal(stream, about, plain, output);
        return output;
    }

    public void Seal(UInt128 stream, UInt128 about, ReadOnlySpan<byte> plain, Span<byte> output)
    {
        Span<byte> bound = stackalloc byte[32];
        Bind(stream, about, bound);
        var nonce = output[..NonceSize];
        RandomNumberGenerator.Fill(nonce);
        _cipher.Encrypt(nonce, plain, output.Slice(NonceSize, plain.Length), output.Slice(NonceSize + plain.Length, TagSize), bound);
    }

    /// <exception cref="InvalidDataException">The bytes are not what was sealed.</exception>
    public byte[] Open(UInt128 stream, UInt128 about, ReadOnlySpan<byte> stored)
    {
        if (stored.Length < Overhead) throw new InvalidDataException("A sealed part is cut short.");
        Span<byte> bound = stackalloc byte[32];
        Bind(stream, about, bound);
        var plain = new byte[stored.Length - Overhead];
        try
        {
            _cipher.Decrypt(stored[..NonceSize], stored[NonceSize..^TagSize], stored[^TagSize..], plain, bound);
        }
        catch (AuthenticationTagMismatchException failure)
        {
            throw new InvalidDataException("A sealed part does not open: another master key, or changed bytes.", failure);
        }

        return plain;
    }

    public void Dispose() => _cipher.Dispose();

    private static void Bind(UInt128 stream, UInt128 about, Span<byte> bound)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(bound, stream);
        BinaryPrimitives.WriteUInt128LittleEndian(bound[16..], about);
    }
}

/// <summary>Source and sealed key of a person, stored once. Layout 1: version, length of the source (varint), source, sealed key.</summary>
internal static class Identity
{
    private static readonly UInt128 About = UInt128.MaxValue;

    public static byte[] Write(UInt128 stream, string source, string key, Sealer sealer)
    {
        var name = Encoding.UTF8.GetBytes(source);
        var hidden = sealer.Seal(stream, About, Encoding.UTF8.GetBytes(key));
        Span<byte> length = stackalloc byte[Varint.MaxBytes];
        var prefix = Varint.Write(length, (ulong)name.Length);
        return [1, .. length[..prefix], .. name, .. hidden];
    }

    /// <summary>The key is empty when the person was erased.</summary>
    public static (string Source, string Key) Read(UInt128 stream, ReadOnlySpan<byte> stored, Sealer? sealer)
    {
        if (stored.IsEmpty || stored[0] != 1) throw new InvalidDataException("An identity of another version.");
        var rest = stored[1..];
        var length = (int)Varint.Read(ref rest);
        var key = sealer is null ? "" : Encoding.UTF8.GetString(sealer.Open(stream, About, rest[length..]));
        return (Encoding.UTF8.GetString(rest[..length]), key);
    }
}
