using System.Globalization;
using OwnTechnique;
using Pare;
using Pare.Data;
using Pare.Graphs;
using Pare.Training;

// Trains on built-in digits in some seconds, with what is written in the files beside this one: one file each, and no other to touch.
// (Mirrored digits are no digits: the flip is here for its code.)
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Dataset data = Glyphs.Create(train: 4000, test: 500);
TrainingOptions plain = new() { Epochs = 4, BatchSize = 32 };
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
foreach ((string name, TrainingOptions options) in runs)
{
    Network net = GraphBuilder.Input(channels: 1, height: 28, width: 28).Bottleneck(8).MaxPool().Bottleneck(16).MaxPool()
        .GlobalAveragePool().Linear(10).Build(seed: 1);
    TrainingResult run = Trainer.Run(net, data, options);
    Console.WriteLine($"{name}: {100 * run.Test.Accuracy:F1} %");
}

return 0;

TrainingOptions With(Technique technique) => plain with { Techniques = [technique] };
