namespace Pare.Graphs.Lowering;

/// <summary>Builds an <see cref="InferenceGraph"/> node by node; whatever it is fed, what it builds is sound.</summary>
internal sealed class InferenceGraphBuilder
{
    // 1 GB of floats; a damaged file may claim any shape.
    private const long MostValues = 1 << 28;

    private readonly List<InferenceNode> _nodes = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Starts with the shape of one image.</summary>
    /// <exception cref="ArgumentException">The shape is none.</exception>
    public InferenceGraphBuilder(Shape input) => Add("input", new LoweredInput(input));

    /// <summary>The node that an image enters.</summary>
    public InferenceNode Input => _nodes[0];

    /// <summary>Adds a node.</summary>
    /// <param name="name">Unique in the graph.</param>
    /// <param name="operation">What it computes.</param>
    /// <param name="inputs">Nodes of this builder.</param>
    /// <exception cref="ArgumentException">
    /// The name is taken, or the operation's settings and the shapes that it meets do not fit.
    /// </exception>
    public InferenceNode Add(string name, InferenceOperation operation, params IReadOnlyList<InferenceNode> inputs)
    {
        if (string.IsNullOrEmpty(name) || !_names.Add(name))
            throw new ArgumentException($"Two nodes are named '{name}', or one has no name.");
        if (operation is LoweredInput && _nodes.Count > 0) throw new ArgumentException($"'{name}' is a second input; there is one.");
        if (inputs.Any(input => input.Index >= _nodes.Count || _nodes[input.Index] != input))
            throw new ArgumentException($"An input of '{name}' is of another graph.");
        Shape[] shapes = [.. inputs.Select(static input => input.Shape)];
        Shape shape;
        try
        {
            // Concatenating adds them up, and no sum may overflow.
            if (shapes.Sum(static input => (long)input.Count) > 2 * MostValues)
                throw new ArgumentException($"its inputs have more than {2 * MostValues} values.");
            shape = operation.OutputShape(shapes);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException(
                $"The {operation.Kind} '{name}'{(shapes.Length > 0 ? $", which meets {string.Join(" and ", shapes)}" : "")}: " +
                $"{error.Message}", error);
        }

        if (Math.BigMul(shape.Channels, shape.Height) > MostValues / shape.Width)
            throw new ArgumentException($"The map of '{name}' would be {shape}, more than {MostValues} values.");
        var node = new InferenceNode(_nodes.Count, name, operation, [.. inputs], shape);
        _nodes.Add(node);
        return node;
    }

    /// <summary>The graph that ends in a node; nodes that it does not need are left out.</summary>
    /// <param name="output">The node whose channels are the logits.</param>
    /// <param name="preprocessing">How a picture becomes the input's values.</param>
    /// <param name="classes">The names of the classes; null for their numbers.</param>
    /// <exception cref="ArgumentException">
    /// The output is not one pixel, its channels are not the classes, the name of a class is missing, not valid Unicode, or there twice, or
    /// the preprocessing is for another input.
    /// </exception>
    public InferenceGraph Build(InferenceNode output, Preprocessing preprocessing, IReadOnlyList<string>? classes = null)
    {
        if (output.Index >= _nodes.Count || _nodes[output.Index] != output)
            throw new ArgumentException($"'{output.Name}' is of another graph.");
        if (output.Shape.Pixels != 1)
            throw new ArgumentException($"The network ends in a map of {output.Shape}; a classifier ends in one pixel.");
        bool named = classes is not null;
        classes ??= [.. Enumerable.Range(0, output.Shape.Channels)
            .Select(static index => index.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        if (classes.Count != output.Shape.Channels)
            throw new ArgumentException($"There are {classes.Count} class names for {output.Shape.Channels} outputs.");
        ClassNames.Check(classes, nameof(classes));
        preprocessing.Check(Input.Shape.Channels);
        preprocessing = preprocessing with { Mean = [.. preprocessing.Mean], StandardDeviation = [.. preprocessing.StandardDeviation] };

        var needed = new bool[_nodes.Count];
        needed[0] = needed[output.Index] = true;
        for (int i = output.Index; i > 0; i--)
        {
            if (!needed[i]) continue;
            foreach (InferenceNode input in _nodes[i].Inputs) needed[input.Index] = true;
        }

        var kept = new Dictionary<InferenceNode, InferenceNode>();
        foreach (InferenceNode node in _nodes.Where(node => needed[node.Index]))
            kept[node] =
                new InferenceNode(kept.Count, node.Name, node.Operation, [.. node.Inputs.Select(input => kept[input])], node.Shape)
                {
                    Range = node.Range,
                    SumRange = node.SumRange,
                };
        if (output == Input) throw new ArgumentException("The network has no operation.");
        CheckWeights(kept.Values);
        return new InferenceGraph([.. kept.Values], preprocessing, [.. classes]) { NamesClasses = named };
    }

    private static void CheckWeights(IEnumerable<InferenceNode> nodes)
    {
        var names = new Dictionary<string, WeightArray>(StringComparer.Ordinal);
        foreach (WeightArray weights in nodes.Select(static node => node.Operation).OfType<LoweredConvolution>()
            .Select(static convolution => convolution.Weights))
        {
            if (names.TryAdd(weights.Name, weights) || names[weights.Name] == weights) continue;
            throw new ArgumentException($"Two weight arrays are named '{weights.Name}'.");
        }
    }
}
