namespace Experience.Domain.Models;

/// <summary>
/// The histories of many people, grouped by equal (x, t_x, T), which is all that a likelihood reads. Distinct x, t_x and T are
/// listed once, so that logarithms and gamma functions are taken once for each distinct value and not once for each person.
/// </summary>
public sealed class PurchaseData
{
    private PurchaseData(PurchaseHistory[] rows, double[] weights, double logGaps)
    {
        Rows = rows;
        Weights = weights;
        LogGaps = logGaps;
        (Ages, AgeIndex) = Distinct(Array.ConvertAll(rows, static row => row.Age));
        (Lasts, LastIndex) = Distinct(Array.ConvertAll(rows, static row => row.Last));
        (var counts, CountIndex) = Distinct(Array.ConvertAll(rows, static row => (double)row.Count));
        Counts = Array.ConvertAll(counts, static count => (int)count);
        for (var i = 0; i < rows.Length; i++)
        {
            People += weights[i];
            Transactions += weights[i] * rows[i].Count;
            Time += weights[i] * rows[i].Age;
            if (rows[i].Count > 0) Repeaters += weights[i];
        }
    }

    /// <summary>One row for each distinct (x, t_x, T), in that order.</summary>
    public IReadOnlyList<PurchaseHistory> Groups => Rows;

    public double People { get; }

    /// <summary>People with at least one transaction after the first.</summary>
    public double Repeaters { get; }

    /// <summary>Transactions after the first, of all.</summary>
    public double Transactions { get; }

    /// <summary>Time observed, of all.</summary>
    public double Time { get; }

    internal PurchaseHistory[] Rows { get; }

    internal double[] Weights { get; }

    /// <summary>Σ over people of the logarithms of the times between transactions.</summary>
    internal double LogGaps { get; }

    internal int[] Counts { get; }

    internal int[] CountIndex { get; }

    internal double[] Lasts { get; }

    internal int[] LastIndex { get; }

    internal double[] Ages { get; }

    internal int[] AgeIndex { get; }

    public static PurchaseData From(IEnumerable<PurchaseHistory> people)
    {
        ArgumentNullException.ThrowIfNull(people);
        return Of([.. people]);
    }

    /// <summary>The same of an array that is given away: it is sorted and grouped where it stands, since of a million people a copy is what memory peaks at.</summary>
    internal static PurchaseData Of(PurchaseHistory[] people)
    {
        var logGaps = 0.0;
        foreach (var person in people)
        {
            if (person.Count < 0 || !(person.Last >= 0) || !(person.Age >= person.Last) || !double.IsFinite(person.Age))
                throw new ArgumentOutOfRangeException(nameof(people), $"A history needs x ≥ 0 and 0 ≤ t_x ≤ T; got x {person.Count}, t_x {person.Last}, T {person.Age}.");
            logGaps += person.LogGaps;
        }

        Array.Sort(people, static (a, b) =>
        {
            var order = a.Count.CompareTo(b.Count);
            if (order == 0) order = a.Last.CompareTo(b.Last);
            return order == 0 ? a.Age.CompareTo(b.Age) : order;
        });
        var weights = new List<double>();
        foreach (var person in people)
        {
            var row = person with { LogGaps = 0 };
            if (weights.Count > 0 && people[weights.Count - 1] == row) weights[^1]++;
            else
            {
                people[weights.Count] = row;
                weights.Add(1);
            }
        }

        return new PurchaseData(people[..weights.Count], [.. weights], logGaps);
    }

    /// <summary>
    /// About <paramref name="size"/> people at equal steps through the sorted rows: a stratified sample without chance, for starts.
    /// The gaps' logarithms are those of all, in proportion to transactions.
    /// </summary>
    internal PurchaseData Sample(int size)
    {
        if (People <= size) return this;
        var step = People / size;
        var rows = new List<PurchaseHistory>(size);
        var weights = new List<double>(size);
        double passed = 0, next = step / 2, transactions = 0;
        for (var i = 0; i < Rows.Length; i++)
        {
            passed += Weights[i];
            if (next >= passed) continue;
            var taken = Math.Ceiling((passed - next) / step);
            next += taken * step;
            rows.Add(Rows[i]);
            weights.Add(taken);
            transactions += taken * Rows[i].Count;
        }

        return new PurchaseData([.. rows], [.. weights], Transactions > 0 ? LogGaps * transactions / Transactions : 0);
    }

    private static (double[] Values, int[] Index) Distinct(double[] values)
    {
        var order = new int[values.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(values, order);
        var distinct = new List<double>();
        var index = new int[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (i == 0 || values[i] != values[i - 1]) distinct.Add(values[i]);
            index[order[i]] = distinct.Count - 1;
        }

        return ([.. distinct], index);
    }
}
