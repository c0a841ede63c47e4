using System.Buffers;
using System.Text;

namespace Experience.Domain.Events;

/// <summary>
/// Writes fields in the stored form: a varint tag (number × 2, + 1 for bytes), then a zigzag varint or a length and bytes.
/// Fields stand in ascending number, each at most once, so equal events have equal bytes.
/// </summary>
public ref struct FieldWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;
    private int _last;

    public void Number(Field field, long value)
    {
        Begin(field.Number);
        var span = _output.GetSpan(20);
        var n = Varint.Write(span, (ulong)field.Number << 1);
        n += Varint.Write(span[n..], Varint.ZigZag(value));
        _output.Advance(n);
    }

    public void Text(Field field, ReadOnlySpan<char> value)
    {
        Begin(field.Number);
        var span = _output.GetSpan(20 + Encoding.UTF8.GetMaxByteCount(value.Length));
        var n = Varint.Write(span, ((ulong)field.Number << 1) | 1);
        n += Varint.Write(span[n..], (ulong)Encoding.UTF8.GetByteCount(value));
        n += Encoding.UTF8.GetBytes(value, span[n..]);
        _output.Advance(n);
    }

    public void Bytes(Field field, ReadOnlySpan<byte> value)
    {
        Begin(field.Number);
        var span = _output.GetSpan(20 + value.Length);
        var n = Varint.Write(span, ((ulong)field.Number << 1) | 1);
        n += Varint.Write(span[n..], (ulong)value.Length);
        value.CopyTo(span[n..]);
        _output.Advance(n + value.Length);
    }

    private void Begin(int number)
    {
        if (number <= _last) throw new ArgumentException("Fields must be written in ascending order, each once.");
        _last = number;
    }
}

/// <summary>Reads fields in the stored form, in ascending order, allocating nothing until text is asked for.</summary>
public ref struct FieldReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    /// <summary>Stored number of the current field.</summary>
    public int Number { get; private set; }

    /// <summary>The current field's integer; 0 when it is bytes.</summary>
    public long Value { get; private set; }

    /// <summary>The current field's bytes; empty when it is an integer.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>The public hash of a name or key, as states hold it.</summary>
    public readonly ulong Hash
    {
        get
        {
            if (Bytes.IsEmpty) return 0;
            var hash = SipHash.Public.Hash64(Bytes);
            return hash == 0 ? 1 : hash;
        }
    }

    public bool Next()
    {
        if (_rest.IsEmpty) return false;
        var tag = Varint.Read(ref _rest);
        Number = (int)(tag >> 1);
        var raw = Varint.Read(ref _rest);
        if ((tag & 1) == 0)
        {
            Value = Varint.UnZigZag(raw);
            Bytes = default;
            return true;
        }

        if (raw > (ulong)_rest.Length) throw new InvalidDataException("A field runs past the end of its record.");
        Value = 0;
        Bytes = _rest[..(int)raw];
        _rest = _rest[(int)raw..];
        return true;
    }
}

/// <summary>LEB128 varints and zigzag.</summary>
public static class Varint
{
    public const int MaxBytes = 10;

    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    public static int Write(Span<byte> target, ulong value)
    {
        var n = 0;
        while (value >= 0x80)
        {
            target[n++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[n++] = (byte)value;
        return n;
    }

    public static ulong Read(ref ReadOnlySpan<byte> source)
    {
        ulong value = 0;
        for (var i = 0; i < MaxBytes; i++)
        {
            if (i >= source.Length) break;
            var b = source[i];
            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b < 0x80)
            {
                source = source[(i + 1)..];
                return value;
            }
        }

        throw new InvalidDataException("A stored number is cut short.");
    }
}
