using Pare.Data;
using Pare.Graphs;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Tests.Support;

/// <summary>A training of a moment: 200 drawn digits and a network with a norm and dropout.</summary>
internal static class SmallRun
{
    public static readonly TrainingOptions Options = new() { Epochs = 4, BatchSize = 32, Threads = 2 };

    private static readonly Dataset Data = Glyphs.Create(train: 200, test: 50);

    public static Network Network(int seed = 1) => GraphBuilder.Input(1, 28, 28)
        .Conv(5, stride: 3).BatchNorm().Relu().Dropout(0.2f).DepthwiseSeparable(6, stride: 2).GlobalAveragePool().Linear(10).Build(seed);

    public static TrainingResult Train(Network network, TrainingOptions options) => Trainer.Run(network, Data, options);

    public static TrainingResult Train(params Technique[] techniques) => Train(Network(), Options with { Techniques = techniques });

    public static Teacher Teacher()
    {
        TrainingResult trained = Train(Network(seed: 2), Options with { Epochs = 2 });
        return new Teacher(trained.Network, trained.Normalization);
    }
}
