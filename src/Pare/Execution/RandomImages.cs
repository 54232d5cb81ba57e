using Pare.Kernels;

namespace Pare.Execution;

/// <summary>Images already in lanes, so that only the plan is measured, as a resident tensor is in other frameworks.</summary>
internal sealed class RandomImages : IBatchSource
{
    private readonly float[] _pixels;
    private readonly int _size, _classes;

    /// <param name="size">Values of an image.</param>
    /// <param name="classes">Image i is of class i modulo this.</param>
    /// <param name="batch">Images.</param>
    public RandomImages(int size, int classes, int batch)
    {
        (_size, _classes) = (size, classes);
        _pixels = new float[size * (batch + Simd.Lanes)];
        var random = new SeededRandom(1);
        foreach (ref float pixel in _pixels.AsSpan()) pixel = random.NextNormal();
    }

    public void Fill(int first, int images, Span<float> pixels, Span<float> targets)
    {
        _pixels.AsSpan(first * _size, _size * Simd.Lanes).CopyTo(pixels);
        if (targets.IsEmpty) return;
        for (int lane = 0; lane < images; lane++) targets[(((first + lane) % _classes) * Simd.Lanes) + lane] = 1f;
    }
}
