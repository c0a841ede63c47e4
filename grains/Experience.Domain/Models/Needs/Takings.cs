namespace Experience.Domain.Models.Needs;

/// <summary>One item that a person took: a course of a program, a product of a file.</summary>
/// <param name="Item">Place of the item among <see cref="TakingData.Items"/>.</param>
/// <param name="Day">Days since 1970-01-01, with a fraction where the source has one.</param>
/// <param name="Group">The person's segment just before, of <see cref="TakingData.Groups"/>: what was known when it could have been offered.</param>
/// <param name="Season">The season that it was taken for, of <see cref="TakingData.Seasons"/>.</param>
public readonly record struct Taking(int Item, double Day, int Group = 0, int Season = 0);

/// <summary>Who took what and when. Items, groups and seasons are numbered from 0 without gaps.</summary>
/// <param name="People">For each person what was taken, in order of day, then of item. The same item may come again.</param>
public sealed record TakingData(int Items, int Groups, int Seasons, IReadOnlyList<IReadOnlyList<Taking>> People)
{
    /// <summary>Quarters of the civil year: the seasons of a file.</summary>
    public const int Quarters = 4;

    /// <summary>The certificate that each item counts for, or −1; empty where none is known.</summary>
    public IReadOnlyList<int> Certificates { get; init; } = [];

    public static int QuarterOf(double day)
    {
        var (_, month, _) = Experience.Domain.People.CivilZone.Civil((int)Math.Floor(day));
        return (month - 1) / 3;
    }

    /// <summary>How many of a person's takings lie before the end of a day.</summary>
    internal static int CountUntil(IReadOnlyList<Taking> takings, double day)
    {
        var count = takings.Count;
        while (count > 0 && takings[count - 1].Day > day) count--;
        return count;
    }

    /// <summary>Some of a person's takings, where they stand: of a million people a copy of each part would be most of what learning holds.</summary>
    internal static IReadOnlyList<Taking> Part(IReadOnlyList<Taking> takings, int from, int to) =>
        from == to ? [] : to - from == takings.Count ? takings : takings is Taking[] all ? new ArraySegment<Taking>(all, from, to - from) : [.. takings.Take(to).Skip(from)];
}
