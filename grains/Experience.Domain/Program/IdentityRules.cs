using Experience.Domain.Identity;

namespace Experience.Domain.Programs;

/// <summary>
/// Which pairs are merged without asking anybody: those that share everything of one of the lists, exactly, and have nothing that speaks against it. The
/// default asks for an identifier, both names and the birth date, so that no household can meet it.
/// </summary>
/// <param name="Merge">Each a set of kinds of evidence; empty merges nobody.</param>
public sealed record IdentityRules(IReadOnlyList<IReadOnlyList<string>> Merge)
{
    public const int MaxLists = 8;

    /// <summary>What a list may name: see <see cref="Likeness"/>.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["student", "email", "phone", "birth", "place", "given", "family"];

    public static IdentityRules Default { get; } = new([["student", "given", "family", "birth"], ["email", "given", "family", "birth"]]);

    /// <summary>The list that a pair meets; null when somebody has to say.</summary>
    public IReadOnlyList<string>? Met(IReadOnlyList<Evidence> evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        if (evidence.Any(static e => e.Points < 0)) return null;
        return Merge.FirstOrDefault(list => list.All(kind => evidence.Any(e => e.Kind == kind)));
    }
}
