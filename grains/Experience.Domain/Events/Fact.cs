namespace Experience.Domain.Events;

/// <summary>
/// Where a fact stands in the one order that folding knows: time, then a hash of (source, id). The order depends on
/// nothing but the event itself, so every folder, engine and order of arrival folds alike.
/// </summary>
public readonly record struct Stamp(long Time, ulong Tie) : IComparable<Stamp>
{
    public int CompareTo(Stamp other) => Time != other.Time ? Time.CompareTo(other.Time) : Tie.CompareTo(other.Tie);

    public static bool operator <(Stamp a, Stamp b) => a.CompareTo(b) < 0;

    public static bool operator >(Stamp a, Stamp b) => a.CompareTo(b) > 0;

    public static bool operator <=(Stamp a, Stamp b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Stamp a, Stamp b) => a.CompareTo(b) >= 0;
}

/// <summary>
/// One validated, normalised source event, ready to be recorded. Immutable. Its fields stand in the stored form
/// (see <see cref="FieldWriter"/>), so recording copies bytes and converts nothing.
/// </summary>
public sealed class Fact
{
    public required EventType Type { get; init; }

    /// <summary>When it happened, µs since 1970 UTC.</summary>
    public required long Time { get; init; }

    /// <summary>CloudEvents source, 1–200 characters.</summary>
    public required string Source { get; init; }

    /// <summary>The participant's key at the source; empty for the program's own stream.</summary>
    public required string Subject { get; init; }

    /// <summary>Public 128-bit hash of (source, id): the same in every folder.</summary>
    public required UInt128 Id { get; init; }

    /// <summary>Fields that may be read without a person's key.</summary>
    public ReadOnlyMemory<byte> Clear { get; init; }

    /// <summary>Fields with personal data, text and unknown fields: sealed under the person's key where stored.</summary>
    public ReadOnlyMemory<byte> Personal { get; init; }

    /// <summary>
    /// Whether it was sent as it happened (a live source, at most <see cref="EventLimits.LiveWithin"/> ago).
    /// Decides alerts only; never folded.
    /// </summary>
    public bool Live { get; init; }

    public Stamp Stamp => new(Time, (ulong)(Id >> 64));

    public FactView View() => new(Type, Time, Id, Clear.Span, Personal.Span);

    public FieldReader Fields() => new(Clear.Span);

    public FieldReader PersonalFields() => new(Personal.Span);

    /// <summary>The id of an event: what deduplication, ordering and voiding use.</summary>
    public static UInt128 IdOf(string source, string id) => SipHash.Public.Pair(source, id);
}

/// <summary>Limits of the envelope and of one event.</summary>
public static class EventLimits
{
    public const int MaxKeyLength = 200;
    public const int MaxNameLength = 80;
    public const int MaxSourceLength = 200;
    public const int MaxTypeLength = 100;

    /// <summary>One event as JSON, in bytes.</summary>
    public const int MaxEventBytes = 64 * 1024;

    /// <summary>One policy, segment or model document, in bytes.</summary>
    public const int MaxDocumentBytes = 48 * 1024;

    /// <summary>Events of one JSON batch.</summary>
    public const int MaxBatchEvents = 10_000;

    public static readonly TimeSpan MaxFuture = TimeSpan.FromHours(24);

    public static readonly TimeSpan LiveWithin = TimeSpan.FromHours(48);

    /// <summary>1900-01-01: earlier times are refused as mistakes.</summary>
    public const long MinTime = -2_208_988_800_000_000;
}
