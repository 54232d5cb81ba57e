using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Training;

/// <summary>
/// What one step does to a network: gradient, check, update, check, average, with all that it remembers from step to step. It allocates
/// nothing.
/// </summary>
internal sealed class TrainingStep : IStateful
{
    private readonly Network _network;
    private readonly ILoss _loss;
    private readonly IGradientStep _gradient;
    private readonly FiniteCheck _check;
    private readonly ParameterUpdate _update;
    private readonly RunLength _length;
    private readonly (string Key, IWeightRule Rule)[] _rules;

    /// <param name="network">Trained in place.</param>
    /// <param name="batchSize">The most images of a step, their views counted.</param>
    /// <param name="team">The threads.</param>
    /// <param name="options">Optimizer and techniques.</param>
    /// <param name="loss">What is made smaller; null for the cross entropy.</param>
    /// <param name="length">Numbers the steps for techniques; null where there is no run.</param>
    /// <param name="normalization">What the images are shifted and scaled by; null for not at all.</param>
    public TrainingStep(Network network, int batchSize, ThreadTeam team, TrainingOptions options, ILoss? loss = null,
        RunLength? length = null, Normalization? normalization = null)
    {
        _length = length ?? RunLength.Unknown;
        (_network, _loss) = (network, loss ?? CrossEntropyLoss.Instance);
        Plan = new TrainingPlan(network, batchSize, team, options.NeedsImageGradient, _loss, seed: options.Seed, storage: options.Storage,
            sizes: options.SizesOf(network.Graph, _length.Steps).Smaller);
        _gradient = options.Gradient(Plan, _length, normalization);
        _check = new FiniteCheck(Plan, [.. options.Acting<ImageLoss>().Select(static loss => loss.Key)]);
        _update = new ParameterUpdate(network, options.Optimizer);
        _rules = options.WeightRules(network);
        Average = options.AverageOf(network);
    }

    public TrainingPlan Plan { get; }

    /// <summary>The average of the weights; without a technique the weights themselves.</summary>
    public WeightAverage Average { get; }

    /// <summary>Takes a step.</summary>
    /// <param name="batch">Its images.</param>
    /// <param name="images">How many, their views counted.</param>
    /// <param name="rates">What the schedule asks of it.</param>
    /// <param name="moment">Which step it is.</param>
    /// <returns>Loss and accuracy before the update.</returns>
    /// <exception cref="RunException">A number is no longer finite.</exception>
    public StepResult Run(IBatchSource batch, int images, in Rates rates, in FiniteCheck.Moment moment)
    {
        StepResult result = _gradient.Run(batch, images, moment.Step);
        _check.Gradient(result, batch, moment);
        StepFacts step = _length.At(moment.Step);
        Update(step, rates);
        _check.Update(moment);
        Average.AfterStep(step);
        return result;
    }

    /// <summary>Takes a step that is timed: nobody looks at what comes out, and one that runs away takes as long as any other.</summary>
    /// <param name="batch">Its images.</param>
    /// <param name="images">How many.</param>
    /// <param name="step">Counted from 0.</param>
    public void RunTimed(IBatchSource batch, int images, long step)
    {
        _gradient.Run(batch, images, step);
        Update(_length.At(step), new Rates(1e-3f));
        Average.AfterStep(_length.At(step));
    }

    /// <summary>To be called after an epoch's last step.</summary>
    /// <exception cref="RunException">A number of the average is not finite.</exception>
    public void EndEpoch(in FiniteCheck.Moment moment)
    {
        foreach ((_, IWeightRule rule) in _rules) rule.AfterEpoch(moment.Epoch);
        if (_rules.Length > 0) _check.Update(moment);
        Average.AfterEpoch(moment.Epoch);
        CheckAverage(moment);
    }

    /// <summary>To be called when the average was changed.</summary>
    /// <exception cref="RunException">A number of it is not finite.</exception>
    public void CheckAverage(in FiniteCheck.Moment moment) => _check.Average(Average.Network, moment);

    /// <inheritdoc/>
    public void Exchange(StateExchange state)
    {
        state.Array("weights", _network.Weights);
        state.Array("statistics", _network.Statistics);
        state.Of("optimizer", _update);
        state.Of("average", Average);
        state.Of("gradient", _gradient);
        foreach ((string key, IWeightRule rule) in _rules) state.Of($"weight.{key}", rule);
    }

    private void Update(StepFacts step, in Rates rates)
    {
        _update.Step(Plan.Gradients, step.Step, rates, step.Epoch);
        foreach ((_, IWeightRule rule) in _rules) rule.AfterStep(step);
    }
}
