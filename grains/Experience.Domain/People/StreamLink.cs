using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>What one merge or unmerge says, as it stands in the history of one of its two streams.</summary>
/// <param name="Other">The other stream, as the engine numbers streams.</param>
/// <param name="Merged">True for a merge, false for an unmerge.</param>
public readonly record struct StreamLink(UInt128 Other, Stamp Stamp, UInt128 Id, bool Merged)
{
    /// <summary>Of two links of one pair the one that is newer stands, whichever came first; where their stamps are equal the id decides.</summary>
    public bool Beats(in StreamLink other) => Stamp != other.Stamp ? Stamp > other.Stamp : Id > other.Id;
}
