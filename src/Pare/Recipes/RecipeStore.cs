using System.Reflection;
using System.Text;
using Pare.Data;

namespace Pare.Recipes;

/// <summary>Finds recipes: files on the disk, and those that ship with the library.</summary>
public static class RecipeStore
{
    /// <summary>The name of the recipe in the folder of a run or of a build.</summary>
    public const string FileName = "recipe.yaml";

    private const string Prefix = "recipes/";
    private const string Extension = ".yaml";

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The names of the recipes that ship with the library.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static name => name[Prefix.Length..^Extension.Length]).Order(StringComparer.Ordinal)];

    /// <summary>Reads a recipe by its shipped name, from a file, or from the folder of a run or of a build.</summary>
    /// <param name="nameOrPath">Such as <c>mnist</c>, <c>my/recipe.yaml</c> or <c>runs/mnist-20260304-050607</c>.</param>
    /// <param name="overrides">Each <c>key=value</c> with a dotted key.</param>
    /// <param name="phase">Of a recipe with phases the one to read; null for the one that its <c>train</c> names, or else the last.</param>
    /// <exception cref="RecipeException">There is none, or it is wrong.</exception>
    public static Recipe Open(string nameOrPath, IEnumerable<string>? overrides = null, string? phase = null)
    {
        (string text, string file) = Read(nameOrPath);
        return Recipe.Parse(text, file, overrides, phase);
    }

    /// <summary>Reads a recipe, of one with phases what <paramref name="resolve"/> makes of it.</summary>
    /// <param name="nameOrPath">Such as <c>runs/glyphs-down</c>.</param>
    /// <param name="overrides">Each <c>key=value</c> with a dotted key.</param>
    /// <param name="phase">The phase that is asked for; null for none.</param>
    /// <param name="resolve">Takes the recipe, the phase, and the overrides that are to be laid over it.</param>
    /// <exception cref="RecipeException">There is none, or it is wrong.</exception>
    internal static Recipe Open(string nameOrPath, IEnumerable<string> overrides, string? phase,
        Func<PhasedRecipe, Phase?, IReadOnlyList<string>, Recipe> resolve)
    {
        (string text, string file) = Read(nameOrPath);
        return Recipe.Parse(text, file, overrides, phase, resolve);
    }

    /// <summary>Reads a recipe with phases by its shipped name, from a file, or from the folder of a run or of a build.</summary>
    /// <param name="nameOrPath">Such as <c>glyphs</c>, <c>my/recipe.yaml</c> or <c>runs/glyphs-down</c>.</param>
    /// <param name="overrides">Each <c>key=value</c> with a dotted key.</param>
    /// <exception cref="RecipeException">There is none, it is wrong, or it has no phases.</exception>
    public static PhasedRecipe OpenPhases(string nameOrPath, IEnumerable<string>? overrides = null)
    {
        (string text, string file) = Read(nameOrPath);
        return PhasedRecipe.Parse(text, file, overrides);
    }

    /// <summary>Reads a recipe with phases by its shipped name or from a file, or says that it has none.</summary>
    /// <param name="nameOrPath">Such as <c>glyphs</c> or <c>my/recipe.yaml</c>.</param>
    /// <param name="overrides">Each <c>key=value</c> with a dotted key.</param>
    /// <returns>Null when the recipe has no phases.</returns>
    /// <exception cref="RecipeException">There is none, or it is wrong.</exception>
    public static PhasedRecipe? FindPhases(string nameOrPath, IEnumerable<string>? overrides = null)
    {
        (string text, string file) = Read(nameOrPath);
        return PhasedRecipe.Find(text, file, overrides);
    }

    // The recipe beside a file that is not there, called nearly as it was.
    private static string? Neighbour(string path)
    {
        string folder = Path.GetDirectoryName(path) ?? "", name = Path.GetFileName(path);
        if (name.Length == 0) return null;
        if (File.Exists(path + Extension)) return path + Extension;
        try
        {
            IEnumerable<string> files = Directory.EnumerateFiles(folder.Length > 0 ? folder : ".", "*" + Extension).Take(1_000);
            string? near = Nearest.Find(name, files.Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
            return near is null ? null : Path.Combine(folder, near);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static (string Text, string File) Read(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (Names.Contains(nameOrPath))
        {
            using var reader =
                new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + nameOrPath + Extension)!);
            return (reader.ReadToEnd(), nameOrPath + Extension);
        }

        // The folder of a run, a build or an ablation stands for the recipe in it.
        string path = Directory.Exists(nameOrPath) ? Path.Combine(nameOrPath, FileName) : nameOrPath;
        try
        {
            // A shell's own pipe has a writer; one that lies in a folder may have none.
            if (File.Exists(path))
            {
                bool isOfShell = path.StartsWith("/dev/", StringComparison.Ordinal);
                using FileStream file = isOfShell ? File.OpenRead(path) : RegularFile.Open(path);
                return (RegularFile.ReadText(file, RecipeYaml.MaxLength, s_strict) ?? throw RecipeYaml.TooLong(path), path);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException(error.Message, path, "Check the file's permissions.", error);
        }
        catch (DecoderFallbackException error)
        {
            throw new RecipeException("The file is not text in UTF-8.", path, "Name a recipe: a YAML file.", error);
        }

        if (path != nameOrPath)
            throw new RecipeException($"This folder holds no {FileName}.", nameOrPath, RunsBelow.Suggest(nameOrPath) ??
                "Name a recipe's file, or the folder of a run or of a build; of pictures, `pare init` makes a recipe.");

        string? nearest = Neighbour(nameOrPath) ?? Nearest.Find(nameOrPath, Names);
        throw new RecipeException($"There is no recipe '{nameOrPath}'.", nameOrPath, nearest is null
            ? $"Name a file, or one of: {string.Join(", ", Names)}." : $"Did you mean '{nearest}'?");
    }
}
