using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Training;

namespace Pare.Runs;

/// <summary>Guesses how long a training takes.</summary>
internal static class RunEstimate
{
    private const int MeasuredSteps = 11;

    // A forward pass is about a third of a step, which goes forward once and backward at twice the price.
    private const double InferenceShare = 1 / 3.0;

    /// <summary>From a few steps on random images.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">Its images are only counted.</param>
    /// <param name="threads">Threads to compute with.</param>
    public static TimeSpan Of(Recipe recipe, Dataset data, int threads)
    {
        TrainingOptions options = recipe.Training;
        IndexSplit split = options.Split(data);
        int batch = Math.Clamp(options.BatchSize, 1, Math.Max(1, split.Train.Length)), views = options.Views;
        Shape input = recipe.Graph.Input.Shape;
        var images = new RandomImages(input.Count, recipe.Graph.Output.Shape.Channels, batch * views);
        var network = new Network(recipe.Graph, options.Seed);
        using var team = new ThreadTeam(threads);
        var training = new TrainingStep(network, batch * views, team, options);
        long step = 0;
        void Step() => training.RunTimed(images, batch * views, step++);
        double image = Timing.MedianWarm(MeasuredSteps, Step) / batch;
        long steps = (long)options.Epochs * (split.Train.Length / batch);
        double trained = options.Work(recipe.Graph, steps) * batch;
        double measured = ((double)options.Epochs * split.Validation.Length) + data.Test.Count
            + Math.Min(split.Train.Length, RecipeRun.MostMeasured);
        return TimeSpan.FromSeconds(image * (trained + (InferenceShare / views * measured)));
    }
}
