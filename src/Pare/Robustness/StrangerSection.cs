using Pare.Data;
using Pare.Evaluation;

namespace Pare.Robustness;

/// <summary>
/// Whether the network is less sure of what it does not know: noise, and a set of pictures of none of its classes. The score is the largest
/// probability of the softmax at temperature 1, in double precision.
/// </summary>
internal sealed class StrangerSection : RobustnessSection
{
    private const int MostImages = 10_000, UniformStream = 85, NormalStream = 86;
    private const string Uniform = "uniform noise", Normal = "normal noise";

    public override string Name => "strangers";

    public override long Passes(RobustnessInputs inputs) => (2L * NoiseImages(inputs)) + Count(inputs.Data.Strangers);

    public override void Check(RobustnessInputs inputs)
    {
        if (inputs.Data.Strangers is { } strangers)
            Check(inputs.Data.Test, strangers, inputs.Data.StrangersName ?? "the out-of-distribution pictures");
    }

    public override RobustnessRecord Measure(RobustnessInputs inputs, RobustnessRecord record)
    {
        double[] known = inputs.Clean.Confidences();
        var normalization = Normalization.Of(inputs.Data.Test, inputs.Indices);
        int area = inputs.Classifier.Input.Pixels;
        long seed = inputs.Options.Seed;
        var sets = new List<StrangerResult>
        {
            Result(Uniform, NoiseImages(inputs), (place, to) =>
            {
                var random = new SeededRandom(seed, UniformStream, place);
                foreach (ref byte pixel in to) pixel = (byte)random.NextInt(256);
            }),
            Result(Normal, NoiseImages(inputs), (place, to) =>
            {
                var random = new SeededRandom(seed, NormalStream, place);
                for (int i = 0; i < to.Length; i++)
                {
                    float value = normalization.Mean[i / area] + (normalization.StandardDeviation[i / area] * random.NextNormal());
                    to[i] = (byte)Math.Clamp(MathF.Round(255 * value), 0, 255);
                }
            }),
        };
        if (inputs.Data.Strangers is { } strangers)
        {
            int[] taken = [.. Evenly.Spread(Count(strangers), strangers.Labels)];
            sets.Add(Result(inputs.Data.StrangersName ?? "given pictures", taken.Length, (place, to) =>
                strangers.Image(taken[place], strangers.Spare()).CopyTo(to)));
        }

        return record with { Strangers = new StrangersRecord(sets) };

        StrangerResult Result(string name, int count, ImageMaker make)
        {
            inputs.Doing = $"strangers, {name}";
            var logits = new LabelledLogits(inputs.Logits(count, make), new int[count], inputs.Classifier.Classes);
            double[] scores = logits.Confidences();
            return new StrangerResult(name, count, RocArea.Of(known, scores), RocArea.StrangersPassing(known, scores), scores.Average());
        }
    }

    private static void Check(ImageSet test, ImageSet strangers, string name)
    {
        if (name is Uniform or Normal)
            throw new DataException("The out-of-distribution pictures have the name of a noise that is measured beside them.", name,
                "Give them another name.");
        if (strangers.Count == 0)
            throw new DataException("There are no out-of-distribution pictures.", name, "Name pictures of none of the classes.");
        if ((strangers.Channels, strangers.Height, strangers.Width) != (test.Channels, test.Height, test.Width))
            throw new DataException(
                $"The out-of-distribution pictures are of {strangers.Channels}x{strangers.Height}x{strangers.Width}, the test images of " +
                $"{test.Channels}x{test.Height}x{test.Width}.", name, "Bring them to the network's size.");
        HashSet<UInt128> known = [.. test.Digests];
        int same = 0;
        foreach (UInt128 digest in strangers.Digests) same += known.Contains(digest) ? 1 : 0;
        if (same > 0)
            throw new DataException(
                $"{same} of {strangers.Count} out-of-distribution pictures {(same == 1 ? "is a test image" : "are test images")}, " +
                "pixel by pixel: nothing can tell them apart.",
                name, "Name pictures of none of the classes.");
    }

    private static int NoiseImages(RobustnessInputs inputs) => Math.Min(MostImages, inputs.Count);

    private static int Count(ImageSet? strangers) => Math.Min(MostImages, strangers?.Count ?? 0);
}
