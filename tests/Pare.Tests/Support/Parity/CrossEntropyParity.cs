using Pare.Execution;
using Pare.Graphs;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Tests.Support.Parity;

/// <summary>Fixtures of kind <c>cross_entropy</c>: loss and gradient of the logits.</summary>
internal static class CrossEntropyParity
{
    public static void Run(FixtureCase fixture)
    {
        var attributes = new FixtureAttributes(fixture.Name, fixture.Attrs);
        Assert.Equal("mean", attributes.Text("reduction"));
        int images = fixture.Shape("input.logits")[0], classes = fixture.Shape("input.logits")[1];
        float[] targets = attributes.Text("targets") switch
        {
            "indices" => OneHot(fixture.Longs("input.target"), classes),
            "probabilities" => [.. fixture.Floats("input.target")],
            var other => throw new InvalidDataException($"{fixture.Name}: unknown targets '{other}'"),
        };
        ILoss loss = Loss(attributes.Float("label_smoothing"));
        attributes.AssertAllRead();

        Network network = GraphBuilder.Input(classes, 1, 1).Build(seed: 1);
        using var run = new EngineRun(network, images, loss: loss);
        double mean = run.Step(fixture.Floats("input.logits"), targets);
        fixture.AssertNear("output.loss", [(float)mean]);
        fixture.AssertNear("grad.input.logits", run.InputGradient());
    }

    public static float[] OneHot(long[] labels, int classes)
    {
        var targets = new float[labels.Length * classes];
        for (int i = 0; i < labels.Length; i++) targets[(i * classes) + labels[i]] = 1;
        return targets;
    }

    /// <summary>The cross entropy with label smoothing of that amount, 0 for none.</summary>
    public static ILoss Loss(float smoothing) => new LabelSmoothing { Amount = smoothing }.Around(CrossEntropyLoss.Instance, default);
}
