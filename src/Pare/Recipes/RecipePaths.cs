using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>
/// What a path in a recipe means: it begins at the recipe's folder, or, where nothing lies there, at the current one. It is written out in
/// full as soon as it is read, so that the recipe of a run finds its data and its teacher from wherever it is read.
/// </summary>
internal static class RecipePaths
{
    /// <summary>
    /// How a run of a build names what lies beside it there, from its own folder two below the build's: the build may then be moved.
    /// </summary>
    public const string InBuild = "../../";

    /// <summary>Makes the paths of a recipe, and of its phases, whole ones.</summary>
    /// <param name="root">The recipe; anything that is not one is left to the reader to refuse.</param>
    /// <param name="file">The recipe's file.</param>
    public static void Complete(YamlNode root, string file)
    {
        if (RecipeYaml.Child(RecipeYaml.Child(root, "dataset"), "path") is YamlScalarNode { Value: { Length: > 0 } path } data
            && !Path.IsPathRooted(path) && FilePath.CanBe(path))
            data.Value = Array.Find(Candidates(path, file), Path.Exists) ?? Candidates(path, file)[0];
        CompleteTeacher(root, file);
        if (RecipeYaml.Child(root, "phases") is not YamlSequenceNode phases) return;
        foreach (YamlNode settings in phases.OfType<YamlMappingNode>().SelectMany(static phase => phase.Children.Values))
            CompleteTeacher(RecipeYaml.Child(settings, "set"), file);
    }

    /// <summary>What a path may stand for: beside the recipe, or in the current folder.</summary>
    /// <param name="path">The path, whole or not.</param>
    /// <param name="file">The recipe's file.</param>
    public static string[] Candidates(string path, string file)
    {
        string? beside = FilePath.CanBe(file) ? Path.GetDirectoryName(Path.GetFullPath(file)) : null;
        return [Path.GetFullPath(path, beside ?? Environment.CurrentDirectory), Path.GetFullPath(path)];
    }

    // One that is not there stays as it was written, for the error to name.
    private static void CompleteTeacher(YamlNode? settings, string file)
    {
        if (PhaseSection.Teacher(settings) is not { Value: { } path } teacher || !FilePath.CanBe(path) || bool.TryParse(path, out _)
            || path.StartsWith(PhaseSection.TeacherPrefix, StringComparison.Ordinal)
            || (path.StartsWith(InBuild, StringComparison.Ordinal) && path.EndsWith(TrainedModel.WeightsFile, StringComparison.Ordinal)
                && Path.GetFileName(file) == RecipeStore.FileName)) return;
        teacher.Value = Array.Find(Candidates(path, file), TeacherFile.IsThere) ?? path;
    }
}
