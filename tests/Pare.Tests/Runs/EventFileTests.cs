using Pare.Recipes;
using Pare.Runs;
using Pare.Runs.TensorBoard;
using Pare.Tests.Cli;
using Pare.Tests.Support;
using Pare.Training;

namespace Pare.Tests.Runs;

public sealed class EventFileTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_checksum_of_the_test_is_the_catalogued_one() => Assert.Equal(0xE3069283, EventRecords.Crc("123456789"u8));

    [Fact]
    public void A_part_of_the_recipe_in_which_nothing_stands_is_no_hyperparameter()
    {
        Recipe recipe = RecipeStore.Open("mnist", ["techniques={}"]);
        IReadOnlyList<(string Key, object Value)> settings = Hyperparameters.Of(recipe);
        Assert.DoesNotContain(settings, static setting => setting.Key.StartsWith("techniques", StringComparison.Ordinal));
        Assert.Contains(settings, static setting => setting.Key == "training.batch_size");
    }

    [Fact]
    public void A_runs_settings_and_what_it_came_to_stand_where_the_hparams_plugin_looks_for_them()
    {
        using var files = new CliData();
        string run = files.Folder["run"];
        Assert.Equal(Pare.Cli.ExitCode.Done, new TestCli().Run("train", files.Recipe, "--data", files.Data, "--out", run, "--set",
            "training.schedule={ one_cycle: { peak_rate: 0.25 } }", "--set", "techniques={ horizontal_flip: true }"));
        List<Event> events = EventRecords.Read(Directory.GetFiles(run, "events.out.tfevents.*").Single());
        Summary.Types.Value settings = Assert.Single(events[1].Summary.Value);
        Assert.Equal(("_hparams_/session_start_info", "hparams", 2),
            (settings.Tag, settings.Metadata.PluginData.PluginName, settings.Metadata.DataClass));
        Assert.Equal((1, 1L, 0f), (settings.Tensor.Dtype, settings.Tensor.Shape.Dim.Single().Size, settings.Tensor.FloatVal.Single()));
        SettingsData data = SettingsData.Parser.ParseFrom(settings.Metadata.PluginData.Content);
        Assert.Equal((0, SettingsData.DataOneofCase.Start), (data.Version, data.DataCase));
        Assert.Equal(events[1].WallTime, data.Start.StartTimeSecs);
        Assert.Equal(0.25, data.Start.Hparams["training.schedule.one_cycle.peak_rate"].NumberValue);
        Assert.Equal(3, data.Start.Hparams["training.epochs"].NumberValue);
        Assert.Equal("1x8x8", data.Start.Hparams["model.input"].StringValue);
        Assert.StartsWith("conv (channels 4", data.Start.Hparams["model.layers"].StringValue, StringComparison.Ordinal);
        Assert.Contains(data.Start.Hparams, static pair => pair.Key.StartsWith("techniques.horizontal_flip", StringComparison.Ordinal));
        Assert.Contains(data.Start.Hparams.Values, static value => value.HasBoolValue);
        Assert.DoesNotContain("name", data.Start.Hparams.Keys);

        Event last = events[^1];
        Assert.Equal((5, 3L), (events.Count - 1, last.Step));
        var summary = RunSummary.Read(Path.Combine(run, RunFolder.ResultFile))!;
        Assert.Equal(summary.TestAccuracy, last.Summary.Value.Single(static value => value.Tag == "result/test_accuracy").SimpleValue);
        Assert.Equal(summary.Parameters, last.Summary.Value.Single(static value => value.Tag == "result/parameters").SimpleValue);
        SettingsData end = SettingsData.Parser.ParseFrom(
            last.Summary.Value.Single(static value => value.Tag == "_hparams_/session_end_info").Metadata.PluginData.Content);
        Assert.Equal((1, last.WallTime), (end.End.Status, end.End.EndTimeSecs));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Cut_back_it_keeps_the_settings_once_and_the_steps_that_are_behind_it(int steps)
    {
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        (string Key, object Value)[] settings = [("a", 1.5), ("b", true), ("c", "text")];
        using (var file = new EventFile(_folder.Root, now))
        {
            file.WriteSettings(now, settings);
            for (int step = 1; step <= 2; step++) file.Append(now, step, [("loss", step)]);
            file.End(now, 2, [("result", 1)]);
        }

        for (int again = 0; again < 2; again++)
        {
            using var file = EventFile.Reopen(_folder.Root, steps, now);
            // The end is one more to a reader that asks for more steps than there were.
            Assert.Equal((Math.Min(steps, 3), true), (file.Steps, file.HasSettings));
            file.WriteSettings(now, settings);
        }

        List<Event> events = EventRecords.Read(Directory.GetFiles(_folder.Root, "events.out.tfevents.*").Single());
        Assert.Equal(2 + Math.Min(steps, 3), events.Count);
        Assert.Single(events, static one => one.Summary?.Value.Any(static value => value.Tag.StartsWith("_hparams_/session_start",
            StringComparison.Ordinal)) == true);
    }

    // Put together by hand from the numbers of the fields and their types on the wire, as TensorFlow and TensorBoard define them: a wrong
    // number in event.proto would be wrong for the reader of the other tests, too.
    [Fact]
    public void Its_messages_have_the_fields_numbers_that_TensorBoard_reads()
    {
        const string Time = "09 00004069CD55DA41", Loss = "0A 0B 0A 04 6C6F7373 15 0000003F", Idle = "0A 0B 0A 04 69646C65 15 00000000";
        const string A = "0A 0E 0A 01 61 12 09 11 000000000000F83F", B = "0A 07 0A 01 62 12 02 20 01";
        const string C = "0A 0B 0A 01 63 12 06 1A 04 74657874";
        const string Zero = "42 0E 08 01 12 04 12 02 08 01 2A 04 00000000", Plugin = "0A 07 68706172616D73", Class = "20 02";
        string started = $"0A 1C {Convert.ToHexString("_hparams_/session_start_info"u8)} {Zero} 4A 40 0A 3C {Plugin} "
            + $"12 31 1A 2F {A} {B} {C} 29 00004069CD55DA41 {Class}";
        string ended = $"0A 1A {Convert.ToHexString("_hparams_/session_end_info"u8)} {Zero} 4A 1C 0A 18 {Plugin} "
            + $"12 0D 22 0B 08 01 11 00004069CD55DA41 {Class}";
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        using (var file = new EventFile(_folder.Root, now))
        {
            file.WriteSettings(now, [("a", 1.5), ("b", true), ("c", "text")]);
            file.Append(now, 1, [("loss", 0.5f), ("idle", 0)]);
            file.End(now, 300, [("result", 1)]);
        }

        Assert.Equal(
            [
                $"{Time} 1A 0D {Convert.ToHexString("brain.Event:2"u8)}", $"{Time} 2A 72 0A 70 {started}",
                $"{Time} 10 01 2A 1A {Loss} {Idle}",
                $"{Time} 10 AC02 2A 5B 0A 0D 0A 06 726573756C74 15 0000803F 0A 4A {ended}",
            ],
            EventRecords.Messages(Directory.GetFiles(_folder.Root, "events.out.tfevents.*").Single()).Select(Convert.ToHexString),
            static (expected, found) => expected.Replace(" ", "", StringComparison.Ordinal) == found);
    }

    // As earlier versions wrote them.
    [Fact]
    public void A_file_without_settings_gets_them_where_the_run_goes_on()
    {
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        using (var file = new EventFile(_folder.Root, now)) file.Append(now, 1, [("loss", 1)]);
        using (var file = EventFile.Reopen(_folder.Root, 1, now))
        {
            Assert.False(file.HasSettings);
            file.WriteSettings(now, [("a", 1.0)]);
            file.Append(now, 2, [("loss", 2)]);
        }

        using (var file = EventFile.Reopen(_folder.Root, 2, now)) Assert.Equal((2, true), (file.Steps, file.HasSettings));
    }

    [Fact]
    public void A_run_writes_a_record_an_epoch_that_is_readable_while_the_run_goes_on()
    {
        var clock = new FakeClock();
        using var run = RunFolder.Create(_folder["run"], "recipe", clock);
        run.Append(new EpochMetrics(1, 2.5f, 0.125f, 2.25f, 0.25f, 0.1f, 1.5, 1000.5));
        run.Append(new EpochMetrics(300, float.NaN, 0.1f, null, null, 1e-5f, 3, 1000));

        List<Event> events = EventRecords.Read(Directory.GetFiles(_folder["run"], "events.out.tfevents.*").Single());
        Assert.Equal(3, events.Count);
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.All(events, one => Assert.Equal(clock.GetUtcNow().ToUnixTimeMilliseconds() / 1e3, one.WallTime));
        Assert.Equal(
            [("train/loss", 2.5f), ("train/accuracy", 0.125f), ("validation/loss", 2.25f), ("validation/accuracy", 0.25f), ("lr", 0.1f),
            ("seconds", 1.5f), ("images_per_second", 1000.5f), ("idle", 0f)],
            events[1].Summary.Value.Select(static value => (value.Tag, value.SimpleValue)));
        Assert.Equal([1, 300], events[1..].Select(static one => one.Step));
        Assert.Equal(float.NaN, events[2].Summary.Value[0].SimpleValue);
        Assert.Equal(["train/loss", "train/accuracy", "lr", "seconds", "images_per_second", "idle"],
            events[2].Summary.Value.Select(static value => value.Tag));
    }
}
