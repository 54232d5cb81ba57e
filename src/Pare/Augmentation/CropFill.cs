namespace Pare.Augmentation;

/// <summary>What lies around an image.</summary>
public enum CropFill
{
    /// <summary>Black.</summary>
    Zero,

    /// <summary>The image mirrored at its outermost pixels, which are not repeated.</summary>
    Reflect,
}
