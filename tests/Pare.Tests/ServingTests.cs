using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Pare.Augmentation;
using Pare.Data;
using Pare.Evaluation;
using Pare.Export.CSource;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Inference;
using Pare.Recipes;
using Pare.Reporting;
using Pare.Robustness;
using Pare.Runs;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Tests;

/// <summary>The pieces of code in <c>docs/serving.md</c> are this file's, one after the other, and they do what the page says.</summary>
public sealed partial class ServingTests
{
    [Fact]
    public void The_pieces_compile_and_run()
    {
        foreach (string folder in s_folders) Directory.CreateDirectory(folder);
        Directory.Delete("firmware");
        try
        {
            Write();
            Run();
        }
        finally
        {
            foreach (string folder in s_folders) Directory.Delete(folder, recursive: true);
            foreach (string file in s_files) File.Delete(file);
        }
    }

    [Fact]
    public void The_pieces_are_the_code_of_this_file()
    {
        string page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "docs", "serving.md"))
            .ReplaceLineEndings("\n");
        MatchCollection pieces = Piece().Matches(File.ReadAllText(ThisFile()).ReplaceLineEndings("\n"));
        Assert.Equal(9, pieces.Count);
        foreach (Match piece in pieces)
        {
            string code = piece.Groups[1].Value.Replace("\n        ", "\n", StringComparison.Ordinal).Trim();
            Assert.Contains($"```csharp\n{code}\n```", page, StringComparison.Ordinal);
        }
    }

    private static readonly string[] s_folders = ["photos", "inbox", "firmware", "colors", "runs"],
        s_files = ["photos.yaml", "photo.jpg", "photos.safetensors", "photos.onnx", "photos-int8.onnx"];

    // Bright and dark pictures, and one that does not decode.
    private static void Write()
    {
        var random = new SeededRandom(3);
        for (int i = 0; i < 40; i++)
        {
            string folder = Path.Combine("photos", i % 2 == 0 ? "bright" : "dark");
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), Picture(i % 2 == 0 ? 180 : 20, ref random));
        }

        for (int i = 0; i < 60; i++)
        {
            string folder = Path.Combine("colors", ((string[])["black", "grey", "white"])[i % 3]);
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), Picture(i % 3 * 80, ref random));
        }

        File.WriteAllBytes("photo.jpg", Picture(180, ref random));
        File.WriteAllBytes(Path.Combine("inbox", "1.png"), Picture(20, ref random));
        File.WriteAllBytes(Path.Combine("inbox", "2.png"), [1, 2, 3]);
    }

    private static byte[] Picture(int least, ref SeededRandom random)
    {
        byte[] pixels = new byte[20 * 30 * 3];
        foreach (ref byte pixel in pixels.AsSpan()) pixel = (byte)(least + random.NextInt(60));
        return ImageFiles.Png(20, 30, 3, pixels);
    }

    private static void Run()
    {
        // own begins
        Dataset data = ImageFolder.Load("photos", new ImageFolderOptions { Channels = 3, Height = 32, Width = 32 });
        Network net = GraphBuilder.Input(channels: 3, height: 32, width: 32)
            .Conv(12).BatchNorm().Relu()
            .DepthwiseSeparable(24).MaxBlurPool()
            .DepthwiseSeparable(48).GlobalAveragePool().Linear(data.Train.Classes.Count)
            .Build(seed: 1);
        var options = new TrainingOptions
        {
            Epochs = 20,
            BatchSize = 32,
            ValidationFraction = 0.1f,                      // a tenth of the training images, to choose by
            Techniques =
            [
                new HorizontalFlip(),                       // left out where left and right matter
                new ClassWeights { Power = 0.5f },          // rare classes count more, where classes are uneven
            ],
        };
        var progress = new Progress<TrainingProgress>(static at =>
        {
            // It also reports a few times a second within an epoch.
            if (at.EpochEnd is not null) Console.WriteLine($"epoch {at.Epoch}, {at.Remaining:m\\:ss} left");
        });
        TrainingResult run = Trainer.Run(net, data, options, progress);
        Console.WriteLine(run.Test);                        // such as: 84.19 % of 430 images, loss 0.4588
        Console.WriteLine($"{run.Test.BalancedAccuracy:P2}");   // the mean over the classes, for uneven ones

        Model model = run.ToModel();
        model.Save("photos.safetensors");                   // can be trained on
        model.Save("photos.onnx");                          // for ONNX Runtime
        // own ends

        // memory begins
        int size = 3 * 32 * 32;                             // each image: its red bytes row by row, then the green, then the blue ones
        var train = new ImageSet(channels: 3, height: 32, width: 32, new byte[200 * size], new int[200], ["background", "part"]);
        var test = new ImageSet(channels: 3, height: 32, width: 32, new byte[50 * size], new int[50], train.Classes);
        var camera = new Dataset("camera", "line 3", train, test);          // a name, and where the images are from
        // memory ends

        Assert.Equal("camera: 200 training and 50 test images of 3x32x32, 2 classes", camera.ToString());
        File.WriteAllText("photos.yaml", """
            name: photos
            dataset: { name: photos, path: photos }
            model: { input: 3x8x8, layers: [conv: 4, relu, global_average_pool, linear: 2] }
            training: { epochs: 5, validation: 0.2 }
            """);

        // recipe begins
        Recipe recipe = RecipeStore.Open("photos.yaml", ["training.epochs=2"]);     // a file or a shipped recipe, as after --set
        Dataset set = DatasetLoader.Load(recipe.DatasetName, recipe.DatasetPath, new ImageFolderOptions
        {
            Channels = recipe.Graph.Input.Shape.Channels,
            Height = recipe.Graph.Input.Shape.Height,
            Width = recipe.Graph.Input.Shape.Width,
            Split = recipe.Split,
        });
        using RunFolder folder = RunFolder.Create("runs/photos", recipe.Name, TimeProvider.System);
        RunSummary summary = RecipeRun.Train(folder, recipe, set, new RunEnvironment
        {
            Started = DateTimeOffset.Now,
            CommandLine = ["my program"],
            Seed = recipe.Training.Seed,
            Threads = Environment.ProcessorCount,
            DataSource = set.Source,
        });
        Console.WriteLine($"{summary.TestAccuracy:P2}, {HtmlReport.Save(folder.Location)}");
        // recipe ends

        Assert.Equal(2, summary.Epochs);
        Assert.True(File.Exists("runs/photos/report.html"));

        Assert.InRange(run.Test.Accuracy, 0.9f, 1f);
        Assert.Equal(model.Classes, Model.Load("photos.onnx").Classes);

        // confidence begins
        model = model.With(model.Confidence with { Threshold = 0.9 });     // 0 to 1; the file keeps it
        Prediction answer = model.Predict("photo.jpg");
        Console.WriteLine(answer.IsSure ? answer.Label : "unsure");
        // confidence ends

        Assert.Equal("bright", answer.Label);

        // batch begins
        byte[] frames = new byte[50 * size];                        // each image: pixel by pixel, red, green, blue; not as in an ImageSet
        float[] shares = new float[50 * model.Classes.Count];       // one per image and class
        model.Predict(frames, shares);                              // allocates nothing; with threads: as Memory, on several of them
        // batch ends

        Assert.All(shares.Chunk(2), static image => Assert.Equal(1, image.Sum(), 1e-4));

        // calibrate begins
        LabelledLogits held = model.LogitsOf(new ChosenImages(data.Train, options.Split(data).Validation));
        TemperatureFit fit = Temperature.Fit(held);                 // by Newton's method; fit.Kept says why where it stays at 1
        model = model.With(model.Confidence with { Temperature = fit.Temperature });
        // calibrate ends

        Assert.Equal((fit.Temperature, 0.9), (model.Confidence.Temperature, model.Confidence.Threshold));

        // many begins
        foreach (PicturePrediction one in PictureClassifier.Run(model, "inbox"))
            Console.WriteLine($"{one.Path}: {one.Prediction?.ToString() ?? one.Error}");
        // many ends

        Assert.Equal([true, false], PictureClassifier.Run(model, "inbox").Select(static one => one.Prediction is not null));

        // integers begins
        var images = CalibrationImages.Of(data, split: null, options, model.Classes);
        var integers = QuantizedModel.Of(model, images);
        OnnxFile.Save(integers.Graph, "photos-int8.onnx", new OnnxOptions { Confidence = model.Confidence });

        var program = CProgram.Of(integers.Graph, new CSourceOptions { Name = "photos", Confidence = model.Confidence });
        Directory.CreateDirectory("firmware");                              // one program a folder: each has a main.c
        foreach ((string name, string text) in program.Files) File.WriteAllText(Path.Combine("firmware", name), text);
        // integers ends

        Assert.Equal(0.9, Model.Load("photos-int8.onnx").Confidence.Threshold);
        Assert.Contains("#define PHOTOS_SURE", File.ReadAllText(Path.Combine("firmware", "photos.h")), StringComparison.Ordinal);

        // tuning begins
        Dataset colors = ImageFolder.Load("colors", new ImageFolderOptions { Channels = 3, Height = 32, Width = 32 });
        Network tuned = GraphBuilder.Input(channels: 3, height: 32, width: 32)
            .Conv(12).BatchNorm().Relu()
            .DepthwiseSeparable(24).MaxBlurPool()
            .DepthwiseSeparable(48).GlobalAveragePool().Linear(colors.Train.Classes.Count)
            .Build(seed: 1);
        InitialWeights.Load("photos.safetensors", tuned, colors, options);  // the last layer stays new where the number of classes differs
        // tuning ends

        Assert.Equal(net.Values(net["conv1.weight"]), tuned.Values(tuned["conv1.weight"]));
        Assert.Throws<RecipeException>(() => InitialWeights.Load("photos.safetensors", net, data, options));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"// (?:[a-z]+) begins\n(.*?)// [a-z]+ ends", RegexOptions.Singleline)]
    private static partial Regex Piece();
}
