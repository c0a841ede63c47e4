using System.Runtime.CompilerServices;
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
internal sealed class WaitingFacts(NativeHeap heap) : IDisposable
{
    /// <summary>Longest fact that waits: a longer one is rare, and folded at once.</summary>
    public const int MaxBytes = 4 * 1024;

    private readonly ByteArena _arena = new(heap);
    private Turn[] _turns = new Turn[1024];

    /// <summary>Facts that wait.</summary>
    public int Count { get; private set; }

    /// <summary>The turn that is next, counted from the first one that there ever was.</summary>
    public long Next { get; private set; }

    /// <summary>The turn of whoever comes to wait now: all who wait have one before it.</summary>
    public long End { get; private set; }

    /// <summary>Since when somebody waits at most; <see cref="long.MaxValue"/> when nobody does.</summary>
    public long Since
    {
        get
        {
            while (Next < End && !At(Next).Stands) Next++;
            return Next < End ? At(Next).Since : long.MaxValue;
        }
    }

    /// <summary>Somebody has a turn: <see cref="TryTake"/> names the person once.</summary>
    /// <param name="since">A reading of <see cref="System.Diagnostics.Stopwatch"/>; never less than that of the call before.</param>
    public void Enqueue(Shard shard, int row, long since)
    {
        if (End - Next == _turns.Length) Grow();
        At(End++) = new Turn(shard, row, since);
    }

    /// <summary>Takes the one who waits longest, unless nobody does.</summary>
    public bool TryTake(out Shard shard, out int row)
    {
        while (Next < End)
        {
            Expect();
            ref var turn = ref At(Next++);
            var taken = turn;
            turn = default;
            if (!taken.Stands) continue;
            (shard, row) = (taken.Shard, taken.Row);
            return true;
        }

        (shard, row) = (null!, -1);
        return false;
    }

    /// <summary>Copies a fact, to stand before another one of the same person; answers where it is.</summary>
    public uint Add(uint next, in FactView fact)
    {
        var personal = PersonFold.ReadsPersonal(fact.Type) ? fact.Personal : default;
        var header = new Header { Id = fact.Id, Time = fact.Time, Next = next, Clear = fact.Clear.Length, Personal = personal.Length, Type = fact.Type.Code };
        var at = _arena.Allocate(header.Bytes);
        var bytes = _arena.Span(at, header.Bytes);
        MemoryMarshal.Write(bytes, header);
        fact.Clear.CopyTo(bytes[Header.Size..]);
        personal.CopyTo(bytes[(Header.Size + fact.Clear.Length)..]);
        Count++;
        return at;
    }

    /// <summary>Puts the facts from one on into a list.</summary>
    public void List(uint first, List<Entry> into)
    {
        into.Clear();
        for (var at = first; at != 0;)
        {
            ref readonly var header = ref HeaderOf(at);
            into.Add(new Entry(header.Time, header.Id, at));
            at = header.Next;
        }
    }

    /// <summary>A fact as it was copied; valid until it is freed.</summary>
    public FactView this[uint at]
    {
        get
        {
            ref readonly var header = ref HeaderOf(at);
            var fields = _arena.Span(at, header.Bytes)[Header.Size..];
            return new FactView(EventTypes.Of(header.Type), header.Time, header.Id, fields[..header.Clear], fields[header.Clear..]);
        }
    }

    /// <summary>Forgets the facts from one on.</summary>
    public void Free(uint first)
    {
        for (var at = first; at != 0; Count--)
        {
            ref readonly var header = ref HeaderOf(at);
            var (next, bytes) = (header.Next, header.Bytes);
            _arena.Free(at, bytes);
            at = next;
        }
    }

    public void Dispose() => _arena.Dispose();

    private ref readonly Header HeaderOf(uint at) => ref MemoryMarshal.AsRef<Header>(_arena.Span(at, Header.Size));

    private ref Turn At(long turn) => ref _turns[turn & (_turns.Length - 1)];

    // Memory of those who have a turn soon.
    private void Expect()
    {
        const int rowsAhead = 6, statesAhead = 3;
        if (Next + rowsAhead < End && At(Next + rowsAhead) is { Shard: { } first } later) first.ExpectRow(later.Row);
        if (Next + statesAhead < End && At(Next + statesAhead) is { Shard: { } second } soon) second.ExpectState(soon.Row);
    }

    private void Grow()
    {
        var turns = new Turn[_turns.Length * 2];
        for (var turn = Next; turn < End; turn++) turns[turn & (turns.Length - 1)] = At(turn);
        _turns = turns;
    }

    /// <summary>One of a person's facts.</summary>
    internal readonly record struct Entry(long Time, UInt128 Id, uint At);

    // Somebody who was folded meanwhile has a turn that names nobody any more.
    private readonly record struct Turn(Shard Shard, int Row, long Since)
    {
        public bool Stands => Shard is not null && Shard.IsWaiting(Row);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public UInt128 Id;
        public long Time;
        public uint Next;
        public int Clear;
        public int Personal;
        public byte Type;

        public static int Size => Unsafe.SizeOf<Header>();

        public readonly int Bytes => Size + Clear + Personal;
    }
}
