namespace Experience.Domain.Models.Gam;

/// <summary>
/// Learns an <see cref="AdditiveModel"/> by cyclic gradient boosting on the logistic loss: each turn gives each term a small step with
/// at most three levels, found on a histogram of its bins. Every step of a monotone column is monotone, and so is their sum.
/// Deterministic: no chance anywhere, and terms take turns in the order of columns.
/// </summary>
internal sealed class AdditiveTrainer
{
    public const int MostRounds = 240;

    /// <summary>Pairs that explain most of what single columns leave are given a term.</summary>
    public const int MostPairs = 8;

    private const double Rate = 0.1;

    /// <summary>Newton steps are damped by this much curvature (about four rows' worth each 1.0), so that thin bins move little.</summary>
    private const double Damping = 5;

    /// <summary>Pairs are sought among the columns that matter most alone.</summary>
    private const int PairCandidates = 14;

    private const int PairRoundsShare = 2;

    private readonly Binning[] _columns;
    private readonly byte[][] _bins;
    private readonly bool[] _positive;
    private readonly double[] _score;
    private readonly double[] _gradient;
    private readonly double[] _curvature;
    private readonly double[][] _mains;
    private readonly List<PairTerm> _pairs = [];
    private readonly double _base;

    private AdditiveTrainer(RiskTable table, Binning[] columns, bool[] positive)
    {
        _columns = columns;
        _positive = positive;
        _bins = Array.ConvertAll(columns, binning =>
        {
            var index = table.IndexOf(binning.Column);
            return table.Rows.Select(row => (byte)binning.BinOf(row[index])).ToArray();
        });
        _mains = Array.ConvertAll(columns, static binning => new double[binning.Bins]);
        var share = Math.Clamp(positive.Count(static p => p) / (double)Math.Max(1, positive.Length), 1e-6, 1 - 1e-6);
        _base = Math.Log(share / (1 - share));
        _score = new double[positive.Length];
        Array.Fill(_score, _base);
        _gradient = new double[positive.Length];
        _curvature = new double[positive.Length];
    }

    /// <summary>Fits with a given number of rounds; <paramref name="watch"/> sees the model after every tenth.</summary>
    public static AdditiveModel Fit(RiskTable table, Binning[] columns, bool[] positive, int rounds, int pairs = MostPairs, Action<int, AdditiveModel>? watch = null)
    {
        var trainer = new AdditiveTrainer(table, columns, positive);
        for (var round = 1; round <= rounds; round++)
        {
            for (var column = 0; column < columns.Length; column++) trainer.StepMain(column);
            // Pairs join when single columns have said most of what they can.
            if (round == Math.Max(1, rounds / PairRoundsShare)) trainer.ChoosePairs(pairs);
            for (var pair = 0; pair < trainer._pairs.Count; pair++) trainer.StepPair(trainer._pairs[pair]);
            if (watch is not null && round % 10 == 0) watch(round, trainer.Model());
        }

        return trainer.Model();
    }

    /// <summary>Terms are centred on the training rows; what that takes from them, the base gets.</summary>
    private AdditiveModel Model()
    {
        var @base = _base;
        var mains = new double[_mains.Length][];
        for (var i = 0; i < mains.Length; i++)
        {
            var shape = _mains[i];
            var mean = _bins[i].Average(bin => shape[bin]);
            mains[i] = Array.ConvertAll(shape, share => share - mean);
            @base += mean;
        }

        var pairs = _pairs.Select(pair =>
        {
            var mean = Enumerable.Range(0, _positive.Length).Average(row => pair.Shares[_bins[pair.First][row] * pair.Width + _bins[pair.Second][row]]);
            @base += mean;
            return pair with { Shares = Array.ConvertAll(pair.Shares, share => share - mean) };
        }).ToArray();
        return new AdditiveModel(_columns, mains, pairs, @base);
    }

    private void Refresh()
    {
        for (var row = 0; row < _score.Length; row++)
        {
            var p = AdditiveModel.Sigmoid(_score[row]);
            _gradient[row] = (_positive[row] ? 1 : 0) - p;
            _curvature[row] = Math.Max(1e-9, p * (1 - p));
        }
    }

    private void StepMain(int column)
    {
        Refresh();
        var bins = _bins[column];
        var count = _columns[column].Bins;
        Span<double> g = stackalloc double[Binning.MostBins + 1];
        Span<double> h = stackalloc double[Binning.MostBins + 1];
        for (var row = 0; row < bins.Length; row++)
        {
            g[bins[row]] += _gradient[row];
            h[bins[row]] += _curvature[row];
        }

        Span<double> step = stackalloc double[Binning.MostBins + 1];
        step[0] = Rate * g[0] / (h[0] + Damping);
        ThreeLevels(g[1..count], h[1..count], (int)_columns[column].Monotone, step[1..count]);
        var shape = _mains[column];
        for (var bin = 0; bin < count; bin++) shape[bin] += step[bin];
        for (var row = 0; row < bins.Length; row++) _score[row] += step[bins[row]];
    }

    /// <summary>The best step with two cuts (or one, or none), among those in the demanded direction.</summary>
    private static void ThreeLevels(ReadOnlySpan<double> g, ReadOnlySpan<double> h, int direction, Span<double> step)
    {
        double totalG = 0, totalH = 0;
        foreach (var x in g) totalG += x;
        foreach (var x in h) totalH += x;
        double best = totalG * totalG / (totalH + Damping), lowG = 0, lowH = 0;
        var (first, second) = (0, 0);
        for (var i = 1; i <= g.Length; i++)
        {
            double middleG = 0, middleH = 0;
            for (var j = i; j < g.Length; j++)
            {
                var (leftG, leftH) = (lowG + g[i - 1], lowH + h[i - 1]);
                if (j > i)
                {
                    middleG += g[j - 1];
                    middleH += h[j - 1];
                }

                var (rightG, rightH) = (totalG - leftG - middleG, totalH - leftH - middleH);
                double left = leftG / (leftH + Damping), middle = middleG / (middleH + Damping), right = rightG / (rightH + Damping);
                // One cut has no middle.
                if (j == i) middle = left;
                if ((middle - left) * direction < 0 || (right - middle) * direction < 0) continue;
                var gain = leftG * left + middleG * middle * (j > i ? 1 : 0) + rightG * right;
                if (gain > best) (best, first, second) = (gain, i, j);
            }

            lowG += g[i - 1];
            lowH += h[i - 1];
        }

        Level(g[..first], h[..first], step[..first]);
        Level(g[first..second], h[first..second], step[first..second]);
        Level(g[second..], h[second..], step[second..]);

        static void Level(ReadOnlySpan<double> g, ReadOnlySpan<double> h, Span<double> step)
        {
            double sumG = 0, sumH = 0;
            foreach (var x in g) sumG += x;
            foreach (var x in h) sumH += x;
            step.Fill(Rate * sumG / (sumH + Damping));
        }
    }

    private void ChoosePairs(int pairs)
    {
        Refresh();
        var candidates = Enumerable.Range(0, _columns.Length)
            .OrderByDescending(column => _bins[column].Average(bin => Math.Abs(_mains[column][bin])))
            .Take(PairCandidates).Order().ToArray();
        var found = new List<(double Gain, int First, int Second)>();
        foreach (var first in candidates)
        {
            foreach (var second in candidates.Where(column => column > first))
            {
                var (g, h) = Histogram(first, second);
                found.Add((BestCross(g, h, first, second, out _, out _), first, second));
            }
        }

        foreach (var (gain, first, second) in found.OrderByDescending(static pair => pair.Gain).Take(pairs))
        {
            if (gain > 0) _pairs.Add(new PairTerm(first, second, _columns[second].Bins, new double[_columns[first].Bins * _columns[second].Bins]));
        }
    }

    private void StepPair(PairTerm pair)
    {
        Refresh();
        var (g, h) = Histogram(pair.First, pair.Second);
        if (BestCross(g, h, pair.First, pair.Second, out var cut, out var levels) <= 0) return;
        int Quarter(int first, int second) => (first >= cut.First ? 2 : 0) + (second >= cut.Second ? 1 : 0);
        for (var first = 0; first < _columns[pair.First].Bins; first++)
        {
            for (var second = 0; second < pair.Width; second++) pair.Shares[first * pair.Width + second] += Rate * levels[Quarter(first, second)];
        }

        for (var row = 0; row < _score.Length; row++) _score[row] += Rate * levels[Quarter(_bins[pair.First][row], _bins[pair.Second][row])];
    }

    /// <summary>Sums of everything below and left of a corner, so that any rectangle is four look-ups.</summary>
    private (double[] G, double[] H) Histogram(int first, int second)
    {
        var width = _columns[second].Bins + 1;
        var g = new double[(_columns[first].Bins + 1) * width];
        var h = new double[g.Length];
        for (var row = 0; row < _score.Length; row++)
        {
            var cell = (_bins[first][row] + 1) * width + _bins[second][row] + 1;
            g[cell] += _gradient[row];
            h[cell] += _curvature[row];
        }

        for (var i = 1; i <= _columns[first].Bins; i++)
        {
            for (var j = 1; j < width; j++)
            {
                g[i * width + j] += g[(i - 1) * width + j] + g[i * width + j - 1] - g[(i - 1) * width + j - 1];
                h[i * width + j] += h[(i - 1) * width + j] + h[i * width + j - 1] - h[(i - 1) * width + j - 1];
            }
        }

        return (g, h);
    }

    /// <summary>The cross (one cut in each column) with the largest gain over no step, among those that keep both columns' directions.</summary>
    private double BestCross(double[] g, double[] h, int first, int second, out (int First, int Second) cut, out double[] levels)
    {
        var (rows, columns) = (_columns[first].Bins, _columns[second].Bins);
        var width = columns + 1;
        var (down, across) = ((int)_columns[first].Monotone, (int)_columns[second].Monotone);
        var best = 0.0;
        cut = default;
        levels = new double[4];
        Span<double> quarterG = stackalloc double[4];
        Span<double> level = stackalloc double[4];
        // A cut at 1 parts "not measured" from the rest; a monotone column is only cut among measured values.
        for (var i = down == 0 ? 1 : 2; i < rows; i++)
        {
            for (var j = across == 0 ? 1 : 2; j < columns; j++)
            {
                var corner = i * width + j;
                var bottom = rows * width + j;
                var side = i * width + columns;
                var all = rows * width + columns;
                quarterG[0] = g[corner];
                quarterG[1] = g[side] - g[corner];
                quarterG[2] = g[bottom] - g[corner];
                quarterG[3] = g[all] - g[side] - g[bottom] + g[corner];
                level[0] = quarterG[0] / (h[corner] + Damping);
                level[1] = quarterG[1] / (h[side] - h[corner] + Damping);
                level[2] = quarterG[2] / (h[bottom] - h[corner] + Damping);
                level[3] = quarterG[3] / (h[all] - h[side] - h[bottom] + h[corner] + Damping);
                if ((level[2] - level[0]) * down < 0 || (level[3] - level[1]) * down < 0) continue;
                if ((level[1] - level[0]) * across < 0 || (level[3] - level[2]) * across < 0) continue;
                var gain = quarterG[0] * level[0] + quarterG[1] * level[1] + quarterG[2] * level[2] + quarterG[3] * level[3];
                if (gain <= best) continue;
                best = gain;
                cut = (i, j);
                level.CopyTo(levels);
            }
        }

        return best;
    }
}
