using Pare.Graphs;

namespace Pare.Robustness;

/// <summary>How flat the minimum is that a training found: what sharpness-aware minimization and averaging of weights are for.</summary>
internal sealed class FlatnessSection : RobustnessSection
{
    private const int StepsOfAWay = 12, Directions = 3, HalfPoints = 10, ImageStream = 82, StartStream = 83, DirectionStream = 84;
    private const float Rho = 0.05f;

    // What products over a way may contradict each other by, as a share of the eigenvalue: ten times what it is to be known to.
    private const double Contradiction = 10 * FlatnessRecord.Settled;
    private static readonly float[] s_ways = [1e-4f, 1e-3f, 1e-2f];

    // What has arrived over a way must also hold over this part of it.
    private const float ShorterWay = 0.1f;

    private static int MostProducts => s_ways.Length * (StepsOfAWay + 2);

    public override string Name => "flatness";

    public override long Passes(RobustnessInputs inputs)
    {
        int images = Images(inputs).Indices.Count;
        return (((2L * MostProducts) + 1) * LossSurface.GradientPasses(images)) + ((2L + (Directions * 2 * HalfPoints)) * images);
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
            Parallels.Threads(inputs.Options.Threads), inputs.Done);
        inputs.Doing = "flatness, sharpness";
        double loss = surface.LossAt([], 0);
        var slope = new double[network.Weights.Length];
        surface.GradientAt([], 0, slope);
        double norm = Math.Sqrt(Lanczos.Dot(slope, slope));
        double sharpness = surface.LossAt(norm == 0 ? [] : [.. slope.Select(value => (float)(value / norm))], Rho) - loss;
        inputs.Doing = "flatness, largest eigenvalue";
        (double eigenvalue, int products, double error) = LargestEigenvalue(surface, slope, inputs.Options.Seed);
        inputs.Done(2L * (MostProducts - products) * LossSurface.GradientPasses(images.Indices.Count));
        if (!double.IsFinite(sharpness) || !double.IsFinite(eigenvalue) || !double.IsFinite(error))
        {
            var reason = new NotMeasured(Name, "the loss beside the weights is not a finite number.");
            return record with { NotMeasured = [.. record.NotMeasured, reason] };
        }

        inputs.Doing = "flatness, along directions";
        return record with
        {
            Flatness = new FlatnessRecord(images.Indices.Count, inputs.Data.Training is not null, loss, norm, Rho, sharpness, eigenvalue,
                products, error, Directions, Curve(surface, loss, inputs.Options.Seed)),
        };
    }

    /// <summary>
    /// Lanczos' iteration and, of the vector v that it ends with, lambda = v H v and |H v - lambda v|: there is an eigenvalue that close.
    /// </summary>
    /// <remarks>
    /// Differences of gradients are first taken over so short a way that hardly a ReLU bends within it. The rounding of a large network's
    /// gradient, divided by so short a way, may hide its Hessian: what has not arrived is followed by an iteration over a way ten times as
    /// long, at once where the products contradict each other. What came closest counts.
    /// </remarks>
    public static (double Value, int Products, double Error) LargestEigenvalue(LossSurface surface, double[] slope, long seed)
    {
        int weights = slope.Length;
        double[] start = Start(slope, seed);

        (double Value, double Error) best = (double.NaN, double.NaN);
        int products = 0;
        foreach (float way in s_ways)
        {
            (double[]? v, int steps) = Lanczos.Largest(x => Times(x, way), start, StepsOfAWay, FlatnessRecord.Settled / 2,
                way == s_ways[^1] ? double.PositiveInfinity : Contradiction);
            products += steps;
            if (v is null) continue;
            double[] product = Times(v, way);
            products += 2;
            double value = Lanczos.Dot(v, product);
            double error = Math.Max(Residual(product), Residual(Times(v, ShorterWay * way)));
            if (double.IsNaN(best.Error) || error * Math.Abs(best.Value) < best.Error * Math.Abs(value)) best = (value, error);
            if (error <= FlatnessRecord.Settled * Math.Abs(value)) break;

            double Residual(double[] times) => Math.Sqrt(v.Zip(times, (x, y) => (y - (value * x)) * (y - (value * x))).Sum());
        }

        return (best.Value, products, best.Error);

        double[] Times(double[] x, float way)
        {
            var y = new double[weights];
            surface.HessianTimes([.. x.Select(static value => (float)value)], way, y);
            return y;
        }
    }

    // Half of it the gradient, which lies for the most part in the directions of the largest eigenvalues (Gur-Ari et al. 2018, arXiv
    // 1812.04754), and half of it random, so that no direction is missed.
    private static double[] Start(double[] slope, long seed)
    {
        var random = new SeededRandom(seed, StartStream);
        double[] drawn = Unit([.. slope.Select(_ => (double)random.NextNormal())]);
        return Unit([.. drawn.Zip(Unit(slope), static (some, steepest) => some + steepest)]);
    }

    // Of length 1; 0 where there is no direction.
    private static double[] Unit(double[] x)
    {
        double length = Math.Sqrt(Lanczos.Dot(x, x));
        return [.. x.Select(value => length > 0 ? value / length : 0)];
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
}
