using System.Numerics.Tensors;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Training;

/// <summary>
/// Stops a training whose numbers left the finite ones, and says where that began. A check reads each weight and each gradient once, a
/// thousandth of a step; only when it fails is the step's forward pass taken again, map by map.
/// </summary>
/// <param name="plan">What is trained.</param>
/// <param name="losses">The keys of the techniques that give a loss and its gradient themselves.</param>
internal sealed class FiniteCheck(TrainingPlan plan, params IReadOnlyList<string> losses)
{
    private const string Remedy =
        "Lower the learning rate, warm it up over more steps, clip the gradient (techniques.gradient_clipping), or let the training go " +
            "back with half the rate (training.on_divergence: halve_rate).";

    // Bytes are finite: what is not was written by a technique, or follows a gradient that ran away.
    private const string ImageRemedy =
        "Look at what the techniques on images give, a program's own among them. With adversarial training, whose images follow the " +
            "gradient, lower the learning rate.";

    /// <summary>To be called before a step's update.</summary>
    /// <param name="result">What the step gave.</param>
    /// <param name="batch">The step's images.</param>
    /// <param name="moment">Which step.</param>
    /// <exception cref="RunException">Loss or gradient are not finite.</exception>
    public void Gradient(in StepResult result, IBatchSource batch, in Moment moment)
    {
        if (double.IsFinite(result.Loss) && TensorPrimitives.IsFiniteAll<float>(plan.Gradients)) return;

        // Running statistics have moved with the forward pass already: they would only repeat what its maps tell.
        if ((FirstParameter(plan.Network, statistics: false) ?? plan.FirstNonFinite(batch, moment.Step)) is { } begin)
            throw Diverged(begin, moment);

        // All outputs are finite: what the loss makes of them is not, or what follows on the way back.
        throw Diverged(LastGradient() ?? "the loss", moment,
            losses.Count == 0 ? Remedy : $"Check the loss of {string.Join(", ", losses)} and its gradient. Or: {Remedy}");
    }

    /// <summary>To be called after a step's update.</summary>
    /// <exception cref="RunException">A weight or a running statistic is not finite.</exception>
    public void Update(in Moment moment)
    {
        if (FirstParameter(plan.Network) is { } begin) throw Diverged(begin, moment);
    }

    /// <summary>To be called of an average of weights, whenever it was changed.</summary>
    /// <exception cref="RunException">A weight of the average or one of its running statistics is not finite.</exception>
    public void Average(Network average, in Moment moment)
    {
        if (average != plan.Network && FirstParameter(average) is { } begin) throw Diverged($"{begin} of the averaged network", moment);
    }

    private static RunException Diverged(string begin, in Moment moment, string remedy = Remedy) => new(
        Invariant($"The training diverged: {begin} is no longer a finite number at learning rate {moment.LearningRate:G3}."),
        Invariant($"epoch {moment.Epoch}, step {moment.StepOfEpoch}"),
        begin == TrainingPlan.AnImage ? ImageRemedy : remedy)
    {
        NonFinite = begin,
    };

    // In the order of the forward pass, while a network has its weights in the order of their roles.
    private static string? FirstParameter(Network network, bool statistics = true)
    {
        if (TensorPrimitives.IsFiniteAll<float>(network.Weights)
            && (!statistics || TensorPrimitives.IsFiniteAll<float>(network.Statistics))) return null;
        foreach (Parameter parameter in InOrder(network))
        {
            if ((statistics || parameter.Spec.Role != ParameterRole.Statistic)
                && !TensorPrimitives.IsFiniteAll<float>(network.Values(parameter))) return $"'{parameter.Name}'";
        }

        return null;
    }

    // The last in the order of the forward pass is the first that the backward pass met.
    private string? LastGradient()
    {
        Parameter? parameter = InOrder(plan.Network).LastOrDefault(
            parameter => parameter.Spec.Role != ParameterRole.Statistic
            && !TensorPrimitives.IsFiniteAll<float>(plan.Gradients.AsSpan(parameter.Offset, parameter.Length)));
        return parameter is null ? null : $"the gradient of '{parameter.Name}'";
    }

    private static IEnumerable<Parameter> InOrder(Network network) =>
        network.Graph.Nodes.SelectMany(node => node.Parameters.Select(spec => network[$"{node.Name}.{spec.Name}"]));

    /// <summary>A step of a training.</summary>
    /// <param name="Epoch">Counted from 1.</param>
    /// <param name="StepOfEpoch">Counted from 1.</param>
    /// <param name="Step">Of the run, counted from 0.</param>
    /// <param name="LearningRate">The rate of the step.</param>
    internal readonly record struct Moment(int Epoch, int StepOfEpoch, long Step, float LearningRate);
}
