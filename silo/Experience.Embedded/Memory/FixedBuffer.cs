using System.Buffers;

namespace Experience.Embedded.Memory;

/// <summary>A buffer that is filled, read and filled again, by one thread.</summary>
internal sealed class FixedBuffer(int capacity) : IBufferWriter<byte>
{
    /// <summary>Free bytes that every writer finds.</summary>
    private const int Spare = 256;

    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Makes room for so many bytes at once, where nothing is written yet; for a quarter more when it has to grow, since what comes next may be a little longer.</summary>
    public void Reserve(int capacity)
    {
        if (_bytes.Length >= capacity + Spare) return;
        _bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(Array.MaxLength, capacity + (capacity / 4L) + Spare));

        // The system gives memory when it is first touched: that is paid here, not where it is filled.
        _bytes.AsSpan().Clear();
    }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        Ensure(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Reserves bytes to be filled by the caller.</summary>
    public Span<byte> Take(int count)
    {
        Ensure(count);
        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }

    private void Ensure(int sizeHint)
    {
        var needed = Length + Math.Max(sizeHint, Spare);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
    }
}
