using System.Globalization;
using Experience.Domain.Cards;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Voice;

/// <summary>What is known of one voice without its words, so that a list of all of them can be held.</summary>
/// <param name="Event">Zero where nothing is left: it was undone, or erased, or only links are here.</param>
/// <param name="Rating">Course rating in hundredths; 0 for none.</param>
public readonly record struct VoiceFace(UInt128 Event, long At, string? Section, int Rating)
{
    public bool IsThere => Event != UInt128.Zero;

    /// <summary>Of the facts of a voice's stream.</summary>
    public static VoiceFace Of(IEnumerable<JourneyFact> facts) => Spoken(facts) is { } said
        ? new VoiceFace(said.Id, said.At, said.Text(Fields.Section), (int)(said.Number(Fields.CourseRating) ?? 0))
        : default;

    /// <summary>What was said; null where nothing is left of it.</summary>
    public static JourneyFact? Spoken(IEnumerable<JourneyFact> facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return facts.Where(static f => Voices.CanBeVoice(f.Type) && !f.Voided).MinBy(static f => f.Stamp);
    }
}

/// <summary>Chooses a page of voices, and sums them by section. Pure.</summary>
public static class VoiceList
{
    public const int MaxPage = 200;

    /// <summary>Sections that are summed apart; the rest of them is in the totals only.</summary>
    public const int MaxSections = 50;

    /// <summary>The streams of a page, and all that it says beside them.</summary>
    public static (IReadOnlyList<UInt128> Streams, VoicePage Page) Choose(IReadOnlyList<(UInt128 Stream, bool Attributed, VoiceFace Face)> all, VoiceQuery query, ProgramSnapshot program)
    {
        ArgumentNullException.ThrowIfNull(all);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(program);
        var there = all.Where(static v => v.Face.IsThere).ToArray();
        var open = there.Where(static v => !v.Attributed).ToArray();
        var asked = there.Where(v => v.Attributed == query.Attributed && (query.Section is null || v.Face.Section == query.Section)).ToArray();
        var after = Parse(query.After);
        var limit = Math.Clamp(query.Limit, 1, MaxPage);
        var page = asked.Where(v => after is not { } last || (v.Face.At, v.Face.Event).CompareTo(last) < 0).OrderByDescending(static v => v.Face.At).ThenByDescending(static v => v.Face.Event).Take(limit + 1).ToList();
        var more = page.Count > limit;
        if (more) page.RemoveAt(limit);
        var sections = open.GroupBy(static v => v.Face.Section).OrderByDescending(static g => g.Count()).ThenBy(static g => g.Key, StringComparer.Ordinal).Take(MaxSections).Select(g =>
        {
            var rated = g.Where(static v => v.Face.Rating > 0).ToArray();
            return new VoiceOfSection(g.Key, g.Key is null ? "No section named" : program.TitleOf(SipHash.Name(g.Key)), g.Count(), rated.Length, rated.Length == 0 ? null : Math.Round(rated.Average(static v => v.Face.Rating) / 100, 2));
        });
        return ([.. page.Select(static v => v.Stream)], new VoicePage(open.Length, there.Length - open.Length, asked.Length, [.. sections], [], more ? Place(page[^1].Face) : null));
    }

    /// <summary>One voice with its words.</summary>
    public static VoiceView View(JourneyFact said, SourceKey key, VoicePerson? person, ProgramSnapshot program)
    {
        ArgumentNullException.ThrowIfNull(said);
        return new VoiceView(
            said.IdText, key, said.At / 1000, said.Type.Name, JourneyText.Line(said, program).Text, said.Text(Fields.Words), said.Text(Fields.Section), said.Code(Fields.Channel), said.Text(Fields.Site), person);
    }

    private static string Place(in VoiceFace face) => string.Create(CultureInfo.InvariantCulture, $"{face.At}.{face.Event:x32}");

    private static (long At, UInt128 Event)? Parse(string? text)
    {
        if (text?.Split('.') is not [var time, var id]) return null;
        return long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var at) && UInt128.TryParse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? (at, number) : null;
    }
}
