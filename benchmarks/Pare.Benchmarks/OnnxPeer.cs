using Microsoft.ML.OnnxRuntime;
using Pare.Graphs;

namespace Pare.Benchmarks;

/// <summary>A session of ONNX Runtime with its input and output in place.</summary>
internal sealed class OnnxPeer : IDisposable
{
    private readonly SessionOptions _options;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly OrtValue _input, _output;
    private readonly string[] _inputs, _outputs;

    public OnnxPeer(string path, float[] images, int batch, Shape shape, int classes, int threads)
    {
        _options =
            new SessionOptions
            {
                IntraOpNumThreads = threads,
                InterOpNumThreads = 1,
                ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL
            };

        // Otherwise its second thread goes on turning when it is done, and takes a core from the one whose turn is next.
        _options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        _session = new InferenceSession(path, _options);
        Logits = new float[batch * classes];
        _input = OrtValue.CreateTensorValueFromMemory(images, [batch, shape.Channels, shape.Height, shape.Width]);
        _output = OrtValue.CreateTensorValueFromMemory(Logits, [batch, classes]);
        (_inputs, _outputs) = ([_session.InputNames[0]], [_session.OutputNames[0]]);
    }

    public float[] Logits { get; }

    public void Run() => _session.Run(_run, _inputs, [_input], _outputs, [_output]);

    public void Dispose()
    {
        _output.Dispose();
        _input.Dispose();
        _run.Dispose();
        _session.Dispose();
        _options.Dispose();
    }
}
