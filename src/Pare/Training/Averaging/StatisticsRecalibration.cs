using Pare.Augmentation;
using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training.Averaging;

/// <summary>
/// Measures the running statistics of a network's norms anew: the mean over batches of their means and of their unbiased
/// variances, all norms in one sweep, the later ones fed by maps that the batch normalized. Izmailov et al. 2018, section 3.2. The ranges
/// of maps that are rounded are measured along with them.
/// </summary>
/// <param name="plan">The network, without dropout; the values that its statistics had do not count.</param>
/// <param name="weighting">How batches count.</param>
internal sealed class StatisticsRecalibration(TrainingPlan plan, BatchWeighting weighting)
{
    private double _seen;

    /// <summary>Lets the network see a whole set of images once.</summary>
    /// <param name="batch">The images, without augmentation.</param>
    /// <param name="order">Indices into them, in an order that mixes the classes.</param>
    public void Run(ImageBatch batch, int[] order)
    {
        for (int start = 0; start < order.Length; start += plan.BatchSize)
        {
            int images = Math.Min(plan.BatchSize, order.Length - start);

            // A last batch of one image has no variance where a map is a single pixel.
            if (images == 1 && start > 0) return;
            batch.Select(order, start);
            Add(batch, images);
        }
    }

    /// <summary>Lets the network see one batch.</summary>
    public void Add(IBatchSource batch, int images)
    {
        double weight = weighting == BatchWeighting.Size ? images : 1;
        if (_seen == 0) Array.Clear(plan.Network.Statistics);
        _seen += weight;
        var share = (float)(weight / _seen);
        foreach (BatchNormalization norm in plan.Norms) norm.Momentum = share;
        foreach (RunningRange range in plan.Ranges) range.Momentum = share;
        plan.Forward(batch, images);
    }
}
