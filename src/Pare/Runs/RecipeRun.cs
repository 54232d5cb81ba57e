using Pare.Data;
using Pare.Evaluation;
using Pare.Execution;
using Pare.Export;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Robustness;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Runs;

/// <summary>Trains one recipe into one run folder.</summary>
public static class RecipeRun
{
    /// <summary>The most training images that the trained network is measured on.</summary>
    internal const int MostMeasured = 10_000;

    /// <summary>Finds what keeps a recipe from being trained on these images, before a folder is made for the run.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">The images.</param>
    /// <param name="settings">How it is to begin; null for the defaults.</param>
    /// <exception cref="RecipeException">
    /// The network does not fit the images, a teacher, or the model that gives the first weights, knows images that this run is tested on
    /// or chosen by, or these weights do not fit the network.
    /// </exception>
    /// <exception cref="DataException">The file of the first weights is damaged.</exception>
    public static void Check(Recipe recipe, Dataset data, RunSettings? settings = null)
    {
        Evaluator.CheckFit(recipe.Graph, data.Train, data.Source);
        HeldOutCheck.Check(recipe.Training, data, settings?.InitialWeights);
        if (settings?.InitialWeights is { } model)
            InitialWeights.Load(model, new Network(recipe.Graph, recipe.Training.Seed), note: null);
    }

    /// <summary>What the run in a folder has come to, where it is at its end and the same as one that is asked for.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="recipe">What is asked for.</param>
    /// <param name="data">On which images.</param>
    /// <param name="settings">How it was to begin.</param>
    /// <returns>Null where no run in the folder is at its end.</returns>
    /// <exception cref="RecipeException">One of another recipe, or on other images, is.</exception>
    public static RunSummary? Finished(string folder, Recipe recipe, Dataset data, RunSettings settings)
    {
        if (!RunFolder.IsFinished(folder)) return null;
        var environment = RunEnvironment.Read(Path.Combine(folder, RunFolder.EnvironmentFile));
        string? initial = settings.InitialWeights is null ? null : InitialWeights.NameOf(settings.InitialWeights);
        if (environment is null || !RunFolder.HoldsRunOf(folder, recipe) || DataIdentity.Of(data).Against(environment.Data, "") is not null
            || TeacherIdentity.Against(recipe, environment.Teacher, "") is not null
            || (initial is not null && !InitialWeights.AreSame(initial, environment.InitialWeights))) throw RunFolder.Taken(folder);
        RunFolder.Tidy(folder);
        return RunSummary.Read(Path.Combine(folder, RunFolder.ResultFile));
    }

    /// <summary>
    /// Trains a network after a recipe, measures it, and keeps all that is needed to repeat it. A run that was interrupted goes on from its
    /// last checkpoint, and ends with the bytes of one that was not.
    /// </summary>
    /// <param name="run">The run's folder, new or of an interrupted run.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">The images.</param>
    /// <param name="environment">On what it is made; its threads compute, and its seed becomes the recipe's.</param>
    /// <param name="settings">How it begins and is kept; null for the defaults.</param>
    /// <param name="progress">Told a few times a second, and at each epoch's end, when its row is written.</param>
    /// <param name="cancellation">
    /// Stops between two steps; the folder then has a checkpoint and the weights of the last one, and no result.
    /// </param>
    /// <exception cref="RecipeException">
    /// The network does not fit the data, a teacher or the first weights' model knows images that this run is tested on or chosen by, or
    /// the folder holds another run.
    /// </exception>
    /// <exception cref="RunException">The loss left the finite numbers, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RunSummary Train(RunFolder run, Recipe recipe, Dataset data, RunEnvironment environment, RunSettings? settings = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        settings ??= new RunSettings();
        environment = environment with { Seed = recipe.Training.Seed };
        recipe = RunBudget.Fit(run.GoesOn ? RunBudget.AsBegun(recipe, run.Location) : recipe, data, environment.Threads, cancellation);
        TrainingOptions options = recipe.Training with { Threads = environment.Threads };
        IndexSplit split = options.Split(data);

        // The model that an interrupted run began with may be gone by now.
        Check(recipe, data, run.GoesOn ? null : settings);
        (Network network, Checkpoint? from, CheckpointOrigin origin) = Begin(run, recipe, data, split, environment, settings);
        var writer = new CheckpointWriter(run.Checkpoints, origin, settings.CheckpointInterval,
            session => run.Watch(session.Metrics, settings.Note), TimeProvider.System);
        TrainingResult result;
        try
        {
            result = KeptTraining.Run(network, data, options, from, writer, new Recorder(run, settings.Note), progress, cancellation);
        }
        catch (OperationCanceledException)
        {
            ModelFile.Save(run.ModelPath, network, Normalization.Of(data.Train, split.Train), data.Train.Classes,
                Origin(recipe, data, accuracy: null));
            throw;
        }

        run.Watch(result.Epochs, settings.Note);
        ModelFile.Save(run.ModelPath, result.Network, result.Normalization, data.Train.Classes,
            Origin(recipe, data, result.Test.Accuracy));
        EvaluationRecord evaluation = EvaluationRecord.Measure(result.Network, result.Normalization, data, options.Threads) with
        {
            CorruptedAccuracy = QuickCorruptions.Measure(result.Network, result.Normalization, data.Test, environment.Threads),
        };
        run.WriteEvaluation(evaluation);
        run.WritePredictions(RunPredictions.Of(data, split.Validation, evaluation.Result, result.Validation));
        float trainAccuracy = Measure(result, data.Train, split.Train, options.Threads);
        RunSummary summary = Summary(run.Location, recipe, result, evaluation, trainAccuracy) with
        {
            WeightsDigest = RunFolder.DigestOf(run.ModelPath),
        };
        run.WriteResult(summary);
        run.Checkpoints.Remove();
        return summary;
    }

    private static RunSummary Summary(string run, Recipe recipe, TrainingResult result, EvaluationRecord evaluation,
        float trainAccuracy)
    {
        var cost = Cost.Of(recipe.Graph);
        return new RunSummary
        {
            Run = run,
            Recipe = recipe.Name,
            Parameters = cost.Parameters,
            Macs = cost.Macs,
            Epochs = result.Epochs.Count,
            Stopped = result.Stopped,
            Restarts = result.Restarts.Count > 0 ? result.Restarts : null,
            TestAccuracy = result.Test.Accuracy,
            BalancedTestAccuracy = result.Test.UnevenBalancedAccuracy,
            TestLoss = result.Test.Loss,
            ValidationAccuracy = result.Validation?.Accuracy,
            UnaveragedTestAccuracy = result.Unaveraged?.Test.Accuracy,
            UnaveragedValidationAccuracy = result.Unaveraged?.Validation?.Accuracy,
            TrainAccuracy = trainAccuracy,
            CorruptedAccuracy = evaluation.CorruptedAccuracy,
            Seconds = result.Seconds,
            ImagesPerSecond = result.ImagesPerSecond,
            Seed = recipe.Training.Seed,
            MissedTargets = recipe.Missed(result.Test.Accuracy, cost.Parameters) is { Count: > 0 } missed ? missed : null,
            PareVersion = RunEnvironment.Version,
        };
    }

    private static ModelOrigin Origin(Recipe recipe, Dataset data, float? accuracy) => new()
    {
        Recipe = recipe.Name,
        RecipeText = recipe.ToYaml(),
        Seed = recipe.Training.Seed,
        Data = data.Name,
        DataFingerprint = data.Fingerprint,
        TestAccuracy = accuracy,
    };

    // Every n-th image, because the images of a folder come class by class.
    private static float Measure(TrainingResult result, ImageSet images, int[] train, int threads)
    {
        int every = (train.Length + MostMeasured - 1) / MostMeasured;
        using var team = new ThreadTeam(threads);
        return Evaluator.Run(new InferencePlan(result.Network, team), result.Normalization, images,
            [.. train.Where((_, i) => i % every == 0)]).Accuracy;
    }

    // Writes what a run begins with; of one that was interrupted it finds where it goes on.
    private static (Network Network, Checkpoint? From, CheckpointOrigin Origin) Begin(RunFolder run, Recipe recipe, Dataset data,
        IndexSplit split, RunEnvironment environment, RunSettings settings)
    {
        var identity = DataIdentity.Of(data);
        var network = new Network(recipe.Graph, recipe.Training.Seed);
        environment = environment with { DataFingerprint = identity.Fingerprint, Teacher = TeacherIdentity.Of(recipe) };
        string? initial = settings.InitialWeights is null ? null : InitialWeights.NameOf(settings.InitialWeights);
        Interruption? left = run.GoesOn ? Interruption.In(run.Location, recipe, identity, initial) : null;
        if (left?.Obstacle is { } obstacle)
            throw new RecipeException($"The run in this folder cannot be resumed. {obstacle}", Path.GetFullPath(run.Location),
                left.IsLost ? "Choose a new folder: its weights can be looked at, but no training can resume from them."
                : "Resume it with what it was begun with, or choose a new folder.")
            { Setting = "folder" };
        left?.CheckInstructions(run.Location, settings);
        RunSize.Require(run.Location, RunSize.Of(recipe, data, isTraining: true));
        if (left?.Note is { } note) settings.Note?.Invoke(note);
        Checkpoint? from = left?.Checkpoint;
        if (from is not null)
        {
            int epochs = from.State.Metrics.Count;
            settings.Note?.Invoke(
                Invariant($"resumes after step {from.State.Step} of {from.State.Steps}, {epochs} epoch{(epochs == 1 ? "" : "s")} done"));
            environment = Resumed(run, environment, from.State);
            initial = from.Origin.InitialWeights;
            run.CutBack(from.State.Metrics);
        }
        else
        {
            // A run that was killed before its first checkpoint has its first weights in its record.
            if (run.GoesOn) initial ??= RunEnvironment.Read(Path.Combine(run.Location, RunFolder.EnvironmentFile))?.InitialWeights;
            if (initial is not null)
                InitialWeights.Load(settings.InitialWeights ?? InitialWeights.FileNamed(initial), network, settings.Note);
            if (run.GoesOn) run.CutBack([]);
        }

        if (recipe.Training.Distillation?.Teacher?.Location is { } teacher && RunFolder.Doubt(teacher) is { } lack)
            settings.Note?.Invoke($"the run of {teacher} {lack}");
        environment = environment with { InitialWeights = initial };
        run.WriteRecipe(recipe.ToYaml());
        run.WriteSettings(Hyperparameters.Of(recipe));
        run.WriteSplit(RunSplit.Of(data, split, recipe.Training.ValidationFraction));
        run.WriteEnvironment(environment);
        return (network, from, new CheckpointOrigin
        {
            Recipe = recipe.ToYaml(),
            Data = identity.Source,
            DataFingerprint = identity.Fingerprint,
            InitialWeights = initial,
            Teacher = environment.Teacher,
        });
    }

    // The record of a run that goes on is that of its beginning, with one more line on where it was resumed.
    private static RunEnvironment Resumed(RunFolder run, RunEnvironment now, TrainingState from)
    {
        RunEnvironment first = RunEnvironment.Read(Path.Combine(run.Location, RunFolder.EnvironmentFile)) ?? now;
        var resumption = new Resumption { Started = now.Started, Epoch = from.Metrics.Count, Step = from.Step, Threads = now.Threads };
        return first with { Resumed = [.. first.Resumed ?? [], resumption] };
    }

    private sealed class Recorder(RunFolder run, Action<string>? note) : ITrainingCallback
    {
        public void AfterEpoch(TrainingSession session, EpochMetrics epoch) => run.Append(epoch);

        public void AfterRestart(TrainingSession session, Restart restart) => note?.Invoke(restart.Describe());
    }
}
