using Pare.Data;
using Pare.Recipes;
using Pare.Training;

namespace Pare.Runs;

/// <summary>A recipe's minutes, as epochs: what a run's folder records is a recipe that anyone can train again.</summary>
public static class RunBudget
{
    /// <summary>
    /// The recipe with the number of epochs that fits into its minutes on this machine, measured on weights that are thrown away; as it is
    /// when it has no minutes.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">The images.</param>
    /// <param name="threads">Threads of the training.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <exception cref="RecipeException">The network does not fit the data, or a setting does not fit so many epochs.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Recipe Fit(Recipe recipe, Dataset data, int threads, CancellationToken cancellation = default)
    {
        TrainingOptions options = recipe.Training with { Threads = threads };
        if (options.Minutes is null) return recipe;
        int after = data.Test.Count + Math.Min(options.Split(data).Train.Length, RecipeRun.MostMeasured);
        Recipe fitted = recipe.WithEpochs(
            TimeBudget.Fit(recipe.Graph, data, options, measuredAfter: after, cancellation: cancellation).Epochs);
        fitted.Training.Validate(recipe.Graph);
        return fitted;
    }

    /// <summary>
    /// The recipe with the epochs of the run that was begun with its minutes in a folder; as it is when there is no such run, or when it
    /// has no minutes.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">The run's folder; null for none.</param>
    public static Recipe AsBegun(Recipe recipe, string? folder)
    {
        string? file = folder is null || recipe.Training.Minutes is null ? null : Path.Combine(folder, RunFolder.RecipeFile);
        return File.Exists(file) ? recipe.WithEpochs(RecipeStore.Open(file).Training.Epochs) : recipe;
    }

    /// <summary>Refuses minutes where several runs are compared.</summary>
    /// <param name="recipe">Of one of the runs.</param>
    /// <exception cref="RecipeException">It has minutes.</exception>
    internal static void Refuse(Recipe recipe)
    {
        if (recipe.Training.Minutes is null) return;
        throw new RecipeException(
            "Runs that are compared need equal epochs, and minutes come to another number for each network and machine.",
            $"training.minutes of recipe {recipe.Name}", "Name training.epochs instead, and leave out minutes.");
    }
}
