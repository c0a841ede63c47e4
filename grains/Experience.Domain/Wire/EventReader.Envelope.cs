using System.Text;
using System.Text.Json;
using Experience.Domain.Events;

namespace Experience.Domain.Wire;

// The envelope: attributes, extension attributes, content types.
public sealed partial class EventReader
{
    private enum Attribute
    {
        SpecVersion,
        Id,
        Source,
        Type,
        Time,
        Subject,
        Data,
        DataBase64,
        ContentType,
        DataSchema,
        Extension,
    }

    /// <summary>Text by place: in the event's own bytes, or in the scratch when it had to be unescaped or copied.</summary>
    private readonly record struct Text(int Start, int Length, bool Scratch);

    private struct Envelope
    {
        public int Seen;
        public bool SpecVersion;
        public bool Live;
        public int DataStart;
        public int DataEnd;
        public long At;
        public Text Id;
        public Text Source;
        public Text Type;
        public Text Time;
        public Text Subject;
        public Text ContentType;
        public Text DataSchema;
        public Text DataBase64;
    }

    private static string NameOf(Attribute attribute) => attribute switch
    {
        Attribute.SpecVersion => "specversion",
        Attribute.Id => "id",
        Attribute.Source => "source",
        Attribute.Type => "type",
        Attribute.Time => "time",
        Attribute.Subject => "subject",
        Attribute.Data => "data",
        Attribute.DataBase64 => "data_base64",
        Attribute.ContentType => "datacontenttype",
        Attribute.DataSchema => "dataschema",
        _ => "extension",
    };

    private static string AcceptedBy(Attribute attribute) => attribute switch
    {
        Attribute.SpecVersion => "\"1.0\"",
        Attribute.Id => $"text of 1 to {EventLimits.MaxKeyLength} characters, unique within its source",
        Attribute.Source => $"text of 1 to {EventLimits.MaxSourceLength} characters, such as \"/desk\"",
        Attribute.Type => $"text of 1 to {EventLimits.MaxTypeLength} characters, such as \"registration.confirmed\"",
        Attribute.Time => Accepts.Time,
        Attribute.Subject => $"the participant's key at the source, 1 to {EventLimits.MaxKeyLength} characters; left out for the program",
        Attribute.DataBase64 => "text in Base64",
        Attribute.ContentType => "a media type such as application/json",
        Attribute.DataSchema => "a URI",
        _ => Accepts.Event,
    };

    private static Attribute AttributeOf(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped) return Attribute.Extension;
        var name = reader.ValueSpan;
        return name.Length switch
        {
            2 when name.SequenceEqual("id"u8) => Attribute.Id,
            4 when name.SequenceEqual("type"u8) => Attribute.Type,
            4 when name.SequenceEqual("time"u8) => Attribute.Time,
            4 when name.SequenceEqual("data"u8) => Attribute.Data,
            6 when name.SequenceEqual("source"u8) => Attribute.Source,
            7 when name.SequenceEqual("subject"u8) => Attribute.Subject,
            10 when name.SequenceEqual("dataschema"u8) => Attribute.DataSchema,
            11 when name.SequenceEqual("specversion"u8) => Attribute.SpecVersion,
            11 when name.SequenceEqual("data_base64"u8) => Attribute.DataBase64,
            15 when name.SequenceEqual("datacontenttype"u8) => Attribute.ContentType,
            _ => Attribute.Extension,
        };
    }

    /// <summary>CloudEvents 1.0, 3.1: extension names are lower-case letters and digits; values are text, booleans or whole numbers.</summary>
    private bool ReadExtension(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, int nameAt)
    {
        const string Accepted = "an extension attribute named in lower-case letters and digits, holding text, true, false or a whole number";
        var name = reader.ValueSpan;
        if (reader.ValueIsEscaped || name.IsEmpty || !IsLowerOrDigit(name))
        {
            var text = reader.GetString()!;
            return Refuse(text.Length <= 60 ? text : text[..60], "is not an attribute of CloudEvents", Accepted);
        }

        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return true;
            case JsonTokenType.String or JsonTokenType.True or JsonTokenType.False:
            case JsonTokenType.Number when reader.TryGetInt32(out _):
                Append(_extensions, json[nameAt..(int)reader.BytesConsumed]);
                return true;
            default:
                return Refuse(Encoding.UTF8.GetString(name), "holds something else", Accepted);
        }
    }

    private static bool IsLowerOrDigit(ReadOnlySpan<byte> name)
    {
        foreach (var b in name)
        {
            if ((uint)(b - 'a') > 25 && (uint)(b - '0') > 9) return false;
        }

        return true;
    }

    /// <summary>RFC 2046: type "/" subtype, both tokens; parameters are not looked at.</summary>
    private static bool IsMediaType(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)';');
        if (end >= 0) text = text[..end].TrimEnd((byte)' ');
        var slash = text.IndexOf((byte)'/');
        return slash > 0 && slash < text.Length - 1 && IsToken(text[..slash]) && IsToken(text[(slash + 1)..]);
    }

    private static bool IsToken(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            if (b is <= (byte)' ' or >= 0x7f || "()<>@,;:\\\"/[]?="u8.Contains(b)) return false;
        }

        return true;
    }

    private static bool IsJson(ReadOnlySpan<byte> mediaType)
    {
        var end = mediaType.IndexOf((byte)';');
        if (end >= 0) mediaType = mediaType[..end].TrimEnd((byte)' ');
        Span<byte> lower = stackalloc byte[64];
        if (mediaType.Length > lower.Length || Ascii.ToLower(mediaType, lower, out var n) != System.Buffers.OperationStatus.Done) return false;
        lower = lower[..n];
        return lower.EndsWith("/json"u8) || lower.EndsWith("+json"u8);
    }
}
