namespace Pare.Data;

/// <summary>Images that are the same pixel by pixel.</summary>
/// <param name="Images">Their paths, or <c>train[0]</c> where images have none, in the order of the set.</param>
/// <param name="IsAcrossParts">Whether training and test images are among them, so that the test is no test.</param>
/// <param name="IsAcrossClasses">Whether they carry different classes, so that one label is wrong.</param>
public sealed record DuplicateGroup(IReadOnlyList<string> Images, bool IsAcrossParts, bool IsAcrossClasses)
{
    /// <summary>
    /// Whether a training may put them on both sides of a split: they lie in the training part, and the data set does not bring both test
    /// and validation images, so that some are drawn.
    /// </summary>
    public bool MayBeDivided { get; init; }
}
