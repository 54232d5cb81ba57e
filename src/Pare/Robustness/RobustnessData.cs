using Pare.Data;

namespace Pare.Robustness;

/// <summary>The images that robustness is measured on. Their classes are numbered as the network's outputs.</summary>
public sealed record RobustnessData
{
    /// <summary>The name of the data set.</summary>
    public required string Name { get; init; }

    /// <summary>The test images.</summary>
    public required ImageSet Test { get; init; }

    /// <summary>Images that were held out of the training for choices; null where there are none.</summary>
    public ChosenImages? Validation { get; init; }

    /// <summary>Images that the network was trained on; null where nobody knows them.</summary>
    public ChosenImages? Training { get; init; }

    /// <summary>Images of none of the classes, of the network's form; null for noise alone. Their labels do not count.</summary>
    public ImageSet? Strangers { get; init; }

    /// <summary>What the strangers are called; null without them.</summary>
    public string? StrangersName { get; init; }
}
