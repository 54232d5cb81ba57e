using Pare.Data;
using Pare.Graphs;

namespace Pare.Training;

/// <summary>The first steps of a training, on weights of their own that are thrown away.</summary>
internal static class Trial
{
    /// <summary>Begins to train a fresh network.</summary>
    /// <param name="graph">The structure.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How to train; where their epochs are too short for the steps, there are more of them.</param>
    /// <param name="steps">The most steps to take.</param>
    /// <param name="goOn">Told of each step, before what follows an epoch's last; answers whether to take another.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="RunException">The loss left the finite numbers.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static void Run(Graph graph, Dataset data, TrainingOptions options, int steps, Func<TrainingSession, bool> goOn,
        CancellationToken cancellation)
    {
        int images = options.Split(data).Train.Length, stepsPerEpoch = Math.Max(1, images / Math.Clamp(images, 1, options.BatchSize));
        int epochs = Math.Max(options.Epochs, ((steps - 1) / stepsPerEpoch) + 1);

        // What ends a training early, or takes it back, would hide what the trial is to see.
        options = options with { Epochs = epochs, Minutes = null, Patience = null, OnDivergence = DivergenceResponse.Fail };
        using var session = new TrainingSession(new Network(graph, options.Seed), data, options, callbacks: [new Watch(goOn)]);
        while (!session.Done && session.StepsDone < steps)
        {
            cancellation.ThrowIfCancellationRequested();
            session.Step();
        }
    }

    private sealed class Watch(Func<TrainingSession, bool> goOn) : ITrainingCallback
    {
        public void AfterStep(TrainingSession session)
        {
            if (!goOn(session)) session.Stop("the trial has seen enough");
        }
    }
}
