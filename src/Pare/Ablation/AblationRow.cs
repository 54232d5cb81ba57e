namespace Pare.Ablation;

/// <summary>One way to train: a line of the table.</summary>
/// <param name="Name">What sets it apart.</param>
/// <param name="Overrides">Each <c>key=value</c>, what turns the recipe into this row.</param>
public sealed record AblationRow(string Name, IReadOnlyList<string> Overrides);
