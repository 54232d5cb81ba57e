namespace Pare.Data;

/// <summary>The images of one class.</summary>
/// <param name="Name">The class.</param>
/// <param name="Train">Its training images; all of them where the data set brings no test images.</param>
/// <param name="Test">Its test images.</param>
public sealed record ClassCount(string Name, int Train, int Test)
{
    /// <summary>Its validation images, where the data set tells them apart.</summary>
    public int Validation { get; init; }

    /// <summary>Whether one of several classes has at least four times as many images as another.</summary>
    /// <param name="images">Images of each class; without any nothing is uneven.</param>
    public static bool AreUneven(IReadOnlyCollection<int> images) => images.Count > 0 && images.Max() >= 4L * Math.Max(1, images.Min());
}
