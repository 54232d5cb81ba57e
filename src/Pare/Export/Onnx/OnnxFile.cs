using Google.Protobuf;
using Pare.Data;
using Pare.Graphs.Lowering;
using Pare.Quantization;

namespace Pare.Export.Onnx;

/// <summary>Networks as ONNX files: opset 17, IR version 8 to write; the operators of small classifiers to read.</summary>
public static class OnnxFile
{
    private const long MostBytes = 1L << 29;

    /// <summary>Writes a network, whole or not at all.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="path">The file; its folder must exist. An old one is replaced.</param>
    /// <param name="options">How it is written.</param>
    /// <exception cref="RunException">
    /// The file cannot be written, or the network has an operation that ONNX lacks, a single class, or a weight that is no finite number.
    /// </exception>
    public static void Save(InferenceGraph graph, string path, OnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(path);
        Save(graph, () => OnnxWriter.Write(graph, options ?? new OnnxOptions()), path);
    }

    /// <summary>
    /// Writes a network in 8-bit integers, whole or not at all: <c>QuantizeLinear</c> and <c>DequantizeLinear</c> around each node, with
    /// the input and the output of the file in float32.
    /// </summary>
    /// <param name="graph">The network.</param>
    /// <param name="path">The file; its folder must exist. An old one is replaced.</param>
    /// <param name="options">How it is written.</param>
    /// <exception cref="RunException">
    /// The file cannot be written, or the network has an operation that ONNX lacks, a single class, or a weight that is no finite number.
    /// </exception>
    public static void Save(QuantizedGraph graph, string path, OnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(path);
        Save(graph.Source, () => QuantizedOnnxWriter.Write(graph, options ?? new OnnxOptions()), path);
    }

    // What Load would refuse is not written.
    private static void Save(InferenceGraph graph, Func<ModelProto> write, string path)
    {
        if (graph.Classes.Count < 2)
            throw new RunException("The network has a single class, and a classifier in ONNX has two or more.", path,
                "Take a network of two classes or more.");
        if (OperationRecords.Tensors(graph).FirstOrDefault(static tensor => !tensor.Floats.All(float.IsFinite)) is { } tensor)
            throw new RunException($"The tensor '{tensor.Name}' holds a value that is not a finite number.", path,
                "Its training diverged: train again with a lower learning rate, or take other weights.");
        try
        {
            WholeFile.Write(path, write().WriteTo);
        }
        catch (NotSupportedException error)
        {
            throw new RunException(error.Message, path, "Export to another form, or change the network.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The file cannot be written: {error.Message}", path,
                "Name a file in a folder that is there, may be written and has room.", error);
        }
    }

    /// <summary>
    /// Reads a classifier of one picture. Whatever cannot be represented exactly is refused by the name of its node and operator.
    /// </summary>
    /// <param name="path">The file; weights outside it are read only from below its folder.</param>
    /// <exception cref="DataException">The file is unreadable or damaged, or holds something that Pare does not know.</exception>
    public static OnnxNetwork Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using FileStream file = RegularFile.Open(path);
            if (file.Length > MostBytes)
                throw new DataException(Invariant($"The file has {file.Length:N0} bytes, over the limit of {MostBytes:N0}."), path,
                    "Pare is for small classifiers.");
            return OnnxReader.Read(ModelProto.Parser.ParseFrom(file), path);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new DataException("The file is no ONNX model, or it is damaged or cut short.", path, "Export or fetch it again.", error);
        }
        catch (ArgumentException error)
        {
            // What the builder of the graph refuses: it names the node.
            throw new DataException($"The network does not fit together: {error.Message}", path,
                "Export it again, and check it with onnx.checker.", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException("There is nothing at this path.", path, "Check the path.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"It cannot be read: {error.Message}", path, "Check that it exists and may be read.", error);
        }
    }
}
