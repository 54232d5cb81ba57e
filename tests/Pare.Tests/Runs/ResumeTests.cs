using System.Globalization;
using System.Security.Cryptography;
using Pare.Cli;
using Pare.Data;
using Pare.Export;
using Pare.Graphs;
using Pare.Inference;
using Pare.Kernels;
using Pare.Recipes;
using Pare.Runs;
using Pare.Tests.Cli;
using Pare.Training;

namespace Pare.Tests.Runs;

/// <summary>A run that goes on, and all that it refuses to go on with.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly CliData _files = new();
    private readonly Dataset _data;
    private readonly List<string> _notes = [];

    public ResumeTests() => _data = DatasetLoader.Load("mnist", _files.Data, cancellationToken: TestContext.Current.CancellationToken);

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_run_that_was_stopped_goes_on_from_its_folder_to_the_same_bytes_and_its_record_tells_it()
    {
        Train("whole");
        Stop("run", epoch: 2);
        Assert.Equal(2, File.ReadAllLines(PathOf("run", MetricsLog.CsvFile)).Length - 1);
        File.AppendAllText(PathOf("run", MetricsLog.CsvFile), "3,0.1");
        GoOn("run");
        Same("whole", "run");
        Assert.False(RunFolder.HasCheckpoint(_files.Folder["run"]));
        Resumption resumed = Assert.Single(RunEnvironment.Read(PathOf("run", RunFolder.EnvironmentFile))!.Resumed!);
        Assert.Equal((2, 8L, Simd.InstructionSet), (resumed.Epoch, resumed.Step, resumed.InstructionSet));
        Assert.Null(RunEnvironment.Read(PathOf("whole", RunFolder.EnvironmentFile))!.Resumed);
        Assert.Equal(["resumes after step 8 of 12, 2 epochs done"], _notes);
        Stop("early", epoch: 1);
        GoOn("early");
        Assert.Equal("resumes after step 4 of 12, 1 epoch done", _notes[^1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(-1)]
    public void A_damaged_checkpoint_gives_way_to_the_one_before_it(int at)
    {
        Train("whole");
        Stop("run", epoch: 2);
        string newest = PathOf("run", "checkpoint.safetensors");
        byte[] bytes = File.ReadAllBytes(newest);
        if (at > 0) bytes[at] ^= 1;
        else if (at < 0) bytes[^1] ^= 1;
        File.Copy(newest, PathOf("run", "checkpoint.previous.safetensors"), overwrite: true);
        File.WriteAllBytes(newest, at == 0 ? [] : bytes);
        GoOn("run");
        Same("whole", "run");
        Assert.Contains("The one before it is taken.", _notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_sound_checkpoint_the_weights_of_an_interrupted_run_are_left_alone()
    {
        Stop("run", epoch: 2);
        foreach (string file in Directory.GetFiles(_files.Folder["run"], "checkpoint*")) File.WriteAllText(file, "damaged");
        SortedDictionary<string, string> before = CrashRig.Content(_files.Folder["run"]);
        var error = Assert.Throws<RecipeException>(() => GoOn("run"));
        Assert.StartsWith("The run in this folder cannot be resumed. The checkpoint cannot be used:", error.Message,
            StringComparison.Ordinal);
        Assert.Equal(before, CrashRig.Content(_files.Folder["run"]));
    }

    [Fact]
    public void Another_recipe_is_refused_with_the_key_and_nothing_is_written()
    {
        Stop("run", epoch: 1);
        SortedDictionary<string, string> before = CrashRig.Content(_files.Folder["run"]);
        var error = Assert.Throws<RecipeException>(() => GoOn("run", "training.batch_size=10"));
        Assert.Equal("The run in this folder cannot be resumed. It was begun with another recipe: training.batch_size is 20 there, 10 now.",
            error.Message);
        Assert.Equal(before, CrashRig.Content(_files.Folder["run"]));
    }

    [Fact]
    public void Other_images_are_refused()
    {
        Stop("run", epoch: 1);
        Dataset other = Glyphs.Create(train: 100, test: 50);
        using var run = RunFolder.Open(_files.Folder["run"], TimeProvider.System);
        var error = Assert.ThrowsAny<PareException>(() => RecipeRun.Train(run, Opened("model.input=1x28x28"), other, Environment()));
        Assert.Contains("other", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_teacher_in_the_place_of_the_first_is_refused_and_what_it_says_of_its_sureness_is_none()
    {
        Train("teacher");
        string file = PathOf("teacher", RunFolder.ModelFile), learn = $"techniques.distillation.teacher={file}";
        using (var stop = new CancellationTokenSource())
        using (RunFolder run = RunFolder.Create(_files.Folder["run"], "tiny", TimeProvider.System))
            Assert.ThrowsAny<OperationCanceledException>(() => RecipeRun.Train(run, Opened(learn), _data, Environment(),
                progress: new At(1, stop.Cancel), cancellation: stop.Token));
        Model teacher = Model.Load(file);
        teacher.With(new ConfidenceRule { Temperature = 2 }).Save(file);
        byte[] tempered = File.ReadAllBytes(file);
        Train("other", "training.schedule.one_cycle.peak_rate=0.01");
        File.Copy(PathOf("other", RunFolder.ModelFile), file, overwrite: true);
        var error = Assert.Throws<RecipeException>(() => GoOn("run", learn));
        Assert.Equal("The run in this folder cannot be resumed. It was begun with another teacher: the weights at " +
            "techniques.distillation.teacher have changed since.", error.Message);
        File.WriteAllBytes(file, tempered);
        GoOn("run", learn);
        Assert.StartsWith("sha256:", RunEnvironment.Read(PathOf("run", RunFolder.EnvironmentFile))!.Teacher, StringComparison.Ordinal);
        Assert.NotNull(RecipeRun.Finished(_files.Folder["run"], Opened(learn), _data, new RunSettings()));
        File.Copy(PathOf("other", RunFolder.ModelFile), file, overwrite: true);
        Assert.Throws<RecipeException>(() => RecipeRun.Finished(_files.Folder["run"], Opened(learn), _data, new RunSettings()));
    }

    [Fact]
    public void A_teacher_or_first_weights_that_lie_elsewhere_by_now_are_the_same_ones()
    {
        Train("teacher");
        Train("first", "training.seed=5");
        Train("other", "training.schedule.one_cycle.peak_rate=0.01");
        string Learn(string folder) => $"techniques.distillation.teacher={_files.Folder[folder]}";
        var begun = new RunSettings { InitialWeights = _files.Folder["first"] };
        using (var stop = new CancellationTokenSource())
        using (RunFolder run = RunFolder.Create(_files.Folder["run"], "tiny", TimeProvider.System))
            Assert.ThrowsAny<OperationCanceledException>(() => RecipeRun.Train(run, Opened(Learn("teacher")), _data, Environment(),
                begun, new At(1, stop.Cancel), stop.Token));
        Directory.Move(_files.Folder["teacher"], _files.Folder["moved"]);
        Directory.Move(_files.Folder["first"], _files.Folder["second"]);
        var now = new RunSettings { InitialWeights = _files.Folder["second"] };

        RunSummary? Go(string teacher, string first)
        {
            var settings = new RunSettings { InitialWeights = _files.Folder[first] };
            using var run = RunFolder.Open(_files.Folder["run"], TimeProvider.System);
            return RecipeRun.Train(run, Opened(Learn(teacher)), _data, Environment(), settings);
        }

        Assert.Contains("It was begun with another recipe: techniques.distillation.teacher is ",
            Assert.Throws<RecipeException>(() => Go("other", "second")).Message, StringComparison.Ordinal);
        Assert.Contains("It was begun with other weights: ",
            Assert.Throws<RecipeException>(() => Go("moved", "other")).Message, StringComparison.Ordinal);
        Assert.NotNull(Go("moved", "second"));
        RunFolder.CheckFree(_files.Folder["run"], Opened(Learn("moved")));
        Assert.NotNull(RecipeRun.Finished(_files.Folder["run"], Opened(Learn("moved")), _data, now));
        Directory.Move(_files.Folder["moved"], _files.Folder["again"]);
        Assert.NotNull(RecipeRun.Finished(_files.Folder["run"], Opened(Learn("again")), _data, now));
        Assert.Throws<RecipeException>(() => RecipeRun.Finished(_files.Folder["run"], Opened(Learn("other")), _data, now));
    }

    [Fact]
    public void Other_instructions_are_refused_unless_they_are_accepted_and_the_record_tells_them()
    {
        Stop("run", epoch: 1);
        Checkpoint mine = Checkpoint.Read(PathOf("run", "checkpoint.safetensors"), 1000);
        Checkpoint other = mine with { Origin = mine.Origin with { InstructionSet = "scalar" } };
        WholeFile.Write(PathOf("run", "checkpoint.safetensors"), other.Write);
        var error = Assert.Throws<RecipeException>(() => GoOn("run"));
        Assert.StartsWith("The checkpoint was computed with scalar, ", error.Message, StringComparison.Ordinal);
        Assert.Equal("acceptOtherWidth", error.Setting);
        using var run = RunFolder.Open(_files.Folder["run"], TimeProvider.System);
        RecipeRun.Train(run, Opened(), _data, Environment(), new RunSettings { AcceptOtherWidth = true });
        Assert.True(RunFolder.IsFinished(_files.Folder["run"]));
        Assert.Equal(Opened().Training.Seed, RunEnvironment.Read(PathOf("run", RunFolder.EnvironmentFile))!.Seed);
    }

    [Fact]
    public void A_run_that_goes_on_elsewhere_is_refused_by_name()
    {
        using RunFolder run = RunFolder.Create(_files.Folder["run"], "tiny", TimeProvider.System);
        var error = Assert.Throws<RunException>(() => RunFolder.Open(_files.Folder["run"], TimeProvider.System));
        Assert.Contains($"process {System.Environment.ProcessId} on ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_deleted_meanwhile_is_made_again_with_all_that_was_in_it()
    {
        Train("whole");
        Train("run", onEpoch: 2, () => Directory.Delete(_files.Folder["run"], recursive: true));
        Same("whole", "run");
        Assert.Equal([$"the run's folder was deleted; it is made again, and the run continues: {_files.Folder["run"]}"], _notes);
    }

    [Fact]
    public void A_folder_that_another_has_taken_meanwhile_is_left_to_it()
    {
        FolderLock? other = null;
        var error = Assert.Throws<RunException>(() => Train("run", onEpoch: 2, () =>
        {
            Directory.Delete(_files.Folder["run"], recursive: true);
            other = FolderLock.Take(_files.Folder["run"], "pare train");
        }));
        Assert.StartsWith("Another `pare train` works in the folder", error.Message, StringComparison.Ordinal);
        Assert.Equal([FolderLock.FileName], Directory.GetFiles(_files.Folder["run"]).Select(Path.GetFileName));
        other!.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(2000)]
    public void A_run_whose_weights_are_torn_is_not_finished(int length)
    {
        Train("run");
        Assert.True(RunFolder.IsFinished(_files.Folder["run"]));
        using (FileStream file = File.OpenWrite(PathOf("run", RunFolder.ModelFile))) file.SetLength(length);
        Assert.False(RunFolder.IsFinished(_files.Folder["run"]));
        Assert.True(RunFolder.IsUnfinished(_files.Folder["run"]));
    }

    [Fact]
    public void Nothing_that_a_checkpoint_can_become_is_more_than_refused()
    {
        Stop("run", epoch: 1);
        byte[] sound = File.ReadAllBytes(PathOf("run", "checkpoint.safetensors"));
        var random = new SeededRandom(1);
        string path = _files.Folder["mutant.safetensors"];
        int read = 0;
        for (int i = 0; i < 2000; i++)
        {
            byte[] mutant = [.. sound.AsSpan(0, i % 3 == 0 ? random.NextInt(sound.Length) : sound.Length)];
            for (int k = random.NextInt(4); k >= 0 && mutant.Length > 0; k--)
                mutant[random.NextInt(i % 2 == 0 ? Math.Min(400, mutant.Length) : mutant.Length)] = (byte)random.NextInt(256);
            File.WriteAllBytes(path, mutant);
            try
            {
                Checkpoint.Read(path, 1000);
                read++;
            }
            catch (DataException)
            {
            }
        }

        Assert.InRange(read, 0, 20);
        Assert.Throws<DataException>(() => Checkpoint.Read(_files.Folder["none"], 1000));
    }

    [Fact]
    public void A_run_can_be_extended_and_a_model_tuned_for_other_classes()
    {
        Train("run");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("train", _files.Folder["run"], "--extend", "2", "--out", _files.Folder["more"]));
        Assert.Contains($"begins with the weights of {PathOf("run", RunFolder.ModelFile)}", cli.Out, StringComparison.Ordinal);
        Assert.Contains("epoch 2/2", cli.Out, StringComparison.Ordinal);
        Assert.StartsWith(PathOf("run", RunFolder.ModelFile) + " sha256:",
            RunEnvironment.Read(PathOf("more", RunFolder.EnvironmentFile))!.InitialWeights, StringComparison.Ordinal);

        Network three = Of("linear: 3"), drawn = Of("linear: 3");
        InitialWeights.Load(_files.Folder["run"], three, _notes.Add);
        Assert.EndsWith("the model tells 10 classes apart, and this network 3", _notes[^1], StringComparison.Ordinal);
        Assert.Equal(Values(drawn, "linear1.weight"), Values(three, "linear1.weight"));
        Assert.NotEqual(Values(drawn, "conv1.weight"), Values(three, "conv1.weight"));
    }

    [Theory]
    [InlineData("conv: { channels: 4, stride: 2 }", "conv: { channels: 5, stride: 2 }", "'conv1.weight' is [4, 1, 3, 3] in the model and")]
    [InlineData("- depthwise_conv", "- conv: 4", "'conv2.weight' is [4, ")]
    [InlineData("- max_pool", "- max_pool\n    - pointwise_conv: 4",
        "The network has 'conv3.weight', [4, 4, 1, 1], and the model does not")]
    [InlineData("- max_pool", "- relu", "'linear1.weight' is")]
    [InlineData("    - batch_norm\n", "", "The model has 'batch_norm1.")]
    public void A_model_of_another_network_is_refused_with_the_layer(string before, string after, string what)
    {
        Train("run");
        Network other = Of(before, after);
        float[] drawn = [.. other.Weights];
        var error = Assert.Throws<RecipeException>(() => InitialWeights.Load(_files.Folder["run"], other, null));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Equal(drawn, other.Weights);
    }

    [Theory]
    [InlineData("train", "RUN", "--resume", "RUN", "--out", "OTHER")]
    [InlineData("train", "--resume", "NONE")]
    [InlineData("train", "RUN", "--extend", "1")]
    [InlineData("train", "RECIPE", "--extend", "1")]
    [InlineData("train", "RECIPE", "--init-from", "NONE", "--out", "OTHER")]
    public void What_cannot_go_on_is_told_in_three_lines(params string[] line)
    {
        Stop("run", epoch: 1);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run([.. line.Select(word => word switch
        {
            "RUN" => _files.Folder["run"],
            "OTHER" => _files.Folder["other"],
            "NONE" => _files.Folder["none"],
            "RECIPE" => _files.Recipe,
            _ => word,
        }), "--data", _files.Data]));
        Assert.Equal(3, cli.Error.Count(static letter => letter == '\n'));
        Assert.False(Directory.Exists(_files.Folder["other"]));
    }

    [Fact]
    public void The_same_line_on_a_finished_run_has_nothing_to_do_and_another_is_refused()
    {
        string[] line = ["train", _files.Recipe, "--data", _files.Data, "--out", _files.Folder["run"]];
        Assert.Equal(ExitCode.Done, new TestCli().Run(line));
        byte[] model = File.ReadAllBytes(PathOf("run", RunFolder.ModelFile));
        var again = new TestCli();
        Assert.Equal(ExitCode.Done, again.Run(line));
        Assert.Contains("there is nothing to train", again.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, new TestCli().Run([.. line, "--seed", "2"]));
        Assert.Equal(model, File.ReadAllBytes(PathOf("run", RunFolder.ModelFile)));
    }

    [Fact]
    public void A_finished_run_whose_report_cannot_be_made_again_is_shown_all_the_same()
    {
        string[] line = ["train", _files.Recipe, "--data", _files.Data, "--out", _files.Folder["run"]];
        Assert.Equal(ExitCode.Done, new TestCli().Run(line));
        string report = PathOf("run", "report.html");
        File.Delete(report);
        Directory.CreateDirectory(report);
        foreach (string[] again in new[] { line, ["train", "--resume", _files.Folder["run"]] })
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run(again));
            Assert.Contains("the report is not made again: ", cli.Out, StringComparison.Ordinal);
            Assert.Contains($"next      pare eval {_files.Folder["run"]}", cli.Out, StringComparison.Ordinal);
        }
    }

    // Settings that are those of the run are no others.
    [Theory]
    [InlineData(true)]
    [InlineData(true, "--epochs", "3")]
    [InlineData(true, "--seed", "1", "--set", "training.batch_size=20")]
    [InlineData(false, "--epochs", "1")]
    [InlineData(false, "--set", "target.test_accuracy=0")]
    public void The_folder_of_a_finished_run_stands_for_a_new_one_and_says_so_and_whether_its_settings_are_others(bool isSame,
        params string[] settings)
    {
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", _files.Recipe, "--data", _files.Data, "--out", _files.Folder["run"]));
        byte[] result = File.ReadAllBytes(PathOf("run", RunFolder.ResultFile));
        var cli = new TestCli(width: 1000);
        Assert.Equal(ExitCode.Done, cli.Run(["train", _files.Folder["run"], .. settings]));
        string made = cli.Out.Split('\n').Single(static line => line.StartsWith("run  ", StringComparison.Ordinal))[10..];
        try
        {
            Assert.Contains("note      the run in this folder is finished: this is a new one of " +
                $"{(isSame ? "the same recipe" : "its recipe with other settings")}\n", cli.Out, StringComparison.Ordinal);
            Assert.Equal(isSame, File.ReadAllBytes(PathOf("run", RunFolder.ModelFile))
                .SequenceEqual(File.ReadAllBytes(Path.Combine(made, RunFolder.ModelFile))));
            Assert.Equal(result, File.ReadAllBytes(PathOf("run", RunFolder.ResultFile)));
        }
        finally
        {
            Directory.Delete(made, recursive: true);
        }
    }

    [Theory]
    [InlineData(false, "--seed", "2")]
    [InlineData(true, "--seed", "2")]
    [InlineData(true, "--epochs", "1")]
    [InlineData(true, "--minutes", "0.001")]
    [InlineData(true, "--set", "training.batch_size=10")]
    [InlineData(true, "--on-divergence", "halve-rate")]
    [InlineData(true)]
    public void The_folder_of_an_interrupted_run_with_other_settings_or_another_folder_stands_for_a_new_one_and_says_so(bool isNamed,
        params string[] options)
    {
        Stop("run", epoch: 1);
        string run = _files.Folder["run"];
        (string, string)[] before = Bytes(run);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run(["train", run, "--data", _files.Data, .. options,
            .. isNamed ? new[] { "--out", _files.Folder["new"] } : []]));
        string made = cli.Out.Split('\n').Single(static line => line.StartsWith("run  ", StringComparison.Ordinal))[10..];
        try
        {
            Assert.Contains($"note      the unfinished run in {run} stays as it is: this is a new one, from the beginning. To resume " +
                $"that one: pare train {run}\n", cli.Out, StringComparison.Ordinal);
            Assert.DoesNotContain("resumes after step", cli.Out, StringComparison.Ordinal);
            Assert.True(RunFolder.IsFinished(made));
            Assert.Equal(before, Bytes(run));
        }
        finally
        {
            Directory.Delete(made, recursive: true);
        }

        var rest = new TestCli();
        Assert.Equal(ExitCode.Done, rest.Run("train", run, "--data", _files.Data));
        Assert.Contains("resumes after step", rest.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("this is a new one", rest.Out, StringComparison.Ordinal);

        static (string, string)[] Bytes(string folder) => [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)
            .Select(static file => (file, Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))))];
    }

    [Theory]
    [InlineData("--epochs", "3")]
    [InlineData("--seed", "1", "--set", "training.batch_size=20")]
    public void An_interrupted_run_with_settings_that_are_its_own_goes_on(params string[] settings)
    {
        Stop("run", epoch: 1);
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run(["train", _files.Folder["run"], "--data", _files.Data, .. settings]));
        Assert.Contains("resumes after step", cli.Out, StringComparison.Ordinal);
        Assert.True(RunFolder.IsFinished(_files.Folder["run"]));
    }

    [Fact]
    public void An_interrupted_run_in_its_own_folder_goes_on_or_says_why_not_and_never_begins_anew()
    {
        Stop("run", epoch: 1);
        string run = _files.Folder["run"];
        TestCli.AssertFails(ExitCode.Usage, "It was begun with another recipe: training.seed is 1 there, 2 now.",
            "train", run, "--data", _files.Data, "--out", run, "--seed", "2");
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("train", run, "--data", _files.Data, "--out", run + "/"));
        Assert.Contains("resumes after step", cli.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("this is a new one", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Minutes_are_not_measured_again_where_a_run_goes_on()
    {
        string[] line = ["train", _files.Recipe, "--data", _files.Data, "--out", _files.Folder["run"], "--minutes", "0.001"];
        Assert.Equal(ExitCode.Done, new TestCli().Run(line));
        int epochs = RecipeStore.Open(_files.Folder["run"]).Training.Epochs;
        byte[] model = File.ReadAllBytes(PathOf("run", RunFolder.ModelFile));

        // As one that was killed before its first checkpoint.
        File.Delete(PathOf("run", RunFolder.ResultFile));
        File.Delete(PathOf("run", RunFolder.ModelFile));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run(line));
        Assert.Contains($"budget    {Amounts.Count(epochs, "epoch")}, as the run was begun with: minutes are not measured again", cli.Out,
            StringComparison.Ordinal);
        Assert.Equal(model, File.ReadAllBytes(PathOf("run", RunFolder.ModelFile)));
    }

    [Fact]
    public void Images_whose_files_vanish_or_shrink_while_training_were_read_before_and_a_run_that_goes_on_misses_them()
    {
        Train("whole");
        string gone = Path.Combine(_files.Data, Support.IdxFiles.TrainImages),
            shrunk = Path.Combine(_files.Data, Support.IdxFiles.TestImages);
        byte[] images = File.ReadAllBytes(gone), others = File.ReadAllBytes(shrunk);
        Train("run", onEpoch: 1, () =>
        {
            File.Delete(gone);
            File.WriteAllBytes(shrunk, others[..^1]);
        });
        Same("whole", "run");
        File.WriteAllBytes(gone, images);
        File.WriteAllBytes(shrunk, others);
        Stop("stopped", epoch: 2);
        File.WriteAllBytes(shrunk, others[..^1]);
        SortedDictionary<string, string> before = CrashRig.Content(_files.Folder["stopped"]);
        string[] line = ["train", "--resume", _files.Folder["stopped"], "--data", _files.Data];
        Assert.Equal(ExitCode.Data, new TestCli().Run(line));
        File.Delete(shrunk);
        Assert.Equal(ExitCode.Data, new TestCli().Run(line));
        Assert.Equal(before, CrashRig.Content(_files.Folder["stopped"]));
        File.WriteAllBytes(shrunk, others);
        Assert.Equal(ExitCode.Done, new TestCli().Run([.. line, "--threads", "1"]));
        Assert.Equal(File.ReadAllBytes(PathOf("whole", RunFolder.ModelFile)), File.ReadAllBytes(PathOf("stopped", RunFolder.ModelFile)));
    }

    [Fact]
    public void A_clock_that_is_set_back_again_and_again_changes_nothing_but_the_times_that_are_told()
    {
        Train("whole");
        using var stop = new CancellationTokenSource();
        var clock = new BackwardClock();
        using (RunFolder run = RunFolder.Create(_files.Folder["run"], "tiny", clock))
            Assert.ThrowsAny<OperationCanceledException>(() => RecipeRun.Train(run, Opened(), _data, Environment(), null,
                new At(2, stop.Cancel), stop.Token));
        using (RunFolder run = RunFolder.Open(_files.Folder["run"], clock))
            RecipeRun.Train(run, Opened(), _data, Environment());
        Same("whole", "run");
        Assert.Single(Directory.GetFiles(_files.Folder["run"], "events.*"));
    }

    [Fact]
    public void A_device_is_no_model_to_begin_with_and_no_record()
    {
        if (!File.Exists("/dev/zero")) Assert.Skip("A device that can be opened by its path.");
        Assert.Throws<RecipeException>(static () => InitialWeights.NameOf("/dev/zero"));
        Assert.Throws<FormatException>(static () => RunRecords.Open("/dev/zero", 1 << 20));
        File.CreateSymbolicLink(_files.Folder["evaluation.json"], "/dev/zero");
        Assert.Null(TrainedModel.ClassesBeside(_files.Folder["model.safetensors"], outputs: 10));
        Assert.True(Disk.IsFull(new IOException("", 28)));
        Assert.True(Disk.IsFull(new IOException("", 122)));
        Assert.False(Disk.IsFull(new IOException("", 30)));
        string file = _files.Folder["limited"];
        IOException error = Assert.ThrowsAny<IOException>(() => WholeFile.Write(file, static _ =>
            throw new ArgumentOutOfRangeException("value", "Specified file length was too large for the file system.")));
        Assert.True(Disk.IsFull(error));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void What_the_disk_cannot_hold_is_told_before_the_start()
    {
        long size = RunSize.Of(Opened(), _data, isTraining: true);
        Assert.InRange(size, 1 << 20, 4 << 20);
        RunSize.Require(_files.Folder.Root, size, size);
        RunSize.Require(_files.Folder.Root, size, null);
        var error = Assert.Throws<RunException>(() => RunSize.Require(_files.Folder.Root, size, size - 1));
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture,
                $"The disk cannot hold this: it takes up to {size:N0} bytes, and {size - 1:N0} bytes are free."), error.Message);
        Assert.Matches("^The disk cannot hold this: it takes up to [0-9]+ KB, and 1 KB are free[.]$",
            Assert.Throws<RunException>(() => RunSize.Require(_files.Folder.Root, size, 1024)).Message);
        Assert.Throws<RunException>(() => RunSize.Require(_files.Folder.Root, 1L << 59));
    }

    [Fact]
    public void Checkpoints_come_by_the_clock_and_at_an_epochs_end_when_that_is_cheap()
    {
        var clock = new FakeClock();
        var files = new CheckpointFiles(_files.Folder.Root);
        int watched = 0;
        var origin = new CheckpointOrigin { Recipe = "", Data = "" };
        var writer = new CheckpointWriter(files, origin, TimeSpan.FromMinutes(2), _ => watched++, clock);
        Recipe recipe = Opened();
        using var session = new TrainingSession(new Network(recipe.Graph, 1), _data, recipe.Training with { Threads = 1 });
        EpochMetrics epoch = session.Epoch()!;
        writer.BeforeRun(session);

        // Within the first second nothing is cheap.
        writer.AfterEpoch(session, epoch);
        Assert.False(files.Exist);
        clock.Advance(TimeSpan.FromSeconds(1));
        writer.AfterEpoch(session, epoch);
        Assert.True(File.Exists(files.Newest));
        File.Delete(files.Newest);
        clock.Advance(TimeSpan.FromSeconds(119));
        writer.AfterStep(session);
        Assert.False(files.Exist);
        clock.Advance(TimeSpan.FromSeconds(1));
        writer.AfterStep(session);
        Assert.True(File.Exists(files.Newest));
        Assert.Equal(3, watched);
    }

    private string PathOf(string run, string file) => Path.Combine(_files.Folder[run], file);

    private Recipe Opened(params string[] overrides) => RecipeStore.Open(_files.Recipe, overrides);

    private Network Of(string before, string? after = null) => new(RecipeStore.Open(_files.Write("other.yaml",
        CliData.RecipeText.Replace(after is null ? "linear: 10" : before, after ?? before, StringComparison.Ordinal))).Graph, 7);

    private static float[] Values(Network network, string name) =>
        network.Values(network.Parameters.Single(parameter => parameter.Name == name)).ToArray();

    private RunEnvironment Environment() => new()
    {
        Started = DateTimeOffset.UnixEpoch,
        CommandLine = ["pare", "train"],
        Seed = 99,
        Threads = 1,
        DataSource = _data.Source,
    };

    private void Train(string name, int onEpoch = 0, Action? action = null, CancellationToken cancellation = default)
    {
        using RunFolder run = RunFolder.Create(_files.Folder[name], "tiny", TimeProvider.System);
        RecipeRun.Train(run, Opened(), _data, Environment(), new RunSettings { Note = _notes.Add }, new At(onEpoch, action), cancellation);
    }

    private void Train(string name, string setting)
    {
        using RunFolder run = RunFolder.Create(_files.Folder[name], "tiny", TimeProvider.System);
        RecipeRun.Train(run, Opened(setting), _data, Environment());
    }

    private void Stop(string name, int epoch)
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Train(name, epoch, stop.Cancel, stop.Token));
        Assert.True(RunFolder.IsUnfinished(_files.Folder[name]));
    }

    private void GoOn(string name, params string[] overrides)
    {
        using var run = RunFolder.Open(_files.Folder[name], TimeProvider.System);
        RecipeRun.Train(run, Opened(overrides), _data, Environment(), new RunSettings { Note = _notes.Add });
    }

    private void Same(string whole, string run) =>
        Assert.Equal(CrashRig.Content(_files.Folder[whole]), CrashRig.Content(_files.Folder[run]));

    private sealed class At(int epoch, Action? action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.EpochEnd?.Epoch == epoch) action?.Invoke();
        }
    }

    // A day earlier whenever it is asked.
    private sealed class BackwardClock : TimeProvider
    {
        private int _asked;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddDays(-_asked++);
    }
}
