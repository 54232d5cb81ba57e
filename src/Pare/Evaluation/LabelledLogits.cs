using Pare.Kernels;

namespace Pare.Evaluation;

/// <summary>
/// What a network says about images whose classes are known, before the softmax. A temperature divides the logits: it makes a network more
/// or less sure, and never changes which class it takes an image for. All sums run in the images' order and in double precision.
/// </summary>
public sealed class LabelledLogits
{
    private readonly float[] _logits;
    private readonly int[] _labels;

    /// <summary>Takes logits and labels.</summary>
    /// <param name="logits"><c>[image][class]</c>.</param>
    /// <param name="labels">The true class of each image.</param>
    /// <param name="classes">How many classes, 1 or more.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together, or a label is no class.</exception>
    /// <exception cref="RunException">A logit is not a finite number.</exception>
    public LabelledLogits(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        if (logits.Length != (long)labels.Length * classes)
            throw new ArgumentException($"There are {logits.Length} logits for {labels.Length} images of {classes} classes.",
                nameof(logits));
        int wrong = labels.IndexOfAnyExceptInRange(0, classes - 1);
        if (wrong >= 0)
            throw new ArgumentException($"Image {wrong} is of class {labels[wrong]}, and there are {classes}.", nameof(labels));
        (_logits, _labels, Classes) = (logits.ToArray(), labels.ToArray(), classes);
        CheckFinite();
        Predicted = new int[Count];
        for (int i = 0; i < Count; i++) Predicted[i] = SoftmaxCrossEntropy.Normalizer(Of(i), 1, 0).Best;
    }

    /// <summary>Images.</summary>
    public int Count => _labels.Length;

    /// <summary>Classes.</summary>
    public int Classes { get; }

    /// <summary>The true class of each image.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>The share of images that are right, 0 to 1.</summary>
    /// <exception cref="InvalidOperationException">There is no image.</exception>
    public double Accuracy
    {
        get
        {
            CheckNotEmpty();
            return (double)Correct().Count(static right => right) / Count;
        }
    }

    /// <summary>The class with the largest logit of each image, the first on a tie.</summary>
    internal int[] Predicted { get; }

    /// <summary>The logits of one image.</summary>
    /// <param name="image">Its number, from 0.</param>
    public ReadOnlySpan<float> Of(int image) => _logits.AsSpan(image * Classes, Classes);

    /// <summary>Whether each image is right.</summary>
    public bool[] Correct() => [.. _labels.Zip(Predicted, static (label, predicted) => label == predicted)];

    /// <summary>The largest probability of each image, 0 to 1.</summary>
    /// <param name="temperature">Divides the logits; positive.</param>
    public double[] Confidences(double temperature = 1)
    {
        CheckTemperature(temperature);
        var confidences = new double[Count];
        for (int i = 0; i < Count; i++) confidences[i] = Math.Exp(-SoftmaxCrossEntropy.Normalizer(Of(i), 1, 0, temperature).LogSum);
        return confidences;
    }

    /// <summary>The mean over the images of -log p of the true class, in nats: the cross entropy.</summary>
    /// <param name="temperature">Divides the logits; positive.</param>
    /// <exception cref="InvalidOperationException">There is no image.</exception>
    public double NegativeLogLikelihood(double temperature = 1)
    {
        CheckTemperature(temperature);
        CheckNotEmpty();
        double sum = 0;
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<float> logits = Of(i);
            (int best, double logSum) = SoftmaxCrossEntropy.Normalizer(logits, 1, 0, temperature);
            sum += logSum - (((double)logits[_labels[i]] - logits[best]) / temperature);
        }

        return sum / Count;
    }

    /// <summary>
    /// The mean over the images of sum over the classes of (p - y)^2, with y 1 for the true class and else 0: from 0 to 2. Brier 1950.
    /// </summary>
    /// <param name="temperature">Divides the logits; positive.</param>
    /// <exception cref="InvalidOperationException">There is no image.</exception>
    public double BrierScore(double temperature = 1)
    {
        CheckTemperature(temperature);
        CheckNotEmpty();
        double sum = 0;
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<float> logits = Of(i);
            (int best, double logSum) = SoftmaxCrossEntropy.Normalizer(logits, 1, 0, temperature);
            for (int k = 0; k < Classes; k++)
            {
                double p = Math.Exp((((double)logits[k] - logits[best]) / temperature) - logSum), error = k == _labels[i] ? p - 1 : p;
                sum += error * error;
            }
        }

        return sum / Count;
    }

    /// <summary>Room for what a network says about images, <c>[image][class]</c>.</summary>
    /// <exception cref="DataException">It is more than an array holds.</exception>
    internal static float[] Room(int images, int classes)
    {
        long values = (long)images * classes;
        return values <= Array.MaxLength ? new float[values] : throw new DataException(
            Invariant($"What a network of {classes:N0} classes says about {images:N0} images is {values:N0} numbers, ") +
            "more than an array holds.",
            "the images", "Use fewer of them at a time.");
    }

    private static void CheckTemperature(double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        if (!double.IsFinite(temperature)) throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "It must be finite.");
    }

    private void CheckNotEmpty()
    {
        if (Count == 0) throw new InvalidOperationException("There is no image to measure.");
    }

    private void CheckFinite()
    {
        int place = Array.FindIndex(_logits, static logit => !float.IsFinite(logit));
        if (place < 0) return;
        throw NonFiniteOutput.Error(Invariant($"output {place % Classes} for image {place / Classes} is {_logits[place]}"));
    }
}
