using System.Text.Json;
using Pare.Cli;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

/// <summary>Shell scripts stand in for the user's Python.</summary>
public sealed class BenchTorchTests : IDisposable
{
    private const string Figures =
        """{"torch":"9.8","parameters":1622,"train_images_per_second":1000,"infer_images_per_second":2000,"latency_ms":3}""";

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Its_figures_and_the_ratios_join_the_json()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, Bench(cli, Python($"cat > /dev/null; echo '{Figures}'"), "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        JsonElement root = json.RootElement;
        Assert.Equal("9.8", root.GetProperty("torch_version").GetString());
        Assert.Equal(1622, root.GetProperty("torch_parameters").GetInt64());
        Assert.Equal(1000, Number("torch_train_images_per_second"));
        Assert.Equal(2000, Number("torch_infer_images_per_second"));
        Assert.Equal(3, Number("torch_latency_ms"));
        Assert.Equal(Number("train_images_per_second") / 1000, Number("train_ratio"), 0.001);
        Assert.Equal(Number("infer_images_per_second") / 2000, Number("infer_ratio"), 0.001);
        Assert.Equal(3 / Number("latency_ms"), Number("latency_ratio"), 0.02 * 3 / Number("latency_ms"));

        double Number(string name) => root.GetProperty(name).GetDouble();
    }

    [Fact]
    public void A_second_table_holds_its_figures_beside_the_ratios()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, Bench(cli, Python($"cat > /dev/null; echo '{Figures}'")));
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.Equal("beside PyTorch 9.8, its better memory format", lines[^3]);
        Assert.Matches(@"^bench-mnist +1,000 +2,000 +3\.000 ms +\d+\.\d\d x +\d+\.\d\d x +\d+\.\d\d x$", lines[^1]);
    }

    [Fact]
    public void The_script_comes_through_standard_input_and_the_settings_as_arguments()
    {
        string seen = _folder["seen"], script = _folder["script"];
        Assert.Equal(ExitCode.Done, Bench(new TestCli(), Python($"echo \"$@\" > '{seen}'; cat > '{script}'; echo '{Figures}'")));
        Assert.Equal("- bench-mnist 1 16 1\n", File.ReadAllText(seen));
        Assert.Contains("torch.optim.SGD", File.ReadAllText(script), StringComparison.Ordinal);
    }

    [Fact]
    public void A_python_that_is_not_there_gets_three_lines()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Failed, Bench(cli, _folder["python"]));
        Assert.StartsWith($"error: The Python `{_folder["python"]}` cannot be started: ", cli.Error, StringComparison.Ordinal);
        Assert.EndsWith("\n  fix: Give the path of a Python that has PyTorch, such as --torch .venv/bin/python.\n", cli.Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo \"No module named 'torch'\" >&2; exit 3", "has no PyTorch: No module named 'torch'", "pip install torch")]
    [InlineData("echo 'Traceback' >&2; echo 'RuntimeError: broken' >&2; exit 1",
        "PyTorch's run of bench-mnist ended with exit code 1: RuntimeError: broken", "import torch")]
    [InlineData("exit 5", "PyTorch's run of bench-mnist ended with exit code 5: it did not say why", "import torch")]
    [InlineData("echo hello", "It printed `hello` where its figures were expected.", "import torch")]
    [InlineData("echo '{}'", "It printed `{}` where its figures were expected.", "import torch")]
    public void A_python_that_fails_gets_three_lines(string script, string what, string remedy)
    {
        var cli = new TestCli();
        string python = Python(script);
        Assert.Equal(ExitCode.Failed, Bench(cli, python));
        string[] lines = cli.Error.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("error: ", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(what, lines[0], StringComparison.Ordinal);
        Assert.Equal($"where: --torch {python}", lines[1]);
        Assert.Contains(remedy, lines[2], StringComparison.Ordinal);
    }

    private static int Bench(TestCli cli, string python, params string[] more) =>
        cli.Run(["bench", "bench-mnist", "--threads", "1", "--batch", "16", "--steps", "1", "--torch", python, .. more]);

    private string Python(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows starts no shell scripts.");
        string path = _folder["python"];
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
