using System.Collections.Concurrent;

namespace Experience.Embedded.Loops;

/// <summary>Sources by number: any thread asks, new ones are stored with the first commit that may use them.</summary>
internal sealed class SourceTable
{
    /// <summary>Sources a folder: numbers are 16 bits in a record, and a source is a system, not a person.</summary>
    public const int MaxSources = 60_000;

    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly List<string> _names = [""];
    private int _saved = 1;

    public SourceTable(IReadOnlyList<string> stored)
    {
        for (var i = 1; i < stored.Count; i++)
        {
            _names.Add(stored[i]);
            if (stored[i].Length > 0) _numbers[stored[i]] = i;
        }

        _saved = _names.Count;
    }

    public int Count
    {
        get
        {
            lock (_lock) return _names.Count;
        }
    }

    /// <summary>The number of a source; 0 when no more sources are taken.</summary>
    public int Number(string source)
    {
        if (_numbers.TryGetValue(source, out var number)) return number;
        lock (_lock)
        {
            if (_numbers.TryGetValue(source, out number)) return number;
            if (_names.Count > MaxSources) return 0;
            number = _names.Count;
            _names.Add(source);
            _numbers[source] = number;
            return number;
        }
    }

    public int Find(string source) => _numbers.GetValueOrDefault(source);

    public string Name(int number)
    {
        lock (_lock) return (uint)number < (uint)_names.Count ? _names[number] : "";
    }

    public IReadOnlyList<(int Number, string Source)> Unsaved()
    {
        lock (_lock)
        {
            if (_saved == _names.Count) return [];
            var unsaved = new List<(int, string)>();
            for (var i = _saved; i < _names.Count; i++) unsaved.Add((i, _names[i]));
            return unsaved;
        }
    }

    public void Saved(int count)
    {
        lock (_lock) _saved += count;
    }
}
