using System.Text.Json;
using System.Text.Json.Serialization;
using Experience.Domain.Wire;

namespace Experience.Web.Sources;

/// <summary>What of a letter is sealed: everything that may name a person. Version 1; new properties may be missing in old letters.</summary>
internal sealed record SealedLetter(
    string Field,
    string Reason,
    string Accepted,
    string? Id,
    string? Type,
    string? Subject,
    string? Place,
    string? Key,
    string Zone,
    bool History,
    bool MayErase,
    bool Cut,
    byte[] Body)
{
    /// <summary>What the sender's key allowed when it came.</summary>
    [JsonIgnore]
    public SenderRules Sender => new(Key, WireTime.TryZone(Zone, out var zone) ? zone : TimeZoneInfo.Utc, History, MayErase);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static SealedLetter? Read(byte[]? plain) => plain is null ? null : JsonSerializer.Deserialize<SealedLetter>(plain);
}
