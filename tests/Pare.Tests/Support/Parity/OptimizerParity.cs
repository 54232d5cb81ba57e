using Pare.Training.Optimizers;

namespace Pare.Tests.Support.Parity;

/// <summary>Fixtures of kind <c>optimizer</c>: gradients given step by step, weights expected after each.</summary>
internal static class OptimizerParity
{
    public static void Run(FixtureCase fixture)
    {
        Optimizer optimizer = Read(fixture);
        optimizer.Validate();
        float[] rates = [.. fixture.Attrs.GetProperty("lr_per_step").EnumerateArray().Select(static rate => rate.GetSingle())];
        string[] noDecay = [.. fixture.Attrs.GetProperty("no_decay").EnumerateArray().Select(static name => name.GetString()!)];
        string[] names = [.. fixture.NamesUnder("param.")];
        Assert.NotEmpty(names);
        foreach (string name in names)
        {
            float[] weights = [.. fixture.Floats("param." + name)];
            float[] gradients = fixture.Floats("step_grad." + name);
            var state = new float[optimizer.StateCount * weights.Length];
            var trace = new List<float>();
            for (int i = 0; i < rates.Length; i++)
            {
                var step = new OptimizerStep(i, rates[i], null, noDecay.Contains(name) ? 0 : optimizer.WeightDecay);
                optimizer.Update(weights, gradients.AsSpan(i * weights.Length, weights.Length), state, step);
                trace.AddRange(weights);
            }

            fixture.AssertNear("trace." + name, [.. trace]);
        }
    }

    /// <summary>The optimizer of a case; an attribute that is absent is off.</summary>
    public static Optimizer Read(FixtureCase fixture)
    {
        float decay = (float)fixture.Double("weight_decay", 0);
        switch (fixture.Text("optimizer"))
        {
            case "sgd":
                return new Sgd
                {
                    Momentum = (float)fixture.Double("momentum", 0),
                    Dampening = (float)fixture.Double("dampening", 0),
                    Nesterov = fixture.Flag("nesterov"),
                    WeightDecay = decay,
                };
            case "adam":
                return Adaptive(new Adam(), fixture) with { WeightDecay = decay };
            case "adamw":
                return Adaptive(new AdamW(), fixture) with { WeightDecay = decay };
            case var other:
                Assert.Fail($"{fixture.Name}: unknown optimizer '{other}'");
                return null;
        }
    }

    private static Adam Adaptive(Adam adam, FixtureCase fixture) => adam with
    {
        Beta1 = fixture.Attrs.GetProperty("betas")[0].GetSingle(),
        Beta2 = fixture.Attrs.GetProperty("betas")[1].GetSingle(),
        Epsilon = (float)fixture.Double("eps"),
    };
}
