using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Training.Gradients;

/// <summary>Takes the gradient of a step's batch, for a <see cref="IGradientRule"/>.</summary>
public sealed class GradientPass
{
    private readonly IGradientStep _inner;
    private readonly TrainingPlan _plan;
    private long _seed, _stream;

    internal GradientPass(IGradientStep inner, TrainingPlan plan) => (_inner, _plan) = (inner, plan);

    /// <summary>What is trained; its weights may be changed between two passes, and must be put back.</summary>
    public Network Network => _plan.Network;

    /// <summary>
    /// The gradient of the mean loss that was taken last, laid out like <see cref="Network.Weights"/>. It may be changed.
    /// </summary>
    public float[] Gradients => _plan.Gradients;

    /// <summary>Which step it is.</summary>
    public StepFacts Step { get; private set; }

    /// <summary>Draws of the technique for this step. To draw, copy it into a local variable.</summary>
    public SeededRandom Random { get; private set; }

    /// <summary>The step's batch.</summary>
    internal IBatchSource Source { get; private set; } = null!;

    /// <summary>Its images, all their views counted.</summary>
    internal int Images { get; private set; }

    /// <summary>Whether the gradient of this step was taken.</summary>
    internal bool Taken { get; private set; }

    /// <summary>
    /// Takes the gradient of the batch at the present weights; each time of the same images, with the same dropout.
    /// </summary>
    /// <param name="movesStatistics">
    /// Whether the pass moves the running statistics of norms: those of a step should move once, at the weights as they were.
    /// </param>
    /// <returns>Loss and accuracy at the present weights.</returns>
    public StepResult Take(bool movesStatistics = true)
    {
        bool outer = _plan.MovesStatistics;
        _plan.UpdateRunningStatistics(outer && movesStatistics);
        try
        {
            Taken = true;
            return _inner.Run(Source, Images, Step.Step);
        }
        finally
        {
            _plan.UpdateRunningStatistics(outer);
        }
    }

    /// <summary>Takes the gradient of other images in the batch's place.</summary>
    internal StepResult TakeOf(IBatchSource source)
    {
        Taken = true;
        return _inner.Run(source, Images, Step.Step);
    }

    /// <summary>Draws of the technique for one image of this step.</summary>
    internal SeededRandom RandomOf(int image) => new(_seed, _stream, Step.Step, 1 + image);

    internal void Begin(IBatchSource source, int images, StepFacts step, long seed, long stream)
    {
        (Source, Images, Step, _seed, _stream, Taken) = (source, images, step, seed, stream, false);
        Random = new SeededRandom(seed, stream, step.Step);
    }
}
