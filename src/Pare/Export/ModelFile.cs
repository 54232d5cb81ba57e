using System.Globalization;
using System.Text;
using System.Text.Json;
using Pare.Data;
using Pare.Graphs;

namespace Pare.Export;

/// <summary>
/// A trained network's values as a safetensors file: one tensor a parameter, such as <c>conv1.weight</c>, the running statistics,
/// and what the images are to be shifted and scaled by; the names of the classes stand in its metadata.
/// </summary>
public static class ModelFile
{
    private const string MeanName = "input.mean";
    private const string DeviationName = "input.standard_deviation";
    private const string ClassesKey = "classes";

    /// <summary>Writes the values whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="network">The network.</param>
    /// <param name="normalization">What its images were shifted and scaled by in training.</param>
    /// <param name="classes">The names of the classes in the order of the outputs, so that images can be matched by name; null for none.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Save(string path, Network network, Normalization normalization, IReadOnlyList<string>? classes = null) => Safetensors.Write(
        path,
        [
            .. network.Parameters.Select(parameter => new SafetensorsTensor(parameter.Name, parameter.Spec.Shape, network.Values(parameter).ToArray())),
            new SafetensorsTensor(MeanName, [normalization.Mean.Length], normalization.Mean),
            new SafetensorsTensor(DeviationName, [normalization.StandardDeviation.Length], normalization.StandardDeviation),
        ],
        classes is null ? null : new Dictionary<string, string> { [ClassesKey] = WriteClasses(classes) });

    /// <summary>Reads the values into a network of the same structure.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">Where the values go; it is not changed when the file does not fit.</param>
    /// <returns>What the images must be shifted and scaled by.</returns>
    /// <exception cref="DataException">The file is damaged, belongs to another network, or holds numbers that no trained network has.</exception>
    public static Normalization Load(string path, Network network) => Load(path, network, out _);

    /// <summary>Reads the values and the names of the classes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">Where the values go; it is not changed when the file does not fit.</param>
    /// <param name="classes">The names of the classes in the order of the outputs; null for a file without them.</param>
    /// <returns>What the images must be shifted and scaled by.</returns>
    /// <exception cref="DataException">The file is damaged, or belongs to another network.</exception>
    public static Normalization Load(string path, Network network, out IReadOnlyList<string>? classes)
    {
        SafetensorsFile file = Safetensors.Read(path);
        classes = ReadClasses(file, network.Graph.Output.Shape.Channels);
        foreach (Parameter parameter in network.Parameters) Check(file[parameter.Name], parameter.Spec.Shape, path);
        int channels = network.Graph.Input.Shape.Channels;
        Check(file[MeanName], [channels], path);
        Check(file[DeviationName], [channels], path);
        string[] known = [.. network.Parameters.Select(static parameter => parameter.Name), MeanName, DeviationName];
        if (file.Tensors.Values.Where(static tensor => !IsCounter(tensor)).Select(static tensor => tensor.Name).Except(known).FirstOrDefault() is { } name)
            throw new DataException($"The file has a tensor '{name}' and the network has no such parameter.", path, "Load the weights with the recipe that they were trained after.");
        foreach (string tensor in known) CheckValues(file[tensor], path);
        foreach (Parameter parameter in network.Parameters) file[parameter.Name].Floats.CopyTo(network.Values(parameter));
        return new Normalization(file[MeanName].Floats, file[DeviationName].Floats);
    }

    // Batches that a norm of PyTorch has seen, in the state_dict of a module; only its momentum of None reads them.
    private static bool IsCounter(SafetensorsTensor tensor) =>
        tensor.Type == SafetensorsType.Int64 && tensor.Name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    private static void CheckValues(SafetensorsTensor tensor, string path)
    {
        int place = Array.FindIndex(tensor.Floats, static value => !float.IsFinite(value));
        if (place >= 0) throw Error($"is {tensor.Floats[place].ToString(CultureInfo.InvariantCulture)}, not a finite number");
        place = tensor.Name.EndsWith(".running_var", StringComparison.Ordinal) ? Array.FindIndex(tensor.Floats, static value => value < 0) : -1;
        if (place >= 0) throw Error($"is {tensor.Floats[place].ToString(CultureInfo.InvariantCulture)}, and a variance is not negative");
        place = tensor.Name == DeviationName ? Array.FindIndex(tensor.Floats, static value => value <= 0) : -1;
        if (place >= 0) throw Error($"is {tensor.Floats[place].ToString(CultureInfo.InvariantCulture)}, and pixels are divided by it");

        DataException Error(string what) => new(
            string.Create(CultureInfo.InvariantCulture, $"Value {place} of tensor '{tensor.Name}' {what}."), path,
            "The training behind it ran away, or the file is damaged: train again with a lower learning rate, or take other weights.");
    }

    private static string WriteClasses(IReadOnlyList<string> classes)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            foreach (string name in classes) json.WriteStringValue(name);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static string[]? ReadClasses(SafetensorsFile file, int outputs)
    {
        if (!file.Metadata.TryGetValue(ClassesKey, out string? text)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            string[] classes = [.. json.RootElement.EnumerateArray().Select(static name => name.GetString()!)];
            if (classes.Length == outputs && classes.Distinct(StringComparer.Ordinal).Count() == outputs) return classes;
            throw new DataException($"The file names {classes.Length} classes, and the network tells {outputs} apart.", file.Source, "Load the weights with the recipe that they were trained after.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new DataException($"The file's names of classes are damaged: {error.Message}", file.Source, Safetensors.Remedy, error);
        }
    }

    private static void Check(SafetensorsTensor tensor, IReadOnlyList<int> shape, string path)
    {
        if (tensor.Type != SafetensorsType.Float32 || !tensor.Shape.SequenceEqual(shape))
            throw new DataException(
                $"Tensor '{tensor.Name}' is {tensor.Type} [{string.Join(", ", tensor.Shape)}], and the network needs Float32 [{string.Join(", ", shape)}].",
                path, "Load the weights with the recipe that they were trained after.");
    }
}
