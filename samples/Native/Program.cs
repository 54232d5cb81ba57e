using System.Diagnostics;
using System.Globalization;
using Pare.Data;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Training;
using Pare.Training.Schedules;

// Trains on built-in digits for as many epochs as the first argument says, and tells what it reached and on which vectors.
int epochs = args is [string given, ..] ? int.Parse(given, CultureInfo.InvariantCulture) : 2;
Dataset data = Glyphs.Create(train: 4_000, test: 1_000);
Network net = GraphBuilder.Input(channels: 1, height: 28, width: 28)
    .Conv(8).BatchNorm().Relu().MaxPool()
    .DepthwiseSeparable(16).MaxPool()
    .DepthwiseSeparable(24).GlobalAveragePool().Linear(10)
    .Build(seed: 1);
var clock = Stopwatch.StartNew();
TrainingResult run = Trainer.Run(net, data, new TrainingOptions { Epochs = epochs, Schedule = new OneCycle { PeakRate = 0.2 } });
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{Simd.InstructionSet}: {100 * run.Test.Accuracy:F2} % after {epochs} {(epochs == 1 ? "epoch" : "epochs")}, " +
    $"{clock.Elapsed.TotalSeconds:F2} s"));
