using System.Runtime.InteropServices;
using System.Text;
using Experience.Domain.Assessments;
using Experience.Domain.Voice;
using Experience.Embedded.Loops;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Shards;

/// <summary>
/// A sixty-fourth of all people: their rows, states, indexes and sums. Owned whole by one loop: nothing in here is locked, and everything in here
/// can be thrown away and folded again from checkpoint and journal.
/// </summary>
internal sealed partial class Shard : IDisposable
{
    public const int Count = 64;

    private readonly LoopContext _context;
    private readonly NativeRows<Row> _rows;
    private readonly NativeRows<RowMeasures> _measures;
    private readonly NativeRows<long> _deadlines;
    private readonly ByteArena _arena;
    private readonly StreamTable _table;
    private readonly GrowingBloom _bloom = new();
    private readonly RecentIds _recent = new();
    private readonly HashSet<UInt128> _voids = [];
    private readonly Dictionary<int, HeavyPerson> _heavy = [];
    private (int Row, HeavyPerson Heavy) _heavyAt = (-1, null!);
    private readonly Dictionary<int, long> _sourceEnds = [];

    /// <param name="context">What the loop that owns this shard works with.</param>
    public Shard(int index, LoopContext context, NativeHeap heap)
    {
        Index = index;
        _context = context;
        _rows = new NativeRows<Row>(heap);
        _measures = new NativeRows<RowMeasures>(heap);
        _deadlines = new NativeRows<long>(heap);
        _waiting = new NativeRows<uint>(heap);
        _arena = new ByteArena(heap);
        _table = new StreamTable(row => _rows[row].Stream);
    }

    public int Index { get; }

    public int People => _rows.Count;

    /// <summary>Facts recorded, voided ones included.</summary>
    public long Events { get; private set; }

    /// <summary>Position of the newest record of this shard.</summary>
    public long LastPosition { get; private set; }

    /// <summary>Records since the last checkpoint: what a start would have to fold again.</summary>
    public int Tail { get; set; }

    /// <summary>Counts how often everything was thrown away to be loaded again.</summary>
    public long Loads { get; private set; }

    /// <summary>Greatest time of a fact by source: what an imported history is judged as of.</summary>
    public IReadOnlyDictionary<int, long> SourceEnds => _sourceEnds;

    /// <summary>Smallest time of a fact, µs; <see cref="long.MaxValue"/> when there is none.</summary>
    public long FirstAt { get; private set; } = long.MaxValue;

    public long MemoryBytes => _arena.ReservedBytes + _bloom.Bytes + (_rows.Count * (long)(Marshal.SizeOf<Row>() + Marshal.SizeOf<RowMeasures>() + 8 + 4 + 6));

    /// <summary>Which shard a stream belongs to: by its top bits; the tables inside use the low ones.</summary>
    public static int Of(UInt128 stream) => (int)(stream >> 122);

    /// <summary>Rows of voices, whether they are somebody's by now or nobody's.</summary>
    public IReadOnlyList<int> VoiceRows => _voices;

    public int Find(UInt128 stream) => _table.Find(stream);

    public ref Row Row(int row) => ref _rows[row];

    public ref RowMeasures Measures(int row) => ref _measures[row];

    /// <summary>The stored form of a person's state, as of now.</summary>
    public ReadOnlySpan<byte> StateBytes(int row)
    {
        _context.FoldWaiting(this, row);
        return FoldedBytes(row);
    }

    /// <summary>The stored form of what is folded of a person.</summary>
    public ReadOnlySpan<byte> FoldedBytes(int row)
    {
        ref var r = ref _rows[row];
        if ((r.Flags & StreamFlags.Decoded) != 0) _context.Hot.Store(this, row);
        return _arena.Span(r.State, r.StateLength);
    }

    /// <summary>Replaces the stored form of a state.</summary>
    public void PutState(int row, ReadOnlySpan<byte> bytes)
    {
        ref var r = ref _rows[row];
        r.State = _arena.Replace(r.State, r.StateLength, bytes);
        r.StateLength = bytes.Length;
        r.Flags &= ~StreamFlags.Decoded;
    }

    public ReadOnlySpan<byte> KeyBytes(int row)
    {
        ref var r = ref _rows[row];
        return _arena.Span(r.Identity, r.IdentityLength);
    }

    public string Key(int row) => Encoding.UTF8.GetString(KeyBytes(row));

    public Span<OpenEntry> Open(int row)
    {
        ref var r = ref _rows[row];
        return r.OpenCount == 0 ? default : MemoryMarshal.Cast<byte, OpenEntry>(_arena.Span(r.Open, r.OpenCount * OpenEntry.Size));
    }

    public void Dispose()
    {
        _rows.Dispose();
        _measures.Dispose();
        _deadlines.Dispose();
        _waiting.Dispose();
        _value.Dispose();
        _nextValue?.Dispose();
        _arena.Dispose();
    }

    private void SetOpen(int row, ReadOnlySpan<OpenEntry> entries)
    {
        ref var r = ref _rows[row];
        if (entries.Length == 0)
        {
            _arena.Free(r.Open, r.OpenCount * OpenEntry.Size);
            r.Open = 0;
        }
        else
        {
            r.Open = _arena.Replace(r.Open, r.OpenCount * OpenEntry.Size, MemoryMarshal.AsBytes(entries));
        }

        r.OpenCount = (ushort)entries.Length;
    }

    private int Create(UInt128 stream, int source, ReadOnlySpan<byte> key, int keySlot)
    {
        var row = _rows.Add();
        _measures.Add();
        _deadlines.Add();
        _waiting.Add();
        _deadlines[row] = long.MaxValue;
        ref var r = ref _rows[row];
        r.Stream = stream;
        r.Source = (ushort)source;
        r.KeySlot = keySlot;
        r.Identity = _arena.Allocate(key.Length);
        r.IdentityLength = (ushort)key.Length;
        key.CopyTo(_arena.Span(r.Identity, key.Length));
        _table.Add(stream, row);
        if (Voices.IsVoice(stream)) _voices.Add(row);
        return row;
    }

    /// <summary>Forgets everything, to be loaded again.</summary>
    private void Clear()
    {
        ImageTaken();
        Loads++;
        _context.Hot.Forget(this);
        ForgetWaiting();
        _rows.Clear();
        _measures.Clear();
        _deadlines.Clear();
        _arena.Clear();
        _table.Clear(0);
        _bloom.Clear();
        _recent.Clear();
        _voids.Clear();
        ForgetSnapshots();
        _heavy.Clear();
        _heavyAt = (-1, null!);
        _links.Clear();
        _unions.Clear();
        _unsettled.Clear();
        _voices.Clear();
        _snapshotsFrom = RefoldAtOnce;
        _sourceEnds.Clear();
        Events = 0;
        FirstAt = long.MaxValue;
        LastPosition = 0;
        Tail = 0;
        ClearAssessment();
    }

    private void SeeSource(LoopContext cx, int source, long time)
    {
        ref var end = ref CollectionsMarshal.GetValueRefOrAddDefault(_sourceEnds, source, out var exists);
        if (exists && end >= time) return;
        end = time;
        cx.Clocks.SeeEnd(source, time);
    }
}
