namespace Experience.Domain.Models.Needs;

/// <summary>What one item says for another.</summary>
public readonly record struct ItemWeight(int Item, float Weight);

/// <summary>
/// What came after an item: of those who had waited at most as long as each of <see cref="OfferingCounts.GapDays"/>, in people weighed by steps.
/// </summary>
/// <param name="People">Who took it within five steps after.</param>
public readonly record struct ItemFollowing(int Item, int People, float All, float AfterFirst, float AfterSecond, float AfterThird)
{
    public float From(int bucket) => bucket switch { 0 => All, 1 => AfterFirst, 2 => AfterSecond, _ => AfterThird };
}

/// <summary>
/// The statistics that a ranking reads, computed from <see cref="OfferingCounts"/>: shares as logarithms, pairs as rows with the largest entries.
/// Immutable, so that they can be kept in a document and shared by all threads.
/// </summary>
public sealed class OfferingTables
{
    /// <summary>Prior people behind a share: a segment, a season or a predecessor with n people counts n ÷ (n + this) of its own.</summary>
    public const float PriorPeople = 10;

    /// <summary>Popularity of late halves in this many of the history's periods.</summary>
    private const double HalfLifePeriods = 3;

    /// <summary>Pairs with few people in common mean little: c ÷ (c + this) of their similarity counts.</summary>
    private const double PairShrinkage = 10;

    /// <summary>Distinct people by item.</summary>
    public required int[] Takers { get; init; }

    /// <summary>ln of each item's share of all takings.</summary>
    public required float[] Popular { get; init; }

    /// <summary>The same of late, one row a period; the last stands for whatever comes after.</summary>
    public required float[][] Lately { get; init; }

    /// <summary>When the first row of <see cref="Lately"/> begins, and how many days each has.</summary>
    public required (double Start, double Days) PeriodScale { get; init; }

    public required float[][] Season { get; init; }

    public required float[][] Segment { get; init; }

    /// <summary>Of what people of a segment began with, each item's share as a logarithm.</summary>
    public required float[][] First { get; init; }

    public required ItemWeight[][] Together { get; init; }

    /// <summary>Null where the catalogue is too large for the regression.</summary>
    public required ItemWeight[][]? Ridge { get; init; }

    public required ItemFollowing[][] Followed { get; init; }

    /// <summary>What followed each item in all; its own number stands in the first member.</summary>
    public required ItemFollowing[] Left { get; init; }

    /// <summary>The certificate that each item counts for, or −1; empty where none is known.</summary>
    public required int[] Certificates { get; init; }

    public int Items => Takers.Length;

    /// <summary>The same with what people begin with.</summary>
    internal OfferingTables With(float[][] first) => new()
    {
        Takers = Takers,
        Popular = Popular,
        Lately = Lately,
        PeriodScale = PeriodScale,
        Season = Season,
        Segment = Segment,
        First = first,
        Together = Together,
        Ridge = Ridge,
        Followed = Followed,
        Left = Left,
        Certificates = Certificates,
    };

    /// <param name="entries">Entries of a row of pairs: those that weigh most are kept.</param>
    public static OfferingTables Of(TakingData data, int entries = int.MaxValue)
    {
        var counts = OfferingCounts.Of(data);
        var n = counts.Items;
        double all = 0;
        foreach (var takers in counts.Takers) all += takers;
        var share = Array.ConvertAll(counts.Takers, takers => (takers + 0.5) / (all + 0.5 * n));
        return new OfferingTables
        {
            Takers = counts.Takers,
            Popular = Array.ConvertAll(share, static s => (float)Math.Log(s)),
            Lately = OfLate(counts, share),
            PeriodScale = counts.PeriodScale,
            Season = Shares(counts.BySeason, counts.Seasons, share),
            Segment = Shares(counts.ByGroup, counts.Groups, share),
            First = Shares(counts.ByFirst, counts.Groups, Firsts(counts)),
            Together = [.. Enumerable.Range(0, n).Select(i => Largest(counts.Together[i].Select(pair => new ItemWeight(pair.Key, Similarity(counts, i, pair.Key, pair.Value))), entries))],
            Ridge = n <= RidgeItems.MaxItems && counts.People > 0 ? RidgeItems.Fit(counts, Math.Max(10, counts.Takers.Average()), entries) : null,
            Followed = [.. counts.Followed.Select(row => row.Select(static pair => Of(pair.Key, pair.Value)).OrderByDescending(static f => f.All).ThenBy(static f => f.Item).Take(entries).ToArray())],
            Left = [.. counts.Left.Select(static (left, i) => Of(i, left))],
            Certificates = [.. data.Certificates],
        };
    }

    public int PeriodOf(double day) => Math.Clamp((int)((day - PeriodScale.Start) / PeriodScale.Days), 0, Lately.Length - 1);

    internal static ItemWeight[] Largest(IEnumerable<ItemWeight> row, int entries) =>
        [.. row.OrderByDescending(static w => Math.Abs(w.Weight)).ThenBy(static w => w.Item).Take(entries)];

    /// <summary>The cosine of the two items' takers, less where few took both.</summary>
    private static float Similarity(OfferingCounts counts, int i, int j, int people) =>
        (float)(people / Math.Sqrt((double)counts.Takers[i] * counts.Takers[j]) * (people / (people + PairShrinkage)));

    private static ItemFollowing Of(int item, Following f) =>
        new(item, f.People, f.From(0) / 1000f, f.From(1) / 1000f, f.From(2) / 1000f, f.From(3) / 1000f);

    private static double[] Firsts(OfferingCounts counts)
    {
        var sums = new double[counts.Items];
        double all = 0;
        for (var group = 0; group < counts.Groups; group++)
        {
            for (var j = 0; j < sums.Length; j++)
            {
                sums[j] += counts.ByFirst[group, j];
                all += counts.ByFirst[group, j];
            }
        }

        return Array.ConvertAll(sums, sum => (sum + 0.5) / (all + 0.5 * sums.Length));
    }

    private static float[][] Shares(int[,] counts, int rows, double[] share)
    {
        var shares = new float[rows][];
        for (var r = 0; r < rows; r++)
        {
            double all = 0;
            for (var j = 0; j < share.Length; j++) all += counts[r, j];
            shares[r] = new float[share.Length];
            for (var j = 0; j < share.Length; j++) shares[r][j] = (float)Math.Log((counts[r, j] + PriorPeople * share[j]) / (all + PriorPeople));
        }

        return shares;
    }

    private static float[][] OfLate(OfferingCounts counts, double[] share)
    {
        var decay = Math.Pow(0.5, 1 / HalfLifePeriods);
        var rows = new float[OfferingCounts.Periods][];
        var running = new double[share.Length];
        for (var p = 0; p < rows.Length; p++)
        {
            double all = 0;
            for (var j = 0; j < running.Length; j++)
            {
                running[j] = running[j] * decay + counts.ByPeriod[p, j];
                all += running[j];
            }

            rows[p] = new float[running.Length];
            for (var j = 0; j < running.Length; j++) rows[p][j] = (float)Math.Log((running[j] + PriorPeople * share[j]) / (all + PriorPeople));
        }

        return rows;
    }
}
