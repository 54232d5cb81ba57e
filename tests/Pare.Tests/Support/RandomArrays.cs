namespace Pare.Tests.Support;

/// <summary>Arrays of random numbers.</summary>
internal static class RandomArrays
{
    /// <summary>Draws from the normal distribution.</summary>
    public static float[] Normal(ref SeededRandom random, int length, float mean = 0, float deviation = 1)
    {
        var values = new float[length];
        foreach (ref float value in values.AsSpan()) value = mean + (deviation * random.NextNormal());
        return values;
    }

    /// <summary>Whole numbers from 0 to <paramref name="end"/> - 1, among which there are many ties.</summary>
    public static float[] Whole(ref SeededRandom random, int length, int end)
    {
        var values = new float[length];
        foreach (ref float value in values.AsSpan()) value = random.NextInt(end);
        return values;
    }
}
