using System.Numerics.Tensors;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;

namespace Pare.Training.Gradients;

/// <summary>A technique between the loss and the optimizer, whichever it is: it decides which gradient the optimizer is given.</summary>
/// <remarks>To be derived from: a record with settings, <see cref="Technique.Key"/>, and the rule that it makes for each run.</remarks>
public abstract record GradientTechnique : Technique
{
    /// <summary>For techniques of one's own.</summary>
    protected GradientTechnique()
    {
    }

    /// <summary>Where it stands among others.</summary>
    public virtual GradientPlace Place => GradientPlace.Change;

    /// <summary>Arrays as long as the weights that the technique keeps, for the estimate of the memory that a training takes.</summary>
    public virtual int WeightCopies => 0;

    /// <summary>Whether the gradient of the images is wanted, too.</summary>
    internal virtual bool NeedsImageGradient => false;

    /// <summary>Makes what acts in a run.</summary>
    /// <param name="network">What is trained, with its first weights.</param>
    /// <returns>
    /// An object of this run alone; one that remembers something from step to step implements <see cref="IStateful"/>.
    /// </returns>
    public abstract IGradientRule Begin(Network network);

    /// <summary>Puts the technique around what finds the gradient.</summary>
    internal IGradientStep Around(IGradientStep gradient, TrainingPlan plan, RunLength? length = null, Normalization? normalization = null)
    {
        IGradientRule rule = Begin(plan.Network);
        if (rule is IImageRule images) images.Prepare(plan, normalization);
        return new RuledGradient(Key, rule, gradient, plan, length ?? RunLength.Unknown);
    }

    /// <summary>The length of a gradient. Its squares overflow long before it does, and a length of infinity would make it 0.</summary>
    private protected static float Norm(ReadOnlySpan<float> gradients)
    {
        float norm = TensorPrimitives.Norm(gradients);
        if (!float.IsPositiveInfinity(norm)) return norm;
        double squares = 0;
        foreach (float gradient in gradients) squares += (double)gradient * gradient;

        // Longer than a float can say: shorter by a hair than it is, instead of infinite.
        return double.IsFinite(squares) ? (float)Math.Min(Math.Sqrt(squares), float.MaxValue) : (float)squares;
    }
}
