using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pare.Export.Onnx;

namespace Pare.Tests.Support;

/// <summary>
/// ONNX Runtime as the judge of files that Pare writes and reads, node by node as the standard defines them; with its own rewriting, such
/// as into kernels of integers, where that is asked for.
/// </summary>
internal static class OnnxRuntime
{
    /// <summary>The first output for an input of floats.</summary>
    public static float[] Run(byte[] model, float[] input, params int[] shape) => Run(model, new DenseTensor<float>(input, shape));

    /// <summary>The first output for an input of bytes.</summary>
    public static float[] Run(byte[] model, byte[] input, params int[] shape) => Run(model, new DenseTensor<byte>(input, shape));

    /// <summary>The first output for an input of floats, of a file that ONNX Runtime has rewritten as it does for its users.</summary>
    /// <remarks>Skips the test where the processor lacks what ONNX Runtime's integers need to be right: docs/onnx.md.</remarks>
    public static float[] RunRewritten(byte[] model, float[] input, params int[] shape)
    {
        Assert.SkipWhen(X86Base.IsSupported && !HasVnni(),
            "without VNNI, ONNX Runtime's sums of 8-bit products saturate at 16 bits (docs/onnx.md)");
        return Run(model, new DenseTensor<float>(input, shape), GraphOptimizationLevel.ORT_ENABLE_ALL);
    }

    /// <summary>The operators that are left once ONNX Runtime has rewritten a file.</summary>
    /// <param name="model">The file.</param>
    /// <param name="path">Where the rewritten file is written.</param>
    public static string[] Rewritten(byte[] model, string path)
    {
        using SessionOptions options = Options(GraphOptimizationLevel.ORT_ENABLE_EXTENDED);
        options.OptimizedModelFilePath = path;
        // Otherwise it makes unsigned integers of signed ones on x64, though not where a map has two readers.
        options.AddSessionConfigEntry("session.qdqisint8allowed", "1");
        using (new InferenceSession(model, options)) return [.. ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph.Node
            .Select(static node => node.OpType)];
    }

    // CPUID, leaf 7: with 512 bits, or with 256.
    private static bool HasVnni() => (X86Base.CpuId(7, 0).Ecx & (1 << 11)) != 0 || (X86Base.CpuId(7, 1).Eax & (1 << 4)) != 0;

    private static SessionOptions Options(GraphOptimizationLevel level) => new()
    {
        IntraOpNumThreads = 1,
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        GraphOptimizationLevel = level,
    };

    private static float[] Run<T>(byte[] model, DenseTensor<T> input,
        GraphOptimizationLevel level = GraphOptimizationLevel.ORT_DISABLE_ALL)
    {
        using SessionOptions options = Options(level);
        using var session = new InferenceSession(model, options);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs =
            session.Run([NamedOnnxValue.CreateFromTensor(session.InputNames[0], input)]);
        return outputs[0].AsTensor<float>().ToArray();
    }
}
