using System.Globalization;
using Experience.Domain.Boards;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Identity;

/// <summary>Somebody as they are now, to be compared with others and to be shown beside them. Pure; both engines compare alike.</summary>
/// <param name="Household">Keys of guardian and children.</param>
public sealed record PersonFace(Look Look, IReadOnlyList<string> Household, PersonSketch Sketch)
{
    /// <summary>Null for somebody who was erased.</summary>
    /// <param name="keys">The one that names the person first.</param>
    public static PersonFace? Of(string id, PersonState state, IReadOnlyList<SourceKey> keys)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(keys);
        if (state.ErasedAt != 0) return null;
        var profile = state.Profile;
        var digits = new string([.. profile.Phone.Where(char.IsAsciiDigit)]);
        string?[] contact = [profile.Email.Length > 0 ? Mask(profile.Email) : null, digits.Length >= 4 ? $"phone ends {digits[^4..]}" : null];
        var name = PeopleLists.NameOf(profile);
        return new PersonFace(
            Look.Of(profile), [.. profile.Household],
            new PersonSketch(
                id, name.Length > 0 ? name : keys[0].Key, profile.BirthDay == int.MinValue ? null : CivilZone.Civil(profile.BirthDay).Year,
                string.Join(", ", contact.Where(static c => c is not null)) is { Length: > 0 } text ? text : null, keys, state.Facts, state.Facts == 0 ? null : state.Last.Time / 1000));
    }

    /// <summary>What speaks for two being one, the weightiest first; null when they are not worth a look. Guardian and child are two, however alike.</summary>
    public static IReadOnlyList<Evidence>? Compare(PersonFace a, PersonFace b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return a.Raises(b) || b.Raises(a) ? null : Likeness.Compare(a.Look, b.Look);
    }

    public static SuggestionView Suggest(PersonFace a, PersonFace b, IReadOnlyList<Evidence> evidence)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return new SuggestionView(
            $"{a.Sketch.Id}-{b.Sketch.Id}", evidence.Sum(static e => e.Points), [.. evidence.Select(static e => new EvidenceView(e.Kind, e.Text, e.Points > 0))], a.Sketch, b.Sketch);
    }

    /// <summary>Both sides of a merge by the policy's rule. The id follows from the two keys, so that it is stated once.</summary>
    /// <param name="list">What the two share: see <see cref="IdentityRules"/>.</param>
    public static Fact[] MergeByRule(SourceKey first, SourceKey second, IReadOnlyList<string> list, long now)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (string.CompareOrdinal($"{first.Source}\n{first.Key}", $"{second.Source}\n{second.Key}") > 0) (first, second) = (second, first);
        var id = $"rule:{SipHash.Public.Pair($"{first.Source}\n{first.Key}", $"{second.Source}\n{second.Key}").ToString("x32", CultureInfo.InvariantCulture)}";
        return [Side(first, second, ""), Side(second, first, "#mirror")];

        Fact Side(SourceKey key, SourceKey other, string suffix) => new FactBuilder(EventTypes.ParticipantMerged, key.Source, id + suffix, key.Key, now)
            .Set(Fields.Other, other.Key).Set(Fields.OtherSource, other.Source == key.Source ? null : other.Source).Set(Fields.Reason, $"by rule: {string.Join(", ", list)}").Build();
    }

    private bool Raises(PersonFace other) => Household.Intersect(other.Sketch.Keys.Select(static k => k.Key)).Any();

    private static string Mask(string email)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);
        return at <= 1 ? email : $"{email[0]}…{email[at..]}";
    }
}
