using Pare.Data;
using Pare.Graphs;
using Pare.Recipes;

namespace Pare.Cli;

/// <summary>Reads the images that a recipe asks for.</summary>
internal static class RecipeInputs
{
    /// <summary>The data set in the shape of the recipe's input.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="path">Where the user says that it lies, before the recipe's own word.</param>
    /// <param name="messages">Told that it is being read, which may take a while.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static Dataset Load(Recipe recipe, string? path, Messages messages, CancellationToken cancellation)
    {
        Shape input = recipe.Graph.Input.Shape;
        var options = new ImageFolderOptions { Channels = input.Channels, Height = input.Height, Width = input.Width, Seed = recipe.Training.Seed };
        path ??= recipe.DatasetPath;
        messages.Live(_ => $"reading {path ?? recipe.DatasetName}");
        try
        {
            return DatasetLoader.Load(recipe.DatasetName, path, options, cancellation);
        }
        finally
        {
            messages.EndLive();
        }
    }
}
