using System.Numerics;
using Pare.Graphs;
using Pare.Training.Optimizers;

namespace Pare.Training.Averaging;

/// <summary>
/// An average of a network's weights while it is trained. This one takes no average: it stands for the weights as they are.
/// </summary>
internal class WeightAverage(Network network) : IStateful
{
    /// <summary>The averaged network.</summary>
    public Network Network { get; } = network;

    /// <summary>
    /// How batches count when its running statistics are measured anew after the training; null when they hold as they are.
    /// </summary>
    public virtual BatchWeighting? Recalibration => null;

    /// <summary>Whether <see cref="Network"/> is an average by now, and not what it began with.</summary>
    public virtual bool Began => true;

    /// <summary>Told after each step of the optimizer, counted from 0.</summary>
    public virtual void AfterStep(long step)
    {
    }

    /// <summary>Told after each epoch, counted from 1.</summary>
    public virtual void AfterEpoch(int epoch)
    {
    }

    /// <summary>The averaged network; one that takes no average has nothing of its own.</summary>
    public virtual void Exchange(StateExchange state)
    {
    }

    /// <summary>average += share (values - average). A share of 1 copies.</summary>
    /// <param name="average">Changed in place.</param>
    /// <param name="values">As long as <paramref name="average"/>.</param>
    /// <param name="share">What the values count, 0 up to 1.</param>
    public static void Move(Span<float> average, ReadOnlySpan<float> values, double share)
    {
        if (share == 1) values.CopyTo(average);
        else ParameterLoop.Run(new Towards((float)share), average, values, []);
    }

    private readonly struct Towards(float share) : IParameterUpdate
    {
        private readonly Vector<float> _share = new(share);

        public static int StateCount => 0;

        public void Apply(Vector<float> gradient, ref Vector<float> weight, ref Vector<float> first, ref Vector<float> second) =>
            weight += _share * (gradient - weight);
    }
}
