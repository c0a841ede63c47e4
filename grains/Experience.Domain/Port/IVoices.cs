namespace Experience.Domain.Port;

/// <summary>Public voice (<see cref="Voice.Voices"/>): what was said by nobody who is known, and what of it was attributed since.</summary>
public interface IVoices
{
    /// <summary>A page, newest first. Whom something is attributed to is a fact (<c>participant.merged</c> of its key and the person's), and nothing in here makes one.</summary>
    ValueTask<VoicePage> VoicesAsync(VoiceQuery query, Access access, CancellationToken cancellation);

    /// <summary>One voice, by the key of its stream; null when there is none, or it was undone or erased.</summary>
    ValueTask<VoiceView?> VoiceAsync(string source, string key, Access access, CancellationToken cancellation);
}

/// <param name="Attributed">Those that somebody is known for; otherwise those that nobody is.</param>
/// <param name="Section">Only of this section.</param>
/// <param name="After">The last page's next.</param>
public sealed record VoiceQuery(bool Attributed, string? Section, string? After, int Limit);

/// <param name="Open">Those that nobody is known for.</param>
/// <param name="Total">What is asked for, over all pages.</param>
/// <param name="Sections">What nobody is known for, by the section that it is about; the most spoken of first.</param>
public sealed record VoicePage(long Open, long Attributed, long Total, IReadOnlyList<VoiceOfSection> Sections, IReadOnlyList<VoiceView> Voices, string? Next);

/// <param name="Section">Its key; null where none is named.</param>
/// <param name="Rated">Of them with a course rating.</param>
/// <param name="Rating">Mean course rating, 1–5; null where nobody rated.</param>
public sealed record VoiceOfSection(string? Section, string Title, long Count, long Rated, double? Rating);

/// <param name="Id">Of the event.</param>
/// <param name="Key">What an attribution names.</param>
/// <param name="Text">In a few words, as on a journey.</param>
/// <param name="Words">What was said; null where only a rating was given.</param>
/// <param name="Person">Whom it is attributed to.</param>
public sealed record VoiceView(string Id, SourceKey Key, long At, string Type, string Text, string? Words, string? Section, string? Channel, string? Site, VoicePerson? Person);

public sealed record VoicePerson(string Id, string Name);
