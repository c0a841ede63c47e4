using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Embedded.Journal;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Loops;

/// <summary>
/// Folds a very long history anew without holding the loop, from the newest snapshot that stands, else from nothing: it is read in steps, each step's facts sorted by themselves,
/// then merged and folded in steps. What comes out is a snapshot of all but the newest facts; the person is then settled from it like anybody else, with what came meanwhile.
/// </summary>
internal sealed class LongRefold
{
    /// <summary>Records read, or facts folded, at a time: one to two milliseconds.</summary>
    public const int StepFacts = 128;

    /// <summary>Facts that settling folds again, which is done at once.</summary>
    public const int LeftForSettling = 256;

    /// <summary>Pages that are kept for the next one, some 16 KiB each: they live for as long as it takes, and would be moved by the collector again and again.</summary>
    private const int MostSpare = 512;

    private readonly Shard _shard;
    private readonly int _row;
    private readonly long _taken;
    private readonly long _records;
    private readonly UInt128 _stream;
    private readonly int _slot;
    private readonly long _loads;
    private readonly long _spoils;
    private readonly PersonState _state = new();
    private readonly List<Run> _runs = [];
    private readonly PriorityQueue<Run, (Stamp Stamp, UInt128 Id)> _next = new();

    // What is older than the snapshot and came after it, the last to come first.
    private readonly FactPages _late = new();
    private HeavyPerson.Snapshot? _start;
    private long _position;
    private bool _folding;
    private bool _deep;
    private int _count;
    private int _folded;

    public LongRefold(Shard shard, int row, int patience = 0)
    {
        Patience = patience;
        ref var r = ref shard.Row(row);
        (_shard, _row, _stream, _loads, _spoils) = (shard, row, r.Stream, shard.Loads, shard.Spoils);
        (_taken, _records) = (r.Last, r.Events);
        _slot = Shard.SlotOf(r);
        Begin();
    }

    /// <summary>Times that more had come, when it was through, than is settled at once.</summary>
    public int Patience { get; }

    public Shard Shard => _shard;

    public int Row => _row;

    /// <summary>Whether the person still waits for it, in the memory that it began on, and nothing that it folded was voided since.</summary>
    public bool Stands => _shard.Loads == _loads && _shard.Spoils == _spoils && _shard.IsStale(_row);

    /// <summary>One step; false when the snapshot is kept and settling is short.</summary>
    public bool Step(LoopContext cx)
    {
        if (_position > (_start?.After ?? 0))
        {
            Read(cx);
            return true;
        }

        if (!_folding && !TakeUp(cx))
        {
            _shard.DropSnapshot(_row, _start!);
            Release(cx);
            Begin();
            return true;
        }

        for (var n = 0; n < StepFacts; n++)
        {
            var left = _count - _folded;
            if (left <= HeavyPerson.Deep && !_deep && !SameStamp())
            {
                // For what comes later than the last snapshot allows.
                if (left > LeftForSettling) Keep(cx);
                _deep = true;
            }

            if (left <= LeftForSettling && !SameStamp())
            {
                Keep(cx);
                return false;
            }

            Fold(cx);
        }

        return true;
    }

    /// <summary>Lets go of what was read: it is through, or has to begin again.</summary>
    public void Release(LoopContext cx)
    {
        foreach (var run in _runs)
        {
            if (cx.Spare.Count == MostSpare) break;
            run.Facts.Clear();
            cx.Spare.Push(run.Facts);
        }

        _runs.Clear();
        _next.Clear();
    }

    private void Begin()
    {
        _start = _shard.NewestSnapshot(_row);
        _position = _taken;
        _late.Clear();
        _folding = _deep = false;
        _count = _folded = 0;
    }

    // What is older than the snapshot is in it, or late.
    private void Read(LoopContext cx)
    {
        var run = new Run(cx.Spare.TryPop(out var spare) ? spare : new FactPages(StepFacts * 32));
        var read = 0;
        _position = cx.History.Walk(_stream, _position, _start?.After ?? 0, dense: true, (in RecordView record) =>
        {
            var older = _start is { } start && record.Header.Stamp <= start.Stamp;
            if (!older) _shard.Gather(cx, _row, _slot, record, run.Facts);
            else if (record.Position > _start!.Taken) _shard.Gather(cx, _row, _slot, record, _late);
            return ++read < StepFacts;
        });
        _runs.Add(run);
        if (run.Facts.Count == 0) return;
        run.Facts.Sort();
        _count += run.Facts.Count;
        _next.Enqueue(run, run.Place);
    }

    // False where the snapshot does not stand any more: it was dropped, or a late fact cannot be folded into it.
    private bool TakeUp(LoopContext cx)
    {
        if (_start is { Dropped: true }) return false;
        _folding = true;
        if (_start is null) _state.Clear();
        else _state.Read(_shard.StateOf(_start));
        for (var i = _late.Count - 1; i >= 0; i--)
        {
            if (!PersonFold.TryApplyLate(_state, _late[i], cx.Zone)) return false;
        }

        return true;
    }

    private void Fold(LoopContext cx)
    {
        var run = _next.Peek();
        PersonFold.Apply(_state, run.Facts[run.At], cx.Zone);
        _folded++;
        if (++run.At < run.Facts.Count) _next.EnqueueDequeue(run, run.Place);
        else _next.Dequeue();
    }

    // Two facts of one stamp are folded on the same side of a snapshot.
    private bool SameStamp() => _next.Count > 0 && _folded > 0 && _next.Peek().Place.Stamp == _state.Last;

    private void Keep(LoopContext cx)
    {
        var after = _taken;
        foreach (var run in _runs)
        {
            for (var i = run.At; i < run.Facts.Count; i++) after = Math.Min(after, run.Facts.PositionOf(i) - 1);
        }

        _shard.KeepBase(_row, new HeavyPerson.Snapshot(after, _taken, _state.Facts, _records - (_count - _folded), _state.Last, _shard.Kept(cx.Encode(_state), out var length), length));
    }

    /// <summary>The facts of one step, sorted; those before <see cref="At"/> are folded.</summary>
    private sealed class Run(FactPages facts)
    {
        public FactPages Facts => facts;

        public int At { get; set; }

        public (Stamp Stamp, UInt128 Id) Place => (Facts.StampOf(At), Facts[At].Id);
    }
}
