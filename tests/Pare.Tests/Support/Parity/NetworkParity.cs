using System.Text.Json;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Training.Optimizers;

namespace Pare.Tests.Support.Parity;

/// <summary>Fixtures of kind <c>network</c>: three steps of training on one batch, then the same batch in evaluation mode.</summary>
internal static class NetworkParity
{
    public static void Run(FixtureCase fixture)
    {
        Network network = Build(fixture, "input.x");
        FixtureWeights.Load(fixture, network, string.Empty);
        float[] input = fixture.Floats("input.x"), losses = new float[fixture.Int("steps")];
        int images = fixture.Shape("input.x")[0], classes = network.Graph.Output.Shape.Channels;
        float[] targets = CrossEntropyParity.OneHot(fixture.Longs("input.labels"), classes);

        Optimizer optimizer = OptimizerParity.Read(fixture);
        var state =
            network.Parameters.ToDictionary(static parameter => parameter, parameter => new float[parameter.Length * optimizer.StateCount]);
        string[] noDecay = [.. fixture.Attrs.GetProperty("no_decay").EnumerateArray().Select(static name => name.GetString()!)];
        using var run = new EngineRun(network, images, threads: 2, loss: CrossEntropyParity.Loss((float)fixture.Double("label_smoothing")));
        for (int step = 0; step < losses.Length; step++)
        {
            losses[step] = (float)run.Step(input, targets);
            if (step == 0)
            {
                fixture.AssertNear("output.logits", Logits(run, images));
                FixtureWeights.AssertGradients(fixture, run, network, string.Empty);
                FixtureWeights.AssertValues(fixture, "after1.buffer.", network, string.Empty);
            }

            foreach (Parameter parameter in network.Parameters.Where(static parameter => parameter.Spec.Role != ParameterRole.Statistic))
            {
                float decay = noDecay.Contains(parameter.Name) ? 0 : optimizer.WeightDecay;
                optimizer.Update(network.Values(parameter), run.Gradient(parameter), state[parameter],
                    new OptimizerStep(step, (float)fixture.Double("lr"), null, decay));
            }
        }

        fixture.AssertNear("trace.loss", losses);
        FixtureWeights.AssertValues(fixture, "after3.param.", network, string.Empty);
        FixtureWeights.AssertValues(fixture, "after3.buffer.", network, string.Empty);
        fixture.AssertNear("after3.eval_logits", EngineRun.Infer(network, input, images, threads: 2));
    }

    /// <summary>The operations of a case's graph; none where it has no graph.</summary>
    public static IEnumerable<string> Ops(FixtureCase fixture) =>
        fixture.HasAttr("graph")
            ? fixture.Attrs.GetProperty("graph").EnumerateArray().Select(static node => node.GetProperty("op").GetString()!) : [];

    /// <summary>A case's graph.</summary>
    /// <param name="fixture">The case.</param>
    /// <param name="input">The tensor that is fed in: images, or vectors, which are images of one pixel.</param>
    public static Network Build(FixtureCase fixture, string input)
    {
        int[] shape = fixture.Shape(input);
        GraphBuilder graph = GraphBuilder.Input(shape[1], shape.Length == 4 ? shape[2] : 1, shape.Length == 4 ? shape[3] : 1);
        var nodes = new Dictionary<string, Node> { ["x"] = graph.Current };
        foreach (JsonElement node in fixture.Attrs.GetProperty("graph").EnumerateArray())
        {
            string id = node.GetProperty("id").GetString()!, op = node.GetProperty("op").GetString()!;
            Node[] inputs = [.. node.GetProperty("inputs").EnumerateArray().Select(input => nodes[input.GetString()!])];
            nodes[id] = FixtureOps.Add(graph, op, id, new FixtureAttributes($"{fixture.Name}: {id}", node, "id", "op", "inputs"), inputs);
        }

        return graph.Build(seed: 1);
    }

    private static float[] Logits(EngineRun run, int images)
    {
        var logits = new float[images * run.Plan.Output.Shape.Count];
        for (int first = 0; first < images; first += Simd.Lanes)
            Lanes.Unpack(run.Plan.Logits(first / Simd.Lanes), first, Math.Min(Simd.Lanes, images - first), logits);
        return logits;
    }
}
