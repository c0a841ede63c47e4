using System.Globalization;

namespace Experience.Benchmarks;

/// <summary>
/// Counts how often every shard's checkpoint was written: a file is named by its shard and the number of its writing, and the least often written shard
/// decides.
/// </summary>
internal sealed class CheckpointPasses(string folder)
{
    private readonly Dictionary<string, long> _before = Written(folder);

    public long Since()
    {
        var now = Written(folder);
        return now.Count == 0 ? 0 : now.Min(f => f.Value - _before.GetValueOrDefault(f.Key));
    }

    private static Dictionary<string, long> Written(string folder)
    {
        var files = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(folder, "checkpoints")))
        {
            var number = long.Parse(Path.GetExtension(path).AsSpan(1), CultureInfo.InvariantCulture);
            var shard = Path.GetFileNameWithoutExtension(path);
            files[shard] = Math.Max(number, files.GetValueOrDefault(shard));
        }

        return files;
    }
}
