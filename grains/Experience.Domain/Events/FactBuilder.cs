using System.Buffers;

namespace Experience.Domain.Events;

/// <summary>
/// Builds a <see cref="Fact"/> field by field, in any order. Checks nothing beyond the shape: validation belongs to the
/// reader of the wire form, and to whoever builds facts in code.
/// </summary>
public sealed class FactBuilder(EventType type, string source, string id, string subject, long time)
{
    private readonly SortedDictionary<int, (Field Field, long Number, string? Text)> _values = [];

    public bool Live { get; set; }

    public FactBuilder Set(Field field, long value)
    {
        if (!field.IsNumber) throw new ArgumentException($"{field.Name} is not a number.", nameof(field));
        _values[field.Number] = (field, value, null);
        return this;
    }

    /// <summary>Sets a text, a name, a key or a person; a code by its name.</summary>
    public FactBuilder Set(Field field, string? text)
    {
        if (string.IsNullOrEmpty(text)) return this;
        if (field.Kind == FieldKind.Code)
        {
            var code = field.Codes.ToList().IndexOf(text);
            if (code < 0) throw new ArgumentException($"{field.Name} has no code '{text}'.", nameof(text));
            return Set(field, code);
        }

        if (field.IsNumber) throw new ArgumentException($"{field.Name} is a number.", nameof(field));
        _values[field.Number] = (field, 0, text);
        return this;
    }

    public FactBuilder Set(Field field, bool value) => Set(field, value ? 1L : 0L);

    public FactBuilder Set(Field field, ReadOnlySpan<long> instants)
    {
        _values[field.Number] = (field, 0, InstantList.Encode(instants));
        return this;
    }

    public Fact Build() => new()
    {
        Type = type,
        Source = source,
        Subject = subject,
        Time = time,
        Id = Fact.IdOf(source, id),
        Clear = Encode(personal: false),
        Personal = Encode(personal: true),
        Live = Live,
    };

    private ReadOnlyMemory<byte> Encode(bool personal)
    {
        ArrayBufferWriter<byte>? output = null;
        foreach (var (field, number, text) in _values.Values)
        {
            if (field.Personal != personal) continue;
            output ??= new ArrayBufferWriter<byte>(64);
            var writer = new FieldWriter(output);
            if (field.Kind == FieldKind.Instants) writer.Bytes(field, InstantList.Bytes(text!));
            else if (field.IsNumber) writer.Number(field, number);
            else writer.Text(field, text);
        }

        return output?.WrittenMemory ?? ReadOnlyMemory<byte>.Empty;
    }
}

/// <summary>The stored form of a list of instants: a count and zigzag deltas in µs.</summary>
public static class InstantList
{
    public const int MaxCount = 64;

    public static byte[] Write(ReadOnlySpan<long> instants)
    {
        if (instants.Length > MaxCount) throw new ArgumentException($"At most {MaxCount} instants are kept.", nameof(instants));
        Span<byte> buffer = stackalloc byte[(MaxCount + 1) * Varint.MaxBytes];
        var n = Varint.Write(buffer, (ulong)instants.Length);
        long last = 0;
        foreach (var instant in instants)
        {
            n += Varint.Write(buffer[n..], Varint.ZigZag(instant - last));
            last = instant;
        }

        return buffer[..n].ToArray();
    }

    public static long[] Read(ReadOnlySpan<byte> data)
    {
        var count = Varint.Read(ref data);
        if (count > MaxCount) throw new InvalidDataException("A stored list of instants is too long.");
        var instants = new long[count];
        long last = 0;
        for (var i = 0; i < instants.Length; i++) instants[i] = last += Varint.UnZigZag(Varint.Read(ref data));
        return instants;
    }

    internal static string Encode(ReadOnlySpan<long> instants) => Convert.ToHexString(Write(instants));

    internal static byte[] Bytes(string encoded) => Convert.FromHexString(encoded);
}
