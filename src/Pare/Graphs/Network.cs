namespace Pare.Graphs;

/// <summary>
/// A graph with values for its parameters. All trained values lie in one array, the decaying weights first, so that an
/// optimizer, an average or a norm over all of them is one loop.
/// </summary>
public sealed class Network
{
    private const int InitializationStream = 1;
    private readonly Dictionary<string, Parameter> _parameters;

    /// <summary>Gives a graph freshly initialized weights.</summary>
    /// <param name="graph">The structure.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <exception cref="RecipeException">There are more weights than the free memory holds.</exception>
    public Network(Graph graph, int seed)
        : this(graph ?? throw new ArgumentNullException(nameof(graph)))
    {
        Allocate();
        for (int i = 0; i < Parameters.Count; i++) Initialize(Parameters[i], seed, i);
    }

    private Network(Graph graph)
    {
        Graph = graph;
        (Weights, Statistics) = ([], []);
        var parameters = new List<Parameter>();
        DecayingCount = Place(ParameterRole.Weight, 0);
        WeightCount = Place(ParameterRole.NormOrBias, DecayingCount);
        StatisticCount = Place(ParameterRole.Statistic, 0);
        Parameters = parameters;
        _parameters = parameters.ToDictionary(static parameter => parameter.Name);

        int Place(ParameterRole role, int offset)
        {
            foreach (Node node in graph.Nodes)
            {
                foreach (ParameterSpec spec in node.Parameters.Where(spec => spec.Role == role))
                {
                    parameters.Add(new Parameter($"{node.Name}.{spec.Name}", spec, offset));
                    offset = checked(offset + (int)spec.Length);
                }
            }

            return offset;
        }
    }

    /// <summary>The structure.</summary>
    public Graph Graph { get; }

    /// <summary>All trained values.</summary>
    public float[] Weights { get; private set; }

    /// <summary>
    /// How many of <see cref="Weights"/>, from the start, are weights of convolutions and linear layers; norms and biases follow.
    /// </summary>
    public int DecayingCount { get; }

    /// <summary>Values in <see cref="Weights"/>.</summary>
    internal int WeightCount { get; }

    /// <summary>Values in <see cref="Statistics"/>.</summary>
    internal int StatisticCount { get; }

    /// <summary>Bytes of all values.</summary>
    internal long ValueBytes => sizeof(float) * ((long)WeightCount + StatisticCount);

    /// <summary>The parameter with the most values, for a message.</summary>
    internal string LargestParameter => Parameters.MaxBy(static parameter => parameter.Length) is { } largest
        ? Invariant($"'{largest.Name}', {largest.Length:N0} values")
        : "the network";

    /// <summary>Running means and variances of the norms, and running ranges of maps.</summary>
    public float[] Statistics { get; private set; }

    /// <summary>Held by the one thread whose training may change the values.</summary>
    internal Lock Training { get; } = new();

    /// <summary>Names, shapes and places of all values.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>A network whose values all are 0, for those whom only its structure concerns and who want values all the same.</summary>
    /// <exception cref="RecipeException">There are more weights than the free memory holds.</exception>
    internal static Network OfZeros(Graph graph)
    {
        var network = new Network(graph);
        network.Allocate();
        return network;
    }

    /// <summary>Names, shapes and places without values, to count what a plan needs before anything is allocated.</summary>
    internal static Network Layout(Graph graph) => new(graph);

    /// <summary>The parameter of that name, such as <c>conv1.weight</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Parameter this[string name] => _parameters[name];

    /// <summary>The values of a parameter; writing to them changes the network.</summary>
    public Span<float> Values(Parameter parameter) =>
        (parameter.Spec.Role == ParameterRole.Statistic ? Statistics : Weights).AsSpan(parameter.Offset, parameter.Length);

    /// <summary>A network of the same graph with the same values of its own.</summary>
    public Network Copy()
    {
        var copy = new Network(Graph, seed: 0);
        Weights.CopyTo(copy.Weights, 0);
        Statistics.CopyTo(copy.Statistics, 0);
        return copy;
    }

    /// <summary>The same values under a graph with the same parameters: what is written to one is written to both.</summary>
    internal Network Under(Graph graph) => new(graph) { Weights = Weights, Statistics = Statistics };

    private void Allocate()
    {
        AvailableMemory.Require(ValueBytes, "The network's weights", () => LargestParameter, "Make this layer smaller.");
        (Weights, Statistics) = (new float[WeightCount], new float[StatisticCount]);
    }

    private void Initialize(Parameter parameter, int seed, int index)
    {
        Span<float> values = Values(parameter);
        var random = new SeededRandom(seed, InitializationStream, index);
        switch (parameter.Spec.Initialization)
        {
            case Initialization.Zero:
            case Initialization.FirstBatch:
                values.Clear();
                break;
            case Initialization.One:
                values.Fill(1f);
                break;
            case Initialization.HeNormal:
                float deviation = MathF.Sqrt(2f / parameter.Spec.FanIn);
                foreach (ref float value in values) value = deviation * random.NextNormal();
                break;
            case Initialization.FanInUniform:
                float bound = 1f / MathF.Sqrt(parameter.Spec.FanIn);
                foreach (ref float value in values) value = bound * ((2f * random.NextSingle()) - 1f);
                break;
            default:
                throw new InvalidOperationException($"Unknown initialization {parameter.Spec.Initialization}.");
        }
    }
}
