using Pare.Graphs;

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
        Smooth(targets, classes, attributes.Float("label_smoothing"));
        attributes.AssertAllRead();

        Network network = GraphBuilder.Input(classes, 1, 1).Build(seed: 1);
        using var run = new EngineRun(network, images);
        double loss = run.Step(fixture.Floats("input.logits"), targets);
        fixture.AssertNear("output.loss", [(float)loss]);
        fixture.AssertNear("grad.input.logits", run.InputGradient());
    }

    public static float[] OneHot(long[] labels, int classes)
    {
        var targets = new float[labels.Length * classes];
        for (int i = 0; i < labels.Length; i++) targets[(i * classes) + labels[i]] = 1;
        return targets;
    }

    /// <summary>q = (1 - amount) q + amount / classes.</summary>
    public static void Smooth(Span<float> targets, int classes, float amount)
    {
        foreach (ref float target in targets) target = ((1 - amount) * target) + (amount / classes);
    }
}
