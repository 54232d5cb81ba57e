namespace Pare.Data;

/// <summary>What a look through a whole data set found.</summary>
/// <param name="Source">What was looked at.</param>
/// <param name="Classes">The classes with their images, in the order of their index.</param>
/// <param name="Sizes">The sizes of the images as shown, the most frequent first.</param>
/// <param name="Unreadable">Files that do not decode, in ordinal order.</param>
/// <param name="Duplicates">Images that are there more than once, pixel by pixel, in the order of their first.</param>
/// <param name="Problems">What keeps the set from being trained on, apart from unreadable files; empty when nothing.</param>
/// <param name="Notes">What was left out or taken for something else.</param>
public sealed record DataCheckReport(
    DataSource Source,
    IReadOnlyList<ClassCount> Classes,
    IReadOnlyList<SizeCount> Sizes,
    IReadOnlyList<UnreadableFile> Unreadable,
    IReadOnlyList<DuplicateGroup> Duplicates,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> Notes)
{
    /// <summary>
    /// Whether it can be trained on, its test images are not among the training images, and no image carries two labels, of which one is
    /// wrong. Copies within a class are no fault: they weigh more.
    /// </summary>
    public bool IsClean => Unreadable.Count == 0 && Problems.Count == 0
        && !Duplicates.Any(static group => group.IsAcrossParts || group.IsAcrossClasses);
}
