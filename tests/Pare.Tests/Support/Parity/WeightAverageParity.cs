using Pare.Graphs;
using Pare.Training.Averaging;

namespace Pare.Tests.Support.Parity;

/// <summary>Fixtures of kind <c>weight_average</c>: the average after each of a sequence of weights.</summary>
internal static class WeightAverageParity
{
    public static void Run(FixtureCase fixture)
    {
        int count = fixture.Int("count");
        AveragingTechnique technique = fixture.Text("average") switch
        {
            "swa" => new Swa { Start = 0 },
            "ema" => new Ema { Decay = fixture.Double("decay"), Warmup = false },
            var other => throw new InvalidDataException($"{fixture.Name}: unknown average '{other}'"),
        };
        string[] names = [.. fixture.NamesUnder("sequence.")];
        Assert.NotEmpty(names);
        foreach (string name in names)
        {
            float[] sequence = fixture.Floats("sequence." + name);
            int length = sequence.Length / count;
            Network network = GraphBuilder.Input(length, 1, 1).Linear(1, bias: false).Build(seed: 1);
            WeightAverage average = technique.Begin(network, count);
            var trace = new List<float>();
            for (int i = 0; i < count; i++)
            {
                sequence.AsSpan(i * length, length).CopyTo(network.Weights);
                average.AfterStep(new StepFacts(i, 1, count));
                average.AfterEpoch(i + 1);
                trace.AddRange(average.Network.Weights);
            }

            fixture.AssertNear("trace." + name, [.. trace]);
        }
    }
}
