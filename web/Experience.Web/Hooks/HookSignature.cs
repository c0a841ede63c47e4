using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Experience.Web.Ways;

namespace Experience.Web.Hooks;

/// <summary>
/// How a call proves that it comes from the sender: an HMAC of its body (GitHub's, Stripe's or a form that is described), a secret in a header, or the source's key.
/// Everything is compared in constant time.
/// </summary>
internal sealed record HookSignature(string Kind, string Header, HashAlgorithmName Algorithm, bool Base64, string Prefix, string? TimestampHeader, bool SignsTimestamp, TimeSpan Tolerance)
{
    public const string Accepted = "{\"kind\": \"github\" | \"stripe\" | \"key\"}, {\"kind\": \"token\", \"header\": …} or {\"kind\": \"hmac\", \"header\": …, algorithm, encoding, prefix, timestampHeader, tolerance}";

    /// <summary>Stripe's own libraries allow as much.</summary>
    private static readonly TimeSpan UsualTolerance = TimeSpan.FromSeconds(300);

    private static readonly TimeSpan MaxTolerance = TimeSpan.FromHours(1);

    /// <summary>Whether the hook has a secret of its own.</summary>
    public bool NeedsSecret => Kind != "key";

    public static HookSignature Parse(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new FormatException("is not a JSON object");
        foreach (var property in json.EnumerateObject())
        {
            if (property.Name is not ("kind" or "header" or "algorithm" or "encoding" or "prefix" or "timestampHeader" or "tolerance")) throw new FormatException($"holds \"{property.Name}\", which is not known here");
        }

        var kind = json.Get("kind").Text();
        var header = json.Get("header").Text();
        var tolerance = json.Get("tolerance") is { } seconds
            ? seconds.ValueKind == JsonValueKind.Number && seconds.TryGetInt32(out var value) && value >= 1 && value <= MaxTolerance.TotalSeconds ? TimeSpan.FromSeconds(value) : throw new FormatException($"has a tolerance that is not 1 to {MaxTolerance.TotalSeconds} seconds")
            : UsualTolerance;
        switch (kind)
        {
            case "github":
                return new HookSignature(kind, "X-Hub-Signature-256", HashAlgorithmName.SHA256, false, "sha256=", null, false, tolerance);
            case "stripe":
                return new HookSignature(kind, header ?? "Stripe-Signature", HashAlgorithmName.SHA256, false, "", null, true, tolerance);
            case "token":
                return new HookSignature(kind, header ?? throw new FormatException("names no header"), default, false, "", null, false, tolerance);
            case "key":
                return new HookSignature(kind, "Authorization", default, false, "", null, false, tolerance);
            case "hmac":
                var algorithm = (json.Get("algorithm").Text() ?? "sha256") switch
                {
                    "sha256" => HashAlgorithmName.SHA256,
                    "sha1" => HashAlgorithmName.SHA1,
                    var other => throw new FormatException($"names the algorithm {other}, which is neither sha256 nor sha1"),
                };
                var base64 = (json.Get("encoding").Text() ?? "hex") switch { "hex" => false, "base64" => true, var other => throw new FormatException($"names the encoding {other}, which is neither hex nor base64") };
                var timestamp = json.Get("timestampHeader").Text();
                return new HookSignature(kind, header ?? throw new FormatException("names no header"), algorithm, base64, json.Get("prefix").Text() ?? "", timestamp, timestamp is not null, tolerance);
            default:
                throw new FormatException("is of no known kind");
        }
    }

    /// <summary>Why a call is not the sender's, in words for the sender; null when it is. Every secret is tried, so that one can be replaced without a gap.</summary>
    public string? Check(Func<string, string?> header, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets, DateTimeOffset now)
    {
        if (header(Header) is not { Length: > 0 } given) return $"The header {Header} is missing.";
        if (Kind == "token") return secrets.Any(s => Same(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(s))) ? null : $"The header {Header} does not hold the secret.";
        var signatures = new List<string>();
        string? timestamp = null;
        if (Kind == "stripe")
        {
            // t=1492774577,v1=5257a8…,v1=…: several signatures while a secret is replaced (https://docs.stripe.com/webhooks#verify-manually).
            foreach (var part in given.Split(',', 16))
            {
                var pair = part.Trim().Split('=', 2);
                if (pair is ["t", var t]) timestamp = t;
                if (pair is ["v1", var v1]) signatures.Add(v1);
            }
        }
        else
        {
            if (!given.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return $"The header {Header} does not begin with {Prefix}.";
            signatures.Add(given[Prefix.Length..].Trim());
            if (TimestampHeader is not null) timestamp = header(TimestampHeader);
        }

        if (SignsTimestamp)
        {
            if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return "The timestamp is missing.";
            if (Math.Abs(now.ToUnixTimeSeconds() - seconds) > Tolerance.TotalSeconds) return $"The timestamp is more than {Tolerance.TotalSeconds:0} seconds away: the clocks differ, or the call is replayed.";
        }

        foreach (var secret in secrets)
        {
            var expected = Mac(secret, timestamp, body);
            foreach (var signature in signatures)
            {
                if (Decode(signature) is { } bytes && Same(bytes, expected)) return null;
            }
        }

        return "The signature is not that of the body.";
    }

    /// <summary>What a sender would sign; the tests and the documentation's example use it too.</summary>
    public byte[] Mac(string secret, string? timestamp, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(Algorithm, Encoding.UTF8.GetBytes(secret));
        if (SignsTimestamp) mac.AppendData(Encoding.UTF8.GetBytes(timestamp + "."));
        mac.AppendData(body);
        return mac.GetHashAndReset();
    }

    private static bool Same(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(a), SHA256.HashData(b));

    private byte[]? Decode(string signature)
    {
        if (signature.Length > 200) return null;
        var buffer = new byte[150];
        if (Base64) return Convert.TryFromBase64String(signature, buffer, out var length) ? buffer[..length] : null;
        try
        {
            return Convert.FromHexString(signature);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
