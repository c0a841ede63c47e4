using Experience.Domain.Identity;
using Experience.Domain.People;

namespace Experience.Domain.Port;

/// <summary>
/// Who may be whom: identities resolved to people, people who look like one, and what a merge would make of them. Nothing in here merges anybody; that is a fact
/// (<c>participant.merged</c>), and <c>participant.unmerged</c> says that two are two.
/// </summary>
public interface IIdentities
{
    /// <summary>
    /// People who look like one, the likeliest first; those that somebody said are two are left out, and so is a household. With the newest merges, which can be undone.
    /// </summary>
    /// <param name="after">The last page's next.</param>
    ValueTask<SuggestionsView> SuggestionsAsync(string? after, int limit, Access access, CancellationToken cancellation);

    /// <summary>The cards of two people, and the card that they would be as one; null when there is no such person, or the two are one already.</summary>
    ValueTask<MergePreview?> PreviewAsync(string first, string second, Access access, CancellationToken cancellation);

    /// <summary>People by e-mail address, phone or student number, compared as they mean; at most a handful, since a household shares the first two.</summary>
    ValueTask<IReadOnlyList<string>> WithIdentityAsync(IdentityKind kind, string value, Access access, CancellationToken cancellation);

    /// <summary>What a person states of themselves now, under all keys together; null where nobody is known.</summary>
    ValueTask<StatedIdentities?> StatedAsync(string person, Access access, CancellationToken cancellation);
}

/// <summary>Empty where nothing is stated, and all of it of somebody who was erased.</summary>
public sealed record StatedIdentities(string Given, string Family, string Email, string Phone)
{
    public static StatedIdentities Of(Profile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new StatedIdentities(profile.GivenName, profile.FamilyName, profile.Email, profile.Phone);
    }
}

/// <param name="Total">Suggestions in all.</param>
/// <param name="Merged">The newest merges that stand.</param>
/// <param name="Ready">Everybody has been looked at; otherwise some suggestions are missing.</param>
public sealed record SuggestionsView(long Total, IReadOnlyList<SuggestionView> Suggestions, IReadOnlyList<MergedView> Merged, string? Next, bool Ready);

/// <param name="Points">Sum of the evidence.</param>
public sealed record SuggestionView(string Id, int Points, IReadOnlyList<EvidenceView> Evidence, PersonSketch First, PersonSketch Second);

/// <param name="For">Speaks for the two being one; otherwise against it.</param>
public sealed record EvidenceView(string Kind, string Text, bool For);

/// <param name="Contact">A masked e-mail address and the end of the phone number.</param>
/// <param name="Keys">The one that names the person first.</param>
/// <param name="LastAt">Newest event.</param>
public sealed record PersonSketch(string Id, string Name, int? BirthYear, string? Contact, IReadOnlyList<SourceKey> Keys, long Facts, long? LastAt);

/// <summary>Two keys that were said to be one person.</summary>
public sealed record MergedView(string Person, string Name, SourceKey First, SourceKey Second, long At);

public sealed record MergePreview(CardView First, CardView Second, CardView Merged);
