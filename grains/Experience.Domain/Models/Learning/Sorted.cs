using System.Collections;

namespace Experience.Domain.Models.Learning;

/// <summary>What several lists hold, sorted, without being copied: in an order that does not depend on which list something stood in.</summary>
internal sealed class Sorted<T> : IReadOnlyList<T>
{
    private readonly Blocks<T>[] _lists;
    private readonly long[] _order;

    public Sorted(IEnumerable<Blocks<T>> lists, Comparison<T> compare)
    {
        _lists = [.. lists];
        _order = new long[_lists.Sum(static list => list.Count)];
        var place = 0;
        for (var list = 0; list < _lists.Length; list++)
        {
            for (var i = 0; i < _lists[list].Count; i++) _order[place++] = ((long)list << 32) | (uint)i;
        }

        Array.Sort(_order, (a, b) => compare(At(a), At(b)));
    }

    public int Count => _order.Length;

    public T this[int index] => At(_order[index]);

    public IEnumerator<T> GetEnumerator()
    {
        foreach (var place in _order) yield return At(place);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ref readonly T At(long place) => ref _lists[place >> 32].At((int)place);
}
