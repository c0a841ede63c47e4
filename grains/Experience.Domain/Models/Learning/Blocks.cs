using System.Collections;

namespace Experience.Domain.Models.Learning;

/// <summary>A list that grows without being copied: what a doubling one leaves behind is, of a million people, as much as it holds.</summary>
internal sealed class Blocks<T> : IReadOnlyList<T>
{
    private const int Size = 512;

    private readonly List<T[]> _blocks = [];

    public int Count { get; private set; }

    public T this[int index] => At(index);

    /// <summary>The same where it stands.</summary>
    public ref readonly T At(int index) => ref _blocks[index / Size][index % Size];

    public void Add(T item)
    {
        if (Count == _blocks.Count * Size) _blocks.Add(new T[Size]);
        _blocks[^1][Count++ % Size] = item;
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
