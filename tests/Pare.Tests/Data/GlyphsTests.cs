using System.Security.Cryptography;
using Pare.Data;

namespace Pare.Tests.Data;

public sealed class GlyphsTests
{
    [Fact]
    public void The_set_has_the_promised_shape()
    {
        Dataset data = Glyphs.Create(seed: 1, train: 200, test: 50);

        Assert.Equal((1, 28, 28, 200, 50), (data.Train.Channels, data.Train.Height, data.Train.Width, data.Train.Count, data.Test.Count));
        Assert.Equal(10, data.Train.Classes.Count);
        Assert.All(data.Train.Labels.ToArray().CountBy(label => label), pair => Assert.Equal(20, pair.Value));
    }

    [Fact]
    public void Every_byte_is_pinned_for_every_platform_and_number_of_threads() =>
        Assert.Equal(
            "a39782d6f784139b91c26ac18b07fb716b8fd22a980f8c9e5e7deb9de9e2b750", Hash(Glyphs.Create(seed: 1, train: 100, test: 10).Train));

    [Fact]
    public void An_image_depends_on_its_seed_and_number_and_not_on_how_many_there_are()
    {
        ImageSet few = Glyphs.Create(seed: 7, train: 10, test: 10).Train, many = Glyphs.Create(seed: 7, train: 300, test: 10).Train;

        Assert.Equal(few.Image(9).ToArray(), many.Image(9).ToArray());
        Assert.NotEqual(few.Image(9).ToArray(), Glyphs.Create(seed: 8, train: 10, test: 10).Train.Image(9).ToArray());
    }

    [Fact]
    public void No_test_image_is_a_training_image()
    {
        Dataset data = Glyphs.Create(seed: 1, train: 500, test: 500);
        var train = Enumerable.Range(0, 500).Select(i => Convert.ToHexString(data.Train.Image(i))).ToHashSet();

        Assert.Equal(500, train.Count);
        Assert.DoesNotContain(Enumerable.Range(0, 500), i => train.Contains(Convert.ToHexString(data.Test.Image(i))));
    }

    [Fact]
    public void A_linear_model_learns_it_and_stays_below_95_percent()
    {
        Dataset data = Glyphs.Create(seed: 1, train: 10_000, test: 2_000);

        Assert.InRange(LinearAccuracy(data), 0.6, 0.9499);
    }

    private static string Hash(ImageSet images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < images.Count; i++) hash.AppendData(images.Image(i));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The test accuracy of softmax regression, trained by gradient descent an image at a time.</summary>
    private static double LinearAccuracy(Dataset data)
    {
        const int inputs = 28 * 28 + 1, epochs = 5;
        var weights = new float[10][];
        for (int c = 0; c < 10; c++) weights[c] = new float[inputs];
        var x = new float[inputs];
        var scores = new float[10];

        int Predict(ReadOnlySpan<byte> image)
        {
            for (int i = 0; i < image.Length; i++) x[i] = image[i] / 255f - 0.2f;
            x[^1] = 1;
            for (int c = 0; c < 10; c++) scores[c] = System.Numerics.Tensors.TensorPrimitives.Dot(x, weights[c]);
            return System.Numerics.Tensors.TensorPrimitives.IndexOfMax(scores);
        }

        for (int epoch = 0; epoch < epochs; epoch++)
        {
            int[] order = [.. Enumerable.Range(0, data.Train.Count)];
            new SeededRandom(1, epoch).Shuffle<int>(order);
            float rate = 0.02f * (epochs - epoch) / epochs;
            foreach (int index in order)
            {
                Predict(data.Train.Image(index));
                System.Numerics.Tensors.TensorPrimitives.SoftMax(scores, scores);
                scores[data.Train.Labels[index]] -= 1;
                for (int c = 0; c < 10; c++)
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(x, -rate * scores[c], weights[c], weights[c]);
            }
        }

        int correct = Enumerable.Range(0, data.Test.Count).Count(i => Predict(data.Test.Image(i)) == data.Test.Labels[i]);
        return (double)correct / data.Test.Count;
    }
}
