using System.Diagnostics;
using System.Globalization;
using NativeWidths;
using Pare;
using Pare.Data;
using Pare.Graphs;
using Pare.Inference;
using Pare.Kernels;
using Pare.Training;
using Pare.Training.Schedules;

// Console MODEL PICTURE...    says what a trained network takes each picture for
// Console MODEL               says what the network is, and how long it takes for one picture here
// Console                     trains one on built-in digits in some seconds, writes it to a file, and asks that
WidestFile.Start(args);
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    if (args.Length == 0) return TrainAndAsk();
    if (args.Length == 1) return Show(ModelCard.Read(args[0]));
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

static int Show(ModelCard card)
{
    Console.WriteLine($"{card.File}: {card.Parameters} parameters, {card.Macs} multiply-accumulates");
    Console.WriteLine($"tells apart {string.Join(", ", card.Model.Classes)}");
    Console.WriteLine($"{Simd.InstructionSet}: {card.LatencyMilliseconds:F4} ms for one picture on one thread");
    return 0;
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
        Prediction answer = model.Predict(data.Test, i);
        Console.WriteLine($"a {data.Test.Classes[data.Test.Labels[i]]} is taken for a {answer.Label}, {answer.Probability:P1} sure");
    }

    Console.WriteLine($"the model is {file}");
    return 0;
}
