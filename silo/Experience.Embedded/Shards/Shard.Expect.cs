using Experience.Embedded.Loops;

namespace Experience.Embedded.Shards;

/// <summary>
/// Asking for a person's memory before it is needed, in the steps in which one address tells the next: index and filter, then the row, then what the row
/// points to. Hints only: nothing is changed, and a wrong guess is harmless.
/// </summary>
internal sealed partial class Shard
{
    public void ExpectIndex(UInt128 stream, UInt128 id)
    {
        _table.Expect(stream);
        _bloom.Expect(id);
        _recent.Expect(id ^ stream);
    }

    /// <param name="recording">Only to be recorded: what is folded later is asked for then.</param>
    public void ExpectRow(UInt128 stream, bool recording = false)
    {
        var row = _table.Guess(stream);
        if (!recording)
        {
            ExpectRow(row);
        }
        else if (row >= 0)
        {
            _rows.Expect(row);
            _waiting.Expect(row);
        }
    }

    public void ExpectRow(int row)
    {
        if (row < 0 || row >= _rows.Count) return;
        _rows.Expect(row);
        _measures.Expect(row);
        _deadlines.Expect(row);
        _waiting.Expect(row);
    }

    public void ExpectState(UInt128 stream) => ExpectState(_table.Guess(stream));

    public void ExpectKey(LoopContext cx, UInt128 stream)
    {
        if (_table.Guess(stream) is var row and >= 0) cx.Keys.Expect(_rows[row].KeySlot);
    }

    public void ExpectWaiting(UInt128 stream)
    {
        if (_table.Guess(stream) is var row and >= 0 && row < _waiting.Count) _context.Waiting.Expect(_waiting[row], lines: 1);
    }

    public void ExpectState(int row)
    {
        if (row < 0 || row >= _rows.Count) return;
        ref var r = ref _rows[row];
        if ((r.Flags & StreamFlags.Decoded) == 0) _arena.Expect(r.State, r.StateLength);
        _arena.Expect(r.Open, r.OpenCount * OpenEntry.Size);
    }
}
