using Pare.Graphs.Layers;

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
        var fields = new Dictionary<Node, (int Field, int Jump)>();
        var nodes = new List<NodeCost>();
        foreach (Node node in graph.Nodes)
        {
            (int Field, int Jump) field = (1, 1);
            foreach (Node input in node.Inputs)
            {
                if (fields[input].Field > field.Field) field = fields[input];
                field.Jump = Math.Max(field.Jump, fields[input].Jump);
            }

            (int kernel, int stride) = node.Layer.Window;
            if (node.Layer is GlobalAveragePool or Flatten) kernel = Math.Max(node.Inputs[0].Shape.Height, node.Inputs[0].Shape.Width);
            field = (field.Field + ((kernel - 1) * field.Jump), field.Jump * stride);
            fields[node] = field;
            long trained = node.Parameters.Where(static spec => spec.Role != ParameterRole.Statistic).Sum(static spec => (long)spec.Length);
            nodes.Add(new NodeCost(node, trained, node.Macs, field.Field));
        }

        long statistics = graph.Nodes.SelectMany(static node => node.Parameters).Where(static spec => spec.Role == ParameterRole.Statistic).Sum(static spec => (long)spec.Length);
        return new Cost(nodes, statistics, PeakBytes(graph));
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
            bool inPlace = node.Layer is BatchNorm or Activation or Dropout or StochasticDepth && readers[node.Inputs[0]] == 1;
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
