using System.Buffers;
using System.Globalization;
using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Domain.Voice;

/// <summary>
/// Public voice: what was said by nobody who is known, a review without a name, a post. Each has a stream of its own, so that it is sealed under a secret of its own; that stream is
/// no person, and counts nowhere, until it is attributed to one. An attribution is a merge of the two streams, and taking it back an unmerge: whatever holds for those holds here.
/// </summary>
/// <remarks>
/// What a stream is can be told from its number alone, which is a keyed hash otherwise: 48 of its bits are ones. So it is known where the key is not at hand, and after an erasure. Of
/// the 80 bits that are left two of a million voices are the same with a chance of 4 in 10^13.
/// </remarks>
public static class Voices
{
    /// <summary>Keys begin so; 32 hexadecimal digits of the event's id follow.</summary>
    public const string Prefix = "voice:";

    private const int Digits = 32;

    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    // Neither the bits that choose a shard nor those that tables use.
    private static readonly UInt128 Mark = (UInt128)0x0000_FFFF_FFFF_FFFF << 64;

    /// <summary>Whether nobody has to be known for an event of this type to mean something.</summary>
    public static bool CanBeVoice(EventType type) => type == EventTypes.FeedbackSubmitted || type == EventTypes.CommentPosted;

    /// <summary>The key, at the event's source, of the voice that an event is.</summary>
    /// <param name="event">As <see cref="Fact.IdOf"/> has it.</param>
    public static string KeyOf(UInt128 @event) => Prefix + @event.ToString("x32", CultureInfo.InvariantCulture);

    public static bool IsKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Length == Prefix.Length + Digits && key.StartsWith(Prefix, StringComparison.Ordinal) && !key.AsSpan(Prefix.Length).ContainsAnyExcept(Hexadecimal);
    }

    /// <summary>Whether a stream is a voice rather than somebody's.</summary>
    public static bool IsVoice(UInt128 stream) => (stream & Mark) == Mark;

    /// <summary>What a merge attributes to whom; null for every other fact.</summary>
    public static (SourceKey Voice, SourceKey Person)? Attribution(Fact fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        if (fact.Type != EventTypes.ParticipantMerged) return null;
        var own = new SourceKey(fact.Source, fact.Subject);
        var otherSource = fact.Source;
        for (var clear = new FieldReader(fact.Clear.Span); clear.Next();)
        {
            if (clear.Number == Fields.OtherSource.Number) otherSource = clear.Text;
        }

        for (var personal = new FieldReader(fact.Personal.Span); personal.Next();)
        {
            if (personal.Number != Fields.Other.Number) continue;
            var other = new SourceKey(otherSource, personal.Text);
            return (IsKey(own.Key), IsKey(other.Key)) switch
            {
                (true, false) => (own, other),
                (false, true) => (other, own),
                _ => null,
            };
        }

        return null;
    }

    /// <summary>What is attributed to somebody who was erased is erased too, whichever came first. The id follows from the attribution's, so that a retry adds nothing.</summary>
    public static Fact Erasure(Fact attribution, SourceKey voice)
    {
        ArgumentNullException.ThrowIfNull(attribution);
        ArgumentNullException.ThrowIfNull(voice);
        return new Fact
        {
            Type = EventTypes.ParticipantErased,
            Time = attribution.Time,
            Source = voice.Source,
            Subject = voice.Key,
            Id = SipHash.Public.Pair($"{voice.Source}\n{voice.Key}", "erased with the person"),
            Clear = default,
            Personal = default,
            Live = attribution.Live,
        };
    }

    /// <summary>The number of a stream.</summary>
    /// <param name="hash">The keyed hash of its source and key.</param>
    public static UInt128 StreamOf(UInt128 hash, string key)
    {
        if (IsKey(key)) return hash | Mark;
        if (IsVoice(hash)) hash ^= (UInt128)1 << 64;
        return hash == UInt128.Zero ? UInt128.One : hash;
    }
}
