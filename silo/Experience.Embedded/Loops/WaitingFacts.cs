using System.Runtime.InteropServices;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Embedded.Memory;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Loops;

/// <summary>
/// Facts of a loop's people that are recorded and not folded yet, and the order in which their people have a turn. To decode, assess and store somebody costs many times what
/// folding a fact does, so under load it is done once for all facts of some moments. One owner: the loop; who has facts here is the shard's to say (<see cref="Shard.IsWaiting"/>).
/// </summary>
/// <remarks>
/// Facts are copied one after the other into chunks, and a chunk is used again when none of its facts waits any more: turns come about in the order of the facts, so that little
/// is held for long. Facts of one person are a ring, known by the last one: behind it stands the first.
/// </remarks>
internal sealed unsafe class WaitingFacts(NativeHeap heap)
{
    /// <summary>Longest fact that waits: a longer one is rare, and folded at once.</summary>
    public const int MaxBytes = 4 * 1024;

    private const int ChunkBytes = 256 * 1024;

    /// <summary>Unit of addresses.</summary>
    private const int Unit = 16;

    private const int UnitsPerChunk = ChunkBytes / Unit;

    private readonly List<nint> _chunks = [];

    /// <summary>Facts that wait in a chunk.</summary>
    private readonly List<int> _held = [];

    private readonly Stack<int> _free = new();

    /// <summary>Shards of this loop that have come across, by their index: turns name them by number, so that the collector need not look at turns.</summary>
    private readonly Shard[] _shards = new Shard[Shard.Count];

    private int _chunk = -1;
    private int _used = UnitsPerChunk;
    private Turn[] _turns = new Turn[1024];

    /// <summary>Facts that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Memory that holds them.</summary>
    public long Bytes => (long)(_chunks.Count - _free.Count) * ChunkBytes;

    /// <summary>Facts that ever waited.</summary>
    public long Added { get; private set; }

    /// <summary>The turn that is next, counted from the first one that there ever was.</summary>
    public long Next { get; private set; }

    /// <summary>The turn of whoever comes to wait now: all who wait have one before it.</summary>
    public long End { get; private set; }

    /// <summary>Since when somebody waits at most; <see cref="long.MaxValue"/> when nobody does.</summary>
    public long Since
    {
        get
        {
            while (Next < End && !Stands(At(Next))) Next++;
            return Next < End ? At(Next).Since : long.MaxValue;
        }
    }

    /// <summary>Somebody has a turn: <see cref="TryTake"/> names the person once.</summary>
    /// <param name="first">The first of the person's facts.</param>
    /// <param name="since">A reading of <see cref="System.Diagnostics.Stopwatch"/>; never less than that of the call before.</param>
    public void Enqueue(Shard shard, int row, uint first, long since)
    {
        if (End - Next == _turns.Length) Grow();
        _shards[shard.Index] = shard;
        At(End++) = new Turn(shard.Index, row, first, since);
    }

    /// <summary>Takes the one who waits longest, unless nobody does.</summary>
    public bool TryTake(out Shard shard, out int row)
    {
        while (Next < End)
        {
            Expect();
            var turn = At(Next++);
            if (!Stands(turn)) continue;
            (shard, row) = (_shards[turn.Shard], turn.Row);
            return true;
        }

        (shard, row) = (null!, -1);
        return false;
    }

    /// <summary>Copies a fact into the ring of the person's facts; answers where it is, which is the last of the ring now.</summary>
    /// <param name="last">The last of the ring so far; 0 where nothing of the person waits.</param>
    /// <param name="position">Where it stands in the journal.</param>
    public uint Add(uint last, in FactView fact, long position)
    {
        var personal = PersonFold.ReadsPersonal(fact.Type) ? fact.Personal : default;
        var header = new Header
        {
            Id = fact.Id,
            Time = fact.Time,
            Position = position,
            Count = 1,
            Clear = (ushort)fact.Clear.Length,
            Personal = (ushort)personal.Length,
            Type = fact.Type.Code,
        };
        var units = (header.Bytes + Unit - 1) / Unit;
        if (_used + units > UnitsPerChunk) NextChunk();
        var at = (uint)((_chunk * UnitsPerChunk) + _used);
        _used += units;
        _held[_chunk]++;
        header.Next = at;
        if (last != 0)
        {
            var before = Pointer(last);
            (header.Next, before->Next) = (before->Next, at);
            header.Count = before->Count + 1;
        }

        *Pointer(at) = header;
        fact.Clear.CopyTo(FieldsOf(Pointer(at)));
        personal.CopyTo(FieldsOf(Pointer(at))[fact.Clear.Length..]);
        Count++;
        Added++;
        return at;
    }

    /// <summary>Facts in the ring that ends with this one.</summary>
    public int CountOf(uint last) => Pointer(last)->Count;

    /// <summary>The fact behind another one of the same person; behind the last stands the first.</summary>
    public uint Behind(uint at) => Pointer(at)->Next;

    /// <summary>Where a fact stands in the journal.</summary>
    public long PositionOf(uint at) => Pointer(at)->Position;

    /// <summary>A fact as it was copied; valid until it is freed.</summary>
    public FactView this[uint at]
    {
        get
        {
            var header = Pointer(at);
            var fields = FieldsOf(header);
            return new FactView(EventTypes.Of(header->Type), header->Time, header->Id, fields[..header->Clear], fields[header->Clear..]);
        }
    }

    /// <summary>Forgets the facts of a ring: nothing of what they said stays.</summary>
    public void Free(uint last)
    {
        var count = CountOf(last);
        for (var at = last; count > 0; at = Pointer(at)->Next, count--)
        {
            FieldsOf(Pointer(at)).Clear();
            var chunk = (int)(at / UnitsPerChunk);
            Count--;
            if (--_held[chunk] > 0) continue;
            if (chunk == _chunk) _used = FirstUnit;
            else _free.Push(chunk);
        }
    }

    /// <summary>Asks for the memory of a fact.</summary>
    public void Expect(uint at, int lines)
    {
        if (at != 0) Prefetch.Read((byte*)Pointer(at), lines * Prefetch.Line, lines);
    }

    // No fact is at 0.
    private const int FirstUnit = 1;

    private void NextChunk()
    {
        if (!_free.TryPop(out _chunk))
        {
            _chunk = _chunks.Count;
            _chunks.Add((nint)heap.Allocate(ChunkBytes));
            _held.Add(0);
        }

        _used = FirstUnit;
    }

    private Header* Pointer(uint at) => (Header*)((byte*)_chunks[(int)(at / UnitsPerChunk)] + (at % UnitsPerChunk * Unit));

    private static Span<byte> FieldsOf(Header* header) => new(header + 1, header->Clear + header->Personal);

    private ref Turn At(long turn) => ref _turns[turn & (_turns.Length - 1)];

    // Memory of those who have a turn soon.
    private void Expect()
    {
        const int rowsAhead = 8, statesAhead = 4;
        if (Next + rowsAhead < End && At(Next + rowsAhead) is var later) _shards[later.Shard].ExpectRow(later.Row);
        if (Next + statesAhead >= End) return;
        var soon = At(Next + statesAhead);
        _shards[soon.Shard].ExpectState(soon.Row);
        Expect(soon.First, lines: 3);
    }

    private void Grow()
    {
        var turns = new Turn[_turns.Length * 2];
        for (var turn = Next; turn < End; turn++) turns[turn & (turns.Length - 1)] = At(turn);
        _turns = turns;
    }

    // Somebody who was folded meanwhile has a turn that names nobody any more.
    private bool Stands(in Turn turn) => _shards[turn.Shard].IsWaiting(turn.Row);

    private readonly record struct Turn(int Shard, int Row, uint First, long Since);

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public UInt128 Id;
        public long Time;
        public long Position;
        public uint Next;

        /// <summary>Facts of the ring when this one was its last.</summary>
        public int Count;

        public ushort Clear;
        public ushort Personal;
        public byte Type;

        public readonly int Bytes => sizeof(Header) + Clear + Personal;
    }
}
