using Pare.Augmentation;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;

namespace Pare.Training;

/// <summary>
/// The memory that a training takes at its peak, in bytes, counted from its plan before anything is allocated. The images themselves are
/// not in it.
/// </summary>
public sealed record MemoryEstimate
{
    /// <summary>The values of the network, of their average, and the copies that techniques keep.</summary>
    public required long Weights { get; init; }

    /// <summary>The gradients of the weights: one for every 16, 8 or 4 images of a batch, and their sum.</summary>
    public required long Gradients { get; init; }

    /// <summary>What the optimizer keeps for each weight.</summary>
    public required long OptimizerState { get; init; }

    /// <summary>Weights in the order in which kernels read them.</summary>
    public required long PackedWeights { get; init; }

    /// <summary>The feature maps of a batch and their gradients.</summary>
    public required long FeatureMaps { get; init; }

    /// <summary>Batches that are prepared ahead of the step.</summary>
    public required long Batches { get; init; }

    /// <summary>All of it.</summary>
    public long Total => Weights + Gradients + OptimizerState + PackedWeights + FeatureMaps + Batches;

    /// <summary>Counts a training.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="images">Images to train on, where it is known: a batch is never larger.</param>
    /// <param name="streamed">Whether the images are read when they are needed, and so always ahead of the step.</param>
    /// <exception cref="RecipeException">A layer is larger than the engine can index.</exception>
    public static MemoryEstimate Of(Graph graph, TrainingOptions options, int? images = null, bool streamed = false)
    {
        var layout = Network.Layout(graph);
        int batch = Math.Clamp(options.BatchSize, 1, Math.Max(1, images ?? int.MaxValue)), threads = options.Threads;
        int views = options.Views, all = (int)Math.Min((long)batch * views, int.MaxValue);
        AveragingTechnique? averaging = options.Acting<AveragingTechnique>().FirstOrDefault();
        int networks = averaging is null ? 1 : 2;
        int copies = options.Acting<GradientTechnique>().Sum(static technique => technique.WeightCopies)
            + options.Acting<WeightTechnique>().Sum(static technique => technique.WeightCopies);
        int states = options.OnDivergence == DivergenceResponse.HalveRate ? 2 : 1;
        PlanSize training =
            TrainingPlan.Count(layout, all, threads, options.NeedsImageGradient, options.Storage, sizes: options.SizesOf(graph).Smaller),
            inference = InferencePlan.Count(layout, threads);

        // After the training the average is measured beside the network, and its norms with a training plan of its own, in 32 bits.
        PlanSize measuring = averaging?.Recalibration is null ? default
            : TrainingPlan.Count(layout, Math.Max(2, batch), threads);
        return new MemoryEstimate
        {
            Weights = (states * networks * layout.ValueBytes) + (sizeof(float) * (long)copies * layout.WeightCount),
            Gradients = sizeof(float) * (training.WeightGradients + measuring.WeightGradients),
            OptimizerState = states * sizeof(float) * (long)options.Optimizer.StateCount * layout.WeightCount,
            PackedWeights = sizeof(float) * (training.Packed + measuring.Packed + (networks * inference.Packed)),
            FeatureMaps = sizeof(float)
            * (training.Maps + measuring.Maps + (networks * inference.Maps)
            + options.Acting<LossTechnique>().Sum(technique => technique.Floats(batch, threads))
            + (options.NeedsImageGradient ? ((long)graph.Input.Shape.Count * (all + Simd.Lanes))
            + ((long)graph.Input.Shape.Pixels * Simd.Lanes * threads) : 0)
            + (views > 1 ? ConsistencyLoss.Floats(batch, views, graph.Output.Shape.Channels) : 0)),
            Batches = streamed || options.Acting<DataTechnique>().Any()
                ? sizeof(float) * (long)TrainingBatches.RingLength(options) * all
                    * ((long)graph.Input.Shape.Count + graph.Output.Shape.Count)
                : 0,
        };
    }

    /// <summary>Refuses a training that does not fit into what is free.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="images">Images to train on, where it is known.</param>
    /// <param name="streamed">Whether the images are read when they are needed.</param>
    /// <param name="taken">Bytes of the estimate that are taken already.</param>
    /// <param name="available">What is free; null to ask the system.</param>
    /// <exception cref="RecipeException">It does not; the error says which part is the bulk and what to lower.</exception>
    internal static void Check(Graph graph, TrainingOptions options, int? images = null, bool streamed = false, long taken = 0,
        long? available = null)
    {
        MemoryEstimate estimate = Of(graph, options, images, streamed);
        long most = available ?? AvailableMemory.Bytes();
        if (estimate.Total - taken > most) throw estimate.TooLarge(graph, most, Of(graph, options with { Threads = 1 }, images, streamed));
    }

    private RecipeException TooLarge(Graph graph, long available, MemoryEstimate alone)
    {
        long values = Weights + Gradients + OptimizerState + PackedWeights;
        (string needed, string free) = Rounding.Apart(Total, available, AvailableMemory.Text);
        string needs = $"The training needs {needed} of memory, and {free} are free";
        if (alone.Total < Total / 2)
            return new RecipeException($"{needs}: one thread alone would need {AvailableMemory.Text(alone.Total)}.",
                nameof(TrainingOptions.Threads), "Take fewer threads.")
            { Setting = nameof(TrainingOptions.Threads) };
        if (values > Total / 2)
        {
            var layout = Network.Layout(graph);
            return new RecipeException(
                $"{needs}: the weights take {AvailableMemory.Text(layout.ValueBytes)}, " +
                Invariant($"{(double)values / Math.Max(1, layout.ValueBytes):F0} times that with gradients, optimizer and kernels."),
                $"model, {layout.LargestParameter}", "Make this layer smaller; a smaller batch hardly helps.");
        }

        return new RecipeException(
            $"{needs}: feature maps and their gradients take {AvailableMemory.Text(FeatureMaps)}.", "training.batch_size",
            "Lower the batch size, or make the images or the network smaller.");
    }
}
