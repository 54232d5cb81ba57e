using Pare.Data;
using Pare.Graphs;
using Pare.Training;

namespace Pare.Runs;

/// <summary>A training that goes on from its last checkpoint, and leaves one when it is stopped.</summary>
internal static class KeptTraining
{
    /// <summary>Trains to the end.</summary>
    /// <param name="network">Trained in place.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How to train.</param>
    /// <param name="from">Where to go on; null to begin.</param>
    /// <param name="writer">Writes the checkpoints.</param>
    /// <param name="log">Told of each epoch before anyone else; null for nobody.</param>
    /// <param name="progress">Told a few times a second, and at each epoch's end.</param>
    /// <param name="cancellation">Stops between two steps, once that step is in a checkpoint.</param>
    public static TrainingResult Run(Network network, Dataset data, TrainingOptions options, Checkpoint? from, CheckpointWriter writer,
        ITrainingCallback? log, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        List<ITrainingCallback> callbacks = [writer];
        if (log is not null) callbacks.Insert(0, log);
        if (progress is not null) callbacks.Add(new ProgressReports(progress, TimeProvider.System));
        using var session = new TrainingSession(network, data, options, from?.State, callbacks);
        try
        {
            return session.Run(cancellation);
        }
        catch (OperationCanceledException)
        {
            writer.Write(session);
            throw;
        }
    }
}
