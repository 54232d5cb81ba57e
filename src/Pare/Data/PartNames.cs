namespace Pare.Data;

/// <summary>The names of folders that hold a part of a data set rather than a class.</summary>
internal static class PartNames
{
    // Without case, blanks and separators; what stands first is preferred where a folder has several.
    private static readonly Dictionary<ImagePart, string[]> Names = new()
    {
        [ImagePart.Train] = ["train", "training", "trainset", "trainingset", "traindata", "trainingdata", "trainimages", "segtrain"],
        [ImagePart.Validation] =
            ["val", "valid", "validation", "valset", "validset", "validationset", "valdata", "validationdata", "valimages", "segval"],
        [ImagePart.Test] = ["test", "testing", "testset", "testingset", "testdata", "testingdata", "testimages", "segtest"],
    };

    /// <summary>The part that a folder of this name holds; null where it is no part's name.</summary>
    public static ImagePart? Of(string folder)
    {
        string plain = Plain(folder);
        foreach ((ImagePart part, string[] names) in Names)
            if (names.Contains(plain)) return part;
        return null;
    }

    /// <summary>The folder among these that holds a part; null where there is none.</summary>
    public static string? Find(IReadOnlyList<string> folders, ImagePart part) =>
        folders.Where(folder => Of(folder) == part).MinBy(folder => Array.IndexOf(Names[part], Plain(folder)));

    private static string Plain(string folder) => string.Concat(folder.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
