using System.Globalization;

namespace Experience.Grains.People;

/// <summary>Streams: keyed 128-bit hashes of (source, key), by their top bits in 64 shards.</summary>
internal static class Streams
{
    public const int Shards = 64;

    public static int ShardOf(UInt128 stream) => (int)(stream >> 122);

    public static string IdOf(UInt128 stream) => stream.ToString("x32", CultureInfo.InvariantCulture);

    public static UInt128 Parse(string id) => UInt128.Parse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    public static bool TryParse(string id, out UInt128 stream)
    {
        stream = UInt128.Zero;
        return id.Length == 32 && UInt128.TryParse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out stream) && stream != UInt128.Zero;
    }
}
