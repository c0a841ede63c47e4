using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using Experience.Domain.Events;

namespace Experience.Domain.Wire;

/// <summary>What a sender may send and how its times are read.</summary>
/// <param name="Source">The source it may send as, with everything below it ("/desk" allows "/desk/west"); null allows every source.</param>
/// <param name="Zone">Zone of times without one.</param>
/// <param name="History">A backfill: nothing of it is live, so nothing of it raises alerts.</param>
/// <param name="MayErase">May send <c>participant.erased</c>, which cannot be taken back.</param>
public sealed record SenderRules(string? Source, TimeZoneInfo Zone, bool History = false, bool MayErase = false)
{
    public bool Allows(ReadOnlySpan<char> source) =>
        Source is null || (source.StartsWith(Source, StringComparison.Ordinal)
            && (source.Length == Source.Length || Source.EndsWith('/') || source[Source.Length] is '/' or '#' or '?'));
}

/// <summary>
/// Reads one CloudEvents 1.0 JSON event into the facts that it stands for. Strict on the envelope; tolerant of data: unknown
/// types and fields are kept as they came, known fields are checked for kind and range.
/// </summary>
/// <remarks>
/// One pass of Utf8JsonReader over the bytes; fields go to slots in the order of their stored numbers and are written out once.
/// A reader is reused for a stream of events and belongs to one thread; it holds nothing of an event after the call.
/// </remarks>
public sealed partial class EventReader(SenderRules rules)
{
    private const string MirrorSuffix = "#mirror";

    /// <summary>Extra holds data beside extension attributes: what is not a field has a name that no field has.</summary>
    private const string ExtensionsKey = "$extensions";

    private readonly Slot[] _slots = new Slot[EventPlan.MaxFields];
    private readonly ArrayBufferWriter<byte> _extra = new(256);
    private readonly ArrayBufferWriter<byte> _extensions = new(64);
    private readonly StoredFields _stored = new();
    private byte[] _unescaped = new byte[1024];
    private int _unescapedUsed;
    private byte[] _lastSourceBytes = [];
    private string _lastSource = "";
    private Envelope _envelope;
    private Refusal? _refusal;

    /// <summary>Source of the event read last, or null when it had none that could be read.</summary>
    public string? Source { get; private set; }

    /// <summary>Id of the event read last, made only when asked for; the same bytes must be given.</summary>
    public string? Id(ReadOnlySpan<byte> json) => TextOrNull(json, _envelope.Id);

    /// <summary>Type of the event read last, as it came; the same bytes must be given.</summary>
    public string? TypeName(ReadOnlySpan<byte> json) => TextOrNull(json, _envelope.Type);

    /// <summary>Subject of the event read last, as it came; the same bytes must be given.</summary>
    public string? Subject(ReadOnlySpan<byte> json) => TextOrNull(json, _envelope.Subject);

    /// <summary>
    /// Reads one event. On success its facts (one, or several for a two-sided or split event) are appended to
    /// <paramref name="facts"/> and null is returned; otherwise nothing is appended.
    /// </summary>
    /// <param name="json">One JSON object, at most <see cref="EventLimits.MaxEventBytes"/>.</param>
    /// <param name="receivedAt">µs since 1970 UTC: the time of an event without one, and what "too far ahead" is measured against.</param>
    public Refusal? Read(ReadOnlySpan<byte> json, long receivedAt, List<Fact> facts)
    {
        _envelope = default;
        _refusal = null;
        _unescapedUsed = 0;
        _allocations = null;
        Source = null;
        if (json.Length > EventLimits.MaxEventBytes) return new("event", "is too large", $"at most {EventLimits.MaxEventBytes} bytes");
        if (!Utf8.IsValid(json)) return new("event", "is not UTF-8", "JSON in UTF-8");
        if (HasHalfPair(json)) return new("event", "holds text that is not Unicode", "JSON in UTF-8");
        if (_extra.WrittenCount > 0) _extra.ResetWrittenCount();
        if (_extensions.WrittenCount > 0) _extensions.ResetWrittenCount();
        var count = facts.Count;
        try
        {
            if (ReadEvent(json, receivedAt, facts)) return null;
        }
        catch (JsonException e)
        {
            _refusal = new("event", $"is not valid JSON near byte {e.BytePositionInLine}", Accepts.Event);
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader says so of a lone surrogate escape such as \ud800.
            _refusal = new("event", "holds text that is not Unicode", "JSON in UTF-8");
        }

        facts.RemoveRange(count, facts.Count - count);
        return _refusal ?? new("event", "could not be read", Accepts.Event);
    }

    /// <summary>
    /// Whether an escape stands for half a surrogate pair. JSON allows it and text does not: what is kept as it came could never be written again. Only
    /// escapes that may be one cost more than being looked for.
    /// </summary>
    private static bool HasHalfPair(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0) return false;
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped) reader.GetString();
            }
        }
        catch (InvalidOperationException)
        {
            return true;
        }
        catch (JsonException)
        {
            // What is wrong with it is said where it is read.
        }

        return false;
    }

    private bool ReadEvent(ReadOnlySpan<byte> json, long receivedAt, List<Fact> facts)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: true, default);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return Refuse("event", "is not a JSON object", Accepts.Event);
        EventPlan? plan = null;
        var dataRead = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameAt = (int)reader.TokenStartIndex;
            var attribute = AttributeOf(ref reader);
            if (attribute == Attribute.Extension)
            {
                if (!ReadExtension(json, ref reader, nameAt)) return false;
                continue;
            }

            if ((_envelope.Seen & (1 << (int)attribute)) != 0) return Refuse(NameOf(attribute), "is stated twice", "each attribute once");
            _envelope.Seen |= 1 << (int)attribute;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null) continue;
            if (attribute == Attribute.Data)
            {
                _envelope.DataStart = (int)reader.TokenStartIndex;
                // Producers state the type first: then data are read in the same pass.
                if (reader.TokenType == JsonTokenType.StartObject && plan is not null && plan != EventPlan.Unknown && _envelope.ContentType.Length == 0)
                {
                    dataRead = true;
                    if (!ReadData(json, ref reader, plan, 0, copy: false)) return false;
                }
                else
                {
                    reader.Skip();
                }

                _envelope.DataEnd = (int)reader.BytesConsumed;
                continue;
            }

            if (reader.TokenType != JsonTokenType.String) return Refuse(NameOf(attribute), "is not text", AcceptedBy(attribute));
            var value = ReadText(ref reader, 0, copy: false);
            if (value.Length == 0) return Refuse(NameOf(attribute), "is empty", AcceptedBy(attribute));
            switch (attribute)
            {
                case Attribute.SpecVersion:
                    if (!Bytes(json, value).SequenceEqual("1.0"u8)) return Refuse("specversion", $"is {Quote(json, value)}", AcceptedBy(attribute));
                    _envelope.SpecVersion = true;
                    break;
                case Attribute.Id:
                    _envelope.Id = value;
                    break;
                case Attribute.Source:
                    _envelope.Source = value;
                    break;
                case Attribute.Type:
                    _envelope.Type = value;
                    plan = EventPlan.Find(Bytes(json, value)) ?? EventPlan.Unknown;
                    Array.Clear(_slots, 0, plan.Fields.Length);
                    break;
                case Attribute.Time:
                    _envelope.Time = value;
                    break;
                case Attribute.Subject:
                    _envelope.Subject = value;
                    break;
                case Attribute.ContentType:
                    _envelope.ContentType = value;
                    break;
                case Attribute.DataSchema:
                    _envelope.DataSchema = value;
                    break;
                default:
                    _envelope.DataBase64 = value;
                    break;
            }
        }

        if (reader.Read()) return Refuse("event", "is followed by something else", Accepts.Event);
        return CheckEnvelope(json, receivedAt, plan) && ReadRemainingData(json, plan!, dataRead) && Emit(json, plan!, facts);
    }

    private bool CheckEnvelope(ReadOnlySpan<byte> json, long receivedAt, EventPlan? plan)
    {
        if (!_envelope.SpecVersion) return Missing(Attribute.SpecVersion);
        if (_envelope.Id.Length == 0) return Missing(Attribute.Id);
        if (_envelope.Source.Length == 0) return Missing(Attribute.Source);
        if (_envelope.Type.Length == 0 || plan is null) return Missing(Attribute.Type);
        if (!Fits(json, _envelope.Id, EventLimits.MaxKeyLength)) return TooLong(Attribute.Id);
        if (!Fits(json, _envelope.Source, EventLimits.MaxSourceLength)) return TooLong(Attribute.Source);
        if (!Fits(json, _envelope.Type, EventLimits.MaxTypeLength)) return TooLong(Attribute.Type);
        if (!Fits(json, _envelope.Subject, EventLimits.MaxKeyLength)) return TooLong(Attribute.Subject);
        var source = Bytes(json, _envelope.Source);
        if (!source.SequenceEqual(_lastSourceBytes))
        {
            _lastSource = System.Text.Encoding.UTF8.GetString(source);
            _lastSourceBytes = source.ToArray();
        }

        Source = _lastSource;
        if (!rules.Allows(_lastSource)) return Refuse("source", $"is not one that this key may send as ({_lastSource})", $"\"{rules.Source}\", or something below it");
        if (plan.Type.Family == EventFamily.Observation) return Refuse("type", "is an observation, which only the engine makes", "a type of /v1/schemas that may come from outside");
        if (!rules.MayErase && plan.Type == EventTypes.ParticipantErased) return Refuse("type", "erases a person, which this key may not", "a key that may: `keys create SOURCE --erase`");
        _envelope.At = receivedAt;
        if (_envelope.Time.Length > 0 && !WireTime.TryParse(Bytes(json, _envelope.Time), rules.Zone, out _envelope.At)) return Refuse("time", $"is not a time: {Quote(json, _envelope.Time)}", Accepts.Time);
        if (_envelope.At < EventLimits.MinTime) return Refuse("time", "lies before 1900", "a time since 1900");
        if (_envelope.At > receivedAt + (long)EventLimits.MaxFuture.TotalMicroseconds) return Refuse("time", "lies more than 24 hours ahead", "a time up to 24 hours from now");
        _envelope.Live = !rules.History && _envelope.At >= receivedAt - (long)EventLimits.LiveWithin.TotalMicroseconds;
        if (_envelope.ContentType.Length > 0 && !IsMediaType(Bytes(json, _envelope.ContentType))) return Refuse("datacontenttype", "is not a media type", "a media type such as application/json");
        if (_envelope.DataBase64.Length > 0 && _envelope.DataEnd > 0) return Refuse("data_base64", "stands beside data", "one of data and data_base64");
        return true;
    }

    private bool ReadRemainingData(ReadOnlySpan<byte> json, EventPlan plan, bool read)
    {
        var known = plan != EventPlan.Unknown;
        var isJson = _envelope.ContentType.Length == 0 || IsJson(Bytes(json, _envelope.ContentType));
        var hasData = _envelope.DataEnd > 0 || _envelope.DataBase64.Length > 0;
        if (!known)
        {
            KeepUnknown(json, isJson);
            return true;
        }

        if (_envelope.DataSchema.Length > 0) Keep("$dataschema", json, _envelope.DataSchema);
        if (hasData && !isJson) return Refuse("datacontenttype", $"is {Quote(json, _envelope.ContentType)}", "application/json for the types of the vocabulary");
        if (_envelope.DataBase64.Length > 0)
        {
            if (!Decode(json, out var decoded)) return Refuse("data_base64", "is not Base64", "JSON in Base64");
            var data = _unescaped.AsSpan(decoded.Start, decoded.Length).ToArray();
            var reader = new Utf8JsonReader(data);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return Refuse("data_base64", "does not hold a JSON object", "a JSON object in Base64");
            if (!ReadData(data, ref reader, plan, 0, copy: true)) return false;
        }
        else if (!read && _envelope.DataEnd > 0)
        {
            var data = json[_envelope.DataStart.._envelope.DataEnd];
            var reader = new Utf8JsonReader(data);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) return Refuse("data", "is not a JSON object", "a JSON object with the fields of the type");
            if (!ReadData(data, ref reader, plan, _envelope.DataStart, copy: false)) return false;
        }

        foreach (var field in plan.Required)
        {
            if (_slots[field.Slot].Kind == SlotKind.None) return Refuse(field.Path, "is missing", Accepts.Of(field.Field));
        }

        if (plan.CheckDocument is { } check && check(Bytes(json, _slots[plan.Of(Fields.Document).Slot].Text)) is { } wrong)
        {
            return Refuse($"data.document.{wrong.Field}", wrong.Reason, wrong.Accepted);
        }

        if (plan.OneOf.Length > 0 && !plan.OneOf.Any(f => _slots[f.Slot].Kind != SlotKind.None))
        {
            return Refuse("data", "says nothing", "at least one of " + string.Join(", ", plan.OneOf.Select(f => f.Field.Name)));
        }

        return true;
    }

    private bool Refuse(string field, string reason, string accepted)
    {
        _refusal ??= new(field, reason, accepted);
        return false;
    }

    private bool Missing(Attribute attribute) => Refuse(NameOf(attribute), "is missing", AcceptedBy(attribute));

    private bool TooLong(Attribute attribute) => Refuse(NameOf(attribute), "is too long", AcceptedBy(attribute));

    private string? TextOrNull(ReadOnlySpan<byte> json, Text text) => text.Length == 0 ? null : System.Text.Encoding.UTF8.GetString(Bytes(json, text));

    /// <summary>What came, short enough for an answer.</summary>
    private string Quote(ReadOnlySpan<byte> json, Text text)
    {
        var value = System.Text.Encoding.UTF8.GetString(Bytes(json, text));
        return $"\"{(value.Length <= 60 ? value : value[..60] + "…")}\"";
    }

    private bool Decode(ReadOnlySpan<byte> json, out Text decoded)
    {
        var encoded = Bytes(json, _envelope.DataBase64).ToArray();
        Reserve(Base64.GetMaxDecodedFromUtf8Length(encoded.Length));
        var status = Base64.DecodeFromUtf8(encoded, _unescaped.AsSpan(_unescapedUsed), out _, out var written);
        decoded = new Text(_unescapedUsed, written, true);
        _unescapedUsed += written;
        return status == OperationStatus.Done && Utf8.IsValid(_unescaped.AsSpan(decoded.Start, decoded.Length));
    }
}
