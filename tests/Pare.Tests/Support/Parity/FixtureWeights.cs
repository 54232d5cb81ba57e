using Pare.Graphs;

namespace Pare.Tests.Support.Parity;

/// <summary>Moves a case's parameters and running statistics into a network, and compares them afterwards.</summary>
internal static class FixtureWeights
{
    /// <summary>Loads all <c>param.*</c> and <c>buffer.*</c> of a case.</summary>
    /// <param name="fixture">The case.</param>
    /// <param name="network">Takes the values.</param>
    /// <param name="prefix">What the network's names have before the case's.</param>
    public static void Load(FixtureCase fixture, Network network, string prefix)
    {
        int given = fixture.NamesUnder("param.").Count() + fixture.NamesUnder("buffer.").Count();
        Assert.Equal(given, network.Parameters.Count);
        foreach (Parameter parameter in network.Parameters)
        {
            string tensor = (parameter.Spec.Role == ParameterRole.Statistic ? "buffer." : "param.") + parameter.Name[prefix.Length..];
            Assert.Equal(fixture.Shape(tensor), parameter.Spec.Shape);
            fixture.Floats(tensor).CopyTo(network.Values(parameter));
        }
    }

    /// <summary>Compares the last step's gradients with all <c>grad.param.*</c>.</summary>
    public static void AssertGradients(FixtureCase fixture, EngineRun run, Network network, string prefix)
    {
        string[] names = [.. fixture.NamesUnder("grad.param.")];
        Assert.Equal(network.Parameters.Count(static parameter => parameter.Spec.Role != ParameterRole.Statistic), names.Length);
        foreach (string name in names) fixture.AssertNear("grad.param." + name, run.Gradient(network[prefix + name]));
    }

    /// <summary>
    /// Compares the network's values with all tensors of which the name starts with a stage, such as <c>after.</c>: its parameters where
    /// the stage ends in <c>param.</c>, otherwise its running statistics, of which a network without norms has none.
    /// </summary>
    public static void AssertValues(FixtureCase fixture, string stage, Network network, string prefix)
    {
        string[] names = [.. fixture.NamesUnder(stage)];
        bool statistics = !stage.EndsWith("param.", StringComparison.Ordinal);
        Assert.Equal(network.Parameters.Count(parameter => parameter.Spec.Role == ParameterRole.Statistic == statistics), names.Length);
        foreach (string name in names) fixture.AssertNear(stage + name, network.Values(network[prefix + name]));
    }
}
