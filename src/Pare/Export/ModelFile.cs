using System.Globalization;
using Pare.Data;
using Pare.Graphs;

namespace Pare.Export;

/// <summary>
/// A trained network's values as a safetensors file: one tensor a parameter, such as <c>conv1.weight</c>, the running statistics,
/// and what the images are to be shifted and scaled by.
/// </summary>
public static class ModelFile
{
    private const string MeanName = "input.mean";
    private const string DeviationName = "input.standard_deviation";

    /// <summary>Writes the values whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="network">The network.</param>
    /// <param name="normalization">What its images were shifted and scaled by in training.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Save(string path, Network network, Normalization normalization) => Safetensors.Write(
        path,
        [
            .. network.Parameters.Select(parameter => new SafetensorsTensor(parameter.Name, parameter.Spec.Shape, network.Values(parameter).ToArray())),
            new SafetensorsTensor(MeanName, [normalization.Mean.Length], normalization.Mean),
            new SafetensorsTensor(DeviationName, [normalization.StandardDeviation.Length], normalization.StandardDeviation),
        ]);

    /// <summary>Reads the values into a network of the same structure.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">Where the values go; it is not changed when the file does not fit.</param>
    /// <returns>What the images must be shifted and scaled by.</returns>
    /// <exception cref="DataException">The file is damaged, belongs to another network, or holds numbers that no trained network has.</exception>
    public static Normalization Load(string path, Network network)
    {
        SafetensorsFile file = Safetensors.Read(path);
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

    private static void Check(SafetensorsTensor tensor, IReadOnlyList<int> shape, string path)
    {
        if (tensor.Type != SafetensorsType.Float32 || !tensor.Shape.SequenceEqual(shape))
            throw new DataException(
                $"Tensor '{tensor.Name}' is {tensor.Type} [{string.Join(", ", tensor.Shape)}], and the network needs Float32 [{string.Join(", ", shape)}].",
                path, "Load the weights with the recipe that they were trained after.");
    }
}
