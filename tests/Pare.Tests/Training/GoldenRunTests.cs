using Pare.Execution;
using Pare.Graphs;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Tests.Training;

/// <summary>A whole tiny run against PyTorch in double precision; <c>tools/golden/first_ten_losses.py</c> made the numbers.</summary>
public class GoldenRunTests
{
    private const int Images = 19;
    private const int Classes = 3;

    private static readonly double[] Golden =
        [1.1638396, 1.1255367, 1.0833052, 1.0454010, 1.0165609, 0.9980388, 0.9887152, 0.9857322, 0.9862974, 0.9874229];

    [Fact]
    public void The_losses_of_the_first_ten_steps_are_those_of_PyTorch()
    {
        Network net = GraphBuilder.Input(1, 6, 7)
            .Conv(4).BatchNorm().Relu().MaxPool()
            .DepthwiseConv().BatchNorm().Relu().GlobalAveragePool().Linear(Classes).Build(seed: 1);
        foreach (string name in new[] { "conv1.weight", "conv2.weight", "linear1.weight" }) Start(net.Values(net[name]));
        net.Values(net["linear1.bias"]).Clear();
        var source =
            new ArraySource([.. Enumerable.Range(0, Images * 42).Select(static k => (float)Math.Sin((0.7 * k * k) + (0.1 * k)))],
            Targets());
        using var team = new ThreadTeam(2);
        var training = new TrainingStep(net, Images, team,
            new TrainingOptions { Optimizer = new Sgd { Momentum = 0.9f, Nesterov = true } });

        for (int step = 0; step < Golden.Length; step++)
        {
            var moment = new FiniteCheck.Moment(1, step + 1, step, 0.1f);
            Assert.Equal(Golden[step], training.Run(source, Images, new Rates(0.1f), moment).Loss, 1e-4);
        }
    }

    private static void Start(Span<float> weights)
    {
        for (int k = 0; k < weights.Length; k++) weights[k] = (float)(0.5 * Math.Cos((1.3 * k) + 0.2));
    }

    private static float[] Targets()
    {
        var targets = new float[Images * Classes];
        for (int n = 0; n < Images; n++) targets[(n * Classes) + (((n * n) + (n / 2)) % Classes)] = 1f;
        return targets;
    }
}
