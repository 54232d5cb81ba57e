using Pare.Execution;
using Pare.Graphs;
using Pare.Training.Gradients;
using Pare.Training.Optimizers;

namespace Pare.Tests.Support.Parity;

/// <summary>Fixtures of kind <c>sam</c>: steps of SAM or ASAM on one batch, with both gradients of each.</summary>
internal static class SharpnessParity
{
    private const float Smallest = 1e-12f;

    public static void Run(FixtureCase fixture)
    {
        Assert.Equal(Smallest, (float)fixture.Double("eps"));
        Network network = NetworkParity.Build(fixture, "input.x");
        FixtureWeights.Load(fixture, network, string.Empty);
        int images = fixture.Shape("input.x")[0], steps = fixture.Int("steps");
        var batch =
            new ArraySource(fixture.Floats("input.x"),
            CrossEntropyParity.OneHot(fixture.Longs("input.labels"), network.Graph.Output.Shape.Channels));
        Optimizer optimizer = OptimizerParity.Read(fixture);
        string[] noDecay = [.. fixture.Attrs.GetProperty("no_decay").EnumerateArray().Select(static name => name.GetString()!)];
        Parameter[] trained = [.. network.Parameters.Where(static parameter => parameter.Spec.Role != ParameterRole.Statistic)];
        var state = trained.ToDictionary(static parameter => parameter, parameter => new float[parameter.Length * optimizer.StateCount]);

        using var team = new ThreadTeam(2);
        var plan = new TrainingPlan(network, images, team, loss: CrossEntropyParity.Loss((float)fixture.Double("label_smoothing")));
        var passes = new RecordedGradient(plan);
        (IGradientStep gradient, Func<float[], float[], float> norm) = Technique(fixture, network, passes, plan);
        var (norms, values) = (new float[steps], trained.ToDictionary(static parameter => parameter, static _ => new List<float>()));
        for (int step = 0; step < steps; step++)
        {
            float[] before = [.. network.Weights];
            Assert.Equal((float)gradient.Run(batch, images, step).Loss, passes.Passes[2 * step].Loss);
            Assert.Equal(before, network.Weights);
            norms[step] = norm(before, passes.Passes[2 * step].Gradient);
            foreach (Parameter parameter in trained)
            {
                var now =
                    new OptimizerStep(step, (float)fixture.Double("lr"), null, noDecay.Contains(parameter.Name) ? 0
                    : optimizer.WeightDecay);
                optimizer.Update(network.Values(parameter), plan.Gradients.AsSpan(parameter.Offset, parameter.Length), state[parameter],
                    now);
                values[parameter].AddRange(network.Values(parameter));
            }
        }

        fixture.AssertNear("trace.loss", Losses(0));
        fixture.AssertNear("trace.perturbed_loss", Losses(1));
        fixture.AssertNear("trace.grad_norm", norms);
        foreach (Parameter parameter in trained)
        {
            fixture.AssertNear($"trace.first_grad.{parameter.Name}", Gradients(0, parameter));
            fixture.AssertNear($"trace.sam_grad.{parameter.Name}", Gradients(1, parameter));
            fixture.AssertNear($"trace.param.{parameter.Name}", [.. values[parameter]]);
        }

        foreach (string name in fixture.NamesUnder("after.buffer."))
            fixture.AssertNear("after.buffer." + name, network.Values(network[name]));

        float[] Losses(int pass) => [.. Enumerable.Range(0, steps).Select(step => passes.Passes[(2 * step) + pass].Loss)];

        float[] Gradients(int pass, Parameter parameter) =>
            [.. Enumerable.Range(0, steps)
                .SelectMany(step => passes.Passes[(2 * step) + pass].Gradient[parameter.Offset..(parameter.Offset + parameter.Length)])];
    }

    // The technique, and the norm that it divides by, of weights and gradient.
    private static (IGradientStep Step, Func<float[], float[], float> Norm) Technique(FixtureCase fixture, Network network,
        IGradientStep inner, TrainingPlan plan)
    {
        float rho = (float)fixture.Double("rho");
        if (!fixture.Flag("adaptive"))
        {
            var sam = new Sam { Rho = rho };
            return (sam.Around(inner, plan), (weights, gradient) => Sam.Perturb(weights, gradient, rho));
        }

        var asam = new Asam { Rho = rho, Eta = (float)fixture.Double("eta") };
        string[] elementwise = [.. fixture.Attrs.GetProperty("elementwise").EnumerateArray().Select(static name => name.GetString()!)];
        bool weightsOnly = elementwise.Order()
            .SequenceEqual(network.Parameters.Where(static parameter => parameter.Spec.Name == "weight")
            .Select(static parameter => parameter.Name).Order());

        // T = |w| + eta for other parameters, too, is not the technique as a recipe has it, but the same functions.
        return (weightsOnly ? asam.Around(inner, plan)
            : new RuledGradient("asam", new PerturbedGradient(network, 1, (weights, gradient) => Perturb(weights, gradient)), inner, plan,
                RunLength.Unknown), Perturb);

        float Perturb(float[] weights, float[] gradient)
        {
            var scale = new float[weights.Length];
            Array.Fill(scale, 1f);
            foreach (Parameter parameter in elementwise.Select(name => network[name]))
                Asam.Scale(weights.AsSpan(parameter.Offset, parameter.Length), asam.Eta, scale.AsSpan(parameter.Offset, parameter.Length));
            return Asam.Perturb(weights, gradient, scale, rho, new float[weights.Length]);
        }
    }
}
