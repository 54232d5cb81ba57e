using System.Text.Json;
using Pare.Cli;

namespace Pare.Tests.Cli;

public sealed class BenchCommandTests
{
    [Fact]
    public void With_json_it_writes_one_object_a_network()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("bench", "bench-mnist", "--threads", "1", "--batch", "16", "--steps", "1", "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        Assert.Equal(
            ["model", "parameters", "batch", "threads", "storage", "train_images_per_second", "infer_images_per_second", "latency_ms",
            "train_gflops", "peak_gflops", "peak_fraction"],
            json.RootElement.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(1622, json.RootElement.GetProperty("parameters").GetInt32());
        Assert.True(json.RootElement.GetProperty("peak_fraction").GetDouble() > 0);
    }

    [Fact]
    public void The_cost_of_an_epoch_is_one_object_a_network()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done,
            cli.Run("bench", "bench-mnist", "--epoch", "--threads", "1", "--batch", "16", "--steps", "2", "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        Assert.Equal(
            ["model", "batch", "threads", "storage", "bare_images_per_second", "from_bytes", "augmented", "augmented_by_worker", "sam",
                "evaluation"],
            json.RootElement.EnumerateObject().Select(static property => property.Name));
        Assert.True(json.RootElement.GetProperty("bare_images_per_second").GetDouble() > 0);
        Assert.True(json.RootElement.GetProperty("evaluation").GetDouble() > 0);
        Assert.Equal(ExitCode.Done,
            new TestCli().Run("bench", "bench-mnist", "--epoch", "--threads", "1", "--batch", "20001", "--steps", "1"));
        Assert.Equal(ExitCode.Usage, new TestCli().Run("bench", "--epoch", "--profile"));
    }

    [Fact]
    public void A_recipe_is_measured_as_the_reference_networks_are_and_a_phase_of_it()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done,
            cli.Run("bench", "glyphs", "--phase", "gap", "--threads", "1", "--batch", "16", "--steps", "1", "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        Assert.Equal("glyphs, gap", json.RootElement.GetProperty("model").GetString());
        Assert.Equal(ExitCode.Usage, new TestCli().Run("bench", "bench-mnist", "--phase", "gap"));
        Assert.Equal(ExitCode.Usage, new TestCli().Run("bench", "glyphs", "--epoch"));
    }

    [Fact]
    public void Against_earlier_figures_it_says_how_many_times_as_fast_it_is()
    {
        string[] measure = ["bench", "bench-mnist", "--threads", "1", "--batch", "16", "--steps", "1"];
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, Line(batch: 16, train: 1e-3));
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run([.. measure, "--against", file, "--json"]));
            using JsonDocument json = JsonDocument.Parse(cli.Out);
            double ratio = json.RootElement.GetProperty("train_ratio_against").GetDouble();
            Assert.Equal(1e3 * json.RootElement.GetProperty("train_images_per_second").GetDouble(), ratio, 1e-3 * ratio);
            cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run([.. measure, "--against", file]));
            Assert.Contains($"against {file}: times as fast", cli.Out, StringComparison.Ordinal);

            foreach (string wrong in new[] { "", "{}", "[1]", "x", Line(32, 1), Line(16, 0), Line(16, 1) + Line(16, 1),
                Line(16, 7).Replace(":7,", ":1e999,", StringComparison.Ordinal),
                Line(16, 1).Replace("bench-mnist", "resnet8", StringComparison.Ordinal) })
            {
                File.WriteAllText(file, wrong);
                Assert.Equal(ExitCode.Data, new TestCli().Run([.. measure, "--against", file]));
            }
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal(ExitCode.Data, new TestCli().Run([.. measure, "--against", file]));
        Assert.Equal(ExitCode.Usage, new TestCli().Run([.. measure, "--epoch", "--against", file]));

        static string Line(int batch, double train) => FormattableString.Invariant(
            $"{{\"model\":\"bench-mnist\",\"batch\":{batch},\"threads\":1,\"train_images_per_second\":{train},")
            + "\"infer_images_per_second\":2,\"latency_ms\":3}\n";
    }

    [Fact]
    public void It_says_in_which_storage_it_measures_and_that_earlier_figures_are_of_another_or_of_nobody_knows_which()
    {
        using var files = new CliData();
        string half = files.Write("half.yaml",
            CliData.RecipeText.Replace("epochs: 3", "epochs: 3, storage: bfloat16", StringComparison.Ordinal));
        string file = files.Folder["before.json"];
        string[] measure = ["--threads", "1", "--batch", "16", "--steps", "1"];
        Assert.Contains("\nstorage   float32\n", Bench(false, files.Recipe), StringComparison.Ordinal);
        Assert.Contains("\nstorage   bfloat16\n", Bench(false, half), StringComparison.Ordinal);
        Assert.Contains($"\nstorage   {files.Recipe}: float32; {half}: bfloat16\n", Bench(false, files.Recipe, half),
            StringComparison.Ordinal);

        string before = Bench(true, half);
        Assert.Equal("bfloat16", Value(before, "storage"));
        File.WriteAllText(file, before);
        Assert.DoesNotContain("\nnote ", Bench(false, half, "--against", file), StringComparison.Ordinal);
        Assert.Equal("bfloat16", Value(Bench(true, half, "--against", file), "storage_against"));

        File.WriteAllText(file, before.Replace("bfloat16", "float32", StringComparison.Ordinal));
        Assert.Contains(
            $"\nnote      {half} was measured there with storage float32, here with bfloat16: the ratio of its training is of both\n",
            Bench(false, half, "--against", file), StringComparison.Ordinal);
        Assert.Equal("float32", Value(Bench(true, half, "--against", file), "storage_against"));

        // Of a build that did not write it.
        File.WriteAllText(file, before.Replace("\"storage\":\"bfloat16\",", "", StringComparison.Ordinal));
        Assert.Contains($"\nnote      {file} does not say in which storage {half} was measured; here it is bfloat16\n",
            Bench(false, half, "--against", file), StringComparison.Ordinal);
        Assert.Null(Value(Bench(true, half, "--against", file), "storage_against"));
        File.WriteAllText(file, before.Replace("\"bfloat16\"", "16", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Data, new TestCli().Run(["bench", half, .. measure, "--against", file]));

        using JsonDocument profile = JsonDocument.Parse(Bench(true, half, "--profile"));
        Assert.Equal("bfloat16", profile.RootElement.GetProperty("storage").GetString());

        string Bench(bool json, params string[] more)
        {
            var cli = new TestCli(width: 1000);
            Assert.Equal(ExitCode.Done, cli.Run(["bench", .. more, .. measure, .. json ? ["--json"] : Array.Empty<string>()]));
            return cli.Out;
        }

        static string? Value(string json, string key)
        {
            using JsonDocument line = JsonDocument.Parse(json);
            return line.RootElement.GetProperty(key).GetString();
        }
    }

    [Fact]
    public void Of_earlier_figures_of_another_network_of_the_name_it_says_so_and_a_folder_is_called_one()
    {
        using var files = new CliData();
        string file = files.Folder["before.json"];
        string[] measure = ["bench", files.Recipe, "--threads", "1", "--batch", "16", "--steps", "1"];
        TestCli before = new(), same = new(), other = new();
        Assert.Equal(ExitCode.Done, before.Run([.. measure, "--json"]));
        File.WriteAllText(file, before.Out);
        Assert.Equal(ExitCode.Done, same.Run([.. measure, "--against", file]));
        Assert.DoesNotContain("note ", same.Out, StringComparison.Ordinal);
        long parameters = JsonDocument.Parse(before.Out).RootElement.GetProperty("parameters").GetInt64();
        File.WriteAllText(file, before.Out.Replace($"\"parameters\":{parameters}", "\"parameters\":1234567", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Done, other.Run([.. measure, "--against", file, "--json"]));
        string[] lines = [.. other.Error.Split('\n').SkipWhile(static line => !line.StartsWith("note ", StringComparison.Ordinal))];
        Assert.Contains($"had 1,234,567 parameters there and has {parameters} here: its ratios are of two networks",
            string.Join(' ', lines.Select(static line => line.Trim())), StringComparison.Ordinal);
        TestCli.AssertFails(ExitCode.Data, "This is a folder.", [.. measure, "--against", files.Folder["."]]);
    }

    [Fact]
    public void What_is_for_the_reference_networks_alone_says_so_of_a_recipe()
    {
        using var files = new CliData();
        foreach (string option in new[] { "--epoch", "--torch=python3" })
        {
            foreach (string[] line in new string[][] { [files.Recipe], ["glyphs"], ["glyphs", "--phase", "gap"] })
            {
                var cli = new TestCli();
                Assert.Equal(ExitCode.Usage, cli.Run(["bench", .. line, option]));
                string name = option.Split('=')[0];
                Assert.Equal(
                    $"error: {name} is for the reference networks, and `{line[0]}` is a recipe.\nwhere: pare bench {line[0]} {name}\n" +
                    $"  fix: Leave out {name}, or name one of: bench-mnist, bench-cifar, resnet8.\n", cli.Error);
            }
        }
    }

    [Fact]
    public void A_network_that_is_named_twice_is_refused_and_so_is_a_file_that_has_it_twice()
    {
        using var files = new CliData();
        string[] measure = ["--threads", "1", "--batch", "1", "--steps", "1"];
        TestCli.AssertFails(ExitCode.Usage, $"`{files.Recipe}` is named twice; each network is measured once.",
            ["bench", files.Recipe, files.Recipe, .. measure]);
        var before = new TestCli();
        Assert.Equal(ExitCode.Done, before.Run(["bench", files.Recipe, "--json", .. measure]));
        Assert.Contains("batch     1 image\n", before.Error, StringComparison.Ordinal);
        string file = files.Write("before.json", before.Out + before.Out);
        TestCli.AssertFails(ExitCode.Data, "Write it again, each network once", ["bench", files.Recipe, "--against", file, .. measure]);
    }

    [Fact]
    public void An_unknown_network_finds_the_nearest()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("bench", "resnet"));
        Assert.Contains("Did you mean resnet8?", cli.Error, StringComparison.Ordinal);
    }
}
