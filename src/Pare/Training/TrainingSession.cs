using Pare.Augmentation;
using Pare.Data;
using Pare.Evaluation;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Training.Averaging;
using Pare.Training.Losses;
using Pare.Training.Schedules;

namespace Pare.Training;

/// <summary>
/// A training that one holds in one's hand: taken step by step or epoch by epoch, kept at any step, gone on with later to the same bytes.
/// <see cref="Trainer"/> is a loop around it. One thread at a time may call it, and one at a time may train a network.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    private const int MostRestarts = 3;

    private readonly Dataset _data;
    private readonly ITrainingCallback[] _callbacks;
    private readonly IndexSplit _split;
    private readonly Normalization _normalization;
    private readonly ThreadTeam _team;
    private readonly TrainingStep _step = null!;
    private readonly StepValues _values = null!;
    private readonly InferencePlan _inference = null!;
    private TrainingBatches? _batches;
    private readonly Schedule _schedule;
    private readonly StepSizes _sizes;
    private readonly EpochMeter _meter;
    private readonly List<EpochMetrics> _metrics = [];
    private readonly List<Restart> _restarts = [];
    private bool _begun, _disposed;

    // Whether a step, or what follows an epoch, was begun and not ended: it failed.
    private bool _within;

    /// <summary>Checks that network, images and options fit together, and takes all memory that the training needs.</summary>
    /// <param name="network">
    /// Trained in place. Its input must be of the images' shape, and it must have one output per class.
    /// </param>
    /// <param name="data">The images.</param>
    /// <param name="options">How to train.</param>
    /// <param name="from">Where to go on, with the network, images and options that it was taken with; null to begin.</param>
    /// <param name="callbacks">Called in this order.</param>
    /// <exception cref="RecipeException">An option is out of range, or the network does not fit the data or the memory.</exception>
    /// <exception cref="DataException">
    /// There is no image to train or to test on, or the test images are of another size or of other classes than the training images.
    /// </exception>
    /// <exception cref="RunException">The state is of another training, or of a newer version of the library.</exception>
    public TrainingSession(Network network, Dataset data, TrainingOptions options, TrainingState? from = null,
        IReadOnlyList<ITrainingCallback>? callbacks = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Open(network.Graph);
        Evaluator.CheckFit(network.Graph, data.Train, data.Source);
        TrainingCheck.Run(network.Graph, data, options);
        options = from is null ? TimeBudget.Fit(network.Graph, data, options) : TimeBudget.Fitted(options, from.Epochs);
        options.Validate(network.Graph);
        (Network, _data, Options, _split) = (network, data, options, options.Split(data));
        _callbacks =
            [.. options.Patience is { } patience ? [new EarlyStop(patience)] : Array.Empty<ITrainingCallback>(), .. callbacks ?? []];
        int[] order = _split.Train;
        BatchSize = Math.Min(options.BatchSize, order.Length);
        StepsPerEpoch = order.Length / BatchSize;
        Steps = (long)options.Epochs * StepsPerEpoch;
        MemoryEstimate.Check(network.Graph, options, order.Length, data.Train.IsStreamed, taken: network.ValueBytes);
        _normalization = Normalization.Of(data.Train, order);
        _schedule = options.Rates();
        _sizes = options.SizesOf(network.Graph, Steps);
        _meter = new EpochMeter(BatchSize, TimeProvider.System);
        _team = new ThreadTeam(options.Threads);
        try
        {
            var length = new RunLength(options.Seed, StepsPerEpoch, Steps);
            var context = new LossContext(_team, BatchSize, _normalization, data.Train.Classes)
            {
                Length = length,
                Outputs = network.Graph.Output.Shape.Channels,
                ClassImages = data.Train.CountClasses(order),
            };
            _step = new TrainingStep(network, BatchSize * options.Views, _team, options, options.Loss(context), length, _normalization);
            _inference = new InferencePlan(network, _team);
            _values = new StepValues(_step);
            if (from is not null) GoOn(from);
            _batches = Batches();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The network, with the weights of the last step.</summary>
    public Network Network { get; }

    /// <summary>The average of its weights, where a technique takes one and has begun to; otherwise null.</summary>
    public Network? Average => _step.Average.Network != Network && _step.Average.Began ? _step.Average.Network : null;

    /// <summary>How it is trained; of a budget of minutes the epochs that it came to.</summary>
    public TrainingOptions Options { get; }

    /// <summary>What images are shifted and scaled by.</summary>
    public Normalization Normalization => _normalization;

    /// <summary>Images of a step.</summary>
    public int BatchSize { get; }

    /// <summary>Steps of an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>All steps of the run.</summary>
    public long Steps { get; }

    /// <summary>Steps done, those of the state that it went on from included.</summary>
    public long StepsDone { get; private set; }

    /// <summary>What the finished epochs measured, those of the state that it went on from included.</summary>
    public IReadOnlyList<EpochMetrics> Metrics => _metrics;

    /// <summary>Loss and accuracy of the last step, before its update.</summary>
    public StepResult Last { get; private set; }

    /// <summary>Wall time of the training, without what lay between interruption and resumption.</summary>
    public TimeSpan Elapsed => TimeSpan.FromSeconds(_meter.Seconds);

    /// <summary>Whether no step is left, or it was stopped.</summary>
    public bool Done => Stopped is not null || _metrics.Count == Options.Epochs;

    /// <summary>Why it was stopped before its last step; null when it was not.</summary>
    public string? Stopped { get; private set; }

    /// <summary>How often it diverged and went back with half the learning rate, in their order.</summary>
    public IReadOnlyList<Restart> Restarts => _restarts;

    // Since the last finished epoch; all of an epoch's when what follows them is not done.
    private int StepsOfEpoch => (int)(StepsDone - ((long)_metrics.Count * StepsPerEpoch));

    private double RateFactor => _restarts.Count == 0 ? 1 : _restarts[^1].RateFactor;

    private bool GoesBack => Options.OnDivergence == DivergenceResponse.HalveRate;

    private string ImagesDigest => field ??= StateCheck.Digest(_data.Train, _split, _normalization);

    private FiniteCheck.Moment LastMoment => MomentOf(Math.Max(0, StepsDone - 1), RatesOf(Math.Max(0, StepsDone - 1)));

    /// <summary>
    /// Takes one step, and with the last of an epoch what follows it: average, validation, metrics. A step that diverges may take the
    /// training back to the beginning of the epoch (<see cref="TrainingOptions.OnDivergence"/>).
    /// </summary>
    /// <returns>Loss and accuracy of the last step before its update.</returns>
    /// <exception cref="InvalidOperationException">The training is done, or another thread trains the network.</exception>
    /// <exception cref="DataException">
    /// An image cannot be read. Where it is one to train on, the training is between two steps still; where it is one of the validation
    /// split, at the end of an epoch, no further step can be taken, and the training goes on from its last <see cref="Capture"/>.
    /// </exception>
    /// <exception cref="RunException">A loss, gradient or weight left the finite numbers; the error names step and layer.</exception>
    public StepResult Step()
    {
        using Lock.Scope turn = Turn();
        if (Done) throw new InvalidOperationException("The training is done: it has no further step.");
        Begin();
        if (Done) return Last;
        CheckWhole();
        if (StepsOfEpoch == 0)
        {
            if (GoesBack) _values.BeginEpoch();
            foreach (ITrainingCallback callback in _callbacks) callback.BeforeEpoch(this);
        }

        foreach (ITrainingCallback callback in _callbacks) callback.BeforeStep(this);
        try
        {
            TakeStep();
        }
        catch (RunException error) when (GoesBack && error.NonFinite is not null)
        {
            GoBack(error);
            return Last;
        }

        foreach (ITrainingCallback callback in _callbacks) callback.AfterStep(this);
        EndEpochIfDue();
        return Last;
    }

    /// <summary>Takes the steps that are left of an epoch.</summary>
    /// <returns>What it measured; null where the training was stopped in its midst.</returns>
    /// <inheritdoc cref="Step"/>
    public EpochMetrics? Epoch()
    {
        using Lock.Scope turn = Turn();
        int finished = _metrics.Count;
        do Step();
        while (_metrics.Count == finished && !Done);
        return _metrics.Count == finished ? null : _metrics[^1];
    }

    /// <summary>Takes all steps that are left, and measures the network.</summary>
    /// <param name="cancellation">Stops between two steps; the network keeps the weights of the last one.</param>
    /// <exception cref="InvalidOperationException">Another thread trains the network.</exception>
    /// <exception cref="RunException">A number left the finite ones; the error names step and layer.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TrainingResult Run(CancellationToken cancellation = default)
    {
        using Lock.Scope turn = Turn();
        while (!Done)
        {
            cancellation.ThrowIfCancellationRequested();
            Step();
        }

        return Finish();
    }

    /// <summary>Ends the training with the step at hand: <see cref="Done"/> from there on. To be called by callbacks, too.</summary>
    /// <param name="reason">Why, for the run's record.</param>
    public void Stop(string reason) => Stopped ??= reason;

    /// <summary>Copies all that the rest of the training depends on. To be called between two steps, by callbacks too.</summary>
    /// <exception cref="InvalidOperationException">
    /// A step has failed, or another thread is taking one: the training is between no two steps.
    /// </exception>
    public TrainingState Capture()
    {
        using Lock.Scope turn = Turn();
        CheckWhole();
        return _values.Into(_meter.Into(Form()), withEpochStart: GoesBack && StepsOfEpoch > 0);
    }

    /// <summary>Where the training stands.</summary>
    /// <param name="end">What an epoch measured, when this is its end.</param>
    public TrainingProgress Progress(EpochMetrics? end = null)
    {
        TimeSpan elapsed = Elapsed;
        EpochMetrics? ended = StepsOfEpoch == 0 ? _metrics.LastOrDefault() : null;
        double done = _sizes.Work(StepsDone);
        return new TrainingProgress(ended?.Epoch ?? _metrics.Count + 1, Options.Epochs, StepsDone, Steps, ended?.TrainLoss ?? _meter.Loss,
            ended?.ImagesPerSecond ?? _meter.EpochImagesPerSecond, elapsed,
            done == 0 ? TimeSpan.Zero : elapsed * ((_sizes.Work(Steps) - done) / done), end);
    }

    /// <summary>
    /// Measures the last step's weights on the test set; with a technique that averages weights the average, too, which is then the
    /// result.
    /// </summary>
    /// <exception cref="InvalidOperationException">There are steps left, or another thread trains the network.</exception>
    /// <exception cref="RunException">A number of the average, or an output, is not finite.</exception>
    public TrainingResult Finish()
    {
        using Lock.Scope turn = Turn();
        if (!Done) throw new InvalidOperationException("The training has steps left: take them, or stop it.");
        Begin();
        CheckWhole();
        double imagesPerSecond = _meter.ImagesPerSecond(StepsDone);
        MeasuredNetwork last = Measure(Network, _inference);
        MeasuredNetwork final = Average is { } average ? MeasureAverage(average) : last;
        var result = new TrainingResult(final.Network, _normalization, [.. _metrics], final.Test, final.Validation,
            final == last ? null : last, _meter.Seconds, imagesPerSecond)
        {
            Classes = _data.Train.Classes,
            Stopped = StepsDone == Steps ? null : Stopped,
            Restarts = [.. _restarts],
        };
        foreach (ITrainingCallback callback in _callbacks) callback.AfterRun(this, result);
        return result;
    }

    /// <summary>Stops the threads. What was trained stays in the network.</summary>
    public void Dispose()
    {
        _disposed = true;
        _batches?.Dispose();
        _team.Dispose();
    }

    // The thread that has it may take it again, as callbacks do; leaving the scope gives back what entering it took.
    private Lock.Scope Turn()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!Network.Training.TryEnter())
            throw new InvalidOperationException("Another thread is training this network: one at a time may. Give each a copy of its own.");
        try
        {
            return Network.Training.EnterScope();
        }
        finally
        {
            Network.Training.Exit();
        }
    }

    private TrainingBatches Batches() =>
        new(_data.Train, _split.Train, _normalization, Options.FactsOf(Network.Graph), Options, _team, StepsDone);

    private void TakeStep()
    {
        _meter.BeginStep();
        Rates rates = RatesOf(StepsDone);
        IBatchSource batch = _batches!.Next();
        _within = true;
        Last = _step.Run(batch, BatchSize * batch.Views, rates, MomentOf(StepsDone, rates));
        StepsDone++;
        _meter.EndStep(Last, _batches.TakeWaited());
        _within = false;
    }

    private Rates RatesOf(long step)
    {
        Rates rates = _schedule.At(step, Steps);
        return rates with { LearningRate = (float)(rates.LearningRate * RateFactor) };
    }

    private FiniteCheck.Moment MomentOf(long step, Rates rates) =>
        new((int)(step / StepsPerEpoch) + 1, (int)(step % StepsPerEpoch) + 1, step, rates.LearningRate);

    // A state may have been taken between an epoch's last step and what follows it, and a callback may have thrown there.
    private void Begin()
    {
        if (!_begun)
        {
            _begun = true;
            foreach (ITrainingCallback callback in _callbacks) callback.BeforeRun(this);
        }

        EndEpochIfDue();
    }

    private void CheckWhole()
    {
        if (_within) throw new InvalidOperationException("A step of the training failed: its weights are those of no step.");
    }

    private void EndEpochIfDue()
    {
        if (StepsOfEpoch < StepsPerEpoch) return;
        CheckWhole();
        try
        {
            EndEpoch();
        }
        catch (RunException error) when (GoesBack && error.NonFinite is not null)
        {
            GoBack(error);
            return;
        }

        foreach (ITrainingCallback callback in _callbacks) callback.AfterEpoch(this, _metrics[^1]);
    }

    private void EndEpoch()
    {
        _within = true;
        FiniteCheck.Moment moment = LastMoment;
        _step.EndEpoch(moment);
        EvaluationResult? held = Held(_inference);
        _metrics.Add(_meter.EndEpoch(moment.Epoch, held?.Loss, held?.Accuracy, moment.LearningRate));
        _within = false;
    }

    // To the beginning of the epoch, which is the same one whenever a checkpoint happened to be written.
    private void GoBack(RunException error)
    {
        if (_restarts.Count == MostRestarts)
            throw new RunException(error.Message, error.Where,
                $"It has gone back {MostRestarts} times, each time with half the rate: begin with a lower one, or clip the gradient " +
                "(techniques.gradient_clipping).", error)
            { NonFinite = error.NonFinite };
        long begin = StepsDone - StepsOfEpoch, failed = Math.Min(StepsDone, begin + StepsPerEpoch - 1);
        _restarts.Add(new Restart(_metrics.Count + 1, failed, error.NonFinite!, begin, RateFactor / 2));
        StepsDone = begin;
        _values.GoBack();
        _meter.RestartEpoch();
        _batches!.Dispose();
        _batches = Batches();
        _within = false;
        foreach (ITrainingCallback callback in _callbacks) callback.AfterRestart(this, _restarts[^1]);
    }

    private MeasuredNetwork MeasureAverage(Network average)
    {
        // A batch of one image would leave out what differs between images, and be taken for the rest of the last one.
        if (Options.Recalibration is { } weighting)
            new StatisticsRecalibration(new TrainingPlan(average, Math.Max(2, BatchSize), _team, dropout: false), weighting)
                .Run(new ImageBatch(_data.Train, _normalization), _batches!.Mixed());
        _step.CheckAverage(LastMoment);
        return Measure(average, new InferencePlan(average, _team));
    }

    private MeasuredNetwork Measure(Network measured, InferencePlan plan) =>
        new(measured.Copy(), Evaluator.Run(plan, _normalization, _data.Test, [.. Enumerable.Range(0, _data.Test.Count)]), Held(plan));

    private EvaluationResult? Held(InferencePlan plan) =>
        _split.Validation.Length == 0 ? null : Evaluator.Run(plan, _normalization, _data.Train, _split.Validation);

    // A state without values.
    private TrainingState Form() => new()
    {
        Step = StepsDone,
        Steps = Steps,
        Epochs = Options.Epochs,
        BatchSize = BatchSize,
        Seed = Options.Seed,
        Graph = StateCheck.Digest(Network.Graph),
        Images = ImagesDigest,
        Settings = StateCheck.Digest(Options, _schedule, Steps),
        Metrics = [.. _metrics],
        Restarts = [.. _restarts],
        Arrays = new Dictionary<string, float[]>(),
    };

    private void GoOn(TrainingState state)
    {
        using Lock.Scope turn = Turn();
        StateCheck.Run(state, Form());
        StepsDone = state.Step;
        _metrics.AddRange(state.Metrics);
        _restarts.AddRange(state.Restarts);
        _values.GoOn(state, withEpochStart: GoesBack && StepsOfEpoch > 0);
        _meter.GoOn(state, StepsOfEpoch);
    }
}
