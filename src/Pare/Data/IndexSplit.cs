namespace Pare.Data;

/// <summary>The two parts of a divided set, as indices into it, each ascending.</summary>
/// <param name="Train">The images to learn from.</param>
/// <param name="Validation">The images held out, to choose on.</param>
public sealed record IndexSplit(int[] Train, int[] Validation);
