using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Tests.Support;

/// <summary>
/// Compares the gradients of any graph, with respect to its input and every weight, with central finite differences of
/// its forward pass. The loss is the sum of output times a random upstream gradient, added up in double precision.
/// </summary>
/// <remarks>
/// A direction d of random signs has the mean square of (e d) equal to |e|^2 for any error e of the gradient, so a few
/// directions see an error wherever it is. Of several steps the best counts: single precision rounds the outputs, which spoils
/// a short step; one that crosses the corner of a ReLU or changes the winner of a maximum is spoiled by its own length.
/// A wrong gradient is wrong for all of them.
/// </remarks>
internal static class GradientCheck
{
    private const int Directions = 8;
    private const int Coordinates = 3;
    private const double Tolerance = 0.02;
    private static readonly float[] Steps = [1f / 128, 1f / 1024, 1f / 8192, 1f / 65536];

    /// <summary>Fails when a gradient is off.</summary>
    /// <param name="graph">Any graph; norms take the statistics of the batch.</param>
    /// <param name="prepare">Changes the plan before its first step.</param>
    public static void Run(Graph graph, Action<TrainingPlan>? prepare = null)
    {
        int images = Simd.Lanes + 3;
        var random = new SeededRandom(7);
        var network = new Network(graph, seed: 5);
        foreach (Parameter norm in network.Parameters.Where(static parameter => parameter.Spec.Role == ParameterRole.NormOrBias))
        {
            foreach (ref float value in network.Values(norm)) value += 0.3f * random.NextNormal();
        }

        float[] input = RandomArrays.Normal(ref random, images * graph.Input.Shape.Count),
            upstream = RandomArrays.Normal(ref random, images * graph.Output.Shape.Count);
        using var run = new EngineRun(network, images, upstream);
        run.Plan.UpdateRunningStatistics(false);
        prepare?.Invoke(run.Plan);

        run.Step(input);
        double floor = 0.01 * Length(upstream);
        float[] inputGradient = run.InputGradient(), weightGradient = [.. run.Plan.Gradients];
        Compare("input", input, inputGradient);
        foreach (Parameter parameter in network.Parameters.Where(static parameter => parameter.Spec.Role != ParameterRole.Statistic))
            Compare(parameter.Name, network.Values(parameter), weightGradient.AsSpan(parameter.Offset, parameter.Length));

        void Compare(string name, Span<float> values, ReadOnlySpan<float> gradient)
        {
            double length = Math.Max(Length(gradient), floor), squares = 0;
            for (int i = 0; i < Directions; i++)
            {
                var direction = new float[values.Length];
                double expected = 0;
                for (int j = 0; j < direction.Length; j++)
                {
                    direction[j] = random.NextInt(2) == 0 ? -1 : 1;
                    expected += direction[j] * gradient[j];
                }

                double error = Error(values, direction, expected);
                squares += error * error;
            }

            double relative = Math.Sqrt(squares / Directions) / length;
            if (!(relative <= Tolerance)) Assert.Fail($"{name}: the gradient is off by {relative:g3} of its length {length:g3}");

            double largest = Math.Max(floor / Math.Sqrt(values.Length), LargestMagnitude(gradient));
            for (int i = 0; i < Coordinates; i++)
            {
                int at = i == 0 ? IndexOfLargest(gradient) : random.NextInt(values.Length);
                var axis = new float[values.Length];
                axis[at] = 1;
                double error = Error(values, axis, gradient[at]);
                if (!(error <= Tolerance * largest)) Assert.Fail($"{name}[{at}]: the gradient {gradient[at]:g5} is off by {error:g3}");
            }
        }

        double Error(Span<float> values, float[] direction, double expected)
        {
            double best = double.PositiveInfinity;
            foreach (float step in Steps) best = Math.Min(best, Math.Abs(Slope(values, direction, step) - expected));
            return best;
        }

        double Slope(Span<float> values, float[] direction, float step)
        {
            float[] kept = values.ToArray();
            for (int i = 0; i < kept.Length; i++) values[i] = kept[i] + (step * direction[i]);
            double above = run.Step(input);
            for (int i = 0; i < kept.Length; i++) values[i] = kept[i] - (step * direction[i]);
            double below = run.Step(input);
            kept.CopyTo(values);
            return (above - below) / (2 * step);
        }
    }

    private static double Length(ReadOnlySpan<float> values)
    {
        double squares = 0;
        foreach (float value in values) squares += (double)value * value;
        return Math.Sqrt(squares);
    }

    private static int IndexOfLargest(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (Math.Abs(values[i]) > Math.Abs(values[best])) best = i;
        }

        return best;
    }

    private static double LargestMagnitude(ReadOnlySpan<float> values) => Math.Abs(values[IndexOfLargest(values)]);
}
