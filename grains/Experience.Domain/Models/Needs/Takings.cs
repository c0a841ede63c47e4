namespace Experience.Domain.Models.Needs;

/// <summary>One item that a person took: a course of a program, a product of a file.</summary>
/// <param name="Item">Place of the item among <see cref="TakingData.Items"/>.</param>
/// <param name="Day">Days since 1970-01-01, with a fraction where the source has one.</param>
public readonly record struct Taking(int Item, double Day);

/// <param name="Group">Place of the person's segment among <see cref="TakingData.Groups"/>.</param>
/// <param name="Takings">In order of day, then of item. The same item may come again.</param>
public sealed record Taker(int Group, IReadOnlyList<Taking> Takings)
{
    /// <summary>The same person as known at the end of a day.</summary>
    public Taker Until(double day)
    {
        var count = Takings.Count;
        while (count > 0 && Takings[count - 1].Day > day) count--;
        return count == Takings.Count ? this : this with { Takings = [.. Takings.Take(count)] };
    }
}

/// <summary>Who took what and when. Items and groups are numbered from 0 without gaps.</summary>
/// <param name="SeasonOf">The season of a day, 0 to <paramref name="Seasons"/> − 1.</param>
public sealed record TakingData(int Items, int Groups, int Seasons, Func<double, int> SeasonOf, IReadOnlyList<Taker> People)
{
    /// <summary>The certificate that each item counts for, or −1; empty where none is known.</summary>
    public IReadOnlyList<int> Certificates { get; init; } = [];

    /// <summary>Quarters of the civil year: what stands in where no terms are known.</summary>
    public const int Quarters = 4;

    public static int QuarterOf(double day)
    {
        var (_, month, _) = Experience.Domain.People.CivilZone.Civil((int)Math.Floor(day));
        return (month - 1) / 3;
    }
}
