using System.Numerics;
using Pare.Graphs;
using Pare.Training.Optimizers;

namespace Pare.Training.Averaging;

/// <summary>An average of a network's weights while it is trained, made by an <see cref="AveragingTechnique"/> for each run.</summary>
/// <remarks>It is called on the training's thread, and should allocate nothing.</remarks>
public abstract class WeightAverage : IStateful
{
    /// <summary>Begins an average.</summary>
    /// <param name="network">
    /// What it is kept in: a copy of the network that is trained (<see cref="Graphs.Network.Copy"/>), and never that network itself.
    /// </param>
    protected WeightAverage(Network network) => Network = network;

    /// <summary>The averaged network.</summary>
    public Network Network { get; }

    /// <summary>Whether <see cref="Network"/> is an average by now, and not what it began with.</summary>
    public virtual bool Began => true;

    /// <summary>Told after each step of the optimizer.</summary>
    /// <param name="step">The step.</param>
    public virtual void AfterStep(StepFacts step)
    {
    }

    /// <summary>Told after each epoch.</summary>
    /// <param name="epoch">Counted from 1.</param>
    public virtual void AfterEpoch(int epoch)
    {
    }

    /// <summary>
    /// Names what is remembered: the averaged weights and running statistics, unless said otherwise. Whoever remembers more, such as how
    /// many weights were averaged, overrides it and names all of it.
    /// </summary>
    /// <param name="state">Takes the values, or gives those of a state.</param>
    public virtual void Exchange(StateExchange state)
    {
        state.Array("weights", Network.Weights);
        state.Array("statistics", Network.Statistics);
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
