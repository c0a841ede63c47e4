using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Experience.Embedded.Keys;

/// <summary>
/// The key that everything personal hangs on. It lies outside the data folder, so that a copy of the folder alone opens
/// nothing; it never enters memory images, logs or the journal.
/// </summary>
internal sealed class MasterKey
{
    private const int Size = 32;

    private readonly byte[] _key;
    private readonly byte[] _wrap;

    private MasterKey(byte[] key)
    {
        _key = key;
        _wrap = HMACSHA256.HashData(key, "wrap/1"u8);
    }

    /// <summary>Reads the file, or makes it, readable by its owner only, when <paramref name="create"/> allows it.</summary>
    public static MasterKey Open(string path, bool create)
    {
        if (File.Exists(path))
        {
            var text = File.ReadAllText(path).Trim();
            if (text.Length != Size * 2) throw new InvalidDataException($"The master key file {path} does not hold {Size * 2} hexadecimal digits.");
            return new MasterKey(Convert.FromHexString(text));
        }

        if (!create) throw new InvalidDataException($"The data folder's master key file {path} is missing: without it nothing personal can be read.");
        var key = RandomNumberGenerator.GetBytes(Size);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(path, options))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(key) + "\n"));
            file.Flush(flushToDisk: true);
        }

        return new MasterKey(key);
    }

    /// <summary>
    /// A keyed hash to derive data keys with, for one thread: the data key of a person is HMAC-SHA256(master, secret ‖ stream), first 128 bits
    /// (an AES-128 key). Kept, because making one costs more than using it.
    /// </summary>
    public IncrementalHash Deriver() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);

    public static void DataKey(IncrementalHash deriver, UInt128 secret, UInt128 stream, Span<byte> key16)
    {
        Span<byte> input = stackalloc byte[32];
        BinaryPrimitives.WriteUInt128LittleEndian(input, secret);
        BinaryPrimitives.WriteUInt128LittleEndian(input[16..], stream);
        Span<byte> hash = stackalloc byte[32];
        deriver.AppendData(input);
        deriver.GetHashAndReset(hash);
        hash[..16].CopyTo(key16);
    }

    public byte[] Wrap(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> name)
    {
        var result = new byte[12 + plain.Length + 16];
        RandomNumberGenerator.Fill(result.AsSpan(0, 12));
        using var aes = new AesGcm(_wrap, 16);
        aes.Encrypt(result.AsSpan(0, 12), plain, result.AsSpan(12, plain.Length), result.AsSpan(12 + plain.Length), name);
        return result;
    }

    public byte[] Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> name)
    {
        var plain = new byte[wrapped.Length - 28];
        using var aes = new AesGcm(_wrap, 16);
        aes.Decrypt(wrapped[..12], wrapped[12..^16], wrapped[^16..], plain, name);
        return plain;
    }
}
