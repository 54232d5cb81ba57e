using Pare.Data;

namespace Pare.Robustness;

/// <summary>Some images of a set.</summary>
public sealed record ChosenImages
{
    /// <summary>Chooses them.</summary>
    /// <param name="images">The set; its classes are numbered as the network's outputs.</param>
    /// <param name="indices">Which of them.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no image of an index.</exception>
    public ChosenImages(ImageSet images, IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(indices);
        foreach (int index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, images.Count, nameof(indices));
        }

        (Images, Indices) = (images, indices);
    }

    /// <summary>The set; its classes are numbered as the network's outputs.</summary>
    public ImageSet Images { get; }

    /// <summary>Which of them.</summary>
    public IReadOnlyList<int> Indices { get; }
}
