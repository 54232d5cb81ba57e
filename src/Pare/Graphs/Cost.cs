namespace Pare.Graphs;

/// <summary>What a network costs: parameters, multiply-accumulates, memory, receptive field.</summary>
public sealed class Cost
{
    private Cost(IReadOnlyList<NodeCost> nodes, long statistics, long peakActivationBytes)
    {
        Nodes = nodes;
        Statistics = statistics;
        PeakActivationBytes = peakActivationBytes;
        Parameters = nodes.Sum(static node => node.Parameters);
        Macs = nodes.Sum(static node => node.Macs);
        ReceptiveField = nodes[^1].ReceptiveField;
    }

    /// <summary>Node by node, in the graph's order.</summary>
    public IReadOnlyList<NodeCost> Nodes { get; }

    /// <summary>Trained parameters.</summary>
    public long Parameters { get; }

    /// <summary>Running statistics: kept with the weights, not trained.</summary>
    public long Statistics { get; }

    /// <summary>Multiply-accumulates of one image's forward pass.</summary>
    public long Macs { get; }

    /// <summary>Bytes of the trained parameters in single precision.</summary>
    public long WeightBytes => 4 * Parameters;

    /// <summary>
    /// The most bytes of feature maps alive at once in a forward pass of one image, each map living from the node that makes it
    /// to the last that reads it; batch norm and activation work in place.
    /// </summary>
    public long PeakActivationBytes { get; }

    /// <summary>Side of the square of input pixels that one pixel of the last map can see.</summary>
    public int ReceptiveField { get; }

    /// <summary>Adds up a graph.</summary>
    public static Cost Of(Graph graph)
    {
        Dictionary<Node, int> fields = ReceptiveFields(graph);
        return new Cost([.. graph.Nodes.Select(node => new NodeCost(node, Trained(node), node.Macs, fields[node]))], graph.Nodes.Sum(Kept),
            PeakBytes(graph));
    }

    /// <summary>Refuses a graph whose cost cannot be counted, or whose parameters are more than can be saved.</summary>
    /// <exception cref="RecipeException">The graph is too large; the error says by what.</exception>
    internal static void Check(Graph graph)
    {
        ReceptiveFields(graph);
        Fits(Trained, Limits.ParameterValues, "parameters");
        Fits(Kept, Limits.ParameterValues, "running statistics");
        Fits(static node => node.Macs, long.MaxValue, "multiply-accumulates");

        void Fits(Func<Node, long> count, long most, string what)
        {
            Int128 sum = graph.Nodes.Aggregate(Int128.Zero, (sum, node) => sum + count(node));
            if (sum > most)
                throw new RecipeException(
                    Invariant($"The network has {sum:N0} {what}, more than the {most:N0} that one may have."), "model",
                    "Use fewer channels or layers, or smaller images.");
        }
    }

    private static long Trained(Node node) =>
        node.Parameters.Where(static spec => spec.Role != ParameterRole.Statistic).Sum(static spec => spec.Length);

    private static long Kept(Node node) =>
        node.Parameters.Where(static spec => spec.Role == ParameterRole.Statistic).Sum(static spec => spec.Length);

    private static Dictionary<Node, int> ReceptiveFields(Graph graph)
    {
        // How many input pixels one pixel of a map sees along a side, and how many lie between two neighbours of it.
        var fields = new Dictionary<Node, (int Field, int Jump)>();
        foreach (Node node in graph.Nodes)
        {
            (long Field, long Jump) field = (1, 1);
            foreach (Node input in node.Inputs)
                field = (Math.Max(field.Field, fields[input].Field), Math.Max(field.Jump, fields[input].Jump));
            (int kernel, int stride) = node.Layer.Window;
            if (node.Layer.SeesWholeMap) kernel = Math.Max(node.Inputs[0].Shape.Height, node.Inputs[0].Shape.Width);
            field = (field.Field + ((kernel - 1) * field.Jump), field.Jump * stride);
            if (field.Field > int.MaxValue || field.Jump > int.MaxValue)
                throw new RecipeException("The steps and windows of the layers up to this one reach over more than 31 bits of pixels.",
                    $"layer '{node.Name}'", "Use smaller strides or kernels.");
            fields[node] = ((int)field.Field, (int)field.Jump);
        }

        return fields.ToDictionary(static field => field.Key, static field => field.Value.Field);
    }

    private static long PeakBytes(Graph graph)
    {
        // In-place nodes share the map of their input, when they are its only reader.
        Dictionary<Node, int> readers = graph.CountReaders();
        var owner = new Dictionary<Node, Node>();
        var lastUse = new Dictionary<Node, int>();
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            Node node = graph.Nodes[i];
            bool inPlace = node.Layer.InPlace && readers[node.Inputs[0]] == 1;
            owner[node] = inPlace ? owner[node.Inputs[0]] : node;
            lastUse[owner[node]] = i;
            foreach (Node input in node.Inputs) lastUse[owner[input]] = i;
        }

        long peak = 0;
        var alive = new HashSet<Node>();
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            alive.Add(owner[graph.Nodes[i]]);
            peak = Math.Max(peak, alive.Sum(static node => 4L * node.Shape.Count));
            int step = i;
            alive.RemoveWhere(node => lastUse[node] <= step);
        }

        return peak;
    }
}
