using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>
/// What a recipe's <c>dataset.path</c> means: it begins at the recipe's folder, or, where nothing lies there, at the current one. It is
/// written out in full as soon as it is read, so that the recipe of a run finds its data from wherever it is read.
/// </summary>
internal static class DatasetPath
{
    /// <summary>Makes the path of a recipe a whole one.</summary>
    /// <param name="root">The recipe; anything that is not one is left to the reader to refuse.</param>
    /// <param name="file">The recipe's file.</param>
    public static void Complete(YamlNode root, string file)
    {
        if (RecipeYaml.Child(RecipeYaml.Child(root, "dataset"), "path") is not YamlScalarNode { Value: { Length: > 0 } path } scalar
            || Path.IsPathRooted(path) || path.Contains('\0', StringComparison.Ordinal)) return;
        string beside = Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(file))!), here = Path.GetFullPath(path);
        scalar.Value = Path.Exists(beside) || !Path.Exists(here) ? beside : here;
    }
}
