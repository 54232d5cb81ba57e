using Pare.Data;
using Pare.Graphs;

namespace Pare.Training;

/// <summary>Trains a network on a data set.</summary>
public static class Trainer
{
    /// <summary>
    /// Trains a network in place and measures the last epoch's weights on the test set; with a technique that averages weights
    /// the average, too, which is then the result.
    /// </summary>
    /// <param name="network">Its input must be of the images' shape, and it must have one output per class.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Told a few times a second, and at each epoch's end.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="RecipeException">An option is out of range, or the network does not fit the data or the memory.</exception>
    /// <exception cref="DataException">
    /// There is no image to train or to test on, or the test images are of another size or of other classes than the training images.
    /// </exception>
    /// <exception cref="RunException">
    /// A loss, gradient, weight or output left the finite numbers; the error names step and layer.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; the network keeps the weights of the last step.</exception>
    public static TrainingResult Run(Network network, Dataset data, TrainingOptions options, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        using var session = new TrainingSession(network, data, options,
            callbacks: progress is null ? [] : [new ProgressReports(progress, TimeProvider.System)]);
        return session.Run(cancellation);
    }
}
