using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Experience.Web.Sources;

/// <summary>
/// The keys that everything is sealed under which the ways in keep beside the journal: refused events, secrets and payloads of webhooks, secrets of polled systems and what is known of their
/// tables. They lie in a file beside the data folder, so that a copy of the folder opens nothing. What is sealed begins with its key's number, so that a key can be replaced: after an
/// erasure everything that stays is sealed anew under a fresh key and the old one is forgotten, and with it every older copy of the folder. Read, or made, when first needed; only
/// the process that owns the folder replaces keys.
/// </summary>
internal sealed class WaysKeys(string dataFolder)
{
    private const int KeySize = 32;
    private const int NumberSize = 4;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    /// <summary>Bytes that sealing adds.</summary>
    public const int Overhead = NumberSize + NonceSize + TagSize;

    private readonly string _path = Path.GetFullPath(dataFolder).TrimEnd(Path.DirectorySeparatorChar) + ".ways.key";
    private readonly Lock _gate = new();
    private volatile Dictionary<int, byte[]>? _keys;

    /// <summary>Reads the file now; it fails here when it is broken.</summary>
    public void Load() => Keys();

    /// <param name="bound">What the sealed bytes belong to: they open nowhere else.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> bound)
    {
        var keys = Keys();
        var number = keys.Keys.Max();
        var result = new byte[NumberSize + NonceSize + plain.Length + TagSize];
        BinaryPrimitives.WriteInt32LittleEndian(result, number);
        var nonce = result.AsSpan(NumberSize, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(keys[number], TagSize);
        aes.Encrypt(nonce, plain, result.AsSpan(NumberSize + NonceSize, plain.Length), result.AsSpan(result.Length - TagSize), bound);
        return result;
    }

    /// <summary>What was sealed; null when its key is gone, or the bytes were changed.</summary>
    public byte[]? Open(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> bound)
    {
        if (sealedBytes.Length < Overhead || !Keys().TryGetValue(BinaryPrimitives.ReadInt32LittleEndian(sealedBytes), out var key)) return null;
        var plain = new byte[sealedBytes.Length - Overhead];
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
        lock (_gate)
        {
            var keys = Keys();
            Put(new Dictionary<int, byte[]>(keys) { [keys.Keys.Max() + 1] = RandomNumberGenerator.GetBytes(KeySize) });
        }
    }

    /// <summary>Forgets every key but the newest.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            var keys = Keys();
            Put(new Dictionary<int, byte[]> { [keys.Keys.Max()] = keys[keys.Keys.Max()] });
        }
    }

    private Dictionary<int, byte[]> Keys()
    {
        if (_keys is { } known) return known;
        lock (_gate)
        {
            if (_keys is { } others) return others;
            if (!File.Exists(_path))
            {
                try
                {
                    Write(new Dictionary<int, byte[]> { [1] = RandomNumberGenerator.GetBytes(KeySize) }, overwrite: false);
                }
                catch (IOException) when (File.Exists(_path))
                {
                    // Another process made it a moment ago.
                }
            }

            return _keys = Read();
        }
    }

    private void Put(Dictionary<int, byte[]> keys)
    {
        Write(keys, overwrite: true);
        _keys = keys;
    }

    private Dictionary<int, byte[]> Read()
    {
        var keys = new Dictionary<int, byte[]>();
        foreach (var line in File.ReadLines(_path))
        {
            var parts = line.Split(' ');
            if (parts.Length != 2 || parts[1].Length != KeySize * 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) throw Broken();
            keys[number] = Convert.FromHexString(parts[1]);
        }

        return keys.Count > 0 ? keys : throw Broken();

        InvalidDataException Broken() => new($"The key file {_path} does not hold lines of a number and {KeySize * 2} hexadecimal digits.");
    }

    private void Write(Dictionary<int, byte[]> keys, bool overwrite)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = $"{_path}.{Guid.NewGuid():n}";
        using (var file = new FileStream(temporary, options))
        {
            foreach (var (number, key) in keys) file.Write(System.Text.Encoding.ASCII.GetBytes($"{number} {Convert.ToHexStringLower(key)}\n"));
            file.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(temporary, _path, overwrite);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
