namespace Pare.Augmentation;

/// <summary>What TrivialAugment chooses from, each equally likely, and AugMix from some of it; ranges are those of the former.</summary>
internal enum ImageOperation
{
    /// <summary>Nothing.</summary>
    Identity,

    /// <summary>Stretches each channel to black and white.</summary>
    AutoContrast,

    /// <summary>Spreads each channel's values evenly.</summary>
    Equalize,

    /// <summary>Up to 135 degrees either way.</summary>
    Rotate,

    /// <summary>Inverts what is light.</summary>
    Solarize,

    /// <summary>Less or more colour; nothing on a grey image.</summary>
    Color,

    /// <summary>Fewer bits per value, down to 2.</summary>
    Posterize,

    /// <summary>Less or more contrast.</summary>
    Contrast,

    /// <summary>Darker or lighter.</summary>
    Brightness,

    /// <summary>Blurred or sharpened.</summary>
    Sharpness,

    /// <summary>Slants what is upright, up to 0.99 columns a row.</summary>
    ShearX,

    /// <summary>Slants what is level, up to 0.99 rows a column.</summary>
    ShearY,

    /// <summary>Moves along the rows, up to a third of the width.</summary>
    TranslateX,

    /// <summary>Moves along the columns, up to a third of the height.</summary>
    TranslateY,
}
