namespace Pare.Robustness;

/// <summary>The accuracy under one attack.</summary>
/// <param name="Attack">Its name: <c>FGSM</c>, <c>PGD-10</c> or <c>PGD-50</c>.</param>
/// <param name="Epsilon">How far each pixel may be moved, in steps of a byte: eps = n / 255.</param>
/// <param name="Accuracy">The share of pictures that stay right, 0 to 1.</param>
public sealed record AttackResult(string Attack, int Epsilon, double Accuracy);
