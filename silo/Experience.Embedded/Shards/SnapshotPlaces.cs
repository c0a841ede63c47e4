namespace Experience.Embedded.Shards;

/// <summary>
/// Where snapshots are kept of facts that are folded in order: a distance back from the newest one, four times that, sixteen times, ..., so that the next late fact finds one that is older than itself and not much. What
/// is newer than such a snapshot may have come before it, so it carries the position after which all of that stands.
/// </summary>
/// <param name="distance">Facts from the newest one to the first place.</param>
internal struct SnapshotPlaces(int distance)
{
    private readonly List<(int Index, long After)> _found = [];
    private int _distance = distance;
    private long _after = long.MaxValue;

    /// <summary>Looks at the facts from the newest but one to the oldest.</summary>
    /// <param name="back">Facts that are newer.</param>
    /// <param name="sameStamp">The next newer fact has the same stamp: the two are folded on the same side of a snapshot.</param>
    /// <param name="newer">Where the next newer fact stands.</param>
    public void Look(int index, int back, bool sameStamp, long newer)
    {
        _after = Math.Min(_after, newer - 1);
        if (back < _distance || sameStamp) return;
        _found.Add((index, _after));
        _distance *= 4;
    }

    /// <summary>The places, the oldest first.</summary>
    public readonly List<(int Index, long After)> Found()
    {
        _found.Reverse();
        return _found;
    }
}
