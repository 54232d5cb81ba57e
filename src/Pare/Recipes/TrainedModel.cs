using System.Text.Json;
using Pare.Data;
using Pare.Export;
using Pare.Graphs;

namespace Pare.Recipes;

/// <summary>A trained network, read with its recipe.</summary>
/// <param name="Location">The weights' file.</param>
/// <param name="Recipe">The recipe that it was trained after.</param>
/// <param name="Network">The network with its weights.</param>
/// <param name="Normalization">What its images are shifted and scaled by.</param>
public sealed record TrainedModel(string Location, Recipe Recipe, Network Network, Normalization Normalization)
{
    /// <summary>The name of the weights in the folder of a run.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>The name of the evaluation there, which names the classes.</summary>
    internal const string EvaluationFile = "evaluation.json";

    private const long MostRecordBytes = 256 << 20;

    /// <summary>
    /// The names of the classes in the order of the outputs; null where neither the weights nor a record beside them say.
    /// </summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Reads a network.</summary>
    /// <param name="path">
    /// The folder of a run, or a safetensors file. The recipe is in the file; for one of an older version it is the file of the same name
    /// that ends in
    /// <c>.yaml</c>, or else <c>recipe.yaml</c> in the same folder.
    /// </param>
    /// <exception cref="RecipeException">There is no such network, or no recipe beside it.</exception>
    /// <exception cref="DataException">The weights are damaged or belong to another recipe.</exception>
    public static TrainedModel Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!FilePath.CanBe(path)) throw Missing(path);
        string weights = FileOf(path);
        SafetensorsFile? file = File.Exists(weights) ? Safetensors.Read(weights) : null;
        if (file is not null && ModelFile.RecipeIn(file) is { } text) return Read(file, weights, Recipe.Parse(text, weights));
        string? recipeFile =
            new[] { Path.ChangeExtension(weights, ".yaml"),
            Path.Combine(Path.GetDirectoryName(Path.GetFullPath(weights))!, RecipeStore.FileName) }.FirstOrDefault(File.Exists);
        if (file is null || recipeFile is null) throw Missing(path);
        return Read(file, weights, RecipeStore.Open(recipeFile));
    }

    /// <summary>The weights' file of a run's folder; a file is itself.</summary>
    internal static string FileOf(string path) => Directory.Exists(path) ? Path.Combine(path, WeightsFile) : path;

    /// <summary>Reads the weights of a recipe's network.</summary>
    internal static TrainedModel Read(SafetensorsFile file, string weights, Recipe recipe)
    {
        var network = new Network(recipe.Graph, recipe.Training.Seed);
        Normalization normalization = ModelFile.Load(file, weights, network, out IReadOnlyList<string>? classes);
        classes ??= ClassesBeside(weights, network.Graph.Output.Shape.Channels);
        return new TrainedModel(weights, recipe, network, normalization) { Classes = classes };
    }

    // Weights of earlier versions do not name their classes; the evaluation of their run does, or the record of the same name.
    internal static string[]? ClassesBeside(string weights, int outputs)
    {
        string evaluation = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(weights))!, EvaluationFile);
        foreach (string file in new[] { Path.ChangeExtension(weights, ".json"), evaluation }.Where(File.Exists))
        {
            try
            {
                using FileStream stream = RegularFile.Open(file);
                if (stream.Length > MostRecordBytes) continue;
                using JsonDocument json = JsonDocument.Parse(stream);
                if (!json.RootElement.TryGetProperty("classes", out JsonElement classes)) continue;
                string[] names =
                [
                    .. classes.EnumerateArray().Select(static name =>
                        (name.ValueKind == JsonValueKind.Object ? name.GetProperty("name") : name).GetString()!),
                ];
                if (names.Length == outputs) return names;
            }
            catch (Exception error)
                when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException
                    or KeyNotFoundException)
            {
                // A damaged record says nothing: then the classes are not known.
            }
        }

        return null;
    }

    internal static RecipeException Missing(string path)
    {
        if (Directory.Exists(path))
            return new RecipeException($"This folder is not a finished run: it lacks {WeightsFile} or {RecipeStore.FileName}.", path,
                RunsBelow.Suggest(path) ?? "Name the folder that `pare train` made.");
        if (File.Exists(path))
            return new RecipeException($"Beside the weights there is no {RecipeStore.FileName}, which says what network they belong to.",
                path, $"Keep the weights in their run's folder, or put the recipe beside them as " +
                $"{Path.ChangeExtension(Path.GetFileName(path), ".yaml")}.");
        if (FilePath.IsNotUtf8(path)) return new RecipeException(FilePath.NotUtf8, path, FilePath.RenameToUtf8);
        string? parent = FilePath.CanBe(path) ? Path.GetDirectoryName(Path.GetFullPath(path)) : null;
        string? near = Directory.Exists(parent) ? Nearest.Find(Path.GetFileName(path), ModelsIn(parent)) : null;
        return new RecipeException("There is nothing at this path.", path, near is null
            ? "Name a model's file, or the folder that `pare train` made, such as runs/mnist-20260304-050607."
            : $"Did you mean {Path.Combine(Path.GetDirectoryName(path) ?? "", near)}?");
    }

    // Folders and files of models, the shortest name first: of those that begin with what was typed it has the least more.
    private static IEnumerable<string> ModelsIn(string folder) => Directory.GetFileSystemEntries(folder)
        .Where(static entry => Directory.Exists(entry) || Path.GetExtension(entry).ToUpperInvariant() is ".SAFETENSORS" or ".ONNX")
        .Select(static entry => Path.GetFileName(entry)).OrderBy(static name => name.Length)
        .ThenBy(static name => name, StringComparer.Ordinal);
}
