namespace Pare.Execution;

/// <summary>Takes what a network says about some images. Called by several threads, each for other images.</summary>
internal interface IPredictionSink
{
    /// <summary>Takes the outputs of some images.</summary>
    /// <param name="first">Number of the first image.</param>
    /// <param name="images">How many, at most the lanes of a tile.</param>
    /// <param name="logits"><c>[class][lane]</c>.</param>
    void Accept(int first, int images, ReadOnlySpan<float> logits);
}
