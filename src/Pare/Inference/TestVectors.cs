using Pare.Export.CSource;
using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Inference;

/// <summary>Images for the self test of a C program, with what the reference makes of them.</summary>
internal static class TestVectors
{
    /// <summary>One image.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="pixels"><c>[row][column][channel]</c>.</param>
    public static TestVector Of(InferenceGraph graph, byte[] pixels)
    {
        Shape shape = graph.Input.Shape;
        float[] table = graph.Preprocessing.Table(), image = new float[shape.Count];
        for (int at = 0; at < image.Length; at++)
        {
            int channel = at / shape.Pixels;
            image[at] = table[(channel * 256) + pixels[(at % shape.Pixels * shape.Channels) + channel]];
        }

        return new TestVector(pixels, ReferenceExecutor.Run(graph, image));
    }
}
