using System.Security.Cryptography;
using System.Text;

namespace Experience.Web.Pull;

/// <summary>
/// Seals what the data folder must not say in clear: credentials of polled systems, and the rows that they showed last. AES-256-GCM under a key that lies beside the
/// data folder, readable by its owner only, so that a copy of the folder opens nothing.
/// </summary>
internal sealed class SecretBox(string dataFolder)
{
    private const int KeySize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly string _path = Path.GetFullPath(dataFolder).TrimEnd(Path.DirectorySeparatorChar) + ".pull.key";
    private readonly Lock _gate = new();
    private byte[]? _key;

    /// <param name="bound">What it belongs to: sealed text of one source does not open as that of another.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, string bound)
    {
        var result = new byte[NonceSize + plain.Length + TagSize];
        RandomNumberGenerator.Fill(result.AsSpan(0, NonceSize));
        using var aes = new AesGcm(Key(), TagSize);
        aes.Encrypt(result.AsSpan(0, NonceSize), plain, result.AsSpan(NonceSize, plain.Length), result.AsSpan(NonceSize + plain.Length), Encoding.UTF8.GetBytes(bound));
        return result;
    }

    /// <summary>Null when it was sealed under another key, or for something else.</summary>
    public byte[]? Open(ReadOnlySpan<byte> text, string bound)
    {
        if (text.Length < NonceSize + TagSize) return null;
        var plain = new byte[text.Length - NonceSize - TagSize];
        try
        {
            using var aes = new AesGcm(Key(), TagSize);
            aes.Decrypt(text[..NonceSize], text[NonceSize..^TagSize], text[^TagSize..], plain, Encoding.UTF8.GetBytes(bound));
            return plain;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private byte[] Key()
    {
        lock (_gate)
        {
            if (_key is not null) return _key;
            if (!File.Exists(_path))
            {
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                try
                {
                    using var file = new FileStream(_path, options);
                    file.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeySize)) + "\n"));
                    file.Flush(flushToDisk: true);
                }
                catch (IOException) when (File.Exists(_path))
                {
                    // Another process made it a moment ago.
                }
            }

            var text = File.ReadAllText(_path).Trim();
            if (text.Length != KeySize * 2) throw new InvalidDataException($"{_path} does not hold {KeySize * 2} hexadecimal digits.");
            return _key = Convert.FromHexString(text);
        }
    }
}
