using System.Collections.Concurrent;
using Experience.Domain.Events;
using Experience.Grains.Contracts;
using Experience.Grains.Storage;

namespace Experience.Grains.Programs;

/// <summary>
/// The texts of clear names (sections, desks, categories), by the hash that states hold: in the store before the first record that uses
/// them, read by every process as far as it needs them. Any thread.
/// </summary>
internal sealed class NameTable(IClusterStore store) : IDisposable
{
    /// <summary>Names a program. Beyond it a name is shown as its hash: names are meant to be few.</summary>
    public const int MaxNames = 500_000;

    private readonly ConcurrentDictionary<ulong, string> _names = new();
    private readonly ConcurrentDictionary<(int Field, ulong Hash), byte> _uses = new();
    private readonly SemaphoreSlim _reading = new(1, 1);
    private long _read;

    public string? Find(ulong hash) => _names.GetValueOrDefault(hash);

    /// <summary>The names that a field was given, in alphabetical order.</summary>
    public IReadOnlyList<string> Of(Field field) =>
        [.. _uses.Keys.Where(u => u.Field == field.Number).Select(u => _names[u.Hash]).Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Stores names that this process has not seen yet. Almost every call finds none.</summary>
    public async ValueTask LearnAsync(IReadOnlyList<FactMessage> facts)
    {
        if (Unknown(facts) is not { } unknown || _uses.Count >= MaxNames) return;
        await store.LearnNamesAsync(unknown);
        foreach (var (field, name) in unknown) Keep(field, name);
    }

    /// <summary>Reads what others learned since.</summary>
    public async Task RefreshAsync()
    {
        await _reading.WaitAsync();
        try
        {
            var found = await store.NamesAsync(_read);
            foreach (var (field, name) in found) Keep(field, name);
            _read += found.Count;
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    private List<(int Field, string Name)>? Unknown(IReadOnlyList<FactMessage> facts)
    {
        List<(int, string)>? unknown = null;
        foreach (var fact in facts)
        {
            var reader = new FieldReader(fact.Clear);
            while (reader.Next())
            {
                if (reader.Bytes.IsEmpty || Fields.Find(reader.Number) is not { Kind: FieldKind.Name }) continue;
                if (!_uses.ContainsKey((reader.Number, reader.Hash))) (unknown ??= []).Add((reader.Number, reader.Text));
            }
        }

        return unknown;
    }

    private void Keep(int field, string name)
    {
        var hash = SipHash.Name(name);
        _names.TryAdd(hash, name);
        _uses.TryAdd((field, hash), 0);
    }
}
