using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Experience.Embedded.Memory;

/// <summary>
/// Bytes of any length in native chunks, addressed by 32-bit handles, with a free list for each size class. One thread
/// owns it. Handle 0 is "nothing".
/// </summary>
/// <remarks>
/// Sizes are rounded up to classes a quarter of a power of two apart (at most 25 % waste, on average 10 %), so a state that
/// grows by a few bytes usually stays where it is. A freed slot holds the handle of the next free one in its first bytes:
/// the whole arena, free lists included, is its used bytes and 64 list heads, and is saved and loaded as they stand. So what is freed
/// is zeroed: an image must not carry what somebody had erased.
/// </remarks>
internal sealed unsafe class ByteArena(NativeHeap heap) : IDisposable
{
    /// <summary>Unit of addresses: 16 bytes × 2^32 = 64 GiB a shard.</summary>
    public const int Unit = 16;

    public const int ChunkBytes = 256 * 1024;

    /// <summary>Longest slot. States are capped well below it by their lists' caps.</summary>
    public const int MaxLength = ChunkBytes;

    public const int Classes = 64;

    private const int UnitsPerChunk = ChunkBytes / Unit;

    private readonly uint[] _free = new uint[Classes];
    private byte** _chunks;
    private int _chunkCount;
    private int _chunkCapacity;
    private uint _next = 1;

    /// <summary>Units handed out so far, freed ones included.</summary>
    public uint UsedUnits => _next;

    public long ReservedBytes => (long)_chunkCount * ChunkBytes;

    public ReadOnlySpan<uint> FreeLists => _free;

    /// <summary>The class of a length and its size in bytes.</summary>
    public static int ClassOf(int length, out int size)
    {
        var units = Math.Max(1, (length + Unit - 1) / Unit);
        if (units <= 8)
        {
            size = units * Unit;
            return units - 1;
        }

        // Above eight units: four classes to each power of two.
        var log = BitOperations.Log2((uint)(units - 1));
        var step = 1 << (log - 2);
        var quarter = (units - 1 - (1 << log)) / step;
        size = ((1 << log) + ((quarter + 1) * step)) * Unit;
        return 8 + ((log - 3) * 4) + quarter;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Span(uint handle, int length) => new(Pointer(handle), length);

    /// <summary>Asks for the beginning of a slot that is needed soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Expect(uint handle, int length)
    {
        if (handle != 0) Prefetch.Read(Pointer(handle), length, 4);
    }

    public uint Allocate(int length)
    {
        if (length > MaxLength) throw new InvalidOperationException($"A slot of {length} bytes is longer than {MaxLength}.");
        var klass = ClassOf(length, out var size);
        var head = _free[klass];
        if (head != 0)
        {
            _free[klass] = *(uint*)Pointer(head);
            return head;
        }

        var units = (uint)(size / Unit);
        var left = UnitsPerChunk - (_next % UnitsPerChunk);
        if (left < units)
        {
            // The tail of a chunk is given to the free lists, largest class first, so that it is not lost.
            while (left > 0)
            {
                var give = Math.Min(left, 8);
                *(uint*)Pointer(_next) = _free[give - 1];
                _free[give - 1] = _next;
                _next += give;
                left -= give;
            }
        }

        while ((_next + units - 1) / UnitsPerChunk >= _chunkCount) AddChunk();
        var handle = _next;
        _next += units;
        return handle;
    }

    public void Free(uint handle, int length)
    {
        if (handle == 0) return;
        var klass = ClassOf(length, out var size);
        Span(handle, size).Clear();
        *(uint*)Pointer(handle) = _free[klass];
        _free[klass] = handle;
    }

    /// <summary>Stores bytes in place of those at <paramref name="handle"/>, in the same slot when the class is the same.</summary>
    public uint Replace(uint handle, int oldLength, ReadOnlySpan<byte> bytes)
    {
        var before = handle;
        if (handle == 0 || ClassOf(oldLength, out _) != ClassOf(bytes.Length, out _))
        {
            Free(handle, oldLength);
            handle = Allocate(bytes.Length);
        }

        bytes.CopyTo(Span(handle, bytes.Length));
        if (oldLength > bytes.Length && handle == before) Span(handle, oldLength)[bytes.Length..].Clear();
        return handle;
    }

    /// <summary>The used bytes of a chunk, for an image.</summary>
    public Span<byte> Chunk(int chunk)
    {
        if (_next == 1 || chunk >= _chunkCount) return default;
        var units = Math.Min(UnitsPerChunk, (long)_next - ((long)chunk * UnitsPerChunk));
        return units <= 0 ? default : new Span<byte>(_chunks[chunk], (int)units * Unit);
    }

    /// <summary>Makes room for a saved arena, to be filled through <see cref="Chunk"/>.</summary>
    public void Load(uint usedUnits, ReadOnlySpan<uint> freeLists)
    {
        _next = Math.Max(1, usedUnits);
        while ((_next - 1) / UnitsPerChunk >= _chunkCount) AddChunk();
        freeLists.CopyTo(_free);
    }

    public void Clear()
    {
        for (var i = 0; i < _chunkCount; i++) new Span<byte>(_chunks[i], ChunkBytes).Clear();
        _next = 1;
        Array.Clear(_free);
    }

    public void Dispose()
    {
        NativeMemory.Free(_chunks);
        _chunks = null;
        _chunkCount = _chunkCapacity = 0;
        GC.SuppressFinalize(this);
    }

    ~ByteArena() => Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Pointer(uint handle) => _chunks[handle / UnitsPerChunk] + (handle % UnitsPerChunk * Unit);

    private void AddChunk()
    {
        if (_chunkCount == _chunkCapacity)
        {
            _chunkCapacity = Math.Max(4, _chunkCapacity * 2);
            _chunks = (byte**)NativeMemory.Realloc(_chunks, (nuint)(_chunkCapacity * sizeof(byte*)));
        }

        var chunk = (byte*)heap.Allocate(ChunkBytes);
        new Span<byte>(chunk, ChunkBytes).Clear();
        _chunks[_chunkCount++] = chunk;
    }
}
