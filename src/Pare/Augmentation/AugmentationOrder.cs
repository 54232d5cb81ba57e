namespace Pare.Augmentation;

/// <summary>
/// The order in which augmentations act, whatever the order in which they are named. The number is also the key of the random
/// draws of the library's technique at that place: a new one gets a new number, and none changes.
/// </summary>
public enum AugmentationOrder
{
    /// <summary>Moves the window.</summary>
    Crop = 100,

    /// <summary>Mirrors.</summary>
    Flip = 110,

    /// <summary>Rotates, shifts, scales, shears.</summary>
    Affine = 120,

    /// <summary>Changes colours.</summary>
    Color = 130,

    /// <summary>One operation of many, at a random strength.</summary>
    Trivial = 140,

    /// <summary>Blends chains of operations with the image; from here on the views of an image part ways.</summary>
    AugMix = 150,

    /// <summary>Adds noise, as a sensor does.</summary>
    Noise = 160,

    /// <summary>
    /// Pixels are shifted and scaled channel by channel; all before acts on pixels from 0 to 1, all behind on normalized ones.
    /// </summary>
    Normalize = 200,

    /// <summary>Hides squares.</summary>
    Cutout = 210,

    /// <summary>Overwrites a rectangle.</summary>
    Erase = 220,

    /// <summary>Brings images to the size of the step, behind all that acts on one image.</summary>
    Resize = 230,

    /// <summary>Which of several mixing techniques a batch gets.</summary>
    Mix = 300,

    /// <summary>Blends pairs of images.</summary>
    Mixup = 310,

    /// <summary>Pastes a rectangle of one image into another.</summary>
    CutMix = 320,
}
