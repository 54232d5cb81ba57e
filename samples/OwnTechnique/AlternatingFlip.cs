using Pare;
using Pare.Augmentation;

namespace OwnTechnique;

/// <summary>
/// Mirrors half of the images in the first epoch, and each of them in every other epoch from there on: over two epochs a network sees both
/// sides of each image once, where flips at random show half of them one side twice. Jordan 2024, arXiv 2404.00498.
/// </summary>
public sealed record AlternatingFlip : ImageAugmentation
{
    /// <inheritdoc/>
    public override string Key => "alternating_flip";

    /// <inheritdoc/>
    public override AugmentationOrder Order => AugmentationOrder.Flip;

    /// <inheritdoc/>
    public override void Apply(ref SeededRandom random, in ImageFacts facts, Span<float> image, Span<float> spare)
    {
        SeededRandom ofImage = facts.Lasting;
        if ((ofImage.NextInt(2) + facts.Step.Epoch) % 2 == 0) HorizontalFlip.Flip(image, facts.Run.Width);
    }
}
