namespace Experience.Domain.Models.Gam;

/// <summary>One term's share of a person's risk, on the scale where shares add up.</summary>
/// <param name="Value">What the person has in the term's columns.</param>
/// <param name="Share">In log-odds; positive raises the risk.</param>
public sealed record RiskReason(string Term, string Value, double Share);

/// <summary>The answer for one person: the probability, and the shares that it is made of.</summary>
public sealed record RiskAnswer(double Probability, double LogOdds, double Base, IReadOnlyList<RiskReason> Reasons);

/// <summary>
/// A generalised additive model with pairwise terms: the log-odds are a base, plus one number for each term looked up by the person's
/// bin, and nothing else. Lou, Caruana, Gehrke, Hooker, "Accurate intelligible models with pairwise interactions" (KDD 2013). The
/// reasons are the model itself, not an approximation of it. Calibration is a rising line on the log-odds (Platt, 1999), which keeps
/// them a sum.
/// </summary>
public sealed class AdditiveModel
{
    private readonly Binning[] _columns;
    private readonly double[][] _mains;
    private readonly PairTerm[] _pairs;
    private readonly double _base;

    internal AdditiveModel(Binning[] columns, double[][] mains, PairTerm[] pairs, double @base)
    {
        _columns = columns;
        _mains = mains;
        _pairs = pairs;
        _base = @base;
    }

    public IReadOnlyList<Binning> Columns => _columns;

    /// <summary>The pairs of columns that have a term together.</summary>
    public IEnumerable<(string First, string Second)> Pairs => _pairs.Select(pair => (_columns[pair.First].Column, _columns[pair.Second].Column));

    /// <summary>The shape of a column's own term: a share for each bin, bin 0 being "not measured".</summary>
    public IReadOnlyList<double> Shape(string column) => _mains[Array.FindIndex(_columns, binning => binning.Column == column)];

    /// <summary>Probabilities for every row, by column names; columns that the model does not use are ignored.</summary>
    public double[] Probabilities(RiskTable table) => Array.ConvertAll(LogOdds(table), Sigmoid);

    public double[] LogOdds(RiskTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var index = Array.ConvertAll(_columns, binning => table.IndexOf(binning.Column));
        var bins = new int[_columns.Length];
        return [.. table.Rows.Select(row =>
        {
            Fill(bins, row, index);
            var sum = _base;
            for (var i = 0; i < bins.Length; i++) sum += _mains[i][bins[i]];
            foreach (var pair in _pairs) sum += pair.At(bins);
            return sum;
        })];
    }

    /// <summary>The probability with all reasons, the weightiest first; base and shares sum to the log-odds.</summary>
    public RiskAnswer Explain(RiskTable table, int row)
    {
        ArgumentNullException.ThrowIfNull(table);
        var index = Array.ConvertAll(_columns, binning => table.IndexOf(binning.Column));
        var cells = table.Rows[row];
        var bins = new int[_columns.Length];
        Fill(bins, cells, index);
        var reasons = new List<RiskReason>();
        for (var i = 0; i < bins.Length; i++) reasons.Add(new RiskReason(_columns[i].Column, Said(cells[index[i]]), _mains[i][bins[i]]));
        foreach (var pair in _pairs)
        {
            reasons.Add(new RiskReason(
                $"{_columns[pair.First].Column} × {_columns[pair.Second].Column}",
                $"{Said(cells[index[pair.First]])} × {Said(cells[index[pair.Second]])}",
                pair.At(bins)));
        }

        var sum = _base + reasons.Sum(static reason => reason.Share);
        return new RiskAnswer(Sigmoid(sum), sum, _base, [.. reasons.OrderByDescending(static reason => Math.Abs(reason.Share))]);
    }

    /// <summary>The same model with log-odds stretched and shifted; shares are stretched with them.</summary>
    internal AdditiveModel Calibrated(double stretch, double shift) => new(
        _columns,
        Array.ConvertAll(_mains, shape => Array.ConvertAll(shape, share => share * stretch)),
        Array.ConvertAll(_pairs, pair => pair with { Shares = Array.ConvertAll(pair.Shares, share => share * stretch) }),
        _base * stretch + shift);

    /// <summary>Where each column of the model stands among named numbers.</summary>
    /// <exception cref="ArgumentException">A column is missing there, or is one of categories.</exception>
    internal int[] IndexIn(IReadOnlyList<string> names) => Array.ConvertAll(_columns, binning =>
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == binning.Column && binning.IsNumber) return i;
        }

        throw new ArgumentException($"There is no number \"{binning.Column}\".", nameof(names));
    });

    /// <summary>Bins of numbers, as many as there are columns.</summary>
    internal void Fill(Span<int> bins, ReadOnlySpan<double> values, int[] index)
    {
        for (var i = 0; i < index.Length; i++) bins[i] = _columns[i].BinOf(values[index[i]]);
    }

    /// <summary>Look-ups and additions only: what an event costs.</summary>
    internal double LogOdds(ReadOnlySpan<int> bins)
    {
        var sum = _base;
        for (var i = 0; i < bins.Length; i++) sum += _mains[i][bins[i]];
        foreach (var pair in _pairs) sum += pair.At(bins);
        return sum;
    }

    /// <summary>Each column's share, a pair's halved between its two; they sum to the log-odds less the base.</summary>
    internal void Shares(ReadOnlySpan<int> bins, Span<double> shares)
    {
        for (var i = 0; i < bins.Length; i++) shares[i] = _mains[i][bins[i]];
        foreach (var pair in _pairs)
        {
            var half = pair.At(bins) / 2;
            shares[pair.First] += half;
            shares[pair.Second] += half;
        }
    }

    internal double Base => _base;

    internal IReadOnlyList<double[]> Mains => _mains;

    internal IReadOnlyList<PairTerm> PairTerms => _pairs;

    internal static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    private static string Said(string value) => value.Length == 0 ? "not measured" : value;

    private void Fill(int[] bins, IReadOnlyList<string> row, int[] index)
    {
        for (var i = 0; i < bins.Length; i++) bins[i] = _columns[i].BinOf(row[index[i]]);
    }
}

/// <summary>Shares of two columns' bins together, in rows of the first.</summary>
internal sealed record PairTerm(int First, int Second, int Width, double[] Shares)
{
    public double At(ReadOnlySpan<int> bins) => Shares[bins[First] * Width + bins[Second]];
}
