using System.Text.Json;

namespace Experience.Web.Ingest;

/// <summary>
/// What an event that was refused says of itself, as far as it can be read: the reader of events ends at the first thing that is wrong, and the
/// source or the id may stand behind it.
/// </summary>
internal readonly record struct EventNames(string? Source, string? Id, string? Type, string? Subject)
{
    public static EventNames Read(ReadOnlySpan<byte> json)
    {
        string? source = null, id = null, type = null, subject = null;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return default;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var which = reader.ValueTextEquals("source"u8) ? 1 : reader.ValueTextEquals("id"u8) ? 2 : reader.ValueTextEquals("type"u8) ? 3 : reader.ValueTextEquals("subject"u8) ? 4 : 0;
                reader.Read();
                if (which > 0 && reader.TokenType == JsonTokenType.String)
                {
                    var value = reader.GetString() is { Length: > 0 } text ? text : null;
                    (source, id, type, subject) = (which == 1 ? value : source, which == 2 ? value : id, which == 3 ? value : type, which == 4 ? value : subject);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON from here on, or half a surrogate pair: what was read before stands.
        }

        return new EventNames(source, id, type, subject);
    }
}
