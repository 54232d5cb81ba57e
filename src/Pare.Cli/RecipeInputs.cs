using System.Globalization;
using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;
using Pare.Recipes;

namespace Pare.Cli;

/// <summary>Reads the images that a recipe asks for.</summary>
internal static class RecipeInputs
{
    /// <summary>The data set in the shape of the recipe's input; where it lies is told before it is read, which may take a while.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="path">Where the user says that it lies, before the recipe's own word.</param>
    /// <param name="messages">Told what is read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="RecipeException">The network is for other images, or another number of classes.</exception>
    public static Dataset Load(Recipe recipe, string? path, Messages messages, CancellationToken cancellation)
    {
        DataSource source = DatasetLoader.Find(recipe.DatasetName, DataLocations.Of(path ?? recipe.DatasetPath), cancellation);
        messages.Exact("data", source.Path.Length > 0 ? $"{recipe.DatasetName}, {source.Path}" : $"{recipe.DatasetName}, built in");
        var view = new ReadingView(messages);
        try
        {
            Shape input = recipe.Graph.Input.Shape;
            Dataset data = source.Load(
                new ImageFolderOptions { Channels = input.Channels, Height = input.Height, Width = input.Width, Split = recipe.Split }, view,
                cancellation);
            Evaluator.CheckFit(recipe.Graph, data.Test, data.Source);
            return data;
        }
        finally
        {
            messages.EndLive();
        }
    }

    /// <summary>Says how many images there are, and of what form.</summary>
    public static void Describe(Messages messages, Dataset data, IndexSplit split)
    {
        ImageSet images = data.Train;
        string validation = split.Validation.Length > 0 ? $", {Amounts.Count(split.Validation.Length)} for validation" : "";
        messages.Fact("images", $"{Amounts.Count(split.Train.Length)} for training{validation}, {Amounts.Count(data.Test.Count)} for testing, {new Shape(images.Channels, images.Height, images.Width)}, {Amounts.Count(images.Classes.Count)} classes");
        foreach (string note in data.Notes) messages.Fact("note", note);
    }

    /// <summary>Which phase of a recipe was taken: the recipe's own choice unless the user named one.</summary>
    public static string Describe(Phase phase, string? named) =>
        string.Create(CultureInfo.InvariantCulture, $"{phase.Name}, number {phase.Number}") + (named is null ? "; --phase NAME takes another, `pare down` trains all" : "");
}
