using System.Reflection;

namespace Pare.Recipes;

/// <summary>Finds recipes: files on the disk, and those that ship with the library.</summary>
public static class RecipeStore
{
    private const string Prefix = "recipes/";
    private const string Extension = ".yaml";

    /// <summary>The names of the recipes that ship with the library.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(static name => name[Prefix.Length..^Extension.Length]).Order(StringComparer.Ordinal)];

    /// <summary>Reads a recipe by its shipped name or from a file.</summary>
    /// <param name="nameOrPath">Such as <c>mnist</c> or <c>my/recipe.yaml</c>.</param>
    /// <param name="overrides">Each <c>key=value</c> with a dotted key.</param>
    /// <exception cref="RecipeException">There is none, or it is wrong.</exception>
    public static Recipe Open(string nameOrPath, IEnumerable<string>? overrides = null)
    {
        if (Names.Contains(nameOrPath))
        {
            using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + nameOrPath + Extension)!);
            return Recipe.Parse(reader.ReadToEnd(), nameOrPath + Extension, overrides);
        }

        try
        {
            if (File.Exists(nameOrPath)) return Recipe.Parse(File.ReadAllText(nameOrPath), nameOrPath, overrides);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException(error.Message, nameOrPath, "Check the file's permissions.", error);
        }

        string? nearest = Nearest.Find(nameOrPath, Names);
        throw new RecipeException($"There is no recipe '{nameOrPath}'.", nameOrPath, nearest is null ? $"Name a file, or one of: {string.Join(", ", Names)}." : $"Did you mean '{nearest}'?");
    }
}
