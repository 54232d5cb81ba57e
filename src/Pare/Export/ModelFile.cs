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
    /// <exception cref="DataException">The file is damaged, or belongs to another network.</exception>
    public static Normalization Load(string path, Network network)
    {
        SafetensorsFile file = Safetensors.Read(path);
        foreach (Parameter parameter in network.Parameters) Check(file[parameter.Name], parameter.Spec.Shape, path);
        int channels = network.Graph.Input.Shape.Channels;
        Check(file[MeanName], [channels], path);
        Check(file[DeviationName], [channels], path);
        if (file.Tensors.Count > network.Parameters.Count + 2)
        {
            string name = file.Tensors.Keys.Except([.. network.Parameters.Select(static parameter => parameter.Name), MeanName, DeviationName]).First();
            throw new DataException($"The file has a tensor '{name}' and the network has no such parameter.", path, "Load the weights with the recipe that they were trained after.");
        }

        foreach (Parameter parameter in network.Parameters) file[parameter.Name].Floats.CopyTo(network.Values(parameter));
        return new Normalization(file[MeanName].Floats, file[DeviationName].Floats);
    }

    private static void Check(SafetensorsTensor tensor, IReadOnlyList<int> shape, string path)
    {
        if (tensor.Type != SafetensorsType.Float32 || !tensor.Shape.SequenceEqual(shape))
            throw new DataException(
                $"Tensor '{tensor.Name}' is {tensor.Type} [{string.Join(", ", tensor.Shape)}], and the network needs Float32 [{string.Join(", ", shape)}].",
                path, "Load the weights with the recipe that they were trained after.");
    }
}
