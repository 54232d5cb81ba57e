using Pare.Data;
using Pare.Evaluation;

namespace Pare.Cli;

/// <summary>What is said where some classes have many more images than others, of which accuracy alone tells too little.</summary>
internal static class UnevenClasses
{
    /// <summary>Says so of training images that are uneven, or of all images where none are for testing yet.</summary>
    public static void Note(Messages messages, IReadOnlyList<ClassCount> classes)
    {
        string images = classes.Any(static count => count.Test > 0) ? "training images" : "images";
        if (!ClassCount.AreUneven([.. classes.Select(static count => count.Train)])) return;
        ClassCount largest = classes.MaxBy(static count => count.Train)!;
        messages.Fact("note",
            $"the classes are uneven: always saying `{largest.Name}` would be right for " +
            $"{Amounts.Percent(largest.Train / (float)classes.Sum(static count => count.Train))} of the {images}");
    }

    /// <summary>The balanced accuracy and what it is.</summary>
    public static void ShowBalanced(Messages messages, float accuracy) =>
        messages.Fact("balanced", $"accuracy {Amounts.Percent(accuracy)}: {EvaluationResult.BalancedMeaning}");
}
