using System.Globalization;
using OwnTechnique;
using Pare;
using Pare.Data;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Training;

// Trains on built-in digits in less than a minute, with what is written in the files beside this one: one file each, and no other to touch.
// (Mirrored digits are no digits: the flip is here for its code.)
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Dataset data = Glyphs.Create(train: 4000, test: 500);
TrainingOptions plain = new() { Epochs = 4, BatchSize = 32 };
Console.WriteLine($"channel norm: a gradient that is off by {new ChannelNorm().GradientError(new Shape(5, 3, 4)):F4} of its size");
(string Name, TrainingOptions Options)[] runs =
[
    ("nothing of one's own", plain),
    ("alternating flip", With(new AlternatingFlip())),
    ("focal loss", With(new FocalLoss())),
    ("disturbed labels", With(new DisturbLabel())),
    ("gradient centralization", With(new GradientCentralization())),
    ("lookahead", With(new Lookahead())),
    ("Lion", plain with { Optimizer = new Lion { WeightDecay = 0.1f }, Schedule = new Trapezoid { PeakRate = 0.01 } }),
    ("trapezoid", plain with { Schedule = new Trapezoid() }),
];
foreach ((string name, TrainingOptions options) in runs) Train(name, new BatchNorm(), options);
Train("channel norm", new ChannelNorm(), plain);
Console.WriteLine("One seed, four epochs, nothing tuned: this shows that each runs, not what it is worth.");
return 0;

void Train(string name, Layer norm, TrainingOptions options)
{
    Network net = GraphBuilder.Input(channels: 1, height: 28, width: 28)
        .Conv(8, stride: 2).BatchNorm().Relu().Bottleneck(16, norm).MaxPool().Bottleneck(32, norm)
        .GlobalAveragePool().Linear(10).Build(seed: 1);
    TrainingResult run = Trainer.Run(net, data, options);
    Console.WriteLine($"{name}: {100 * run.Test.Accuracy:F1} %");
}

TrainingOptions With(Technique technique) => plain with { Techniques = [technique] };
