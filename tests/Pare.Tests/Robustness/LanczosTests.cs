using Pare.Robustness;

namespace Pare.Tests.Robustness;

public class LanczosTests
{
    [Theory]
    [InlineData(6.0, -5.9, 3.0)]      // nearly as large on the other side: power iteration goes to and fro
    [InlineData(8.0, 7.9, 7.8)]       // hardly apart
    [InlineData(1.0, -50.0, -60.0)]   // the largest is the smallest by magnitude
    [InlineData(-1.0, -2.0, -3.0)]    // nothing bends upwards
    public void The_largest_eigenvalue_whatever_the_others_are(double first, double second, double third)
    {
        const int size = 40;
        double[,] matrix =
            Symmetric([first, second, third, .. Enumerable.Range(0, size - 3).Select(i => Math.Min(first, -0.1) - (0.01 * i))]);
        (double[]? v, int steps) = Lanczos.Largest(x => Times(matrix, x), Start(size), size, 1e-6, contradiction: 1e-9);
        double value = Lanczos.Dot(v!, Times(matrix, v!));
        Assert.Equal(first, value, 1e-6);
        Assert.InRange(steps, 2, size);
        Assert.Equal(1, Lanczos.Dot(v!, v!), 1e-12);
    }

    [Fact]
    public void A_matrix_of_one_row_of_zeros_and_one_of_no_numbers_come_to_an_end()
    {
        (double[]? one, int steps) = Lanczos.Largest(static x => [-3 * x[0]], [1], 20, 0.01);
        Assert.Equal((1, 1), (one![0], steps));
        (double[]? zero, _) = Lanczos.Largest(static x => new double[x.Length], Start(5), 20, 0.01);
        Assert.Equal(1, Lanczos.Dot(zero!, zero!), 1e-12);
        Lanczos.Largest(static x => [.. x.Select(static _ => double.NaN)], Start(5), 20, 0.01);
    }

    [Fact]
    public void What_is_no_symmetric_matrix_is_left_after_two_products_unless_it_is_wanted_all_the_same()
    {
        const int size = 40;
        double[,] matrix = Symmetric([5, -4, 3, .. Enumerable.Range(0, size - 3).Select(static i => -0.01 * i)]);
        var random = new SeededRandom(6);

        // As rounding does it: each product has an error of its own.
        double[] Rounded(double[] x) => [.. Times(matrix, x).Select(value => value + (0.5 * random.NextNormal()))];
        Assert.Equal((null, 2), Lanczos.Largest(Rounded, Start(size), size, 1e-6, contradiction: 0.1));
        Assert.NotNull(Lanczos.Largest(Rounded, Start(size), size, 1e-6).Vector);

        // A matrix that is none of a second derivative.
        for (int i = 0; i < size; i++) matrix[i, (i + 1) % size] += 4;
        Assert.Equal((null, 2), Lanczos.Largest(x => Times(matrix, x), Start(size), size, 1e-6, contradiction: 0.1));
    }

    private static double[] Start(int size)
    {
        var random = new SeededRandom(5);
        double[] start = [.. Enumerable.Range(0, size).Select(_ => (double)random.NextNormal())];
        double length = Math.Sqrt(Lanczos.Dot(start, start));
        return [.. start.Select(value => value / length)];
    }

    /// <summary>A diagonal matrix, mirrored at a plane.</summary>
    private static double[,] Symmetric(double[] eigenvalues)
    {
        int size = eigenvalues.Length;
        double[] normal = Start(size);
        var mirror = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++) mirror[i, j] = (i == j ? 1 : 0) - (2 * normal[i] * normal[j]);
        }

        var matrix = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
                matrix[i, j] = Enumerable.Range(0, size).Sum(k => mirror[i, k] * eigenvalues[k] * mirror[k, j]);
        }

        return matrix;
    }

    private static double[] Times(double[,] matrix, double[] x) =>
        [.. Enumerable.Range(0, x.Length).Select(i => Enumerable.Range(0, x.Length).Sum(j => matrix[i, j] * x[j]))];
}
