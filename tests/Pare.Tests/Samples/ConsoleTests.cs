using System.Diagnostics;
using Pare.Data;
using Pare.Graphs;
using Pare.Inference;
using Pare.Tests.Support;

namespace Pare.Tests.Samples;

/// <summary>The sample of a program that asks a model, and the start of the web API, as processes of their own.</summary>
public sealed class ConsoleTests : IDisposable
{
    private readonly DataFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task It_says_what_pictures_are_taken_for()
    {
        var model = Model.Of(
            new Network(GraphBuilder.Input(1, 8, 8).Conv(4).Relu().GlobalAveragePool().Linear(3).Build(), seed: 1),
            new Normalization([0.5f], [0.25f]), ["a", "b", "c"]);
        model.Save(_files["model.safetensors"]);
        string picture = _files.Write("picture.png", ImageFiles.FlatPng(20, 30, 200));
        Prediction expected = model.Predict(picture);

        (int code, string output, _) = await Run("Console", _files["model.safetensors"], picture, picture);
        Assert.Equal(0, code);
        string line =
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{picture}: {expected.Label}, {expected.Probability:P1}");
        Assert.Equal([line, line, ""], output.ReplaceLineEndings("\n").Split('\n'));

        (code, output, _) = await Run("Console", _files["model.safetensors"]);
        Assert.Equal(0, code);
        Assert.Contains(" 51 parameters, ", output, StringComparison.Ordinal);
        Assert.Matches(@"[A-Z0-9-]+: \d+\.\d{4} ms for one picture on one thread", output);
    }

    [Fact]
    public async Task Without_arguments_it_trains_a_model_and_asks_it()
    {
        (int code, string output, _) = await Run("Console");
        Assert.Equal(0, code);
        Assert.Matches(@"^[A-Z0-9-]+: 9\d\.\d\d % after 2 epochs, ", output);
        Assert.Equal(5, output.Split("is taken for a ").Length - 1);
    }

    [Theory]
    [InlineData("Console", 1, "model.safetensors")]
    [InlineData("Console", 1, "nowhere.safetensors", "picture.png")]
    [InlineData("WebApi", 2)]
    [InlineData("WebApi", 1, "nowhere.safetensors")]
    public async Task What_is_missing_is_told_without_a_stack_trace(string sample, int expected, params string[] arguments)
    {
        (int code, string output, string errors) = await Run(sample, arguments);
        Assert.Equal(expected, code);
        Assert.Empty(output);
        Assert.InRange(errors.TrimEnd().Split('\n').Length, 1, 3);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Errors)> Run(string sample, params string[] arguments)
    {
        using Process process = SampleProcess.Start(sample, _files.Root, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, await output, await errors);
    }
}
