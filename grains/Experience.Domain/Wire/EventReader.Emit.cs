using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Voice;

namespace Experience.Domain.Wire;

// From slots to facts: the event itself, the copy of a two-sided event for the other person, the parts of a split payment.
public sealed partial class EventReader
{
    /// <summary>Parts of one payment; more are refused.</summary>
    public const int MaxAllocations = 50;

    /// <summary>Ends the id of the copy of a void that undoes a voice.</summary>
    private const string VoiceSuffix = "#voice";

    private byte[]? _allocations;
    private byte[] _idBuffer = new byte[1024];

    private bool Emit(ReadOnlySpan<byte> json, EventPlan plan, List<Fact> facts)
    {
        if (_extensions.WrittenCount > 0)
        {
            Append(_extra, Encoding.UTF8.GetBytes($"\"{ExtensionsKey}\":{{"));
            System.Buffers.BuffersExtensions.Write(_extra, _extensions.WrittenSpan);
            System.Buffers.BuffersExtensions.Write(_extra, "}"u8);
        }

        var subject = plan.Type.Target == EventTarget.Program || _envelope.Subject.Length == 0 ? "" : Encoding.UTF8.GetString(Bytes(json, _envelope.Subject));
        if (subject.Length == 0 && Voices.CanBeVoice(plan.Type)) subject = Voices.KeyOf(IdOf(json, ""));
        var allocations = _allocations;
        _allocations = null;
        return allocations is null || IsNull(allocations)
            ? EmitSides(json, plan, subject, "", facts)
            : plan.Type == EventTypes.EventVoided
                ? EmitVoidedParts(json, plan, subject, allocations, facts)
                : EmitAllocations(json, plan, subject, allocations, facts);
    }

    /// <summary>The fact of the subject and, where the event names another person, the fact of that person.</summary>
    private bool EmitSides(ReadOnlySpan<byte> json, EventPlan plan, string subject, string suffix, List<Fact> facts)
    {
        if (plan.Mirror is not { } mirror || subject.Length == 0 || _slots[mirror.Other.Slot].Kind == SlotKind.None)
        {
            facts.Add(Make(json, plan, subject, suffix));
            if (subject.Length == 0 && plan.Type == EventTypes.EventVoided) EmitVoidOfVoice(json, plan, facts);
            return true;
        }

        var other = Encoding.UTF8.GetString(Bytes(json, _slots[mirror.Other.Slot].Text));
        var otherSource = OtherSource(json, plan);
        if (!rules.Allows(otherSource)) return Refuse("data.otherSource", "is not one that this key may send as", $"\"{rules.Source}\", or something below it");
        if (other == subject && otherSource == _lastSource)
        {
            // Who pays for himself is simply who pays.
            if (plan.Type.Target == EventTarget.Person && mirror.Other.Field == Fields.Payer)
            {
                _slots[mirror.Other.Slot] = default;
                facts.Add(Make(json, plan, subject, suffix));
                return true;
            }

            return Refuse(mirror.Other.Path, "names the subject", "the key of another person");
        }

        facts.Add(Make(json, plan, subject, suffix));
        _slots[mirror.Other.Slot] = default;
        _slots[mirror.As.Slot] = new Slot { Kind = SlotKind.Text, Text = Copy(Encoding.UTF8.GetBytes(subject)) };
        if (plan.Type == EventTypes.EventVoided)
        {
            // What the void undoes for the other person is that person's copy.
            ref var target = ref _slots[plan.Of(Fields.TargetId).Slot];
            target.Text = Copy([.. Bytes(json, target.Text), .. Encoding.UTF8.GetBytes(MirrorSuffix)]);
        }

        if (otherSource == _lastSource)
        {
            facts.Add(Make(json, plan, other, suffix + MirrorSuffix));
            return true;
        }

        _slots[plan.OtherSource!.Slot] = new Slot { Kind = SlotKind.Text, Text = Copy(Encoding.UTF8.GetBytes(_lastSource)) };
        facts.Add(Make(json, plan, other, suffix + MirrorSuffix, otherSource));
        return true;
    }

    /// <summary>
    /// A void without a person may undo what nobody is known for, or what was attributed since; neither is known here, but the stream that it would be recorded in is. Where there is
    /// no such voice the second fact undoes nothing.
    /// </summary>
    private void EmitVoidOfVoice(ReadOnlySpan<byte> json, EventPlan plan, List<Fact> facts)
    {
        var stated = plan.Of(Fields.TargetSource);
        var source = _slots[stated.Slot].Kind == SlotKind.None ? _lastSource : Encoding.UTF8.GetString(Bytes(json, _slots[stated.Slot].Text));
        if (!rules.Allows(source)) return;
        var target = Fact.IdOf(source, Encoding.UTF8.GetString(Bytes(json, _slots[plan.Of(Fields.TargetId).Slot].Text)));
        facts.Add(Make(json, plan, Voices.KeyOf(target), VoiceSuffix, source));
    }

    /// <summary>Where the other key of a link belongs; everything else is between people of one source.</summary>
    private string OtherSource(ReadOnlySpan<byte> json, EventPlan plan)
    {
        if (plan.OtherSource is not { } field || _slots[field.Slot].Kind == SlotKind.None) return _lastSource;
        var stated = Encoding.UTF8.GetString(Bytes(json, _slots[field.Slot].Text));
        if (stated == _lastSource) _slots[field.Slot] = default;
        return stated;
    }

    /// <summary>
    /// Undoes a split event whole: the parts' people are named in the order of the split, and each part is undone for its person and for who paid. The people are
    /// named because nothing else leads from a payer to them: each person's facts stand in the person's own stream.
    /// </summary>
    private bool EmitVoidedParts(ReadOnlySpan<byte> json, EventPlan plan, string subject, byte[] allocations, List<Fact> facts)
    {
        const string Accepted = "the list of {subject} of the split event, in its order";
        if (subject.Length == 0) return Refuse("subject", "is missing", "the payer's key, for a void with allocations");
        var other = plan.Of(Fields.Other);
        if (_slots[other.Slot].Kind != SlotKind.None) return Refuse("data.other", "stands beside allocations", "one of the two");
        var template = _slots.AsSpan(0, plan.Fields.Length).ToArray();
        using var document = JsonDocument.Parse(allocations);
        if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() is 0 or > MaxAllocations)
        {
            return Refuse("data.allocations", $"is not a list of 1 to {MaxAllocations} parts", Accepted);
        }

        var target = plan.Of(Fields.TargetId);
        var n = 0;
        foreach (var part in document.RootElement.EnumerateArray())
        {
            var path = $"data.allocations[{n++}]";
            if (part.ValueKind != JsonValueKind.Object) return Refuse(path, "is not an object", Accepted);
            template.CopyTo(_slots.AsSpan());
            if (!PartText(part, path, "subject", EventLimits.MaxKeyLength, required: true, out var who)) return false;
            _slots[target.Slot].Text = Copy([.. Bytes(json, template[target.Slot].Text), .. Encoding.UTF8.GetBytes("#" + n)]);
            // The payer's own part is one fact, without a copy.
            if (who != subject) _slots[other.Slot] = new Slot { Kind = SlotKind.Text, Text = Copy(Encoding.UTF8.GetBytes(subject)) };
            if (!EmitSides(json, plan, who!, "#" + n, facts)) return false;
        }

        return true;
    }

    /// <summary>Money for several people: a payment, or a refund, of each part to its person; the subject paid, or is paid back.</summary>
    private bool EmitAllocations(ReadOnlySpan<byte> json, EventPlan plan, string subject, byte[] allocations, List<Fact> facts)
    {
        const string Accepted = "a list of {subject, amount, registration?, section?} whose amounts sum to the amount";
        if (subject.Length == 0) return Refuse("subject", "is missing", "the payer's key, for money with allocations");
        var payer = plan.Of(Fields.Payer);
        if (_slots[payer.Slot].Kind != SlotKind.None) return Refuse("data.payer", "stands beside allocations", "the payer as the subject");
        var template = _slots.AsSpan(0, plan.Fields.Length).ToArray();
        var amount = plan.Of(Fields.Amount);
        using var document = JsonDocument.Parse(allocations);
        if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() is 0 or > MaxAllocations)
        {
            return Refuse("data.allocations", $"is not a list of 1 to {MaxAllocations} parts", Accepted);
        }

        long sum = 0;
        var n = 0;
        foreach (var part in document.RootElement.EnumerateArray())
        {
            var path = $"data.allocations[{n++}]";
            if (part.ValueKind != JsonValueKind.Object) return Refuse(path, "is not an object", Accepted);
            template.CopyTo(_slots.AsSpan());
            if (!PartText(part, path, "subject", EventLimits.MaxKeyLength, required: true, out var who)) return false;
            if (!part.TryGetProperty("amount", out var money) || money.ValueKind != JsonValueKind.Number || !money.TryGetInt64(out var value)
                || value < amount.Field.Min || value > amount.Field.Max)
            {
                return Refuse(path + ".amount", "is not an amount", Accepts.Of(amount.Field));
            }

            sum += value;
            _slots[amount.Slot] = new Slot { Kind = SlotKind.Number, Number = value };
            foreach (var field in (ReadOnlySpan<Field>)[Fields.Registration, Fields.Section])
            {
                var target = plan.Of(field);
                if (!PartText(part, path, field.Name, target.MaxLength, required: false, out var text)) return false;
                if (text is not null) _slots[target.Slot] = new Slot { Kind = SlotKind.Text, Text = Copy(Encoding.UTF8.GetBytes(text)) };
            }

            _slots[payer.Slot] = new Slot { Kind = SlotKind.Text, Text = Copy(Encoding.UTF8.GetBytes(subject)) };
            if (!EmitSides(json, plan, who!, "#" + n, facts)) return false;
        }

        return sum == template[amount.Slot].Number || Refuse("data.allocations", $"sum to {sum}, not to the amount", Accepted);
    }

    private bool PartText(JsonElement part, string path, string name, int max, bool required, out string? text)
    {
        text = null;
        if (!part.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return !required || Refuse($"{path}.{name}", "is missing", $"text of 1 to {max} characters");
        }

        text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text?.Length >= 1 && text.Length <= max || Refuse($"{path}.{name}", "is not text that fits", $"text of 1 to {max} characters");
    }

    private Fact Make(ReadOnlySpan<byte> json, EventPlan plan, string subject, string suffix, string? source = null)
    {
        _stored.Clear();
        WriteFields(json, plan, personal: false);
        var clear = _stored.Length;
        WriteFields(json, plan, personal: true);
        var bytes = _stored.ToArray();
        return new Fact
        {
            Type = plan.Type,
            Time = _envelope.At,
            Source = source ?? _lastSource,
            Subject = subject,
            Id = IdOf(json, suffix),
            Clear = bytes.AsMemory(0, clear),
            Personal = bytes.AsMemory(clear),
            Live = _envelope.Live,
        };
    }

    private void WriteFields(ReadOnlySpan<byte> json, EventPlan plan, bool personal)
    {
        // Extra has the smallest number of all, so it comes first of the personal fields.
        if (personal && _extra.WrittenCount > 0) _stored.Braced(Fields.Extra.Number, _extra.WrittenSpan);
        foreach (var field in plan.Fields)
        {
            ref readonly var slot = ref _slots[field.Slot];
            if (slot.Kind == SlotKind.None || field.Personal != personal) continue;
            if (slot.Kind == SlotKind.Number) _stored.Number(field.Number, slot.Number);
            else _stored.Bytes(field.Number, Bytes(json, slot.Text));
        }
    }

    /// <summary>Equals <see cref="Fact.IdOf"/> of the source and the id with its suffix, without making the strings.</summary>
    private UInt128 IdOf(ReadOnlySpan<byte> json, string suffix)
    {
        var id = Bytes(json, _envelope.Id);
        var size = 4 + _lastSourceBytes.Length + id.Length + suffix.Length;
        if (_idBuffer.Length < size) _idBuffer = new byte[size * 2];
        var buffer = _idBuffer.AsSpan(0, size);
        BinaryPrimitives.WriteInt32LittleEndian(buffer, _lastSourceBytes.Length);
        _lastSourceBytes.CopyTo(buffer[4..]);
        id.CopyTo(buffer[(4 + _lastSourceBytes.Length)..]);
        if (suffix.Length > 0) Encoding.ASCII.GetBytes(suffix, buffer[^suffix.Length..]);
        return SipHash.Public.Hash128(buffer);
    }

    private static bool IsNull(ReadOnlySpan<byte> json) => json.SequenceEqual("null"u8);
}
