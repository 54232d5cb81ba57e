namespace Pare.Inference;

/// <summary>What a model says about one picture.</summary>
/// <param name="Label">The name of the most probable class.</param>
/// <param name="Class">Its index in <see cref="Model.Classes"/>; the first of several that are equally probable.</param>
/// <param name="Probability">Its probability, 0 to 1.</param>
/// <param name="Probabilities">The probability of each class, in the order of <see cref="Model.Classes"/>; they sum to 1.</param>
public sealed record Prediction(string Label, int Class, float Probability, IReadOnlyList<float> Probabilities)
{
    /// <summary>
    /// The probability of the class at temperature 1, which the model's threshold is held against; <see cref="Probability"/> where the
    /// model has no temperature of its own.
    /// </summary>
    public float Confidence { get; init; } = Probability;

    /// <summary>Whether the model is as sure as its <see cref="Model.Confidence"/> wants it; true where that has no threshold.</summary>
    public bool IsSure { get; init; } = true;

    /// <summary>Such as <c>cat, 83.3 %</c>, or <c>unsure: cat, 83.3 %</c>.</summary>
    public override string ToString() =>
        Invariant($"{(IsSure ? "" : "unsure: ")}{Label}, {100 * Probability:F1} %");
}
