using System.Globalization;
using Pare.Augmentation;
using Pare.Data;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;
using Pare.Training.Losses;

namespace Pare.Training;

/// <summary>
/// What can be known about a training before it begins: whether it can come to a figure at all, and what will make the figure say little.
/// </summary>
public static class TrainingCheck
{
    // A channel that never varies is divided by this.
    private const float NoDeviation = 1;
    private const string SameClasses = "Give both the same classes in the same order; ImageSet.WithClasses renumbers the labels.";

    /// <summary>
    /// Checks the images against the network and the options. A training begins with it; to call it earlier finds errors earlier.
    /// </summary>
    /// <param name="graph">The network.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How it is to be trained.</param>
    /// <returns>What a person should know; empty when there is nothing.</returns>
    /// <exception cref="DataException">
    /// There is no image to train or to test on, or the test images are of another size or of other classes than the training images.
    /// </exception>
    /// <exception cref="RecipeException">
    /// A batch norm would get a single value per channel, or a setting needs images that nobody held out.
    /// </exception>
    public static IReadOnlyList<string> Run(Graph graph, Dataset data, TrainingOptions options)
    {
        IndexSplit split = options.Split(data);
        if (split.Train.Length == 0)
            throw new DataException("There is no image to train on.", data.Source, "Name a data set with training images.");
        if (data.Test.Count == 0)
            throw new DataException("There is no image to test on.", data.Source, "Name a data set with test images.");
        CheckTest(data);
        if (options.Patience is not null && split.Validation.Length == 0)
            throw new RecipeException("No image is held out, and patience waits for what is measured on such images.", "training.patience",
                "Hold images out (training.validation: 0.1), or leave out patience.");
        int batch = Math.Min(options.BatchSize, split.Train.Length);
        StepSizes sizes = options.SizesOf(graph);
        Graph[] sized = [graph, .. sizes.Smaller.Select(size => graph.Resized(size.Height, size.Width))];
        foreach (Graph each in sized) CheckNorms(each, batch, batch < options.BatchSize);
        return
        [
            .. Output(graph), .. Images(data, split), .. Batches(graph, options, split, batch), .. Weights(data.Train, options, split),
            .. sizes.Technique is null ? [] : (string[])[$"training images are {sizes}"],
            .. options.Techniques.Where(static technique => !technique.Acts)
                .Select(static technique => $"techniques.{technique.Key}: as it is set it does nothing"),
        ];
    }

    /// <summary>
    /// What a training is too short for, such as a warm-up of more steps than it has: said of its epochs, whatever its minutes.
    /// </summary>
    /// <param name="options">How it is to be trained.</param>
    /// <param name="images">Images that it is trained on, 1 or more.</param>
    /// <returns>What a person should know, each with its key in a recipe; empty when there is nothing.</returns>
    public static IReadOnlyList<string> Length(TrainingOptions options, int images)
    {
        int steps = images / Math.Min(options.BatchSize, images);
        var run = new RunLength(options.Seed, steps, (long)options.Epochs * steps);
        (string Key, string? Short)[] settings =
        [
            ("training", options.Patience >= options.Epochs
                ? Invariant($"patience is {options.Patience}, and epochs is {options.Epochs}: the run never ends earlier")
                : options.Patience is not null && options.Techniques.Any(static one => one is ProgressiveResizing { Acts: true })
                ? Invariant($"patience is {options.Patience}: the run may end before its images have their full size") : null),
            ("training.schedule", options.Schedule.TooShort(run)),
            .. options.Acting<Technique>().Select(technique => ($"techniques.{technique.Key}", technique.TooShort(run))),
        ];
        return [.. settings.Where(static setting => setting.Short is not null).Select(static setting => $"{setting.Key}: {setting.Short}")];
    }

    private static IEnumerable<string> Output(Graph graph)
    {
        if (graph.Output.Layer is Activation { Function: not ActivationFunction.Identity } last)
            yield return $"the network ends in {last.Kind}, which bounds its logits: it learns better without this last layer";
    }

    private static IEnumerable<string> Images(Dataset data, IndexSplit split)
    {
        ImageSet images = data.Train;
        string[] present = [.. split.Train.Select(index => images.Labels[index]).Distinct().Order().Select(label => images.Classes[label])];
        string[] absent = [.. images.Classes.Except(present)];
        if (images.Classes.Count == 1) yield return $"there is a single class, {images.Classes[0]}: any network tells it from no other";
        else if (present.Length == 1)
            yield return $"all training images are of class {present[0]}: a network that answers nothing else is right in all of them";
        else if (absent.Length > 0)
        {
            string named = $"{string.Join(", ", absent.Take(5))}{(absent.Length > 5 ? ", ..." : "")}";
            string have = absent.Length == 1 ? "has" : "have";
            yield return Invariant($"{absent.Length} of {images.Classes.Count} classes {have} no training image: {named}");
        }

        if (split.Train.Length < 2 * images.Classes.Count)
            yield return Invariant($"{split.Train.Length} training {(split.Train.Length == 1 ? "image" : "images")} for ")
                + Invariant($"{images.Classes.Count} classes {(split.Train.Length == 1 ? "is" : "are")} too few to learn from");
        if (Normalization.Of(images, split.Train).StandardDeviation.All(static deviation => deviation == NoDeviation))
            yield return "all training images are of one even colour: there is nothing to tell them apart by";
        if (split.Train.Length > 1 && AreAlike(images, split.Train)) yield return "all training images are the same to the pixel";
    }

    private static IEnumerable<string> Batches(Graph graph, TrainingOptions options, IndexSplit split, int batch)
    {
        if (options.ValidationFraction > 0 && split.Validation.Length == 0)
        {
            string part = options.ValidationFraction.ToString(CultureInfo.InvariantCulture);
            yield return $"a validation of {part} of these images holds none out: nothing is measured while training";
        }

        if (batch < options.BatchSize)
        {
            string all = batch == 1 ? "image" : "images";
            yield return Invariant($"a batch of {options.BatchSize} is more than the {batch} training {all}: ")
                + "each step takes them all, and an epoch is one step";
        }

        if (batch == 1 && graph.Nodes.Any(static node => node.Layer is BatchNorm))
            yield return "batch norm takes its statistics from one image at a time: a batch size of 16 or more is steadier";
    }

    // The loss that is told epoch by epoch is then another than that of validation and test.
    private static IEnumerable<string> Weights(ImageSet images, TrainingOptions options, IndexSplit split)
    {
        if (options.Acting<ClassWeights>().FirstOrDefault() is not { } technique) yield break;
        (double Weight, string Class)[] weights =
            [.. ClassWeights.Of(images.CountClasses(split.Train), technique.Power).Zip(images.Classes)];
        ((double Weight, string Class) least, (double Weight, string Class) most) = (weights.Min(), weights.Max());
        if (least.Weight < most.Weight)
            yield return Invariant($"class weights are from {least.Weight:0.###} ({least.Class}) to {most.Weight:0.###} ")
                + $"({most.Class}): the training loss is weighted, that of validation and test is not";
    }

    private static void CheckTest(Dataset data)
    {
        (ImageSet train, ImageSet test) = (data.Train, data.Test);
        if ((test.Channels, test.Height, test.Width) != (train.Channels, train.Height, train.Width))
            throw new DataException(
                $"The test images are of {test.Channels}x{test.Height}x{test.Width}, and the training images of " +
                $"{train.Channels}x{train.Height}x{train.Width}.", data.Source, "Make all images of one size.");
        if (test.Classes.Count != train.Classes.Count)
            throw new DataException($"The test images have {test.Classes.Count} classes, and the training images {train.Classes.Count}.",
                data.Source, SameClasses);
        int other = Enumerable.Range(0, train.Classes.Count).FirstOrDefault(i => test.Classes[i] != train.Classes[i], -1);
        if (other >= 0)
            throw new DataException(
                $"Class {other} of the test images is `{test.Classes[other]}`, and of the training images `{train.Classes[other]}`.",
                data.Source, SameClasses);
    }

    private static void CheckNorms(Graph graph, int batch, bool allImages)
    {
        if (batch > 1 || graph.Nodes.FirstOrDefault(static node => node.Layer is BatchNorm && node.Shape.Pixels == 1) is not { } norm)
            return;
        Shape input = graph.Input.Shape;
        throw new RecipeException(
            $"Batch norm would get a single value per channel of an image of {input.Height}x{input.Width}: its variance does not exist.",
            allImages
            ? $"layer '{norm.Name}', with one training image" : $"layer '{norm.Name}', training.batch_size: 1",
            allImages ? "Train on two images or more, or leave the norm out."
            : "Train with a batch of two images or more, or leave the norm out.");
    }

    private static bool AreAlike(ImageSet images, int[] indices)
    {
        ReadOnlySpan<byte> first = images.Image(indices[0]);
        foreach (int index in indices)
        {
            if (!images.Image(index).SequenceEqual(first)) return false;
        }

        return true;
    }
}
