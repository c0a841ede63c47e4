namespace Experience.Domain.Models.Needs;

/// <summary>What is known of one ordered pair of items: what came after what.</summary>
/// <param name="Weight">People, in thousandths, who took the second after the first; 1,000 for the next one, less the more was taken between.</param>
/// <param name="People">People who took the second within <see cref="OfferingCounts.Lags"/> steps after the first.</param>
/// <param name="Within">Of <paramref name="Weight"/>, what came within each of <see cref="OfferingCounts.GapDays"/>.</param>
public readonly record struct Following(long Weight, int People, (long First, long Second, long Third) Within)
{
    public Following Plus(long weight, int gap) => new(
        Weight + weight,
        People + 1,
        (Within.First + (gap == 0 ? weight : 0), Within.Second + (gap <= 1 ? weight : 0), Within.Third + (gap <= 2 ? weight : 0)));

    /// <summary>What came after more than the gap that a bucket begins with: what is still to come for somebody who has waited so long.</summary>
    public long From(int bucket) => bucket switch { 0 => Weight, 1 => Weight - Within.First, 2 => Weight - Within.Second, _ => Weight - Within.Third };
}

/// <summary>
/// The counts that next offerings are computed from. Whole numbers only, and each person adds once, so that any order of people
/// and any split over shards give the same sums.
/// </summary>
public sealed class OfferingCounts
{
    /// <summary>Ends of the first three gaps between two takings: a month, a term, a year; the fourth is longer.</summary>
    public static IReadOnlyList<int> GapDays { get; } = [30, 120, 365];

    /// <summary>How many steps back one is said to follow; each step back counts seven tenths of the one before.</summary>
    public const int Lags = 5;

    /// <summary>Newest distinct items of a person that make pairs: more would be n² of few people.</summary>
    public const int MaxItemsAPerson = 256;

    /// <summary>Pieces of time that popularity is kept by.</summary>
    public const int Periods = 64;

    internal static readonly long[] LagWeights = [1000, 700, 490, 343, 240];

    private readonly TakingData _shape;
    private readonly double _start;
    private readonly double _width;

    private OfferingCounts(TakingData shape, double start, double width)
    {
        _shape = shape;
        _start = start;
        _width = width;
        Takers = new int[shape.Items];
        ByGroup = new int[shape.Groups, shape.Items];
        BySeason = new int[shape.Seasons, shape.Items];
        ByFirst = new int[shape.Groups, shape.Items];
        ByPeriod = new int[Periods, shape.Items];
        Together = [.. Enumerable.Range(0, shape.Items).Select(static _ => new Dictionary<int, int>())];
        Followed = [.. Enumerable.Range(0, shape.Items).Select(static _ => new Dictionary<int, Following>())];
        Left = new Following[shape.Items];
    }

    public int Items => _shape.Items;

    public int Groups => _shape.Groups;

    public int Seasons => _shape.Seasons;

    public int People { get; private set; }

    /// <summary>Distinct people by item.</summary>
    public int[] Takers { get; }

    public int[,] ByGroup { get; }

    public int[,] BySeason { get; }

    /// <summary>What people of a group took at their first moment.</summary>
    public int[,] ByFirst { get; }

    public int[,] ByPeriod { get; }

    /// <summary>People who took both, for each pair both ways.</summary>
    public Dictionary<int, int>[] Together { get; }

    public Dictionary<int, Following>[] Followed { get; }

    /// <summary>What followed an item in all.</summary>
    public Following[] Left { get; }

    /// <summary>When the first period begins, and how many days each has.</summary>
    public (double Start, double Days) PeriodScale => (_start, _width);

    public static OfferingCounts Of(TakingData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        double start = double.MaxValue, end = double.MinValue;
        foreach (var person in data.People)
        {
            if (person.Count == 0) continue;
            start = Math.Min(start, person[0].Day);
            end = Math.Max(end, person[^1].Day);
        }

        if (start > end) (start, end) = (0, 0);
        var counts = new OfferingCounts(data, start, Math.Max((end - start) / Periods, 1e-3));
        foreach (var person in data.People) counts.Add(person);
        return counts;
    }

    private int PeriodOf(double day) => Math.Clamp((int)((day - _start) / _width), 0, Periods - 1);

    public static int GapOf(double days)
    {
        var gap = 0;
        while (gap < GapDays.Count && days > GapDays[gap]) gap++;
        return gap;
    }

    private void Add(IReadOnlyList<Taking> takings)
    {
        var firsts = Firsts(takings);
        if (firsts.Count == 0) return;
        People++;
        foreach (var taking in firsts)
        {
            Takers[taking.Item]++;
            ByGroup[taking.Group, taking.Item]++;
            BySeason[taking.Season, taking.Item]++;
            ByPeriod[PeriodOf(taking.Day), taking.Item]++;
        }

        var steps = Steps(firsts);
        for (var i = 0; i < firsts.Count && steps[i] == 0; i++) ByFirst[firsts[i].Group, firsts[i].Item]++;
        for (var i = Math.Max(0, firsts.Count - MaxItemsAPerson); i < firsts.Count; i++)
        {
            for (var j = i + 1; j < firsts.Count; j++)
            {
                Add(Together[firsts[i].Item], firsts[j].Item);
                Add(Together[firsts[j].Item], firsts[i].Item);
                var lag = steps[j] - steps[i];
                if (lag == 0 || lag > Lags) continue;
                var weight = LagWeights[lag - 1];
                var gap = GapOf(firsts[j].Day - firsts[i].Day);
                var row = Followed[firsts[i].Item];
                row[firsts[j].Item] = row.GetValueOrDefault(firsts[j].Item).Plus(weight, gap);
                Left[firsts[i].Item] = Left[firsts[i].Item].Plus(weight, gap);
            }
        }
    }

    /// <summary>Which step each taking is: what was taken at one moment is one step, and follows nothing of it.</summary>
    internal static int[] Steps(List<Taking> firsts)
    {
        var steps = new int[firsts.Count];
        for (var i = 1; i < steps.Length; i++) steps[i] = steps[i - 1] + (firsts[i].Day > firsts[i - 1].Day ? 1 : 0);
        return steps;
    }

    private static void Add(Dictionary<int, int> row, int item) => row[item] = row.GetValueOrDefault(item) + 1;

    /// <summary>The first taking of each item, in order: taking it again says nothing about what is new to the person.</summary>
    internal static List<Taking> Firsts(IReadOnlyList<Taking> takings)
    {
        var firsts = new List<Taking>(takings.Count);
        var seen = new HashSet<int>();
        foreach (var taking in takings)
        {
            if (seen.Add(taking.Item)) firsts.Add(taking);
        }

        return firsts;
    }
}
