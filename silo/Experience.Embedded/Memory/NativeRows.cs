using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Experience.Embedded.Memory;

/// <summary>
/// A growing array of unmanaged structs in native chunks: addresses never move, so a row is used by reference, and the
/// garbage collector neither scans nor copies it. One thread owns it.
/// </summary>
/// <param name="heap">Where chunks come from, and stay as long as it; without one they are freed with the rows.</param>
internal sealed unsafe class NativeRows<T>(NativeHeap? heap = null) : IDisposable
    where T : unmanaged
{
    /// <summary>Rows of a chunk: small enough that an empty folder stays small, large enough to index by shift and mask.</summary>
    public const int ChunkRows = 512;

    private const int Shift = 9;

    private T** _chunks;
    private int _chunkCount;
    private int _chunkCapacity;

    public int Count { get; private set; }

    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(index));
            return ref _chunks[index >> Shift][index & (ChunkRows - 1)];
        }
    }

    /// <summary>Asks for a row that is needed soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Expect(int index)
    {
        if ((uint)index < (uint)Count) Prefetch.Read((byte*)(_chunks[index >> Shift] + (index & (ChunkRows - 1))), sizeof(T), int.MaxValue);
    }

    /// <summary>Adds a zeroed row and gives its index.</summary>
    public int Add()
    {
        if (Count == _chunkCount * ChunkRows) AddChunk();
        var index = Count++;
        _chunks[index >> Shift][index & (ChunkRows - 1)] = default;
        return index;
    }

    public void Clear() => Count = 0;

    /// <summary>The rows as bytes, chunk by chunk, for an image.</summary>
    public Span<byte> ChunkBytes(int chunk)
    {
        var rows = Math.Min(ChunkRows, Count - (chunk * ChunkRows));
        return rows <= 0 ? default : new Span<byte>(_chunks[chunk], rows * sizeof(T));
    }

    /// <summary>Makes room for exactly <paramref name="count"/> rows, to be filled through <see cref="ChunkBytes"/>.</summary>
    public void SetCount(int count)
    {
        while (_chunkCount * ChunkRows < count) AddChunk();
        Count = count;
    }

    public void Dispose()
    {
        for (var i = 0; heap is null && i < _chunkCount; i++) NativeMemory.AlignedFree(_chunks[i]);
        NativeMemory.Free(_chunks);
        _chunks = null;
        _chunkCount = _chunkCapacity = Count = 0;
        GC.SuppressFinalize(this);
    }

    ~NativeRows() => Dispose();

    private void AddChunk()
    {
        if (_chunkCount == _chunkCapacity)
        {
            _chunkCapacity = Math.Max(4, _chunkCapacity * 2);
            _chunks = (T**)NativeMemory.Realloc(_chunks, (nuint)(_chunkCapacity * sizeof(T*)));
        }

        _chunks[_chunkCount++] = (T*)(heap is null ? NativeMemory.AlignedAlloc((nuint)(ChunkRows * sizeof(T)), 64) : heap.Allocate(ChunkRows * sizeof(T)));
    }
}
