using Experience.Domain.Events;
using Experience.Embedded.Memory;

namespace Experience.Embedded.Shards;

/// <summary>
/// What is kept aside for a person with a long history: the ids seen (64 bits each, beside the Bloom filter's own bits: a
/// stranger passes with probability n / 2^64), so that a doubtful id does not walk everything; and folds as of some
/// facts, so that a late fact does not either.
/// </summary>
internal sealed class HeavyPerson
{
    /// <summary>
    /// Facts from which ids are kept, at 12–24 bytes each: below it, the one in a hundred new ids that the filter takes for a known one walks so many records at
    /// most.
    /// </summary>
    public const int Threshold = 64;

    /// <summary>Facts in order between two snapshots.</summary>
    public const int Spacing = 64;

    /// <summary>Snapshots kept; beyond it the one leaves whose neighbours are nearest, so that they thin out towards the past, as far as <see cref="Deep"/> goes.</summary>
    public const int MaxSnapshots = 4;

    /// <summary>Facts that the oldest snapshot but one has to be back for the oldest one to leave: hardly anything comes later than that, and nothing else finds a use for one from years ago.</summary>
    public const int Deep = 2_048;

    /// <summary>The ids of all records after <see cref="IdsAfter"/>, or null where they are not kept.</summary>
    public IdTable? Ids { get; set; }

    /// <summary>
    /// The newest record whose id is still to be read; 0 when all are there. They are read for the first doubtful id, which most people never come to: to read them for everybody whose history
    /// gets long would hold the loop for half a millisecond each.
    /// </summary>
    public long IdsAfter { get; set; }

    /// <summary>In the order of their facts, the oldest first.</summary>
    public List<Snapshot> Snapshots { get; } = [];

    /// <summary>The first fact that asks for a snapshot gets one.</summary>
    public int SinceSnapshot { get; set; } = Spacing;

    /// <summary>Adds the newest snapshot; answers the one that has to leave for it, if any.</summary>
    public Snapshot? Push(Snapshot snapshot)
    {
        SinceSnapshot = 0;
        Snapshots.Add(snapshot);
        if (Snapshots.Count <= MaxSnapshots) return null;
        if (snapshot.Facts - Snapshots[1].Facts >= Deep) return Take(0);

        var least = 1;
        var gap = double.MaxValue;
        for (var i = 1; i < Snapshots.Count - 1; i++)
        {
            // The gap that would be left, against how long ago that is: equal shares are a geometric series.
            var share = (Snapshots[i + 1].Facts - Snapshots[i - 1].Facts) / (double)(snapshot.Facts - Snapshots[i - 1].Facts + 1);
            if (share >= gap) continue;
            (least, gap) = (i, share);
        }

        return Take(least);
    }

    private Snapshot Take(int index)
    {
        var taken = Snapshots[index];
        Snapshots.RemoveAt(index);
        return taken;
    }

    /// <summary>
    /// A fold of all facts up to a stamp that were known when the record at <paramref name="Taken"/> was the newest one. Every fact newer than the stamp
    /// stands after the position <paramref name="After"/>; older ones that stand after <paramref name="Taken"/> came later, and are not in it.
    /// </summary>
    /// <param name="Records">Records of the person that need not be read any more, voided ones included; at least <paramref name="Facts"/>.</param>
    /// <param name="State">Stored form, in the loop's arena of them.</param>
    internal sealed record Snapshot(long After, long Taken, long Facts, long Records, Stamp Stamp, uint State, int Length)
    {
        /// <summary>It was dropped, and its state with it.</summary>
        public bool Dropped { get; set; }
    }
}
