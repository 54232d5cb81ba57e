using Pare.Data;
using Pare.Export;
using Pare.Graphs;
using Pare.Quantization;
using Pare.Recipes;
using Pare.Runs;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;

namespace Pare.Inference;

/// <summary>
/// Trains a model on for a few epochs while its weights and maps are rounded to what 8-bit integers stand for
/// (<see cref="QuantizationOptions"/>): what plain calibration loses mostly comes back. It is an ordinary training after the model's own
/// recipe, from the model's weights.
/// </summary>
public static class FineTuning
{
    // Of the highest rate of the model's own training.
    private const double RateShare = 0.05;

    /// <summary>
    /// The recipe: the model's with <c>quantization</c> switched on, so many epochs and a rate that falls as half a cosine wave from a
    /// twentieth of the recipe's highest. Left away are averages of the weights and searches for flat minima, which take many epochs,
    /// distillation, whose teacher may be gone, maps in 16 bits, which would be rounded twice, and the target, which is of another
    /// training.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="epochs">Passes over the training images, 1 or more.</param>
    /// <exception cref="RecipeException">
    /// The model does not say how it was trained, or a layer of it has no form in integers.
    /// </exception>
    public static Recipe RecipeOf(Model model, int epochs)
    {
        ArgumentNullException.ThrowIfNull(model);
        string name = model.Location ?? model.Origin.Recipe ?? "the model";
        if (model.Network is null || model.Origin.RecipeText is not { } text)
            throw new RecipeException(
                "The model cannot be trained on: its file " +
                (model.Network is null ? "has the network without its norms, as it runs."
                    : "does not have the recipe that it was trained after."),
                name, "Name the run that it came from, or quantize it without fine-tuning.");
        var recipe = Recipe.Parse(text, name);
        TrainingOptions training = recipe.Training;
        string[] off = [.. training.Techniques.Where(IsLeftAway).Select(static technique => $"techniques.{technique.Key}=false")];
        return Recipe.Parse(text, name,
        [
            .. recipe.Quantization is null ? ["quantization=true"] : (string[])[],
            Invariant($"training.epochs={epochs}"), "training.minutes=", "training.patience=",
            "training.storage=float32", Invariant($"training.schedule={{cosine: {{rate: {(float)(RateShare * recipe.PeakRate)}}}}}"),
            "target=", .. off,
        ]);
    }

    /// <summary>Trains a model on.</summary>
    /// <param name="model">The model, as it was trained; it stays as it is.</param>
    /// <param name="data">The images that it was trained on.</param>
    /// <param name="epochs">Passes over the training images, 1 or more.</param>
    /// <param name="split">What the run kept of its split; null for a model that comes without.</param>
    /// <param name="threads">Threads; null for one per processor. The result is the same with any number.</param>
    /// <param name="progress">Told a few times a second, and at each epoch's end.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>The model that came out, which has the ranges of its maps.</returns>
    /// <exception cref="RecipeException">
    /// The model does not say how it was trained, has a layer without a form in integers, or does not fit the images or the memory.
    /// </exception>
    /// <exception cref="DataException">
    /// The images are of other classes, or among those to train on are some that the model was tested on.
    /// </exception>
    /// <exception cref="RunException">A number left the finite ones.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Model Run(Model model, Dataset data, int epochs, RunSplit? split = null, int? threads = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        Recipe recipe = RecipeOf(model, epochs);
        CheckImages(model, data, split);
        Network network = Begin(model, recipe);
        TrainingOptions options = recipe.Training with { Threads = Parallels.Threads(threads) };
        TrainingResult result = Trainer.Run(network, data, options, progress, cancellation);
        return Model.Of(result.Network, result.Normalization, model.Graph.NamesClasses ? model.Classes : null, new ModelOrigin
        {
            Recipe = recipe.Name,
            RecipeText = recipe.ToYaml(),
            Seed = options.Seed,
            Data = data.Name,
            DataFingerprint = data.Fingerprint,
            TestAccuracy = result.Test.Accuracy,
        });
    }

    private static Network Begin(Model model, Recipe recipe)
    {
        var network = new Network(recipe.Graph, recipe.Training.Seed);
        var known = model.Network!.Parameters.ToDictionary(static parameter => parameter.Name);
        foreach (Parameter parameter in network.Parameters)
        {
            if (known.TryGetValue(parameter.Name, out Parameter? trained) && trained.Spec.Shape.SequenceEqual(parameter.Spec.Shape))
                model.Network.Values(trained).CopyTo(network.Values(parameter));
            else if (parameter.Spec.Initialization != Initialization.FirstBatch)
                throw new DataException($"The model's weights do not fit its recipe: '{parameter.Name}' is missing or of another shape.",
                    model.Location ?? recipe.Name, "The file is damaged: take another copy.");
        }

        return network;
    }

    private static bool IsLeftAway(Technique technique) =>
        technique is AveragingTechnique or Distillation or GradientTechnique { Place: GradientPlace.Search };

    // A label must be the output that was trained for it, and no image that the model was tested on may be learned now.
    private static void CheckImages(Model model, Dataset data, RunSplit? split)
    {
        if (model.Graph.NamesClasses && !data.Train.Classes.SequenceEqual(model.Classes))
            throw new DataException(
                $"The model tells {Listed(model.Classes)} apart, and the images are of {Listed(data.Train.Classes)}.", data.Source,
                "Name the images that the model was trained on, or quantize it without fine-tuning.");
        if (split?.Test is not { } test || !data.Train.HasPaths) return;
        int tested = Enumerable.Range(0, data.Train.Count).Count(index => test.ContainsKey(data.Train.Names[index]));
        if (tested > 0)
            throw new DataException(
                Invariant($"{tested:N0} of the images that would be trained on are test images of the model's run: ") +
                "the folder has changed since.",
                data.Source, "Restore the images as they were, or quantize the model without fine-tuning.");
    }

    private static string Listed(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(4)) + (names.Count > 4 ? $" and {names.Count - 4} more" : "");
}
