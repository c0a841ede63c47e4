using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Experience.Domain.Events;

/// <summary>
/// SipHash-2-4 with 64 and 128 bits of output (Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012).
/// With a secret key its output says nothing about the input, so it names streams; with <see cref="Public"/>
/// it is the same in every data folder, so it names events and clear names and may enter the state hash.
/// </summary>
public readonly struct SipHash(ulong k0, ulong k1)
{
    private readonly ulong _k0 = k0;
    private readonly ulong _k1 = k1;

    /// <summary>The fixed key: equal inputs hash equally in every folder, engine and version.</summary>
    public static SipHash Public => new(0x4578_7065_7269_656eUL, 0x6365_2f76_312f_6b65UL);

    public static SipHash FromKey(ReadOnlySpan<byte> key16) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(key16), BinaryPrimitives.ReadUInt64LittleEndian(key16[8..]));

    public ulong Hash64(ReadOnlySpan<byte> data) => Compute(data, wide: false, out _);

    public UInt128 Hash128(ReadOnlySpan<byte> data)
    {
        var low = Compute(data, wide: true, out var high);
        return new UInt128(high, low);
    }

    /// <summary>The hash of a clear name, such as a section or a desk; 0 is kept for "none".</summary>
    public static ulong Name(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return 0;
        var hash = WithUtf8(text, static bytes => Public.Hash64(bytes));
        return hash == 0 ? 1 : hash;
    }

    /// <summary>The hash of two texts, length-prefixed so that no two pairs run together.</summary>
    public UInt128 Pair(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        var size = 4 + Encoding.UTF8.GetMaxByteCount(first.Length) + Encoding.UTF8.GetMaxByteCount(second.Length);
        Span<byte> buffer = size <= 1024 ? stackalloc byte[1024] : new byte[size];
        var n = Encoding.UTF8.GetBytes(first, buffer[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(buffer, n);
        n += 4;
        n += Encoding.UTF8.GetBytes(second, buffer[n..]);
        return Hash128(buffer[..n]);
    }

    private static ulong WithUtf8(ReadOnlySpan<char> text, Func<ReadOnlySpan<byte>, ulong> use)
    {
        var size = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> buffer = size <= 1024 ? stackalloc byte[1024] : new byte[size];
        return use(buffer[..Encoding.UTF8.GetBytes(text, buffer)]);
    }

    private ulong Compute(ReadOnlySpan<byte> data, bool wide, out ulong high)
    {
        var v0 = 0x736f6d6570736575UL ^ _k0;
        var v1 = 0x646f72616e646f6dUL ^ _k1;
        var v2 = 0x6c7967656e657261UL ^ _k0;
        var v3 = 0x7465646279746573UL ^ _k1;
        if (wide) v1 ^= 0xee;
        var last = (ulong)data.Length << 56;
        while (data.Length >= 8)
        {
            var m = BinaryPrimitives.ReadUInt64LittleEndian(data);
            v3 ^= m;
            Round(ref v0, ref v1, ref v2, ref v3);
            Round(ref v0, ref v1, ref v2, ref v3);
            v0 ^= m;
            data = data[8..];
        }

        for (var i = 0; i < data.Length; i++) last |= (ulong)data[i] << (8 * i);
        v3 ^= last;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= last;
        v2 ^= wide ? 0xeeUL : 0xffUL;
        for (var i = 0; i < 4; i++) Round(ref v0, ref v1, ref v2, ref v3);
        var low = v0 ^ v1 ^ v2 ^ v3;
        high = 0;
        if (!wide) return low;
        v1 ^= 0xdd;
        for (var i = 0; i < 4; i++) Round(ref v0, ref v1, ref v2, ref v3);
        high = v0 ^ v1 ^ v2 ^ v3;
        return low;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13);
        v1 ^= v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16);
        v3 ^= v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21);
        v3 ^= v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17);
        v1 ^= v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
