using System.Collections.Concurrent;
using System.Text;
using Experience.Domain.Events;

namespace Experience.Embedded.Shards;

/// <summary>
/// The texts of clear names (sections, desks, categories), by the hash that states hold. Stored with the first commit that may use them.
/// </summary>
internal sealed class NameTable
{
    /// <summary>Names a folder. Beyond it a name is shown as its hash: names are meant to be few.</summary>
    public const int MaxNames = 500_000;

    private readonly ConcurrentDictionary<ulong, string> _names = new();
    private readonly HashSet<(int Field, ulong Hash)> _uses = [];
    private readonly Lock _lock = new();
    private readonly List<(int Field, ulong Hash)> _unsaved = [];

    public NameTable(IEnumerable<(int Field, ulong Hash, string Name)> stored)
    {
        foreach (var (field, hash, name) in stored)
        {
            _names[hash] = name;
            _uses.Add((field, hash));
        }
    }

    public int Count => _names.Count;

    public string Of(ulong hash) => hash == 0 ? "" : _names.TryGetValue(hash, out var name) ? name : $"#{hash:x8}";

    public string? Find(ulong hash) => _names.GetValueOrDefault(hash);

    /// <summary>Remembers the names among stored fields. <paramref name="known"/> is the loop's own set: almost every call ends there.</summary>
    public void Learn(ReadOnlySpan<byte> clear, HashSet<ulong> known)
    {
        var reader = new FieldReader(clear);
        while (reader.Next())
        {
            if (reader.Bytes.IsEmpty || Fields.Find(reader.Number) is not { Kind: FieldKind.Name }) continue;
            var hash = reader.Hash;
            if (known.Add(hash + (ulong)reader.Number)) Add(reader.Number, hash, reader.Bytes);
        }
    }

    /// <summary>The names that a field was given, in alphabetical order.</summary>
    public IReadOnlyList<string> Of(Field field)
    {
        lock (_lock) return [.. _uses.Where(u => u.Field == field.Number).Select(u => _names[u.Hash]).Order(StringComparer.OrdinalIgnoreCase)];
    }

    public IReadOnlyList<(int Field, ulong Hash, string Name)> Unsaved()
    {
        lock (_lock) return _unsaved.Count == 0 ? [] : [.. _unsaved.Select(u => (u.Field, u.Hash, _names[u.Hash]))];
    }

    public void Saved(int count)
    {
        lock (_lock) _unsaved.RemoveRange(0, count);
    }

    private void Add(int field, ulong hash, ReadOnlySpan<byte> text)
    {
        lock (_lock)
        {
            if (_uses.Count >= MaxNames || !_uses.Add((field, hash))) return;
            _names.TryAdd(hash, Encoding.UTF8.GetString(text));
            _unsaved.Add((field, hash));
        }
    }
}
