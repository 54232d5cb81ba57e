using Pare.Data;
using Pare.Recipes;
using Pare.Runs;
using Pare.Tests.Cli;
using Pare.Tests.Support;

namespace Pare.Tests.Runs;

public sealed class AblationFolderTests : IDisposable
{
    private static readonly Dataset s_data = Glyphs.Create(train: 10, test: 10);
    private static readonly Recipe s_recipe = Recipe.Parse(CliData.RecipeText, "a.yaml");
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_two_rows_share_a_file_on_any_system()
    {
        string[] rows =
        [
            "baseline", "without mixup", "without_mixup", "without-mixup", "Without mixup", "a=1", "a-1", "a 1", "a_1", "A_1", "a=0.1",
                "a=0-1", "a={ b: 1 }", "a={ b; 1 }", "ä", "ö", ".a", "a", "..a",
            new string('a', 101), new string('a', 102), new string('a', 100), "",
        ];
        string[] files = [.. rows.Select(static row => AblationFolder.FileName(row, 1).ToLowerInvariant())];
        Assert.Equal(files.Length, files.Distinct().Count());
        Assert.All(files, static file => Assert.Matches(@"^[a-z0-9_.-]{1,200}$", file));
        Assert.Equal("without-mixup-seed-1.json", AblationFolder.FileName("without mixup", 1));
        using AblationFolder folder = Open();
        for (int i = 0; i < rows.Length; i++) folder.Write(rows[i], Run(i), s_recipe, s_data, 1);
        for (int i = 0; i < rows.Length; i++) Assert.Equal(i, folder.Read(rows[i], 1, s_recipe, s_data)!.Run.Parameters);
    }

    [Fact]
    public void A_run_of_an_earlier_version_is_found_and_never_written_over()
    {
        using AblationFolder folder = Open();
        folder.Write("a=1", Run(1), s_recipe, s_data, 1);
        string runs = Path.Combine(_folder["ablation"], "runs"), now = Directory.GetFiles(runs).Single();
        File.Move(now, Path.Combine(runs, "a-1-seed-1.json"));
        Assert.Equal(1, folder.Read("a=1", 1, s_recipe, s_data)!.Run.Parameters);
        Assert.Null(folder.Read("a 1", 1, s_recipe, s_data));
        folder.Write("a 1", Run(2), s_recipe, s_data, 1);
        Assert.Equal(1, folder.Read("a=1", 1, s_recipe, s_data)!.Run.Parameters);
        Assert.Equal(2, folder.Read("a 1", 1, s_recipe, s_data)!.Run.Parameters);

        // A letter of another script was as many characters as UTF-16 takes for it.
        string row = $"a={new string('\u00E9', 70)}\U0001F44D";
        folder.Write(row, Run(3), s_recipe, s_data, 1);
        File.Move(Path.Combine(runs, AblationFolder.FileName(row, 1)), Path.Combine(runs, $"a{new string('-', 73)}-seed-1.json"));
        Assert.Equal(3, folder.Read(row, 1, s_recipe, s_data)!.Run.Parameters);
    }

    [Fact]
    public void Two_that_begin_in_the_same_second_have_each_a_folder()
    {
        var clock = new FakeClock();
        using var first = AblationFolder.OpenIn(_folder["runs"], "tiny", clock);
        using (var second = AblationFolder.OpenIn(_folder["runs"], "tiny", clock))
        {
            Assert.Equal(first.Location + "-2", second.Location);
            second.Write("baseline", Run(1), s_recipe, s_data, 1);
        }

        using var third = AblationFolder.OpenIn(_folder["runs"], "tiny", clock);
        Assert.Equal(first.Location + "-3", third.Location);
    }

    [Fact]
    public void Who_trains_runs_alone_is_called_by_his_own_command()
    {
        var folder = AblationFolder.ForRuns(_folder["ablation"]);
        using IDisposable held = folder.Claim("baseline", 1);
        Assert.Equal("pare run", folder.HolderOf("baseline", 1)?.Command);
        var error = Assert.Throws<RunException>(() => Open().Claim("baseline", 1));
        Assert.StartsWith("Another `pare run` trains this run", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_program_at_a_time_works_in_it()
    {
        using (Open())
        {
            var error = Assert.Throws<RunException>(() => Open());
            Assert.Contains("pare ablate", error.Remedy, StringComparison.Ordinal);
        }

        Open().Dispose();
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("runs/glyphs-20260304-050607/result.json")]
    public void A_folder_of_something_else_is_refused_before_anything_is_read(string file)
    {
        _folder.Write(Path.Combine("ablation", file), [1]);
        Assert.Throws<RecipeException>(() => AblationFolder.CheckFree(_folder["ablation"]));
        Assert.Throws<RecipeException>(() => Open());
        Assert.Equal([$"ablation/{file}"], _folder.Files);
    }

    [Fact]
    public void One_that_was_killed_at_its_start_goes_on()
    {
        _folder.Write("ablation/.lock", Array.Empty<byte>());
        string left = _folder.Write("ablation/.pare-0123.tmp", [1]);
        Open().Dispose();
        Assert.Equal(["ablation/.pare-0123.tmp"], _folder.Files);
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-1));
        string run = _folder.Write("ablation/runs/.pare-4567.tmp", [1]);
        File.SetLastWriteTimeUtc(run, DateTime.UtcNow.AddHours(-1));
        Open().Dispose();
        Assert.Empty(_folder.Files);
        Assert.True(AblationFolder.IsAt(_folder["ablation"]));
    }

    [Fact]
    public void What_it_was_made_on_and_of_stands_in_the_folder()
    {
        using AblationFolder folder = Open();
        folder.Begin(s_recipe,
            new RunEnvironment
            {
                Started = DateTimeOffset.UnixEpoch,
                CommandLine = ["pare", "ablate"],
                Seed = 1,
                Threads = 2,
                DataSource = "built in"
            }, isPlanned: false);
        Assert.Equal(s_recipe.ToYaml(), File.ReadAllText(Path.Combine(_folder["ablation"], RunFolder.RecipeFile)));
        Assert.Equal(["pare", "ablate"], RunEnvironment.Read(Path.Combine(_folder["ablation"], RunFolder.EnvironmentFile))!.CommandLine);
    }

    private AblationFolder Open() => AblationFolder.Open(_folder["ablation"], "a", TimeProvider.System);

    private static AblationRun Run(int parameters) =>
        new() { Seed = 1, Parameters = parameters, TestAccuracy = 0.5, ValidationAccuracy = null, Seconds = 1 };
}
