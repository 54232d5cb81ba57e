using Pare.Data;
using Pare.Graphs;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Schedules;

namespace Pare.Tests.Cards;

/// <summary>The C# snippets of the cards of techniques on weights and loss, and of the schedules.</summary>
public static class TrainingCards
{
    public static void ClassWeights()
    {
        // ClassWeights begins
        var options = new TrainingOptions { Techniques = [new ClassWeights { Power = 0.5f }] };
        // ClassWeights ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void LabelSmoothing()
    {
        // LabelSmoothing begins
        var options = new TrainingOptions { Techniques = [new LabelSmoothing { Amount = 0.1f }] };
        // LabelSmoothing ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Distillation()
    {
        // Distillation begins
        Dataset data = Glyphs.Create(train: 1000, test: 200);
        Network large = GraphBuilder.Input(channels: 1, height: 28, width: 28).Conv(16, stride: 2).BatchNorm().Relu().GlobalAveragePool()
            .Linear(10).Build(seed: 1);
        TrainingResult baseline = Trainer.Run(large, data, new TrainingOptions { Epochs = 1 });
        var teacher = new Teacher(baseline.Network, baseline.Normalization);
        var options = new TrainingOptions { Techniques = [new Distillation { Teacher = teacher, Temperature = 4, Weight = 0.5f }] };
        // Distillation ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Sam()
    {
        // Sam begins
        var options = new TrainingOptions { Techniques = [new Sam { Rho = 0.05f }] };
        // Sam ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Asam()
    {
        // Asam begins
        var options = new TrainingOptions { Techniques = [new Asam { Rho = 0.5f, Eta = 0.01f }] };
        // Asam ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void GradientClipping()
    {
        // GradientClipping begins
        var options = new TrainingOptions { Techniques = [new GradientClipping { MaxNorm = 1 }] };
        // GradientClipping ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void AdversarialTraining()
    {
        // AdversarialTraining begins
        var options = new TrainingOptions { Techniques = [new AdversarialTraining { Epsilon = 0.1f, Alpha = 0.125f, Share = 0.5f }] };
        // AdversarialTraining ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Swa()
    {
        // Swa begins
        var options = new TrainingOptions { Techniques = [new Swa { Start = 0.75, Rate = 0.05 }] };
        // Swa ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Ema()
    {
        // Ema begins
        var options = new TrainingOptions { Techniques = [new Ema { Decay = 0.99 }] };
        // Ema ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void OneCycle()
    {
        // OneCycle begins
        var options = new TrainingOptions { Schedule = new OneCycle { PeakRate = 0.1 } };
        // OneCycle ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Cyclical()
    {
        // Cyclical begins
        var options =
            new TrainingOptions { Schedule = new Cyclical { BaseRate = 0.01, PeakRate = 0.1, Cycles = 3, Mode = CycleMode.Triangular2 } };
        // Cyclical ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Cosine()
    {
        // Cosine begins
        var options = new TrainingOptions { Schedule = new Cosine { Rate = 0.1, WarmupSteps = 200 } };
        // Cosine ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void CosineRestarts()
    {
        // CosineRestarts begins
        var options = new TrainingOptions { Schedule = new CosineRestarts { Rate = 0.1, Cycles = 3, Growth = 2 } };
        // CosineRestarts ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Step()
    {
        // Step begins
        var options = new TrainingOptions { Schedule = new Step { Rate = 0.1, Factor = 0.1 } };
        // Step ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Constant()
    {
        // Constant begins
        var options = new TrainingOptions { Schedule = new Constant { Rate = 0.05 } };
        // Constant ends
        options.Open(SmallRun.Network().Graph);
    }
}
