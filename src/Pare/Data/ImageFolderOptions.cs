namespace Pare.Data;

/// <summary>How a folder of images is brought to one size and divided.</summary>
public sealed record ImageFolderOptions
{
    /// <summary>1 for grey, 3 for colour, 0 for what the first training image has.</summary>
    public int Channels { get; init; }

    /// <summary>Rows every image is brought to; 0 for those of the first training image.</summary>
    public int Height { get; init; }

    /// <summary>Columns every image is brought to; 0 for those of the first training image.</summary>
    public int Width { get; init; }

    /// <summary>
    /// The folder in which decoded images are kept for the next time, as <see cref="DataLocations.ImageCache"/> gives it; null for none.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>How test images are chosen where the folder brings none, and validation images later.</summary>
    public SplitOptions Split { get; init; } = new();

    /// <summary>
    /// Whether a network that is trained already is to be measured on the images: then test images alone will do, and so will a part of
    /// the classes.
    /// </summary>
    public bool ForEvaluation { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is outside its range.</exception>
    internal void Validate()
    {
        if (Channels is not (0 or 1 or 3))
            throw new ArgumentOutOfRangeException(nameof(Channels), Channels, "Channels must be 1, 3, or 0 for those of the first image.");
        ArgumentOutOfRangeException.ThrowIfNegative(Height);
        ArgumentOutOfRangeException.ThrowIfNegative(Width);
        Split.Validate();
    }
}
