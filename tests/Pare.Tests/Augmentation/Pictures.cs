using Pare.Augmentation;

namespace Pare.Tests.Augmentation;

/// <summary>Small images to augment.</summary>
internal static class Pictures
{
    public static RunFacts Facts(int channels, int height, int width, int classes = 4) =>
        new(channels, height, width, classes, Epochs: 4, BatchSize: 8);

    /// <summary>Values from just above 0 to 1, all different.</summary>
    public static float[] Ramp(RunFacts facts)
    {
        int size = facts.Channels * facts.Height * facts.Width;
        return [.. Enumerable.Range(1, size).Select(i => (float)i / size)];
    }

    /// <summary>What an augmentation makes of the same image with so many different draws.</summary>
    public static IEnumerable<float[]> Augmented(ImageAugmentation technique, RunFacts facts, float[] image, int count)
    {
        technique.Validate(facts);
        var spare = new float[technique.SpareSize(facts)];
        for (int i = 0; i < count; i++)
        {
            float[] result = [.. image];
            var random = new SeededRandom(1, 2, 3, i);
            technique.Apply(ref random, new ImageFacts(facts, default, i, default), result, spare);
            yield return result;
        }
    }
}
