namespace Pare.Export;

/// <summary>How sure a model is said to be, and when it is not sure; it is kept in the model's file. It changes no class.</summary>
public sealed record ConfidenceRule
{
    /// <summary>The rule of a model for which nobody chose one: probabilities are the network's, and every answer counts.</summary>
    public static ConfidenceRule None { get; } = new();

    /// <summary>What logits are divided by before the softmax: positive; 1 leaves them alone.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>
    /// Below this probability, 0 to 1, of the softmax without a temperature the model is not sure; null where every answer counts. Without
    /// one, because a temperature may be fitted to the images that the threshold was chosen on.
    /// </summary>
    public double? Threshold { get; init; }

    /// <summary>The accuracy of sure answers that the threshold was chosen for, 0 to 1; null without one.</summary>
    public double? WishedAccuracy { get; init; }

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="ArgumentException">One is none that can be.</exception>
    public void Validate() => Validate(null);

    /// <param name="parameter">Whose argument the rule is, for the error; null for nobody's.</param>
    /// <exception cref="ArgumentException">One is none that can be.</exception>
    internal void Validate(string? parameter)
    {
        if (!(Temperature > 0 && double.IsFinite(Temperature))) throw Wrong("temperature", Temperature, "positive and finite");
        if (Threshold is { } threshold && threshold is not (>= 0 and <= 1)) throw Wrong("threshold", threshold, "from 0 to 1");
        if (WishedAccuracy is { } wished && wished is not (> 0 and < 1)) throw Wrong("wished accuracy", wished, "between 0 and 1");

        ArgumentException Wrong(string what, double value, string must) =>
            new(Invariant($"the {what} is {value}, and must be {must}"), parameter);
    }
}
