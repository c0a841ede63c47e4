using System.Numerics;

namespace Experience.Domain.Models.Needs;

/// <summary>
/// Item-to-item weights by ridge regression with a zero diagonal, in closed form (H. Steck, "Embarrassingly Shallow Autoencoders
/// for Sparse Data", WWW 2019, eq. 8): P = (XᵀX + λI)⁻¹, B_ij = −P_ij ÷ P_jj. Unlike counts of pairs it does not count twice what two
/// items of a history have in common. XᵀX is the counts of people who took both, so it is a function of the facts.
/// </summary>
internal static class RidgeItems
{
    /// <summary>Inverting is items³: 2,048 take seconds. A larger catalogue goes without, and says so.</summary>
    public const int MaxItems = 2_048;

    /// <summary>Row i holds what having taken i says for other items, the largest entries.</summary>
    public static ItemWeight[][] Fit(OfferingCounts counts, double shrinkage, int entries)
    {
        var n = counts.Items;
        var matrix = new double[n][];
        for (var i = 0; i < n; i++)
        {
            matrix[i] = new double[n];
            foreach (var (j, people) in counts.Together[i]) matrix[i][j] = people;
            matrix[i][i] = counts.Takers[i] + shrinkage;
        }

        Invert(matrix);
        var weights = new ItemWeight[n][];
        for (var i = 0; i < n; i++)
        {
            var row = new List<ItemWeight>(n - 1);
            for (var j = 0; j < n; j++)
            {
                if (j != i) row.Add(new ItemWeight(j, (float)(-matrix[i][j] / matrix[j][j])));
            }

            weights[i] = entries >= n ? [.. row] : OfferingTables.Largest(row, entries);
        }

        return weights;
    }

    /// <summary>Inverts a symmetric positive definite matrix in place: Gauss–Jordan without pivots, which such a matrix does not need.</summary>
    internal static void Invert(double[][] a)
    {
        var n = a.Length;
        for (var k = 0; k < n; k++)
        {
            var pivot = a[k];
            var inverse = 1 / pivot[k];
            pivot[k] = 1;
            Scale(pivot, inverse);
            for (var i = 0; i < n; i++)
            {
                if (i == k) continue;
                var row = a[i];
                var factor = row[k];
                if (factor == 0) continue;
                row[k] = 0;
                Subtract(row, pivot, factor);
            }
        }
    }

    private static void Scale(double[] row, double factor)
    {
        for (var i = 0; i < row.Length; i++) row[i] *= factor;
    }

    private static void Subtract(double[] row, double[] other, double factor)
    {
        var factors = new Vector<double>(factor);
        var i = 0;
        for (; i <= row.Length - Vector<double>.Count; i += Vector<double>.Count)
            (new Vector<double>(row, i) - factors * new Vector<double>(other, i)).CopyTo(row, i);
        for (; i < row.Length; i++) row[i] -= factor * other[i];
    }
}
