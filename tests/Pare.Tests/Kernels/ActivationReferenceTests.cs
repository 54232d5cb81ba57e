using Pare.Graphs;
using Pare.Kernels;
using Pare.Kernels.Reference;
using Pare.Tests.Support;

namespace Pare.Tests.Kernels;

/// <summary>Activation functions, on the engine, against the slow versions that define them.</summary>
public class ActivationReferenceTests
{
    public static TheoryData<ActivationFunction> Functions => [.. Enum.GetValues<ActivationFunction>()];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Functions_agree_over_their_whole_range(ActivationFunction function)
    {
        // Far out, at the corners, beside them, and everywhere between.
        float[] x =
            [-1000, -100, -88, -30, -3.0001f, -3, -2.9999f, -1e-6f, 0, 1e-6f, 2.9999f, 3, 3.0001f, 5.9999f, 6, 6.0001f, 30, 88, 100, 1000,
            .. Enumerable.Range(0, 2001).Select(static i => (i - 1000) / 100f)];
        float[] dY = [.. x.Select(static (_, i) => 1 + (i % 7))];
        Network network = GraphBuilder.Input(1, 1, x.Length).Activation(function).Build(seed: 1);
        using var run = new EngineRun(network, 1, dY);
        run.Step(x);
        float[] gradient = run.InputGradient();
        for (int i = 0; i < x.Length; i++)
        {
            double y = ReferenceActivation.Apply(function, x[i]), slope = ReferenceActivation.Slope(function, x[i]);
            if (!(Math.Abs(run.Output[i] - y) <= 2e-6 * Math.Max(1, Math.Abs(y))))
                Assert.Fail($"{function}({x[i]}) is {run.Output[i]} instead of {y}");

            // Whether a corner of hard swish belongs to the left or to the right is nobody's business.
            if (function == ActivationFunction.HardSwish && Math.Abs(x[i]) == 3) continue;
            if (!(Math.Abs(gradient[i] - (dY[i] * slope)) <= 4e-6 * dY[i]))
                Assert.Fail($"the slope of {function} at {x[i]} is {gradient[i] / dY[i]} instead of {slope}");
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void No_function_takes_NaN_for_a_number(ActivationFunction function)
    {
        // An odd number of pixels, so that loops over pairs have one left.
        float[] x = [float.NaN, 1, float.NaN, 2, float.NaN], dY = [1, float.NaN, 2, 3, 4];
        Network network = GraphBuilder.Input(1, 1, x.Length).Activation(function).Build(seed: 1);
        using var run = new EngineRun(network, 1, dY);
        run.Step(x);
        float[] gradient = run.InputGradient();
        Assert.Equal(x.Select(float.IsNaN), x.Select(value => double.IsNaN(ReferenceActivation.Apply(function, value))));
        Assert.Equal(x.Select(float.IsNaN), run.Output.Select(float.IsNaN));
        Assert.All(Enumerable.Range(0, x.Length).Where(i => float.IsNaN(x[i])), i =>
            Assert.True(gradient[i] != 0 && ReferenceActivation.Slope(function, x[i]) != 0));
        Assert.True(float.IsNaN(gradient[1]));
        Assert.False(float.IsNaN(gradient[3]));
    }
}
