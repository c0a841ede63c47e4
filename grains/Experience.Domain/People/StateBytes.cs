using System.Buffers.Binary;
using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>Writes the primitives of the state's stored form into a span that is known to be long enough.</summary>
internal ref struct StateWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;

    public int Length { get; private set; }

    public readonly Span<byte> Rest => _target[Length..];

    public void Skip(int bytes) => Length += bytes;

    public void Number(ulong value)
    {
        if (value < 0x80)
        {
            _target[Length++] = (byte)value;
            return;
        }

        Length += Varint.Write(_target[Length..], value);
    }

    public void Signed(long value) => Number(Varint.ZigZag(value));

    public void Hash(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_target[Length..], value);
        Length += 8;
    }

    /// <summary>
    /// An instant, in the coarsest of seconds, milliseconds and microseconds that holds it exactly: 5, 7 or 8 bytes.
    /// Counted from 2000, zigzag, the unit in the low two bits.
    /// </summary>
    public void Time(long micros)
    {
        var value = micros - StateBytes.Epoch;
        var millis = value / 1000;
        if (millis * 1000 != value)
        {
            Number((Varint.ZigZag(value) << 2) | 2);
            return;
        }

        var seconds = millis / 1000;
        if (seconds * 1000 != millis) Number((Varint.ZigZag(millis) << 2) | 1);
        else Number(Varint.ZigZag(seconds) << 2);
    }

    public void Stamp(Stamp stamp)
    {
        Time(stamp.Time);
        Hash(stamp.Tie);
    }

    public void Text(string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text, _target[(Length + 2)..]);
        if (bytes > StateBytes.MaxText) throw new InvalidOperationException("A key is longer than any event may hold.");
        BinaryPrimitives.WriteUInt16LittleEndian(_target[Length..], (ushort)bytes);
        Length += 2 + bytes;
    }
}

/// <summary>Reads what <see cref="StateWriter"/> wrote; throws <see cref="InvalidDataException"/> on anything cut short.</summary>
internal ref struct StateReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public ulong Number()
    {
        if (!_rest.IsEmpty && _rest[0] < 0x80)
        {
            ulong value = _rest[0];
            _rest = _rest[1..];
            return value;
        }

        return Varint.Read(ref _rest);
    }

    public long Signed() => Varint.UnZigZag(Number());

    public int Int() => (int)Number();

    /// <summary>How many items follow; each takes a byte at least, so a count beyond the rest is damage.</summary>
    public int Count()
    {
        var count = Number();
        if (count > (ulong)_rest.Length) throw new InvalidDataException("A stored state is cut short.");
        return (int)count;
    }

    public ulong Hash()
    {
        if (_rest.Length < 8) throw new InvalidDataException("A stored state is cut short.");
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
        _rest = _rest[8..];
        return value;
    }

    public long Time()
    {
        var raw = Number();
        var value = Varint.UnZigZag(raw >> 2);
        return StateBytes.Epoch + (raw & 3) switch
        {
            0 => value * 1_000_000,
            1 => value * 1000,
            _ => value,
        };
    }

    public Stamp Stamp()
    {
        var time = Time();
        return new Stamp(time, Hash());
    }

    public string Text()
    {
        if (_rest.Length < 2) throw new InvalidDataException("A stored state is cut short.");
        int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        if (_rest.Length < 2 + length) throw new InvalidDataException("A stored state is cut short.");
        var text = System.Text.Encoding.UTF8.GetString(_rest.Slice(2, length));
        _rest = _rest[(2 + length)..];
        return text;
    }
}

internal static class StateBytes
{
    /// <summary>2000-01-01, µs since 1970.</summary>
    public const long Epoch = 946_684_800_000_000;

    /// <summary>A key has at most 200 UTF-16 units (<see cref="EventLimits.MaxKeyLength"/>), so at most 600 bytes.</summary>
    public const int MaxText = EventLimits.MaxKeyLength * 3;
}
