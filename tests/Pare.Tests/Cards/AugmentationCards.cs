using Pare.Augmentation;
using Pare.Tests.Support;
using Pare.Training;

namespace Pare.Tests.Cards;

/// <summary>The C# snippets of the cards of augmentation and mixing.</summary>
public static class AugmentationCards
{
    public static void Affine()
    {
        // Affine begins
        var options = new TrainingOptions { Techniques = [new Affine { Rotate = 10, Shift = 0.1f, ScaleMin = 0.9f, ScaleMax = 1.1f }] };
        // Affine ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void AugMix()
    {
        // AugMix begins
        var options = new TrainingOptions { Techniques = [new AugMix { Severity = 3, Consistency = 12 }] };
        // AugMix ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void ColorJitter()
    {
        // ColorJitter begins
        var options = new TrainingOptions { Techniques = [new ColorJitter { Brightness = 0.2f, Contrast = 0.2f, Saturation = 0.2f }] };
        // ColorJitter ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void CutMix()
    {
        // CutMix begins
        var options = new TrainingOptions { Techniques = [new CutMix { Alpha = 1, Probability = 0.5f }] };
        // CutMix ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Cutout()
    {
        // Cutout begins
        var options = new TrainingOptions { Techniques = [new Cutout { Length = 8 }] };
        // Cutout ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void GaussianNoise()
    {
        // GaussianNoise begins
        var options = new TrainingOptions { Techniques = [new GaussianNoise { Sigma = 0.1f, Probability = 0.5f }] };
        // GaussianNoise ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void ProgressiveResizing()
    {
        // ProgressiveResizing begins
        var options = new TrainingOptions { Techniques = [new ProgressiveResizing { InitialScale = 0.75f, Mode = ResizeMode.Crop }] };
        // ProgressiveResizing ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void HorizontalFlip()
    {
        // HorizontalFlip begins
        var options = new TrainingOptions { Techniques = [new HorizontalFlip { Probability = 0.5f }] };
        // HorizontalFlip ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void Mixup()
    {
        // Mixup begins
        var options = new TrainingOptions { Techniques = [new Mixup { Alpha = 0.2f, Until = 0.8f }] };
        // Mixup ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void RandomCrop()
    {
        // RandomCrop begins
        var options = new TrainingOptions { Techniques = [new RandomCrop { Padding = 4, Fill = CropFill.Reflect }] };
        // RandomCrop ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void RandomErasing()
    {
        // RandomErasing begins
        var options = new TrainingOptions { Techniques = [new RandomErasing { Probability = 0.5f, AreaMax = 0.2f }] };
        // RandomErasing ends
        options.Open(SmallRun.Network().Graph);
    }

    public static void TrivialAugment()
    {
        // TrivialAugment begins
        var options = new TrainingOptions { Techniques = [new TrivialAugment { Probability = 1, Until = 0.9f }] };
        // TrivialAugment ends
        options.Open(SmallRun.Network().Graph);
    }
}
