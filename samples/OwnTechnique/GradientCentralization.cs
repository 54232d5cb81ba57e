using System.Numerics.Tensors;
using Pare.Execution;
using Pare.Graphs;
using Pare.Training.Gradients;

namespace OwnTechnique;

/// <summary>Takes the mean out of the gradient of each filter and each unit. Yong et al. 2020, arXiv 2004.01461.</summary>
public sealed record GradientCentralization : GradientTechnique
{
    /// <inheritdoc/>
    public override string Key => "gradient_centralization";

    /// <inheritdoc/>
    public override IGradientRule Begin(Network network) => new Rule(network);

    private sealed class Rule(Network network) : IGradientRule
    {
        private readonly Parameter[] _weights =
            [.. network.Parameters.Where(static parameter => parameter.Spec.Role == ParameterRole.Weight)];

        public StepResult Run(GradientPass pass)
        {
            StepResult result = pass.Take();
            foreach (Parameter weight in _weights)
            {
                int units = weight.Spec.Shape[0], length = weight.Length / units;
                if (length == 1) continue;
                for (int unit = 0; unit < units; unit++)
                {
                    Span<float> gradient = pass.Gradients.AsSpan(weight.Offset + (unit * length), length);
                    TensorPrimitives.Subtract(gradient, TensorPrimitives.Sum<float>(gradient) / length, gradient);
                }
            }

            return result;
        }
    }
}
