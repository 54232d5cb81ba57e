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

    public PhaseBuildTests() => _data = DatasetLoader.Load("mnist", _files.Files.Data, cancellationToken: TestContext.Current.CancellationToken);

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
                Run(folder, stopper, stop.Token);
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
    public void Two_builds_do_not_work_in_one_folder()
    {
        using PhaseBuild build = Open(_files.Out);
        Assert.Throws<RunException>(() => Open(_files.Out));
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

    private BuildRecord Run(string folder, IProgress<BuildProgress>? progress, CancellationToken cancellation = default)
    {
        using PhaseBuild build = Open(folder);
        return build.Run(progress, cancellation);
    }

    private PhaseBuild Open(string folder) => PhaseBuild.Open(
        PhasedRecipe.Parse(DownFiles.RecipeText, "paring.yaml", ["training.epochs=2"]), _data, new PhaseBuildOptions { Folder = folder, Seeds = 2, Threads = 1, Clock = new FakeClock() });

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
