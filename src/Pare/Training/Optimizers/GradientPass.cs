using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Training.Optimizers;

/// <summary>Takes the gradient of a step's batch, for a <see cref="IGradientRule"/>.</summary>
public sealed class GradientPass
{
    private readonly IGradientStep _inner;
    private readonly TrainingPlan _plan;
    private IBatchSource _source = null!;
    private int _images;

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
            return _inner.Run(_source, _images, Step.Step);
        }
        finally
        {
            _plan.UpdateRunningStatistics(outer);
        }
    }

    internal void Begin(IBatchSource source, int images, StepFacts step, SeededRandom random) =>
        (_source, _images, Step, Random, Taken) = (source, images, step, random, false);
}
