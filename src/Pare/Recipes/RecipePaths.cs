using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>
/// What a path in a recipe means: it begins at the recipe's folder, or, where nothing lies there, at the current one. It is written out in
/// full as soon as it is read, so that the recipe of a run finds its data and its teacher from wherever it is read.
/// </summary>
internal static class RecipePaths
{
    /// <summary>Makes the paths of a recipe, and of its phases, whole ones.</summary>
    /// <param name="root">The recipe; anything that is not one is left to the reader to refuse.</param>
    /// <param name="file">The recipe's file.</param>
    public static void Complete(YamlNode root, string file)
    {
        Complete(RecipeYaml.Child(RecipeYaml.Child(root, "dataset"), "path"), file, Path.Exists, always: true);
        CompleteTeacher(root, file);
        if (RecipeYaml.Child(root, "phases") is not YamlSequenceNode phases) return;
        foreach (YamlNode settings in phases.OfType<YamlMappingNode>().SelectMany(static phase => phase.Children.Values))
            CompleteTeacher(RecipeYaml.Child(settings, "set"), file);
    }

    // One that is not there stays as it was written, for the error to name.
    private static void CompleteTeacher(YamlNode? settings, string file)
    {
        YamlScalarNode? teacher = PhaseSection.Teacher(settings);
        if (teacher?.Value is { } path && path.StartsWith(PhaseSection.TeacherPrefix, StringComparison.Ordinal)) return;
        Complete(teacher, file, static path => File.Exists(path) || File.Exists(Path.Combine(path, TrainedModel.WeightsFile)),
            always: false);
    }

    private static void Complete(YamlNode? node, string file, Func<string, bool> isThere, bool always)
    {
        if (node is not YamlScalarNode { Value: { Length: > 0 } path } scalar
            || Path.IsPathRooted(path) || path.Contains('\0', StringComparison.Ordinal)) return;
        string beside = Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(file))!), here = Path.GetFullPath(path);
        if (isThere(beside)) scalar.Value = beside;
        else if (isThere(here)) scalar.Value = here;
        else if (always) scalar.Value = beside;
    }
}
