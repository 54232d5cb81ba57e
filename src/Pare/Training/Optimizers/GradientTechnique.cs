using System.Numerics.Tensors;
using Pare.Execution;

namespace Pare.Training.Optimizers;

/// <summary>A technique between the loss and the optimizer, whichever it is: it decides which gradient the optimizer is given.</summary>
public abstract record GradientTechnique : Technique
{
    private protected GradientTechnique()
    {
    }

    /// <summary>
    /// Where several are on, those of a low order come first: 0 chooses where the gradient is taken, 1 changes what came out.
    /// </summary>
    internal abstract int Order { get; }

    /// <summary>Arrays as long as the weights that the technique keeps.</summary>
    internal virtual int WeightCopies => 0;

    /// <summary>Puts the technique around what finds the gradient.</summary>
    internal abstract IGradientStep Around(IGradientStep gradient, TrainingPlan plan);

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
