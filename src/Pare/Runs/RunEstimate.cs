using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Runs;

/// <summary>Guesses how long a training takes.</summary>
internal static class RunEstimate
{
    private const int MeasuredSteps = 11;

    // Steps are taken until they can be timed, of however few the run is.
    private const int Endless = 1_000_000;

    // A forward pass is about a third of a step, which goes forward once and backward at twice the price.
    private const double InferenceShare = 1 / 3.0;

    /// <summary>From a few steps on the first images, augmentation and losses included.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">The images, one or more of them to train on.</param>
    /// <param name="threads">Threads to compute with.</param>
    /// <param name="teacher">What it learns from, where that is not trained yet; null for what the recipe names.</param>
    /// <exception cref="DataException">An image cannot be read.</exception>
    public static TimeSpan Of(Recipe recipe, Dataset data, int threads, Graph? teacher = null)
    {
        TrainingOptions options = recipe.Training;
        IndexSplit split = options.Split(data);

        // What it is depends on no value.
        Shape input = recipe.Graph.Input.Shape;
        var normalization = new Normalization([.. Enumerable.Repeat(0.5f, input.Channels)], [.. Enumerable.Repeat(0.5f, input.Channels)]);

        // What steps of a smaller size save, Work knows.
        TrainingOptions timed = options.AtFullSize with { Epochs = Endless, Threads = threads };
        if (teacher is not null) timed = timed.TaughtBy(new Teacher(new Network(teacher, options.Seed), normalization));
        using var team = new ThreadTeam(threads);
        using var batches = new TrainingBatches(data.Train, split.Train, normalization, timed.FactsOf(recipe.Graph), timed, team);
        int batch = batches.BatchSize, views = timed.Views;
        var context = new LossContext(team, batch, normalization, data.Train.Classes)
        {
            Outputs = recipe.Graph.Output.Shape.Channels,
            ClassImages = data.Train.CountClasses(split.Train),
        };
        var training = new TrainingStep(new Network(recipe.Graph, options.Seed), batch * views, team, timed, timed.Loss(context));
        long step = 0;
        void Step() => training.RunTimed(batches.Next(), batch * views, step++);
        double image = Timing.MedianWarm(MeasuredSteps, Step) / batch;
        long steps = (long)options.Epochs * (split.Train.Length / batch);
        double trained = options.Work(recipe.Graph, steps) * batch;
        double measured = ((double)options.Epochs * split.Validation.Length) + data.Test.Count
            + Math.Min(split.Train.Length, RecipeRun.MostMeasured);
        return TimeSpan.FromSeconds(image * (trained + (InferenceShare / views * measured)));
    }
}
