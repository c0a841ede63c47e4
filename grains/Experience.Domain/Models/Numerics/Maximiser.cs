namespace Experience.Domain.Models.Numerics;

/// <summary>
/// Maximises a smooth function of a few variables: BFGS (Nocedal and Wright, "Numerical Optimization", algorithm 6.1) on central
/// differences. The variables are logarithms of positive parameters, so one step size suits all of them, and a box keeps
/// searches on flat likelihoods from running away: outside it the value counts as minus infinity.
/// </summary>
internal static class Maximiser
{
    /// <summary>Parameters beyond e^±12 mean that the data do not determine them; see <see cref="AtEdge"/>.</summary>
    public const double Box = 12;

    private const int MaxIterations = 200;
    private const int MaxHalvings = 40;
    private const double GradientStep = 1e-4;
    private const double HessianStep = 1e-3;

    /// <summary>Stop when the quadratic model promises less than this: far below the 0.01 that likelihoods are compared at.</summary>
    private const double Enough = 1e-8;

    private const double LongestStep = 1.5;

    public readonly record struct Result(double[] Point, double Value, double[][] InverseHessian);

    /// <param name="inverseHessian">Of −f at the start, where one is known, such as from a sample; otherwise measured.</param>
    public static Result Maximise(Func<double[], double> f, double[] start, double[][]? inverseHessian = null)
    {
        var n = start.Length;
        double F(double[] x) => Inside(x) ? -f(x) : double.PositiveInfinity;
        var point = (double[])start.Clone();
        var value = F(point);
        var gradient = Gradient(F, point);
        var metric = inverseHessian is null ? Scaled(gradient) : Copy(inverseHessian);
        // A fresh metric knows no curvature yet: its first step is short, and its promise says nothing about convergence.
        var fresh = inverseHessian is null;
        for (var iteration = 0; iteration < MaxIterations; iteration++)
        {
            var direction = Multiply(metric, gradient, -1);
            var slope = Dot(direction, gradient);
            if (slope > -2 * Enough && slope <= 0) break;
            var improved = slope < 0 && Search(F, point, value, direction, slope, out var next, out var nextValue)
                ? (Point: next, Value: nextValue)
                : default;
            if (improved.Point is null)
            {
                if (fresh) break;
                metric = Scaled(gradient);
                fresh = true;
                continue;
            }

            var nextGradient = Gradient(F, improved.Point);
            var moved = Difference(improved.Point, point);
            var turned = Difference(nextGradient, gradient);
            var curvature = Dot(moved, turned);
            if (curvature > 1e-12 * Math.Sqrt(Dot(moved, moved) * Dot(turned, turned)))
            {
                if (fresh) metric = Diagonal(n, curvature / Dot(turned, turned));
                Update(metric, moved, turned, curvature);
                fresh = false;
            }

            (point, value, gradient) = (improved.Point, improved.Value, nextGradient);
        }

        return new Result(point, -value, metric);
    }

    /// <summary>Armijo's rule from the full step, shortened to a factor of e^1.5 in any parameter.</summary>
    private static bool Search(
        Func<double[], double> f, double[] point, double value, double[] direction, double slope, out double[] next, out double nextValue)
    {
        var longest = direction.Max(Math.Abs);
        var step = longest > LongestStep ? LongestStep / longest : 1;
        for (var halving = 0; halving < MaxHalvings; halving++, step /= 2)
        {
            next = Move(point, direction, step);
            nextValue = f(next);
            if (nextValue <= value + 1e-4 * step * slope && nextValue < value) return true;
        }

        (next, nextValue) = (point, value);
        return false;
    }

    /// <summary>Minus the second derivatives: the observed information, when f is a log-likelihood.</summary>
    public static double[][] Information(Func<double[], double> f, double[] at)
    {
        var n = at.Length;
        var result = Square(n);
        var centre = f(at);
        for (var i = 0; i < n; i++)
        {
            result[i][i] = -(f(Shifted(at, i, HessianStep)) - 2 * centre + f(Shifted(at, i, -HessianStep))) / (HessianStep * HessianStep);
            for (var j = 0; j < i; j++)
            {
                double Corner(double a, double b) => f(Shifted(Shifted(at, i, a * HessianStep), j, b * HessianStep));
                var mixed = (Corner(1, 1) - Corner(1, -1) - Corner(-1, 1) + Corner(-1, -1)) / (4 * HessianStep * HessianStep);
                result[i][j] = result[j][i] = -mixed;
            }
        }

        return result;
    }

    /// <summary>The inverse of a symmetric positive definite matrix by Cholesky's factors; null when it is not positive definite.</summary>
    public static double[][]? Invert(double[][] matrix)
    {
        var n = matrix.Length;
        var lower = Square(n);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = matrix[i][j];
                for (var k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
                if (i != j) lower[i][j] = sum / lower[j][j];
                else if (sum > 1e-10 * Math.Abs(matrix[i][i]) && sum > 0) lower[i][i] = Math.Sqrt(sum);
                else return null;
            }
        }

        var inverse = Square(n);
        for (var column = 0; column < n; column++)
        {
            var y = new double[n];
            for (var i = 0; i < n; i++)
            {
                var sum = i == column ? 1.0 : 0;
                for (var k = 0; k < i; k++) sum -= lower[i][k] * y[k];
                y[i] = sum / lower[i][i];
            }

            for (var i = n - 1; i >= 0; i--)
            {
                var sum = y[i];
                for (var k = i + 1; k < n; k++) sum -= lower[k][i] * inverse[k][column];
                inverse[i][column] = sum / lower[i][i];
            }
        }

        return inverse;
    }

    public static double[] NewtonStep(Func<double[], double> f, double[] at, double[][] inverseInformation) =>
        Move(at, Multiply(inverseInformation, Gradient(f, at), 1), 1);

    public static bool AtEdge(double[] point) => point.Any(x => Math.Abs(x) > Box - 1);

    private static bool Inside(double[] point) => point.All(x => Math.Abs(x) <= Box);

    private static double[] Gradient(Func<double[], double> f, double[] at)
    {
        var result = new double[at.Length];
        for (var i = 0; i < at.Length; i++)
        {
            var up = f(Shifted(at, i, GradientStep));
            var down = f(Shifted(at, i, -GradientStep));
            // At the edge of the box one side is infinite: no slope outwards, so the search slides along the edge.
            result[i] = double.IsFinite(up) && double.IsFinite(down) ? (up - down) / (2 * GradientStep) : 0;
        }

        return result;
    }

    private static void Update(double[][] metric, double[] moved, double[] turned, double curvature)
    {
        var n = moved.Length;
        var carried = Multiply(metric, turned, 1);
        var scale = (1 + Dot(turned, carried) / curvature) / curvature;
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++) metric[i][j] += scale * moved[i] * moved[j] - (carried[i] * moved[j] + moved[i] * carried[j]) / curvature;
        }
    }

    /// <summary>A first metric whose step has a length of a tenth: a factor of 1.1 in the parameters.</summary>
    private static double[][] Scaled(double[] gradient) => Diagonal(gradient.Length, 0.1 / Math.Max(1e-12, Math.Sqrt(Dot(gradient, gradient))));

    private static double[][] Diagonal(int n, double value)
    {
        var result = Square(n);
        for (var i = 0; i < n; i++) result[i][i] = value;
        return result;
    }

    private static double[][] Square(int n) => [.. Enumerable.Range(0, n).Select(_ => new double[n])];

    private static double[][] Copy(double[][] matrix) => [.. matrix.Select(row => (double[])row.Clone())];

    private static double[] Shifted(double[] point, int axis, double by)
    {
        var result = (double[])point.Clone();
        result[axis] += by;
        return result;
    }

    private static double[] Move(double[] point, double[] direction, double step) => [.. point.Zip(direction, (p, d) => p + step * d)];

    private static double[] Difference(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];

    private static double[] Multiply(double[][] matrix, double[] vector, double by) => [.. matrix.Select(row => by * Dot(row, vector))];

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
