using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Pare.Data;
using Pare.Graphs;
using Pare.Inference;
using Pare.Training;
using Pare.Training.Schedules;

namespace Pare.Tests;

/// <summary>The README's example is this file's code, and it does what it says.</summary>
public partial class ReadmeTests
{
    [Fact]
    public void The_example_compiles_and_learns()
    {
        // example begins
        Dataset data = Glyphs.Create();
        Network net = GraphBuilder.Input(channels: 1, height: 28, width: 28)       // the only shape you write
            .Conv(8).BatchNorm().Relu().MaxPool()
            .DepthwiseSeparable(16).MaxPool()
            .DepthwiseSeparable(24).GlobalAveragePool().Linear(10)
            .Build(seed: 1);
        TrainingResult run = Trainer.Run(net, data, new TrainingOptions { Epochs = 2, Schedule = new OneCycle { PeakRate = 0.2 } });
        Console.WriteLine($"{run.Test.Accuracy:P2}");

        Model model = run.ToModel();
        model.Save("digits.safetensors");                                          // one file: network, classes, preprocessing; or .onnx
        model = Model.Load("digits.safetensors");                                  // never changes; any number of threads may use it
        Prediction answer = model.Predict(data.Test, 0);
        Console.WriteLine($"{answer.Label}: {answer.Probability:P1}");             // model.Predict("photo.jpg") takes a file
        // example ends

        File.Delete("digits.safetensors");
        Assert.InRange(run.Test.Accuracy, 0.9f, 1f);
        Assert.InRange(answer.Probability, 0.1f, 1f);
    }

    [Fact]
    public void The_example_is_the_code_of_this_file()
    {
        string source = File.ReadAllText(ThisFile()),
            readme = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "README.md"));
        string code = Example().Match(source).Groups[1].Value.Replace("\n        ", "\n", StringComparison.Ordinal).Trim();

        Assert.NotEmpty(code);
        Assert.Contains(code, readme.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"// example begins\r?\n(.*?)// example ends", RegexOptions.Singleline)]
    private static partial Regex Example();
}
