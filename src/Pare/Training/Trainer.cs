using Pare.Augmentation;
using Pare.Data;
using Pare.Evaluation;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Training.Averaging;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Training;

/// <summary>Trains a network on a data set.</summary>
public static class Trainer
{
    /// <summary>
    /// Trains a network in place and measures the last epoch's weights on the test set; with a technique that averages weights
    /// the average, too, which is then the result.
    /// </summary>
    /// <param name="network">Its input must be of the images' shape, and it must have one output a class.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Told a few times a second, and at each epoch's end.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="RecipeException">An option is out of range, or the network does not fit the data or the memory.</exception>
    /// <exception cref="DataException">There is no image to train or to test on.</exception>
    /// <exception cref="RunException">
    /// A loss, gradient, weight or output left the finite numbers; the error names step and layer.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; the network keeps the weights of the last step.</exception>
    public static TrainingResult Run(Network network, Dataset data, TrainingOptions options, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        options.Open(network.Graph);
        Evaluator.CheckFit(network.Graph, data.Train, data.Source);
        TrainingCheck.Run(network.Graph, data, options);
        (int[] order, int[] validation) = options.Split(data);
        int batchSize = Math.Min(options.BatchSize, order.Length), stepsPerEpoch = order.Length / batchSize;

        MemoryEstimate.Of(network.Graph, options, order.Length).Check(network.Graph, taken: network.ValueBytes);
        Normalization normalization = Normalization.Of(data.Train, order);
        using var team = new ThreadTeam(options.Threads);
        var plan =
            new TrainingPlan(network, batchSize, team,
            loss: options.Loss(new LossContext(team, batchSize, normalization, data.Train.Classes)), seed: options.Seed);
        IGradientStep gradient = options.Gradient(plan);
        var check = new FiniteCheck(plan);
        var inference = new InferencePlan(network, team);
        using var batches = new TrainingBatches(data.Train, order, normalization, options.FactsOf(network.Graph), options, team);
        var update = new ParameterUpdate(network, options.Optimizer);
        WeightAverage average = options.AverageOf(network);
        Schedule schedule = options.Rates();
        var meter = new ProgressMeter(options.Epochs, stepsPerEpoch, batchSize, progress, TimeProvider.System);
        var epochs = new List<EpochMetrics>();
        FiniteCheck.Moment moment = default;
        long step = 0, steps = (long)options.Epochs * stepsPerEpoch;

        for (int epoch = 1; epoch <= options.Epochs; epoch++)
        {
            meter.BeginEpoch(epoch);
            for (int i = 1; i <= stepsPerEpoch; i++, step++)
            {
                cancellation.ThrowIfCancellationRequested();
                Rates rates = schedule.At(step, steps);
                moment = new FiniteCheck.Moment(epoch, i, step, rates.LearningRate);
                IBatchSource batch = batches.Next();
                StepResult result = gradient.Run(batch, batchSize, step);
                check.Gradient(result, batch, moment);
                update.Step(plan.Gradients, step, rates);
                check.Update(moment);
                average.AfterStep(step);
                meter.Step(result.Loss, result.Accuracy);
            }

            average.AfterEpoch(epoch);
            check.Average(average.Network, moment);
            meter.EndSteps(batches.TakeWaited());
            EvaluationResult? held = Held(inference);
            epochs.Add(meter.EndEpoch(held?.Loss, held?.Accuracy, moment.LearningRate));
        }

        double imagesPerSecond = meter.ImagesPerSecond;
        MeasuredNetwork last = Measure(network, inference);
        if (average.Network == network) return Result(last, null);
        if (average.Recalibration is { } weighting)
            new StatisticsRecalibration(new TrainingPlan(average.Network, batchSize, team, dropout: false), weighting)
                .Run(new ImageBatch(data.Train, normalization), batches.Mixed());
        check.Average(average.Network, moment);
        return Result(Measure(average.Network, new InferencePlan(average.Network, team)), last);

        EvaluationResult? Held(InferencePlan plan) =>
            validation.Length == 0 ? null : Evaluator.Run(plan, normalization, data.Train, validation);

        MeasuredNetwork Measure(Network measured, InferencePlan plan) =>
            new(measured, Evaluator.Run(plan, normalization, data.Test, [.. Enumerable.Range(0, data.Test.Count)]), Held(plan));

        TrainingResult Result(MeasuredNetwork final, MeasuredNetwork? unaveraged) =>
            new(final.Network, normalization, epochs, final.Test, final.Validation, unaveraged, meter.Seconds,
                imagesPerSecond)
            { Classes = data.Train.Classes };
    }
}
