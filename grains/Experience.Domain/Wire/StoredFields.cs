using Experience.Domain.Events;

namespace Experience.Domain.Wire;

/// <summary>
/// The stored form of fields in one growing buffer: byte for byte what <see cref="FieldWriter"/> writes, for callers that know
/// their fields to be in order (a test compares the two).
/// </summary>
internal sealed class StoredFields
{
    private byte[] _buffer = new byte[1024];

    public int Length { get; private set; }

    public void Clear() => Length = 0;

    public byte[] ToArray() => _buffer.AsSpan(0, Length).ToArray();

    public void Number(int number, long value)
    {
        Reserve(2 * Varint.MaxBytes);
        Length += Varint.Write(_buffer.AsSpan(Length), (ulong)number << 1);
        Length += Varint.Write(_buffer.AsSpan(Length), Varint.ZigZag(value));
    }

    public void Bytes(int number, ReadOnlySpan<byte> value)
    {
        Begin(number, value.Length);
        value.CopyTo(_buffer.AsSpan(Length));
        Length += value.Length;
    }

    /// <summary>Writes members as one JSON object.</summary>
    public void Braced(int number, ReadOnlySpan<byte> members)
    {
        Begin(number, members.Length + 2);
        _buffer[Length] = (byte)'{';
        members.CopyTo(_buffer.AsSpan(Length + 1));
        _buffer[Length + members.Length + 1] = (byte)'}';
        Length += members.Length + 2;
    }

    private void Begin(int number, int bytes)
    {
        Reserve((2 * Varint.MaxBytes) + bytes);
        Length += Varint.Write(_buffer.AsSpan(Length), ((ulong)number << 1) | 1);
        Length += Varint.Write(_buffer.AsSpan(Length), (ulong)bytes);
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - Length < bytes) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + bytes));
    }
}
