using Pare.Graphs;
using Pare.Recipes;

namespace Pare.Cli;

/// <summary>Holds a trained network to the claim of its recipe.</summary>
internal static class Target
{
    /// <summary>Says before a training what its network misses already.</summary>
    /// <param name="console">Where to say it.</param>
    /// <param name="recipe">The recipe with its target.</param>
    /// <param name="key">The key that <c>--set</c> changes it by.</param>
    /// <returns>The exit code.</returns>
    public static int CheckSize(CliConsole console, Recipe recipe, string key = "target") =>
        Check(console, recipe, null, Cost.Of(recipe.Graph).Parameters, recipe.Phase is { } phase ? $"phase {phase.Name}"
            : "model", string.Empty, key);

    /// <summary>Says what the network misses.</summary>
    /// <param name="console">Where to say it.</param>
    /// <param name="recipe">The recipe with its target.</param>
    /// <param name="accuracy">Of the network, on the test set, 0 to 1; null when it is not to be held to it.</param>
    /// <param name="parameters">Of the network.</param>
    /// <param name="where">The run's folder.</param>
    /// <param name="remedy">What to do when the accuracy is missed, but for lowering the target.</param>
    /// <param name="key">The key that <c>--set</c> changes the target by.</param>
    /// <returns>The exit code.</returns>
    public static int Check(CliConsole console, Recipe recipe, double? accuracy, long parameters, string where, string remedy,
        string key = "target")
    {
        if (recipe.TargetParameters is int most && parameters > most)
        {
            ErrorReport.Write(
                console, $"The network's {Amounts.Count(parameters)} parameters miss the recipe's target of at most {Amounts.Count(most)}.",
                $"{where}, target.parameters of recipe {recipe.Name}",
                $"Pare the network down further, or raise the target (--set {key}.parameters=...).");
            return ExitCode.TargetMissed;
        }

        if (recipe.TargetTestAccuracy is not float target || accuracy is not double reached || !Rounding.IsBelow(reached, target))
            return ExitCode.Done;
        ErrorReport.Write(
            console,
            $"The test accuracy of {Rounding.PercentBeside((float)reached, target)} % misses the recipe's target of " +
            $"{Rounding.Percent(target)} %.",
            $"{where}, target.test_accuracy of recipe {recipe.Name}", $"{remedy}, or lower the target (--set {key}.test_accuracy=...).");
        return ExitCode.TargetMissed;
    }
}
