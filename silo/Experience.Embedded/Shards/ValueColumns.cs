using System.Numerics;
using System.Runtime.InteropServices;
using Experience.Domain.Boards;
using Experience.Domain.Models.Learning;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Shards;

/// <summary>What rows are valued by: one model at one civil day. A new one is computed beside the old, and takes its place everywhere at once.</summary>
/// <param name="Number">Ascends.</param>
/// <param name="Model">Null while nothing is learned.</param>
internal sealed record ValueGeneration(long Number, ValueModel? Model)
{
    public static ValueGeneration None { get; } = new(0, null);
}

/// <summary>What the value model says of one row.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ValueCell
{
    public long Expected;
    public long Costs;

    /// <summary>Hash of what it was computed from: another one means that it is to be computed again. 0 for a row that was not reached.</summary>
    public uint Basis;

    /// <summary>P(active) in 1/10,000; −1 for somebody who never bought.</summary>
    public short Active;

    public bool Forecast;
}

/// <summary>
/// The value cells of a shard's rows by one generation, with their exact sums by segment. Kept apart from the other measures, so that a new
/// generation is one exchange of references. One owner: the shard.
/// </summary>
internal sealed class ValueColumns(ValueGeneration generation) : IDisposable
{
    private readonly NativeRows<ValueCell> _cells = new();
    private readonly ValueSums[] _sums = new ValueSums[64];

    public ValueGeneration Generation => generation;

    public int Count => _cells.Count;

    public ValueCell this[int row] => _cells[row];

    /// <summary>Makes cells for rows that came since, not reached yet.</summary>
    public void Grow(int rows)
    {
        while (_cells.Count < rows) _cells.Add();
    }

    public void Put(int row, ulong segments, in ValueCell cell)
    {
        Sum(segments, _cells[row], -1);
        _cells[row] = cell;
        Sum(segments, cell, 1);
    }

    /// <summary>The row is in other segments now.</summary>
    public void Move(int row, ulong before, ulong after)
    {
        Sum(before & ~after, _cells[row], -1);
        Sum(after & ~before, _cells[row], 1);
    }

    public void AddTo(SegmentSums total, int bit) => total.AddValue(_sums[bit]);

    /// <summary>Whether the sums of a segment are those of its rows. For verification.</summary>
    public bool Adds(int bit, Func<int, ulong> segments)
    {
        ValueSums sums = default;
        for (var row = 0; row < _cells.Count; row++)
        {
            if ((segments(row) >> bit & 1) != 0) sums = sums.Plus(Of(_cells[row], 1));
        }

        return sums == _sums[bit];
    }

    public void Dispose() => _cells.Dispose();

    private void Sum(ulong segments, in ValueCell cell, int sign)
    {
        if (cell.Basis == 0) return;
        var part = Of(cell, sign);
        for (var left = segments; left != 0; left &= left - 1)
        {
            ref var sums = ref _sums[BitOperations.TrailingZeroCount(left)];
            sums = sums.Plus(part);
        }
    }

    private static ValueSums Of(in ValueCell cell, int sign) => cell.Basis == 0
        ? default
        : new ValueSums(
            cell.Forecast ? sign : 0, sign * cell.Expected, sign * cell.Costs, cell.Active >= 0 ? sign : 0, cell.Active >= 0 ? sign * cell.Active : 0);
}
