using System.Globalization;
using System.Security.Cryptography;
using Pare.Data;
using Pare.Export;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Training;

namespace Pare.Runs;

/// <summary>Weights of a trained model that a training begins with: fine-tuning, also to another number of classes.</summary>
public static class InitialWeights
{
    private const string DigestMark = " sha256:";
    private const string Remedy = "Begin with a model of the same network, or with random weights.";

    /// <summary>A model's file and a digest of it, for the record.</summary>
    /// <exception cref="RecipeException">There is no such model.</exception>
    internal static string NameOf(string model)
    {
        string file = FileOf(model);
        try
        {
            using FileStream stream = RegularFile.Open(file);
            return $"{Path.GetFullPath(file)}{DigestMark}{Convert.ToHexStringLower(SHA256.HashData(stream))[..16]}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Missing(model, error);
        }
    }

    /// <summary>The file that a name stands for, as it was when it was named.</summary>
    /// <exception cref="RecipeException">It is no longer there, or another.</exception>
    internal static string FileNamed(string name)
    {
        string file = PathIn(name);
        return NameOf(file) == name ? file
            : throw new RecipeException("The model that the run was begun with has changed since.", file, Remedy)
            { Setting = "initialWeights" };
    }

    /// <summary>Whether two names are those of the same model, wherever it lay.</summary>
    internal static bool AreSame(string? one, string? other) =>
        one == other || (one is not null && other is not null && DigestIn(one) == DigestIn(other));

    /// <summary>Where the file of a name lay.</summary>
    internal static string PathIn(string name) => name[..Math.Max(0, name.LastIndexOf(DigestMark, StringComparison.Ordinal))];

    /// <summary>
    /// Copies a model's weights and running statistics into a network of the same layers. A last layer of another number of outputs keeps
    /// the weights that were drawn for it. Which images the model was trained on is not looked at.
    /// </summary>
    /// <param name="model">The model's safetensors file, or the folder of its run.</param>
    /// <param name="network">Changed in place; an error leaves it as it was.</param>
    /// <param name="note">Told what was taken over.</param>
    /// <exception cref="RecipeException">There is no such model, or it is of another network; the error names the layer.</exception>
    /// <exception cref="DataException">The model is damaged.</exception>
    public static void Load(string model, Network network, Action<string>? note = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(network);
        string file = FileOf(model);
        SafetensorsFile content = Safetensors.Read(file);
        string head = Head(network.Graph);
        var taken = new List<(Parameter Parameter, float[] Values)>();
        SafetensorsTensor? other = null;
        foreach (Parameter parameter in network.Parameters)
        {
            if (!content.Tensors.TryGetValue(parameter.Name, out SafetensorsTensor? tensor))
            {
                // The first batch will give it.
                if (parameter.Spec.Initialization == Initialization.FirstBatch) continue;
                throw Misfit($"The network has '{parameter.Name}', {Text(parameter.Spec.Shape)}, and the model does not.", file);
            }

            if (tensor.Type == SafetensorsType.Float32 && tensor.Shape.SequenceEqual(parameter.Spec.Shape))
            {
                if (Array.Exists(tensor.Floats, static value => !float.IsFinite(value)))
                    throw new DataException($"Tensor '{tensor.Name}' holds numbers that are not finite.", file, Remedy);
                taken.Add((parameter, tensor.Floats));
            }
            else if (parameter.Name.StartsWith(head + ".", StringComparison.Ordinal) && DiffersInOutputs(tensor, parameter))
            {
                other ??= tensor;
            }
            else
            {
                throw Misfit($"'{parameter.Name}' is {Text(tensor.Shape)} in the model and {Text(parameter.Spec.Shape)} in the network.",
                    file);
            }
        }

        HashSet<string> known = [.. network.Parameters.Select(static parameter => parameter.Name)];
        if (content.Tensors.Keys.FirstOrDefault(name => !known.Contains(name) && !name.StartsWith("input.", StringComparison.Ordinal))
            is { } more)
            throw Misfit($"The model has '{more}', {Text(content.Tensors[more].Shape)}, and the network does not.", file);

        // Of the last layer all or nothing: a bias that fits beside weights that do not is no use.
        foreach ((Parameter parameter, float[] values) in taken)
        {
            if (other is null || !parameter.Name.StartsWith(head + ".", StringComparison.Ordinal)) values.CopyTo(network.Values(parameter));
        }

        if (RunFolder.Doubt(file) is { } lack) note?.Invoke($"the run of {file} {lack}");
        note?.Invoke(other is null ? $"begins with the weights of {file}"
            : string.Create(CultureInfo.InvariantCulture,
            $"begins with the weights of {file}; the last layer, '{head}', is new: the model tells {other.Shape[0]} classes apart, and " +
            $"this network {network.Graph.Output.Shape.Channels}"));
    }

    /// <summary>
    /// Copies a model's weights as <see cref="Load(string, Network, Action{string}?)"/> does, unless the model may have been trained on
    /// images that the training to come is tested on or chosen by: by what the run beside its file recorded, the runs that it was itself
    /// made from included.
    /// </summary>
    /// <param name="model">The model's safetensors file, or the folder of its run.</param>
    /// <param name="network">Changed in place; an error leaves it as it was.</param>
    /// <param name="data">The images that the network will be trained on.</param>
    /// <param name="options">How it will be trained: they divide the images, and name a teacher, which is checked alike.</param>
    /// <param name="note">Told what was taken over.</param>
    /// <exception cref="RecipeException">
    /// The model was trained on such images, or nothing says whether it was and the images are drawn; there is no such model, or it is of
    /// another network.
    /// </exception>
    /// <exception cref="DataException">The model is damaged.</exception>
    public static void Load(string model, Network network, Dataset data, TrainingOptions options, Action<string>? note = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        HeldOutCheck.Check(options, data, model);
        Load(model, network, note);
    }

    private static string DigestIn(string name) => name[PathIn(name).Length..];

    private static string FileOf(string model)
    {
        string file = BuildFolder.ModelFileOf(model);
        return File.Exists(file) ? file : throw Missing(model);
    }

    // The last layer with weights: behind it nothing but what has none.
    private static string Head(Graph graph) => graph.Nodes.Last(static node => node.Parameters.Count > 0).Name;

    private static bool DiffersInOutputs(SafetensorsTensor tensor, Parameter parameter) =>
        tensor.Type == SafetensorsType.Float32 && tensor.Shape.Count == parameter.Spec.Shape.Length && tensor.Shape.Count > 0
            && tensor.Shape.Skip(1).SequenceEqual(parameter.Spec.Shape.Skip(1));

    private static string Text(IReadOnlyList<int> shape) => $"[{string.Join(", ", shape)}]";

    private static RecipeException Misfit(string what, string file) =>
        new($"The model's weights do not fit the network. {what}", file, Remedy) { Setting = "initialWeights" };

    private static RecipeException Missing(string model, Exception? inner = null) =>
        new("There is no model here.", model, RunsBelow.Suggest(model) ?? "Name a model's file, or the folder of a finished run.", inner)
        { Setting = "initialWeights" };
}
