using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>
/// The arithmetic of a program: how one row of a map is computed, and from which constants. Where the rows lie and in which order they are
/// made is <see cref="Skeleton"/>'s.
/// </summary>
internal abstract class BackEnd
{
    /// <summary>The type of the values of a map.</summary>
    public abstract string ElementOf(InferenceNode node);

    /// <summary>Bytes of the arena for a value of a map: 1, 2 or 4, the type's or more where more is needed while it is computed.</summary>
    public abstract int BytesOf(InferenceNode node);

    /// <summary>
    /// Whether a row of a node can be computed where the row of an input lies that it overwrites (<see cref="Overlay"/>): always where it
    /// goes value by value.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="input">The place of the input in <see cref="InferenceNode.Inputs"/>.</param>
    public virtual bool MayOverlay(InferenceNode node, int input) => node.Operation is LoweredAdd or LoweredMultiply or LoweredActivation;

    /// <summary>The constants of a node; another node that uses the same refers to the same objects.</summary>
    public abstract IReadOnlyList<CArray> Constants(InferenceNode node);

    /// <summary>
    /// Statements that make the row <c>i</c> at <c>y</c>. A node with a window, which a blur has too, finds its rows in <c>x[u]</c>, those
    /// from <c>u0</c> up to but not including <c>u1</c> inside the map, the others pointing to one that is; any other node finds the same
    /// row of its inputs at <c>a0</c>, <c>a1</c> and so on. The input finds bytes at <c>a0</c>.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="inPlace">
    /// Whether <c>y</c> overwrites a row that it reads: columns must be made from left to right, each once, and pixels whose channels are
    /// summed over from a copy.
    /// </param>
    public abstract IEnumerable<string> Row(InferenceNode node, bool inPlace);

    /// <summary>For a node that gathers: statements that come after the last row.</summary>
    public abstract IEnumerable<string> AfterLastRow(InferenceNode node);

    /// <summary>Functions and constants that come before all others; written when all rows are.</summary>
    public abstract void WriteHelpers(CWriter writer);

    /// <summary>The score of class <c>k</c>, a float, from the output's values at <c>last</c>.</summary>
    public abstract string Score();

    /// <summary>The type in which the self test sums up a layer's values.</summary>
    public abstract string NoteType { get; }

    /// <summary>What a layer's sum must be, as many numbers for each layer.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="test">The image.</param>
    /// <param name="rows">How many rows of its map are made.</param>
    public abstract IReadOnlyList<string> Expected(InferenceNode node, TestVector test, int rows);

    /// <summary>Statements that return <c>k + 1</c> if <c>found[k]</c> is not what the numbers at <c>expected</c> say.</summary>
    public abstract IEnumerable<string> Compare();

    /// <summary>Statements that turn <c>scores</c> into probabilities in place; they call <c>exponential</c>.</summary>
    public static void WriteProbabilities(CWriter writer, int classes)
    {
        writer.Line("float largest = scores[0], sum = 0.0f;");
        writer.Line("int k;");
        writer.Line($"for (k = 1; k < {classes}; k++) largest = scores[k] > largest ? scores[k] : largest;");
        writer.Open($"for (k = 0; k < {classes}; k++)");
        writer.Line("scores[k] = exponential(scores[k] - largest);");
        writer.Line("sum += scores[k];");
        writer.Close();
        writer.Line($"for (k = 0; k < {classes}; k++) scores[k] /= sum;");
    }

    /// <summary>What a value of a map counts in the self test's sum: no two neighbours count the same.</summary>
    protected static int NoteWeight(int row, int place) => 1 + ((row + place) & 7);

    /// <summary>The function that makes a row of a node with a window.</summary>
    /// <param name="kernels">The functions of the file.</param>
    /// <param name="node">The node.</param>
    /// <param name="write">Writes what it does.</param>
    /// <param name="inPlace">Whether it overwrites a row that it reads.</param>
    /// <param name="from">The type of the values that it reads.</param>
    /// <param name="to">The type of those that it makes.</param>
    /// <param name="constants">Its further parameters, each after a comma.</param>
    protected static string Kernel(CFunctions kernels, InferenceNode node, Action<CWriter> write, bool inPlace, string from, string to,
        string constants) =>
        kernels.Add(node.Operation is LoweredConvolution { IsDepthwise: true } ? "depthwise" : node.Operation.Kind,
            $"A row of {Describe(node)}{(inPlace ? ", in place" : "")}.",
            $"({to} *{(inPlace ? "" : "RESTRICT ")}y, const {from} *const *x, int u0, int u1{constants})",
            body =>
            {
                write(body);
                body.Line("(void)u0;");
                body.Line("(void)u1;");
            });

    /// <summary>Statements that put the channels of the inputs side by side.</summary>
    /// <param name="node">The node.</param>
    /// <param name="value">Of the place of an input, and of its value there, what is stored.</param>
    protected static IEnumerable<string> Concat(InferenceNode node, Func<int, string, string> value)
    {
        int to = node.Shape.Channels, at = 0;
        yield return $"for (k = 0; k < {node.Shape.Width}; k++) {{";
        yield return "    int c;";
        for (int input = 0; input < node.Inputs.Count; input++)
        {
            int from = node.Inputs[input].Shape.Channels;
            yield return $"    for (c = 0; c < {from}; c++) y[k * {to} + {at} + c] = {value(input, $"a{input}[k * {from} + c]")};";
            at += from;
        }

        yield return "}";
    }

    /// <summary>Statements that put a row of a map where its values lie in a flattened one, channel by channel.</summary>
    protected static IEnumerable<string> Flatten(Shape map) =>
    [
        $"for (k = 0; k < {map.Width * map.Channels}; k++)",
        $"    y[k % {map.Channels} * {map.Pixels} + i * {map.Width} + k / {map.Channels}] = a0[k];",
    ];

    /// <summary>A node in a comment.</summary>
    protected static string Describe(InferenceNode node)
    {
        SlidingWindow? window = RowUse.WindowOf(node);
        string kind = node.Operation.Kind.Replace('_', ' ');
        return $"{kind}{(window is null ? "" : $" {window.Height}x{window.Width}")}, {node.Inputs[0].Shape} to {node.Shape}";
    }
}
