using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Experience.Domain.Assessments;
using Experience.Domain.Events;

namespace Experience.Domain.Boards;

/// <summary>Writes partial sums that travel between processes: zigzag varints, so that the many zeros take a byte each.</summary>
internal readonly ref struct PartialWriter(IBufferWriter<byte> output)
{
    public void Number(long value)
    {
        var span = output.GetSpan(Varint.MaxBytes);
        output.Advance(Varint.Write(span, Varint.ZigZag(value)));
    }

    public void Hash(ulong value) => Number(unchecked((long)value));

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Number(length);
        output.Advance(Encoding.UTF8.GetBytes(value, output.GetSpan(length + 1)));
    }
}

/// <summary>Reads what <see cref="PartialWriter"/> wrote; throws <see cref="InvalidDataException"/> on anything cut short.</summary>
internal ref struct PartialReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    public long Number() => Varint.UnZigZag(Varint.Read(ref _rest));

    public ulong Hash() => unchecked((ulong)Number());

    public string Text()
    {
        var length = Count();
        var text = Encoding.UTF8.GetString(_rest[..length]);
        _rest = _rest[length..];
        return text;
    }

    /// <summary>A count of things that take at least a byte each: a larger one is not what was written.</summary>
    public int Count()
    {
        var count = Number();
        if (count < 0 || count > _rest.Length) throw new InvalidDataException("A partial sum is cut short.");
        return (int)count;
    }
}

public sealed partial class SegmentSums
{
    /// <summary>Appends the sums in the form that <see cref="Add(ReadOnlySpan{byte})"/> reads.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        var writer = new PartialWriter(output);
        writer.Number(_values.Length);
        foreach (var value in _values) writer.Number(value);
        writer.Number(Desks.Count);
        foreach (var (desk, d) in Desks)
        {
            writer.Hash(desk);
            writer.Number(d.AnnualCount);
            writer.Number(d.AnnualSum);
            writer.Number(d.AnnualSquares);
            writer.Number(d.TransactionalCount);
            writer.Number(d.ComplaintsOpen);
            writer.Number(d.ComplaintsPast);
        }

        writer.Number(Reasons.Count);
        foreach (var (reason, count) in Reasons)
        {
            writer.Hash(reason);
            writer.Number(count);
        }
    }

    /// <summary>Adds written sums to these.</summary>
    /// <exception cref="InvalidDataException">They were written by another version.</exception>
    public void Add(ReadOnlySpan<byte> written)
    {
        var reader = new PartialReader(written);
        if (reader.Number() != _values.Length) throw new InvalidDataException("The sums were written by another version.");
        for (var i = 0; i < _values.Length; i++) _values[i] += reader.Number();
        for (var left = reader.Count(); left > 0; left--)
        {
            var desk = reader.Hash();
            AddDesk(desk, new DeskSums(reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number()), 1);
        }

        for (var left = reader.Count(); left > 0; left--)
        {
            var reason = reader.Hash();
            AddReason(reason, reader.Number());
        }
    }
}

public sealed partial class SectionSums
{
    /// <summary>Appends the sums in the form that <see cref="Add(ReadOnlySpan{byte})"/> reads.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        var writer = new PartialWriter(output);
        writer.Number(_sections.Count);
        foreach (var s in _sections.Values)
        {
            writer.Hash(s.Section);
            writer.Number(s.Seats);
            writer.Number(s.Registered);
            writer.Number(s.Refunds);
            writer.Number(s.Waiting);
            writer.Number(s.Ratings);
            writer.Number(s.RatingSum);
            writer.Number(s.RatingSquares);
        }
    }

    /// <summary>Adds written sums to these.</summary>
    public void Add(ReadOnlySpan<byte> written)
    {
        var reader = new PartialReader(written);
        for (var left = reader.Count(); left > 0; left--)
        {
            var section = reader.Hash();
            Add(new SectionContribution(
                section, (int)reader.Number(), (int)reader.Number(), (int)reader.Number(), (int)reader.Number(), (int)reader.Number(), reader.Number(), reader.Number()), 1);
        }
    }
}

public sealed partial class TrendPass
{
    /// <summary>Appends what this pass gathered in the form that <see cref="Add(ReadOnlySpan{byte})"/> reads.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        var writer = new PartialWriter(output);
        writer.Number(_segments.Length);
        writer.Number(Length);
        foreach (var sums in _segments)
        {
            foreach (var value in sums) writer.Number(value);
        }

        writer.Number(_desks.Count);
        foreach (var (desk, sums) in _desks)
        {
            writer.Hash(desk);
            foreach (var value in sums) writer.Number(value);
        }

        writer.Number(_selfPayers.Count);
        foreach (var (organisation, count) in _selfPayers)
        {
            writer.Hash(organisation);
            writer.Number(count);
        }

        writer.Number(_spenders.Count);
        foreach (var spent in _spenders) writer.Number(spent);
    }

    /// <summary>Adds what another pass of the same program and day gathered.</summary>
    /// <exception cref="InvalidDataException">It was written by another version.</exception>
    public void Add(ReadOnlySpan<byte> written)
    {
        var reader = new PartialReader(written);
        if (reader.Number() != _segments.Length || reader.Number() != Length) throw new InvalidDataException("The pass was written by another version.");
        foreach (var sums in _segments)
        {
            for (var i = 0; i < Length; i++) sums[i] += reader.Number();
        }

        for (var left = reader.Count(); left > 0; left--)
        {
            var mine = DeskOf(reader.Hash());
            for (var i = 0; i < mine.Length; i++) mine[i] += reader.Number();
        }

        for (var left = reader.Count(); left > 0; left--)
        {
            var organisation = reader.Hash();
            CollectionsMarshal.GetValueRefOrAddDefault(_selfPayers, organisation, out _) += (int)reader.Number();
        }

        for (var left = reader.Count(); left > 0; left--) _spenders.Add(reader.Number());
    }
}
