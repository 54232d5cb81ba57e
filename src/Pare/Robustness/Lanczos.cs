namespace Pare.Robustness;

/// <summary>
/// The largest eigenvalue of a symmetric matrix of which only products with vectors are known. In the space of v, A v, A² v and so on an
/// orthonormal basis makes a small tridiagonal matrix of A, whose largest eigenvalue nears that of A from below, much faster than power
/// iteration does, and whatever the sign of the others.
/// </summary>
/// <remarks>
/// Source: Lanczos 1950, J. Res. Nat. Bur. Stand. 45, 255; Golub and Van Loan, Matrix Computations, chapter 10. Each new vector of the
/// basis is made orthogonal to all others twice, which keeps rounding from finding an eigenvalue again.
/// </remarks>
internal static class Lanczos
{
    // Some six are enough for any matrix of numbers; one that holds NaN would turn for ever.
    private const int MostSweeps = 50;

    /// <summary>Iterates until the estimated residual |A y - lambda y| is a share of lambda, or as often as it may.</summary>
    /// <param name="times">Gives A v.</param>
    /// <param name="start">Where to begin, of length 1.</param>
    /// <param name="steps">The most products.</param>
    /// <param name="settled">The share of lambda.</param>
    /// <param name="contradiction">
    /// From the second product on it is left where u A v and v A u differ by more than this share of lambda: whatever the products are of
    /// is then no symmetric matrix.
    /// </param>
    /// <returns>The eigenvector y that came nearest, of length 1, null where it was left, and the number of products.</returns>
    public static (double[]? Vector, int Steps) Largest(Func<double[], double[]> times, double[] start, int steps, double settled,
        double contradiction = double.PositiveInfinity)
    {
        var basis = new List<double[]> { start };
        var projected = new double[steps, steps];
        for (int step = 0; ; step++)
        {
            double[] next = times(basis[step]);
            projected[step, step] = Dot(basis[step], next);
            double difference = Math.Sqrt(Enumerable.Range(0, step).Sum(i => Square(Dot(basis[i], next) - projected[i, step])));
            for (int pass = 0; pass < 2; pass++)
            {
                foreach (double[] axis in basis) Add(next, -Dot(axis, next), axis);
            }

            double length = Math.Sqrt(Dot(next, next));
            (double value, double[] weights) = LargestOf(projected, step + 1);
            if (step >= 1 && difference > contradiction * Math.Abs(value)) return (null, step + 1);
            bool settles = length * Math.Abs(weights[step]) <= settled * Math.Abs(value);
            if (settles || step == steps - 1 || step == start.Length - 1)
            {
                var vector = new double[start.Length];
                for (int i = 0; i <= step; i++) Add(vector, weights[i], basis[i]);
                return (vector, step + 1);
            }

            projected[step, step + 1] = projected[step + 1, step] = length;
            for (int i = 0; i < next.Length; i++) next[i] /= length;
            basis.Add(next);
        }
    }

    public static double Dot(double[] x, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    private static double Square(double value) => value * value;

    private static void Add(double[] to, double factor, double[] values)
    {
        for (int i = 0; i < to.Length; i++) to[i] += factor * values[i];
    }

    /// <summary>The largest eigenvalue of a small symmetric matrix and its eigenvector, by Jacobi's rotations.</summary>
    private static (double Value, double[] Vector) LargestOf(double[,] matrix, int size)
    {
        var a = new double[size, size];
        var vectors = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++) a[i, j] = matrix[i, j];
            vectors[i, i] = 1;
        }

        double negligible = 1e-15 * Math.Sqrt(a.Cast<double>().Sum(static value => value * value));
        bool turned = true;
        for (int sweep = 0; turned && sweep < MostSweeps; sweep++)
        {
            turned = false;
            for (int p = 0; p < size - 1; p++)
            {
                for (int q = p + 1; q < size; q++)
                {
                    if (Math.Abs(a[p, q]) <= negligible) continue;
                    turned = true;
                    double angle = 0.5 * Math.Atan2(2 * a[p, q], a[q, q] - a[p, p]);
                    (double sin, double cos) = Math.SinCos(angle);
                    for (int i = 0; i < size; i++)
                        (a[i, p], a[i, q]) = ((cos * a[i, p]) - (sin * a[i, q]), (sin * a[i, p]) + (cos * a[i, q]));
                    for (int i = 0; i < size; i++)
                    {
                        (a[p, i], a[q, i]) = ((cos * a[p, i]) - (sin * a[q, i]), (sin * a[p, i]) + (cos * a[q, i]));
                        (vectors[i, p], vectors[i, q]) =
                            ((cos * vectors[i, p]) - (sin * vectors[i, q]), (sin * vectors[i, p]) + (cos * vectors[i, q]));
                    }
                }
            }
        }

        int largest = Enumerable.Range(0, size).MaxBy(i => a[i, i]);
        return (a[largest, largest], [.. Enumerable.Range(0, size).Select(i => vectors[i, largest])]);
    }
}
