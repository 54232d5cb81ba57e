using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Pare.Tests.Support;

/// <summary>
/// ONNX Runtime as the judge of files that Pare writes and reads, node by node as the standard defines them: its own rewriting is off.
/// </summary>
internal static class OnnxRuntime
{
    /// <summary>The first output for an input of floats.</summary>
    public static float[] Run(byte[] model, float[] input, params int[] shape) => Run(model, new DenseTensor<float>(input, shape));

    /// <summary>The first output for an input of bytes.</summary>
    public static float[] Run(byte[] model, byte[] input, params int[] shape) => Run(model, new DenseTensor<byte>(input, shape));

    private static float[] Run<T>(byte[] model, DenseTensor<T> input)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        using var session = new InferenceSession(model, options);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs =
            session.Run([NamedOnnxValue.CreateFromTensor(session.InputNames[0], input)]);
        return outputs[0].AsTensor<float>().ToArray();
    }
}
