using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Experience.Domain.Events;
using Experience.Embedded.Loops;

namespace Experience.Embedded.Shards;

/// <summary>
/// Who entered and left which segment: an observation for each transition of a person who is served live. What a change of the rules themselves moves is counted,
/// and told once for the program (<see cref="SegmentSwitches"/>). An imported history moves nobody.
/// </summary>
internal sealed partial class Shard
{
    /// <summary>The rules that everybody was last assessed by; 0 when nobody was.</summary>
    private ulong _rulesShown;

    /// <summary>Masks of the image, until everybody is assessed once: what moved while the process was away is told too.</summary>
    private ulong[]? _masksAtLoad;

    /// <summary>Transitions told after the image, in order, by row.</summary>
    private Dictionary<int, List<(ulong Segment, bool Entered)>>? _toldSince;

    private SwitchCounts? _switch;

    /// <summary>The rules that the pass under way began with.</summary>
    private ulong _passRules;

    private void ObserveSegments(LoopContext cx, int row, ulong before, ulong after, bool history)
    {
        if (before == 0) before = MaskAtLoad(cx, row);
        if (before == 0 || before == after) return;
        ref var r = ref _rows[row];
        var rules = cx.Program.SegmentRules;
        if (_rulesShown != rules)
        {
            if (_rulesShown != 0) (_switch ??= new SwitchCounts()).Add(before, after);
            return;
        }

        if (history || r.LiveSince == 0 || (r.Flags & StreamFlags.Erased) != 0) return;
        for (var left = before & ~after; left != 0; left &= left - 1) Tell(cx, row, EventTypes.SegmentLeft, BitOperations.TrailingZeroCount(left));
        for (var entered = after & ~before; entered != 0; entered &= entered - 1) Tell(cx, row, EventTypes.SegmentEntered, BitOperations.TrailingZeroCount(entered));
    }

    /// <summary>Everybody was assessed by the rules as they are now.</summary>
    private void EndSwitch(LoopContext cx)
    {
        _masksAtLoad = null;
        _toldSince = null;

        // Rules that changed under way: who was assessed by the ones before is looked at by the pass that follows.
        if (_passRules != cx.Program.SegmentRules || _rulesShown == _passRules) return;
        cx.Parts.Switches.Done(cx.Program.SegmentRules, Index, _rulesShown == 0 ? null : _switch);
        _rulesShown = cx.Program.SegmentRules;
        _switch = null;
    }

    private void Tell(LoopContext cx, int row, EventType type, int bit)
    {
        if (cx.Program.Segments.All.FirstOrDefault(s => s.Bit == bit) is not { } segment) return;
        var output = cx.ObservationFields;
        output.Clear();
        new FieldWriter(output).Text(Fields.Segment, segment.Key);

        // Once for its cause: the newest fact and the day, which are all that moves somebody while rules stay.
        Span<byte> input = stackalloc byte[33];
        BinaryPrimitives.WriteUInt128LittleEndian(input, _rows[row].Stream);
        BinaryPrimitives.WriteUInt64LittleEndian(input[16..], segment.Hash ^ (ulong)cx.Program.Zone.Day(cx.Now));
        BinaryPrimitives.WriteUInt64LittleEndian(input[24..], cx.State.Last.Tie);
        input[32] = type.Code;
        Append(cx, row, type, SipHash.Public.Hash128(input), output.Written);
    }

    private void ReplayTold(int row, EventType type, ReadOnlySpan<byte> clear)
    {
        var fields = new FieldReader(clear);
        while (fields.Next())
        {
            if (fields.Number != Fields.Segment.Number) continue;
            _toldSince ??= [];
            if (!_toldSince.TryGetValue(row, out var told)) _toldSince[row] = told = [];
            told.Add((fields.Hash, type == EventTypes.SegmentEntered));
        }
    }

    private ulong MaskAtLoad(LoopContext cx, int row)
    {
        if (_masksAtLoad is null || row >= _masksAtLoad.Length || _masksAtLoad[row] is not (var mask and not 0)) return 0;
        _masksAtLoad[row] = 0;
        if (_toldSince is null || !_toldSince.Remove(row, out var told)) return mask;
        foreach (var (hash, entered) in told)
        {
            if (cx.Program.Segments.All.FirstOrDefault(s => s.Hash == hash) is not { } segment) continue;
            mask = entered ? mask | (1UL << segment.Bit) : mask & ~(1UL << segment.Bit);
        }

        return mask;
    }

    private void WriteMasks(Memory.FixedBuffer output)
    {
        Number(output, (long)_rulesShown);
        var masks = MemoryMarshal.Cast<byte, ulong>(output.Take(_rows.Count * sizeof(ulong)));
        for (var row = 0; row < masks.Length; row++)
        {
            var mask = _measures[row].Segments;
            if (mask == 0 && _masksAtLoad is { } loaded && row < loaded.Length) mask = loaded[row];
            masks[row] = mask;
        }
    }

    private void ReadMasks(ref ReadOnlySpan<byte> image)
    {
        _rulesShown = (ulong)Number(ref image);
        _masksAtLoad = new ulong[_rows.Count];
        for (var row = 0; row < _masksAtLoad.Length; row++) _masksAtLoad[row] = (ulong)Number(ref image);
    }

    private void ClearSegments()
    {
        _rulesShown = 0;
        _masksAtLoad = null;
        _toldSince = null;
        _switch = null;
    }
}

/// <summary>How many a change of rules moved, by segment bit.</summary>
internal sealed class SwitchCounts
{
    public long[] Entered { get; } = new long[64];

    public long[] Left { get; } = new long[64];

    public void Add(ulong before, ulong after)
    {
        for (var left = before & ~after; left != 0; left &= left - 1) Left[BitOperations.TrailingZeroCount(left)]++;
        for (var entered = after & ~before; entered != 0; entered &= entered - 1) Entered[BitOperations.TrailingZeroCount(entered)]++;
    }

    public void Merge(SwitchCounts other)
    {
        for (var i = 0; i < 64; i++)
        {
            Entered[i] += other.Entered[i];
            Left[i] += other.Left[i];
        }
    }
}

/// <summary>Gathers what a change of rules moved until all shards are through: one summary, not a storm. Any thread.</summary>
internal sealed class SegmentSwitches
{
    private readonly Lock _lock = new();
    private SwitchCounts _counts = new();
    private ulong _rules;
    private ulong _shards;
    private SwitchCounts? _ready;

    public void Done(ulong rules, int shard, SwitchCounts? counts)
    {
        lock (_lock)
        {
            if (_rules != rules)
            {
                // What a change moved that was overtaken by the next one is told with that.
                _rules = rules;
                _shards = 0;
            }

            if (counts is not null) _counts.Merge(counts);
            _shards |= 1UL << shard;
            if (_shards != ulong.MaxValue) return;
            _ready = _counts;
            _counts = new SwitchCounts();
        }
    }

    /// <summary>The summary of a change that all shards are through with, once.</summary>
    public SwitchCounts? Take()
    {
        lock (_lock)
        {
            var ready = _ready;
            _ready = null;
            return ready;
        }
    }
}
