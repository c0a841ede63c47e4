namespace Experience.Domain.Models.Numerics;

/// <summary>Composite Gauss–Legendre quadrature with twenty points a panel, for integrands that are smooth on each panel.</summary>
internal static class Quadrature
{
    private const int Points = 20;
    private static readonly double[] Nodes = new double[Points];
    private static readonly double[] Weights = new double[Points];

    /// <summary>Nodes are the roots of the Legendre polynomial, by Newton's method from the usual cosine starts; weights from its derivative.</summary>
    static Quadrature()
    {
        for (var i = 0; i < Points; i++)
        {
            var x = Math.Cos(Math.PI * (i + 0.75) / (Points + 0.5));
            var slope = 0.0;
            for (var round = 0; round < 8; round++)
            {
                double previous = 1, current = x;
                for (var n = 2; n <= Points; n++) (previous, current) = (current, ((2 * n - 1) * x * current - (n - 1) * previous) / n);
                slope = Points * (x * current - previous) / (x * x - 1);
                x -= current / slope;
            }

            Nodes[i] = x;
            Weights[i] = 2 / ((1 - x * x) * slope * slope);
        }
    }

    public static double Integrate(Func<double, double> f, double from, double to, int panels)
    {
        var width = (to - from) / panels;
        var sum = 0.0;
        for (var panel = 0; panel < panels; panel++)
        {
            var middle = from + (panel + 0.5) * width;
            for (var i = 0; i < Points; i++) sum += Weights[i] * f(middle + Nodes[i] * width / 2);
        }

        return sum * width / 2;
    }
}
