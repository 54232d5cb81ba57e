using System.Diagnostics;
using System.Globalization;
using Pare;
using Pare.Data;
using Pare.Graphs;
using Pare.Inference;
using Pare.Kernels;
using Pare.Training;
using Pare.Training.Schedules;

// Console MODEL PICTURE...    says what a trained network takes each picture for
// Console                     trains one on built-in digits in some seconds, writes it to a file, and asks that
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length == 1)
{
    Console.Error.WriteLine("Name a model and pictures: Console MODEL PICTURE...");
    return 2;
}

try
{
    if (args.Length == 0) return TrainAndAsk();
    Model model = Model.Load(args[0]);
    foreach (string picture in args.Skip(1))
    {
        Prediction answer = model.Predict(picture);
        Console.WriteLine($"{picture}: {answer.Label}, {answer.Probability:P1}");
    }

    return 0;
}
catch (PareException error)
{
    Console.Error.WriteLine($"{error.Message}\n{error.Where}\n{error.Remedy}");
    return 1;
}

static int TrainAndAsk()
{
    const int Epochs = 2;
    Dataset data = Glyphs.Create();
    Network net = GraphBuilder.Input(channels: 1, height: 28, width: 28)
        .Conv(8).BatchNorm().Relu().MaxPool()
        .DepthwiseSeparable(16).MaxPool()
        .DepthwiseSeparable(24).GlobalAveragePool().Linear(10)
        .Build(seed: 1);
    var clock = Stopwatch.StartNew();
    TrainingResult run = Trainer.Run(net, data, new TrainingOptions { Epochs = Epochs, Schedule = new OneCycle { PeakRate = 0.2 } });
    Console.WriteLine($"{Simd.InstructionSet}: {100 * run.Test.Accuracy:F2} % after {Epochs} epochs, {clock.Elapsed.TotalSeconds:F2} s");

    string file = Path.Combine(Path.GetTempPath(), "pare-digits.safetensors");
    run.ToModel().Save(file);
    Model model = Model.Load(file);
    for (int i = 0; i < 5; i++)
    {
        Prediction answer = model.Predict(data.Test.Image(i), width: 28, height: 28, channels: 1);
        Console.WriteLine($"a {data.Test.Classes[data.Test.Labels[i]]} is taken for a {answer.Label}, {answer.Probability:P1} sure");
    }

    Console.WriteLine($"the model is {file}");
    return 0;
}
