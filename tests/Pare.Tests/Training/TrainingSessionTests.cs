using System.Text.Json;
using System.Text.Json.Serialization;
using Pare.Data;
using Pare.Graphs;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Losses;
using Pare.Training.Schedules;

namespace Pare.Tests.Training;

public partial class TrainingSessionTests
{
    private static readonly TrainingOptions Options = Resumed.Options with { Techniques = [new Swa { Start = 0.4 }] };

    public static TheoryData<string, TrainingState> Misfits
    {
        get
        {
            TrainingState state = State();
            return new()
            {
                { "version 2", state with { Version = TrainingState.CurrentVersion + 1 } },
                { "version 0", state with { Version = 0 } },
                { "structure", state with { Graph = "other" } },
                { "seed is 7", state with { Seed = 7 } },
                { "batch size is 16", state with { BatchSize = 16 } },
                { "number of epochs is 9", state with { Epochs = 9 } },
                { "number of steps is 9", state with { Steps = 9 } },
                { "0 finished epochs of 5 steps, and 7 steps", state with { Metrics = [] } },
                { "-1 steps", state with { Step = -1 } },
                { "not in their order", state with { Metrics = [state.Metrics[0] with { Epoch = 2 }] } },
                { "not halved", state with { Restarts = [new Restart(1, 2, "a", 0, 0.75)] } },
                { "not halved", state with { Restarts = [new Restart(1, 2, "a", 0, double.NaN)] } },
                { "16 steps", state with { Step = 16 } },
                { "does not have weights", state with { Arrays = Without(state.Arrays, "weights") } },
                { "does not have optimizer.decaying", state with { Arrays = Without(state.Arrays, "optimizer.decaying") } },
                { "does not have average.count", state with { Counters = new Dictionary<string, long>() } },
                { "statistics has 1 values", state with { Arrays = With(state.Arrays, "statistics", [0]) } },
                { "keeps gradient.noise", state with { Arrays = With(state.Arrays, "gradient.noise", [0]) } },
            };
        }
    }

    [Fact]
    public void Step_and_epoch_by_hand_come_to_what_the_trainer_comes_to()
    {
        Network network = Resumed.Network(), byHand = Resumed.Network();
        string trainer = Resumed.Bytes(network, Trainer.Run(network, Resumed.Data, Options));
        using var session = new TrainingSession(byHand, Resumed.Data, Options);
        Assert.Equal((15, 5, 32), (session.Steps, session.StepsPerEpoch, session.BatchSize));
        for (int i = 0; i < 3; i++) Assert.True(session.Step().Loss > 0);
        Assert.Empty(session.Metrics);
        Assert.Equal(1, session.Epoch()!.Epoch);
        Assert.Equal((5, null), (session.StepsDone, session.Average));
        Assert.Equal(2, session.Epoch()!.Epoch);
        Assert.NotNull(session.Average);
        Assert.Throws<InvalidOperationException>(session.Finish);
        while (!session.Done) session.Step();
        Assert.Throws<InvalidOperationException>(() => session.Step());
        Assert.Equal(trainer, Resumed.Bytes(byHand, session.Finish()));
    }

    [Fact]
    public void Callbacks_are_told_in_order_and_a_training_that_goes_on_tells_of_what_is_left()
    {
        var calls = new Calls();
        using var session = new TrainingSession(Resumed.Network(), Resumed.Data, Options with { Epochs = 2 }, callbacks: [calls]);
        session.Run();
        string step = "before step, after step";
        string epoch = $"before epoch, {string.Join(", ", Enumerable.Repeat(step, 5))}";
        Assert.Equal($"before run, {epoch}, after epoch 1, {epoch}, after epoch 2, after run", string.Join(", ", calls.Told));

        var rest = new Calls();
        using var resumed =
            new TrainingSession(Resumed.Network(), Resumed.Data, Options with { Epochs = 2 }, calls.AtStep[8], [rest]);
        Assert.Equal((8, 1), (resumed.StepsDone, resumed.Metrics.Count));
        resumed.Run();
        Assert.Equal($"before run, {step}, {step}, after epoch 2, after run", string.Join(", ", rest.Told));

        var end = new Calls();
        using var ended = new TrainingSession(Resumed.Network(), Resumed.Data, Options with { Epochs = 2 }, calls.AtStep[10], [end]);
        ended.Run();
        Assert.Equal("before run, after epoch 2, after run", string.Join(", ", end.Told));
    }

    [Fact]
    public void A_callback_may_stop_it_and_the_result_is_of_the_weights_at_hand()
    {
        Network network = Resumed.Network();
        using var session = new TrainingSession(network, Resumed.Data, Options, callbacks: [new Stop(12)]);
        TrainingResult result = session.Run();
        Assert.Equal((12, true), (session.StepsDone, session.Done));
        Assert.Equal(2, result.Epochs.Count);
        Assert.NotEqual(network.Weights, result.Network.Weights);

        // SWA has averaged nothing before the second epoch's end: there is no average to give.
        using var early = new TrainingSession(network, Resumed.Data, Options, callbacks: [new Stop(2)]);
        result = early.Run();
        Assert.Equal(network.Weights, result.Network.Weights);
        Assert.Empty(result.Epochs);
        Assert.Null(result.Unaveraged);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void A_callback_that_throws_ends_it_between_two_steps(int at)
    {
        Network network = Resumed.Network(), whole = Resumed.Network();
        using var session = new TrainingSession(network, Resumed.Data, Options, callbacks: [new Throw(at)]);
        Assert.Throws<TimeoutException>(() => session.Run());
        using var rest = new TrainingSession(Resumed.Network(seed: 3), Resumed.Data, Options, session.Capture());
        TrainingResult result = Trainer.Run(whole, Resumed.Data, Options);
        Assert.Equal(Resumed.Bytes(whole, result), Resumed.Bytes(rest.Network, rest.Run()));

        // It may be gone on with itself, too: what follows an epoch is not lost.
        Assert.Equal(Resumed.Bytes(whole, result), Resumed.Bytes(network, session.Run()));
    }

    [Fact]
    public void A_failed_step_leaves_nothing_to_keep()
    {
        Network network = Resumed.Network();
        using var session = new TrainingSession(network, Resumed.Data, Options);
        session.Step();
        network.Weights[0] = float.NaN;
        Assert.Throws<RunException>(() => session.Step());
        Assert.Throws<InvalidOperationException>(() => session.Capture());
        Assert.Throws<InvalidOperationException>(() => session.Step());
    }

    [Theory]
    [MemberData(nameof(Misfits))]
    public void A_state_that_does_not_fit_is_refused(string says, TrainingState state)
    {
        RunException error = Assert.Throws<RunException>(() => new TrainingSession(Resumed.Network(), Resumed.Data, Options, state));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains("train from the beginning", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_of_other_images_techniques_or_rates_is_refused()
    {
        TrainingState state = State();
        ImageSet train = Resumed.Data.Train;
        var black = new ImageSet(1, 28, 28, new byte[train.Count * 28 * 28], [.. train.Labels], train.Classes);
        var relabelled = new ImageSet(1, 28, 28, train.Pixels.ToArray(), [.. train.Labels.ToArray().Reverse()], train.Classes);
        Assert.Contains("other images", Refused(Resumed.Data with { Train = black }, Options), StringComparison.Ordinal);
        Assert.Contains("other images", Refused(Resumed.Data with { Train = relabelled }, Options), StringComparison.Ordinal);
        Assert.Contains("other techniques", Refused(Resumed.Data, Options with { Techniques = [] }), StringComparison.Ordinal);
        Assert.Contains("another learning rate", Refused(Resumed.Data, Options with { Schedule = new Constant { Rate = 0.01f } }),
            StringComparison.Ordinal);

        // What changes nothing that is computed may differ.
        TrainingOptions same = Options with { Threads = 3, Techniques = [.. Options.Techniques, new LabelSmoothing { Amount = 0 }] };
        new TrainingSession(Resumed.Network(), Resumed.Data, same, state).Dispose();

        string Refused(Dataset data, TrainingOptions options) =>
            Assert.Throws<RunException>(() => new TrainingSession(Resumed.Network(), data, options, state)).Message;
    }

    [Fact]
    public void A_state_may_be_kept_as_json()
    {
        TrainingState state = State();
        TrainingState kept = JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Default.TrainingState),
            StateJson.Default.TrainingState)!;
        Network one = Resumed.Network(), other = Resumed.Network();
        using var first = new TrainingSession(one, Resumed.Data, Options, state);
        using var second = new TrainingSession(other, Resumed.Data, Options, kept);
        Assert.Equal(Resumed.Bytes(one, first.Run()), Resumed.Bytes(other, second.Run()));
    }

    [Fact]
    public void What_came_out_is_not_changed_by_what_the_network_learns_later()
    {
        Network network = Resumed.Network();
        TrainingResult first = Trainer.Run(network, Resumed.Data, Resumed.Options with { Epochs = 1 });
        float[] weights = [.. first.Network.Weights];
        Trainer.Run(network, Resumed.Data, Resumed.Options with { Epochs = 1 });
        Assert.NotEqual(weights, network.Weights);
        Assert.Equal(weights, first.Network.Weights);
    }

    [Fact]
    public void Another_thread_is_refused_while_one_trains_the_network()
    {
        Network network = Resumed.Network();
        var refused = new List<Exception>();
        TrainingSession? session = null;
        using var other = new TrainingSession(network, Resumed.Data, Options);
        using (session = new TrainingSession(network, Resumed.Data, Options, callbacks: [new Within(() =>
        {
            foreach (Action call in new Action[] { () => session!.Step(), () => session!.Capture(), () => other.Step() })
            {
                var thread = new Thread(() => refused.Add(Record.Exception(call)!));
                thread.Start();
                thread.Join();
            }
        })])) session.Step();
        Assert.Equal(3, refused.Count);
        Assert.All(refused, static error => Assert.Contains("Another thread", Assert.IsType<InvalidOperationException>(error).Message,
            StringComparison.Ordinal));

        // In turn they may.
        other.Step();
        Assert.Equal(nameof(TrainingSession), Assert.Throws<ObjectDisposedException>(() => session.Step()).ObjectName.Split('.')[^1]);
    }

    [Fact]
    public void A_state_of_another_network_of_as_many_weights_is_refused()
    {
        Graph one = Graph(kernel: 1), other = Graph(kernel: 1, stride: 3);
        using var session = new TrainingSession(new Network(one, 1), Resumed.Data, Resumed.Options);
        TrainingState state = session.Capture();
        Assert.Contains("structure",
            Assert.Throws<RunException>(() => new TrainingSession(new Network(other, 1), Resumed.Data, Resumed.Options, state)).Message,
            StringComparison.Ordinal);

        static Graph Graph(int kernel, int stride = 2) =>
            GraphBuilder.Input(1, 28, 28).Conv(4, kernel, stride).Relu().GlobalAveragePool().Linear(10).Build(1).Graph;
    }

    [Fact]
    public void Progress_goes_on_where_it_was()
    {
        using var session = new TrainingSession(Resumed.Network(), Resumed.Data, Options, State() with { Seconds = 700, StepSeconds = 70 });
        TrainingProgress before = session.Progress();
        Assert.Equal((2, 7, 15), (before.Epoch, before.Step, before.Steps));
        Assert.InRange(before.Elapsed.TotalSeconds, 700, 760);
        Assert.InRange(before.Remaining.TotalSeconds, 700 * 8 / 7.0, 760 * 8 / 7.0);
        Assert.True(before.Loss > 0);
        TrainingResult result = session.Run();
        Assert.All(result.Epochs.Skip(1), static epoch => Assert.InRange(epoch.Seconds, 700, 800));
        Assert.InRange(result.ImagesPerSecond, 1, 15 * 32 / 70.0);
    }

    private static TrainingState State()
    {
        using var session = new TrainingSession(Resumed.Network(), Resumed.Data, Options);
        for (int i = 0; i < 7; i++) session.Step();
        return session.Capture();
    }

    private static Dictionary<string, float[]> Without(IReadOnlyDictionary<string, float[]> arrays, string name) =>
        arrays.Where(pair => pair.Key != name).ToDictionary();

    private static Dictionary<string, float[]> With(IReadOnlyDictionary<string, float[]> arrays, string name, float[] values)
    {
        var changed = arrays.ToDictionary();
        changed[name] = values;
        return changed;
    }

    private sealed class Calls : ITrainingCallback
    {
        public List<string> Told { get; } = [];

        public Dictionary<long, TrainingState> AtStep { get; } = [];

        public void BeforeRun(TrainingSession session) => Told.Add("before run");

        public void BeforeEpoch(TrainingSession session) => Told.Add("before epoch");

        public void BeforeStep(TrainingSession session) => Told.Add("before step");

        public void AfterStep(TrainingSession session)
        {
            Told.Add("after step");
            AtStep.Add(session.StepsDone, session.Capture());
        }

        public void AfterEpoch(TrainingSession session, EpochMetrics epoch) => Told.Add($"after epoch {epoch.Epoch}");

        public void AfterRun(TrainingSession session, TrainingResult result) => Told.Add("after run");
    }

    private sealed class Stop(long after) : ITrainingCallback
    {
        public void AfterStep(TrainingSession session)
        {
            if (session.StepsDone == after) session.Stop("enough");
        }
    }

    [JsonSerializable(typeof(TrainingState))]
    private sealed partial class StateJson : JsonSerializerContext;

    private sealed class Within(Action action) : ITrainingCallback
    {
        public void BeforeStep(TrainingSession session) => action();
    }

    private sealed class Throw(long after) : ITrainingCallback
    {
        public void AfterStep(TrainingSession session)
        {
            if (session.StepsDone == after) throw new TimeoutException();
        }
    }
}
