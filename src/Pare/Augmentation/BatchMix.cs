namespace Pare.Augmentation;

/// <summary>What the images of one mixed batch have in common.</summary>
/// <param name="Share">The weight of an image's own target, 0 to 1; the partner's is the rest.</param>
/// <param name="Box">What is pasted from the partner; empty where whole images are blended.</param>
public readonly record struct BatchMix(float Share, PixelBox Box);
