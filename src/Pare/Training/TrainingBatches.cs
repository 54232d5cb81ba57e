using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Kernels;

namespace Pare.Training;

/// <summary>
/// The batches of a whole run, one per step: shuffles the images of each epoch, cuts them into batches and augments them. Worker threads
/// do so ahead of the step, in a ring of batches; without workers the step's own threads do it before the step. Which images a
/// batch holds and how they look follows from the seed alone.
/// </summary>
internal sealed class TrainingBatches : IDisposable
{
    private const int ShuffleStream = 2;

    private readonly long _seed, _steps;
    private readonly int[] _images, _order;
    private readonly int _stepsPerEpoch;
    private int _shuffled;
    private readonly Augmenter _augmenter;
    private readonly ImageBatch? _direct;
    private readonly PreparedBatch[] _ring = [];
    private readonly float[][] _spare = [];
    private readonly ThreadTeam _team;
    private readonly Action<int> _prepare;
    private readonly Thread[] _workers = [];

    // Guards all below. A batch is claimed, prepared, ready, and free again when the step asks for the next.
    private readonly object _gate = new();
    private readonly long[] _ready = [];
    private long _claimed, _taken;
    private bool _stopped;
    private Exception? _failure;
    private long _waited;

    /// <param name="set">The images.</param>
    /// <param name="images">Indices of those to train on.</param>
    /// <param name="normalization">What they are shifted and scaled by.</param>
    /// <param name="run">The run; no batch is larger than <paramref name="images"/>.</param>
    /// <param name="options">Names the techniques and the workers.</param>
    /// <param name="team">The threads of the step.</param>
    /// <param name="first">The step to begin with, counted from 0; a run that goes on has some behind it.</param>
    public TrainingBatches(ImageSet set, int[] images, Normalization normalization, RunFacts run, TrainingOptions options, ThreadTeam team,
        long first = 0)
    {
        (_claimed, _taken) = (first, first);
        BatchSize = Math.Min(run.BatchSize, images.Length);
        _stepsPerEpoch = images.Length / BatchSize;
        (_seed, _steps, _images, _order, _team) = (options.Seed, (long)run.Epochs * _stepsPerEpoch, images, [.. images], team);
        _augmenter = new Augmenter(set, normalization, options.Techniques, run, options.Seed, _steps);
        _prepare = Prepare;

        // Images of a streamed set are read before the step: once, and where a failure leaves the training between two steps.
        if (!_augmenter.Acts && !set.IsStreamed)
        {
            _direct = new ImageBatch(set, normalization);
            return;
        }

        int workers = WorkersOf(options);
        _ring =
        [
            .. Enumerable.Range(0, RingLength(options))
                .Select(_ => new PreparedBatch(set, BatchSize, _augmenter.Mixes, _augmenter.Views)),
        ];
        _ready = [.. Enumerable.Repeat(-1L, _ring.Length)];
        _spare = [.. Enumerable.Range(0, Math.Max(workers, team.Count)).Select(_ => new float[_augmenter.SpareSize])];
        _workers = [.. _spare.Take(workers).Select(spare => new Thread(() => Work(spare)) { IsBackground = true, Name = "pare data" })];
        foreach (Thread worker in _workers) worker.Start();
    }

    /// <summary>Images a step, their views not counted.</summary>
    public int BatchSize { get; }

    /// <summary>The batch of the next step; it may be filled from as often as the step wants, until the next call.</summary>
    /// <exception cref="InvalidOperationException">The run has no further step.</exception>
    public IBatchSource Next()
    {
        if (_taken == _steps) throw new InvalidOperationException("The run has no further step.");
        if (_direct is not null)
        {
            int start = Shuffled(_taken++);
            _direct.Select(_order, start);
            return _direct;
        }

        long begin = Stopwatch.GetTimestamp();
        PreparedBatch batch = _workers.Length == 0 ? PrepareNow() : Await();
        _waited += Stopwatch.GetTimestamp() - begin;
        return batch;
    }

    /// <summary>
    /// The images of the run once, shuffled as in no epoch: for a pass that has to see the classes mixed. The images of a folder come
    /// class by class.
    /// </summary>
    public int[] Mixed()
    {
        int[] order = [.. _images];
        new SeededRandom(_seed, ShuffleStream, 0).Shuffle<int>(order);
        return order;
    }

    /// <summary>How long <see cref="Next"/> has kept the step waiting since the last call of this.</summary>
    public TimeSpan TakeWaited()
    {
        TimeSpan waited = Stopwatch.GetElapsedTime(0, _waited);
        _waited = 0;
        return waited;
    }

    /// <summary>Stops the workers.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread worker in _workers) worker.Join();
    }

    /// <summary>Batches that lie ready or are being prepared, where a technique works on pictures.</summary>
    public static int RingLength(TrainingOptions options) => WorkersOf(options) is > 0 and int workers ? workers + 2 : 1;

    private static int WorkersOf(TrainingOptions options) =>
        options.DataWorkers ?? Math.Max(0, Environment.ProcessorCount - options.Threads);

    // Called in the order of the steps. Returns where in the shuffled order the step's batch starts.
    private int Shuffled(long step)
    {
        int inEpoch = (int)(step % _stepsPerEpoch);
        if (_shuffled != Epoch(step))
        {
            _shuffled = Epoch(step);
            _images.CopyTo(_order, 0);
            new SeededRandom(_seed, ShuffleStream, _shuffled).Shuffle<int>(_order);
        }

        return inEpoch * BatchSize;
    }

    private int Epoch(long step) => (int)(step / _stepsPerEpoch) + 1;

    private PreparedBatch Claim(long step)
    {
        PreparedBatch batch = _ring[step % _ring.Length];
        Array.Copy(_order, Shuffled(step), batch.Order, 0, BatchSize);
        (batch.Step, batch.Epoch) = (step, Epoch(step));
        return batch;
    }

    private PreparedBatch PrepareNow()
    {
        PreparedBatch batch = Claim(_taken);
        _augmenter.Begin(batch);
        _team.Run(_prepare);
        _taken++;
        return batch;
    }

    private void Prepare(int thread)
    {
        PreparedBatch batch = _ring[0];
        int first = BatchSize * thread / _team.Count, end = BatchSize * (thread + 1) / _team.Count;
        _augmenter.Augment(batch, first, end, _spare[thread]);
        if (batch.Mixing is null) return;
        _team.Barrier();
        _augmenter.Mix(batch, first, end);
    }

    private PreparedBatch Await()
    {
        lock (_gate)
        {
            long step = _taken++;
            Monitor.PulseAll(_gate);
            while (_ready[step % _ring.Length] != step && _failure is null) Monitor.Wait(_gate);
            if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
            return _ring[step % _ring.Length];
        }
    }

    private void Work(float[] spare)
    {
        try
        {
            while (Claim() is { } batch)
            {
                _augmenter.Begin(batch);
                _augmenter.Augment(batch, 0, BatchSize, spare);
                _augmenter.Mix(batch, 0, BatchSize);
                lock (_gate)
                {
                    _ready[batch.Step % _ring.Length] = batch.Step;
                    Monitor.PulseAll(_gate);
                }
            }
        }
        catch (Exception error)
        {
            // Handed on to the step that waits for the batch.
            lock (_gate)
            {
                _failure = error;
                Monitor.PulseAll(_gate);
            }
        }
    }

    // The next batch to prepare, once its place in the ring is free: the step has gone on from the batch that lies there. Null at the end.
    private PreparedBatch? Claim()
    {
        lock (_gate)
        {
            while (!_stopped && _claimed < _steps && _claimed - _ring.Length >= _taken - 1) Monitor.Wait(_gate);
            return _stopped || _claimed == _steps ? null : Claim(_claimed++);
        }
    }
}
