using Pare.Data;
using Pare.Phases;
using Pare.Recipes;
using Pare.Runs;
using Pare.Tests.Cli;

namespace Pare.Tests.Phases;

public sealed class PhaseBuildTests : IDisposable
{
    private readonly DownFiles _files = new();
    private readonly Dataset _data;

    public PhaseBuildTests() =>
        _data = DatasetLoader.Load("mnist", _files.Files.Data, cancellationToken: TestContext.Current.CancellationToken);

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Stopped_at_any_point_and_begun_again_it_ends_the_same()
    {
        BuildRecord whole = Run(_files.Files.Folder["whole"], null);
        Assert.True(whole.Finished);
        int stops = 0, epochs = whole.Phases.Count * 2 * 2, starts = whole.Phases.Count * 2;
        for (int point = 1; ; point++)
        {
            string folder = _files.Files.Folder[$"stopped-{point}"];
            using var stop = new CancellationTokenSource();
            var stopper = new Stopper(point, stop);
            try
            {
                Run(folder, stopper, cancellation: stop.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                stops++;
            }

            Assert.True(Run(folder, null).Finished);
            Assert.Equal(_files.Build(_files.Files.Folder["whole"]), _files.Build(folder));
            foreach (string run in whole.Phases.SelectMany(static phase => phase.Runs))
                Assert.Equal(Model(_files.Files.Folder["whole"], run), Model(folder, run));
        }

        // All but the last epoch's and the last phase's end, after which there is nothing left to stop.
        Assert.Equal(starts + epochs + whole.Phases.Count - 2, stops);
    }

    [Fact]
    public void What_is_finished_is_not_trained_again()
    {
        Run(_files.Out, null);
        var told = new Stopper(int.MaxValue, null);
        Run(_files.Out, told);
        Assert.Equal(3, told.Seen);
        using PhaseBuild build = Open(_files.Out);
        Assert.All(build.Plan(), static planned => Assert.Equal((0, 2, TimeSpan.Zero), (planned.Runs, planned.Done, planned.RunTime)));
    }

    [Fact]
    public void With_one_seed_a_phase_is_judged_image_by_image_and_without_predictions_it_says_so()
    {
        PhaseOutcome narrow = Run(_files.Out, null, seeds: 1).Phases[1];
        Assert.Equal(("wide", "validation", DifferenceBasis.Images),
            (narrow.Difference!.Against, narrow.Difference.On, narrow.Difference.Basis));
        Assert.Equal(narrow.Validation!.Value.Mean - Run(_files.Out, null, seeds: 1).Phases[0].Validation!.Value.Mean,
            narrow.Difference.Change, 6);
        Assert.EndsWith("(one-sided 95 % on validation images; covers other images, not other seeds)", narrow.Why,
            StringComparison.Ordinal);

        // As the runs of an earlier version, or damaged.
        string kept = Path.Combine(_files.Out, "01-wide", "seed-1", RunFolder.PredictionsFile);
        File.WriteAllText(kept, "damaged");
        Assert.EndsWith("; not by pairs: the predictions of wide cannot be read)", Run(_files.Out, null, seeds: 1).Phases[1].Why,
            StringComparison.Ordinal);
        File.Delete(kept);
        PhaseOutcome old = Run(_files.Out, null, seeds: 1).Phases[1];
        Assert.EndsWith("; not by pairs: wide kept no predictions)", old.Why, StringComparison.Ordinal);
        Assert.Equal(DifferenceBasis.UnpairedImages, old.Difference!.Basis);
        Assert.Equal(narrow.Difference.Change, old.Difference.Change, 6);

        // Seed by seed nobody needs them.
        Assert.Equal(DifferenceBasis.Seeds, Run(_files.Out, null, seeds: 2).Phases[1].Difference!.Basis);
    }

    [Theory]
    [InlineData(1, DifferenceBasis.UnpairedImages)]
    [InlineData(2, DifferenceBasis.UnpairedSeeds)]
    public void Phases_that_hold_out_different_images_are_not_compared_pair_by_pair(int seeds, DifferenceBasis basis)
    {
        var recipe = PhasedRecipe.Parse(DownFiles.RecipeText, "paring.yaml", ["phases.1.narrow.set.training.validation=0.4"]);
        using var build = PhaseBuild.Open(recipe, _data, new PhaseBuildOptions { Folder = _files.Out, Seeds = seeds, Threads = 1 });
        BuildRecord record = build.Run();
        Assert.Equal(basis, record.Phases[1].Difference!.Basis);
        Assert.Matches("; not by pairs: the two phases hold out different images, [0-9]+ and [0-9]+\\)$", record.Phases[1].Why);

        // The phase after it holds out what this one does.
        Assert.Equal(seeds == 1 ? DifferenceBasis.Images : DifferenceBasis.Seeds, record.Phases[2].Difference!.Basis);
    }

    [Fact]
    public void Who_trains_a_planned_run_alone_is_called_by_his_own_command()
    {
        var phases = PhasedRecipe.Parse(DownFiles.RecipeText, "paring.yaml");
        using RunFolder? run = BuildFolder.ForRuns(_files.Out).Begin("01-wide/seed-1", phases.Resolve(phases.Phases[0]),
            DataIdentity.Of(_data), new FakeClock(), null);
        Assert.Equal("pare run", FolderLock.HolderOf(run!.Location)?.Command);
    }

    [Fact]
    public void Two_builds_do_not_work_in_one_folder()
    {
        using PhaseBuild build = Open(_files.Out);
        Assert.Throws<RunException>(() => Open(_files.Out));
    }

    [Fact]
    public void A_finished_run_of_an_older_version_with_a_key_less_is_taken_as_it_is()
    {
        Run(_files.Out, null);
        foreach (string file in Directory.EnumerateFiles(_files.Out, RunFolder.RecipeFile, SearchOption.AllDirectories))
            File.WriteAllLines(file, File.ReadLines(file).ToArray()
                .Where(line => !line.StartsWith("  seed:", StringComparison.Ordinal) || file.Contains("seed-2", StringComparison.Ordinal))
                .Append("# by hand"));
        var told = new Stopper(int.MaxValue, null);
        Run(_files.Out, told);
        Assert.Equal(3, told.Seen);
    }

    [Fact]
    public void A_finished_run_of_another_recipe_is_refused_with_the_key_and_never_deleted()
    {
        Run(_files.Out, null);
        string run = Path.Combine(_files.Out, "02-narrow", "seed-2"), recipe = Path.Combine(run, RunFolder.RecipeFile);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("batch_size: 20", "batch_size: 25", StringComparison.Ordinal));
        string[] files = Directory.GetFiles(_files.Out, "*", SearchOption.AllDirectories);
        using PhaseBuild build = Open(_files.Out);
        foreach (Action begin in new Action[] { () => build.Plan(), () => build.Run(cancellation: TestContext.Current.CancellationToken) })
        {
            var error = Assert.Throws<RecipeException>(begin);
            Assert.Equal("The finished run 02-narrow/seed-2 was trained with another recipe: training.batch_size is 25 there, 20 now.",
                error.Message);
            Assert.Equal(run, error.Where);
        }

        Assert.Equal(files.Order(), Directory.GetFiles(_files.Out, "*", SearchOption.AllDirectories)
            .Where(static file => !file.EndsWith(".lock", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void Stopped_with_more_seeds_a_finished_build_keeps_its_table()
    {
        BuildRecord before = Run(_files.Out, null, seeds: 1);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Run(_files.Out, new Stopper(1, stop), cancellation: stop.Token));
        BuildRecord kept = RunRecords.Read<BuildRecord>(Path.Combine(_files.Out, BuildFolder.BuildFile));
        Assert.Equal(before.Phases.Select(static phase => (phase.Name, Math.Round(phase.Test.Mean, 6), phase.Runs.Count)),
            kept.Phases.Select(static phase => (phase.Name, phase.Test.Mean, phase.Runs.Count)));
        Assert.False(kept.Finished);
        Assert.Equal(4, File.ReadAllLines(Path.Combine(_files.Out, "results.csv")).Length);
        Assert.Null(kept.Phases[0].Test.Deviation);

        BuildRecord after = Run(_files.Out, null);
        Assert.Equal([2, 2, 2], after.Phases.Select(static phase => phase.Runs.Count));
        Assert.True(after.Finished);
    }

    [Fact]
    public void What_an_interrupted_run_without_a_sound_checkpoint_left_is_moved_aside_with_all_that_lies_in_it()
    {
        string run = Path.Combine(_files.Out, "01-wide", "seed-1");
        using (PhaseBuild build = Open(_files.Out))
        using (var stop = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => build.Run(new Stopper(2, stop), stop.Token));
        }

        Assert.True(RunFolder.HasCheckpoint(run));
        File.WriteAllText(Path.Combine(run, "checkpoint.safetensors"), "damaged");
        File.WriteAllText(Path.Combine(run, "notes.txt"), "mine");
        File.WriteAllText(run + "-interrupted-1", "taken");
        var notes = new List<string>();
        using (PhaseBuild build = Open(_files.Out, note: notes.Add))
        {
            Assert.True(build.Run(cancellation: TestContext.Current.CancellationToken).Finished);
        }

        Assert.StartsWith($"01-wide/seed-1 is trained from the beginning. What was there is kept as {run}-interrupted-2: ",
            Assert.Single(notes), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(run + "-interrupted-2", "notes.txt")));
        Assert.True(File.Exists(Path.Combine(run + "-interrupted-2", MetricsLog.CsvFile)));
        Assert.False(File.Exists(Path.Combine(run, "notes.txt")));
    }

    [Fact]
    public void A_build_that_was_killed_within_its_first_write_goes_on()
    {
        Directory.CreateDirectory(_files.Out);
        File.WriteAllText(Path.Combine(_files.Out, ".lock"), "");
        File.WriteAllText(Path.Combine(_files.Out, ".pare-0123456789abcdef.tmp"), "name: pari");
        Run(_files.Out, null, seeds: 1);
        File.SetLastWriteTimeUtc(Path.Combine(_files.Out, ".pare-0123456789abcdef.tmp"), DateTime.UtcNow.AddHours(-1));
        Run(_files.Out, null, seeds: 1);
        Assert.Empty(Directory.GetFiles(_files.Out, ".*"));
    }

    [Fact]
    public void A_build_moved_to_another_folder_goes_on_with_its_teachers()
    {
        string taught =
            DownFiles.RecipeText.Replace("label_smoothing: 0.1", "distillation: { teacher: phase:wide }", StringComparison.Ordinal),
            moved = _files.Files.Folder["moved"];
        BuildRecord Go(string folder)
        {
            using PhaseBuild build = Open(folder, 1, taught);
            return build.Run(cancellation: TestContext.Current.CancellationToken);
        }

        Go(_files.Out);
        Directory.Move(_files.Out, moved);
        Assert.True(Go(moved).Finished);
        Assert.Empty(Directory.GetDirectories(moved, "*interrupted*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("narrow", "0.4", false)]
    [InlineData("narrow", "0.4", true)]
    [InlineData("wide", "0.3", false)]
    public void A_teacher_that_will_know_what_a_later_phase_holds_out_is_refused_before_anything_is_trained(
        string teacher, string validation, bool auto)
    {
        string taught = DownFiles.RecipeText.Replace("label_smoothing: 0.1", $"distillation: {{ teacher: phase:{teacher} }}",
            StringComparison.Ordinal);
        PhaseBuild Open(string held) => PhaseBuild.Open(
            PhasedRecipe.Parse(taught, "paring.yaml", [$"phases.2.smooth.set.training.validation={held}"]), _data,
            new PhaseBuildOptions { Folder = _files.Out, Threads = 1, Clock = new FakeClock(), Auto = auto });

        var error = Assert.Throws<RecipeException>(() => Open(validation));
        Assert.StartsWith($"The teacher, phase '{teacher}', is trained on ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(", phase smooth", error.Where, StringComparison.Ordinal);
        Assert.Contains("training.validation", error.Remedy, StringComparison.Ordinal);

        // The folder is free for the recipe once it is mended.
        Assert.False(Path.Exists(_files.Out));
        Open("0.2").Dispose();
    }

    [Fact]
    public void A_teacher_from_outside_that_is_not_there_is_told_before_anything_is_trained_and_not_asked_for_once_all_is()
    {
        string own = _files.Files.Folder["own"];
        Run(own, null, seeds: 1);
        string taught = DownFiles.RecipeText.Replace("label_smoothing: 0.1", $"distillation: {{ teacher: '{own}/01-wide/seed-1' }}",
            StringComparison.Ordinal);
        using (PhaseBuild build = Open(_files.Out, 1, taught)) build.Run(cancellation: TestContext.Current.CancellationToken);

        // In another place it is the same one, and the folder's recipe names the place.
        string moved = _files.Files.Folder["moved"], elsewhere = taught.Replace(own, moved, StringComparison.Ordinal);
        Directory.Move(own, moved);
        using (PhaseBuild build = Open(_files.Out, 1, elsewhere))
        {
            Assert.All(build.Plan(), static phase => Assert.Equal(0, phase.Runs));
            build.WritePlan();
        }

        Assert.Contains(moved, File.ReadAllText(Path.Combine(_files.Out, RunFolder.RecipeFile)), StringComparison.Ordinal);
        string other = Path.Combine(moved, "01-wide", "seed-1"), kept = other + "-kept";
        Directory.Move(other, kept);
        Directory.CreateDirectory(other);
        File.Copy(Path.Combine(moved, "02-narrow", "seed-1", RunFolder.ModelFile), Path.Combine(other, RunFolder.ModelFile));
        using (PhaseBuild build = Open(_files.Out, 1, elsewhere))
            Assert.Contains("another", Assert.Throws<RecipeException>(build.Plan).Message, StringComparison.Ordinal);

        // Another one in another place is refused before the folder's recipe names it.
        string narrow = taught.Replace($"{own}/01-wide", $"{moved}/02-narrow", StringComparison.Ordinal),
            before = File.ReadAllText(Path.Combine(_files.Out, RunFolder.RecipeFile));
        Assert.Contains(RecipeDifference.TeacherKey, Assert.Throws<RecipeException>(() => Open(_files.Out, 1, narrow)).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Path.Combine(_files.Out, RunFolder.RecipeFile)));

        Directory.Delete(moved, recursive: true);
        Open(_files.Out, 1, elsewhere).Dispose();
        var error = Assert.Throws<RecipeException>(() => Open(_files.Files.Folder["new"], 1, taught));
        Assert.StartsWith("There is no trained network at ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_student_whose_teacher_was_trained_once_more_counts_as_open_for_space_and_for_leaks()
    {
        string taught = DownFiles.RecipeText.Replace("label_smoothing: 0.1", "distillation: { teacher: phase:wide }",
            StringComparison.Ordinal), other = _files.Files.Folder["other"], wide = Path.Combine("01-wide", "seed-1");
        using (PhaseBuild build = Open(_files.Out, 1, taught)) build.Run(cancellation: TestContext.Current.CancellationToken);
        using (PhaseBuild build = Open(_files.Out, 1, taught)) Assert.Empty(build.OpenRuns());

        // As a training on another processor would leave it.
        File.Copy(Path.Combine(_files.Out, "02-narrow", "seed-1", RunFolder.ModelFile),
            Path.Combine(_files.Out, wide, RunFolder.ModelFile), overwrite: true);
        using (PhaseBuild build = Open(_files.Out, 1, taught))
            Assert.Equal(["smooth"], build.OpenRuns().Select(static run => run.Phase.Name));

        // As one that held other images out.
        PhasedRecipe all = PhasedRecipe.Parse(taught, "paring.yaml", ["training.validation=0"]);
        using (var build = PhaseBuild.Open(all, _data, new PhaseBuildOptions { Folder = other, Threads = 1, Clock = new FakeClock() }))
            build.Run(cancellation: TestContext.Current.CancellationToken);
        foreach (string file in (string[])[RunFolder.ModelFile, RunFolder.SplitFile])
            File.Copy(Path.Combine(other, wide, file), Path.Combine(_files.Out, wide, file), overwrite: true);
        Assert.EndsWith(", phase smooth", Assert.Throws<RecipeException>(() => Open(_files.Out, 1, taught)).Where,
            StringComparison.Ordinal);

        // One that is begun again is to come, and what learns from it as well.
        File.Delete(Path.Combine(_files.Out, wide, RunFolder.ResultFile));
        using (PhaseBuild build = Open(_files.Out, 1, taught))
            Assert.Equal(["wide", "smooth"], build.OpenRuns().Select(static run => run.Phase.Name));
    }

    [Fact]
    public void What_was_trained_without_an_undone_phase_is_known_after_that_phase_was_judged_anew()
    {
        string recipe = DownFiles.RecipeText.Replace("  - smooth:",
            "  - harm:\n      set: { training: { optimizer: adamw, schedule: { constant: { rate: 1e-9 } } } }\n  - smooth:",
            StringComparison.Ordinal);
        PhaseBuild Open(bool auto, string? only = null) => PhaseBuild.Open(
            PhasedRecipe.Parse(recipe, "paring.yaml", ["training.epochs=20", "tolerance=1"]), _data,
            new PhaseBuildOptions { Folder = _files.Out, Threads = 1, Clock = new FakeClock(), Auto = auto, Only = only });

        using (PhaseBuild build = Open(auto: true)) Assert.Equal(["harm"], build.Run().Phases[^1].Without);

        // A plan would leave every task with a run of another recipe.
        using (PhaseBuild build = Open(auto: false))
            Assert.Equal("folder", Assert.Throws<RecipeException>(() => build.WritePlan()).Setting);
        using (PhaseBuild build = Open(auto: false, only: "harm")) Assert.True(build.Run().Phases[2].Kept);
        using (PhaseBuild build = Open(auto: false)) Assert.Null(build.Run().Phases[^1].Without);
        Assert.True(Directory.Exists(Path.Combine(_files.Out, "04-smooth", "seed-1-superseded-1")));
        using PhaseBuild planned = Open(auto: false);
        planned.WritePlan();
    }

    [Fact]
    public void A_student_of_the_same_recipe_is_trained_anew_after_its_teacher_was()
    {
        string recipe = DownFiles.RecipeText.Replace("  - smooth:",
            "  - harm:\n      set: { training: { optimizer: adamw, schedule: { constant: { rate: 1e-9 } } } }\n  - smooth:",
            StringComparison.Ordinal) + """

              - student:
                  set:
                    training: { optimizer: sgd, schedule: { constant: { rate: 0.05 } } }
                    techniques: { distillation: { teacher: "phase:smooth" } }
            """;
        PhaseBuild Open(bool auto) => PhaseBuild.Open(
            PhasedRecipe.Parse(recipe, "paring.yaml", ["training.epochs=20", "tolerance=1"]), _data,
            new PhaseBuildOptions { Folder = _files.Out, Threads = 1, Clock = new FakeClock(), Auto = auto });

        IReadOnlyList<PlannedPhase> planned;
        using (PhaseBuild build = Open(auto: true)) Assert.Equal(["harm"], build.Run().Phases[^1].Without);
        using (PhaseBuild build = Open(auto: false))
        {
            planned = build.Plan();
            build.Run();
        }

        string student = Path.Combine(_files.Out, "05-student", "seed-1");
        Assert.Equal(1, planned.Single(static phase => phase.Phase.Name == "student").Runs);
        Assert.Equal(1, planned.Single(static phase => phase.Phase.Name == "smooth").Runs);
        Assert.True(Directory.Exists(Path.Combine(_files.Out, "04-smooth", "seed-1-superseded-1")));
        Assert.True(Directory.Exists(student + "-superseded-1"));
        Assert.Equal(File.ReadAllText(Path.Combine(student + "-superseded-1", RunFolder.RecipeFile)),
            File.ReadAllText(Path.Combine(student, RunFolder.RecipeFile)));
        using PhaseBuild again = Open(auto: false);
        Assert.All(again.Plan(), static planned => Assert.Equal(1, planned.Done));
    }

    [Fact]
    public void A_damaged_record_of_a_build_is_named_and_stays()
    {
        Run(_files.Out, null, seeds: 1);
        string file = Path.Combine(_files.Out, BuildFolder.BuildFile);
        File.WriteAllText(file, "{ }");
        Assert.Equal(file, Assert.Throws<RecipeException>(() => Open(_files.Out)).Where);
        Assert.Equal("{ }", File.ReadAllText(file));
    }

    [Fact]
    public void A_run_whose_result_is_damaged_is_trained_again()
    {
        Run(_files.Out, null);
        string before = _files.Build(), result = Path.Combine(_files.Out, "02-narrow", "seed-1", RunFolder.ResultFile);
        File.WriteAllText(result, "{");
        Run(_files.Out, null);
        Assert.Equal(before, _files.Build());
        Assert.NotNull(RunSummary.Read(result));
    }

    [Fact]
    public void Auto_needs_images_that_are_held_out_whatever_share_the_recipe_names()
    {
        // Of one image a class none can be held out; images that a data set holds out itself need no share.
        int[] one = [.. Enumerable.Range(0, 10).Select(label => _data.Train.Labels.IndexOf(label))];
        ImageSet few = ImageSet.Of([.. one.Select(index => (_data.Train, index))]);
        var phased = PhasedRecipe.Parse(DownFiles.RecipeText, "paring.yaml", ["training.epochs=2"]);
        RecipeException none = Assert.Throws<RecipeException>(
            () => PhaseBuild.Open(phased, new Dataset("few", "few", few, _data.Test), Options("none")));
        Assert.Equal("Phases are undone by their accuracy on a validation split, and phase 'wide' has none.", none.Message);
        var own = PhasedRecipe.Parse(DownFiles.RecipeText, "paring.yaml", ["training.epochs=2", "training.validation=0"]);
        var held = new Dataset("own", "own", _data.Train, _data.Test) { Validation = [0, 1, 2] };
        using var build = PhaseBuild.Open(own, held, Options("own"));

        PhaseBuildOptions Options(string folder) =>
            new() { Folder = _files.Files.Folder[folder], Auto = true, Threads = 1, Clock = new FakeClock() };
    }

    private BuildRecord Run(string folder, IProgress<BuildProgress>? progress, int seeds = 2, CancellationToken cancellation = default)
    {
        using PhaseBuild build = Open(folder, seeds);
        return build.Run(progress, cancellation);
    }

    private PhaseBuild Open(string folder, int seeds = 2, string recipe = DownFiles.RecipeText, Action<string>? note = null) =>
        PhaseBuild.Open(PhasedRecipe.Parse(recipe, "paring.yaml", ["training.epochs=2"]), _data, new PhaseBuildOptions
        {
            Folder = folder,
            Seeds = seeds,
            Threads = 1,
            Clock = new FakeClock(),
            Runs = new RunSettings { Note = note },
        });

    private static byte[] Model(string folder, string run) => File.ReadAllBytes(Path.Combine(folder, run, RunFolder.ModelFile));

    // Asks for the stop at a point that time does not move: the start of a training, the end of an epoch, the end of a phase.
    private sealed class Stopper(int point, CancellationTokenSource? stop) : IProgress<BuildProgress>
    {
        public int Seen { get; private set; }

        public void Report(BuildProgress value)
        {
            if (value.Training is { EpochEnd: null }) return;
            if (++Seen == point) stop?.Cancel();
        }
    }
}
