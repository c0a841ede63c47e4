namespace Experience.Grains.People;

/// <summary>
/// The 64-bit ids that a participant counted. Most people have some dozens: those lie one after the other and are scanned, eight bytes each; longer
/// histories are hashed, half full at most.
/// </summary>
internal sealed class IdSet
{
    private const int MaxScanned = 64;

    private ulong[] _ids = [];
    private bool _hashed;

    public int Count { get; private set; }

    // 0 marks an empty place; it passes for 1, as any two ids may by chance.
    public bool Contains(ulong id)
    {
        if (id == 0) id = 1;
        if (!_hashed) return _ids.AsSpan(0, Count).Contains(id);
        return _ids[Place(id)] == id;
    }

    public void Add(ulong id)
    {
        if (id == 0) id = 1;
        if (Contains(id)) return;
        if (!_hashed)
        {
            if (Count < MaxScanned)
            {
                if (Count == _ids.Length) Array.Resize(ref _ids, Math.Min(MaxScanned, Count < 4 ? Count + 2 : Count + (Count / 2)));
                _ids[Count++] = id;
                return;
            }

            Rehash(4 * MaxScanned);
        }
        else if (2 * (Count + 1) > _ids.Length)
        {
            Rehash(2 * _ids.Length);
        }

        _ids[Place(id)] = id;
        Count++;
    }

    public void EnsureCapacity(int count)
    {
        if (count <= MaxScanned)
        {
            if (!_hashed && _ids.Length < count) Array.Resize(ref _ids, count);
            return;
        }

        var size = 4 * MaxScanned;
        while (size < 2 * count) size *= 2;
        if (!_hashed || _ids.Length < size) Rehash(size);
    }

    /// <summary>All ids, in an order that means nothing.</summary>
    public void CopyTo(List<ulong> all)
    {
        foreach (var id in _ids.AsSpan(0, _hashed ? _ids.Length : Count))
        {
            if (id != 0) all.Add(id);
        }
    }

    private void Rehash(int size)
    {
        var before = _ids.AsSpan(0, _hashed ? _ids.Length : Count);
        _ids = new ulong[size];
        _hashed = true;
        foreach (var id in before)
        {
            if (id != 0) _ids[Place(id)] = id;
        }
    }

    // Ids are hashes: their low bits choose the place, and the next free one is taken.
    private int Place(ulong id)
    {
        var mask = _ids.Length - 1;
        var at = (int)id & mask;
        while (_ids[at] != 0 && _ids[at] != id) at = (at + 1) & mask;
        return at;
    }
}
