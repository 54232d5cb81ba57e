using Pare.Data;
using Pare.Graphs;

namespace Pare.Training;

/// <summary>The first steps of a training, on weights of their own that are thrown away.</summary>
internal static class Trial
{
    /// <summary>Trains a fresh network as <see cref="Trainer"/> would until it is told to stop.</summary>
    /// <param name="graph">The structure.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How to train; where their epochs are too short for the steps, there are more of them.</param>
    /// <param name="steps">The most steps to take.</param>
    /// <param name="goOn">Told step and loss after each step; answers whether to take another.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="RunException">The loss left the finite numbers.</exception>
    /// <exception cref="OperationCanceledException">Cancelled from outside.</exception>
    public static void Run(Graph graph, Dataset data, TrainingOptions options, int steps, Func<long, double, bool> goOn,
        CancellationToken cancellation)
    {
        int images = options.Split(data).Train.Length, stepsPerEpoch = Math.Max(1, images / Math.Clamp(images, 1, options.BatchSize));
        int epochs = Math.Max(options.Epochs, ((steps - 1) / stepsPerEpoch) + 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            Trainer.Run(new Network(graph, options.Seed), data, options with { Epochs = epochs }, new Observer(steps, goOn, stop),
                stop.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The trial has what it wanted: the trainer was stopped from here.
        }
    }

    private sealed class Observer(int steps, Func<long, double, bool> goOn, CancellationTokenSource stop) : IStepObserver
    {
        public void AfterStep(long step, double loss)
        {
            if (stop.IsCancellationRequested) return;
            if (!goOn(step, loss) || step + 1 >= steps) stop.Cancel();
        }

        public void Report(TrainingProgress value)
        {
            // Every step is seen already.
        }
    }
}
