using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Experience.Embedded.Keys;

/// <summary>
/// AES-128-GCM (NIST SP 800-38D, nonces of 96 bits, tags of 128) for short messages under ever other keys: a record's personal part is some hundred bytes, and
/// there is a key a person. <see cref="AesGcm"/> makes and frees a native cipher for each key, which costs twenty times what enciphering does, so on processors
/// with AES and carry-less multiplication the same is computed by their instructions, in time that depends on lengths alone; elsewhere <see cref="AesGcm"/> is used.
/// </summary>
internal static class SmallGcm
{
    public const int KeySize = 16;
    public const int NonceSize = 12;
    public const int TagSize = 16;

    private const int Block = 16;
    private const int Rounds = 10;

    private static bool ByInstructions => X86Aes.IsSupported && Pclmulqdq.IsSupported && Ssse3.IsSupported;

    /// <summary>Ciphertext of the length of <paramref name="plain"/> and a tag that also vouches for <paramref name="bound"/>.</summary>
    public static void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag, ReadOnlySpan<byte> bound)
    {
        if (!ByInstructions)
        {
            using var aes = new AesGcm(key, TagSize);
            aes.Encrypt(nonce, plain, cipher, tag, bound);
            return;
        }

        Span<Vector128<byte>> schedule = stackalloc Vector128<byte>[Rounds + 1];
        Expand(key, schedule);
        Count(schedule, nonce, plain, cipher[..plain.Length]);
        Tag(schedule, nonce, cipher[..plain.Length], bound, tag);
        schedule.Clear();
    }

    /// <summary>The plaintext, once the tag has vouched for it.</summary>
    /// <exception cref="AuthenticationTagMismatchException">The bytes, or what they are bound to, were changed.</exception>
    public static void Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain, ReadOnlySpan<byte> bound)
    {
        if (!ByInstructions)
        {
            using var aes = new AesGcm(key, TagSize);
            aes.Decrypt(nonce, cipher, tag, plain, bound);
            return;
        }

        Span<Vector128<byte>> schedule = stackalloc Vector128<byte>[Rounds + 1];
        Span<byte> expected = stackalloc byte[TagSize];
        Expand(key, schedule);
        Tag(schedule, nonce, cipher, bound, expected);
        var genuine = CryptographicOperations.FixedTimeEquals(expected, tag);
        if (genuine) Count(schedule, nonce, cipher, plain[..cipher.Length]);
        schedule.Clear();
        expected.Clear();
        if (!genuine) throw new AuthenticationTagMismatchException();
    }

    /// <summary>Key expansion of AES-128 (FIPS 197, 5.2).</summary>
    private static void Expand(ReadOnlySpan<byte> key, Span<Vector128<byte>> schedule)
    {
        var k = Vector128.Create(key[..KeySize]);
        schedule[0] = k;
        schedule[1] = k = Next(k, X86Aes.KeygenAssist(k, 0x01));
        schedule[2] = k = Next(k, X86Aes.KeygenAssist(k, 0x02));
        schedule[3] = k = Next(k, X86Aes.KeygenAssist(k, 0x04));
        schedule[4] = k = Next(k, X86Aes.KeygenAssist(k, 0x08));
        schedule[5] = k = Next(k, X86Aes.KeygenAssist(k, 0x10));
        schedule[6] = k = Next(k, X86Aes.KeygenAssist(k, 0x20));
        schedule[7] = k = Next(k, X86Aes.KeygenAssist(k, 0x40));
        schedule[8] = k = Next(k, X86Aes.KeygenAssist(k, 0x80));
        schedule[9] = k = Next(k, X86Aes.KeygenAssist(k, 0x1b));
        schedule[10] = Next(k, X86Aes.KeygenAssist(k, 0x36));
    }

    private static Vector128<byte> Next(Vector128<byte> key, Vector128<byte> assist)
    {
        key ^= Sse2.ShiftLeftLogical128BitLane(key, 4);
        key ^= Sse2.ShiftLeftLogical128BitLane(key, 8);
        return key ^ Sse2.Shuffle(assist.AsInt32(), 0xff).AsByte();
    }

    private static Vector128<byte> Encipher(ReadOnlySpan<Vector128<byte>> schedule, Vector128<byte> block)
    {
        block ^= schedule[0];
        for (var round = 1; round < Rounds; round++) block = X86Aes.Encrypt(block, schedule[round]);
        return X86Aes.EncryptLast(block, schedule[Rounds]);
    }

    /// <summary>Counter mode from the second counter on (the first one is the tag's), four blocks at a time, whose rounds overlap.</summary>
    private static void Count(ReadOnlySpan<Vector128<byte>> schedule, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> input, Span<byte> output)
    {
        var counter = 2u;
        while (input.Length >= 4 * Block)
        {
            var (a, b) = (Counter(nonce, counter) ^ schedule[0], Counter(nonce, counter + 1) ^ schedule[0]);
            var (c, d) = (Counter(nonce, counter + 2) ^ schedule[0], Counter(nonce, counter + 3) ^ schedule[0]);
            for (var round = 1; round < Rounds; round++)
            {
                var k = schedule[round];
                a = X86Aes.Encrypt(a, k);
                b = X86Aes.Encrypt(b, k);
                c = X86Aes.Encrypt(c, k);
                d = X86Aes.Encrypt(d, k);
            }

            var last = schedule[Rounds];
            (X86Aes.EncryptLast(a, last) ^ Vector128.Create(input)).CopyTo(output);
            (X86Aes.EncryptLast(b, last) ^ Vector128.Create(input[Block..])).CopyTo(output[Block..]);
            (X86Aes.EncryptLast(c, last) ^ Vector128.Create(input[(2 * Block)..])).CopyTo(output[(2 * Block)..]);
            (X86Aes.EncryptLast(d, last) ^ Vector128.Create(input[(3 * Block)..])).CopyTo(output[(3 * Block)..]);
            input = input[(4 * Block)..];
            output = output[(4 * Block)..];
            counter += 4;
        }

        Span<byte> rest = stackalloc byte[Block];
        while (!input.IsEmpty)
        {
            var length = Math.Min(Block, input.Length);
            Encipher(schedule, Counter(nonce, counter++)).CopyTo(rest);
            for (var i = 0; i < length; i++) output[i] = (byte)(input[i] ^ rest[i]);
            input = input[length..];
            output = output[length..];
        }

        rest.Clear();
    }

    private static Vector128<byte> Counter(ReadOnlySpan<byte> nonce, uint counter) => Vector128.Create(
        MemoryMarshal.Read<uint>(nonce), MemoryMarshal.Read<uint>(nonce[4..]), MemoryMarshal.Read<uint>(nonce[8..]), BinaryPrimitives.ReverseEndianness(counter)).AsByte();

    /// <summary>GHASH of what is bound, the ciphertext and both lengths, under the first counter.</summary>
    private static void Tag(ReadOnlySpan<Vector128<byte>> schedule, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> bound, Span<byte> tag)
    {
        var h = Reverse(Encipher(schedule, Vector128<byte>.Zero));
        var sum = Hash(h, Hash(h, Vector128<byte>.Zero, bound), cipher);
        var lengths = Vector128.Create((ulong)cipher.Length * 8, (ulong)bound.Length * 8).AsByte();
        sum = Multiply(sum ^ lengths, h);
        (Reverse(sum) ^ Encipher(schedule, Counter(nonce, 1))).CopyTo(tag);
    }

    private static Vector128<byte> Hash(Vector128<byte> h, Vector128<byte> sum, ReadOnlySpan<byte> data)
    {
        for (; data.Length >= Block; data = data[Block..]) sum = Multiply(sum ^ Reverse(Vector128.Create(data)), h);
        if (data.IsEmpty) return sum;
        Span<byte> last = stackalloc byte[Block];
        last.Clear();
        data.CopyTo(last);
        return Multiply(sum ^ Reverse(Vector128.Create((ReadOnlySpan<byte>)last)), h);
    }

    private static Vector128<byte> Reverse(Vector128<byte> block) =>
        Ssse3.Shuffle(block, Vector128.Create((byte)15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));

    /// <summary>
    /// The product in GF(2^128) of two byte-reversed blocks: Gueron and Kounavis, "Intel carry-less multiplication instruction and its usage for computing the GCM
    /// mode" (2010), figure 5.
    /// </summary>
    private static Vector128<byte> Multiply(Vector128<byte> left, Vector128<byte> right)
    {
        var (a, b) = (left.AsUInt64(), right.AsUInt64());
        var low = Pclmulqdq.CarrylessMultiply(a, b, 0x00);
        var high = Pclmulqdq.CarrylessMultiply(a, b, 0x11);
        var middle = Pclmulqdq.CarrylessMultiply(a, b, 0x10) ^ Pclmulqdq.CarrylessMultiply(a, b, 0x01);
        low ^= Sse2.ShiftLeftLogical128BitLane(middle, 8);
        high ^= Sse2.ShiftRightLogical128BitLane(middle, 8);

        // Bits are reflected, so the product is one place short.
        var (l, u) = (low.AsUInt32(), high.AsUInt32());
        var carryLow = Sse2.ShiftRightLogical(l, 31);
        var carryHigh = Sse2.ShiftRightLogical(u, 31);
        l = Sse2.ShiftLeftLogical(l, 1) | Sse2.ShiftLeftLogical128BitLane(carryLow, 4);
        u = Sse2.ShiftLeftLogical(u, 1) | Sse2.ShiftLeftLogical128BitLane(carryHigh, 4) | Sse2.ShiftRightLogical128BitLane(carryLow, 12);

        // Reduction by x^128 + x^7 + x^2 + x + 1.
        var fold = Sse2.ShiftLeftLogical(l, 31) ^ Sse2.ShiftLeftLogical(l, 30) ^ Sse2.ShiftLeftLogical(l, 25);
        var rest = Sse2.ShiftRightLogical128BitLane(fold, 4);
        l ^= Sse2.ShiftLeftLogical128BitLane(fold, 12);
        l ^= Sse2.ShiftRightLogical(l, 1) ^ Sse2.ShiftRightLogical(l, 2) ^ Sse2.ShiftRightLogical(l, 7) ^ rest;
        return (u ^ l).AsByte();
    }
}
