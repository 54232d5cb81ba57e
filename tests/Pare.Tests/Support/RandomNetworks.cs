using Pare.Graphs;

namespace Pare.Tests.Support;

/// <summary>Networks as a training may leave them: norms that move and scale, with statistics of their own.</summary>
internal static class RandomNetworks
{
    /// <summary>The same graph gives the same network.</summary>
    public static Network Of(Graph graph)
    {
        var network = new Network(graph, seed: 2);
        var random = new SeededRandom(5);
        foreach (Parameter parameter in network.Parameters)
        {
            if (parameter.Spec.Role == ParameterRole.NormOrBias)
                foreach (ref float value in network.Values(parameter)) value += 0.3f * random.NextNormal();
            if (parameter.Name.EndsWith(".running_var", StringComparison.Ordinal))
                foreach (ref float value in network.Values(parameter)) value = 0.5f + random.NextSingle();
            if (parameter.Name.EndsWith(".running_mean", StringComparison.Ordinal))
                foreach (ref float value in network.Values(parameter)) value = random.NextNormal();
        }

        return network;
    }
}
