using Pare.Data;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Robustness;

namespace Pare.Tests.Robustness;

/// <summary>The network and the pictures of <c>tools/golden/flatness.py</c>, made by the same formulas.</summary>
internal static class GoldenNetwork
{
    public const int Images = 37, Height = 6, Width = 7, Classes = 3;

    public static Normalization Normalization => new([0.4f], [0.3f]);

    public static Network Make(string activation)
    {
        Network network = GraphBuilder.Input(1, Height, Width).Conv(4).BatchNorm()
            .Activation(activation == "relu" ? ActivationFunction.Relu : ActivationFunction.Silu).GlobalAveragePool().Linear(Classes)
            .Build(seed: 1);
        Set("conv1.weight", Values(36));
        Set("batch_norm1.running_mean", [0.1f, -0.2f, 0.3f, 0]);
        Set("batch_norm1.running_var", [0.5f, 1.5f, 0.25f, 1]);
        Set("linear1.weight", [.. Values(12).Select(static value => 3 * value)]);
        Set("linear1.bias", [-4.5f, 1.75f, -1.25f]);
        return network;

        void Set(string name, float[] values) => values.CopyTo(network.Values(network[name]));
    }

    public static ImageSet Pictures(int[]? labels = null)
    {
        byte[] pixels = [.. Enumerable.Range(0, Images * Height * Width).Select(static k => (byte)(((k * k * 7) + (k * 13)) % 256))];
        return new ImageSet(1, Height, Width, pixels,
            labels ?? Labels(Images), ["a", "b", "c"]);
    }

    /// <summary>
    /// The 150 of the script's last lines: so many that some ReLU has its kink within any step of the weights that singles can take.
    /// </summary>
    public static ImageSet Many()
    {
        const int images = 150;
        byte[] pixels = [.. Enumerable.Range(0, images * Height * Width)
            .Select(static k => (byte)(((k * k * 7) + (k * 13) + (k / 256 * 29) + (k / 3584 * 57)) % 256))];
        return new ImageSet(1, Height, Width, pixels, Labels(images), ["a", "b", "c"]);
    }

    /// <summary>The pictures with the classes that the network gives them.</summary>
    public static ImageSet Own(Network network)
    {
        using var classifier = ImageClassifier.Of(network, Normalization, threads: 1);
        ImageSet pictures = Pictures();
        var logits = new float[Images * Classes];
        classifier.Logits(pictures.Pixels.ToArray(), logits);
        return Pictures([.. Enumerable.Range(0, Images).Select(i => Largest.Of(logits.AsSpan(i * Classes, Classes)))]);
    }

    private static int[] Labels(int images) => [.. Enumerable.Range(0, images).Select(static n => ((n * n) + (n / 2)) % Classes)];

    private static float[] Values(int count) =>
        [.. Enumerable.Range(0, count).Select(static k => (float)(0.8 * Math.Cos((1.3 * k * k) + 0.2)))];
}
