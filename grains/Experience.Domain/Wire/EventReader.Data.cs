using System.Buffers;
using System.Text;
using System.Text.Json;
using Experience.Domain.Events;

namespace Experience.Domain.Wire;

// Data: known fields into slots, unknown ones kept as they came.
public sealed partial class EventReader
{
    private enum SlotKind : byte
    {
        None,
        Number,
        Text,
    }

    private struct Slot
    {
        public SlotKind Kind;
        public long Number;
        public Text Text;
    }

    /// <summary>Reads the object that the reader stands on; <paramref name="offset"/> is where <paramref name="data"/> lies in the event.</summary>
    /// <param name="copy">The data are not part of the event's own bytes: text is copied to the scratch.</param>
    private bool ReadData(ReadOnlySpan<byte> data, ref Utf8JsonReader reader, EventPlan plan, int offset, bool copy)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameAt = (int)reader.TokenStartIndex;
            var field = reader.ValueIsEscaped ? null : plan.Field(reader.ValueSpan);
            if (field is null)
            {
                var allocations = plan.Allocates && reader.ValueTextEquals("allocations"u8);
                reader.Read();
                var valueAt = (int)reader.TokenStartIndex;
                reader.Skip();
                if (allocations) _allocations = data[valueAt..(int)reader.BytesConsumed].ToArray();
                else if (reader.TokenType != JsonTokenType.Null) Append(_extra, data[nameAt..(int)reader.BytesConsumed]);
                continue;
            }

            reader.Read();
            if (reader.TokenType == JsonTokenType.Null) continue;
            ref var slot = ref _slots[field.Slot];
            if (slot.Kind != SlotKind.None) return Refuse(field.Path, "is stated twice", "each field once");
            if (!ReadField(ref reader, field, data, offset, copy, ref slot)) return false;
        }

        return true;
    }

    private bool ReadField(ref Utf8JsonReader reader, FieldPlan field, ReadOnlySpan<byte> data, int offset, bool copy, ref Slot slot)
    {
        switch (field.Kind)
        {
            case FieldKind.Name or FieldKind.Key or FieldKind.Person or FieldKind.Text:
                if (reader.TokenType != JsonTokenType.String) return WrongKind(field, "is not text");
                var text = ReadText(ref reader, offset, copy);
                // Exports write empty text for nothing: it is read as nothing.
                if (text.Length == 0) return true;
                if (text.Length > field.MaxLength && Encoding.UTF8.GetCharCount(Scratched(data, text, offset)) > field.MaxLength) return WrongKind(field, "is too long");
                slot = new Slot { Kind = SlotKind.Text, Text = text };
                return true;
            case FieldKind.Money or FieldKind.Int:
                if (reader.TokenType != JsonTokenType.Number) return WrongKind(field, "is not a number");
                if (!reader.TryGetInt64(out var whole)) return WrongKind(field, "is not a whole number");
                return SetNumber(field, whole, ref slot);
            case FieldKind.Hundredths:
                if (reader.TokenType != JsonTokenType.Number) return WrongKind(field, "is not a number");
                if (reader.TryGetInt64(out var units) && Math.Abs(units) < 1_000_000_000) return SetNumber(field, units * 100, ref slot);
                if (!reader.TryGetDecimal(out var exact) || Math.Abs(exact) >= 1_000_000_000) return OutOfRange(field);
                return SetNumber(field, (long)Math.Round(exact * 100, MidpointRounding.AwayFromZero), ref slot);
            case FieldKind.Instant:
                if (reader.TokenType != JsonTokenType.String || !TryInstant(ref reader, out var instant)) return WrongKind(field, "is not a time");
                return instant < EventLimits.MinTime ? OutOfRange(field) : SetNumber(field, instant, ref slot);
            case FieldKind.Date:
                if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped || !WireTime.TryDate(reader.ValueSpan, out var day)) return WrongKind(field, "is not a day");
                return SetNumber(field, day, ref slot);
            case FieldKind.Bool:
                if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False)) return WrongKind(field, "is not true or false");
                return SetNumber(field, reader.TokenType == JsonTokenType.True ? 1 : 0, ref slot);
            case FieldKind.Code:
                if (reader.TokenType != JsonTokenType.String) return WrongKind(field, "is not text");
                if (reader.ValueSpan.IsEmpty) return true;
                for (var i = 0; i < field.Codes.Length; i++)
                {
                    if (reader.ValueTextEquals(field.Codes[i])) return SetNumber(field, i, ref slot);
                }

                return WrongKind(field, "is not a code that is known");
            case FieldKind.Instants:
                return ReadInstants(ref reader, field, ref slot);
            case FieldKind.Json:
                if (reader.TokenType != JsonTokenType.StartObject) return WrongKind(field, "is not a JSON object");
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var length = (int)reader.BytesConsumed - start;
                if (length > field.MaxLength) return WrongKind(field, "is too large");
                slot = new Slot { Kind = SlotKind.Text, Text = copy ? Copy(data.Slice(start, length)) : new Text(offset + start, length, false) };
                return true;
            default:
                throw new InvalidOperationException($"No reader for fields of kind {field.Kind}.");
        }
    }

    private bool SetNumber(FieldPlan field, long value, ref Slot slot)
    {
        if (value < field.Field.Min || value > field.Field.Max) return OutOfRange(field);
        slot = new Slot { Kind = SlotKind.Number, Number = value };
        return true;
    }

    private bool OutOfRange(FieldPlan field) => Refuse(field.Path, "is out of range", Accepts.Of(field.Field));

    private bool WrongKind(FieldPlan field, string reason) => Refuse(field.Path, reason, Accepts.Of(field.Field));

    private bool TryInstant(ref Utf8JsonReader reader, out long instant)
    {
        instant = 0;
        return !reader.ValueIsEscaped && WireTime.TryParse(reader.ValueSpan, rules.Zone, out instant);
    }

    private bool ReadInstants(ref Utf8JsonReader reader, FieldPlan field, ref Slot slot)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return WrongKind(field, "is not a list of times");
        Span<long> instants = stackalloc long[InstantList.MaxCount];
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == instants.Length) return WrongKind(field, "holds too many times");
            if (reader.TokenType != JsonTokenType.String || !TryInstant(ref reader, out instants[count++])) return WrongKind(field, "holds something that is not a time");
        }

        if (count == 0) return true;
        instants[..count].Sort();
        slot = new Slot { Kind = SlotKind.Text, Text = Copy(InstantList.Write(instants[..count])) };
        return true;
    }

    /// <summary>A type outside of the vocabulary: its name and all that it brings, as one sealed object.</summary>
    private void KeepUnknown(ReadOnlySpan<byte> json, bool isJson)
    {
        Array.Clear(_slots, 0, EventPlan.Unknown.Fields.Length);
        _slots[0] = new Slot { Kind = SlotKind.Text, Text = _envelope.Type };
        if (_envelope.DataSchema.Length > 0) Keep("$dataschema", json, _envelope.DataSchema);
        if (!isJson) Keep("$datacontenttype", json, _envelope.ContentType);
        if (_envelope.DataBase64.Length > 0) Keep("$data_base64", json, _envelope.DataBase64);
        if (_envelope.DataEnd == 0) return;
        var data = json[_envelope.DataStart.._envelope.DataEnd];
        if (data[0] == '{')
        {
            // The fields of an object are kept one by one, so that a later version of the vocabulary finds them by name.
            var inner = data[1..^1].Trim(" \t\r\n"u8);
            if (!inner.IsEmpty) Append(_extra, inner);
        }
        else
        {
            Append(_extra, Encoding.UTF8.GetBytes("\"$data\":"));
            _extra.Write(data);
        }
    }

    private void Keep(string name, ReadOnlySpan<byte> json, Text text)
    {
        var value = JsonEncodedText.Encode(Bytes(json, text));
        Append(_extra, Encoding.UTF8.GetBytes($"\"{name}\":\"{value}\""));
    }

    /// <summary>Adds a member to an object that is written without its braces.</summary>
    private static void Append(ArrayBufferWriter<byte> members, ReadOnlySpan<byte> member)
    {
        if (members.WrittenCount > 0) members.Write(","u8);
        members.Write(member);
    }

    private ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> json, Text text) => (text.Scratch ? _unescaped : json).Slice(text.Start, text.Length);

    private ReadOnlySpan<byte> Scratched(ReadOnlySpan<byte> data, Text text, int offset) =>
        text.Scratch ? _unescaped.AsSpan(text.Start, text.Length) : data.Slice(text.Start - offset, text.Length);

    private bool Fits(ReadOnlySpan<byte> json, Text text, int max) => text.Length <= max || Encoding.UTF8.GetCharCount(Bytes(json, text)) <= max;

    private Text ReadText(ref Utf8JsonReader reader, int offset, bool copy)
    {
        var value = reader.ValueSpan;
        if (!reader.ValueIsEscaped && !copy) return new Text(offset + (int)reader.TokenStartIndex + 1, value.Length, false);
        Reserve(value.Length);
        var written = reader.CopyString(_unescaped.AsSpan(_unescapedUsed));
        var text = new Text(_unescapedUsed, written, true);
        _unescapedUsed += written;
        return text;
    }

    private Text Copy(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(_unescaped.AsSpan(_unescapedUsed));
        var text = new Text(_unescapedUsed, value.Length, true);
        _unescapedUsed += value.Length;
        return text;
    }

    private void Reserve(int bytes)
    {
        if (_unescaped.Length - _unescapedUsed < bytes) Array.Resize(ref _unescaped, Math.Max(_unescaped.Length * 2, _unescapedUsed + bytes));
    }
}
