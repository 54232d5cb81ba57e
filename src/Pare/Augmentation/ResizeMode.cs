namespace Pare.Augmentation;

/// <summary>How an image comes to a smaller size.</summary>
public enum ResizeMode
{
    /// <summary>A window of it, at a random place: what it shows keeps its size.</summary>
    Crop,

    /// <summary>All of it, each pixel the mean of the area that it covers.</summary>
    Resize,
}
