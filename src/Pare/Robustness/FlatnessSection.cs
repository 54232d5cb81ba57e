using Pare.Graphs;

namespace Pare.Robustness;

/// <summary>How flat the minimum is that a training found: what sharpness-aware minimization and averaging of weights are for.</summary>
internal sealed class FlatnessSection : RobustnessSection
{
    private const int MostIterations = 30, Directions = 3, HalfPoints = 10, ImageStream = 82, StartStream = 83, DirectionStream = 84;
    private const int StepsOfALength = 10;
    private const float Rho = 0.05f;
    private static readonly float[] s_lengths = [1e-4f, 1e-3f, 1e-2f];

    public override string Name => "flatness";

    public override long Passes(RobustnessInputs inputs)
    {
        int images = Images(inputs).Indices.Count;
        return (((2L * MostIterations) + 1) * LossSurface.GradientPasses(images)) + ((2L + (Directions * 2 * HalfPoints)) * images);
    }

    public override string? Obstacle(RobustnessInputs inputs) =>
        inputs.Classifier.Form != ImageClassifier.Float ? "the loss of a network in integers is a staircase, which has no slope."
        : inputs.Classifier.Network is null ? "the network's gradient is not known, because the file has the lowered network only."
        : inputs.Classifier.Network.Weights.Length == 0 ? "the network has no weights." : null;

    public override RobustnessRecord Measure(RobustnessInputs inputs, RobustnessRecord record)
    {
        ChosenImages images = Images(inputs);
        Network network = inputs.Classifier.Network!;
        using var surface = new LossSurface(network, inputs.Classifier.Normalization!, images,
            inputs.Options.Threads ?? Environment.ProcessorCount, inputs.Done);
        inputs.Doing = "flatness, sharpness";
        double loss = surface.LossAt([], 0);
        var slope = new double[network.Weights.Length];
        surface.GradientAt([], 0, slope);
        double norm = Length(slope);
        double sharpness = surface.LossAt(norm == 0 ? [] : [.. slope.Select(value => (float)(value / norm))], Rho) - loss;
        inputs.Doing = "flatness, largest eigenvalue";
        (double eigenvalue, int iterations, double error) = LargestEigenvalue(surface, network.Weights.Length, inputs.Options.Seed);
        inputs.Done((2L * (MostIterations - iterations)) * LossSurface.GradientPasses(images.Indices.Count));
        inputs.Doing = "flatness, along directions";
        return record with
        {
            Flatness = new FlatnessRecord(images.Indices.Count, inputs.Data.Training is not null, loss, norm, Rho, sharpness, eigenvalue,
                iterations, error, Directions, Curve(surface, loss, inputs.Options.Seed)),
        };
    }

    /// <summary>
    /// Power iteration: v becomes H v / |H v|, and lambda v H v, until |H v - lambda v| is 1 % of lambda, so that there is an eigenvalue
    /// that close. It finds the eigenvalue with the largest magnitude; where that is negative, H - lambda has the largest of all.
    /// </summary>
    /// <remarks>
    /// Differences of gradients are first taken over so short a way that hardly a ReLU bends within it. The rounding of a large network's
    /// gradient, divided by so short a way, may hide its Hessian: ten steps that have not arrived are followed by ten over one ten times as
    /// long. What came closest counts.
    /// </remarks>
    public static (double Value, int Iterations, double Error) LargestEigenvalue(LossSurface surface, int weights, long seed)
    {
        (double value, int iterations, double error) = Iterate(0, 0);
        return value < 0 ? Iterate(value, iterations) : (value, iterations, error);

        (double Value, int Iterations, double Error) Iterate(double shift, int done)
        {
            var random = new SeededRandom(seed, StartStream);
            var product = new double[weights];
            double[] v = [.. Enumerable.Range(0, weights).Select(_ => (double)random.NextNormal())];
            Scale(v, 1 / Length(v));
            (double Value, double Error) best = (shift, double.PositiveInfinity);
            for (int step = 0; done < MostIterations; step++, done++)
            {
                surface.HessianTimes([.. v.Select(static x => (float)x)], s_lengths[Math.Min(step / StepsOfALength, s_lengths.Length - 1)],
                    product);
                double value = v.Zip(product, static (x, y) => x * y).Sum();
                double error = Math.Sqrt(v.Zip(product, (x, y) => (y - (value * x)) * (y - (value * x))).Sum());
                if (double.IsPositiveInfinity(best.Error) || error * Math.Abs(best.Value) < best.Error * Math.Abs(value))
                    best = (value, error);
                for (int i = 0; i < weights; i++) product[i] -= shift * v[i];
                double length = Length(product);
                if (error <= FlatnessRecord.Settled * Math.Abs(value) || length == 0) return (value, done + 1, error);
                for (int i = 0; i < weights; i++) v[i] = product[i] / length;
            }

            return (best.Value, done, best.Error);
        }
    }

    private static List<FlatnessPoint> Curve(LossSurface surface, double loss, long seed)
    {
        float[][] directions = new float[Directions][];
        for (int i = 0; i < Directions; i++)
        {
            var random = new SeededRandom(seed, DirectionStream, i);
            directions[i] = surface.FilterNormalized(ref random);
        }

        var curve = new List<FlatnessPoint>();
        for (int place = -HalfPoints; place <= HalfPoints; place++)
        {
            float distance = (float)place / HalfPoints;
            double[] losses = place == 0 ? [loss] : [.. directions.Select(direction => surface.LossAt(direction, distance))];

            // So far from its weights a network may say what is no number; the curve then ends before it.
            if (losses.All(double.IsFinite)) curve.Add(new FlatnessPoint(distance, losses.Average(), losses.Min(), losses.Max()));
        }

        return curve;
    }

    private static ChosenImages Images(RobustnessInputs inputs)
    {
        ChosenImages all = inputs.Data.Training ?? new ChosenImages(inputs.Data.Test, inputs.Indices);
        int[] indices = [.. all.Indices];
        if (indices.Length <= inputs.Options.FlatnessImages) return all;
        new SeededRandom(inputs.Options.Seed, ImageStream).Shuffle<int>(indices);
        Array.Sort(indices, 0, inputs.Options.FlatnessImages);
        return new ChosenImages(all.Images, indices[..inputs.Options.FlatnessImages]);
    }

    private static double Length(double[] values) => Math.Sqrt(values.Sum(static value => value * value));

    private static void Scale(double[] values, double factor)
    {
        for (int i = 0; i < values.Length; i++) values[i] *= factor;
    }
}
