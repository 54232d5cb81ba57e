namespace Pare.Graphs.Lowering;

/// <summary>How a picture of another size becomes one of the network's.</summary>
public enum ResizeRule
{
    /// <summary>
    /// Scaled without distortion until it covers the frame, by the mean of the area to shrink and bicubic (a = -0.5) to enlarge, and
    /// cropped to the centre.
    /// </summary>
    Cover,
}
