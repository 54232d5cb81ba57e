using System.Globalization;
using OwnLoop;
using Pare.Data;
using Pare.Graphs;
using Pare.Training;
using Pare.Training.Schedules;

// A loop of one's own around a training: it looks at each epoch, keeps the best weights, ends when nothing becomes better, and is put
// away in the middle and gone on with. The images to learn from are read from a file, one by one, as they are needed.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int patience = 2;
Dataset glyphs = Glyphs.Create(train: 4000, test: 500);
string path = Path.Combine(Path.GetTempPath(), "pare-glyphs.bytes");
using (FileStream file = File.Create(path))
{
    for (int i = 0; i < glyphs.Train.Count; i++) file.Write(glyphs.Train.Image(i));
}

using var images = new FileImages(path, glyphs.Train);
Dataset data = glyphs with { Train = new ImageSet(images) };
TrainingOptions options =
    new() { Epochs = 12, BatchSize = 32, ValidationFraction = 0.1f, Schedule = new Constant { Rate = 0.05 } };

// Some steps, and away: a state is plain data, and what goes on from it ends with the same bytes.
TrainingState state;
using (var begun = new TrainingSession(NewNetwork(), data, options))
{
    while (begun.StepsDone < 100) begun.Step();
    state = begun.Capture();
}

Console.WriteLine($"put away after step {state.Step} of {state.Steps}");
Network net = NewNetwork();
using var session = new TrainingSession(net, data, options, state);
(float loss, float[] weights, float[] statistics, int without) best = (float.MaxValue, [], [], 0);
while (!session.Done)
{
    EpochMetrics epoch = session.Epoch()!;
    Console.WriteLine($"epoch {epoch.Epoch}: {100 * epoch.ValidationAccuracy:F1} % of the held-out images");
    if (epoch.ValidationLoss < best.loss) best = (epoch.ValidationLoss.Value, [.. net.Weights], [.. net.Statistics], 0);
    else if (++best.without == patience) session.Stop($"nothing became better in {patience} epochs");
}

// The best epoch was chosen on held-out images, so the test images have not had a say.
best.weights.CopyTo(net.Weights, 0);
best.statistics.CopyTo(net.Statistics, 0);
TrainingResult run = session.Finish();
Console.WriteLine($"test: {100 * run.Test.Accuracy:F1} %");
return 0;

static Network NewNetwork() => GraphBuilder.Input(channels: 1, height: 28, width: 28)
    .Conv(8).BatchNorm().Relu().MaxPool()
    .DepthwiseSeparable(16).MaxPool()
    .DepthwiseSeparable(24).GlobalAveragePool().Linear(10)
    .Build(seed: 1);
