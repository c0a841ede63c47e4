using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Experience.Web.Sources;

/// <summary>
/// The keys that bodies in <c>ways.db</c> are sealed under, in a file beside the data folder, so that a copy of the folder opens nothing. What is
/// sealed begins with its key's number, so that a key can be replaced: after an erasure everything that stays is sealed anew under a fresh key
/// and the old one is forgotten, and with it every older copy of the folder.
/// </summary>
internal sealed class WaysKeys
{
    private const int KeySize = 32;
    private const int NumberSize = 4;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    /// <summary>Bytes that sealing adds.</summary>
    public const int Overhead = NumberSize + NonceSize + TagSize;

    private readonly string _path;
    private volatile Dictionary<int, byte[]> _keys;

    private WaysKeys(string path, Dictionary<int, byte[]> keys)
    {
        _path = path;
        _keys = keys;
    }

    public static WaysKeys Open(string path)
    {
        if (File.Exists(path))
        {
            var keys = new Dictionary<int, byte[]>();
            foreach (var line in File.ReadLines(path))
            {
                var parts = line.Split(' ');
                if (parts.Length != 2 || parts[1].Length != KeySize * 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) throw new InvalidDataException($"The key file {path} does not hold lines of a number and {KeySize * 2} hexadecimal digits.");
                keys[number] = Convert.FromHexString(parts[1]);
            }

            if (keys.Count > 0) return new WaysKeys(path, keys);
        }

        var made = new WaysKeys(path, new Dictionary<int, byte[]> { [1] = RandomNumberGenerator.GetBytes(KeySize) });
        made.Write(made._keys);
        return made;
    }

    /// <param name="bound">What the sealed bytes belong to: they open nowhere else.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> bound)
    {
        var number = _keys.Keys.Max();
        var result = new byte[NumberSize + NonceSize + plain.Length + TagSize];
        BinaryPrimitives.WriteInt32LittleEndian(result, number);
        var nonce = result.AsSpan(NumberSize, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_keys[number], TagSize);
        aes.Encrypt(nonce, plain, result.AsSpan(NumberSize + NonceSize, plain.Length), result.AsSpan(result.Length - TagSize), bound);
        return result;
    }

    /// <summary>What was sealed; null when its key is gone, or the bytes were changed.</summary>
    public byte[]? Open(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> bound)
    {
        if (sealedBytes.Length < NumberSize + NonceSize + TagSize || !_keys.TryGetValue(BinaryPrimitives.ReadInt32LittleEndian(sealedBytes), out var key)) return null;
        var plain = new byte[sealedBytes.Length - NumberSize - NonceSize - TagSize];
        using var aes = new AesGcm(key, TagSize);
        try
        {
            aes.Decrypt(sealedBytes.Slice(NumberSize, NonceSize), sealedBytes[(NumberSize + NonceSize)..^TagSize], sealedBytes[^TagSize..], plain, bound);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>A fresh key beside the others: what is sealed from here on is sealed under it.</summary>
    public void Add()
    {
        var keys = new Dictionary<int, byte[]>(_keys) { [_keys.Keys.Max() + 1] = RandomNumberGenerator.GetBytes(KeySize) };
        Write(keys);
        _keys = keys;
    }

    /// <summary>Forgets every key but the newest.</summary>
    public void Forget()
    {
        var newest = _keys.Keys.Max();
        var keys = new Dictionary<int, byte[]> { [newest] = _keys[newest] };
        Write(keys);
        _keys = keys;
    }

    private void Write(Dictionary<int, byte[]> keys)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = _path + ".new";
        using (var file = new FileStream(temporary, options))
        {
            foreach (var (number, key) in keys) file.Write(System.Text.Encoding.ASCII.GetBytes($"{number} {Convert.ToHexStringLower(key)}\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
    }
}
