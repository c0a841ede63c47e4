using System.Buffers;
using System.Text;
using System.Text.Json;
using Experience.Domain.Wire;

namespace Experience.Web.Ingest;

/// <summary>
/// CloudEvents HTTP binding, binary mode: attributes in <c>ce-</c> headers, data in the body. It is written as the structured form,
/// so that both are read by one reader.
/// </summary>
internal static class BinaryEvent
{
    public static Refusal? ToJson(HttpRequest request, byte[] body, out byte[] json)
    {
        json = [];
        var buffer = new ArrayBufferWriter<byte>(body.Length + 512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, values) in request.Headers)
            {
                if (!name.StartsWith("ce-", StringComparison.OrdinalIgnoreCase)) continue;
                var attribute = name[3..].ToLowerInvariant();
                if (attribute is "data" or "data_base64" or "datacontenttype") return new Refusal(name, "is not an attribute that a header may hold", "the data as the body, their type as Content-Type");
                if (values.Count != 1) return new Refusal(name, "is stated twice", "each attribute once");
                // 3.1.3.2: header values are percent-encoded.
                writer.WriteString(attribute, Uri.UnescapeDataString(values[0] ?? ""));
            }

            var contentType = request.ContentType;
            if (body.Length > 0)
            {
                if (contentType is not null) writer.WriteString("datacontenttype", contentType);
                var media = contentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "application/json";
                if (media.EndsWith("/json", StringComparison.Ordinal) || media.EndsWith("+json", StringComparison.Ordinal))
                {
                    try
                    {
                        writer.WritePropertyName("data");
                        writer.WriteRawValue(body);
                    }
                    catch (JsonException e)
                    {
                        return new Refusal("data", $"is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine})", "JSON, as the content type says");
                    }
                }
                else if (media.StartsWith("text/", StringComparison.Ordinal))
                {
                    writer.WriteString("data", Encoding.UTF8.GetString(body));
                }
                else
                {
                    writer.WriteBase64String("data_base64", body);
                }
            }

            writer.WriteEndObject();
        }

        json = buffer.WrittenSpan.ToArray();
        return null;
    }
}
