using Pare.Execution;
using Pare.Graphs;
using Pare.Graphs.Layers;

namespace Pare.Tests.Support.Parity;

/// <summary>
/// Fixtures of one layer: output, input gradient, parameter gradients and running statistics for a given upstream gradient.
/// </summary>
internal static class LayerParity
{
    private const string Id = "op";

    public static void Run(FixtureCase fixture)
    {
        switch (fixture.Kind)
        {
            case "add":
                RunAdd(fixture);
                break;
            case "dropout_eval":
                RunDropout(fixture);
                break;
            case "batch_norm_train" or "batch_norm_eval":
                bool training = fixture.Flag("training");
                Assert.Equal(fixture.Kind == "batch_norm_train", training);
                Compare(fixture, Network(fixture, "batch_norm", "training"), training);
                break;
            default:
                Compare(fixture, Network(fixture, fixture.Kind), training: true);
                break;
        }
    }

    private static Network Network(FixtureCase fixture, string op, params string[] known)
    {
        GraphBuilder graph = Input(fixture, "input.x");
        FixtureOps.Add(graph, op, Id, new FixtureAttributes(fixture.Name, fixture.Attrs, known), graph.Current);
        var network = graph.Build(seed: 1);
        FixtureWeights.Load(fixture, network, Id + ".");
        return network;
    }

    private static void Compare(FixtureCase fixture, Network network, bool training)
    {
        using var run = new EngineRun(network, fixture.Shape("input.x")[0], fixture.Floats("upstream.y"));
        foreach (BatchNormalization norm in run.Plan.Norms) norm.UsesBatchStatistics = training;
        run.Step(fixture.Floats("input.x"));
        fixture.AssertNear("output.y", run.Output);
        fixture.AssertNear("grad.input.x", run.InputGradient());
        FixtureWeights.AssertGradients(fixture, run, network, Id + ".");
        if (fixture.Has("after.running_mean")) FixtureWeights.AssertValues(fixture, "after.", network, Id + ".");

        // What evaluation gives is the same only where nothing depends on the batch.
        if (run.Plan.Norms.Count == 0 || !training)
            fixture.AssertNear("output.y", EngineRun.Infer(network, fixture.Floats("input.x"), fixture.Shape("input.x")[0]));
    }

    // A graph has one input: a and b are its channels, and two pointwise convolutions of zeros and ones take them apart.
    private static void RunAdd(FixtureCase fixture)
    {
        int[] shape = fixture.Shape("input.a");
        int images = shape[0], half = shape[1] * shape[2] * shape[3], channels = shape[1];
        var attributes = new FixtureAttributes(fixture.Name, fixture.Attrs);
        GraphBuilder graph = GraphBuilder.Input(2 * channels, shape[2], shape[3]);
        Node input = graph.Current;
        Node a = graph.Join(new Convolution { Channels = channels, Kernel = 1 }, "a", input).Current;
        Node b = graph.Join(new Convolution { Channels = channels, Kernel = 1 }, "b", input).Current;
        FixtureOps.Add(graph, attributes.Flag("relu") ? "add_relu" : "add", Id, attributes, a, b);
        Network network = graph.Build(seed: 1);
        network.Weights.AsSpan().Clear();
        for (int c = 0; c < channels; c++)
        {
            network.Values(network["a.weight"])[(c * 2 * channels) + c] = 1;
            network.Values(network["b.weight"])[(c * 2 * channels) + channels + c] = 1;
        }

        var both = new float[2 * half * images];
        for (int i = 0; i < images; i++)
        {
            fixture.Floats("input.a").AsSpan(i * half, half).CopyTo(both.AsSpan(2 * i * half));
            fixture.Floats("input.b").AsSpan(i * half, half).CopyTo(both.AsSpan(((2 * i) + 1) * half));
        }

        using var run = new EngineRun(network, images, fixture.Floats("upstream.y"));
        run.Step(both);
        float[] gradient = run.InputGradient();
        fixture.AssertNear("output.y", run.Output);
        fixture.AssertNear("grad.input.a", [.. Enumerable.Range(0, images).SelectMany(i => gradient.AsSpan(2 * i * half, half).ToArray())]);
        fixture.AssertNear("grad.input.b",
            [.. Enumerable.Range(0, images).SelectMany(i => gradient.AsSpan(((2 * i) + 1) * half, half).ToArray())]);
    }

    // A plan for inference leaves dropout out, so it has no gradient there; a training plan that drops nothing is the same function.
    private static void RunDropout(FixtureCase fixture)
    {
        var attributes = new FixtureAttributes(fixture.Name, fixture.Attrs);
        float probability = attributes.Float("p");
        Assert.False(attributes.Flag("training"));
        attributes.AssertAllRead();
        int images = fixture.Shape("input.x")[0];
        Network evaluated = Input(fixture, "input.x").Dropout(probability).Build(seed: 1);
        fixture.AssertNear("output.y", EngineRun.Infer(evaluated, fixture.Floats("input.x"), images));

        using var run = new EngineRun(Input(fixture, "input.x").Dropout(0f).Build(seed: 1), images, fixture.Floats("upstream.y"));
        run.Step(fixture.Floats("input.x"));
        fixture.AssertNear("grad.input.x", run.InputGradient());
    }

    private static GraphBuilder Input(FixtureCase fixture, string tensor) => fixture.Shape(tensor) switch
    {
        [_, int channels] => GraphBuilder.Input(channels, 1, 1),
        [_, int channels, int height, int width] => GraphBuilder.Input(channels, height, width),
        var shape => throw new InvalidDataException($"{fixture.Name}: {tensor} has {shape.Length} dimensions"),
    };
}
