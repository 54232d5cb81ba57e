using Pare.Kernels;

namespace Pare.Execution;

/// <summary>What a training step makes smaller. Called for several tiles at once, by several threads.</summary>
internal interface ILoss
{
    /// <summary>Shown the batch of a step before the threads begin with it.</summary>
    /// <param name="source">Gives images and targets.</param>
    /// <param name="images">Images of the batch, all their views counted.</param>
    /// <param name="step">The same number with the same source means the same batch again.</param>
    void Begin(IBatchSource source, int images, long step)
    {
    }

    /// <summary>
    /// Shown the logits of a tile where a batch has several views of an image: those of all tiles, before any <see cref="Run"/>.
    /// </summary>
    /// <param name="first">Number of the tile's first image in the batch.</param>
    /// <param name="images">Lanes that hold an image.</param>
    /// <param name="logits">As in <see cref="Run"/>.</param>
    void See(int first, int images, ReadOnlySpan<float> logits)
    {
    }

    /// <summary>Sums the loss over the images of a tile and writes its gradient.</summary>
    /// <param name="first">Number of the tile's first image in the batch.</param>
    /// <param name="images">Lanes that hold an image; the others get gradient 0.</param>
    /// <param name="logits"><c>[channel][row][column][lane]</c>; for a classifier <c>[class][lane]</c>.</param>
    /// <param name="targets">As the batch's source wrote them, laid out like the logits; a loss may change them.</param>
    /// <param name="scale">Factor on the gradient: 1 / images of the batch for the mean loss, views not counted.</param>
    /// <param name="dLogits">Laid out like the logits.</param>
    /// <returns>The sum of the losses, and of the target weights of the classes with the largest logit.</returns>
    (double Loss, double Hits) Run(int first, int images, ReadOnlySpan<float> logits, Span<float> targets, float scale,
        Span<float> dLogits);
}
