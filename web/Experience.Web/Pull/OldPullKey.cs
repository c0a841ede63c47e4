using System.Security.Cryptography;
using System.Text;

namespace Experience.Web.Pull;

/// <summary>
/// Folders of an earlier version have a key of their own for polled systems (<c>DATA.pull.key</c>). What it sealed is sealed anew under the keys of all ways in when the folder
/// is first looked at, and the file is deleted. A crash in between leaves what was done: it does not open under the old key any more.
/// </summary>
internal static class OldPullKey
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    public static string PathOf(string dataFolder) => Path.GetFullPath(dataFolder).TrimEnd(Path.DirectorySeparatorChar) + ".pull.key";

    /// <returns>What opens the old form; null where it is no old form.</returns>
    public static Func<byte[], string, byte[]?> Read(string path)
    {
        var key = Convert.FromHexString(File.ReadAllText(path).Trim());
        return (text, bound) =>
        {
            if (text.Length < NonceSize + TagSize) return null;
            var plain = new byte[text.Length - NonceSize - TagSize];
            try
            {
                using var aes = new AesGcm(key, TagSize);
                aes.Decrypt(text.AsSpan(0, NonceSize), text.AsSpan(NonceSize, plain.Length), text.AsSpan(text.Length - TagSize), plain, Encoding.UTF8.GetBytes(bound));
                return plain;
            }
            catch (AuthenticationTagMismatchException)
            {
                return null;
            }
        };
    }
}
