using Pare.Data;
using Pare.Evaluation;
using Pare.Execution;
using Pare.Export;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Training;

namespace Pare.Runs;

/// <summary>Trains one recipe into one run folder.</summary>
public static class RecipeRun
{
    /// <summary>The most training images that the trained network is measured on.</summary>
    internal const int MostMeasured = 10_000;

    /// <summary>Finds what keeps a recipe from being trained on these images, before a folder is made for the run.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">The images.</param>
    /// <exception cref="RecipeException">A teacher knows images that this run is tested on or chosen by.</exception>
    public static void Check(Recipe recipe, Dataset data) => TeacherCheck.Check(recipe.Training, data);

    /// <summary>Trains a network after a recipe, measures it, and keeps all that is needed to repeat it.</summary>
    /// <param name="run">The run's new folder.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">The images.</param>
    /// <param name="environment">On what it is made; its threads compute.</param>
    /// <param name="progress">Told a few times a second, and at each epoch's end, when the epoch is on the disk.</param>
    /// <param name="cancellation">Stops between two steps; the folder then has the weights of the last one and no result.</param>
    /// <exception cref="RecipeException">
    /// The network does not fit the data, or a teacher knows images that this run is tested on.
    /// </exception>
    /// <exception cref="RunException">The loss left the finite numbers, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RunSummary Train(RunFolder run, Recipe recipe, Dataset data, RunEnvironment environment,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        recipe = RunBudget.Fit(recipe, data, environment.Threads, cancellation);
        TrainingOptions options = recipe.Training with { Threads = environment.Threads };
        IndexSplit split = options.Split(data);
        int[] train = split.Train;
        Check(recipe, data);
        run.WriteRecipe(recipe.ToYaml());
        run.WriteSplit(RunSplit.Of(data, split, options.ValidationFraction));
        run.WriteEnvironment(environment with { DataFingerprint = data.Fingerprint });
        var network = new Network(recipe.Graph, options.Seed);
        TrainingResult result;
        try
        {
            result = Trainer.Run(network, data, options, new Recorder(run, progress), cancellation);
        }
        catch (OperationCanceledException)
        {
            ModelFile.Save(run.ModelPath, network, Normalization.Of(data.Train, train), data.Train.Classes, Origin(null));
            throw;
        }

        ModelFile.Save(run.ModelPath, result.Network, result.Normalization, data.Train.Classes, Origin(result.Test.Accuracy));
        run.WriteEvaluation(EvaluationRecord.Measure(result.Network, result.Normalization, data, options.Threads));
        var cost = Cost.Of(recipe.Graph);
        var summary = new RunSummary
        {
            Run = run.Location,
            Recipe = recipe.Name,
            Parameters = cost.Parameters,
            Macs = cost.Macs,
            Epochs = result.Epochs.Count,
            Stopped = result.Stopped,
            TestAccuracy = result.Test.Accuracy,
            TestLoss = result.Test.Loss,
            ValidationAccuracy = result.Validation?.Accuracy,
            UnaveragedTestAccuracy = result.Unaveraged?.Test.Accuracy,
            UnaveragedValidationAccuracy = result.Unaveraged?.Validation?.Accuracy,
            TrainAccuracy = Measure(result, data.Train, train, options.Threads),
            Seconds = result.Seconds,
            ImagesPerSecond = result.ImagesPerSecond,
            Seed = options.Seed,
            MissedTargets = recipe.Missed(result.Test.Accuracy, cost.Parameters) is { Count: > 0 } missed ? missed : null,
            PareVersion = RunEnvironment.Version,
        };
        run.WriteResult(summary);
        return summary;

        ModelOrigin Origin(float? accuracy) =>
            new()
            {
                Recipe = recipe.Name,
                RecipeText = recipe.ToYaml(),
                Seed = options.Seed,
                Data = data.Name,
                DataFingerprint = data.Fingerprint,
                TestAccuracy = accuracy
            };
    }

    // Every n-th image, because the images of a folder come class by class.
    private static float Measure(TrainingResult result, ImageSet images, int[] train, int threads)
    {
        int every = (train.Length + MostMeasured - 1) / MostMeasured;
        using var team = new ThreadTeam(threads);
        return Evaluator.Run(new InferencePlan(result.Network, team), result.Normalization, images,
            [.. train.Where((_, i) => i % every == 0)]).Accuracy;
    }

    // The row is on the disk before anyone is told.
    private sealed class Recorder(RunFolder run, IProgress<TrainingProgress>? progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.EpochEnd is EpochMetrics epoch) run.Append(epoch);
            progress?.Report(value);
        }
    }
}
